#!/bin/sh
# self_test.sh - the structure checks notice what they are for.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

expect() { # WANTED_TEXT COMMAND...
    wanted=$1
    shift
    if said=$("$@" 2>&1); then echo "passed, but should have failed: $*"; exit 1; fi
    case $said in
    *"$wanted"*) ;;
    *) echo "wanted \"$wanted\", got: $said"; exit 1 ;;
    esac
}

mkdir -p engine/base engine/model engine/objective harness/ledger
printf 'engine/base\nengine/model : engine/base\nengine/objective : engine/model\nharness/ledger\n' > LAYERS
echo '#include "objective/aim.h"' > engine/model/bad.c
echo '#include "../base/x.h"' > engine/base/climbs.c
echo '#include "model/x.h"' > harness/ledger/foreign.c
expect 'engine/model/bad.c:1: engine/model may not include engine/objective' \
    awk -f "$here/layers.awk" LAYERS engine/model/bad.c
expect 'may not climb' awk -f "$here/layers.awk" LAYERS engine/base/climbs.c
expect 'harness/ledger may not include harness/model' \
    awk -f "$here/layers.awk" LAYERS harness/ledger/foreign.c
printf 'engine/base : engine/model\nengine/model\n' > CYCLE
expect 'is not above it' awk -f "$here/layers.awk" CYCLE engine/model/bad.c
echo '#include "base/x.h"' > engine/model/good.c
awk -f "$here/layers.awk" LAYERS engine/model/good.c

mkdir -p o/engine/data o/harness
printf '#include <stdlib.h>\nvoid *f(void);\nvoid *f(void) { return malloc(1); }\n' > m.c
cc -c m.c -o o/engine/data/m.o
expect 'engine/data/m.o may not name malloc' sh "$here/symbols.sh" o

mkdir -p engine/train
printf 'const char *q = "SELECT a FROM b";\n' > engine/train/sql.c
expect 'SQL belongs to sql/' sh "$here/text.sh" engine/train/sql.c
printf 'int x; // TODO later\n' > engine/train/todo.c
expect 'reminder' sh "$here/text.sh" engine/train/todo.c
echo "1 passed, 0 failed"
