#include "bench/ledger/place.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lab_status bench_place_open(bench_place *out, const char *parent, lab_error *err)
{
    bench_place place;
    *out = (bench_place){""};
    if (snprintf(place.path, sizeof place.path, "%s/patchlaw-bench-XXXXXX", parent) >=
        (int)sizeof place.path)
        return lab_fail(err, LAB_ERR_IO, "%s: the path is too long", parent);
    if (!mkdtemp(place.path))
        return lab_fail(err, LAB_ERR_IO,
                        "%s: cannot make a folder here: %s; name another with "
                        "--folder",
                        parent, strerror(errno));
    *out = place;
    return LAB_OK;
}

static int drop(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info, (void)type, (void)where;
    return remove(path);
}

void bench_place_close(const bench_place *place)
{
    if (place->path[0]) (void)nftw(place->path, drop, 8, FTW_DEPTH | FTW_PHYS);
}

bench_path bench_place_file(const bench_place *place, const char *name)
{
    bench_path path;
    (void)snprintf(path.text, sizeof path.text, "%s/%s", place->path, name);
    return path;
}

lab_status bench_place_ledger(lab_ledger **out, const bench_place *place, const char *name,
                              lab_error *err)
{
    return lab_ledger_open(out, bench_place_file(place, name).text, LAB_LEDGER_WRITE, err);
}
