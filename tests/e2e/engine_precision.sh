#!/bin/sh
# engine_precision.sh PATCHLAW - keys that change how a step is computed: train.recompute gives the
# bits of the run without it, model.precision others, which are the same for any number of workers,
# in training, after a stop, and in a probe.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: engine_precision.sh PATCHLAW}")
engine=$(dirname "$patchlaw")/patchlaw-engine
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_DATA=$work/data PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_ENGINE=$engine

fail() {
    echo "FAILED: $*"
    exit 1
}
. "$here/tiny.sh"

train() { # CONFIG FOLDER WORKERS: its points
    "$engine" train --config "$1" --out "$2" --workers "$3" > events 2> said ||
        fail "train $1: $(cat said)"
    grep '^point	' events | sort > "$2.points"
    [ "$(wc -l < "$2.points")" -ge 80 ] || fail "$1: only $(wc -l < "$2.points") points"
}
change() { # CONFIG KEY VALUE: the config on standard output, with that value
    grep -q "^$2: " "$1" || fail "$1 has no $2"
    sed "s/^$2: .*/$2: $3/" "$1"
}

# ---- recompute ----

train config.yaml kept 2
change config.yaml train.recompute true > again.yaml
cmp -s config.yaml again.yaml && fail "train.recompute was true already"
train again.yaml again 2
cmp kept.points again.points || fail "recompute changes the curve"

# ---- bf16 ----

change config.yaml model.precision bf16 > half.yaml
cmp -s config.yaml half.yaml && fail "model.precision was bf16 already"
train half.yaml half 1
cmp -s kept.points half.points && fail "bf16 gives the curve of fp32"
train half.yaml three 3
cmp half.points three.points || fail "bf16: 1 and 3 workers differ"
cmp half/checkpoint.safetensors three/checkpoint.safetensors || fail "bf16: checkpoints differ"
change half.yaml train.recompute true > both.yaml
train both.yaml both 2
cmp half.points both.points || fail "bf16: recompute changes the curve"

{ "$engine" train --config half.yaml --out left --workers 2 2> said; echo $? > status; } |
    head -n 6 > events
[ "$(cat status)" = 4 ] || fail "a reader that went away: status $(cat status), want 4"
train half.yaml left 2
cmp half/checkpoint.safetensors left/checkpoint.safetensors || fail "bf16: not so after a stop"

# ---- a probe reads its trunk in the precision that its own config names ----

cat > probe.yaml <<'END'
task: probe
probe: {train_images: 64, val_images: 32, epochs: 1, batch_images: 16}
END
hash=$(sha256sum < config.yaml | cut -c 1-12)
"$patchlaw" run probe.yaml --trunk "$hash" > said 2>&1 || fail "probe: $(cat said)"
cp "$(grep -l '^task: probe' runs/*/config.yaml)" full.yaml
change full.yaml model.precision bf16 > rounded.yaml
probe() { # CONFIG NAME WORKERS: its results
    "$engine" probe --config "$1" --trunk kept/checkpoint.safetensors --out "probe.$2" \
        --workers "$3" > events 2> said || fail "probe $1: $(cat said)"
    grep '^probe	' events > "$2.results"
    [ -s "$2.results" ] || fail "probe $1: no results"
}
probe full.yaml full 2
probe rounded.yaml one 1
probe rounded.yaml three 3
cmp one.results three.results || fail "bf16: probes by 1 and 3 workers differ"
cmp -s full.results one.results && fail "a probe in bf16 gives the results of fp32"
echo "recompute: the same bits; bf16: others, for any number of workers"
