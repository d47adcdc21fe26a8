#!/bin/sh
# engine_bf16.sh PATCHLAW - bf16 beyond a step: a run that was stopped goes on with the same bits, and
# a probe reads a trunk in the precision that its own config names.
set -u
. "$(dirname "$0")/engine.sh"
. "$here/tiny.sh"

train() { # CONFIG FOLDER WORKERS
    "$engine" train --config "$1" --out "$2" --workers "$3" > events 2> said ||
        fail "train $1: $(cat said)"
}
bf16() { # CONFIG: the same in bf16, on standard output
    grep -q '^model.precision: fp32$' "$1" || fail "$1 is not of fp32"
    sed 's/^model.precision: .*/model.precision: bf16/' "$1"
}

# ---- what products read is made again from a checkpoint ----

bf16 config.yaml > half.yaml
train half.yaml half 1
{ "$engine" train --config half.yaml --out left --workers 2 2> said; echo $? > status; } |
    head -n 6 > events
[ "$(cat status)" = 4 ] || fail "a reader that went away: status $(cat status), want 4"
train half.yaml left 2
cmp half/checkpoint.safetensors left/checkpoint.safetensors || fail "a stop changes the run"

# ---- probes ----

cat > probe.yaml <<'END'
task: probe
probe: {train_images: 64, val_images: 32, epochs: 1, batch_images: 16}
END
hash=$(sha256sum < config.yaml | cut -c 1-12)
"$patchlaw" run probe.yaml --trunk "$hash" > said 2>&1 || fail "probe: $(cat said)"
cp "$(grep -l '^task: probe' runs/*/config.yaml)" full.yaml
bf16 full.yaml > rounded.yaml
trunk=$(dirname "$(grep -l '^task: pretrain' runs/*/config.yaml)")
probe() { # CONFIG NAME WORKERS: its results
    "$engine" probe --config "$1" --trunk "$trunk"/checkpoint.safetensors --out "probe.$2" \
        --workers "$3" > events 2> said || fail "probe $1: $(cat said)"
    grep '^probe	' events > "$2.results"
    [ -s "$2.results" ] || fail "probe $1: no results"
}
probe full.yaml full 2
probe rounded.yaml one 1
probe rounded.yaml three 3
cmp one.results three.results || fail "probes by 1 and 3 workers differ"
cmp -s full.results one.results && fail "a probe in bf16 gives the results of fp32"
echo "bf16: the same bits after a stop, and for probes by any number of workers"
