# embed.awk - text files as a C table: awk -v table=sql|assets -f embed.awk FILES > table.c
#
# sql:    sql/queries/attempt/claim.sql  -> kind "queries", name "attempt_claim"
# assets: reports/assets/uplot.js        -> kind "js",      name "uplot.js"
#
# Each line becomes one string literal of a file's text. Question marks are escaped because C11
# still reads trigraphs, and minified JavaScript holds "??=".

function name_of(path,    parts, n, i, name)
{
    n = split(path, parts, "/")
    if (table == "assets") {
        kind = parts[n]; sub(/.*\./, "", kind)
        return parts[n]
    }
    for (i = 1; i <= n && parts[i] != "sql"; i++);
    kind = parts[i + 1]
    for (i += 2; i <= n; i++) name = name (name == "" ? "" : "_") parts[i]
    sub(/\.sql$/, "", name)
    return name
}

BEGIN {
    print "#include \"base/embedded.h\""
    print "#pragma GCC diagnostic ignored \"-Woverlength-strings\""
    print "const lab_embedded lab_" table "[] = {"
    if (ARGC < 2) exit
}
FNR == 1 {
    if (open) print "     },"
    name = name_of(FILENAME)
    print "    {\"" kind "\", \"" name "\","
    open = 1
}
{
    gsub(/\\/, "&&"); gsub(/"/, "\\\""); gsub(/\?/, "\\?"); gsub(/\r/, "\\r")
    print "     \"" $0 "\\n\""
}
END {
    if (open) print "     },"
    print "    {0, 0, 0}};"
}
