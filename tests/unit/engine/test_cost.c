/* What a model costs, by hand, and what a step does, counted one row at a time and as it is done.
 */
#include "base/profile.h"
#include "check.h"
#include "core_fixture.h"
#include "ops/gemm.h"
#include "train/learner.h"

static void the_cost_of_a_small_model_counted_by_hand(void)
{
    vt_aim_shape shape = core_shape();
    vt_cost cost = vt_aim_cost_of(&shape);
    /* T = 9, P = 4, C = 8, W = 12. Trunk: patch 8 * 4 + 8 = 40, its norm 16; a block has qkv 192,
     * proj 64, MLP 512, norms 32, together 800; the final norm 16. Head: projection 12 * 8 + 12 =
     * 108; a block has norm 24 and MLP 1152; norm 24, pred 4 * 12 + 4 = 52. */
    CU_ASSERT_EQUAL(cost.tokens, 9);
    CU_ASSERT_EQUAL(cost.params_trunk, 40 + 16 + 2 * 800 + 16);
    CU_ASSERT_EQUAL(cost.params_total, cost.params_trunk + 108 + 2 * (24 + 1152) + 24 + 52);
    /* Multiply-adds of an image: embedding 9 * 4 * 8 = 288; a block 9 * 192 + 9 * 64 + 9 * 512 =
     * 6912 and two T x T products of two heads of 4, 2 * 9 * 9 * 8 = 1296; head 9 * (96 + 2 * 1152
     * + 48) = 22032. */
    CU_ASSERT_EQUAL(cost.flops_trunk, 2 * (288 + 2 * (6912 + 1296)));
    CU_ASSERT_EQUAL(cost.flops_forward, 2 * (288 + 2 * (6912 + 1296) + 22032));
    CU_ASSERT_EQUAL(cost.flops_train, 3 * cost.flops_forward - 2 * 288);
    shape.head_norm_skip = 1;
    CU_ASSERT_EQUAL(vt_aim_cost_of(&shape).params_total, cost.params_total + 2 * 24);
    CU_ASSERT_EQUAL(vt_aim_cost_of(&shape).flops_train, cost.flops_train);
}

static void the_cost_of_each_kind_of_head_counted_by_hand(void)
{
    vt_aim_shape shape = core_shape();
    vt_cost mlp = vt_aim_cost_of(&shape);
    shape.head_kind = VT_DECODER_NONE; /* of 8 to 4 with a bias */
    vt_cost none = vt_aim_cost_of(&shape);
    CU_ASSERT_EQUAL(none.params_total, mlp.params_trunk + 36);
    CU_ASSERT_EQUAL(none.flops_forward, mlp.flops_trunk + 2 * 9 * 32);
    shape.head_kind = VT_DECODER_TRANSFORMER;
    vt_cost transformer = vt_aim_cost_of(&shape);
    /* More than an MLP block: qkv 3 * 144, proj 144, norm 24; two T x T products of 81 * 12. */
    CU_ASSERT_EQUAL(transformer.params_total, mlp.params_total + 2 * (4 * 144 + 24));
    CU_ASSERT_EQUAL(transformer.flops_forward,
                    mlp.flops_forward + 2 * 2 * (9 * 4 * 144 + 2 * 81 * 12));
    CU_ASSERT_EQUAL(transformer.flops_train, 3 * transformer.flops_forward - 2 * 288);
}

/* ---- the work of a step ---- */

enum { IMAGES = 3, TOKENS = 9 };

static void open_learner(vt_learner *l, const vt_aim_shape *shape, vt_mask_kind mask, int variant,
                         vt_pool *pool)
{
    vt_error err;
    vt_config config = core_shape_config(shape);
    core_choose(config.model_attention, mask == VT_MASK_CAUSAL ? "causal" : "prefix");
    core_choose(config.model_precision, variant & 2 ? "bf16" : "fp32");
    config.train_recompute = variant & 1;
    config.optim_batch_images = IMAGES;
    config.train_shards = 2;
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_learner_open(l, &config, pool, &err), VT_OK);
    vt_learner_reset(l, 1);
}

/* Multiply-adds, one row, key and product at a time. */
typedef struct {
    int64_t forward, again, backward;
} work;

static void count_linear(work *w, int64_t in, int64_t out, int made_again, int wants_dx)
{
    w->forward += in * out;
    if (made_again) w->again += in * out;
    w->backward += in * out * (wants_dx ? 2 : 1);
}

