# schema.awk - what the comments of sql/ say about tables, views and their columns, as a C table:
#
#     awk -f schema.awk sql/migrations/*.sql sql/views/*.sql > schema.c
#
# An entry's kind is the table or view, its name a column, its text the column's comment. Names that
# are no columns: "" what a row is, "?" a question that a view answers and "=" its SQL, "<" a table
# or view that it reads. The last two lines of a view's header are its question:
#
#     -- Ask: Which runs diverged?
#     --     SELECT run FROM runs WHERE state = 'diverged'
#
# In a table a comment stands behind its column, goes on in deeper lines of its own, or stands above
# its column, no deeper than it.

function quoted(text)
{
    gsub(/\\/, "&&", text); gsub(/"/, "\\\"", text); gsub(/\?/, "\\?", text)
    gsub(/\n/, "\\n", text)
    return "\"" text "\""
}
function add(object, name, words, between)
{
    if (words == "") return
    if (!((object, name) in text)) {
        place[++entries] = object SUBSEP name
        text[object, name] = words
    } else
        text[object, name] = text[object, name] (between == "" ? " " : between) words
}
function forget(object,    i, parts)
{
    for (i = 1; i <= entries; i++) {
        split(place[i], parts, SUBSEP)
        if (parts[1] == object) { delete text[parts[1], parts[2]]; place[i] = "" }
    }
}
function forget_column(object, name,    i)
{
    for (i = 1; i <= entries; i++)
        if (place[i] == object SUBSEP name) { delete text[object, name]; place[i] = "" }
}
function rename(from, to,    i, parts)
{
    for (i = 1; i <= entries; i++) {
        split(place[i], parts, SUBSEP)
        if (parts[1] != from) continue
        text[to, parts[2]] = text[from, parts[2]]
        delete text[from, parts[2]]
        place[i] = to SUBSEP parts[2]
    }
}
# What stands behind the line's "--", or "".
function comment(line)
{
    if (!match(line, /--/)) return ""
    line = substr(line, RSTART + 2)
    gsub(/^ +| +$/, "", line)
    return line
}
function add_columns(names, words,    n, i, list) # NAME[, NAME ...]
{
    n = split(names, list, /, */)
    for (i = 1; i <= n; i++) add(object, list[i], words)
}

FNR == 1 {
    view = FILENAME ~ /views\//
    header = view
    object = ""; columns = ""; asked = 0; above = ""
    if (view) {
        object = FILENAME
        sub(/.*\//, "", object); sub(/\.sql$/, "", object)
        sub("^-- " object ": ", "-- ")
    }
}

# ---- views ----

view && header && /^-- Ask: / { asked = 1; columns = ""; add(object, "?", substr($0, 9)); next }
view && header && asked && /^--    / { add(object, "=", substr($0, 8), "\n"); next }
view && header && /^--    +/ && columns != "" { add_columns(columns, comment($0)); next }
view && header && /^--   [A-Za-z_0-9]/ {
    line = substr($0, 6)
    match(line, /  +/)
    columns = substr(line, 1, RSTART - 1)
    add_columns(columns, substr(line, RSTART + RLENGTH))
    next
}
view && header && /^-- [^ ]/ { add(object, asked ? "?" : "", comment($0)); next }
view && header { header = 0 }
view && /(FROM|JOIN) +[a-z_]+/ {
    line = $0
    while (match(line, /(FROM|JOIN) +[a-z_]+/)) {
        source = substr(line, RSTART + 5, RLENGTH - 5)
        gsub(/ /, "", source)
        if (source != object && !((object, source) in reads)) {
            reads[object, source]
            order[++orders] = object SUBSEP source
        }
        line = substr(line, RSTART + RLENGTH)
    }
}
view { next }

# ---- tables ----

/^CREATE TABLE/ { object = $3; column = ""; above = ""; add(object, "", comment($0)); next }
/^DROP TABLE/ { name = $3; sub(/;/, "", name); forget(name); next }
/^ALTER TABLE [a-z_]+ RENAME TO/ { name = $6; sub(/;/, "", name); rename($3, name); next }
/^ALTER TABLE [a-z_]+ DROP COLUMN/ { name = $6; sub(/;/, "", name); forget_column($3, name); next }
/^ALTER TABLE [a-z_]+ ADD COLUMN/ { add($3, $6, comment($0)); next }
/^\)/ { object = ""; next }
object == "" { next }
/^    --/ { above = above (above == "" ? "" : " ") comment($0); next }
/^    [a-z_0-9]+ / { column = $1; add(object, column, above); above = "" }
/^    [A-Z]/ { column = "" }
column != "" { add(object, column, comment($0)) }

END {
    print "#include \"base/embedded.h\""
    print "#pragma GCC diagnostic ignored \"-Woverlength-strings\""
    print "const lab_embedded lab_schema[] = {"
    for (i = 1; i <= entries; i++) {
        if (place[i] == "") continue
        split(place[i], parts, SUBSEP)
        print "    {\"" parts[1] "\", " quoted(parts[2]) ",\n     " quoted(text[parts[1], parts[2]]) "},"
    }
    for (i = 1; i <= orders; i++) {
        split(order[i], parts, SUBSEP)
        print "    {\"" parts[1] "\", \"<\", \"" parts[2] "\"},"
    }
    print "    {0, 0, 0}};"
}
