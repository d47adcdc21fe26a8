#!/bin/sh
# crash_matrix.sh [PATCHLAW] - launcher, engine or both are killed at random instants of small sweeps,
# and the same command is called until it is done. What the ledger then says is compared with an
# undisturbed sweep's. CRASH_SEED and CRASH_KILLS may be set; a failure prints the seed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:-${PATCHLAW:-build/release/bin/patchlaw}}")
for program in sqlite3 perl; do
    command -v $program > /dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
seed=${CRASH_SEED:-$(date +%s)}
kills=${CRASH_KILLS:-100}
work=$(mktemp -d) || exit 1
work=$(realpath "$work")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$here/same_ledger.sh"
export NO_COLOR=1 PATCHLAW_LEDGER=runs/ledger.db
engine=$(dirname "$patchlaw")/patchlaw-engine

fail() {
    echo "FAILED (CRASH_SEED=$seed CRASH_KILLS=$kills): $*"
    exit 1
}

# Rounds until the kills are spent: each a copy of the folder, whose sweep is killed until it is done.
crash() { # FOLDER KILLS COMMAND...
    folder=$1 wanted=$2 left=$2 rounds=0 hits=0
    shift 2
    while [ "$left" -gt 0 ]; do
        rounds=$((rounds + 1))
        mkdir "$folder$rounds"
        cp "$folder"/*.yaml "$folder$rounds"
        crash_once "$folder$rounds" "$folder.lines" "$left" $((seed + rounds)) "$@"
        left=$((left - spent))
        printf '%s %d: ' "$folder" "$rounds"
        cat report
        rm -rf "$folder$rounds"
    done
    [ "$hits" -gt 0 ] || fail "$folder: no kill hit a run"
    echo "$folder: $wanted kills hit $hits runs in $rounds sweeps"
}
# The folder's sweep must end as the dump, an undisturbed one.
crash_once() { # FOLDER DUMP KILLS SEED COMMAND...
    round=$1 dump=$2 most=$3 number=$4
    shift 4
    ledger=$work/$round/runs/ledger.db
    export ACKNOWLEDGED=". '$here/same_ledger.sh'; acknowledged '$ledger'"
    export LOOK="'$patchlaw' status --ledger '$ledger' > look 2>&1; sqlite3 -readonly '$ledger' \
        \"SELECT count(*) FROM attempt WHERE state IN ('claimed', 'running')\""
    : > "$round.seen"
    perl "$here/crash.pl" "$number" "$most" "$work/$round" "$work/$round.seen" "$@" > report ||
        fail "$round: $(cat report look) $(tail -n 20 "$round/said")"
    spent=$(cut -d' ' -f 1 report)
    lost=$(none_lost "$round.seen" "$ledger")
    [ -z "$lost" ] || fail "$round: acknowledged and lost: $lost"
    ledger_lines "$ledger" > "$round.lines"
    cmp -s "$dump" "$round.lines" ||
        fail "$round: differs from an undisturbed sweep: $(diff "$dump" "$round.lines" | head -n 20)"
    twice=$(find "$round/runs" -name overlap)
    [ -z "$twice" ] || fail "$round: two engines at once in $twice"
    hits=$((hits + $(sqlite3 "$ledger" "SELECT count(*) FROM attempt
        WHERE state IN ('orphaned', 'killed')")))
    open=$(sqlite3 "$ledger" "SELECT group_concat(DISTINCT state) FROM attempt
        WHERE state NOT IN ('done', 'orphaned', 'killed', 'stopped')")
    [ -z "$open" ] || fail "$round: attempts are left $open"
    "$patchlaw" doctor --ledger "$ledger" > said || fail "$round: doctor: $(cat said)"
}

# ---- an engine that computes nothing: many kills ----

export PATCHLAW_ENGINE=$here/fake_engine.sh PATCHLAW_DATA=none
mkdir calm
cat > calm/base.yaml <<'END'
data: {name: fake}
model.width: 32
optim: {steps: 20, batch_images: 16}
train.log_every: 1
END
echo 'task: probe' > calm/probe.yaml
cat > calm/grid.yaml <<'END'
name: grid
base: base.yaml
grid: {model.width: [32, 64], optim.steps: [10, 20]}
probe: {base: probe.yaml, controls: [untrained, pixels]}
END
(cd calm && "$patchlaw" sweep grid.yaml --jobs 2 > ../said 2>&1) || fail "undisturbed: $(cat said)"
ledger_lines calm/runs/ledger.db > calm.lines
[ "$(cut -d'|' -f 1 calm.lines | sort -u | wc -l)" -gt 20 ] || fail "a dump of too few tables"

export FAKE_DELAY=0.02 SPAN=0.5
crash calm "$kills" "$patchlaw" sweep grid.yaml --jobs 3 --retry killed
unset FAKE_DELAY

# ---- the real engine: a few ----

if [ -x "$engine" ]; then
    export PATCHLAW_ENGINE=$engine PATCHLAW_DATA=$work/data
    . "$here/tiny.sh"
    mkdir real
    cp tiny.yaml real/base.yaml
    cat > real/probe.yaml <<'END'
task: probe
probe: {train_images: 64, val_images: 32, epochs: 1, batch_images: 16}
END
    printf 'name: tiny\nbase: base.yaml\nseeds: [0, 1, 2]\nprobe: {base: probe.yaml}\n' > real/tiny.yaml
    (cd real && "$patchlaw" sweep tiny.yaml --jobs 2 > ../said 2>&1) || fail "real: $(cat said)"
    ledger_lines real/runs/ledger.db > real.lines
    export SPAN=0.15
    crash real $(((kills + 9) / 10)) "$patchlaw" sweep tiny.yaml --jobs 2 --retry killed
else
    echo "without a real engine: $engine is not there"
fi
echo "every sweep equals an undisturbed one (CRASH_SEED=$seed)"
