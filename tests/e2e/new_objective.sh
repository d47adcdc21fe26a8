#!/bin/sh
# new_objective.sh PATCHLAW - the objective that ARCHITECTURE.md adds is one file and one line: with
# these the engine builds, trains by it, and gives the same bits on another number of workers.
set -u
here=$(cd "$(dirname "$0")" && pwd)
patchlaw=$(realpath "${1:?usage: new_objective.sh PATCHLAW}")
built=$(dirname "$(dirname "$patchlaw")") # build/release
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*"
    exit 1
}

# A tree of its own, with what is built already, but what the line changes.
cd "$work" && mkdir -p build tests || exit 1
cp -Rp "$root/Makefile" "$root/engine" "$root/include" . && cp -Rp "$root/tests/tidy" tests &&
    cp -Rp "$built" build/release || fail "copy"
awk '/^## Adding an objective/ { here = 1 } here && /^```c$/ { code = 1; next }
    code && /^```$/ { exit } code' "$root/ARCHITECTURE.md" > engine/objective/autoencoder.c
line=$(sed -n 's/^    \(O(autoencoder, .*)\)$/\1/p' "$root/ARCHITECTURE.md")
[ -n "$line" ] || fail "ARCHITECTURE.md has no line for the table"
awk -v line="    $line \\\\" '{ print } /^    O\(aim,/ { print line }' \
    "$root/include/wire/objectives.h" > include/wire/objectives.h
rm -f build/release/bin/patchlaw-engine
touch engine/config/config.c engine/objective/objective.c
make -s -o include/wire/objectives.h build/release/bin/patchlaw-engine > made 2>&1 ||
    fail "build: $(tail -n 20 made)"

# ---- trained by it ----

export PATCHLAW_DATA=$work/data PATCHLAW_LEDGER=$work/runs/ledger.db PATCHLAW_ENGINE=$built/bin/patchlaw-engine
engine=$work/build/release/bin/patchlaw-engine
. "$here/tiny.sh"
sed -i 's/^objective.name: .*//; /^$/d' config.yaml
awk '!done && $1 > "objective.name:" { print "objective.name: autoencoder"; done = 1 } { print }' \
    config.yaml > autoencoder.yaml
for workers in 1 2; do
    "$engine" train --config autoencoder.yaml --out out.$workers --workers $workers > events 2> said ||
        fail "train: $(cat said)"
done
cmp out.1/checkpoint.safetensors out.2/checkpoint.safetensors || fail "workers change the bits"
first=$(awk -F '\t' '$1 == "point" && $4 == "loss" { print $5; exit }' events)
last=$(awk -F '\t' '$1 == "point" && $4 == "loss_all" { value = $5 } END { print value }' events)
awk "BEGIN { exit !($last < 0.5 * $first) }" || fail "the loss went from $first to $last"
echo "an objective is one file and one line: loss $first, then $last"
