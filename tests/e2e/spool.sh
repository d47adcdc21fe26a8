#!/bin/sh
# A spool of event files instead of a ledger: launchers that are killed, that share it, that die
# elsewhere; and its import, in any order and as often as one likes. PATCHLAW names the program.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/fixture.sh"
unset SLURM_JOB_ID SLURM_RESTART_COUNT
started() { [ "$(cat "$1"/*/pids 2> /dev/null | wc -l)" -ge "$2" ]; }
begun() { started killed "$1" || ! kill -0 $launcher 2> /dev/null; } # or has nothing to start
import() { "$patchlaw" import spool "$@" --json; }
same_views() { # what, ledger
    "$here/views.sh" "$2" > got.txt
    checks=$((checks + 1))
    cmp -s want.txt got.txt && return
    failures=$((failures + 1))
    printf 'FAILED %s: views differ from an undisturbed sweep:\n' "$1"
    diff want.txt got.txt | head -n 20
}

cat > grid.yaml <<'END'
name: grid
question: Does a spool keep "everything",	even this?
base: base.yaml
grid: {model.width: [32, 64], optim.steps: [10, 20]}
vars: {peak: [0.001]}
derive: {optim.lr_peak: peak}
probe: {base: probe.yaml, controls: [untrained, pixels]}
END

# What an undisturbed sweep into a ledger comes to.
"$patchlaw" sweep grid.yaml --jobs 2 --ledger plain/ledger.db > /dev/null
check "a sweep into a ledger exits" $? 0
"$here/views.sh" plain/ledger.db > want.txt
check_has "the views that are compared hold something" "$(cat want.txt)" "^curves|"
check_has "vars, too" "$(cat want.txt)" "^sweep_vars|.*|peak|value|0.001"

# An undisturbed sweep into a spool, imported: the same, and the run folders are found.
"$patchlaw" sweep grid.yaml --jobs 2 --spool one > out.txt; check "a sweep into a spool exits" $? 0
check_has "it says what it did" "$(cat out.txt)" "^11 done, 0 done before (.*, one)"
out=$(import one); check "import exits" $? 0
check_has "import counts" "$out" '"sweeps": 1, "cells": 11, "attempts": 11, "new": 11'
same_views "a spool" runs/ledger.db
check "curves are summed up" \
    "$(ask "SELECT count(*) > 0, count(*) = (SELECT count(*) FROM series) FROM series_summary")" "1,1"
"$patchlaw" doctor > /dev/null; check "doctor finds nothing" $? 0
run=$(ask "SELECT run FROM runs WHERE task = 'pretrain' LIMIT 1")
check "a link leads to the run's files" "$(cat "runs/$run/checkpoint.safetensors")" \
    "$(cat "one/$run/checkpoint.safetensors")"
sqlite3 runs/ledger.db .dump > first.sql
out=$(import one)
check_has "import again adds nothing" "$out" '"new": 0, "no news": 11'
sqlite3 runs/ledger.db .dump | sed "/INTO sweep VALUES/d" > again.sql
sed "/INTO sweep VALUES/d" first.sql | cmp - again.sql; check "import again changes nothing" $? 0
out=$("$patchlaw" sweep grid.yaml); check_has "a ledger skips what a spool did" "$out" "11 done before"
out=$("$patchlaw" sweep --spool one); check_has "a spool alone goes on" "$out" "^0 done, 11 done before"
check "and writes no other sweep" "$(find one -maxdepth 1 -name '*.sweep' | wc -l)" 1
out=$("$patchlaw" sweep grid.yaml --spool one --dry-run)
check_has "a dry run reads a spool" "$out" "skip: done in attempt 1"
"$patchlaw" sweep grid.yaml --spool none --dry-run > /dev/null; check "a dry run of none exits" $? 0
check "a dry run makes no spool" "$([ -e none ] && echo made)" ""

# A copy stays when the spool goes.
"$patchlaw" import spool one --copy --ledger copied/ledger.db > /dev/null; check "copying exits" $? 0
check "a copy is no link" "$([ -d "copied/$run" ] && [ ! -L "copied/$run" ] && echo 1)" 1
check "a copy is whole" "$(cat "copied/$run/checkpoint.safetensors")" \
    "$(cat "one/$run/checkpoint.safetensors")"
same_views "copied" copied/ledger.db
check "a copy holds no lock" "$([ -e "one/$run/lock" ] && ls "copied/$run/lock" 2> /dev/null)" ""

# A copy that was cut off is made anew.
mkdir -p cut
"$patchlaw" import spool one --ledger cut/ledger.db > /dev/null
mkdir "cut/$run.partial"
echo old > "cut/$run.partial/stale"
"$patchlaw" import spool one --copy --ledger cut/ledger.db > /dev/null; check "copying anew exits" $? 0
check "what an interrupted copy left is gone" "$(ls -d "cut/$run.partial" "cut/$run/stale" 2> /dev/null)" ""
check "the new copy is whole" "$(cat "cut/$run/checkpoint.safetensors")" \
    "$(cat "one/$run/checkpoint.safetensors")"

