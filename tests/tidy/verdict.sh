#!/bin/sh
# verdict.sh KIND STATUS LOG - prints what a step counts for: "N passed, N failed, N skipped".
#
#   program   its last line is that count, with at least one test that ran
#   fuzz      a fuzz target: says how many runs it has done
#   script    anything else: a count as the last line, or one test, which passed unless a line
#             "skipped: why" says that it was left out
#
# A status other than 0 is a failure whatever the log says.
set -u
kind=$1 status=$2 log=$3
counts=$(tail -n 1 "$log" | grep -xE '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped')
case $kind in
fuzz) counts=$(grep -q '^Done [1-9][0-9]* runs' "$log" && echo '1 passed, 0 failed, 0 skipped') ;;
script)
    if [ -z "$counts" ] && [ "$status" = 0 ]; then
        counts='1 passed, 0 failed, 0 skipped'
        grep -q '^skipped: ' "$log" && counts='0 passed, 0 failed, 1 skipped'
    fi
    ;;
esac
# shellcheck disable=SC2086 # N passed, N failed, N skipped
set -- ${counts:-0 passed, 0 failed, 0 skipped}
failed=$3
if [ "$failed" = 0 ] && { [ "$status" != 0 ] || [ $(($1 + $5)) = 0 ]; }; then failed=1; fi
echo "$1 passed, $failed failed, $5 skipped"
