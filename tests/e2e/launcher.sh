#!/bin/sh
# The launcher against an engine that computes nothing: sweeps that
# finish, fail, are interrupted and killed. PATCHLAW names the program.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/fixture.sh"

cat > grid.yaml <<'END'
name: grid
base: base.yaml
grid: {model.width: [32, 64], optim.steps: [10, 20]}
probe: {base: probe.yaml, controls: [untrained, pixels]}
END

# A sweep runs to its end, and once only.
fresh
out=$("$patchlaw" sweep grid.yaml --jobs 2); check "sweep exits" $? 0
check "every cell is done" "$(ask 'SELECT cells, done FROM sweep_progress')" "11,11"
check "one attempt each" "$(ask 'SELECT max(attempts) FROM runs')" 1
check "memory is what the engine says, not the launcher's own" \
    "$(ask "SELECT min(rss_peak), max(rss_peak) FROM runs WHERE task = 'pretrain'")" "12345678,12345678"
check "points are there" "$(ask "SELECT count(*) FROM curves WHERE metric = 'loss'")" 60
check "sqlite3 reads it too" "$(sqlite3 runs/ledger.db 'SELECT count(*) FROM artifact')" 4
check "probes read their trunk" "$(ask 'SELECT count(*) FROM probe_layers WHERE stale')" 0
out=$("$patchlaw" sweep grid.yaml); check "second call exits" $? 0
check_has "second call does nothing" "$out" "^0 done, 11 done before"
check "still one attempt each" "$(ask 'SELECT max(attempts) FROM runs')" 1
out=$("$patchlaw" sweep grid.yaml --dry-run)
check_has "dry run says why it skips" "$out" "skip: done in attempt 1"
check_has "dry run names a probe's trunk" "$out" \
    "probe *$(ask "SELECT run FROM runs WHERE task = 'pretrain' LIMIT 1")"
"$patchlaw" doctor --json > out.json
check "doctor --json is JSON of empty lists" "$(sqlite3 :memory: \
    "SELECT count(*) > 10, max(json_array_length(value)) FROM json_each(readfile('out.json'))")" "1|0"
"$patchlaw" doctor > /dev/null; check "doctor finds nothing" $? 0

# A replaced trunk makes its probe stale, and the next call redoes that probe alone.
trunk=$(ask "SELECT run FROM runs WHERE task = 'pretrain' LIMIT 1")
sqlite3 runs/ledger.db "UPDATE artifact SET sha256 = 'other'
    WHERE cell_id = (SELECT cell_id FROM runs WHERE run = '$trunk')"
check "a replaced trunk is seen" "$(ask 'SELECT count(*) > 0 FROM probe_layers WHERE stale')" 1
out=$("$patchlaw" sweep grid.yaml); check "redo exits" $? 0
check_has "one probe is redone" "$out" "^1 done, 10 done before"
check "nothing is stale" "$(ask 'SELECT count(*) FROM probe_layers WHERE stale')" 0

# Two launchers share one sweep: every cell once.
fresh
"$patchlaw" sweep grid.yaml --jobs 2 > one.txt & first=$!
"$patchlaw" sweep grid.yaml --jobs 2 > two.txt & second=$!
wait $first; check "first launcher exits" $? 0
wait $second; check "second launcher exits" $? 0
check "two launchers, one attempt each" "$(ask 'SELECT max(attempts), min(attempts) FROM runs')" "1,1"

# Many that open a new ledger at once all get in: while one makes it a WAL file, SQLite refuses the
# others at once, whatever they are ready to wait.
round=0
while [ $round -lt 20 ]; do
    rm -rf opened && mkdir opened
    for opener in 1 2 3 4 5 6 7 8; do
        "$patchlaw" import bench missing.json --ledger opened/ledger.db 2> opened/$opener &
    done
    wait
    cat opened/[1-8] >> openers.txt
    round=$((round + 1))
done
check "nobody is refused" "$(grep -c 'missing.json' openers.txt)" 160

