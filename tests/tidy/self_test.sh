#!/bin/sh
# self_test.sh - the checks notice what they are for: each is shown something bad, and must say so.
set -u
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
passed=0 failed=0

count() { # WHAT HOLDS(0 or not)
    if [ "$2" = 0 ]; then passed=$((passed + 1)); return; fi
    failed=$((failed + 1))
    printf 'FAILED %s; it said: %s\n' "$1" "$said"
}
good() { # WHAT COMMAND...: succeeds and says nothing
    what=$1
    shift
    if said=$("$@" 2>&1) && [ -z "$said" ]; then count "$what" 0; else count "$what" 1; fi
}
bad() { # TEXT COMMAND...: fails and says TEXT
    what=$1
    shift
    if said=$("$@" 2>&1); then count "did not fail: $what" 1; return; fi
    case $said in *"$what"*) count "$what" 0 ;; *) count "$what" 1 ;; esac
}

# ---- layers ----

mkdir -p engine/base engine/model engine/objective engine/stray harness/ledger include/wire
cat > LAYERS <<'END'
# a comment
engine/base
engine/model     : engine/base
engine/objective : engine/base engine/model
harness/ledger
END
layers() { awk -f "$here/layers.awk" LAYERS "$@"; }
in_model() { # INCLUDED: a file of engine/model that includes it on line 2
    printf '/* aim */\n#include %s\n' "$1" > engine/model/a.c
    layers engine/model/a.c
}
for fine in '"base/x.h"' '"model/x.h"' '"wire/keys.h"' '<sys/stat.h>' '<math.h>' '"build.h"'; do
    good "layers: engine/model includes $fine" in_model "$fine"
done
bad 'engine/model/a.c:2: engine/model may not include engine/objective' in_model '"objective/aim.h"'
bad 'engine/model/a.c:2: engine/model may not include engine/objective' in_model '<objective/aim.h>'
bad 'engine/model may not include ledger/x.h: LAYERS has no engine/ledger' in_model '"ledger/x.h"'
bad 'an include may not hold ..' in_model '"../base/x.h"'
bad 'name the folder: "model/x.h"' in_model '"x.h"'
echo '#include "base/x.h"' > include/wire/keys.h
bad 'include/wire/keys.h:1: include/wire may not include base/x.h' layers include/wire/keys.h
echo > engine/stray/a.c
bad 'engine/stray/a.c:1: LAYERS has no engine/stray' layers engine/stray/a.c
bad 'no file to check' layers
echo 'engine/base : engine/model' > LAYERS
bad 'LAYERS:1: engine/base names engine/model, which does not stand above it' in_model '<math.h>'
printf 'engine/model\nengine/model\n' > LAYERS
bad 'LAYERS:2: engine/model stands twice' in_model '<math.h>'

# ---- symbols ----

symbols() { # OBJECT C: what the checker says of this text compiled to that object
    mkdir -p "$(dirname "$1")"
    printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' '#include <string.h>' "$2" > a.c
    cc -w -c a.c -o "$1" && nm -A -P "$1" | awk -f "$here/symbols.awk"
}
good 'symbols: malloc in engine/base/heap.o' \
    symbols engine/base/heap.o 'void *vt_take(void) { return malloc(1); }'
bad 'engine/data/a.o: needs malloc: memory comes from base/heap.h' \
    symbols engine/data/a.o 'void *vt_take(void) { return malloc(1); }'
bad 'harness/cli/a.o: needs strdup' symbols harness/cli/a.o 'char *lab_s(char *s) { return strdup(s); }'
bad 'engine/ops/a.o: needs cblas_sgemm: one door to BLAS' \
    symbols engine/ops/a.o 'void cblas_sgemm(void); void vt_f(void) { cblas_sgemm(); }'
bad 'engine/ops/gemm.o: needs dnnl_sgemm: one door to oneDNN' \
    symbols engine/ops/gemm.o 'void dnnl_sgemm(void); void vt_f(void) { dnnl_sgemm(); }'
bad 'engine/ops/a.o: needs pthread_create: threads live in par/' \
    symbols engine/ops/a.o 'int pthread_create(); void vt_f(void) { pthread_create(); }'
bad 'harness/cli/a.o: needs sqlite3_open: one door to SQLite' \
    symbols harness/cli/a.o 'int sqlite3_open(); void lab_f(void) { sqlite3_open(); }'
