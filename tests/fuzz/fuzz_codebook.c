/* A codebook that is read gives every patch a code that it has, and decodes every code. */
#include "codes/codebook.h"
#include "fuzz.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <string.h>

enum { PATCHES = 3, NUMBERS_MAX = 1 << 12 }; /* larger codebooks cost time and show nothing new */

static void look_up(const vt_codebook *c)
{
    static vt_real patches[PATCHES * NUMBERS_MAX];
    int32_t codes[PATCHES];
    vt_arena arena = {0};
    vt_error err;
    (void)vt_codes_scratch_plan(&c->shape, &arena);
    if (vt_arena_open(&arena, &err) != VT_OK) abort();
    vt_codes_scratch scratch = vt_codes_scratch_plan(&c->shape, &arena);
    for (isize i = 0; i < PATCHES * c->shape.vq.P; i++) patches[i] = (vt_real)(i % 7) - 3;
    vt_codebook_assign(c, codes, patches, PATCHES, &scratch);
    for (int i = 0; i < PATCHES; i++) {
        if (codes[i] < 0 || codes[i] >= c->shape.vq.K) abort();
        memcpy(patches, vt_codebook_decode(c, codes[i]), (size_t)c->shape.vq.P * sizeof *patches);
    }
    vt_arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready;
    vt_codebook c;
    vt_error err;
    if (!ready) ready = vt_gemm_setup() + vt_kernels_setup() + 1;
    vt_status status = vt_codebook_read(&c, fuzz_file(0, data, size), NULL, &err);
    if (status != VT_OK) {
        if (c.arena.base) abort();
        return 0;
    }
    const vt_vq_shape *shape = &c.shape.vq;
    if (shape->P <= NUMBERS_MAX && shape->K <= NUMBERS_MAX && shape->hidden <= NUMBERS_MAX &&
        shape->D <= NUMBERS_MAX)
        look_up(&c);
    vt_codebook_close(&c);
    return 0;
}
