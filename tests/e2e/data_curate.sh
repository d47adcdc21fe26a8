#!/bin/sh
# data_curate.sh PATCHLAW - a webdataset becomes a data set: its funnel in the ledger, on the page and
# in data info; the same bytes for any workers and after a kill; a full disk leaves nothing; a mix of
# it is trained on, stopped, carried on, and its sources are counted.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: data_curate.sh PATCHLAW}")
engine=$(dirname "$patchlaw")/patchlaw-engine
for program in sqlite3 perl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_DATA=$work/data PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_ENGINE=$engine
export NO_COLOR=1
fail() { echo "FAILED: $*"; exit 1; }
. "$here/checks.sh"
. "$here/tiny.sh" # a data set tiny, and a run on it
ask() { "$patchlaw" sql --csv "$1" | tail -n +2; }

mkdir fetched
perl "$here/jpegs.pl" 60 fetched/00000.tar || fail "no archive"

# ---- the funnel ----

curate() { "$patchlaw" data curate fetched --name "$@" --unsafe punsafe:0.5 --keep 0.5; }
curate web --workers 1 > out 2> err || fail "curate: $(cat err)"
check_has "what is left" "$(cat out)" '^web: curated: 27 training and 0 test images of 61'
check "steps" "$(ask "SELECT group_concat(step || ' ' || dropped, ', ') FROM funnel")" \
    '"read 0, verify 1, decode 1, unsafe 5, blur 0, exact 1, near 0, test 0, rank 26"'
check_has "reasons" "$(ask "SELECT reasons FROM funnel WHERE step = 'blur'")" '6 with faces'
check_has "info" "$("$patchlaw" data info web)" '^contamination: 0 images were pictures of 48 '
"$patchlaw" data info --json web > info.json
check "info as JSON" "$(sqlite3 :memory: \
    "SELECT json_extract(readfile('info.json'), '$.funnel.steps[8].images_out')")" 27
check "against test splits" "$(ask 'SELECT test, images, hits FROM contaminated')" 'tiny,48,0'
"$patchlaw" data verify web > out 2>&1 || fail "verify: $(cat out)"
curate web > out 2> err || fail "again: $(cat err)"
check_has "once more" "$(cat out)" 'already there'
check_has "recorded once" "$(cat err)" 'has its record already'
check "one record" "$(ask 'SELECT count(*) FROM curation')" 1
curate other --workers 3 > out 2>&1 || fail "other: $(cat out)"
check "any workers" "$(sed -n 's/^sha256 //p' data/other/index.txt)" "$(sed -n 's/^sha256 //p' data/web/index.txt)"
check "any workers, funnel" "$(sed 's/"name":"other"/"name":"web"/' data/other/funnel.json | sha256sum)" \
    "$(sha256sum < data/web/funnel.json)"
"$patchlaw" report data --out page.html > out 2>&1 || fail "report: $(cat out)"
check_has "page" "$(cat page.md)" '^- web: 27 images are left'
check "pictures on the page" "$(grep -c 'data:image/jpeg' page.html)" 28

"$engine" data curate fetched --name none --unsafe punsafe:-1 > out 2>&1
check "nothing stays" "$?" 3
check_has "what was dropped is told" "$(cat out)" 'none of 61 images stays: verify 1 (.*), decode 1 (.*), unsafe 59 (above the threshold); --skip leaves'
check "and there is no data set" "$(ls -A data | grep -c none)" 0

