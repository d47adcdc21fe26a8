#!/bin/sh
# bench.sh PATCHLAW - patchlaw-bench measures what it says, and writes it as patchlaw-bench-1; the
# process that bench/peer.py drives answers it. No figure is judged: machines differ.
set -u
patchlaw=$(realpath "${1:?usage: bench.sh PATCHLAW}")
bench=$(dirname "$patchlaw")/patchlaw-bench
include=$(cd "$(dirname "$0")/../../include" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
    echo "FAILED: $*"
    exit 1
}
sql() { sqlite3 bench.db "$1"; }
expect() { # COUNT CONDITION: rows that meet it
    found=$(sql "SELECT count(*) FROM bench WHERE $2")
    [ "$found" = "$1" ] || fail "$found rows with $2, not $1"
}
field() { printf "json_extract(value, '\$.%s') AS \"%s\"," "$1" "$1"; }

"$bench" limit step memory probe feed 64 --workers 2 --repeats 2 --seconds 0 --json bench.json \
    > table 2> said || fail "patchlaw-bench: $(cat said)"
columns=$(for name in suite shape precision workers recompute metric unit n median low high \
    limit_name limit; do field $name; done)
sql "CREATE TABLE file AS SELECT CAST(readfile('bench.json') AS TEXT) AS text;
    CREATE TABLE bench AS SELECT ${columns%,} FROM file, json_each(text, '\$.rows');" ||
    fail "bench.json does not parse"
[ "$(sql "SELECT json_extract(text, '\$.schema') FROM file")" = patchlaw-bench-1 ] || fail "schema"
for name in made_at version commit host cpu isa blas kernel; do
    [ "$(sql "SELECT json_type(text, '\$.$name') FROM file")" = text ] || fail "no $name"
done
expect 0 "n < 1 OR low > median OR median > high OR low <= 0 AND metric <> 'difference_224'"
expect 0 "(limit_name IS NULL) <> (\"limit\" IS NULL)"
expect 14 "suite = 'step' AND shape = '64/4/2/49/16/64'"
expect 4 "metric = 'arithmetic' AND limit_name = 'fma_peak' AND n = 2"
expect 2 "metric = 'speedup' AND workers = 2"
expect 4 "metric = 'rss_beyond_16'"
expect 2 "suite = 'probe' AND metric = 'ratio_to_forward' AND median > 1"
expect 3 "suite = 'feed' AND limit_name = 'decode_whole' AND median > 1 AND n = 2"
# At its own scale a view is that of the whole image to the last bit; smaller ones are near it.
expect 1 "metric = 'difference_224' AND median = 0"
expect 1 "metric = 'difference_64' AND median > 0 AND median < 4"
[ "$(grep -c ' 64/4/2/49/16/64 ' table)" = "$(sql "SELECT count(shape) FROM bench")" ] ||
    fail "the table has other rows than the file"
# Recompute takes less, in each precision.
expect 2 "metric = 'rss_beyond_16' AND recompute = 1 AND median < (SELECT median FROM bench AS whole
    WHERE whole.metric = bench.metric AND whole.precision = bench.precision AND recompute = 0)"

# Each objective once, beside its own bound.
"$bench" objectives 64 --workers 2 --repeats 2 --seconds 0 --precision fp32 --json each.json \
    > /dev/null 2> said || fail "patchlaw-bench objectives: $(cat said)"
named=$(sed -n 's/^    O(\([a-z0-9]*\),.*/\1/p' "$include/wire/objectives.h" | sort | tr '\n' ' ')
found=$(sqlite3 :memory: "SELECT substr(json_extract(value, '\$.shape'), 1, instr(json_extract(value,
    '\$.shape'), ' ')) FROM json_each(CAST(readfile('each.json') AS TEXT), '\$.rows')
    WHERE json_extract(value, '\$.limit') > 0 ORDER BY 1" | tr -d '\n')
[ "$named" = "$found" ] || fail "objectives measured: $found"

for words in 'nothing' '--workers 0' '--precision fp16' 'serve' 'resident 64 128'; do
    # shellcheck disable=SC2086 # words
    "$bench" $words > /dev/null 2>&1 < /dev/null
    [ $? = 2 ] || fail "$words: not refused"
done

for precision in fp32 bf16; do
    printf 'run 1\nrun 2\n' | "$bench" serve 64 --precision $precision --export start.safetensors \
        > answers || fail "serve $precision"
    grep -Eqx '\{"shape": "64[0-9/]*", "parameters": [0-9]+, "loss": [0-9.]+, "batch": 64\}' \
        answers || fail "serve $precision: $(cat answers)"
    [ "$(grep -Ecx '\{"seconds": [0-9.e-]+, "rss": [0-9]+\}' answers)" = 2 ] ||
        fail "serve $precision: $(cat answers)"
    parameters=$(sed -n 's/.*"parameters": \([0-9]*\).*/\1/p' answers)
    [ "$(wc -c < start.safetensors)" -gt $((4 * parameters)) ] || fail "no parameters exported"
done
[ "$(printf 'go\n' | "$bench" serve 64 2>&1 > /dev/null | grep -c 'run N')" = 1 ] ||
    fail "serve understands go"
echo "suites, file and served process say what they should"
