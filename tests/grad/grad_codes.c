/* In double precision by central differences: every parameter of the VQ autoencoder, with the
 * gradient straight through the choice of a code, and the logits of a cross-entropy. */
#include "base/rng.h"
#include "check.h"
#include "codes/vq.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "ops/softmax_xent.h"
#include <math.h>
#include <string.h>

static const double STEP = 1e-5, WEIGHT = 0.25;
enum { N = 7 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_vq vq;
    vt_vq_saved saved;
    vt_real *x, *entries, *offsets, *scratch;
    vt_real *q, *shift; /* what straight through takes for constants: the entries, q - z */
} bench;

static void carve(bench *b, const vt_vq_shape *shape)
{
    vt_params counted = {0};
    (void)vt_vq_plan(shape, &counted);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, VT_VQ_PARAMS)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->vq = vt_vq_plan(shape, &b->params);
    b->saved = vt_vq_saved_plan(shape, N, &b->arena);
    b->x = VT_TAKE(&b->arena, vt_real, N * shape->P);
    b->entries = VT_TAKE(&b->arena, vt_real, shape->K * shape->D);
    b->offsets = VT_TAKE(&b->arena, vt_real, shape->K);
    b->scratch = VT_TAKE(&b->arena, vt_real, VT_CODES_BLOCK * shape->K);
    b->q = VT_TAKE(&b->arena, vt_real, N * shape->D);
    b->shift = VT_TAKE(&b->arena, vt_real, N * shape->D);
}

static void fill(vt_real *out, isize count, uint64_t stream)
{
    vt_rng rng = vt_rng_at(5, VT_RNG_TEST, stream, 0);
    for (isize i = 0; i < count; i++) out[i] = (vt_real)vt_rng_normal(&rng);
}

static void open_bench(bench *b, const vt_vq_shape *shape)
{
    vt_error err;
    *b = (bench){0};
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    carve(b, shape);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, shape);
    CU_ASSERT_EQUAL(b->params.count, VT_VQ_PARAMS);
    vt_params_init(b->params.values, b->params.info, b->params.count, 2);
    for (isize i = 0; i < b->params.size; i++) b->params.values[i] += (vt_real)0.05;
    fill(b->x, N * shape->P, 1);
    fill(b->entries, shape->K * shape->D, 2);
    vt_points_offsets(b->offsets, b->entries, shape->K, shape->D);
}

/* Forward, the loss, and backward; keeps what the differences take for constants. */
static double learn_once(bench *b)
{
    int32_t codes[N];
    const vt_vq_shape *shape = &b->vq.shape;
    vt_points points = {b->entries, b->offsets, shape->K, shape->D};
    vt_scratch t = {0};
    vt_vq_encode(&b->vq, &b->saved, b->x, N);
    vt_nearest(codes, &points, b->saved.z, N, b->scratch);
    vt_kernels_now()->gather_rows(b->q, b->entries, codes, N, shape->D);
    for (isize i = 0; i < N * shape->D; i++) b->shift[i] = b->q[i] - b->saved.z[i];
    memcpy(b->saved.q, b->q, (size_t)(N * shape->D) * sizeof *b->q);
    vt_vq_decode(&b->vq, &b->saved, N);
    vt_vq_loss loss = vt_vq_loss_of(&b->vq, &b->saved, b->x, N, N, WEIGHT);
    vt_vq_backward(&b->vq, &b->saved, b->x, N, &t);
    return loss.error / (double)(N * shape->P) + WEIGHT * loss.commitment / (double)(N * shape->D);
}

/* The loss that straight through is the gradient of: decoder(z + (q - z)) with q - z a constant. */
static double surrogate(bench *b)
{
    const vt_vq_shape *shape = &b->vq.shape;
    double error = 0, commitment = 0;
    vt_vq_encode(&b->vq, &b->saved, b->x, N);
    for (isize i = 0; i < N * shape->D; i++) {
        double gap = (double)(b->saved.z[i] - b->q[i]);
        commitment += gap * gap;
        b->saved.q[i] = b->saved.z[i] + b->shift[i];
    }
    vt_vq_decode(&b->vq, &b->saved, N);
    for (isize i = 0; i < N * shape->P; i++) {
        double gap = (double)(b->saved.pred[i] - b->x[i]);
        error += gap * gap;
    }
    return error / (double)(N * shape->P) + WEIGHT * commitment / (double)(N * shape->D);
}

static void the_autoencoder_straight_through(void)
{
    static const vt_vq_shape shapes[] = {{5, 9, 3, 4}, {12, 6, 7, 10}, {1, 3, 1, 2}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        bench b;
        open_bench(&b, &shapes[s]);
        double loss = learn_once(&b), size = 0;
        check_near("loss", surrogate(&b), loss, 1e-12);
        for (isize p = 0; p < b.params.count; p++) {
            const vt_param_info *info = &b.params.info[p];
            for (isize i = 0; i < info->rows * info->cols; i++) {
                vt_real *value = &b.params.values[info->offset + i], kept = *value;
                *value = kept + (vt_real)STEP;
                double above = surrogate(&b);
                *value = kept - (vt_real)STEP;
                double below = surrogate(&b);
                *value = kept;
                double got = (double)b.params.grads[info->offset + i];
                check_near(info->name, got, (above - below) / (2 * STEP), 2e-9);
                size = fmax(size, fabs(got));
            }
        }
        CU_ASSERT(size > 1e-3);
        vt_arena_close(&b.arena);
    }
}

/* In place, as a head's logits are: the gradient of scale times the sum over rows. */
static void the_logits_of_a_cross_entropy(void)
{
    static const isize shapes[][2] = {{1, 2}, {3, 17}, {5, 64}, {2, 301}};
    static vt_real logits[1024], d[1024];
    const double scale = 0.3;
    (void)vt_kernels_setup();
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        isize rows = shapes[s][0], K = shapes[s][1];
        int32_t labels[8];
        static vt_real scrap[1024];
        fill(logits, rows * K, 10 + s);
        for (isize r = 0; r < rows; r++) labels[r] = (int32_t)((r * 7 + 3) % K);
        memcpy(d, logits, (size_t)(rows * K) * sizeof *d);
        (void)vt_softmax_xent(d, d, labels, rows, K, (vt_real)scale);
        for (isize i = 0; i < rows * K; i++) {
            vt_real kept = logits[i];
            logits[i] = kept + (vt_real)STEP;
            double above = vt_softmax_xent(scrap, logits, labels, rows, K, 1);
            logits[i] = kept - (vt_real)STEP;
            double below = vt_softmax_xent(scrap, logits, labels, rows, K, 1);
            logits[i] = kept;
            check_near("dlogit", (double)d[i], scale * (above - below) / (2 * STEP), 1e-9);
        }
    }
}

SUITE(grad_codes, {"the autoencoder straight through", the_autoencoder_straight_through},
      {"the logits of a cross-entropy", the_logits_of_a_cross_entropy})
