#!/bin/sh
# downstream.sh PATCHLAW - what is done with a trained trunk, with the real engine on a tiny data set:
# k-NN beside the heads, the same bits for any number of workers, and results that follow their trunk.
set -u
. "$(dirname "$0")/engine.sh"
export NO_COLOR=1
. "$here/checks.sh"
. "$here/tiny.sh"
ask() { "$patchlaw" sql --csv "$1" | tail -n +2; }
trunk=$(ask "SELECT run FROM runs")

cat > probe.yaml <<'END_PROBE'
probe: {val_images: 40, epochs: 2, batch_images: 16, lrs: [0.003, 0.03], weight_decays: [0.05],
        average_last: 2}
END_PROBE
probe() { # KEY=VALUE...: probes the trunk; prints the probe's run
    "$patchlaw" run probe.yaml --trunk "$trunk" "$@" > said 2>&1 || fail "probe $*: $(cat said)"
    ask "SELECT run FROM runs WHERE task = 'probe' ORDER BY cell_id DESC LIMIT 1"
}
# The events of a config with that many workers, but for who computed and how long.
events() { # RUN WORKERS
    rm -rf again
    "$engine" probe --config "runs/$1/config.yaml" --out again --workers "$2" \
        --trunk "runs/$trunk/checkpoint.safetensors" 2> /dev/null |
        grep -v '^hello\|^usage\|^progress'
}

# ---- k-NN stands beside the heads ----

run=$(probe probe.knn_images=1000)
check "kinds at every tap" \
    "$(ask "SELECT kind, count(*) FROM probe_layers WHERE probe_run = '$run' GROUP BY kind")" \
    "attentive,3
knn,3
linear,3"
check "k of 10, 20 and 100 are tried on 160 images" \
    "$(ask "SELECT group_concat(DISTINCT k) FROM probe_result WHERE kind = 'knn'")" '"10,20,100"'
check "a neighbour has no rate" \
    "$(ask "SELECT count(*) FROM probe_result WHERE kind = 'knn' AND
        (lr IS NOT NULL OR weight_decay IS NOT NULL OR trained <> 0)")" 0
check "k is chosen on validation images" "$(ask "SELECT count(*) FROM probe_result a
    JOIN probe_result b USING (cell_id, tap, kind, split)
    WHERE a.kind = 'knn' AND split = 'val' AND a.chosen AND b.top1 > a.top1")" 0
check "the best layer has it" \
    "$(ask "SELECT count(*) FROM best_layer WHERE probe_run = '$run' AND kind = 'knn'")" 1
events "$run" 1 > one
events "$run" 3 > three
check "any number of workers gives the same lines" "$(cmp one three && wc -l < one)" "$(wc -l < one)"
check "doctor finds nothing" "$("$patchlaw" doctor | tail -n 1)" \
    "$("$patchlaw" doctor | tail -n 1 | sed 's/, .*/, 0 of them found something/')"

# ---- heads are what they are without k-NN ----

plain=$(probe)
check "k-NN changes no head" "$(ask "SELECT count(*) FROM probe_result a JOIN probe_result b
    USING (tap, kind, split, lr, weight_decay, top1, top5, loss)
    JOIN runs r ON r.cell_id = a.cell_id JOIN runs s ON s.cell_id = b.cell_id
    WHERE r.run = '$run' AND s.run = '$plain'")" \
    "$(ask "SELECT count(*) FROM probe_result JOIN runs USING (cell_id) WHERE run = '$plain'")"

# ---- a trunk that learns ----

single=$(probe probe.lrs=[0.03]) # products of more heads at once may round otherwise
check "a trunk that may not change is a frozen one" "$(
    for method in lora full; do
        same=$(probe tune.method=$method tune.lrs=[0] tune.head_lr=0.03 tune.weight_decay=0.05)
        ask "SELECT DISTINCT a.tap, count(*) FROM probe_result a JOIN probe_result b
            USING (tap, split, layer, images, top1, top5, loss)
            JOIN runs r ON r.cell_id = a.cell_id JOIN runs s ON s.cell_id = b.cell_id
            WHERE r.run = '$same' AND s.run = '$single' AND b.kind = 'attentive' AND b.lr = 0.03
              AND split = 'val'"
    done)" "mean_last.2,1
