#!/bin/sh
# engine_jpeg.sh PATCHLAW - training on JPEGs: the same bits with any number of workers and readers,
# and after SIGKILL at random instants; what the images cost is recorded. KILLS and SEED may be set.
set -u
seed=${SEED:-$(date +%s)}
kills=${KILLS:-6}
. "$(dirname "$0")/engine.sh"

# Baseline, progressive and grey ones, each several times.
for split in train test; do
    for class in a b; do
        mkdir -p "files/$split/$class"
        for copy in 1 2 3 4 5 6 7 8; do
            for kind in rgb progressive grey; do
                cp "$here/../fuzz/corpus/jpeg/$kind.jpg" "files/$split/$class/$kind$copy.jpg"
            done
        done
    done
done
"$engine" data import photos files --strict > import.log 2>&1 || fail "import: $(cat import.log)"
cat > photos.yaml <<'END'
data: {name: photos, image_px: 8, channels: 3, crop_min: 0.3, flip: 0.5}
model: {patch_px: 4, width: 16, depth: 2, heads: 2}
head: {width: 16, depth: 1}
optim: {steps: 160, batch_images: 24, lr_peak: 0.003}
train: {shards: 4, log_every: 4, eval_every: 40, checkpoint_every: 9}
eval.images: 20
END
"$patchlaw" run photos.yaml > run.log 2>&1 || fail "patchlaw run: $(cat run.log)"
cp runs/*/config.yaml config.yaml || fail "patchlaw run left no config"

become() { # FOLDER WORKERS READERS
    exec "$engine" train --config config.yaml --out "$1" --workers "$2" --readers "$3" 2>> "$1.log"
}
same() { # FOLDER
    for file in checkpoint.safetensors points.tsv; do
        cmp "alone/$file" "$1/$file" || fail "$1/$file differs from the run left alone"
    done
}

begin=$(date +%s%N)
(become alone 1 0) > alone.events || fail "train: $(cat alone.log)"
took_us=$((($(date +%s%N) - begin) / 1000))
cmp alone/checkpoint.safetensors runs/*/checkpoint.safetensors || fail "patchlaw run differs"
for pair in 1-1 2-0 2-1 3-5 8-2; do
    (become "by$pair" "${pair%-*}" "${pair#*-}") > events ||
        fail "$pair workers and readers: $(cat "by$pair.log")"
    same "by$pair"
done
echo "1 to 8 workers, 0 to 5 readers: the same points and checkpoint; $((took_us / 1000)) ms a run"

awk -v seed="$seed" -v us="$took_us" 'BEGIN { srand(seed)
    for (i = 0; i < 10000; i++)
        printf "%.6f %d %d\n", rand() * us / 1e6, 1 + int(rand() * 3), int(rand() * 3) }' > chances
exec 3< chances
killed=0
while [ "$killed" -lt "$kills" ]; do
    rm -rf killed
    status=137
    while [ "$status" = 137 ]; do
        read -r delay workers readers <&3 || fail "no end"
        become killed "$workers" "$readers" > killed.events &
        process=$!
        sleep "$delay"
        kill -KILL "$process" 2> /dev/null
        wait "$process" 2> /dev/null
        status=$?
        [ "$status" != 137 ] || killed=$((killed + 1))
    done
    [ "$status" = 0 ] || fail "status $status: $(cat killed.log)"
    same killed
done
echo "$killed kills (SEED=$seed): the same points and checkpoints"

"$patchlaw" sql "SELECT step_s > 0 AND stall_s >= 0 AND stall_s <= step_s AND read_s > 0
    AND read_pct BETWEEN 0 AND 100 AS told, data, workers > 0 AS worked FROM feeding" --csv > told.csv
grep -qx '1,photos,1' told.csv || fail "the view feeding tells: $(cat told.csv)"
echo "stalls are recorded"
