# symbols.awk - who may call what, by the linker's own records.
#
#     cd build/release && nm -A -P $(find bench engine harness -name '*.o') | awk -f symbols.awk
#
# The table below names the only objects that may need a symbol. Every symbol that an object
# gives to others starts with the prefix of its side.

function only(symbols, objects, why)
{
    rules++
    pattern[rules] = "^(" symbols ")"
    place[rules] = "^(" objects ")"
    reason[rules] = why
}
function prefix(object)
{
    return object ~ /^harness/ ? "^lab_" : object ~ /^bench/ ? "^bench_" : "^vt_"
}
BEGIN {
    only("cblas_|openblas_", "engine/ops/gemm_openblas\\.o$", "one door to BLAS: ops/gemm.h")
    only("dnnl_|omp_", "engine/ops/gemm_onednn\\.o$", "one door to oneDNN: ops/gemm.h")
    only("png_", "engine/data/png\\.o$", "one door to libpng: data/png.h")
    only("curl_", "engine/fetch/(net|url)\\.o$",
         "doors to libcurl: fetch/net.h, fetch/url.h")
    only("jpeg_|tj[A-Z3]", "engine/data/jpeg(_write)?\\.o$",
         "one door each way to libjpeg: data/jpeg.h, data/jpeg_write.h")
    only("archive_", "engine/data/archive\\.o$", "one door to libarchive: data/archive.h")
    only("pthread_|thrd_|mtx_|cnd_|sem_", "engine/par/|harness/base/parallel\\.o$",
         "threads live in par/ and base/parallel.h")
    only("nlopt_", "harness/law/minimise\\.o$", "one door to NLopt: law/minimise.h")
    only("(m|c|re|aligned_)alloc$|free$|reallocarray$|posix_memalign$|memalign$|valloc$",
         "engine/base/heap\\.o$|harness/base/heap\\.o$", "memory comes from base/heap.h")
    only("strn?dup$|v?asprintf$|__v?asprintf_chk$|getline$|getdelim$|__getdelim$|open_memstream$",
         "nowhere", "it allocates behind the back of base/heap.h")
    # The benchmark's peer is SQLite as it is without the ledger.
    only("sqlite3_", "harness/(ledger|sqlext)/|bench/ledger/plain_sqlite\\.o$",
         "one door to SQLite: ledger/ledger.h")
    only("rl_|readline$|(add|using|stifle|read|write)_history$", "harness/cli/sql_prompt\\.o$",
         "one door to libedit: cli/sql_prompt.c")
    only("cmark_", "harness/report/document\\.o$", "one door to cmark: report/document.h")
    only("yaml_", "harness/config/", "one door to libyaml: config/yaml.h")
    only("EVP_(Digest|MD|sha)|SHA[0-9]", "engine/base/hash\\.o$|harness/base/hash\\.o$", "one door: base/hash.h")
    only("EVP_Encode", "harness/report/page_picture\\.o$", "one place: report/page_picture.c")
    only("(__)?(str|stp)n?cpy(_chk)?$|(__)?strn?cat(_chk)?$|(__)?v?sprintf(_chk)?$|strtok(_r)?$|" \
         "ato[filq]+$|(gm|local)time$|s?rand(om)?(_r)?$|[de]rand48$", "nowhere", "it is banned")
}
{
    object = $1
    sub(/(\[.*\])?:$/, "", object)
    symbol = $2
    seen[object]
}
$3 ~ /[UwW]/ {
    for (i = 1; i <= rules; i++)
        if (symbol ~ pattern[i] && object !~ place[i]) {
            print object ": needs " symbol ": " reason[i]
            bad = 1
        }
}
$3 ~ /[TDBRCV]/ && symbol != "main" && symbol !~ prefix(object) {
    print object ": gives " symbol " to others without the prefix of its side"
    bad = 1
}
END {
    for (object in seen) objects++
    if (objects < 1) {
        print "symbols.awk: no object to check"
        bad = 1
    }
    exit bad
}
