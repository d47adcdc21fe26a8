#!/bin/sh
# verdict.sh KIND STATUS LOG - prints what a step counts for: "N passed, N failed, N skipped".
#
#   program   a CUnit program: its last line is that count, with at least one test that ran
#   fuzz      a fuzz target: says how many runs it has done
#   script    anything else: one test; a line "skipped: why" makes it one that was skipped
#
# A status other than 0 is a failure whatever the log says.
set -u
kind=$1 status=$2 log=$3
count='[0-9][0-9]* passed, [0-9][0-9]* failed, [0-9][0-9]* skipped'
case $kind in
program) counts=$(tail -n 1 "$log" | grep -x "$count") ;;
fuzz) counts=$(grep -q '^Done [1-9][0-9]* runs' "$log" && echo '1 passed, 0 failed, 0 skipped') ;;
*)
    counts='1 passed, 0 failed, 0 skipped'
    grep -q '^skipped: ' "$log" && counts='0 passed, 0 failed, 1 skipped'
    ;;
esac
: "${counts:=0 passed, 0 failed, 0 skipped}"
# shellcheck disable=SC2086 # N passed, N failed, N skipped
set -- $counts
passed=$1 failed=$3 skipped=$5
if [ "$kind" = script ] && [ "$status" != 0 ]; then passed=0 skipped=0; fi
if [ "$failed" = 0 ] && { [ "$status" != 0 ] || [ $((passed + skipped)) = 0 ]; }; then failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
