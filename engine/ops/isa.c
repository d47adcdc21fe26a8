/* Chooses among the tables of kernels.c what this CPU can run. */
#include "base/isa.h"
#include "ops/kernels.h"
#include <stdlib.h>
#include <string.h>

static const vt_kernels *chosen = &vt_kernels_portable;

const vt_kernels *vt_kernels_at(int i)
{
    return i <= (int)vt_isa_best() ? VT_ISA_TABLE(vt_kernels, i) : NULL;
}

const vt_kernels *vt_kernels_now(void)
{
    return chosen;
}

int vt_kernels_setup(void)
{
    const char *wanted = getenv("VT_ISA");
    int named = !wanted || !*wanted;
    for (int i = 0; vt_kernels_at(i); i++) {
        chosen = vt_kernels_at(i);
        if (wanted && strcmp(chosen->name, wanted) == 0) return 1;
    }
    return named;
}
