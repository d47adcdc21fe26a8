#!/bin/sh
# Ledgers and runs on the move: backup while eight programs write, merge, export, import, gc, doctor.
# The engine computes nothing. PATCHLAW names the program.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${PATCHLAW:-build/release/bin/patchlaw}")
for program in sqlite3 perl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
[ -x "$patchlaw" ] || { echo "FAILED: $patchlaw is no program"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_ENGINE=$here/fake_engine.sh PATCHLAW_DATA=none NO_COLOR=1
unset PATCHLAW_LEDGER
. "$here/checks.sh"

ask() { sqlite3 -cmd '.timeout 20000' "$1/ledger.db" "$2"; }
# Every view whole, but for numbers that only this file gives.
views() { # FOLDER
    for view in $(ask "$1" "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name"); do
        columns=$(ask "$1" "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info('$view')
            WHERE name NOT GLOB '*_id'")
        echo "$view"
        ask "$1" "SELECT $columns FROM $view" | sort
    done
    ask "$1" "SELECT hash, a.ordinal, a.state, a.uuid FROM cell JOIN attempt a USING (cell_id)
        WHERE a.state <> 'queued' ORDER BY hash, a.ordinal"
    ask "$1" "SELECT hash, kind, bytes, k.sha256, uuid FROM cell JOIN artifact k USING (cell_id)
        JOIN attempt a USING (attempt_id) ORDER BY hash, kind"
    ask "$1" "SELECT hash, split, metric, t.points, t.step_last, t.tail_mean FROM cell
        JOIN series USING (cell_id) JOIN series_summary t USING (series_id) ORDER BY 1, 2, 3"
}
sums() { sha256sum "$1"/ledger.db | cut -c 1-64; }
whole() { # FOLDER: finds nothing wrong, its files aside
    "$patchlaw" doctor --ledger "$1/ledger.db" > doctor.out
}

cat > base.yaml <<'END'
data: {name: fake}
model.width: 32
optim: {steps: 20, batch_images: 16}
train.log_every: 1
END
echo 'task: probe' > probe.yaml
seeds() { # NAME SEEDS
    printf 'name: %s\nbase: base.yaml\nseeds: [%s]\nprobe: {base: probe.yaml}\n' "$1" "$2" > "$1.yaml"
}
sweep() { "$patchlaw" sweep "$1.yaml" --ledger "$2/ledger.db" --jobs 2 > sweep.out 2>&1; }

# ---- merge ----

# Two machines: some runs on both, some on one, one that fails on the first alone, one left queued.
seeds one 1,2,90 && seeds two 2,3 && seeds both 1,2,3
sweep one a; sweep two b
"$patchlaw" run --set base.yaml --ledger a/ledger.db > /dev/null 2>&1
mkdir ab ba
cp a/ledger.db ab/ledger.db; cp b/ledger.db ba/ledger.db
before=$(sums b)
out=$("$patchlaw" merge b/ledger.db --ledger ab/ledger.db --dry-run --json); check "dry merge" $? 0
check "dry merge counts" "$(sqlite3 :memory: "SELECT json_extract('$out', '\$.ledgers[0].runs'),
    json_extract('$out', '\$.ledgers[0].facts'), json_array_length('$out', '\$.conflicts')")" "2|2|0"
check "dry merge writes nothing" "$(views ab)" "$(views a)"
out=$("$patchlaw" merge b/ledger.db --ledger ab/ledger.db); check "merge exits" $? 0
check "the source is not touched" "$(sums b)" "$before"
"$patchlaw" merge a/ledger.db --ledger ba/ledger.db > /dev/null; check "merge back exits" $? 0
views ab > ab.views; views ba > ba.views
check "order does not matter" "$(diff ab.views ba.views)" ""
check "all runs are there" "$(ask ab "SELECT count(*), sum(state = 'done') FROM runs")" "8|6"
check "attempts of both" "$(ask ab "SELECT max(ordinal) FROM attempt WHERE state = 'done'")" 2
check "a probe has its parent" "$(ask ab "SELECT count(*) FROM probe_layers WHERE run IS NULL")" 0
"$patchlaw" merge b/ledger.db a/ledger.db --ledger ab/ledger.db --json > merge.json
check "merging again exits" $? 0
check "merging again brings nothing" "$(sqlite3 :memory: "SELECT sum(e.value) FROM
    json_each(readfile('merge.json'), '\$.ledgers') l, json_each(l.value) e WHERE e.key <> 'ledger'")" 0
check "merging again changes nothing" "$(views ab | diff ab.views -)" ""
check "nothing is left behind" "$(ls ab)" "ledger.db"
out=$("$patchlaw" merge ab/ledger.db --ledger ab/ledger.db 2>&1); check "not into itself" $? 2
out=$("$patchlaw" merge missing.db --ledger ab/ledger.db 2>&1); check "no such ledger" $? 2
check_has "no such ledger is said" "$out" "missing.db: there is no ledger here"

# A done run wins over one that failed elsewhere, whichever side it is on.
mkdir lost && cp b/ledger.db lost/ledger.db
run=$(ask lost "SELECT run FROM runs WHERE seed = 3 AND kind = 'pretrain'")
ask lost "UPDATE attempt SET state = 'failed', pid = 1, uuid = lower(hex(randomblob(16))) WHERE cell_id =
    (SELECT cell_id FROM runs WHERE run = '$run');
    DELETE FROM point WHERE step > 10 AND series_id IN (SELECT series_id FROM series JOIN cell
    USING (cell_id) WHERE substr(hash, 1, 12) = '$run')"
"$patchlaw" merge b/ledger.db --ledger lost/ledger.db > /dev/null; check "merge over failed exits" $? 0
check "the done run's curve came" "$(ask lost "SELECT max(step), count(*) FROM curves
    WHERE run = '$run' AND metric = 'loss' AND split = 'train'")" "20|20"
check "and its state" "$(ask lost "SELECT state, attempts FROM runs WHERE run = '$run'")" "done|2"

# The same run done twice with another curve is a conflict: told, kept, and told again.
mkdir liar && cp b/ledger.db liar/ledger.db
ask liar "UPDATE point SET value = 5 WHERE step = 7 AND series_id IN (SELECT series_id FROM series
    JOIN runs USING (cell_id) WHERE seed = 3 AND split = 'train');
    UPDATE probe_result SET top1 = 0.125 WHERE split = 'test' AND tap = 'block.0' AND cell_id IN
    (SELECT cell_id FROM runs WHERE seed = 3);
    UPDATE attempt SET uuid = lower(hex(randomblob(16)))"
out=$("$patchlaw" merge liar/ledger.db --ledger ab/ledger.db); check "conflict exits" $? 1
check_has "conflict names run and point" "$out" "^$run *point train/loss at step 7 *1 *993.25 *5"
check_has "conflict names the probe" "$out" "probe block.0 attentive test lr 0.003 top1 *2 *0.6"
"$patchlaw" merge liar/ledger.db --ledger ab/ledger.db --json > merge.json
check "conflict again" "$(sqlite3 :memory: "SELECT count(*), count(json_extract(value, '\$.there_from'))
    FROM json_each(readfile('merge.json'), '\$.conflicts')")" "2|2"
check "ours stays" "$(ask ab "SELECT value FROM curves WHERE run = '$run' AND step = 7
    AND metric = 'loss'")" 993.25

# A run that was only claimed elsewhere takes nothing from one that came further, and a file counts.
mkdir fresh && cp b/ledger.db fresh/ledger.db
cell="(SELECT cell_id FROM runs WHERE run = '$run')"
mkdir further && cp b/ledger.db further/ledger.db
ask further "UPDATE attempt SET state = 'stopped' WHERE cell_id = $cell; DELETE FROM point WHERE step > 16 AND series_id IN
    (SELECT series_id FROM series WHERE cell_id = $cell); UPDATE artifact SET step = 16 WHERE cell_id = $cell"
ask fresh "UPDATE attempt SET state = 'claimed', pid = 1, ended_at = NULL, claimed_at = 1 << 60,
    heartbeat_at = 1 << 60, uuid = lower(hex(randomblob(16))) WHERE cell_id = $cell;
    DELETE FROM point WHERE series_id IN (SELECT series_id FROM series WHERE cell_id = $cell);
    DELETE FROM artifact WHERE cell_id = $cell"
cp -r further further2
"$patchlaw" merge fresh/ledger.db --ledger further/ledger.db > /dev/null; check "a fresh claim" $? 0
"$patchlaw" merge further2/ledger.db --ledger fresh/ledger.db > /dev/null; check "and back" $? 0
for side in further fresh; do
    check "points stay, $side" "$(ask $side "SELECT max(step), count(*) FROM curves WHERE run = '$run'
        AND metric = 'loss' AND split = 'train'")" "16|16"
    check "the file stays, $side" "$(ask $side "SELECT count(*) FROM artifact WHERE cell_id = $cell")" 1
    check "the claim is there, $side" "$(ask $side "SELECT count(*) FROM attempt
        WHERE cell_id = $cell AND state = 'claimed'")" 1
done
rm -r further2

# Of two ledgers that know the same attempt, that which heard its end tells it.
mkdir early && cp b/ledger.db early/ledger.db
ask early "UPDATE attempt SET state = 'running', ended_at = NULL, beats = 0"
"$patchlaw" merge b/ledger.db --ledger early/ledger.db > /dev/null; check "an end is heard" $? 0
check "all are done" "$(ask early "SELECT group_concat(DISTINCT state) FROM attempt")" "done"

# A sweep's own names and people's queries come along; two texts under one name are a conflict.
mkdir kept && cp b/ledger.db kept/ledger.db
ask kept "INSERT INTO sweep_var SELECT sweep_id, min(cell_id), 'budget_flops', 7 FROM sweep_cell;
    INSERT INTO saved_query VALUES ('mine', 'SELECT 1', 1), ('ours', 'SELECT 2', 2)"
"$patchlaw" merge kept/ledger.db --ledger early/ledger.db > /dev/null; check "names come along" $? 0
check "both are there" "$(ask early "SELECT value, count(*) FROM sweep_vars, saved_query")" "7.0|2"
ask early "UPDATE saved_query SET sql = 'SELECT 3' WHERE name = 'ours'"
out=$("$patchlaw" merge kept/ledger.db --ledger early/ledger.db); check "two texts exit" $? 1
check_has "two texts are told" "$out" "saved query ours *1 *SELECT 3 *SELECT 2"

# Folders come along when asked for, their checkpoints by hash.
mkdir moved
"$patchlaw" merge a/ledger.db b/ledger.db --ledger moved/ledger.db --copy-artifacts > merge.out
check "merge with folders exits" $? 0
check "checkpoints are there" "$(ls moved/*/checkpoint.safetensors | wc -l)" 3
check "locks stay behind" "$(ls moved/*/*.partial moved/*/lock 2> /dev/null | wc -l)" 0
out=$("$patchlaw" sweep both.yaml --ledger moved/ledger.db 2>&1)
check_has "a sweep finds them done" "$out" "^0 done, 6 done before"
run=$(ask b "SELECT run FROM runs WHERE seed = 3 AND kind = 'pretrain'")
rm -r "moved/$run"; echo 99 > "b/$run/checkpoint.safetensors"
out=$("$patchlaw" merge b/ledger.db --ledger moved/ledger.db --copy-artifacts)
check "a changed checkpoint is refused" $? 1
check_has "and named" "$out" "$run/checkpoint.safetensors: has sha256"
check "and not copied" "$(ls moved | grep -c "$run")" 0
# An older checkpoint has the size of the newer one, and gives way to it; so does a damaged one.
mkdir older && cp b/ledger.db older/ledger.db && mkdir "older/$run"
echo 20 > "b/$run/checkpoint.safetensors"; echo 16 > "older/$run/checkpoint.safetensors"
ask older "UPDATE attempt SET state = 'stopped', step = 16, uuid = lower(hex(randomblob(16)))
    WHERE cell_id = (SELECT cell_id FROM runs WHERE run = '$run');
    UPDATE artifact SET step = 16, sha256 = '$(sha256sum < "older/$run/checkpoint.safetensors" | cut -c 1-64)'
    WHERE cell_id = (SELECT cell_id FROM runs WHERE run = '$run')"
"$patchlaw" merge b/ledger.db --ledger older/ledger.db --copy-artifacts > /dev/null
check "a run that is done there by now" $? 0
check "its checkpoint comes" "$(cat "older/$run/checkpoint.safetensors")" 20
echo 17 > "older/$run/checkpoint.safetensors"
"$patchlaw" merge b/ledger.db --ledger older/ledger.db --copy-artifacts > /dev/null
check "a damaged one is mended" "$(cat "older/$run/checkpoint.safetensors")" 20

# ---- backup ----

# Eight programs write while copies are made; each copy is whole, and of one moment.
mkdir busy && cp a/ledger.db busy/ledger.db
series=$(ask busy "SELECT min(series_id) FROM series")
ask busy "DELETE FROM point; CREATE TABLE written (writer, step)"
for writer in 1 2 3 4 5 6 7 8; do
    for step in $(seq 200); do
        n=$((writer * 1000 + step))
        echo "BEGIN IMMEDIATE; INSERT INTO point VALUES ($series, $n, 0, $n);"
        echo "INSERT INTO written VALUES ($writer, $step); COMMIT;"
    done | sqlite3 -cmd '.timeout 20000' busy/ledger.db > /dev/null &
    writers="${writers:-} $!"
done
for copy in 1 2 3 4 5; do
    "$patchlaw" backup copy$copy.db --ledger busy/ledger.db > /dev/null; check "backup $copy" $? 0
done
# shellcheck disable=SC2086 # pids
wait $writers
for copy in 1 2 3 4 5; do
    check "copy $copy is whole" "$(sqlite3 copy$copy.db "PRAGMA integrity_check;
        SELECT (SELECT count(*) FROM point) = (SELECT count(*) FROM written)")" "ok
1"
    check "copy $copy has no hole" "$(sqlite3 copy$copy.db "SELECT count(*) FROM (SELECT writer FROM
        written GROUP BY writer HAVING count(*) <> max(step))")" 0
done
check "all was written" "$(ask busy "SELECT count(*) FROM written")" 1600
out=$("$patchlaw" backup copy1.db --ledger busy/ledger.db 2>&1); check "no overwriting" $? 2
check_has "no overwriting, but by force" "$out" "replace it with --force"
"$patchlaw" backup copy1.db --force --ledger busy/ledger.db > /dev/null; check "by force" $? 0
check "the newest copy has all" "$(sqlite3 copy1.db "SELECT count(*) FROM written")" 1600
"$patchlaw" backup busy/ledger.db --force --ledger busy/ledger.db 2> /dev/null
check "never itself" $? 2
"$patchlaw" backup --ledger a/ledger.db --json > backup.json; check "a name by time" $? 0
check "bytes are told" "$(sqlite3 :memory: "SELECT json_extract(readfile('backup.json'),
    '\$[0].bytes')")" "$(cat a/ledger.db.*.backup | wc -c)"
cp a/ledger.db.*.backup copy.db; rm a/*.backup
mkdir again && mv copy.db again/ledger.db
check "a copy is the ledger" "$(views again)" "$(views a)"
check "nothing half is left" "$(find . -name '*.partial*')" ""

# ---- export and import ----

run=$(ask a "SELECT run FROM runs WHERE seed = 1 AND kind = 'pretrain'")
ask a "UPDATE point SET kind = 2, value = NULL WHERE step = 5 AND series_id IN (SELECT series_id FROM
    series JOIN runs USING (cell_id) WHERE run = '$run' AND split = 'train');
    UPDATE point SET value = 0.1 + 0.2 WHERE step = 6 AND series_id IN (SELECT series_id FROM
    series JOIN runs USING (cell_id) WHERE run = '$run' AND split = 'train')"
"$patchlaw" export runs --ledger a/ledger.db > runs.csv; check "export runs" $? 0
sqlite3 :memory: '.import --csv runs.csv runs' '.once runs.txt' 'SELECT run, state, loss, config FROM runs'
check "runs as CSV" "$(cat runs.txt)" "$(ask a "SELECT run, state, loss, config FROM runs
    JOIN cell USING (cell_id) ORDER BY cell_id")"
out=$("$patchlaw" export points "$run" --ledger a/ledger.db --format jsonl --out points.jsonl)
check_has "export says how many" "$out" "^points.jsonl: 22 points"
sqlite3 :memory: "SELECT json_extract(value, '\$.value') FROM json_each('[' ||
    replace(trim(readfile('points.jsonl'), char(10)), char(10), ',') || ']')
    WHERE json_extract(value, '\$.step') IN (5, 6)" > values.txt
check "points are exact, and infinity is a word" "$(tr '\n' ' ' < values.txt)" "inf 0.3 "
grep -q '"value": 0.30000000000000004}' points.jsonl; check "to the last digit" $? 0
"$patchlaw" export probes --ledger a/ledger.db > probes.csv
check "probes" "$(wc -l < probes.csv)" $((1 + $(ask a "SELECT count(*) FROM probe_result")))
"$patchlaw" export probes zz --ledger a/ledger.db > /dev/null 2>&1; check "no such run" $? 2

# What one ledger knows as superseded is not done: the later points come, whoever takes whom, and
# nothing is a conflict. Where each has superseded the other's, what was imported last stays done.
for loss in 1 2; do printf 'name,loss\nx,%s\n' $loss > v$loss.csv; done
into() { # LEDGER VERSIONS
    for version in $2; do
        "$patchlaw" import runs v$version.csv --ledger "$1/ledger.db" > /dev/null 2>&1
        check "import of v$version" $? 0
    done
}
told() { ask "$1" "SELECT state, loss, attempts FROM runs; SELECT count(*) FROM attempt WHERE state = 'done'"; }
superseded() { # FIRST SECOND LOSS
    rm -rf s1 s2 s3 s4
    into s1 "$1"; into s2 "$2"; cp -r s1 s3; cp -r s2 s4
    "$patchlaw" merge s2/ledger.db --ledger s3/ledger.db > /dev/null; check "'$2' into '$1'" $? 0
    "$patchlaw" merge s1/ledger.db --ledger s4/ledger.db > /dev/null; check "'$1' into '$2'" $? 0
    for side in s3 s4; do
        check "$1 and $2 in $side" "$(told $side)" "done|$3.0|2
1"
    done
    views s3 > s3.views
    check "$1 and $2, either way" "$(views s4 | diff s3.views -)" ""
    "$patchlaw" merge s2/ledger.db s1/ledger.db --ledger s3/ledger.db > /dev/null
    check "$1 and $2 again" "$?$(views s3 | diff s3.views -)" 0
}
superseded 1 "1 2" 2
superseded "2 1" 1 1
superseded "1 2 1" "1 2" 2
superseded "1 2" "2 1" 1
superseded "1 2 1" "2 1 2" 2

# A key that looks like a number keeps what it tells; an order of rows is no other run.
printf 'name,commit,shard,big,lr,seed,loss\na,12e5,007,9007199254740993,1e-3,1e2,1\n' > keys.csv
"$patchlaw" import runs keys.csv --ledger keys/ledger.db > /dev/null 2>&1; check "keys" $? 0
check "keys are not rewritten" "$(ask keys "SELECT group_concat(value, ' ') FROM cell_key
    WHERE key <> 'external.name'")" "9007199254740993 12e5 0.001 100 007"
printf 'run,step,metric,split,value\na,1,loss,val,1\na,2,loss,val,2\na,1,acc,val,3\n' > rows.csv
printf 'run,step,metric,split,value\na,1,acc,val,3\na,2,loss,val,2\na,1,loss,val,1\n' > swor.csv
"$patchlaw" import runs rows.csv --ledger rows/ledger.db > /dev/null 2>&1; check "rows" $? 0
"$patchlaw" import runs swor.csv --ledger rows/ledger.db --json > rows.json 2> /dev/null
check "another order is the same run" "$(sqlite3 :memory: "SELECT json_extract(readfile('rows.json'),
    '\$[0].already_there')")" 1
printf 'run,step,metric,value\na b,1,x\001y,1\na\001b,2,x\001y,2\na b,1,x y,3\n' > control.csv
"$patchlaw" import runs control.csv --ledger control/ledger.db --json > control.json 2> /dev/null
check "one run and curve by cleaned names" "$?$(sqlite3 :memory: "SELECT value -> 'runs', value -> 'points'
    FROM json_each(readfile('control.json'))")" "01|2"
long=$(printf 'x%.0s' $(seq 200))
out=$("$patchlaw" import runs keys.csv --map "lr=val/$long" --ledger keys/ledger.db 2>&1)
check "a long name in --map" $? 2
printf 'name,%s\na,1\n' "$long" > long.csv
out=$("$patchlaw" import runs long.csv --ledger keys/ledger.db 2>&1); check "a long column" $? 3
check_has "is told" "$out" "long.csv:1:6: the name of column 2 is too long"
ask a "INSERT INTO series (cell_id, split, metric) SELECT min(cell_id), 'val', '$long' FROM cell;
    INSERT INTO point VALUES (last_insert_rowid(), 1, 0, 1)"
"$patchlaw" export points --ledger a/ledger.db --format tensorboard --out long > /dev/null
ask a "DELETE FROM point WHERE series_id = (SELECT max(series_id) FROM series);
    DELETE FROM series WHERE metric = '$long'"
out=$("$patchlaw" import tensorboard long --ledger keys/ledger.db 2>&1); check "a long tag" $? 3
check_has "is told" "$out" "the tag 'val/xxx.*' is too long"
out=$("$patchlaw" import tensorboard long --map "val/$long=skip" --ledger keys/ledger.db 2>&1)
check "unless it is left out" $? 0

# A thousand that may be a fraction is no number; rows of steps are no runs.
printf 'name;loss;params\na;1,5;300.000\n' > mixed.csv
out=$("$patchlaw" import runs mixed.csv --ledger mixed/ledger.db 2>&1); check "an ambiguous number" $? 3
check_has "is told with its place" "$out" "mixed.csv:2:7: '300.000' may be a fraction or thousands"
printf 'epoch,step,train_loss,val_loss\n0,1,3,\n0,2,2,\n0,2,,2.5\n1,3,1,1.5\n' > metrics.csv
"$patchlaw" import runs metrics.csv --ledger metrics/ledger.db > /dev/null 2>&1; check "rows of steps" $? 0
check "are one run" "$(ask metrics "SELECT value, loss FROM cell_key JOIN runs USING (cell_id);
    SELECT split, metric, count(*) FROM series JOIN point USING (series_id) GROUP BY 1, 2")" "metrics.csv|1.5
|epoch|3
train|loss|3
val|loss|2"
mkdir elsewhere2 && sed 's/1\.5/1.25/' metrics.csv > elsewhere2/metrics.csv
"$patchlaw" import runs elsewhere2/metrics.csv --ledger metrics/ledger.db > /dev/null 2>&1
check "another file of that name" $? 2
"$patchlaw" import runs - --ledger metrics/ledger.db < metrics.csv > /dev/null 2>&1
check "a stream has no name" $? 2
"$patchlaw" import runs - --name piped --ledger metrics/ledger.db < metrics.csv > /dev/null 2>&1
check "but may be given one" $? 0
printf 'lr,step,loss\n1,9,3\n2,9,2\n' > same_step.csv
out=$("$patchlaw" import runs same_step.csv --ledger metrics/ledger.db 2>&1)
check "runs that look like steps" $? 3
check_has "are told, with the cure" "$out" "say --map step=steps"
"$patchlaw" import runs same_step.csv --map step=steps --ledger metrics/ledger.db > /dev/null 2>&1
check "which helps" $? 0
printf 'run,step,loss\na,1,3\na,2,2\nb,1,4\n' > named.csv
out=$("$patchlaw" import runs named.csv --ledger named/ledger.db 2>&1); check "steps that look like runs" $? 3
check_has "are told, with the cure" "$out" "named.csv:3: has a name that was there.*--map step=step"
"$patchlaw" import runs named.csv --map step=step --map loss=val/loss --ledger named/ledger.db 2> /dev/null > /dev/null
check "which helps" "$?$(ask named "SELECT loss FROM runs ORDER BY loss" | tr '\n' ' ')" "02.0 4.0 "

"$patchlaw" export points --ledger a/ledger.db > points.csv
"$patchlaw" import runs points.csv --ledger back/ledger.db 2> /dev/null > /dev/null
check "points come back" $? 0
check "all of them" "$(ask back "SELECT name.value, split, metric, step, kind, p.value FROM cell
    JOIN cell_key name USING (cell_id) JOIN series USING (cell_id) JOIN point p USING (series_id)
    WHERE key = 'external.name' ORDER BY 1, 2, 3, 4")" "$(ask a "SELECT substr(hash, 1, 12), split,
    metric, step, kind, value FROM cell JOIN series USING (cell_id) JOIN point USING (series_id)
    ORDER BY 1, 2, 3, 4")"

cat > law.csv <<'END'
model,N,D,FLOPs,loss,lr,"note, quoted"
"Big ""one""",70e9,1.4e12,5.76e23,1.936,1e-4,"two
lines"
small,1000000000,2e10,1.2e20,2.9,0.0010,
END
map="--map model=name --map N=params --map D=tokens"
# shellcheck disable=SC2086 # words
{
    "$patchlaw" import runs law.csv $map --ledger law/ledger.db > law.out 2>&1
    check "import exits" $? 0
    check_has "roles are told" "$(cat law.out)" "N as params, D as patches, FLOPs as flops"
    check "runs are external" "$(ask law "SELECT kind, state, params_trunk, patches, flops_total, loss
        FROM runs ORDER BY params_trunk")" "external|done|1000000000|20000000000|1.2e+20|2.9
external|done|70000000000|1400000000000|5.76e+23|1.936"
    check "keys are kept" "$(ask law "SELECT key, value FROM cell_key JOIN runs USING (cell_id)
        WHERE params_trunk < 1e10")" "external.flops|1.2e+20
external.name|small
external.params|1000000000
external.patches|20000000000
lr|0.001"
    views law > law.views
    printf '\357\273\277' > same.csv; sed 's/$/\r/; s/"two\r/"two/' law.csv >> same.csv
    "$patchlaw" import runs same.csv $map --ledger law/ledger.db --json > same.json 2> /dev/null
    check "again, with a mark and CRLF" "$(sqlite3 :memory: "SELECT json_extract(readfile('same.json'),
        '\$[0].already_there'), json_extract(readfile('same.json'), '\$[0].imported')")" "2|0"
    check "changes nothing" "$(views law | diff law.views -)" ""
    sed 's/2\.9/2.8/' law.csv > new.csv
    "$patchlaw" import runs new.csv $map --ledger law/ledger.db > /dev/null 2>&1
    check "another loss replaces" "$(ask law "SELECT loss, attempts FROM runs WHERE loss > 2")" "2.8|2"
    printf 'model,N,loss\na,1e9,x\nb,-1,2\nc,1\nd,1,2\nd,1,3\n' > bad.csv
    out=$("$patchlaw" import runs bad.csv --map model=name --map N=params --ledger law/ledger.db 2>&1)
    check "bad rows exit" $? 3
    for words in "bad.csv:2:7: 'x' is no number" "bad.csv:3:3: '-1' is not above 0" \
        "bad.csv:4: has 2 fields, where the header has 3" "bad.csv:6: has the name and keys" \
        "4 rows are bad, so nothing of it was taken"; do
        check_has "every bad row is named" "$out" "$words"
    done
    out=$("$patchlaw" import runs law.csv --map Q=params --ledger law/ledger.db 2>&1)
    check "no such column" $? 2
    out=$("$patchlaw" import runs law.csv --map N=size --ledger law/ledger.db 2>&1)
    check_has "no such role" "$out" "'size' is no role; there are name"
    printf 'name,W,loss\nodd,8M,2\neven,16,3\n' > odd.csv
    "$patchlaw" import runs odd.csv --map W=key:model.width --ledger law/ledger.db > /dev/null 2>&1
    check "what is no number is no width" "$(ask law "SELECT group_concat(quote(width)) FROM
        (SELECT width FROM runs WHERE loss IN (2, 3) ORDER BY loss)")" "NULL,16"
    whole law; check "doctor finds nothing in imported runs" $? 0
}

"$patchlaw" export points --ledger a/ledger.db --format tensorboard --out tb > /dev/null
check "export to TensorBoard" $? 0
check "a file a run" "$(ls tb | wc -l)" "$(ask a "SELECT count(DISTINCT cell_id) FROM series")"
if /usr/bin/python3 -c 'import crc32c, google.protobuf' 2> /dev/null && command -v protoc > /dev/null; then
    protoc -I "$here" --python_out=. event.proto
    events() { PYTHONPATH=. /usr/bin/python3 "$here/events.py" "$@"; }
    events read tb/"$run"/events* > events.txt; check "another reader opens it" $? 0
    check "config as hyperparameters" "$(grep -c '^hparam' events.txt)" \
        "$(ask a "SELECT count(*) FROM config_keys JOIN runs USING (cell_id) WHERE run = '$run'")"
    check "points in fp32" "$(grep -v '^hparam' events.txt | cut -d ' ' -f 1-3 | sort)" \
        "$(ask a "SELECT split || '/' || metric || ' ' || step || ' ' || CASE WHEN point.kind = 2 THEN 'inf'
        WHEN value = 0.1 + 0.2 THEN '0.30000001192092896' WHEN metric = 'loss' THEN value
        WHEN metric = 'loss_causal' THEN '0.9996799826622009' ELSE '0.19996799528598785' END
        FROM series JOIN runs USING (cell_id) JOIN point USING (series_id) WHERE run = '$run'" | sort)"
    check "times run from start to end" "$(grep 'train/loss' events.txt | cut -d ' ' -f 4 |
        sort -c -n && echo sorted)" sorted
    mkdir -p logs/a logs/b/c
    events write logs/a/events.out.tfevents.1
    events write logs/b/c/events.out.tfevents.1
    "$patchlaw" import tensorboard logs --map val_loss=val/loss --ledger logs/ledger.db > logs.out 2>&1
    check "import from TensorBoard" $? 0
    check "all forms of scalars" "$(ask logs "SELECT step, coalesce(p.value, kind) FROM cell_key k
        JOIN series USING (cell_id) JOIN point p USING (series_id) WHERE k.value = 'b/c'
        AND split = 'train' ORDER BY step" | tr '\n' ' ')" "1|2.5 2|2.25 3|9.0 4|0.1 5|0.2 6|1 "
    check "the loss is found" "$(ask logs "SELECT DISTINCT loss FROM runs")" 1.5
    check_has "a cut record is told" "$(cat logs.out)" "its last record is not whole ([0-9]* bytes)"
    check_has "what is no scalar is told" "$(cat logs.out)" "1 values are no scalars"
    check_has "later points are told" "$(cat logs.out)" "logs: 2 points were given again"
    views logs > logs.views
    "$patchlaw" import tensorboard logs --map val_loss=val/loss --ledger logs/ledger.db > /dev/null 2>&1
    check "again changes nothing" "$(views logs | diff logs.views -)" ""
else
    echo "skipped: another reader of event files: python3-crc32c, python3-protobuf or protoc is missing"
fi
"$patchlaw" import tensorboard tb --ledger tback/ledger.db > /dev/null; check "TensorBoard and back" $? 0
check "as many points" "$(ask tback "SELECT count(*) FROM point")" "$(ask a "SELECT count(*) FROM point")"
check "the config came back" "$(ask tback "SELECT value FROM cell_key k JOIN (SELECT cell_id FROM cell_key
    WHERE value = '$run') USING (cell_id) WHERE key = 'model.width'")" 32

# Folders of one name are not one run: that of another place is neither replaced nor lost.
mkdir twin && cp a/ledger.db twin/ledger.db && mkdir q1 q2
ask twin "UPDATE point SET value = 5 WHERE step = 7"
"$patchlaw" export points --ledger twin/ledger.db --format tensorboard --out tb2 > /dev/null
cp -r tb/"$run" q1/logs; cp -r tb2/"$run" q2/logs
places() { ask places "SELECT value FROM cell_key WHERE key = 'external.name' ORDER BY 1" | tr '\n' ' '; }
(cd q1/logs && "$patchlaw" import tensorboard . --ledger ../../places/ledger.db) > /dev/null
check "a folder by its own name" "$?$(places)" "0logs "
(cd q2/logs && "$patchlaw" import tensorboard . --ledger ../../places/ledger.db) > places.out 2>&1
check "another of that name" $? 2
check_has "is told, with the cure" "$(cat places.out)" \
    "q2/logs: its run is called 'logs'.*imported from $work/q1/logs; .*--name NAME"
"$patchlaw" import tensorboard q2/logs --name q2 --ledger places/ledger.db > /dev/null
check "a name of its own" "$?$(places)" "0logs q2 "
"$patchlaw" import tensorboard q2 --name other --ledger places/ledger.db > /dev/null
check "a name for what is below" "$?$(places)" "0logs other/logs q2 "
cp tb2/"$run"/events* q1/logs/events.out.tfevents.z
out=$("$patchlaw" import tensorboard q1/logs --ledger places/ledger.db --json 2> /dev/null)
check "the same place may grow" "$(sqlite3 :memory: "SELECT json_extract('$out', '\$[0].replaced')")" 1
out=$("$patchlaw" import tensorboard q2 --map nothing=val/loss --ledger places/ledger.db 2>&1)
check "a tag that is not there" $? 2
check_has "is told" "$out" "q2: --map nothing=val/loss: its event files have no such tag"
deep=q3$(printf '/d%.0s' $(seq 34)); mkdir -p "$deep"; cp q1/logs/events* "$deep"; cp -r q1/logs q3/logs
out=$("$patchlaw" import tensorboard q3 --ledger deep/ledger.db 2>&1); check "a deep folder" $? 0
check_has "is told" "$out" "is more than 32 folders below"

file=$(echo tb/"$run"/events*)
perl -e 'open F, "+<", $ARGV[0]; seek F, 60, 0; print F "x"' "$file"
out=$("$patchlaw" import tensorboard tb --ledger tback/ledger.db 2>&1); check "a damaged file" $? 3
check_has "is told with its place" "$out" "the record at byte [0-9]* has a wrong checksum"

# ---- doctor and gc ----

sweep both g; whole g; check "doctor finds nothing" $? 0
run=$(ask g "SELECT run FROM runs WHERE seed = 3 AND kind = 'pretrain'")
found() { # CHECK QUERY: of its rows
    "$patchlaw" doctor --ledger g/ledger.db --json ${3:-} > doctor.json
    sqlite3 :memory: "SELECT $2 FROM json_each(readfile('doctor.json'), '\$.$1')"
}
tr 0-9 a-j < "g/$run/checkpoint.safetensors" > changed
cp changed "g/$run/checkpoint.safetensors"
check "a changed byte needs --deep" "$(found files 'count(*)')" 0
check "a changed byte" "$(found files "value ->> 'problem'" --deep | cut -d , -f 1 | cut -c 1-11)" "has sha256 "
echo longer >> "g/$run/checkpoint.safetensors"
check_has "a size" "$(found files "value ->> 'problem'")" "has [0-9]* bytes, not"
rm "g/$run/checkpoint.safetensors"
check "a missing file" "$(found files "value ->> 'problem'")" "is missing"
"$patchlaw" doctor --ledger g/ledger.db > doctor.out; check "doctor exits" $? 1
check_has "with the cure" "$(cat doctor.out)" "^-- files: .*cure: patchlaw merge --copy-artifacts"
ask g "UPDATE attempt SET state = 'running', ended_at = NULL, pid = 1, pid_started = 1, launcher_pid = 1
    WHERE cell_id IN (SELECT cell_id FROM runs WHERE run = '$run')"
check "a stale run" "$(found stale "value ->> 'run'")" "$run"
check "doctor changes nothing" "$(ask g "SELECT count(*) FROM attempt WHERE state = 'running'")" 1
"$patchlaw" status --ledger g/ledger.db > /dev/null 2>&1
check "until somebody marks it" "$(found stale 'count(*)')" 0
ask g "CREATE TABLE mine (x); DROP INDEX cell_by_parent"
check "the schema" "$(found schema "value ->> 'object' || ' ' || (value ->> 'problem')" | tr '\n' ',')" \
    "index cell_by_parent is missing,table mine is not of the schema,"
ask g "DROP TABLE mine; CREATE INDEX cell_by_parent ON cell (parent_cell_id)"
check "and its cure" "$(found schema 'count(*)')" 0
ask g "PRAGMA user_version = 999"
out=$("$patchlaw" doctor --ledger g/ledger.db 2>&1); check "a newer schema exits" $? 3
check_has "a newer schema is refused" "$out" "was written by a newer patchlaw (schema 999"
"$patchlaw" merge g/ledger.db --ledger ab/ledger.db > /dev/null 2>&1; check "nor merged" $? 3
ask g "PRAGMA user_version = $(ask a 'PRAGMA user_version')"

mkdir g/0123456789ab g/fedcba987654 g/other elsewhere
for folder in 0123456789ab fedcba987654 other; do
    echo x > g/$folder/config.yaml; echo 12345678 > g/$folder/checkpoint.safetensors
done
: > g/fedcba987654/lock
perl -MFcntl=:flock -e 'open F, "<", $ARGV[0]; flock F, LOCK_EX; open G, ">", "held"; sleep 600' \
    g/fedcba987654/lock > /dev/null & holder=$!
while [ ! -e held ]; do sleep 0.05; done
echo x > elsewhere/config.yaml; ln -s ../elsewhere g/abcdefabcdef; ln -s ../elsewhere g/0123456789ab/link
run=$(ask g "SELECT run FROM runs WHERE seed = 1 AND kind = 'pretrain'")
echo half > "g/$run/old.partial"; echo half > "g/$run/new.partial"; echo half > g/x.partial
for n in 1 2 3 4; do echo backup > g/ledger.db.schema$n.backup; touch -d "2020-01-0$n" g/ledger.db.schema$n.backup; done
touch -d '2 hours ago' "g/$run/old.partial" g/x.partial
things() { find g elsewhere ! -name '*-wal' ! -name '*-shm' | sort; }
things > before
"$patchlaw" gc --dry-run --ledger g/ledger.db --json > gc.json; check "gc --dry-run" $? 0
check "a dry run removes nothing" "$(things | diff before -)" ""
"$patchlaw" gc --ledger g/ledger.db > gc.out; check "gc" $? 0
kill $holder
things > after
gone=$(diff before after | sed -n 's/^< //p')
check "what went" "$(echo $gone)" "$(echo g/0123456789ab g/0123456789ab/checkpoint.safetensors \
    g/0123456789ab/config.yaml g/0123456789ab/link "g/$run/old.partial" g/ledger.db.schema1.backup \
    g/x.partial | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
check "and was told before" "$(sqlite3 :memory: "SELECT sum(value ->> 'bytes') FROM
    json_each(readfile('gc.json')) WHERE value ->> 'what' NOT LIKE 'free%'")" \
    $((9 + 2 + 12 + 5 + 5 + 7))
ask g "CREATE TABLE big AS SELECT zeroblob(1000000) AS b; DROP TABLE big"
size=$(wc -c < g/ledger.db)
"$patchlaw" gc --ledger g/ledger.db > gc.out; check "gc again" $? 0
check_has "free space" "$(cat gc.out)" "free space in the ledger *1[0-9]*  removed"
check "the ledger shrinks" "$(($(wc -c < g/ledger.db) < size))" 1
# Runs of a spool that is the ledger's own folder, a person's own files, and a ledger of such a name.
seeds spooled 7
"$patchlaw" sweep spooled.yaml --spool g --jobs 2 > sweep.out 2>&1
spooled=$(ls g/*/*.events | wc -l)
mkdir pp && cp g/ledger.db pp/my.partial.db && echo 1 > pp/loss.partial.csv
touch -d '2 hours ago' pp/my.partial.db pp/loss.partial.csv
"$patchlaw" gc --ledger pp/my.partial.db > gc.out; check "gc of an oddly named ledger" $? 0
"$patchlaw" gc --ledger g/ledger.db > gc.out
check "a spool keeps its runs" "$(ls g/*/*.events | wc -l)" "$spooled"
check "there are some" "$([ "$spooled" -gt 0 ] && echo 1)" 1
check "own names are not garbage" "$(ls pp/my.partial.db pp/loss.partial.csv | wc -l)" 2
mkdir g/0123456789ab; echo x > g/0123456789ab/config.yaml; cp a/ledger.db g/second.db
out=$("$patchlaw" gc --ledger g/ledger.db 2>&1)
check_has "another ledger's folders stay" "$out" "second.db is a ledger, too"
check "they do" "$(ls -d g/0123456789ab)" g/0123456789ab

# ---- the sum ----

finish