# Where the ledger has the run's folder itself, the spool's stands beside it.
for copy in "" --copy; do
    rm -rf both
    cp -r plain both
    # shellcheck disable=SC2086 # a word or none
    "$patchlaw" import spool one $copy --ledger both/ledger.db > /dev/null
    check "import beside runs of the ledger's own exits$copy" $? 0
    check "folders are below the ledger's$copy" \
        "$(sqlite3 both/ledger.db "SELECT count(*) FROM attempt WHERE folder LIKE '%/%'")" 0
    name=$(sqlite3 both/ledger.db "SELECT a.folder FROM attempt a JOIN cell c USING (cell_id)
        WHERE substr(c.hash, 1, 12) = '$run' AND a.folder <> '$run'")
    check "one is named by run and attempt$copy" "$(sqlite3 both/ledger.db \
        "SELECT substr(uuid, 1, 8) FROM attempt WHERE folder = '$name'")" "${name#"$run".}"
    check "it is the spool's$copy" "$(cat "both/$name/pids")" "$(cat "one/$run/pids")"
    check "a link, or a copy$copy" "$([ -L "both/$name" ] && echo link)" "$([ "$copy" ] || echo link)"
    "$patchlaw" doctor --ledger both/ledger.db > doctor.txt; check "doctor finds its files$copy" $? 0
    sqlite3 both/ledger.db 'SELECT uuid, folder FROM attempt ORDER BY uuid' > first.txt
    "$patchlaw" import spool one --ledger both/ledger.db > /dev/null
    check "again: folders stay$copy" \
        "$(sqlite3 both/ledger.db 'SELECT uuid, folder FROM attempt ORDER BY uuid')" "$(cat first.txt)"
done

# An attempt of which only its start is known has its place by that, as in a merge.
rm -rf both
cp -r plain both
sqlite3 both/ledger.db "UPDATE attempt SET claimed_at = NULL, started_at = started_at + 1000000000000"
"$patchlaw" import spool one --ledger both/ledger.db > /dev/null
check "attempts stand by claim, else by start" \
    "$(sqlite3 both/ledger.db 'SELECT min(ordinal), max(ordinal) FROM attempt WHERE claimed_at IS NULL')" "2|2"

# A probe of a run in the spool, and one of a run that a ledger has from it.
"$patchlaw" run probe.yaml --trunk "$run" probe.epochs=7 --spool one > /dev/null
check "a probe in a spool exits" $? 0
"$patchlaw" run probe.yaml --trunk "$run" probe.epochs=8 > /dev/null
check "a probe of an imported run exits" $? 0
import one > /dev/null
check "both know their parent" "$(ask "SELECT count(*) FROM runs r JOIN cell_key k USING (cell_id)
    WHERE r.parent = '$run' AND k.key = 'probe.epochs' AND k.value IN ('7', '8')")" 2

# Killed at many instants, and imported in between; the same command goes on until all is done.
rm -rf runs
export FAKE_DELAY=0.02
for instant in 0.07 0.31 0.18 0.01 0.11 0.25 0.05 0.02; do
    "$patchlaw" sweep grid.yaml --jobs 3 --spool killed > /dev/null &
    launcher=$!
    eventually begun $((${pids:-0} + 1))
    sleep "$instant"
    kill -KILL $launcher 2> /dev/null; wait $launcher 2> /dev/null
    import killed > /dev/null; check "import between kills exits" $? 0
    eventually no_engines
    pids=$(cat killed/*/pids 2> /dev/null | wc -l)
    check "no engine outlives its launcher (after $instant s)" "$(engines)" 0
done
"$patchlaw" sweep grid.yaml --jobs 3 --spool killed > /dev/null; check "the last call exits" $? 0
import killed > /dev/null
same_views "killed" runs/ledger.db
check "kills hit runs" "$(ask "SELECT count(*) > 0 FROM attempt WHERE state = 'orphaned'")" 1
check "every cell is done once" "$(ask "SELECT count(*) FROM attempt WHERE state = 'done'")" 11
check "nothing is open" "$(ask "SELECT count(*) FROM attempt WHERE state NOT IN ('done', 'orphaned')")" 0
"$patchlaw" doctor; check "doctor finds nothing after kills" $? 0
"$patchlaw" import spool killed --ledger late/ledger.db > /dev/null
same_views "imported once, after all" late/ledger.db
check "as many attempts" "$(sqlite3 late/ledger.db 'SELECT count(*), max(ordinal) FROM attempt')" \
    "$(sqlite3 runs/ledger.db 'SELECT count(*), max(ordinal) FROM attempt')"

# Three launchers share a spool: every cell once.
for name in a b c; do
    "$patchlaw" sweep grid.yaml --jobs 2 --spool shared > $name.txt & eval "$name=\$!"
done
# shellcheck disable=SC2154 # set by eval
for pid in $a $b $c; do wait "$pid"; check "a launcher among three exits" $? 0; done
check "one attempt each" "$(find shared -name '*.events' | wc -l)" 11
check "one process each" "$(cat shared/*/pids | wc -l)" 11
"$patchlaw" import spool shared --ledger shared.db/ledger.db > /dev/null
same_views "shared" shared.db/ledger.db

# Two spools share the work by halves, and are imported in either order.
"$patchlaw" sweep grid.yaml --spool left --max-failures 1 --jobs 1 > /dev/null &
launcher=$!
eventually started left 4
kill -INT $launcher; wait $launcher
"$patchlaw" sweep grid.yaml --spool right --jobs 2 > /dev/null
"$patchlaw" import spool left right --ledger lr/ledger.db > /dev/null
"$patchlaw" import spool right left --ledger rl/ledger.db > /dev/null
same_views "left, then right" lr/ledger.db
same_views "right, then left" rl/ledger.db
order='SELECT uuid, ordinal, state FROM attempt ORDER BY uuid'
check "attempts have one order" "$(sqlite3 lr/ledger.db "$order")" "$(sqlite3 rl/ledger.db "$order")"
unset FAKE_DELAY

# Failures are what they are in a ledger.
printf 'name: seeds\nbase: base.yaml\nseeds: [90, 91, 92, 93, 94, 1]\n' > seeds.yaml
"$patchlaw" sweep seeds.yaml --ledger bad/ledger.db > /dev/null
"$here/views.sh" bad/ledger.db > want.txt
"$patchlaw" sweep seeds.yaml --spool bad_spool > /dev/null; check "failing in a spool exits" $? 1
"$patchlaw" import spool bad_spool --ledger bad_import/ledger.db > /dev/null
same_views "failures" bad_import/ledger.db
out=$("$patchlaw" sweep seeds.yaml --spool bad_spool)
check_has "failures are left alone" "$out" "5 failed before"

# A launcher of another host is alive as long as nobody can tell; its job started anew ends it.
printf 'name: few\nbase: base.yaml\nseeds: [0]\n' > few.yaml
foreign() { # FOLDER: as if its one attempt had been made elsewhere, in job 7, and cut off
    rm -rf "$1"
    "$patchlaw" sweep few.yaml --spool "$1" > /dev/null
    events=$(echo "$1"/*/1.events)
    perl -ni -e '@f = split /\t/, $_, -1; $f[6] = "elsewhere", $f[7] = "b", $f[12] = "7"
                     if $f[1] eq "claim"; print join "\t", @f; last if $f[1] eq "resume"' "$events"
}
foreign far
timeout -s INT 3 "$patchlaw" sweep few.yaml --spool far > /dev/null
check "a run of another host is left to it" "$(find far -name '*.events' | wc -l)" 1
out=$("$patchlaw" sweep few.yaml --spool far --dry-run)
check_has "and said to be there" "$out" "runs already on elsewhere"
SLURM_JOB_ID=7 SLURM_RESTART_COUNT=1 "$patchlaw" sweep few.yaml --spool far > /dev/null
check "a job that was started anew goes on" $? 0
check "its last start is orphaned" "$(find far -name '*.orphaned' | wc -l)" 1

# A launcher that was taken for dead stops.
FAKE_DELAY=0.5 "$patchlaw" sweep few.yaml --spool taken > /dev/null 2> err.txt & launcher=$!
eventually started taken 1
touch "$(dirname taken/*/1.events)/1.orphaned"
wait $launcher; check "a launcher that was taken for dead exits" $? 3
check_has "and says why" "$(cat err.txt)" "took it for dead"

# Damage is named; a torn last line is none.
cp -r one torn
events=$(find torn -name 1.events | head -n 1)
truncate -s -3 "$events"
out=$(import torn --ledger torn.db/ledger.db); check "a torn line exits" $? 0
check_has "it is said" "$out" '"torn": 1'
rm -rf torn torn.db; cp -r one torn
events=$(find torn -name 1.events | head -n 1)
sed -i '3s/\t/ /' "$events"
import torn --ledger torn.db/ledger.db 2> err.txt; check "damage exits" $? 3
check_has "damage is named" "$(cat err.txt)" "$events:3: "
import nowhere 2> err.txt; check "no spool exits" $? 2
mkdir empty; import empty 2> err.txt; check "an empty folder exits" $? 2
check_has "and is said to be none" "$(cat err.txt)" "no sweep in this spool"

finish
