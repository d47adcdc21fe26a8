#!/bin/sh
# sweep --launcher slurm without Slurm: what is submitted, and what is not a second time. The
# cluster is a file of queued tasks; tests/slurm has a real one. PATCHLAW names the program.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/fixture.sh"
unset SLURM_JOB_ID SLURM_RESTART_COUNT SLURM_ARRAY_TASK_ID

# A line of the queue: job's name, state, task, script. A script named in the file refused is refused.
mkdir bin
cat > bin/sbatch <<'END_OF_SCRIPT'
#!/bin/sh
for script; do :; done
case $script in *"$(cat "$WORK/refused" 2> /dev/null || echo none)") echo "invalid account" >&2; exit 1 ;; esac
name=$(sed -n 's/^#SBATCH --job-name=//p' "$script")
last=$(sed -n 's/^#SBATCH --array=0-//p' "$script")
[ -n "$last" ] && for task in $(seq 0 "$last"); do echo "$name PENDING $task $script" >> "$WORK/queue"; done
echo "$script" >> "$WORK/submitted"
wc -l < "$WORK/submitted"
END_OF_SCRIPT
cat > bin/squeue <<'END_OF_SCRIPT'
#!/bin/sh
[ "$1 $2 $3" = "-h -r -n" ] || exit 0
[ "$5 $6" = "-o %T %K %o" ] || exit 9
sed -n "s/^$4 //p" "$WORK/queue" 2> /dev/null
exit 0
END_OF_SCRIPT
printf '#!/bin/sh\necho "n0 $(uname -n)"\n' > bin/sinfo
chmod +x bin/*
export PATH="$work/bin:$PATH" WORK="$work"
submit() { # ARGUMENT...
    "$patchlaw" sweep seeds.yaml --launcher slurm --tasks 2 "$@" > out.txt 2> err.txt
}
task() { # LINE of the queue: its runs are done, and it leaves the queue
    # shellcheck disable=SC2046 # four words
    set -- "$1" $(sed -n "${1}p" queue)
    SLURM_JOB_ID=$1 SLURM_ARRAY_TASK_ID=$4 sh "$5" > /dev/null 2>&1
    sed -i "${1}d" queue
}
queued() { wc -l < queue; }
runs_of() { cat "$1"/*-*.sweep | grep -c "${tab}cell${tab}"; }
tab=$(printf '\t')
again() { rm -rf runs jobs* queue submitted refused; }

# What is queued is not submitted again, whatever the file says by now.
seeds 0,1,2,3
submit; check "submitting exits" $? 0
check_has "tasks are submitted" "$(cat out.txt)" "^submitted job 1: 2 tasks, 4 runs"
submit; check "called again exits" $? 0
check_has "nothing is submitted twice" "$(cat out.txt)" "^Nothing is submitted: its job is in the queue: 2 tasks waiting"
check_has "what is queued is told" "$(cat out.txt)" "^0 done, 0 to run, 4 queued"
sed -i '1i # a comment' seeds.yaml
submit
check_has "a comment changes nothing" "$(cat out.txt)" "^Nothing is submitted: its job is in the queue"
seeds 0,1,2,3,4
sed -i 's/PENDING 0/RUNNING 0/' queue
submit
check_has "one more seed: it is submitted" "$(cat out.txt)" "^submitted job .*: 1 tasks, 1 runs"
check_has "beside what is queued" "$(cat out.txt)" "^In the queue already: 1 tasks waiting and 1 running"
check "each run is in one task" "$(runs_of runs/slurm/*)" 5
task 1
submit
check_has "a task that is done has left results" "$(cat out.txt)" "^2 done, 0 to run, 3 queued"
sed -i 1d queue # as if cancelled
submit
check_has "what a lost task had is submitted" "$(cat out.txt)" "^submitted job .*: 2 tasks, 2 runs"
while [ "$(queued)" -gt 0 ]; do task 1; done
submit; check "all done exits" $? 0
check_has "all is done" "$(cat out.txt)" "^5 done, 0 to run"
check "nothing ran twice" "$(cat runs/slurm/*/spool/*/pids | wc -l)" 5

# A task that was killed at a run, while others are queued: the run is submitted again.
again
seeds 0,1
submit
SLURM_JOB_ID=9 "$patchlaw" sweep --spool "$(echo runs/slurm/*)/spool" \
    --cells "$(echo runs/slurm/*)/1-0.sweep" > /dev/null
events=$(echo runs/slurm/*/spool/*/1.events)
perl -ni -e '@f = split /\t/, $_, -1; $f[6] = "elsewhere", $f[7] = "b" if $f[1] eq "claim";
             print join "\t", @f; last if $f[1] eq "resume"' "$events"
submit
check_has "the run of a queued task is left to it" "$(cat out.txt)" "^Nothing is submitted"
sed -i 1d queue
submit
check_has "that of a task that is gone is submitted" "$(cat out.txt)" "^submitted job .*: 1 tasks, 1 runs"
check "its attempt is orphaned" "$(ask "SELECT count(*) FROM attempt WHERE state = 'orphaned'")" 1

# Where nobody can tell what a queued task does, nothing is submitted.
again
seeds 0,1
submit
sed -i 's/ [^ ]*$/ (null)/' queue
seeds 0,1,2
submit
check_has "tasks of unknown runs" "$(cat out.txt)" "^Nothing is submitted: in the queue are tasks of unknown"
check "and nothing is" "$(queued)" 2

# A folder has one name, before it is made and after, in a dry run too, and below a link.
job_name() { sed -n 's/^#SBATCH --job-name=//p' "$@" | head -n 1; }
mkdir real
ln -s real link
for way in "--slurm-dir ./jobs/" "--slurm-dir jobs2" "--slurm-dir ./jobs3/./a//b" \
    "--ledger link/ledger.db" "--slurm-dir link/jobs"; do
    again
    rm -rf real/*
    # shellcheck disable=SC2086 # several words
    submit $way --dry-run
    check "$way: a dry run exits" $? 0
    check "$way: a dry run makes nothing" "$(ls real; ls -d jobs* 2> /dev/null)" ""
    dry=$(job_name out.txt)
    # shellcheck disable=SC2086
    submit $way
    check_has "$way: submitted" "$(cat out.txt)" "^submitted job 1"
    check "$way: as the dry run says" "$(cut -d ' ' -f 1 queue | sort -u)" "$dry"
    # shellcheck disable=SC2086
    submit $way
    check_has "$way: seen in the queue" "$(cat out.txt)" "^Nothing is submitted: its job is in"
done

# The job that imports has the same options, and is missed where it cannot be submitted.
again
submit --slurm-option=--account=me --slurm-option=--mem=1G --partition p
script=$(echo runs/slurm/*/1-merge.sh)
check_has "the import's job: account" "$(cat "$script")" "^#SBATCH --account=me$"
check_has "the import's job: partition" "$(cat "$script")" "^#SBATCH --partition=p$"
check "an option comes once" "$(grep -c -e --mem=1G "$(echo runs/slurm/*/1.sh)")" 1
again
echo merge.sh > refused
submit; check "no job for the import exits" $? 3
check_has "it says which half is done" "$(cat err.txt)" \
    "job 1 is submitted, its import is not: .*invalid account"
check_has "and how to do the other" "$(cat err.txt)" \
    "with: patchlaw import spool '$work/runs/slurm/.*'/spool --ledger '$work/runs/ledger.db'"
check "the job is queued" "$(queued)" 2
rm refused
submit
check_has "and is known to be" "$(cat out.txt)" "^Nothing is submitted"
again
echo 1.sh > refused
submit; check "a refused job exits" $? 3
check_has "it says why" "$(cat err.txt)" "sbatch: .*invalid account"

finish