# An interrupt stops after checkpoints; the next call resumes from them.
fresh
seeds "0, 1"
"$patchlaw" sweep seeds.yaml --dry-run --json > out.json
check "a run's seconds are those of one thread" "$(sqlite3 :memory: \
    "SELECT max(abs(json_extract(value, '\$.seconds') - 320 / 2000.0)) < 1e-9
     FROM json_each(readfile('out.json'))")" 1
FAKE_DELAY=0.1 "$patchlaw" sweep seeds.yaml --jobs 2 > out.txt & launcher=$!
sleep 0.9
kill -INT $launcher; wait $launcher; check "interrupted exits" $? 130
check "both are stopped" "$(ask "SELECT count(*) FROM runs WHERE state = 'stopped'")" 2
out=$("$patchlaw" sweep seeds.yaml --dry-run)
check_has "dry run would resume" "$out" "resume at step"
"$patchlaw" sweep seeds.yaml --dry-run --json > out.json
check "a resumed run takes its last steps alone" \
    "$(sqlite3 :memory: "SELECT count(*), max(json_extract(value, '$.seconds')) < 320 / 2000.0
                         FROM json_each(readfile('out.json'))")" "2|1"
out=$("$patchlaw" sweep seeds.yaml); check "resume exits" $? 0
check_has "resuming is said" "$out" "resume .*from step [0-9]"
check "resumed, not begun again" \
    "$(ask "SELECT min(step_resumed) > 0 FROM attempt WHERE ordinal = 2")" 1
check "whole curves after a resume" "$(ask "SELECT count(*) FROM curves WHERE metric = 'loss'")" 40

# An interrupt is heard between two plans, too.
fresh
printf 'base: base.yaml\ngrid: {model.width: [16, 32, 48, 64, 80, 96, 112, 128]}\n' > widths.yaml
FAKE_PLANS=$work/plans.txt "$patchlaw" sweep widths.yaml > out.txt & launcher=$!
eventually [ -s plans.txt ]
kill -INT $launcher; wait $launcher; check "interrupted while planning exits" $? 130
check "the other plans are not asked for" "$([ "$(wc -l < plans.txt)" -le 3 ] && echo 1)" 1
check "nothing was started" "$(ask "SELECT sum(attempts) FROM runs")" 0

# An interrupt that comes before an engine can catch it stops, too.
fresh
FAKE_START=30 "$patchlaw" sweep seeds.yaml --jobs 2 > out.txt & launcher=$!
eventually running 2
eventually started 2
kill -INT $launcher; wait $launcher; check "interrupted early exits" $? 130
check "a run without a handler is stopped" \
    "$(ask "SELECT count(*) FROM runs WHERE state = 'stopped' AND signal = 15")" 2
"$patchlaw" sweep seeds.yaml > /dev/null; check "the same command goes on" $? 0

cat > masked << 'END'
#!/usr/bin/env perl
open my $status, "<", "/proc/self/status";
print STDERR grep { /^SigBlk/ } <$status>;
exec $ENV{FAKE}, @ARGV;
END
chmod +x masked
FAKE=$PATCHLAW_ENGINE PATCHLAW_ENGINE=$work/masked "$patchlaw" run base.yaml seed=7 > /dev/null
check "an engine starts with SIGINT and SIGTERM blocked" \
    "$(cat runs/*/log.txt | grep -c 'SigBlk:.*0000000000004002$')" 1

# While another process holds the ledger, the launcher waits and obeys; readers do not wait.
fresh
FAKE_DELAY=0.1 "$patchlaw" sweep seeds.yaml --jobs 2 > out.txt & launcher=$!
eventually running 2
hold
eventually seen "waiting for the ledger" out.txt
kill -INT $launcher
eventually seen "stopping" out.txt
check_has "a waiting launcher obeys" "$(cat out.txt)" "stopping"
release
wait $launcher; check "interrupted while waiting exits" $? 130
check "nothing is lost by waiting" "$(ask "SELECT count(*) FROM runs WHERE state = 'stopped'")" 2
check "it is said once" "$(grep -c "waiting for the ledger" out.txt)" 1
hold
"$patchlaw" sweep seeds.yaml > out.txt & launcher=$!
eventually seen "waiting for the ledger" out.txt
release
wait $launcher; check "a sweep waits for its beginning" $? 0