mean_last.2,1"
for method in lora full; do
    run=$(probe tune.method=$method tune.rank=2 tune.lrs=[0.001,0.01] probe.epochs=4)
    check "$method: one training a rate, and the chosen one is tested" \
        "$(ask "SELECT split, group_concat(lr), sum(chosen) FROM probe_result
            JOIN runs USING (cell_id) WHERE run = '$run' GROUP BY split ORDER BY split DESC" |
            sed 's/"//g')" \
        "val,0.001,0.01,1
test,$(ask "SELECT lr FROM probe_layers WHERE probe_run = '$run'"),1"
    events "$run" 1 > one
    events "$run" 3 > three
    check "$method: any number of workers gives the same lines" \
        "$(cmp one three && wc -l < one)" "$(wc -l < one)"
    check_has "$method: the lines are results" "$(cat one)" "^probe.mean_last.2"
    grep '^probe' one > whole
    rm -rf again
    "$engine" probe --config "runs/$run/config.yaml" --out again --workers 1 \
        --trunk "runs/$trunk/checkpoint.safetensors" > cut 2> /dev/null & killed=$!
    while ! grep -q '^resume' cut; do sleep 0.01; done
    kill -KILL $killed
    wait $killed 2> /dev/null
    "$engine" probe --config "runs/$run/config.yaml" --out again --workers 2 \
        --trunk "runs/$trunk/checkpoint.safetensors" 2> /dev/null | grep '^probe' > resumed
    check "$method: killed and started again, it gives the same" "$(cmp whole resumed && echo 1)" 1
done
head=$((2 * 16 * 16 + 16 + 16 * 4))
check "LoRA of rank 2 has 12 parameters a channel and block" \
    "$(ask "SELECT max(trained) FROM probe_layers WHERE kind = 'lora' AND setting LIKE '%rank=2%'")" \
    $((12 * 16 * 2 + head))
check "all that is read of a trunk learns" \
    "$(ask "SELECT DISTINCT trained FROM probe_layers WHERE kind = 'finetune'")" \
    $(($(ask "SELECT params_trunk FROM runs WHERE run = '$trunk'") - 2 * 16 + head))
cat > pixels.yaml <<'END_PIXELS'
{task: probe, data: {name: tiny, image_px: 8}, model: {patch_px: 2, width: 16, heads: 2},
 probe.trunk: pixels, tune.method: lora}
END_PIXELS
"$patchlaw" run pixels.yaml > said 2>&1; check "tuning pixels exits" $? 2
check_has "pixels have nothing to tune" "$(cat said)" "tune.method"

# ---- the mask of pre-training, downstream ----

run=$(probe probe.attention=causal)
check "a causal trunk is another one" "$(ask "SELECT count(*) FROM probe_result a
    JOIN probe_result b USING (tap, kind, split, lr, weight_decay, loss)
    JOIN runs r ON r.cell_id = a.cell_id JOIN runs s ON s.cell_id = b.cell_id
    WHERE r.run = '$run' AND s.run = '$plain'")" 0
events "$run" 1 > one
events "$run" 3 > three
check "any number of workers gives its lines" "$(cmp one three && wc -l < one)" "$(wc -l < one)"

# A causal mask has an order, which is the trunk's; without one the order is nothing.
first=$trunk
"$patchlaw" run tiny.yaml model.order=reverse model.attention=causal optim.steps=30 > said 2>&1 ||
    fail "a trunk in reverse order: $(cat said)"
trunk=$(ask "SELECT run FROM runs WHERE task = 'pretrain' ORDER BY cell_id DESC LIMIT 1")
for attention in causal bidirectional; do
    run=$(probe probe.attention=$attention)
    check "a $attention probe of a reverse trunk" "$(grep -c 'model.order: reverse' "runs/$run/config.yaml")" \
        $([ $attention = causal ] && echo 1 || echo 0)
done
check "idle keys make no other run" "$(probe tune.rank=3)" "$run"
trunk=$first

# ---- several data sets and sizes of image for one trunk ----