"$engine" data curate fetched --name none --unsafe nsfw:0.5 > out 2>&1
check "a column that no sample has" "$?" 2
check_has "which keeps nothing out" "$(cat out)" 'no sample has a number in the column nsfw'
"$engine" data curate fetched --name none --boxes faces > out 2>&1
check "boxes that no sample has" "$?" 2
check_has "which blur nothing" "$(cat out)" 'boxes: no sample has boxes, or an empty list of them, in the column faces'
"$engine" data curate fetched --name none --score clip > out 2>&1
check "a score that no sample has" "$?" 2
"$engine" data curate fetched --name none --keep 1 --score clip > out 2>&1
check "nor chooses among equal ones" "$?" 2
check_has "which ranks nothing" "$(cat out)" 'score: no sample has a number in the column clip'
check "and there is no data set of them" "$(ls -A data | grep -c none)" 0
"$engine" data curate fetched --name skipped --unsafe nsfw:0.5 --skip unsafe > out 2>&1
check "but of a step that is left out: $(cat out)" "$?" 0

# ---- nothing half-written ----

mkdir many && perl "$here/jpegs.pl" 1500 many/00000.tar
"$engine" data curate many --name killed > out 2>&1 & pid=$!
tries=0
until [ -d data/.killed.partial ] || [ $tries -ge 100 ]; do tries=$((tries + 1)); sleep 0.02; done
kill -KILL $pid
wait $pid 2> /dev/null
check "killed: no data set" "$(ls data | grep -c killed)" 0
"$engine" data curate many --name killed > out 2>&1 || fail "after a kill: $(cat out)"
"$engine" data verify killed > out 2>&1 || fail "verify after a kill: $(cat out)"
(trap '' XFSZ; ulimit -f 16; "$engine" data curate many --name full > out 2>&1)
check "a file that cannot grow" "$?" 3
check_has "is told" "$(cat out)" 'cannot write'
check "full: nothing is left" "$(ls -A data | grep -c full)" 0
head -c 3000 fetched/00000.tar > many/00000.tar
"$engine" data curate many --name cut > out 2>&1
check "a tar cut short" "$?" 3
check_has "is told" "$(cat out)" 'damaged'
check "cut: no data set" "$(ls -A data | grep -c cut)" 0
"$engine" data curate fetched --name none --skip decode > out 2>&1
check "decode cannot be left out" "$?" 2
"$engine" data curate fetched > out 2>&1
check "a name is wanted" "$?" 2

# ---- a mix ----

"$patchlaw" data mix tiny:0.8 web:0.2 --name both > out 2>&1 || fail "mix: $(cat out)"
check_has "mix" "$(cat out)" '^source    0.2 web: 27 images, an epoch in 135 samples, without'
"$patchlaw" data mix tiny:0.8 web:0.3 --name wrong > out 2>&1
check "weights that do not sum to 1" "$?" 2
sed 's/name: tiny/name: both/; s/steps: 240/steps: 60/' tiny.yaml > both.yaml
"$patchlaw" run both.yaml > out 2>&1 || fail "run on a mix: $(cat out)"
check "sources" "$(ask 'SELECT source, weight, images FROM mix_epochs')" \
    "$(printf 'tiny,0.8,200\nweb,0.2,27')"
check "every sample has a source" "$(ask 'SELECT sum(drawn), max(drawn) BETWEEN 1122 AND 1182
    FROM mix_epochs')" 1440,1
config=$(grep -l '^data.name: both' runs/*/config.yaml)
train() { "$engine" train --config "$config" --out "$1" --workers "$2" 2> said; }
train whole 2 > events || fail "train: $(cat said)"
"$engine" train --config "$config" --out parts --workers 1 > /dev/null 2> said & pid=$!
until grep -q . parts/points.tsv 2> /dev/null || ! kill -0 $pid 2> /dev/null; do sleep 0.01; done
kill -KILL $pid
wait $pid 2> /dev/null
train parts 1 > /dev/null || fail "carried on: $(cat said)"
check "a mix, killed and carried on" "$(sha256sum < parts/points.tsv)" "$(sha256sum < whole/points.tsv)"
check "checkpoints" "$(sha256sum < parts/checkpoint.safetensors)" "$(sha256sum < whole/checkpoint.safetensors)"
rm -rf data/web
train gone 1 > /dev/null
check "a source that is gone" "$?" 3
finish
