#!/bin/sh
# sweep --launcher slurm on a private cluster of two nodes: undisturbed, requeued, asked to stop,
# its batch script killed, a node lost, cancelled. In the end the ledger is that of a local sweep.
# PATCHLAW names the program.
set -u
here=$(cd "$(dirname "$0")/../e2e" && pwd)
cluster=$(cd "$(dirname "$0")" && pwd)/cluster.sh
for program in munged slurmctld slurmd sbatch; do
    command -v $program > /dev/null ||
        { echo "skipped: $program is not installed (packages slurm-wlm, munge)"; exit 0; }
done
. "$here/fixture.sh"
unset SLURM_JOB_ID SLURM_RESTART_COUNT SLURM_ARRAY_TASK_ID
chmod 755 "$work" # munged wants everybody to reach its socket
home=$work/cluster
export SLURM_CONF=$home/slurm.conf
trap '"$cluster" stop "$home"; rm -rf "$work"' EXIT
"$cluster" start "$home" || { echo "FAILED the cluster does not start"; tail "$home"/*.log; exit 1; }

cat > grid.yaml <<'END'
name: grid
base: base.yaml
grid: {model.width: [32, 64], optim.steps: [10, 20]}
probe: {base: probe.yaml, controls: [untrained, pixels]}
END
"$patchlaw" sweep grid.yaml --jobs 2 > /dev/null; check "a local sweep exits" $? 0
"$here/views.sh" runs/ledger.db > want.txt

within() { # SECONDS COMMAND...
    limit=$(($(date +%s) + $1))
    shift
    until "$@"; do [ "$(date +%s)" -lt $limit ] || return 1; sleep 0.2; done
}
merging() { [ -z "$(squeue -h -o %j | grep -v merge)" ]; }
empty() { [ -z "$(squeue -h)" ]; }
# A task that runs, and has made two checkpoints: its job, its node, its array's task.
busy() { [ "$(cat "$1"/spool/*/*.events 2> /dev/null | grep -c 'artifact')" -ge 2 ]; }
task_of() { squeue -h -r -t RUNNING -o '%A %N %F_%K' | head -n 1; }
submit() { # FOLDER: a sweep with a ledger of its own there
    ledger=$work/$1/ledger.db
    FAKE_DELAY=${delay:-0.2} "$patchlaw" sweep grid.yaml --launcher slurm --tasks 2 \
        --ledger "$ledger" --slurm-dir "$work/$1/slurm" > out.txt 2> err.txt
    check "$1: submitting exits" $? 0
}
same() { # FOLDER
    within 180 empty || { failures=$((failures + 1)); echo "FAILED $1: still queued"; squeue; }
    "$here/views.sh" "$work/$1/ledger.db" > got.txt
    checks=$((checks + 1))
    cmp -s want.txt got.txt && return
    failures=$((failures + 1))
    printf 'FAILED %s: views differ from those of a local sweep:\n' "$1"
    diff want.txt got.txt | cut -c 1-150 | head -n 20
    cat "$1"/slurm/log/*
}
attempts() { sqlite3 "$1/ledger.db" "SELECT count(*) FROM attempt WHERE state = '$2'"; }

# What would be done, without a cluster.
out=$(SLURM_CONF=/nowhere "$patchlaw" sweep grid.yaml --launcher slurm --tasks 2 --dry-run \
    --ledger dry/ledger.db --slurm-option=--mem=1G); check "a dry run exits" $? 0
check_has "it shows the script" "$out" "^#SBATCH --array=0-1"
check_has "further options go there" "$out" "^#SBATCH --mem=1G"
check "it makes nothing" "$([ -e dry ] && echo made)" ""

delay=0 submit plain
check_has "a job is submitted" "$(cat out.txt)" "^submitted job [0-9]*: 2 tasks, 11 runs"
check_has "another takes the results" "$(cat out.txt)" "^Job [0-9]* takes the results"
same plain
check "undisturbed: one attempt each" "$(attempts plain done)" 11
check "undisturbed: a trunk and its probe in one task" "$(for task in plain/slurm/1-*.sweep; do
    grep 'probe.trunk: [0-9a-f]\{64\}' "$task"; done | wc -l)" 4
delay=0 submit plain
check_has "all done: nothing is submitted" "$(cat out.txt)" "^11 done, 0 to run"

# More seeds while the others are queued: they alone are submitted.
grow() { # SEEDS
    printf 'name: seeds\nbase: base.yaml\nseeds: [%s]\n' "$1" > seeds.yaml
    FAKE_DELAY=0.2 "$patchlaw" sweep seeds.yaml --launcher slurm --tasks 2 --ledger grown/ledger.db \
        > out.txt 2> err.txt
}
grow 0,1
check_has "grown: submitted" "$(cat out.txt)" "^submitted job [0-9]*: 2 tasks, 2 runs"
grow 0,1,2
check_has "grown: what is more is submitted" "$(cat out.txt)" "^submitted job [0-9]*: 1 tasks, 1 runs"
grow 0,1,2
check_has "grown: nothing twice" "$(cat out.txt)" "^Nothing is submitted: its job is in the queue: .*"
within 60 empty
check "grown: each run was done once" "$(sqlite3 grown/ledger.db "SELECT count(*) FROM runs
    WHERE state = 'done'")/$(cat grown/slurm/*/spool/*/pids | wc -l)" "3/3"

# While it is in the queue nothing is submitted twice; a task that is requeued goes on.
submit requeued
FAKE_DELAY=0.2 "$patchlaw" sweep grid.yaml --launcher slurm --tasks 2 --ledger requeued/ledger.db \
    --slurm-dir requeued/slurm > again.txt
check_has "queued: nothing is submitted" "$(cat again.txt)" "^Nothing is submitted: its job is in"
within 60 busy requeued/slurm
set -- $(task_of)
scontrol requeue "$1"
same requeued
check "requeued: it was cut off and went on" "$([ "$(attempts requeued preempted)" -gt 0 ] && echo 1)" 1
check "requeued: from a checkpoint" "$(sqlite3 requeued/ledger.db \
    'SELECT max(step_resumed) > 0 FROM attempt')" 1

# As at its time limit: the script is asked to stop, and queues itself again.
submit limited
within 60 busy limited/slurm
set -- $(task_of)
scancel --signal=TERM --batch "$1"
same limited
check "limited: it was preempted and went on" "$([ "$(attempts limited preempted)" -gt 0 ] && echo 1)" 1

# A batch script that is killed has failed, for Slurm; the same command submits what is left.
submit killed
within 60 busy killed/slurm
set -- $(task_of)
job=$(printf '%s/%s/job%05d' "$home" "$2" "$1")
script=$(pgrep -f "$job/slurm_script")
launcher=$(pgrep -P "$script")
kill -KILL "$script" "$launcher"
within 120 empty
before=$(attempts killed done)
check "killed: something is left" "$([ "$before" -lt 11 ] && echo 1)" 1
submit killed
check_has "killed: what is left is submitted" "$(cat out.txt)" "^submitted job .* $((11 - before)) runs"
same killed
check "killed: the rest is not done again" "$(attempts killed done)" 11

# A node that is lost: its daemon, the step, the script, the launcher and the engine.
submit lost
within 60 busy lost/slurm
set -- $(task_of)
job=$(printf '%s/%s/job%05d' "$home" "$2" "$1")
script=$(pgrep -f "$job/slurm_script")
launcher=$(pgrep -P "$script")
# shellcheck disable=SC2046 # several
kill -KILL $(cat "$home/$2.pid") $(pgrep -f "slurmstepd: \[$1\.") "$script" "$launcher" \
    $(pgrep -P "$launcher")
within 120 merging
"$cluster" revive "$home" # the ledger's node is one of these
same lost
check "lost: its attempt is orphaned" "$([ "$(attempts lost orphaned)" -gt 0 ] && echo 1)" 1

# A person's scancel ends it; the same command goes on from there.
submit cancelled
within 60 busy cancelled/slurm
scancel "$(task_of | sed 's/.* //; s/_.*//')"
within 60 empty
check "cancelled: it is not queued again" "$(squeue -h | wc -l)" 0
submit cancelled
same cancelled

mkdir few
for tool in sh env perl sed sha256sum cut uname cat wc mv; do
    ln -s "$(command -v $tool)" few/
done
PATH=$work/few "$patchlaw" sweep grid.yaml --launcher slurm --ledger none/ledger.db 2> err.txt
check "without Slurm exits" $? 3
check_has "without Slurm says what is missing" "$(cat err.txt)" "^patchlaw: error: squeue is not on PATH"

finish
