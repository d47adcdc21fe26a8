#include "parity.h"
#include "base/heap.h"
#include "check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

vt_safetensors *parity_open(const char *what, const char *file)
{
    const char *shared = getenv("PATCHLAW_SHARED");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/parity/%s", shared ? shared : "../shared", file);
    if (access(path, R_OK) != 0) {
        check_skip(what, "the reference tensors are not here (PATCHLAW_SHARED)");
        return NULL;
    }
    vt_safetensors *opened = NULL;
    vt_error err = {0};
    CU_ASSERT_EQUAL(vt_safetensors_open(&opened, path, &err), VT_OK);
    if (!opened) (void)printf("\n    %s\n", err.text);
    return opened;
}

void parity_read(const vt_safetensors *file, const char *name, vt_real *out, isize count)
{
    vt_error err = {0};
    vt_status status = vt_safetensors_read(file, name, out, count, &err);
    if (status != VT_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL(status, VT_OK);
}

void parity_compare(const vt_safetensors *file, const char *name, const vt_real *got, isize count,
                    double tolerance)
{
    void *block = NULL;
    vt_error err = {0};
    if (vt_heap_alloc(&block, count * (isize)sizeof(vt_real), &err) != VT_OK) {
        CU_FAIL("out of memory");
        return;
    }
    vt_real *want = block;
    parity_read(file, name, want, count);
    double worst = 0;
    for (isize i = 0; i < count; i++) {
        double gap = fabs((double)got[i] - (double)want[i]);
        if (!(gap <= worst)) worst = gap; /* NaN counts as worst */
    }
    check_near(name, worst, 0, tolerance);
    vt_heap_free(&block);
}
