#!/bin/sh
# symbols.sh OBJECTS_FOLDER - which object may name which library, by the linker's own records.
#
# Each rule is: a pattern of undefined symbols, and the objects that may have them. What no object
# may name stands last.
set -u
folder=$1
bad=0

undefined=$(find "$folder/engine" "$folder/harness" -name '*.o' | sort | xargs nm -uA |
    sed -n "s#^$folder/\([^:]*\):.* U \([A-Za-z0-9_]*\).*#\1 \2#p")
[ -n "$undefined" ] || { echo "symbols: no objects in $folder"; exit 1; }

only() { # PATTERN ALLOWED_OBJECTS
    found=$(printf '%s\n' "$undefined" | awk -v pattern="^($1)\$" -v allowed="^($2)\$" \
        '$2 ~ pattern && $1 !~ allowed { print $1 " may not name " $2 }')
    [ -z "$found" ] || { printf '%s\n' "$found"; bad=1; }
    printf '%s\n' "$undefined" | awk -v pattern="^($1)\$" '$2 ~ pattern { n++ } END { exit n == 0 }' ||
        [ "$2" = none ] || { echo "symbols: nothing names $1: is the rule still true?"; bad=1; }
}

only 'cblas_.*|openblas_.*'                'engine/ops/gemm.o'
only 'pthread_.*'                          'engine/par/.*'
only 'tj[A-Z].*|jpeg_.*'                   'engine/data/jpeg.o'
only 'archive_.*'                          'engine/data/archive.o'
only 'EVP_.*'                              '(engine|harness)/base/hash.o'
only 'malloc|calloc|realloc|free|aligned_alloc|strdup|strndup|posix_memalign' \
     '(engine|harness)/base/heap.o'
only 'sqlite3_.*'                          'harness/ledger/.*'
only 'yaml_.*'                             'harness/config/.*'
only 'strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gmtime|localtime|rand|srand|gets' none
exit $bad
