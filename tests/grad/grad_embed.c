/* Gradients through the trunk for what a pass can ask of the embedding, by central differences in
 * double precision: class token, mask token, places in any order, of a subset, of smaller images,
 * and ranges of rows that are read. The loss is a fixed random sum of what leaves the trunk. */
#include "base/rng.h"
#include "check.h"
#include "model/trunk.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { IMAGES = 3, PLACES = 9, C = 12, PIXELS = 81, DRAWS = 6 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_trunk trunk;
    vt_trunk_saved saved;
    vt_scratch scratch;
    vt_real *images, *weights;
    vt_pass pass;
} bench;

static void carve(bench *b, const vt_trunk_shape *shape, int recompute)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_trunk_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->trunk = vt_trunk_plan(shape, &b->params, &b->arena);
    b->saved = vt_trunk_saved_plan(shape, IMAGES, recompute, &b->arena);
    vt_scratch_size size = vt_trunk_scratch_size(shape, IMAGES);
    size.recompute = 1;
    b->scratch = vt_scratch_plan(&b->arena, &size);
    b->images = VT_TAKE(&b->arena, vt_real, IMAGES * PIXELS);
    b->weights = VT_TAKE(&b->arena, vt_real, IMAGES * (PLACES + 1) * C);
}

static void fill(vt_real *x, isize count, double scale, uint64_t index)
{
    vt_rng rng = vt_rng_at(7, VT_RNG_TEST, 0, index);
    for (isize i = 0; i < count; i++) x[i] += (vt_real)(scale * vt_rng_normal(&rng));
}

static void open_bench(bench *b, const vt_pass *pass, int class_token, int recompute)
{
    vt_error err = {0};
    vt_trunk_shape shape = {.image_px = 9,
                            .small_px = 6,
                            .patch_px = 3,
                            .channels = 1,
                            .width = C,
                            .depth = 2,
                            .heads = 3,
                            .norm_eps = 1e-6,
                            .class_token = class_token,
                            .mask_token = 1};
    *b = (bench){.pass = *pass};
    b->pass.T += class_token;
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, &shape, recompute);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, &shape, recompute);
    vt_params_init(b->params.values, b->params.info, b->params.count, 11);
    fill(b->params.values, b->params.size, 0.1, 0);
    fill(b->images, IMAGES * PIXELS, 1, 1);
    fill(b->weights, IMAGES * (PLACES + 1) * C, 1, 2);
}

static double loss_of(bench *b)
{
    double sum = 0;
    vt_trunk_forward(&b->trunk, &b->saved, &b->pass, b->images, &b->scratch);
    for (isize i = 0; i < vt_pass_rows(&b->pass) * C; i++)
        sum += (double)b->weights[i] * (double)b->saved.final[i];
    return sum;
}

static void check_gradients(const vt_pass *pass, int class_token, int recompute)
{
    bench b;
    const double h = 1e-5;
    vt_rng rng = vt_rng_at(3, VT_RNG_TEST, 1, 0);
    open_bench(&b, pass, class_token, recompute);
    (void)loss_of(&b);
    vt_trunk_backward(&b.trunk, &b.saved, &b.pass, b.weights, &b.scratch);
    for (isize p = 0; p < b.params.count; p++) {
        const vt_param_info *info = &b.params.info[p];
        for (int draw = 0; draw < DRAWS; draw++) {
            isize at =
                info->offset + (isize)vt_rng_below(&rng, (uint64_t)(info->rows * info->cols));
            vt_real kept = b.params.values[at];
            b.params.values[at] = (vt_real)((double)kept + h);
            double above = loss_of(&b);
            b.params.values[at] = (vt_real)((double)kept - h);
            double below = loss_of(&b);
            b.params.values[at] = kept;
            double slope = (above - below) / (2 * h);
            check_near(info->name, (double)b.params.grads[at], slope, 1e-7 + 1e-6 * fabs(slope));
        }
    }
    vt_arena_close(&b.arena);
}

static void check_pass(const vt_pass *pass)
{
    for (int v = 0; v < 4; v++) check_gradients(pass, v & 1, v >> 1);
}

static const int32_t order[] = {4, 0, 8, 2, 6, 1, 7, 3, 5}, image_of[] = {2, 0, 1},
                     own_order[] = {4, 0, 8, 2, 1, 3, 5, 7, 8, 7, 6, 5},
                     masked[IMAGES * PLACES] = {1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0,
                                                0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static void with_and_without_a_class_token(void)
{
    check_pass(&(vt_pass){.B = IMAGES, .T = PLACES});
    check_pass(&(vt_pass){.B = IMAGES, .T = PLACES, .mask = VT_MASK_CAUSAL});
}

static void with_mask_tokens(void)
{
    vt_pass pass = {.B = IMAGES, .T = PLACES, .tokens = {.masked = masked}};
    check_pass(&pass);
    pass.tokens.places = order;
    check_pass(&pass);
}

static void with_some_of_the_places(void)
{
    vt_tokens tokens = {.places = own_order, .places_ld = 4};
    check_pass(&(vt_pass){.B = IMAGES, .T = 4, .image_of = image_of, .tokens = tokens});
    check_pass(&(vt_pass){.B = IMAGES, .T = 1, .tokens = {.places = own_order, .places_ld = 1}});
}

static void with_smaller_images(void)
{
    vt_tokens tokens = {.side = 2, .masked = masked};
    check_pass(&(vt_pass){.B = IMAGES, .T = 4, .tokens = tokens});
}

static void with_rows_that_nobody_reads(void)
{
    static const vt_range rows[IMAGES] = {{0, 1}, {4, 9}, {3, 3}};
    check_pass(&(vt_pass){.B = IMAGES,
                          .T = PLACES,
                          .wanted = VT_ROWS_GIVEN,
                          .rows = rows,
                          .tokens = {.masked = masked, .places = order}});
}

SUITE(grad_embed, {"with and without a class token", with_and_without_a_class_token},
      {"with mask tokens", with_mask_tokens}, {"with some of the places", with_some_of_the_places},
      {"with smaller images", with_smaller_images},
      {"with rows that nobody reads", with_rows_that_nobody_reads})
