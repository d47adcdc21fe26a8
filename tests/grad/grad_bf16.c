/* Loss and gradients of the whole objective against its plain form, in full precision, and with the
 * inputs of every product rounded to bf16 by the test itself. In double precision nothing but the
 * rounding is left to differ, and no sum comes so near to the middle between two bf16 numbers that
 * its own order decides, so the two agree to the last digits. */
#include "base/rng.h"
#include "check.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "plain_aim.h"
#include <math.h>

enum { IMAGES = 3, GRADS = 1 << 14 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_aim aim;
    vt_aim_saved saved;
    vt_scratch scratch;
    vt_real *images;
    int32_t prefix_len[IMAGES];
    vt_pass pass;
} bench;

static void carve(bench *b, const vt_aim_shape *shape, int half, int recompute)
{
    vt_params counted = {0};
    vt_arena none = {0}, *arena = &b->arena;
    const vt_trunk_shape *trunk = &shape->trunk;
    (void)vt_aim_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(arena, vt_real, counted.size);
    if (half) b->params.halves = VT_TAKE(arena, vt_bf16, counted.size);
    b->aim = vt_aim_plan(shape, &b->params, arena);
    b->saved = vt_aim_saved_plan(shape, IMAGES, recompute, arena);
    vt_scratch_size size = vt_aim_scratch_size(shape, IMAGES);
    size.recompute = 1;
    size.half = half;
    b->scratch = vt_scratch_plan(arena, &size);
    b->images = VT_TAKE(arena, vt_real,
                        (isize)IMAGES * trunk->channels * trunk->image_px * trunk->image_px);
}

static void open_bench(bench *b, const vt_aim_shape *shape, vt_mask_kind mask, int half,
                       int recompute)
{
    vt_error err = {0};
    vt_rng rng = vt_rng_at(7, VT_RNG_TEST, 0, 0);
    *b = (bench){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, shape, half, recompute);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, shape, half, recompute);
    CU_ASSERT_FATAL(b->params.size <= GRADS);
    vt_params_init(b->params.values, b->params.info, b->params.count, 11);
    for (isize i = 0; i < b->params.size; i++)
        b->params.values[i] += (vt_real)(0.1 * vt_rng_normal(&rng));
    if (half) vt_kernels_now()->round_bf16(b->params.halves, b->params.values, b->params.size);
    isize px = shape->trunk.image_px, T = vt_trunk_tokens(&shape->trunk);
    for (isize i = 0; i < IMAGES * shape->trunk.channels * px * px; i++)
        b->images[i] = (vt_real)vt_rng_normal(&rng);
    for (int i = 0; i < IMAGES; i++)
        b->prefix_len[i] = (int32_t)(i == 0 ? 1 : i == 1 ? T - 1 : T / 2);
    b->pass = (vt_pass){.B = IMAGES,
                        .T = T,
                        .mask = mask,
                        .prefix_len = b->prefix_len,
                        .wanted = VT_ROWS_PREDICTING,
                        .tokens = {.places = b->aim.places}};
}

static double whole(double x)
{
    return x;
}

static double to_bf16(double x)
{
    int exponent = 0; /* x = f 2^exponent with f in [0.5, 1), of which 8 bits stay */
    double f = frexp((double)(float)x, &exponent);
    return ldexp(nearbyint(ldexp(f, 8)), exponent - 8);
}

/* The largest difference of two gradients, in parts of the largest gradient. */
static double gap(const bench *b, const double *want)
{
    double worst = 0, most = 0;
    for (isize p = 0; p < b->params.count; p++) {
        const vt_param_info *info = &b->params.info[p];
        for (isize i = info->offset; i < info->offset + info->rows * info->cols; i++) {
            double g = fabs((double)b->params.grads[i] - want[i]);
            if (!(g <= worst)) worst = g;
            most = fmax(most, fabs(want[i]));
        }
    }
    return worst / most;
}

static void check_plain(const vt_aim_shape *shape, vt_mask_kind mask, int half, int recompute)
{
    static double grads[GRADS];
    bench b;
    open_bench(&b, shape, mask, half, recompute);
    isize pairs = vt_pass_rows(&b.pass);
    vt_aim_forward(&b.aim, &b.saved, &b.pass, b.images, &b.scratch);
    double loss = vt_aim_loss(&b.aim, &b.saved, &b.pass, pairs) / (double)pairs;
    vt_aim_backward(&b.aim, &b.saved, &b.pass, &b.scratch);
    double want = plain_aim(grads, shape, &b.params, &b.pass, b.images, half ? to_bf16 : whole);
    check_near("loss", loss / want, 1, 1e-12);
    check_near("gradients", gap(&b, grads), 0, 1e-11);
    if (half) { /* and the other arithmetic is so far off that neither is taken for the other */
        want = plain_aim(grads, shape, &b.params, &b.pass, b.images, whole);
        CU_ASSERT(fabs(loss / want - 1) > 1e-6);
        CU_ASSERT(gap(&b, grads) > 1e-4);
    }
    vt_arena_close(&b.arena);
}

static vt_aim_shape shape_of(int channels, int image_px, int norm_skip, int norm_pix)
{
    return (vt_aim_shape){.trunk = {.image_px = image_px,
                                    .patch_px = 3,
                                    .channels = channels,
                                    .width = 12,
                                    .depth = 2,
                                    .heads = 3,
                                    .norm_eps = 1e-6},
                          .head_width = 20,
                          .head_depth = 2,
                          .head_norm_skip = norm_skip,
                          .norm_pix = norm_pix};
}

static void check_shapes(int half)
{
    for (int recompute = 0; recompute < 2; recompute++) {
        vt_aim_shape grey = shape_of(1, 9, 0, 1), rgb = shape_of(3, 6, 0, 0);
        vt_aim_shape skip = shape_of(1, 12, 1, 1), least = shape_of(1, 9, 0, 1);
        least.head_depth = 0;
        least.trunk.depth = 1;
        least.trunk.heads = 12;
        vt_aim_shape linear = shape_of(3, 6, 0, 1), attends = shape_of(1, 12, 0, 1);
        linear.head_kind = VT_DECODER_NONE;
        linear.order = VT_ORDER_REVERSE;
        attends.head_kind = VT_DECODER_TRANSFORMER;
        attends.head_heads = 5;
        attends.order = VT_ORDER_SPIRAL;
        check_plain(&linear, VT_MASK_PREFIX, half, recompute);
        check_plain(&attends, VT_MASK_PREFIX, half, recompute);
        check_plain(&attends, VT_MASK_CAUSAL, half, recompute);
        check_plain(&grey, VT_MASK_PREFIX, half, recompute);
        check_plain(&rgb, VT_MASK_CAUSAL, half, recompute);
        check_plain(&skip, VT_MASK_PREFIX, half, recompute);
        check_plain(&least, VT_MASK_CAUSAL, half, recompute);
    }
}

static void in_full_precision_it_is_the_plain_form(void)
{
    check_shapes(0);
}

static void in_bf16_it_is_the_plain_form_on_rounded_inputs(void)
{
    check_shapes(1);
}

SUITE(grad_bf16, {"in full precision it is the plain form", in_full_precision_it_is_the_plain_form},
      {"in bf16 it is the plain form on rounded inputs",
       in_bf16_it_is_the_plain_form_on_rounded_inputs})
