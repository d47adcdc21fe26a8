#!/bin/sh
# downstream.sh PATCHLAW - what is done with a trained trunk, with the real engine on a tiny data set:
# k-NN beside the heads, the same bits for any number of workers, and results that follow their trunk.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: downstream.sh PATCHLAW}")
engine=$(dirname "$patchlaw")/patchlaw-engine
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_DATA=$work/data PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_ENGINE=$engine
export NO_COLOR=1

fail() {
    echo "FAILED: $*"
    exit 1
}
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

finish
