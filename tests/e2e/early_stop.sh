#!/bin/sh
# What ends a run before its last step: rules of the sweep, the system, a person; and what becomes of
# cells that a changed file has no more. PATCHLAW names the program.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/fixture.sh"
of() { ask "SELECT $2 FROM runs WHERE seed = $1 AND task = 'pretrain'"; }
rules() { # SEEDS RULE
    printf 'name: stop\nbase: base.yaml\nseeds: [%s]\nstop:\n  - %s\n' "$1" "$2" > stop.yaml
}

# A threshold ends a run that crosses it, after its checkpoint; that is no failure.
fresh
rules '0, 95' 'threshold: {metric: train/loss, above: 1500, after: 0.2}'
export FAKE_DELAY=0.05
out=$("$patchlaw" sweep stop.yaml --jobs 2); check "a pruning sweep exits" $? 0
check_has "pruning is said with its reason" "$out" "pruned .*; threshold: train/loss .* above 1500"
check_has "pruned runs are counted" "$out" "^1 done, 0 done before, 1 pruned"
check "the run is pruned" "$(of 95 'state, exit_code')" "pruned,4"
check "its checkpoint is kept" \
    "$(ask "SELECT count(*) FROM artifact JOIN runs USING (cell_id) WHERE seed = 95 AND step >= 8")" 1
check_has "views say why it is left out" "$(ask "SELECT reason FROM excluded_runs")" \
    "^pruned: threshold"
out=$("$patchlaw" sweep stop.yaml); check "a pruned run is left alone" $? 0
check_has "and counted again" "$out" "^0 done, 1 done before, 1 pruned"
check_has "dry run says so" "$("$patchlaw" sweep stop.yaml --dry-run)" "skip: pruned in attempt 1"
"$patchlaw" doctor > out.txt; check "doctor finds nothing in a pruned run" $? 0
out=$("$patchlaw" sweep stop.yaml --retry pruned); check "a retry exits" $? 0
check "a retry goes on, whatever the rule says" "$(of 95 'state, attempts')" "done,2"
check "it went on from its checkpoint" "$(ask "SELECT step_resumed >= 8
    FROM attempt JOIN runs USING (cell_id) WHERE seed = 95 AND ordinal = 2")" 1
"$patchlaw" doctor > out.txt; check "doctor finds nothing" $? 0

# The median of others at the same step. At one at a time, the first cells are through before the
# last begins.
fresh
rules '0, 1, 2' 'median: {metric: train/loss}'
"$patchlaw" sweep stop.yaml --jobs 1 > out.txt; check "equal runs exit" $? 0
check "equal runs are all kept" "$(ask "SELECT count(*) FROM runs WHERE state = 'done'")" 3
rules '97' 'median: {metric: train/loss}'
"$patchlaw" sweep stop.yaml --jobs 1 > out.txt
check "too few others judge nobody" "$(of 97 state)" "done"
fresh
rules '0, 1, 2, 97' 'median: {metric: train/loss}'
out=$("$patchlaw" sweep stop.yaml --jobs 1); check "a median sweep exits" $? 0
check "worse than the median is pruned" "$(of 97 state)" "pruned"
check_has "by how much is said" "$(of 97 reason)" \
    "train/loss 1[0-9.]* by step [0-9]* is worse than the median [0-9.]* of 3 other runs"
fresh
rules '0, 1, 2, 97' 'median: {metric: train/loss, among: [seed]}'
"$patchlaw" sweep stop.yaml --jobs 1 > out.txt
check "unequal keys do not compare" "$(of 97 state)" "done"
fresh
rules '0, 1, 2, 97' 'median: {metric: train/loss, better: higher}'
"$patchlaw" sweep stop.yaml --jobs 1 > out.txt
check "the order can be turned around" "$(of 97 state)" "done"

# A curve that is not finite; a probe of a pruned trunk is pruned with it.
fresh
rules '0, 96' 'nonfinite: {metric: train/noise}'
printf 'probe: {base: probe.yaml}\n' >> stop.yaml
out=$("$patchlaw" sweep stop.yaml --jobs 2); check "a sweep with a pruned trunk exits" $? 0
check "not finite is pruned" "$(of 96 'state, reason')" \
    "pruned,nonfinite: train/noise is nan at step 1"
check_has "its probe is no failure" "$out" "^2 done, 0 done before, 2 pruned"
check_has "the probe is said to be blocked" "$out" "blocked .*its trunk was pruned"
check "view and launcher count alike" "$(ask 'SELECT done, pruned, blocked FROM sweep_progress')" "2,2,0"
"$patchlaw" run probe.yaml --trunk "$(of 96 run)" > out.txt; check "a probe of it alone exits" $? 1
check_has "and says why" "$(cat out.txt)" "its trunk was pruned; --retry pruned"
check "the probe is named as blocked" "$(ask 'SELECT trunk_state FROM blocked_probes')" "pruned"
unset FAKE_DELAY