static void count_trunk_row(work *w, const vt_trunk_shape *s, int keys, int leaves)
{
    int C = s->width, d = C / s->heads;
    count_linear(w, C, 3 * C, 1, 1);
    if (!leaves) return;
    for (int h = 0; h < s->heads; h++)
        for (int k = 0; k < keys; k++) {
            w->forward += 2 * d; /* score, mixture */
            w->again += 2 * d;
            w->backward += 5 * d; /* score again; of q, k, v and the share */
        }
    count_linear(w, C, C, 1, 1);
    count_linear(w, C, 4 * C, 1, 1);
    count_linear(w, 4 * C, C, 0, 1);
}

/* predicts: of a row that one is read of; the others are keys of a transformer at most. */
static void count_head_row(work *w, const vt_aim_shape *s, int keys, int predicts)
{
    isize W = s->head_width, C = s->trunk.width, P = vt_patch_values(&s->trunk);
    vt_trunk_shape stack = {.width = (int)W, .heads = s->head_heads};
    int attends = s->head_kind == VT_DECODER_TRANSFORMER, mlp = s->head_kind == VT_DECODER_MLP;
    if (!predicts && !attends) return;
    if (attends || mlp) count_linear(w, C, W, 0, 1);
    for (int l = 0; l < s->head_depth; l++) {
        if (attends) count_trunk_row(w, &stack, keys, predicts || l < s->head_depth - 1);
        if (mlp) count_linear(w, W, 4 * W, 1, 1);
        if (mlp) count_linear(w, 4 * W, W, 0, 1);
    }
    isize K = s->codes.vq.K;
    if (predicts) count_linear(w, attends || mlp ? W : C, K > 0 ? K : P, 0, 1);
    if (predicts) w->forward += K * P; /* of the row to each centre */
}

static work count_pass(const vt_aim_shape *s, vt_mask_kind mask, const int32_t *prefix)
{
    work w = {0};
    for (int image = 0; image < IMAGES; image++) {
        int S = mask == VT_MASK_PREFIX ? prefix[image] : 1;
        for (int t = 0; t < TOKENS - 1; t++) { /* the last one predicts nothing */
            int keys = t + 1 > S ? t + 1 : S, predicts = t >= S - 1;
            count_linear(&w, vt_patch_values(&s->trunk), s->trunk.width, 0, 0);
            int read = predicts || s->head_kind == VT_DECODER_TRANSFORMER;
            for (int l = 0; l < s->trunk.depth; l++)
                count_trunk_row(&w, &s->trunk, keys, read || l < s->trunk.depth - 1);
            count_head_row(&w, s, keys, predicts);
        }
    }
    return w;
}

/* What a step says that it does, what it did, and what a plain count makes of it. */
static void check_work(const vt_aim_shape *shape, vt_mask_kind mask, const int32_t *prefix,
                       const vt_codebook *codebook, vt_pool *pool)
{
    static const vt_part products[] = {VT_PART_GEMM_FORWARD, VT_PART_GEMM_DX, VT_PART_GEMM_DW,
                                       VT_PART_ATTENTION_FORWARD, VT_PART_ATTENTION_BACKWARD};
    work w = count_pass(shape, mask, prefix);
    for (int variant = 0; variant < 4; variant++) {
        int64_t counted = 2 * (w.forward + w.backward + (variant & 1 ? w.again : 0)), did = 0;
        vt_learner l;
        open_learner(&l, shape, mask, variant, pool);
        core_fill(l.images, IMAGES * l.pixels, 2);
        l.codebook = codebook;
        for (int i = 0; prefix && i < IMAGES; i++) l.draws[i] = prefix[i];
        vt_pass pass = {.B = IMAGES,
                        .T = TOKENS,
                        .mask = mask,
                        .prefix_len = prefix,
                        .wanted = VT_ROWS_PREDICTING};
        vt_profile_reset();
        vt_profiling = 1;
        (void)vt_learner_step(&l, 0, 1);
        vt_profiling = 0;
        for (size_t p = 0; p < sizeof products / sizeof *products; p++)
            did += vt_profile_sum_of(products[p]).flops;
        CU_ASSERT_EQUAL(did, counted);
        CU_ASSERT_EQUAL(vt_learner_flops(&l), counted);
        CU_ASSERT_EQUAL(vt_aim_flops(l.models[0], &pass, variant & 1), counted);
        if (!(variant & 1)) CU_ASSERT(did < IMAGES * vt_aim_cost_of(shape).flops_train);
        vt_learner_close(&l);
    }
}

