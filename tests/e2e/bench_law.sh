#!/bin/sh
# bench_law.sh PATCHLAW - patchlaw-bench-law measures what it says, and patchlaw import bench takes
# its file; with SciPy both sides search the same places. No figure is judged: machines differ.
set -u
patchlaw=$(realpath "${1:?usage: bench_law.sh PATCHLAW}")
bench=$(dirname "$patchlaw")/patchlaw-bench-law
root=$(realpath "$(dirname "$0")/../..")
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
measure() { # PYTHON
    "$bench" warm draws starts --repeats 2 --refits 20 --starts 20 --peers 3 --folder "$work" \
        --python "$1" --json "$work/bench.json" > "$work/table" 2> "$work/said" ||
        fail "$(cat "$work/said")"
    "$patchlaw" import bench "$work/bench.json" --ledger "$work/bench.db" > "$work/taken" ||
        fail "the file is not taken"
    [ -z "$(find "$work" -name 'patchlaw-bench-*')" ] || fail "a file is left"
}

measure /nowhere
grep -q 'scipy: skipped' said || fail "nothing said of a peer that is not there"
expect 0 "n < 1 OR low > median OR median > high OR low <= 0"
expect 3 "metric = 'searches_per_s' AND limit_name IS NULL AND n = 2"
expect 3 "limit_name = 'target'"
expect 1 "metric = 'reached' AND median <= 1"
expect 0 "program = 'scipy'"
if /usr/bin/python3 -c 'import scipy' 2> /dev/null; then
    rm bench.db
    cd "$root" || exit 1 # where it finds the peer's script
    measure /usr/bin/python3
    cd "$work" || exit 1
    expect 3 "metric = 'searches_per_s' AND program = 'scipy' AND median > 0"
    expect 3 "metric = 'searches_per_s' AND limit_name = 'scipy' AND share_of_limit > 0"
    expect 2 "metric = 'reached' AND median > 0 AND median <= 1"
else
    echo "skipped: the peer needs python3-scipy"
fi
for words in nothing '--repeats 0' '--peers x'; do
    # shellcheck disable=SC2086 # words
    "$bench" $words > /dev/null 2>&1
    [ $? = 2 ] || fail "$words: not refused"
done
echo "suites, file and import say what they should"