# The launcher is gone, and the ledger cannot be written: what is shown is said to be gone.
fresh
FAKE_DELAY=0.2 "$patchlaw" sweep seeds.yaml --jobs 2 > /dev/null & launcher=$!
eventually running 2
kill -KILL $launcher; wait $launcher 2> /dev/null
eventually no_engines
hold
check_has "a gone process is called gone" "$("$patchlaw" status)" "its process is gone"
check_has "dry run calls it gone" "$("$patchlaw" sweep seeds.yaml --dry-run)" "its process is gone"
release
"$patchlaw" sweep seeds.yaml > /dev/null; check "goes on after its launcher is gone" $? 0

# An error of the launcher itself stops its engines, and the same command goes on.
fresh
FAKE_DELAY=0.1 "$patchlaw" sweep seeds.yaml --jobs 2 > out.txt 2> err.txt & launcher=$!
eventually running 2
sqlite3 -cmd '.timeout 20000' runs/ledger.db "ALTER TABLE point RENAME TO hidden"
wait $launcher; check "a broken ledger exits" $? 3
check "no engine is left" "$(engines)" 0
check "its runs are stopped" \
    "$(ask "SELECT count(*) FROM runs WHERE state = 'stopped' AND reason LIKE 'the launcher%'")" 2
sqlite3 runs/ledger.db "ALTER TABLE hidden RENAME TO point"
"$patchlaw" sweep seeds.yaml > /dev/null; check "goes on after an error" $? 0
check "whole curves after an error" "$(ask "SELECT count(*) FROM curves WHERE metric = 'loss'")" 40

# A probe's progress is known; status --watch looks twice before it leaves.
fresh
"$patchlaw" run base.yaml optim.steps=5 > /dev/null
FAKE_DELAY=30 "$patchlaw" run probe.yaml --trunk "$(ask 'SELECT run FROM runs')" > out.txt &
launcher=$!
stepped() { [ "$(ask "SELECT max(step) FROM attempt WHERE state = 'running'")" = 3 ]; }
eventually stepped
check_has "a probe's share is shown" "$("$patchlaw" status)" " 75%"
kill -INT $launcher; eventually seen "stopping" out.txt; kill -INT $launcher; wait $launcher
check "watching looks twice" "$("$patchlaw" status --watch | grep -c "Nothing runs")" 2

# A second interrupt kills.
fresh
FAKE_DELAY=30 "$patchlaw" sweep seeds.yaml --jobs 2 > out.txt & launcher=$!
sleep 0.5
kill -INT $launcher; sleep 0.3; kill -INT $launcher
wait $launcher; check "killed exits" $? 130
check "killed runs may resume" \
    "$(ask "SELECT count(*) FROM runs WHERE state = 'stopped' AND signal = 9")" 2
unset FAKE_DELAY

# Every way to fail is recorded as what it is, told at once, and left alone until asked for.
fresh
seeds "90, 91, 92, 93, 94, 1"
out=$("$patchlaw" sweep seeds.yaml --jobs 2); check "failing sweep exits" $? 1
of() { ask "SELECT $2 FROM runs WHERE seed = $1"; }
check "exit code" "$(of 90 'state, exit_code, signal')" "failed,3,"
check "signal" "$(of 91 'state, exit_code, signal')" "killed,,11"
check "diverged" "$(of 92 'state, exit_code, reason')" "diverged,1,loss is nan"
check "nan is a nan" \
    "$(ask "SELECT c.kind, c.value FROM curves c JOIN runs USING (run) WHERE seed = 92 AND step = 3")" \
    "1,"
check_has "nonsense" "$(of 93 reason)" "'twelve' cannot be its value"
check "no last line" "$(of 94 'state, reason')" "failed,it ended without its last event"
check "the good one is done" "$(of 1 state)" "done"
check_has "the log's tail is shown" "$out" "| disk on fire"
out=$("$patchlaw" sweep seeds.yaml); check "failed before exits" $? 1
check_has "left alone" "$out" "^0 done, 1 done before, 5 failed before"
out=$("$patchlaw" sweep seeds.yaml --retry failed)
check "only failed ones are retried" "$(ask 'SELECT sum(seed) FROM runs WHERE attempts = 2')" 277
out=$("$patchlaw" sweep seeds.yaml --retry all --max-failures 1 --jobs 1)
check_has "max failures" "$out" "1 failed"