bad 'harness/report/a.o: needs readline: one door to libedit' \
    symbols harness/report/a.o 'char *readline(char *); char *lab_f(void) { return readline(""); }'
bad 'harness/report/a.o: needs cmark_node_free: one door to cmark' \
    symbols harness/report/a.o 'void cmark_node_free(void); void lab_f(void) { cmark_node_free(); }'
bad 'engine/base/a.o: needs strtok: it is banned' \
    symbols engine/base/a.o 'char *vt_f(char *s) { return strtok(s, "a"); }'
bad 'engine/base/a.o: gives helper to others' symbols engine/base/a.o 'int helper(void) { return 1; }'
bad 'harness/base/a.o: gives vt_f to others' symbols harness/base/a.o 'int vt_f(void) { return 1; }'
bad 'no object to check' awk -f "$here/symbols.awk" /dev/null

# ---- text ----

text() { # FILE LINE
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$2" > "$1"
    LC_ALL=C awk -f "$here/text.awk" "$1"
}
c=harness/cli/a.c
good 'text: words that look like SQL' text $c '"SELECTED", "Update the ledger", "insert a coin"'
good 'text: SQL in a test' text tests/unit/a.c 'ask("SELECT 1 FROM run");'
bad "$c:1: SQL in C" text $c 'ask("SELECT 1 FROM run");'
bad "$c:1: SQL in C" text $c 'ask("INSERT INTO run VALUES (1)");'
bad "$c:1: SQL in C" text $c 'ask("PRAGMA user_version");'
bad "$c:1: a banned call" text $c 'x = sprintf(b, "%d", 1);'
good 'text: snprintf' text $c 'x = snprintf(b, 9, "%d", 1);'
bad "$c:1: unfinished work" text $c '/* TO''DO: more */'
bad 'README.md:1: a path of one machine' text README.md 'see /ho''me/ada/x'
good 'text: a path of every Debian' text README.md 'see /usr/share/datasets'
bad "a blank at the line's end" text README.md 'x '
good 'text: 100 columns of two bytes each' text $c "$(printf '%0100d' 0 | sed 's/0/é/g')"
bad "$c:1: 101 columns, at most 100" text $c "$(printf '%0101d' 0 | sed 's/0/é/g')"

# ---- verdict ----

verdict() { # WANTED KIND STATUS LOG
    printf "$4" > log
    said=$("$here/verdict.sh" "$2" "$3" log)
    [ "$said" = "$1" ]
    count "verdict of $2, status $3, log '$4': want $1" $?
}
verdict '3 passed, 0 failed, 1 skipped' program 0 'talk\n3 passed, 0 failed, 1 skipped\n'
verdict '2 passed, 1 failed, 0 skipped' program 1 '2 passed, 1 failed, 0 skipped\n'
verdict '0 passed, 1 failed, 0 skipped' program 0 'talk\n'
verdict '0 passed, 1 failed, 0 skipped' program 0 ''
verdict '0 passed, 1 failed, 0 skipped' program 0 '0 passed, 0 failed, 0 skipped\n'
verdict '0 passed, 1 failed, 0 skipped' program 0 '3 passed, 0 failed, 0 skipped\nthen it died\n'
verdict '3 passed, 1 failed, 0 skipped' program 23 '3 passed, 0 failed, 0 skipped\n'
verdict '0 passed, 1 failed, 0 skipped' program 139 'talk\n'
verdict '1 passed, 0 failed, 0 skipped' script 0 ''
verdict '0 passed, 1 failed, 0 skipped' script 1 'skipped: a part\n'
verdict '0 passed, 0 failed, 1 skipped' script 0 'skipped: no chromium\n'
verdict '7 passed, 0 failed, 0 skipped' script 0 '7 passed, 0 failed, 0 skipped\n'
verdict '7 passed, 1 failed, 0 skipped' script 1 '7 passed, 0 failed, 0 skipped\n'
verdict '0 passed, 1 failed, 0 skipped' script 0 '0 passed, 0 failed, 0 skipped\n'
verdict '1 passed, 0 failed, 0 skipped' fuzz 0 'Done 812 runs in 3 second(s)\n'
verdict '0 passed, 1 failed, 0 skipped' fuzz 0 'talk\n'
verdict '0 passed, 1 failed, 0 skipped' fuzz 0 'Done 0 runs in 3 second(s)\n'
verdict '0 passed, 1 failed, 0 skipped' fuzz 77 'SUMMARY: AddressSanitizer\n'

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
