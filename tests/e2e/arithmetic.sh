#!/bin/sh
# arithmetic.sh PATCHLAW - the options of a training step: which leave the bits alone, and which
# do not; each back end and precision keeps its promise of the same bits for any number of workers;
# profile tells where the time of a step goes.
set -u
. "$(dirname "$0")/engine.sh"
. "$here/tiny.sh"

config() { # KEY VALUE: the tiny run with another value, as long as a few steps
    sed "s/^optim.steps: .*/optim.steps: 12/; s/^$1: .*/$1: $2/" config.yaml
}
curve() { # NAME WORKERS: trains NAME.yaml anew; the curve goes to NAME.WORKERS
    rm -rf out
    "$engine" train --config "$1.yaml" --out out --workers "$2" > events 2> said ||
        fail "$1, $2 workers: $(cat said)"
    grep '^point' events > "$1.$2"
    [ "$(wc -l < "$1.$2")" -ge 10 ] || fail "$1: no curve"
}

config seed 0 > plain.yaml
config train.recompute true > recompute.yaml
config train.sums 3 > sums.yaml
config model.precision bf16 > bf16.yaml
config model.width 48 > wide.yaml # so that products of the last shards are cut into slices
kinds='plain recompute sums bf16 wide'

# ---- the same bits for any number of workers, under every back end and instruction set ----

for choice in '' VT_GEMM=openblas VT_GEMM=reference VT_ISA=portable; do
    for kind in $kinds; do
        for workers in 1 2 7; do
            # shellcheck disable=SC2086 # nothing, or one assignment
            [ -z "$choice" ] || export $choice
            curve "$kind" $workers
            cmp -s "$kind.1" "$kind.$workers" || fail "$choice $kind: $workers workers differ from 1"
        done
    done
    cmp -s plain.1 recompute.1 || fail "$choice: recompute changes the curve"
    cmp -s plain.1 bf16.1 && fail "$choice: bf16 leaves the curve alone"
    cp bf16.1 "bf16.${choice#*=}"
    unset VT_GEMM VT_ISA
done

# bf16 by fp32 products of the same rounded factors: another order of sums, the same experiment.
paste bf16. bf16.reference | awk -F '\t' '$4 == "loss" { d = $5 / $10 - 1; if (d < 0) d = -d
    if (!(d < 0.001)) { print "bf16 loss " $5 " against " $10; bad = 1 } } END { exit bad }' ||
    fail "bf16 by other kernels is another experiment"

VT_GEMM=openblas "$engine" train --config bf16.yaml --out widened > events 2> said ||
    fail "bf16 without bf16 products: $(cat said)"
grep -q 'no bf16 products' said || fail "bf16 without bf16 products keeps silent: $(cat said)"
head -n 1 events | grep -q 'bf16 as fp32' || fail "the record does not say so: $(head -n 1 events)"

# ---- profile ----

"$engine" profile plain.yaml --workers 2 --seconds 0.2 > table 2> said || fail "profile: $(cat said)"
for part in 'products, forward' 'attention, backward' 'AdamW' 'the rest'; do
    grep -q "^$part.*%" table || fail "profile: no $part in: $(cat table)"
done
grep -q '^hello' table && fail "profile prints events"
"$engine" profile --config bf16.yaml --seconds 0.2 --json > json 2> said || fail "profile: $(cat said)"
sqlite3 :memory: "SELECT round(sum(json_extract(value, '\$.share')), 3)
    FROM json_each(readfile('json'), '\$.parts')" > sum || fail "profile --json is no JSON"
[ "$(cat sum)" = 1.0 ] || fail "the parts of a step sum up to $(cat sum)"
grep -q '"rounding to bf16"' json || fail "profile of bf16 does not show the rounding"
echo "workers, sums, recompute, precision, back ends: bits as promised; a profile sums up to 1"
