#!/bin/sh
# bench_ledger.sh PATCHLAW - patchlaw-bench-ledger measures what it says, and patchlaw import bench
# takes its file; the ledgers that it fills pass their checks. No figure is judged: machines differ.
set -u
patchlaw=$(realpath "${1:?usage: bench_ledger.sh PATCHLAW}")
bench=$(dirname "$patchlaw")/patchlaw-bench-ledger
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
    echo "FAILED: $*"
    exit 1
}
rows() { # CONDITION: how many rows meet it
    "$patchlaw" sql --ledger bench.db --csv "SELECT count(*) FROM bench WHERE $1" | tail -n 1
}
expect() { # COUNT CONDITION
    found=$(rows "$2")
    [ "$found" = "$1" ] || fail "$found rows with $2, not $1"
}

"$bench" commit size many grid ask large --repeats 2 --seconds 0.05 --runs 60 --points 40 \
    --python /nowhere --json bench.json > table 2> said || fail "$(cat said)"
grep -q 'optuna: skipped' said || fail "nothing said of a peer that is not there"
grep -q 'has no question' said && fail "$(grep 'has no question' said)"
[ -z "$(find . -name 'patchlaw-bench-*')" ] || fail "a folder is left"
"$patchlaw" import bench bench.json --ledger bench.db > /dev/null || fail "the file is not taken"
expect 0 "n < 1 OR low > median OR median > high OR low <= 0"
expect 1 "suite = 'commit' AND program = 'patchlaw' AND limit_name = 'sqlite' AND n = 2"
expect 1 "suite = 'commit' AND program = 'sqlite'"
expect 2 "suite = 'size' AND unit = 'bytes'"
expect 2 "suite = 'many' AND metric = 'p99' AND workers = 8"
expect 4 "suite = 'grid'"
views=$(sqlite3 bench.db "SELECT count(*) FROM sqlite_schema WHERE type = 'view'")
expect "$((views + 8))" "suite = 'ask'"
expect "$((views + 8))" "suite = 'large'"
for words in nothing '--repeats 0' '--runs x'; do
    # shellcheck disable=SC2086 # words
    "$bench" $words > /dev/null 2>&1
    [ $? = 2 ] || fail "$words: not refused"
done
echo "suites, file and import say what they should"
