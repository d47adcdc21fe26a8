# tiny.sh - sourced: a data set "tiny" of invented images, and in config.yaml the resolved config of a
# run of 240 steps on it, which is done in runs/. Wants $engine, $patchlaw, fail, and an empty folder;
# TINY_SETTINGS may change the run by KEY=VALUE.

bytes() { # COUNT MODULUS: that many bytes below it, an uneven pattern
    awk -v n="$1" -v m="$2" 'BEGIN { x = 7; for (i = 0; i < n; i++) {
        x = (x * 1103 + 12345) % 65536; printf "\\%03o", int(x / 64) % m } }'
}
idx() { # FILE_PREFIX IMAGES: 8 x 8 px, 4 classes; counts below 256
    printf "\\000\\000\\010\\003\\000\\000\\000\\$(printf %03o "$2")$(bytes 0 1)" > "idx/$1-images-idx3-ubyte"
    printf '\000\000\000\010\000\000\000\010' >> "idx/$1-images-idx3-ubyte"
    printf "$(bytes $(($2 * 64)) 256)" >> "idx/$1-images-idx3-ubyte"
    printf "\\000\\000\\010\\001\\000\\000\\000\\$(printf %03o "$2")" > "idx/$1-labels-idx1-ubyte"
    printf "$(bytes "$2" 4)" >> "idx/$1-labels-idx1-ubyte"
}
mkdir idx
idx train 200
idx t10k 48
"$engine" data import tiny idx > import.log 2>&1 || fail "import: $(cat import.log)"

cat > tiny.yaml <<'END'
data: {name: tiny, image_px: 8, crop_min: 0.5, flip: 0.5}
model: {patch_px: 2, width: 16, depth: 2, heads: 2}
head: {width: 16, depth: 2}
optim: {steps: 240, batch_images: 24, lr_peak: 0.003}
train: {shards: 5, log_every: 3, eval_every: 50, checkpoint_every: 7}
eval.images: 20
END
# shellcheck disable=SC2086 # KEY=VALUE of its own, or nothing
"$patchlaw" run tiny.yaml ${TINY_SETTINGS:-} > run.log 2>&1 || fail "patchlaw run: $(cat run.log)"
cp runs/*/config.yaml config.yaml || fail "patchlaw run left no config"
