#!/bin/sh
# Optional keys: what is their default is the run that it was before there was such a key, and what
# is not is compared with it. An engine that computes nothing runs. PATCHLAW names the program.
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
runs() { grep -oE '^[0-9a-f]{12}  [a-z]+' | sort; }

# The demo's runs are those that README shows, with the content hash of its images.
FAKE_SHA256=70120f254cf7ba4def891d66629f7a793675ae2325dc2afdb74ce00d50a3b96f \
    "$patchlaw" sweep "$here/../../configs/sweep/demo.yaml" --dry-run | runs > demo.txt
sed -n '/sweep configs.sweep.demo.yaml --dry-run/,/^```/p' "$here/../../README.md" | runs > readme.txt
check "README shows the demo's runs" "$(wc -l < readme.txt)" 16
check "identities stay" "$(cat demo.txt)" "$(cat readme.txt)"

printf 'data.name: fake\noptim: {steps: 20, batch_images: 16}\ntrain.log_every: 1\n' > base.yaml
"$patchlaw" run base.yaml > /dev/null; check "run exits" $? 0
first=$(ask "SELECT run FROM runs")
"$patchlaw" run base.yaml model.order=raster mask.ratio=7.5e-1 > again.txt
check "a default that is stated exits" $? 0
check "and is the same run, done" "$(ask "SELECT count(*), sum(attempts) FROM runs")" 1,1
check "no line of it in the config" "$(sqlite3 runs/ledger.db \
    "SELECT count(*) FROM cell WHERE config LIKE '%model.order%'")" 0
"$patchlaw" run base.yaml model.order=spiral > /dev/null; check "another value exits" $? 0
second=$(ask "SELECT run FROM runs WHERE run <> '$first'")
check "and is another run" "$(ask "SELECT count(*) FROM runs")" 2

"$patchlaw" compare "$first" "$second" > compare.txt
check_has "compare tells the default" "$(cat compare.txt)" "^model.order  *raster  *spiral"
check "and no key that is equal" "$(grep -c '^mask.ratio' compare.txt)" 0
check_has "show tells it" "$("$patchlaw" show "$first")" "^ *model.order  *raster"
check "one pair" "$(ask "SELECT key, value_a, value_b, run_a, run_b FROM ablation")" \
    "model.order,raster,spiral,$first,$second"
check_has "ablation tells the key" "$("$patchlaw" ablation model.order 2>&1)" "model.order"
check_has "a sweep over both runs none" "$(printf '%s\n' 'name: both' 'base: base.yaml' \
    'grid: {model.order: [raster, spiral]}' > both.yaml
    "$patchlaw" sweep both.yaml)" "^0 done, 2 done before"
check_has "and shows what tells them apart" "$("$patchlaw" sweep both.yaml --dry-run)" \
    "^$first .*model.order=raster"

# A probe says of its trunk what both have, and has keys of its own.
printf '%s\n' 'name: probed' 'base: base.yaml' 'seeds: [0]' 'probe: {set: {probe.epochs: 4}}' > probed.yaml
printf '%s\n' 'name: causal' 'base: base.yaml' 'seeds: [0]' \
    'probe: {set: {probe.epochs: 4, probe.attention: causal}}' > causal.yaml
"$patchlaw" sweep probed.yaml > /dev/null && "$patchlaw" sweep causal.yaml > /dev/null
check "probes exit" $? 0
check "probes are told apart" "$(ask "SELECT label FROM (SELECT group_concat(value, ' ') AS label
    FROM (SELECT value FROM config_keys WHERE key = 'probe.attention' ORDER BY value))")" \
    "bidirectional causal"
check_has "compare labels both" "$("$patchlaw" compare "$first" "$second")" "attention bidirectional"

check "keys says which are optional" "$("$patchlaw" keys --csv | tail -n +2 | grep -c ',optional,')" \
    "$(sqlite3 runs/ledger.db "SELECT count(DISTINCT key) FROM key_default")"
"$patchlaw" doctor > /dev/null; check "doctor finds nothing" $? 0

# Another ledger, of a program that did not know the key, is merged and compared.
export PATCHLAW_LEDGER=$work/old/ledger.db
"$patchlaw" run base.yaml seed=1 > /dev/null
sqlite3 old/ledger.db "DELETE FROM key_default; DELETE FROM key_value WHERE weight = 0;
    UPDATE migration SET sha256 = 'of another program' WHERE number = 0"
export PATCHLAW_LEDGER=$work/runs/ledger.db
"$patchlaw" run base.yaml seed=1 model.order=spiral > /dev/null
"$patchlaw" merge --copy-artifacts old/ledger.db > /dev/null; check "merge exits" $? 0
check "pairs of both ledgers" "$(ask "SELECT count(*) FROM ablation WHERE key = 'model.order'
    AND (value_a, value_b) = ('raster', 'spiral')")" 2
"$patchlaw" doctor > /dev/null; check "doctor finds nothing after it" $? 0
finish