mv idx idx.tiny && mkdir idx
idx train 150
idx t10k 60
"$engine" data import other idx > import.log 2>&1 || fail "import: $(cat import.log)"
cat > several.yaml <<'END_SEVERAL'
name: several
base: tiny.yaml
probe:
  base: probe.yaml
  set: {probe.knn_images: 100}
  grid: {data.name: [tiny, other], data.image_px: [8, 12]}
  controls: [pixels]
END_SEVERAL
"$patchlaw" sweep several.yaml > said 2>&1; check "sweep of several data sets exits" $? 0
check "one trunk, probed on each data set at each size" "$(ask "SELECT d.name, c.tokens, count(*)
    FROM sweep_cells s JOIN cell_data d USING (cell_id) JOIN cell_cost c USING (cell_id)
    JOIN cell USING (cell_id)
    WHERE sweep = 'several' AND role = 'test' AND parent_cell_id IS NOT NULL
    GROUP BY d.name, c.tokens")" "other,16,1
other,36,1
tiny,16,1
tiny,36,1"
check "the test split is the data set's own" "$(ask "SELECT DISTINCT d.name, d.images
    FROM cell_data d JOIN runs USING (cell_id) WHERE task = 'probe' AND role = 'test'")" "tiny,48
other,60"
check "results of other data are other rows" "$(ask "SELECT count(*), count(DISTINCT data)
    FROM best_layer JOIN sweep_cells ON sweep_cells.run = best_layer.probe_run
    WHERE sweep = 'several' AND kind = 'attentive'")" "4,4"
check "pixels of each, too" "$(ask "SELECT count(*) FROM runs WHERE kind = 'pixels'")" 4
"$patchlaw" sweep several.yaml > said 2>&1
check_has "all of it once" "$(cat said)" "^0 done, 9 done before"
"$patchlaw" report downstream --sweep several --out report > said 2>&1
check "report downstream exits" $? 0

# ---- a trunk that is replaced ----

probes="$(ask "SELECT count(*) FROM sweep_cells JOIN runs USING (cell_id)
    WHERE sweep = 'several' AND runs.kind = 'probe'")"
VT_ISA=portable VT_GEMM=reference "$engine" train --config "runs/$trunk/config.yaml" --out elsewhere \
    --workers 2 > said 2>&1 || fail "train: $(cat said)"
old=$(sha256sum < "runs/$trunk/checkpoint.safetensors" | cut -d' ' -f 1)
new=$(sha256sum < elsewhere/checkpoint.safetensors | cut -d' ' -f 1)
check "another trunk of the same config" "$([ "$old" != "$new" ] && echo 1)" 1
check "results name the trunk that was read" "$(ask "SELECT DISTINCT sha256 FROM cell_input
    JOIN runs USING (cell_id) WHERE parent = '$trunk'")" "$old"
cp elsewhere/checkpoint.safetensors "runs/$trunk/checkpoint.safetensors"
check_has "doctor sees the file" "$("$patchlaw" doctor --deep)" "checkpoint.safetensors.*sha256"
"$patchlaw" run probe.yaml --trunk "$trunk" probe.epochs=3 > said 2>&1
check_has "a single probe notices, too" "$(cat said)" "$trunk: its checkpoint has been replaced"
check "what was probed before is stale" "$(ask "SELECT DISTINCT i.sha256, p.stale FROM probe_layers p
    JOIN runs r ON r.run = p.probe_run JOIN cell_input i ON i.cell_id = r.cell_id
    WHERE p.run = '$trunk' ORDER BY stale")" \
    "$new,0
$old,1"
check_has "doctor tells" "$("$patchlaw" doctor)" "^-- probe_of_another_trunk"
"$patchlaw" sweep several.yaml > said 2>&1; check "the sweep after it exits" $? 0
check_has "its probes run again" "$(cat said)" "^$probes done, $((9 - probes)) done before"
check "and are of the new trunk" "$(ask "SELECT DISTINCT i.sha256, p.stale FROM probe_layers p
    JOIN runs r ON r.run = p.probe_run JOIN cell_input i ON i.cell_id = r.cell_id
    JOIN sweep_cells s ON s.cell_id = r.cell_id WHERE s.sweep = 'several'")" "$new,0"
touch "runs/$trunk/checkpoint.safetensors"
"$patchlaw" sweep several.yaml > said 2>&1
check_has "a file that was only touched is the same one" "$(cat said)" "^0 done, 9 done before"

finish
