# text.awk - what no line of the project may hold: LC_ALL=C awk -f text.awk FILE...
#
#   any file   a path of somebody's machine, a mark of unfinished work, a blank at a line's end
#   C          a call that is banned, more than 100 columns
#   C outside tests/   a statement of SQL: those live in sql/, one a file

function complain(text)
{
    print FILENAME ":" FNR ": " text
    bad = 1
}
BEGIN {
    unfinished = "(^|[^A-Za-z_])(TO" "DO|FIX" "ME)([^A-Za-z_]|$)"
    machine = "(^|[^A-Za-z0-9_.}$/])/(ho" "me|ro" "ot|wo" "rk|Us" "ers)/"
    banned = "(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gmtime|" \
             "localtime|rand|srand|gets)[ ]*\\("
    sql = "\"[ (]*(SELECT |INSERT (OR [A-Z]+ )?INTO |UPDATE [A-Za-z_]+ SET|DELETE FROM |REPLACE INTO |" \
          "CREATE (TEMP |UNIQUE )?(TABLE|VIEW|INDEX|TRIGGER) |DROP (TABLE|VIEW|INDEX)|ALTER TABLE |" \
          "PRAGMA |BEGIN( IMMEDIATE| EXCLUSIVE| DEFERRED)?;?\"|COMMIT;?\"|ROLLBACK;?\"|ATTACH )"
}
FNR == 1 {
    files++
    c = FILENAME ~ /\.[ch]$/
    tests = FILENAME ~ /^tests\//
}
$0 ~ unfinished { complain("unfinished work") }
$0 ~ machine { complain("a path of one machine") }
/[ \t\r]$/ { complain("a blank at the line's end") }
c && $0 ~ banned { complain("a banned call") }
c && !tests && $0 ~ sql { complain("SQL in C: it belongs to sql/") }
c {
    gsub(/[\200-\277]/, "")
    if (length($0) > 100) complain(length($0) " columns, at most 100")
}
END {
    if (!files) {
        print "text.awk: no file to check"
        bad = 1
    }
    exit bad
}
