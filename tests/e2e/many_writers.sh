#!/bin/sh
# many_writers.sh [PATCHLAW] - eight launchers at once on one ledger, with one sweep and with sweeps
# that share cells, while readers read in loops: every cell is done once, nobody is told of a lock,
# and a reader that stays holds up nobody.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:-${PATCHLAW:-build/release/bin/patchlaw}}")
for program in sqlite3 perl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/same_ledger.sh"
export PATCHLAW_ENGINE=$here/fake_engine.sh PATCHLAW_LEDGER=runs/ledger.db PATCHLAW_DATA=none
export NO_COLOR=1
. "$here/checks.sh"

ask() { sqlite3 -cmd '.timeout 20000' runs/ledger.db "$1"; }
wal_kb() { echo $(($(stat -c %s runs/ledger.db-wal 2> /dev/null || echo 0) / 1024)); }

cat > base.yaml <<'END'
data: {name: fake}
model.width: 32
optim: {steps: 5, batch_images: 16}
train.log_every: 1
END
echo 'task: probe' > probe.yaml
sweep() { # FILE SEEDS
    printf 'name: %s\nbase: base.yaml\nseeds: %s\ngrid: {model.width: [32, 64]}\n' "${1%.yaml}" "$2"
    printf 'probe: {base: probe.yaml}\n'
}
sweep all.yaml '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]' > all.yaml
for k in 0 1 2 3 4 5 6 7; do # each shares cells with three neighbours on either side
    sweep part$k.yaml "[$k, $((k + 1)), $((k + 2)), $((k + 3))]" > part$k.yaml
done

# Each look is at the ledger as it is at that moment; what they say is kept, and so are failures.
readers() {
    until [ -s runs/ledger.db ]; do sleep 0.01; done
    while [ ! -e stop ]; do
        for words in status ls doctor "ls --json" "sql progress" \
            "sql --csv SELECT/count(*)/FROM/curves" "report demo --out page.html"; do
            # shellcheck disable=SC2046,SC2086
            set -- $words
            [ $# -lt 3 ] || [ "$1" != sql ] || set -- sql --csv "$(printf %s "$3" | tr / ' ')"
            "$patchlaw" "$@" > look 2>&1
            code=$?
            cat look >> readers
            [ $code = 0 ] || echo "$* exits $code: $(cat look)" >> trouble
            looks=$((looks + 1))
        done
        size=$(wal_kb)
        [ "$size" -le "$largest" ] || largest=$size
    done
    echo "$looks $largest" > looked
}

# $1 names the round; the launchers are told to sweep the words behind it, one each.
round() {
    name=$1
    shift
    rm -rf runs stop trouble readers told.*
    : > trouble
    mkdir runs
    (looks=0 largest=0; readers) & reader=$!
    i=0 launchers=
    for file; do
        i=$((i + 1))
        "$patchlaw" sweep "$file" --jobs 2 > told.$i 2>&1 &
        launchers="$launchers $!"
    done
    codes=
    for launcher in $launchers; do
        wait "$launcher"
        codes="$codes $?"
    done
    touch stop
    wait $reader
    check "$name: exit codes" "$codes" " 0 0 0 0 0 0 0 0"
    check "$name: readers" "$(cat trouble)" ""
    check "$name: nobody hears of a lock" "$(cat told.* readers | grep -iw 'locked\|busy' | head -n 3)" ""
    check "$name: every cell is done, once" \
        "$(ask "SELECT count(*), min(attempts), max(attempts), min(state), max(state) FROM runs")" \
        "$cells|1|1|done|done"
    check "$name: one engine in a folder at a time" "$(find runs -name overlap)" ""
    "$patchlaw" doctor > said; check "$name: doctor" "$? $(grep -v checks said)" "0 "
    read -r looks largest < looked
    echo "$name: $looks looks, WAL at most $largest KB, $(cat told.* | grep -c 'waiting for the ledger')" \
        "launchers were told that they wait"
}
cells=60
round "one sweep" all.yaml all.yaml all.yaml all.yaml all.yaml all.yaml all.yaml all.yaml
cells=44
round "sweeps that share cells" part0.yaml part1.yaml part2.yaml part3.yaml part4.yaml part5.yaml \
    part6.yaml part7.yaml
check "each sweep is whole" "$(ask 'SELECT count(*), min(cells), min(done) FROM sweep_progress')" "8|16|16"

# A reader that stays: writers go on, it sees what it saw, and what they wrote is in the file after.
rm -rf runs
"$patchlaw" sweep part0.yaml > said || check "a sweep before it" 1 0
{
    echo 'BEGIN; SELECT count(*) FROM point;'
    echo '.shell touch held; while [ ! -e release ]; do sleep 0.1; done'
    echo 'SELECT count(*) FROM point; COMMIT;'
} | sqlite3 runs/ledger.db > counts & holder=$!
until [ -e held ]; do sleep 0.05; done
"$patchlaw" sweep all.yaml --jobs 4 > said 2>&1
check "a reader that stays does not stop a sweep" "$? $(grep -c 'waiting' said)" "0 0"
meanwhile=$(wal_kb)
check "new readers see what is new" "$("$patchlaw" sql --csv 'SELECT count(*) FROM runs' | tail -n 1)" 60
touch release
wait $holder
check "a reader that stays sees what it saw" "$(sort -u counts | wc -l)" 1
"$patchlaw" sweep all.yaml > said; check "the next call exits" $? 0
check "the log is taken into the file, and gone" "$(wal_kb)" 0
check "nothing is lost by a reader that stays" "$(ask "SELECT count(*) FROM runs WHERE state = 'done'")" 60
echo "a reader that stays: WAL $meanwhile KB meanwhile, 0 KB after the next call"

finish
