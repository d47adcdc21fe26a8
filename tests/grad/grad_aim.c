/* Every parameter's gradient of the whole objective, by central differences in double precision:
 * both masks with the shortest and the longest prefix, both head variants, with and without
 * recompute, grey and RGB, raw and normalised targets, codes, odd sizes. */
#include "base/rng.h"
#include "check.h"
#include "objective/aim.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 3, DRAWS = 6 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_aim aim;
    vt_aim_saved saved;
    vt_scratch scratch;
    vt_codebook codebook; /* where targets are codes */
    vt_real *images;
    int32_t prefix_len[IMAGES];
    vt_pass pass;
} bench;

static void carve(bench *b, const vt_aim_shape *shape, int recompute)
{
    vt_params counted = {0};
    vt_arena none = {0};
    const vt_trunk_shape *trunk = &shape->trunk;
    (void)vt_aim_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->aim = vt_aim_plan(shape, &b->params, &b->arena);
    b->saved = vt_aim_saved_plan(shape, IMAGES, recompute, &b->arena);
    vt_scratch_size size = vt_aim_scratch_size(shape, IMAGES);
    size.recompute = 1;
    b->scratch = vt_scratch_plan(&b->arena, &size);
    b->images = VT_TAKE(&b->arena, vt_real,
                        (isize)IMAGES * trunk->channels * trunk->image_px * trunk->image_px);
}

static int open_bench(bench *b, const vt_aim_shape *shape, vt_mask_kind mask, int recompute)
{
    vt_error err = {0};
    vt_rng rng = vt_rng_at(7, VT_RNG_TEST, 0, 0);
    *b = (bench){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, shape, recompute);
    if (vt_arena_open(&b->arena, &err) != VT_OK) return 0;
    carve(b, shape, recompute);
    vt_params_init(b->params.values, b->params.info, b->params.count, 11);
    /* Norms and biases leave their neutral values, so that a wrong use of them shows. */
    for (isize i = 0; i < b->params.size; i++)
        b->params.values[i] += (vt_real)(0.1 * vt_rng_normal(&rng));
    if (shape->codes.vq.K > 0 && vt_codebook_open(&b->codebook, &shape->codes, &err) != VT_OK)
        return 0;
    for (isize i = 0; i < shape->codes.vq.K * shape->codes.vq.P; i++)
        b->codebook.patches[i] = (vt_real)vt_rng_normal(&rng);
    isize px = shape->trunk.image_px;
    for (isize i = 0; i < IMAGES * shape->trunk.channels * px * px; i++)
        b->images[i] = (vt_real)vt_rng_normal(&rng);
    isize T = vt_trunk_tokens(&shape->trunk);
    for (int i = 0; i < IMAGES; i++)
        b->prefix_len[i] = (int32_t)(1 + vt_rng_below(&rng, (uint64_t)(T - 1)));
    b->prefix_len[0] = 1;
    b->prefix_len[1] = (int32_t)T - 1;
    b->pass = (vt_pass){.B = IMAGES,
                        .T = T,
                        .mask = mask,
                        .prefix_len = b->prefix_len,
                        .wanted = VT_ROWS_PREDICTING,
                        .tokens = {.places = b->aim.places}};
    return 1;
}

static double loss_of(bench *b)
{
    isize pairs = vt_pass_rows(&b->pass);
    vt_aim_forward(&b->aim, &b->saved, &b->pass, b->images, &b->scratch);
    vt_aim_code(&b->aim, &b->saved, &b->pass, &b->codebook);
    return vt_aim_loss(&b->aim, &b->saved, &b->pass, pairs) / (double)pairs;
}

static void check_gradients(const vt_aim_shape *shape, vt_mask_kind mask, int recompute)
{
    bench b;
    const double h = 1e-5;
    vt_rng rng = vt_rng_at(3, VT_RNG_TEST, 1, 0);
    if (!open_bench(&b, shape, mask, recompute)) {
        CU_FAIL("out of memory");
        return;
    }
    (void)loss_of(&b);
    vt_aim_backward(&b.aim, &b.saved, &b.pass, &b.scratch);
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
            check_near(info->name, (double)b.params.grads[at], slope, 1e-8 + 1e-6 * fabs(slope));
        }
    }
    vt_codebook_close(&b.codebook);
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

