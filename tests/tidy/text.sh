#!/bin/sh
# text.sh FILES - what the compiler does not see: line length, SQL in C, leftovers.
set -u
bad=0
complain() { [ -z "$2" ] || { printf '%s:\n%s\n' "$1" "$2"; bad=1; }; }

sources=$(printf '%s\n' "$@" | grep -E '^(engine|harness|include|tests)/.*\.[ch]$')
programs=$(printf '%s\n' "$@" | grep -E '^(engine|harness)/.*\.[ch]$')

# shellcheck disable=SC2086 # lists of paths without spaces
complain 'longer than 100 columns' \
    "$(awk 'length($0) > 100 { print FILENAME ":" FNR ": " length($0) }' $sources)"
complain 'SQL belongs to sql/, one statement a file' \
    "$(grep -nE '"[^"]*\b(SELECT .* FROM|INSERT (OR [A-Z]+ )?INTO|UPDATE [a-z_]+ SET|DELETE FROM|CREATE (TABLE|VIEW|INDEX)|DROP (TABLE|VIEW))\b' $programs |
       grep -vE 'harness/cli/[^:]*:[0-9]+:.*(patchlaw sql|sqlite3) ')"
complain 'a reminder instead of an issue' "$(grep -nE '\b(TODO|FIXME|XXX)\b' $sources)"
complain 'an absolute path of some machine' "$(grep -nE '"/(home|root|work)/' $sources)"
complain 'white space at the end of a line' "$(grep -nE '[[:space:]]+$' $sources)"
exit $bad
