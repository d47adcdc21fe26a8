#!/bin/sh
# What a sweep file computes, from the command line to the ledger: an engine that computes nothing
# tells what cells cost (a step of it takes width * 64000 FLOPs). PATCHLAW names the program.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${PATCHLAW:-build/release/bin/patchlaw}")
command -v sqlite3 > /dev/null || { echo "skipped: sqlite3 is not installed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export PATCHLAW_ENGINE=$here/fake_engine.sh PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_DATA=none
export NO_COLOR=1
. "$here/checks.sh"

ask() { "$patchlaw" sql --csv "$1" | tail -n +2; }

printf 'data: {name: fake}\noptim: {steps: 20, batch_images: 16}\ntrain.log_every: 1\n' > base.yaml
cat > iso.yaml <<'END'
base: base.yaml
isoflop:
  budgets: {logspace: [1e7, 4e7, 3]}
  sizes: {model.width: [16, 32, 64], head.width: [16, 32, 64]}
  lr: 0.003 * pow(params_trunk / 49152, -0.5)
  steps_min: 3
where: model.width < 64 OR budget_flops > 2e7
END

# The plan: what is left out and why, before anything is written.
out=$("$patchlaw" sweep iso.yaml --dry-run); check "dry run exits" $? 0
check_has "cells and their budgets" "$out" "budget_flops=2e+07 model.width=32 .*optim.steps=10 "
check_has "all that are left out" "$out" "^2 left out by the file:"
check_has "by which rule" "$out" "^  2 by where: model.width < 64 OR budget_flops > 2e7"
check "a dry run makes no ledger" "$(ls runs 2> /dev/null)" ""
"$patchlaw" sweep iso.yaml --dry-run --json > plan.json 2> left.txt
check "JSON stays JSON" "$(sqlite3 :memory: \
    "SELECT json_array_length(readfile('plan.json'))")" 7
check_has "and the count goes to people" "$(cat left.txt)" "^2 left out"

# Half a step at most between a budget and the plan.
"$patchlaw" sweep iso.yaml --jobs 2 > /dev/null; check "sweep exits" $? 0
check "flops_total is the budget to half a step" "$(ask "SELECT count(*),
    max(abs(r.flops_total - v.value) <= 32000 * r.width) + min(abs(r.flops_total - v.value) <= 32000 * r.width)
    FROM sweep_vars v JOIN runs r USING (cell_id) WHERE v.name = 'budget_flops'")" "7,2"
check "no cell's config knows the budget" \
    "$(ask "SELECT count(*) FROM cell WHERE config LIKE '%budget%'")" 0
check "the rate follows the size" \
    "$(ask "SELECT DISTINCT lr_peak FROM runs WHERE width = 16")" 0.006
check_has "the saved query finds a best size" "$("$patchlaw" sql isoflop --csv)" "iso,.*,1$"
out=$("$patchlaw" sweep iso.yaml); check_has "once only" "$out" "^0 done, 7 done before"
check "vars are written once" "$(ask 'SELECT count(*) FROM sweep_var')" 7
"$patchlaw" doctor > /dev/null; check "doctor finds nothing" $? 0

# Budgets that round to the same steps are one cell, which the plan tells; an engine that dies of
# one config plans the others.
sed 's/budgets: .*/budgets: [1e7, 1.01e7]/; /^where/d' iso.yaml > equal.yaml
out=$("$patchlaw" sweep equal.yaml --dry-run); check "exit code of equal cells" $? 0
check_has "equal combinations" "$out" "^2 combinations equal other cells, the first of them: \
budget_flops=1.01e+07 model.width=16 .*optim.steps=10 .*is run [0-9a-f]* budget_flops=1e+07$"
"$patchlaw" sweep equal.yaml --dry-run --json 2> equal.txt > /dev/null
check_has "and they go to people" "$(cat equal.txt)" "^2 combinations equal"
printf '#!/bin/sh\n[ "$1" = plan ] && grep -q "^model.width: 32" "$3" && kill -SEGV $$\nexec %s "$@"\n' \
    "$PATCHLAW_ENGINE" > dies.sh
chmod +x dies.sh
printf 'base: base.yaml\ngrid: {model.width: [16, 32, 64]}\n' > dies.yaml
out=$(PATCHLAW_ENGINE=$work/dies.sh "$patchlaw" sweep dies.yaml --dry-run)
check "exit code where a plan ends by a signal" $? 0
check_has "its cell has no estimate" "$out" "^1 cells without an estimate"

# The same cells in other words are the same runs.
cat > grid.yaml <<'END'
base: base.yaml
list:
- {model.width: 32, head: {width: 3.2e1}, optim: {steps: "10", lr_peak: 0.0030}}
END
out=$("$patchlaw" sweep grid.yaml); check_has "another spelling runs nothing" "$out" "^0 done, 1 done"

# A mistake is told with its place and its cure, and starts nothing.
refused() { # words, file's text
    printf 'base: base.yaml\n%s\n' "$2" > bad.yaml
    out=$("$patchlaw" sweep bad.yaml 2>&1); check "exit code of: $2" $? 2
    check_has "message of: $2" "$out" "$1"
}
refused 'bad.yaml:2:8: where: .*unknown name model.widht; the nearest is model.width' \
    'where: model.widht > 3'
refused 'bad.yaml:2:23: optim.steps cannot be computed: it needs flops_total, which depends on' \
    'derive: {optim.steps: flops_total}'
refused 'every one is left out: 1 by where: seed > 0' 'where: seed > 0'
refused 'takes a count from 2' 'grid: {seed: {logspace: [1, 2, 1]}}'
printf '#!/bin/sh\n[ "$1" = plan ] || exec %s "$@"\necho "too large for me" >&2\nexit 2\n' \
    "$PATCHLAW_ENGINE" > no_plan.sh
chmod +x no_plan.sh
PATCHLAW_ENGINE=$work/no_plan.sh refused 'engine plans no cell of model.width 16.*it says: too large' \
    "$(tail -n +2 iso.yaml)"
refused 'compares what a comparison gives.*write 16 < model.width AND model.width < 64' \
    'where: 16 < model.width < 64'
refused 'compares a number with the word .64.; write 64 without quotes' "where: model.width < '64'"
check "nothing more was started" "$(ask 'SELECT count(*) FROM runs')" 7

finish