# A probe whose trunk failed is blocked; a missing data set names its cure.
fresh
sed 's/^grid.*/seeds: [90]/' grid.yaml > blocked.yaml
out=$("$patchlaw" sweep blocked.yaml); check "blocked exits" $? 1
check_has "blocked" "$out" "1 blocked"
out=$("$patchlaw" sweep grid.yaml data.name=missing 2>&1); check "missing data exits" $? 2
check_has "missing data" "$out" "patchlaw data import --data none missing PATH"

# Single runs, and a probe of one.
fresh
"$patchlaw" run base.yaml optim.steps=5 > /dev/null; check "run exits" $? 0
run=$(ask 'SELECT run FROM runs')
"$patchlaw" run probe.yaml --trunk "$(printf %.6s "$run")" > /dev/null; check "probe exits" $? 0
check "the probe knows its parent" "$(ask "SELECT parent FROM runs WHERE kind = 'probe'")" "$run"
for words in "show $run" "curve $run" "status" "ls --json" "keys --markdown" "sql --list" \
    "compare $run $(ask "SELECT run FROM runs WHERE kind = 'probe'")"; do
    # shellcheck disable=SC2086
    "$patchlaw" $words > out.txt; check "$words exits" $? 0
    check "$words prints" "$([ -s out.txt ] && echo 1)" 1
done
"$patchlaw" show "$run" --json > out.json
check "show --json is JSON" \
    "$(sqlite3 :memory: "SELECT json_valid(readfile('out.json'))")" 1

# Probes of different settings are not compared with one another.
"$patchlaw" run base.yaml optim.steps=5 seed=1 > /dev/null
other=$(ask "SELECT run FROM runs WHERE task = 'pretrain' AND seed = 1")
"$patchlaw" run probe.yaml --trunk "$run" probe.epochs=7 > /dev/null
"$patchlaw" run probe.yaml --trunk "$other" probe.epochs=7 > /dev/null
out=$("$patchlaw" compare "$run" "$other")
check_has "compare names the setting" "$out" "^best attentive probe, epochs 4 .* -\$"
check "equal settings are equal" "$(printf '%s\n' "$out" | grep -c 'epochs 7')" 0
"$patchlaw" sql "DELETE FROM cell" 2> err.txt; check "sql cannot write" $? 2
check_has "sql says so" "$(cat err.txt)" "would write"

# Measurements come in from a file or a pipe, once; a bad one is named and leaves nothing.
row='{"program":"patchlaw","suite":"step","shape":null,"precision":null,"workers":1,"recompute":0,
"metric":"images_per_s","unit":"images/s","n":3,"median":2,"low":1,"high":3,"limit_name":null,
"limit":null}'
cat > bench.json <<EOF
{"schema":"patchlaw-bench-1","made_at":"2026-11-25T21:00:00Z","version":"0.1.0","commit":"unknown",
"dirty":1,"host":"here","cpu":null,"cores":2,"isa":null,"blas":null,"kernel":null,"rows":[$row]}
EOF
sed 's/"n":3/"n":0/' bench.json > bad.json
"$patchlaw" import bench bad.json > out.txt 2> err.txt; check "a bad import exits" $? 3
check_has "a bad import says so" "$(cat err.txt)" 'bad.json: row 1: "n" is 0'
check "a bad import writes nothing" "$(ask 'SELECT count(*) FROM bench_file')" 0
out=$("$patchlaw" import bench - --json < bench.json); check "import exits" $? 0
check_has "import --json says what was imported" "$out" '"state": "imported", "rows": 1'
out=$("$patchlaw" import bench bench.json); check "import again exits" $? 0
check_has "import again" "$out" "already there"
check "import writes rows once" "$(ask 'SELECT count(*) FROM bench')" 1
"$patchlaw" import bench missing.json 2> err.txt; check "a missing file exits" $? 2
"$patchlaw" import nonsense bench.json 2> err.txt; check "an unknown kind exits" $? 2
"$patchlaw" import bench 2> err.txt; check "import of no file exits" $? 2

finish
