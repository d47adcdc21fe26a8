/* The gradients of the projection head and of KoLeo by themselves, by central differences. */
#include "base/rng.h"
#include "check.h"
#include "objective/distil_head.h"
#include "objective/koleo.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { R = 5, C = 6, W = 8, E = 3, K = 7, PARAMS = 7 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_param_info info[PARAMS];
    vt_distil_head head;
    vt_distil_head_saved saved;
    vt_scratch scratch;
    vt_real *x, *dx, *weights, *dlogits;
} bench;

static const vt_distil_head_shape shape = {.in = C, .width = W, .bottleneck = E, .prototypes = K};

static void carve(bench *b)
{
    vt_params counted = {0};
    (void)vt_distil_head_plan(&shape, &counted, "head");
    b->params = (vt_params){.values = VT_TAKE(&b->arena, vt_real, counted.size),
                            .grads = VT_TAKE(&b->arena, vt_real, counted.size),
                            .info = b->info};
    b->head = vt_distil_head_plan(&shape, &b->params, "head");
    b->saved = vt_distil_head_saved_plan(&shape, R, &b->arena);
    b->x = VT_TAKE(&b->arena, vt_real, R * C);
    b->dx = VT_TAKE(&b->arena, vt_real, R * C);
    b->weights = VT_TAKE(&b->arena, vt_real, R * K);
    b->dlogits = VT_TAKE(&b->arena, vt_real, R * K);
}

static void fill(vt_real *x, isize count, uint64_t seed)
{
    vt_rng rng = vt_rng_at(seed, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < count; i++) x[i] = (vt_real)vt_rng_normal(&rng);
}

static void open_bench(bench *b)
{
    vt_error err;
    *b = (bench){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b);
    fill(b->params.values, b->params.size, 1);
    fill(b->x, R * C, 2);
    fill(b->weights, R * K, 3);
}

/* A sum of the logits, weighed at random. */
static double loss_of(bench *b)
{
    double sum = 0;
    vt_distil_head_forward(&b->head, &b->saved, b->x, R, &b->scratch);
    for (int i = 0; i < R * K; i++) sum += (double)b->weights[i] * (double)b->saved.logits[i];
    return sum;
}

static void check_slopes(const char *what, bench *b, vt_real *values, const vt_real *grads,
                         isize count)
{
    const double h = 1e-6;
    for (isize i = 0; i < count; i++) {
        vt_real kept = values[i];
        values[i] = (vt_real)((double)kept + h);
        double above = loss_of(b);
        values[i] = (vt_real)((double)kept - h);
        double slope = (above - loss_of(b)) / (2 * h);
        values[i] = kept;
        check_near(what, (double)grads[i], slope, 1e-8 + 1e-7 * fabs(slope));
    }
}

static void backward(bench *b, int frozen)
{
    (void)loss_of(b);
    memset(b->params.grads, 0, (size_t)b->params.size * sizeof *b->params.grads);
    vt_distil_head_backward(&b->head, &b->saved, b->x, b->weights, b->dx, R, frozen, &b->scratch);
}

static void the_projection_head(void)
{
    bench b;
    open_bench(&b);
    backward(&b, 0);
    for (int p = 0; p < PARAMS; p++) {
        const vt_param_info *info = &b.info[p];
        check_slopes(info->name, &b, b.params.values + info->offset, b.params.grads + info->offset,
                     info->rows * info->cols);
    }
    check_slopes("x", &b, b.x, b.dx, R * C);
    vt_arena_close(&b.arena);
}

static void a_frozen_last_layer_has_no_gradient(void)
{
    bench b;
    open_bench(&b);
    backward(&b, 1);
    const vt_param_info *last = &b.info[PARAMS - 1], *before = &b.info[PARAMS - 2];
    for (isize i = 0; i < K * E; i++) CU_ASSERT((double)b.params.grads[last->offset + i] == 0);
    check_slopes("the layer before", &b, b.params.values + before->offset,
                 b.params.grads + before->offset, E);
    vt_arena_close(&b.arena);
}

static void koleo(void)
{
    enum { B = 6 };
    vt_real x[B * C], dx[B * C], unit[B * C], dunit[B * C], product[B * B];
    const vt_koleo_work work = {unit, dunit, product};
    const double h = 1e-6, scale = 0.3;
    double losses[B];
    fill(x, B * C, 4);
    for (int i = 0; i < B * C; i++) dx[i] = 1; /* is added to */
    vt_koleo(losses, dx, x, B, C, scale, &work);
    for (int i = 0; i < B * C; i++) {
        double sums[2] = {0, 0};
        vt_real kept = x[i];
        for (int side = 0; side < 2; side++) {
            x[i] = (vt_real)((double)kept + (side ? h : -h));
            vt_koleo(losses, NULL, x, B, C, scale, &work);
            for (int j = 0; j < B; j++) sums[side] += losses[j];
        }
        x[i] = kept;
        check_near("x", (double)dx[i], 1 + scale * (sums[1] - sums[0]) / (2 * h), 1e-7);
    }
}

SUITE(grad_distil, {"the projection head", the_projection_head},
      {"a frozen last layer has no gradient", a_frozen_last_layer_has_no_gradient},
      {"KoLeo", koleo})
