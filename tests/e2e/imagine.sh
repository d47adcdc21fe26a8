#!/bin/sh
# imagine.sh PATCHLAW - a run with its losses along the sequence; its picture, the report that shows it,
# and what is refused.
set -u
. "$(dirname "$0")/engine.sh"
. "$here/checks.sh"
. "$here/tiny.sh"
ask() { "$patchlaw" sql "$1" --csv | tail -n +2; }
first=$(ask "SELECT run FROM runs")

# ---- along the sequence ----

"$patchlaw" run tiny.yaml eval.chunks=4 optim.steps=60 > run.log 2>&1 || fail "run: $(cat run.log)"
run=$(ask "SELECT DISTINCT run FROM chunk_losses")
check "chunks" "$(ask "SELECT group_concat(chunk) FROM chunk_losses")" '"0,1,2,3"'
check "their mean is the loss: 3, 4, 4, 4 targets" "$(ask "
    SELECT abs(sum(l.loss * iif(chunk = 0, 3, 4)) / 15 - r.loss) < 1e-6
      FROM chunk_losses l JOIN runs r USING (run)")" 1
check "losses without chunks are none" "$(ask "SELECT count(*) FROM chunk_losses WHERE run = '$first'")" 0
check_has "too many" "$("$patchlaw" run tiny.yaml eval.chunks=16 2>&1)" "eval.chunks: 16 is more than the 15 targets"

# ---- the picture ----

out=$("$patchlaw" imagine "$run" --images 3) || fail "imagine"
check "says where" "$out" "$work/runs/$run/imagine.png"
check "a PNG" "$(head -c 4 "runs/$run/imagine.png" | tail -c 3)" PNG
check "the ledger knows it" "$(ask "SELECT sha256 FROM artifact WHERE kind = 'imagine'")" \
    "$(sha256sum "runs/$run/imagine.png" | cut -d ' ' -f 1)"
cp "runs/$run/imagine.png" before.png
"$patchlaw" imagine "$run" --images 3 > /dev/null && cmp before.png "runs/$run/imagine.png"
check "the same again" $? 0
report() { "$patchlaw" report sequence --out page.html > /dev/null || fail "report"; }
report
check_has "the page holds it" "$(grep -o 'src="data:image/png;base64,iVBOR' page.html)" iVBOR
check_has "and the curve" "$(grep -o 'data-name="loss-by-chunk"' page.html)" loss-by-chunk
cp page.html before.html
report && cmp before.html page.html
check "the page again" $? 0
echo x >> "runs/$run/imagine.png"
report
check_has "another file is not shown" "$(grep -o 'is not the one that the ledger knows' page.html)" ledger
check "nor held" "$(grep -c 'data:image/png;base64,iVBOR' page.html)" 0

# ---- refused ----

check_has "no such run" "$("$patchlaw" imagine ffff 2>&1)" "ffff"
"$patchlaw" imagine "$run" --images 0 > out 2>&1
check "no rows" "$? $(grep -c -- --images out)" "2 1"
"$engine" imagine nowhere > out 2>&1
check "no folder" "$? $(grep -c nowhere/config.yaml out)" "3 1"
rm "runs/$run/checkpoint.safetensors"
"$patchlaw" imagine "$run" > out 2>&1
check "no checkpoint" "$? $(grep -c 'no checkpoint there' out)" "2 1"
finish