# Bad rules are named with their place and their cure.
bad() { # rule, pattern
    rules 0 "$1"
    "$patchlaw" sweep stop.yaml > out.txt 2> err.txt; check "refused: $1" $? 2
    check_has "$1" "$(cat err.txt)" "$2"
}
bad 'average: {metric: a/b}' 'stop.yaml:5:5: stop: a rule is median'
bad 'median: {metric: loss}' '5:22: metric: takes split/metric'
bad 'median: {after: 0.5}' 'names no metric'
bad 'median: {metric: a/b, above: 3}' '5:27: median takes no above; it takes metric after least'
bad 'median: {metric: a/b, among: [model.widht]}' 'did you mean model.width'
bad 'median: {metric: a/b, least: 0}' 'least: takes a whole number'
bad 'threshold: {metric: a/b}' 'takes above, below or both'
bad 'threshold: {metric: a/b, above: high}' 'above: takes a number'
bad 'median: {metric: a/b, least: 2, least: 3}' 'least: set twice'
bad 'nonfinite: {metric: a/b, after: 3}' 'after: takes a share'

# SIGTERM comes from the system: the run is preempted, and goes on at the next call.
fresh
seeds "0, 1"
FAKE_DELAY=0.1 "$patchlaw" sweep seeds.yaml --jobs 2 > out.txt & launcher=$!
eventually running 2
kill -TERM $launcher; wait $launcher; check "SIGTERM exits" $? 143
check "its runs are preempted" \
    "$(ask "SELECT count(*) FROM runs WHERE state = 'preempted' AND reason LIKE '%SIGTERM'")" 2
check "they count as stopped" "$(ask 'SELECT stopped FROM sweep_progress')" 2
"$patchlaw" sweep seeds.yaml > out.txt; check "preempted runs go on" $? 0
check "whole curves" "$(ask "SELECT count(*) FROM curves WHERE metric = 'loss'")" 40

# An engine that somebody else asks to stop is preempted, too.
fresh
seeds 0
FAKE_DELAY=0.1 "$patchlaw" sweep seeds.yaml > out.txt & launcher=$!
eventually running 1
eventually seen "start" out.txt
kill -TERM "$(cat runs/*/pids)"; wait $launcher; check "a stopped engine is not the end" $? 1
check "asked by others is preempted" "$(of 0 state)" "preempted"

# A changed file: what it has no more stays, and is marked.
fresh
seeds "0, 1, 2"
"$patchlaw" sweep seeds.yaml > out.txt
seeds "1, 2, 3"
out=$("$patchlaw" sweep seeds.yaml); check "a changed file exits" $? 0
check_has "new cells run, the others do not" "$out" "^1 done, 2 done before"
check_has "what has vanished is said" "$out" \
    "1 cell of earlier texts of this file is no longer in it"
check "it is marked" "$(ask 'SELECT seed, vanished FROM sweep_cells JOIN runs USING (cell_id)
    ORDER BY seed' | tr '\n' ' ')" "0,1 1,0 2,0 3,0 "
check "by name" "$("$patchlaw" sql vanished --csv | tail -n +2)" "seeds,$(of 0 run),done"
"$patchlaw" status --json > out.json
check "status shows the file as it is" "$(sqlite3 :memory: \
    "SELECT value ->> 'cells', value ->> 'vanished' FROM json_each(readfile('out.json'))")" "3|1"
seeds "0, 1, 2"
"$patchlaw" sweep seeds.yaml > out.txt
check "the file as it was marks the other one" \
    "$(ask 'SELECT seed FROM sweep_cells JOIN runs USING (cell_id) WHERE vanished')" 3

# Other arguments, or a file of the same name elsewhere, take nothing out of a file.
out=$("$patchlaw" sweep seeds.yaml optim.steps=5)
check "other arguments are another launch" "$(ask 'SELECT sum(launched), sum(vanished) FROM sweep_cells')" "3,1"
check "nothing new has vanished" "$(printf '%s\n' "$out" | grep -c '^1 cell of earlier texts')" 1
mkdir -p elsewhere && sed 's,base.yaml,../base.yaml,; s/\[.*/[7]/' seeds.yaml > elsewhere/seeds.yaml
out=$("$patchlaw" sweep elsewhere/seeds.yaml)
check "a namesake elsewhere says nothing" "$(printf '%s\n' "$out" | grep -c 'no longer')" 0

# Memory: runs that do not fit beside each other run one after the other.
fresh
seeds "0, 1"
FAKE_DELAY=0.02 "$patchlaw" sweep seeds.yaml --memory 1k > out.txt
check "one at a time" "$(ask "SELECT count(*) FROM attempt a JOIN attempt b
    ON a.started_at < b.started_at AND a.ended_at > b.started_at")" 0
"$patchlaw" sweep seeds.yaml --memory lots 2> err.txt; check "no size exits" $? 2

# A single run gets every core.
fresh
"$patchlaw" run base.yaml > out.txt
check "threads of a single run" "$(ask 'SELECT workers FROM attempt')" "$(nproc)"
"$patchlaw" run base.yaml seed=1 --workers 3 > out.txt
check "threads that are asked for" "$(ask 'SELECT max(workers) FROM attempt')" 3
finish