static void the_work_of_a_step_is_what_it_does(void)
{
    static const int32_t prefixes[][IMAGES] = {{1, 8, 4}, {8, 8, 8}, {1, 1, 1}};
    vt_pool *pool = NULL;
    vt_error err;
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, 2, &err), VT_OK);
    for (int v = 0; v < 8; v++) {
        vt_aim_shape shape = core_shape();
        shape.head_norm_skip = v & 1;
        shape.trunk.depth = v & 2 ? 1 : 3;
        shape.head_depth = v & 2 ? 0 : 2;
        if (v >= 4) shape.head_kind = v & 1 ? VT_DECODER_NONE : VT_DECODER_TRANSFORMER;
        if (v >= 4) shape.head_depth = v & 2 ? 1 : 2;
        check_work(&shape, VT_MASK_CAUSAL, NULL, NULL, pool);
        for (int p = 0; p < 3; p++) check_work(&shape, VT_MASK_PREFIX, prefixes[p], NULL, pool);
    }
    vt_pool_close(&pool);
}

static void codes_cost_what_finding_them_takes(void)
{
    static const int32_t prefix[IMAGES] = {1, 8, 4};
    vt_codebook codebook;
    vt_error err;
    vt_aim_shape shape = core_shape();
    vt_cost pixels = vt_aim_cost_of(&shape);
    shape.codes = vt_codebook_shape_of(VT_CODES_KMEANS, 7, 4);
    CU_ASSERT_EQUAL_FATAL(vt_codebook_open(&codebook, &shape.codes, &err), VT_OK);
    core_fill(codebook.patches, 7 * 4, 4);
    check_work(&shape, VT_MASK_PREFIX, prefix, &codebook, NULL);
    vt_codebook_close(&codebook);
    /* 9 tokens: three more logits each, of 12 inputs and with a bias; and 7 products of 4. */
    vt_cost cost = vt_aim_cost_of(&shape);
    CU_ASSERT_EQUAL(cost.params_total, pixels.params_total + 3 * 13);
    CU_ASSERT_EQUAL(cost.flops_forward, pixels.flops_forward + 2 * 9 * 3 * 12);
    CU_ASSERT_EQUAL(cost.flops_train, pixels.flops_train + 3 * 2 * 9 * 3 * 12 + 2 * 9 * 7 * 4);
    shape.codes = vt_codebook_shape_of(VT_CODES_VQ, 7, 4);
    int64_t H = shape.codes.vq.hidden, D = shape.codes.vq.D;
    CU_ASSERT_EQUAL(vt_codebook_flops(&shape.codes, 5), 10 * (4 * H + H * D + D * 7));
}

/* ---- parameters ---- */

static void a_plan_has_as_many_parameters_as_the_cost_says(void)
{
    vt_aim_shape shape = core_shape();
    vt_learner l;
    open_learner(&l, &shape, VT_MASK_CAUSAL, 0, NULL);
    isize sum = 0;
    for (isize p = 0; p < l.params.count; p++) {
        const vt_param_info *info = &l.params.info[p];
        isize shaped = 1;
        for (int d = 0; d < info->dims; d++) shaped *= info->shape[d];
        CU_ASSERT_EQUAL(shaped, info->rows * info->cols);
        sum += shaped;
    }
    CU_ASSERT_EQUAL(sum, vt_aim_cost_of(&shape).params_total);
    vt_learner_close(&l);
}

/* The exact sizes of the published backbones (aim.md 1.1). */
static void published_backbones_have_their_parameters(void)
{
    static const struct {
        int width, depth, heads;
        int64_t params;
    } sizes[] = {{1536, 24, 12, 680535552},
                 {2048, 24, 16, 1209370624},
                 {3072, 24, 24, 2720025600},
                 {4096, 32, 32, 6445404160}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vt_aim_shape shape = {.trunk = {.image_px = 224,
                                        .patch_px = 14,
                                        .channels = 3,
                                        .width = sizes[i].width,
                                        .depth = sizes[i].depth,
                                        .heads = sizes[i].heads,
                                        .norm_eps = 1e-6},
                              .head_width = 2048,
                              .head_depth = 12,
                              .norm_pix = 1};
        vt_cost cost = vt_aim_cost_of(&shape);
        CU_ASSERT_EQUAL(cost.params_trunk, sizes[i].params);
        CU_ASSERT_EQUAL(cost.tokens, 256);
    }
}

SUITE(cost,
      {"the cost of a small model counted by hand", the_cost_of_a_small_model_counted_by_hand},
      {"the cost of each kind of head counted by hand",
       the_cost_of_each_kind_of_head_counted_by_hand},
      {"the work of a step is what it does", the_work_of_a_step_is_what_it_does},
      {"codes cost what finding them takes", codes_cost_what_finding_them_takes},
      {"a plan has as many parameters as the cost says",
       a_plan_has_as_many_parameters_as_the_cost_says},
      {"published backbones have their parameters", published_backbones_have_their_parameters})
