#!/bin/sh
# engine_folder.sh PATCHLAW - what the engine refuses: another's folder, another's trunk, a damaged
# curve, results that nobody could read. Each would otherwise end in numbers that lie.
set -u
. "$(dirname "$0")/engine.sh"
. "$here/tiny.sh"

expect() { # STATUS WORDS COMMAND...: it ends so, and says so
    want=$1 words=$2
    shift 2
    "$@" > events 2> said
    status=$?
    [ "$status" = "$want" ] || fail "$*: status $status, want $want: $(cat said)"
    grep -q -- "$words" said || fail "$*: no \"$words\" in: $(cat said)"
}
train() { "$engine" train --config "$1" --out "$2" --workers 2; }
hash() { sha256sum < "$1" | cut -d' ' -f 1; }

# ---- arithmetic that is not there is not replaced in silence ----

expect 2 'VT_GEMM: abacus is none of' \
    env VT_GEMM=abacus "$engine" train --config config.yaml --out none
expect 2 'VT_ISA: abacus is none of' \
    env VT_ISA=abacus "$engine" train --config config.yaml --out none

# ---- a folder belongs to one config, and to one engine at a time ----

train config.yaml one > events 2> said || fail "train: $(cat said)"
sed 's/^seed: 0$/seed: 1/' config.yaml > other.yaml
cmp -s config.yaml other.yaml && fail "the config has no seed to change"
expect 2 'belongs to config' train other.yaml one
sed 's/^optim.steps: .*/optim.steps: 100000/' config.yaml > long.yaml
"$engine" train --config long.yaml --out busy --workers 2 > busy.events 2> busy.said &
first=$!
while ! grep -q '^point' busy.events; do sleep 0.02; done
expect 3 'another engine is at work' train long.yaml busy
kill -TERM $first
wait $first
[ $? = 4 ] || fail "SIGTERM: $(cat busy.said)"

# ---- a launcher that looks at the lock is no engine ----

perl -MFcntl=:flock -e 'open my $lock, "<", "one/lock"; flock $lock, LOCK_SH;
    open my $held, ">", "held"; select undef, undef, undef, 0.3' &
while [ ! -e held ]; do sleep 0.02; done
train config.yaml one > events 2> said || fail "a look at its lock stopped an engine: $(cat said)"

# ---- a curve with a hole is not carried on ----

cp -r one cut
sed -i 5d cut/points.tsv
expect 3 'the curve is damaged' train config.yaml cut

# ---- a probe reads the checkpoint of the run that it names, and no other ----

cat > probe.yaml <<'END'
task: probe
probe: {train_images: 64, val_images: 32, epochs: 1, batch_images: 16}
END
"$patchlaw" run probe.yaml --trunk "$(hash config.yaml | cut -c 1-12)" > said 2>&1 ||
    fail "probe: $(cat said)"
probe=$(grep -l '^task: probe' runs/*/config.yaml)
train other.yaml two > events 2> said || fail "train: $(cat said)"
probe() { "$engine" probe --config "$1" --trunk "$2/checkpoint.safetensors" --out p --workers 2; }
probe "$probe" one > first 2> said || fail "probe: $(cat said)"
expect 2 'probe.trunk wants' probe "$probe" two
sed "s/^probe.trunk: .*/probe.trunk: $(hash long.yaml)/" "$probe" > half.yaml
rm -r p
expect 2 'finish its training first' probe half.yaml busy
sed 's/^probe.trunk: .*/probe.trunk: untrained/' "$probe" > control.yaml
rm -r p
expect 2 'a control that reads no checkpoint' probe control.yaml one

# ---- results that went nowhere are not done ----

to_full() { "$engine" "$@" > /dev/full; }
rm -r p
expect 3 'events could not be written' to_full probe --config "$probe" --out p --workers 1 \
    --trunk one/checkpoint.safetensors
expect 3 'events cannot be written' to_full plan --config config.yaml

# ---- a run that leaves the finite numbers keeps the state before ----

sed 's/^optim.lr_peak: .*/optim.lr_peak: 100/; s/^optim.weight_decay: .*/optim.weight_decay: 10/' \
    config.yaml > wild.yaml
train wild.yaml wild > events 2> said
[ $? = 1 ] || fail "a learning rate of 100 does not diverge: $(tail -n 1 events)"
grep -q '^end	diverged' events || fail "it does not say diverged: $(tail -n 1 events)"
[ -f wild/checkpoint.safetensors ] || fail "a diverged run left no checkpoint"
grep '^point' events | sort > first
train wild.yaml wild > events 2> said
[ $? = 1 ] || fail "a diverged run, called again: $(cat said)"
grep '^point' events | sort | cmp - first || fail "a diverged run, called again, tells otherwise"
echo "folder, trunk, curve, results and divergence: refused or told as they are"
