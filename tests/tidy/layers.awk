# layers.awk - who includes whom, held against LAYERS:
#   awk -f tests/tidy/layers.awk LAYERS $(git ls-files '*.c' '*.h')
# Prints file:line for each include that LAYERS does not allow; exits 1 if there is one.

function side(path) { return substr(path, 1, index(path "/", "/") - 1) }
function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
function complain(text) { print text; bad = 1 }

FILENAME == ARGV[1] {
    sub(/#.*/, "")
    if (NF == 0) next
    known[$1] = ++rank
    allowed[$1, $1] = 1
    for (i = 2; i <= NF; i++) {
        if ($i == ":") continue
        if (!($i in known)) complain(ARGV[1] ":" FNR ": " $1 " names " $i ", which is not above it")
        allowed[$1, $i] = 1
    }
    next
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    header = quoted[2]
    here = folder(FILENAME)
    if (header ~ /\.\./) complain(FILENAME ":" FNR ": an include may not climb: " header)
    if (header !~ /\// || side(FILENAME) !~ /^(engine|harness|include)$/) next
    if (folder(header) == "wire") next
    if (here == "include/wire") {
        complain(FILENAME ":" FNR ": include/wire may include nothing but itself: " header)
        next
    }
    target = side(FILENAME) "/" folder(header)
    if (!(here in known)) complain(FILENAME ":" FNR ": " here " is not in LAYERS")
    else if (!((here, target) in allowed))
        complain(FILENAME ":" FNR ": " here " may not include " target)
}
END { exit bad }
