# layers.awk - holds every #include against LAYERS: awk -f layers.awk LAYERS FILE...
#
# A file belongs to the folder of its first two names (engine/model). It may include headers of
# its own folder, of wire/, and of the folders that LAYERS names behind its own. A line of LAYERS
# may only name folders above it, so that no cycle can be declared. build.h is generated and
# belongs to no folder.

function complain(place, text)
{
    print place ": " text
    bad = 1
}
function check(header, quoted,    part, room)
{
    if (header ~ /\.\./) return complain(here, "an include may not hold ..")
    if (split(header, part, "/") < 2) {
        if (quoted && header != "build.h")
            complain(here, "name the folder: \"" name[2] "/" header "\"")
        return
    }
    room = side "/" part[1]
    if (part[1] == "wire" || room == folder) return
    if (side == "include")
        { if (quoted) complain(here, folder " may not include " header) }
    else if (room in declared)
        { if (!((folder, room) in allowed)) complain(here, folder " may not include " room) }
    else if (quoted)
        complain(here, folder " may not include " header ": LAYERS has no " room)
}

FNR == 1 { file++ }
file == 1 {
    sub(/#.*/, "")
    n = split($0, word, /[ \t:]+/)
    if (n == 0 || word[1] == "") next
    if (word[1] in declared) complain(FILENAME ":" FNR, word[1] " stands twice")
    declared[word[1]]
    for (i = 2; i <= n; i++) {
        if (word[i] == "") continue
        if (!(word[i] in declared) || word[i] == word[1])
            complain(FILENAME ":" FNR, word[1] " names " word[i] ", which does not stand above it")
        allowed[word[1], word[i]]
    }
    next
}
FNR == 1 {
    here = FILENAME ":1"
    files++
    split(FILENAME, name, "/")
    side = name[1]
    folder = side "/" name[2]
    if (side != "include" && !(folder in declared)) complain(here, "LAYERS has no " folder)
}
/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    here = FILENAME ":" FNR
    quoted = /include[ \t]*"/
    sub(/^[^<"]*[<"]/, "")
    sub(/[>"].*/, "")
    check($0, quoted)
}
END {
    if (!files) complain("layers.awk", "no file to check")
    exit bad
}