static void grey_images_with_a_prefix(void)
{
    vt_aim_shape shape = shape_of(1, 9, 0, 1);
    check_gradients(&shape, VT_MASK_PREFIX, 0);
}

static void rgb_images_with_a_causal_mask(void)
{
    vt_aim_shape shape = shape_of(3, 6, 0, 0);
    check_gradients(&shape, VT_MASK_CAUSAL, 0);
}

static void the_head_with_norm_skip(void)
{
    vt_aim_shape shape = shape_of(1, 12, 1, 1);
    check_gradients(&shape, VT_MASK_PREFIX, 0);
}

static void a_head_without_blocks(void)
{
    vt_aim_shape shape = shape_of(1, 9, 0, 1);
    shape.head_depth = 0;
    shape.trunk.depth = 1;
    shape.trunk.heads = 12;
    check_gradients(&shape, VT_MASK_CAUSAL, 0);
}

static void with_recompute(void)
{
    for (int norm_skip = 0; norm_skip < 2; norm_skip++) {
        vt_aim_shape shape = shape_of(1, 9, norm_skip, 1);
        shape.trunk.depth = shape.head_depth = 3;
        check_gradients(&shape, VT_MASK_PREFIX, 1);
        check_gradients(&shape, VT_MASK_CAUSAL, 1);
    }
}

static void codes_as_targets(void)
{
    vt_aim_shape shape = shape_of(3, 6, 0, 1);
    shape.codes = vt_codebook_shape_of(VT_CODES_KMEANS, 11, 27);
    check_gradients(&shape, VT_MASK_PREFIX, 0);
    check_gradients(&shape, VT_MASK_CAUSAL, 1);
}

static void every_kind_of_head_in_every_order(void)
{
    static const vt_decoder_kind kinds[] = {VT_DECODER_MLP, VT_DECODER_NONE,
                                            VT_DECODER_TRANSFORMER};
    for (int order = 0; order < VT_ORDERS; order++) {
        for (int v = 0; v < 6; v++) {
            vt_aim_shape shape = shape_of(1, 9, 0, 1);
            shape.head_kind = kinds[v / 2];
            shape.head_heads = 1 + order % 2;
            shape.head_depth = 1 + order / 2 % 2;
            shape.order = (vt_order)order;
            check_gradients(&shape, VT_MASK_PREFIX, v % 2);
            check_gradients(&shape, VT_MASK_CAUSAL, v % 2);
        }
    }
}

static void parameter_gradients_accumulate(void)
{
    bench b;
    vt_aim_shape shape = shape_of(1, 9, 1, 1);
    static vt_real once[1 << 16];
    if (!open_bench(&b, &shape, VT_MASK_PREFIX, 0)) {
        CU_FAIL("out of memory");
        return;
    }
    CU_ASSERT_FATAL(b.params.size <= (isize)(sizeof once / sizeof *once));
    (void)loss_of(&b);
    vt_aim_backward(&b.aim, &b.saved, &b.pass, &b.scratch);
    memcpy(once, b.params.grads, (size_t)b.params.size * sizeof *once);
    (void)loss_of(&b);
    vt_aim_backward(&b.aim, &b.saved, &b.pass, &b.scratch);
    double worst = 0, largest = 0;
    for (isize i = 0; i < b.params.size; i++) {
        worst = fmax(worst, fabs((double)b.params.grads[i] - 2 * (double)once[i]));
        largest = fmax(largest, fabs((double)once[i]));
    }
    CU_ASSERT(largest > 0);
    check_near("second backward", worst, 0, 1e-12 * largest);
    vt_arena_close(&b.arena);
}

SUITE(grad_aim, {"grey images with a prefix", grey_images_with_a_prefix},
      {"rgb images with a causal mask", rgb_images_with_a_causal_mask},
      {"the head with norm skip", the_head_with_norm_skip},
      {"a head without blocks", a_head_without_blocks}, {"with recompute", with_recompute},
      {"codes as targets", codes_as_targets},
      {"every kind of head in every order", every_kind_of_head_in_every_order},
      {"parameter gradients accumulate", parameter_gradients_accumulate})
