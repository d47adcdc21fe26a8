/* The parts of self-distillation, each against a case worked by hand: Sinkhorn-Knopp, centring,
 * KoLeo, masks of blocks, the teacher's average, the head. */
#include "check.h"
#include "core_fixture.h"
#include "objective/blockwise.h"
#include "objective/distil_head.h"
#include "objective/koleo.h"
#include "objective/sinkhorn.h"
#include "objective/teacher.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

static void begin(void)
{
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
}

/* ---- targets ---- */

enum { ROWS = 200, K = 300 };
static vt_real logits[ROWS * K], other[ROWS * K], row_factor[ROWS], column_factor[K], sums[K];
static const vt_sinkhorn_work work = {row_factor, column_factor, sums};

/* Powers 1, 1 and 3, 1. Columns, then rows, become 1/2: (1/6 1/3, 3/10 1/5), then (2/11 7/22, 6/19
 * 7/38), then half of what stands below. */
static void sinkhorn_of_two_rows_by_hand(void)
{
    const double want[4] = {15. / 41, 26. / 41, 45. / 71, 26. / 71}, temperature = 0.05;
    begin();
    for (int shift = 0; shift < 2; shift++) { /* what all have in common does not matter */
        vt_real q[4] = {0, 0, (vt_real)(temperature * log(3)), 0};
        for (int i = 0; i < 4; i++) q[i] += (vt_real)shift * 10;
        vt_sinkhorn(q, 2, 2, temperature, NULL, &work);
        for (int i = 0; i < 4; i++)
            check_near("share", (double)q[i], want[i], core_bound(shift ? 1e-4 : 1e-6, 1e-12));
    }
}

/* As it is written: Q of K rows and B columns, divided by sums again and again. */
static void plain_sinkhorn(double *q, int B, double temperature)
{
    double total = 0;
    for (int i = 0; i < B * K; i++) total += q[i] = exp((double)logits[i] / temperature);
    for (int i = 0; i < B * K; i++) q[i] /= total;
    for (int round = 0; round < 3; round++) {
        for (int k = 0; k < K; k++) {
            double sum = 0;
            for (int b = 0; b < B; b++) sum += q[b * K + k];
            for (int b = 0; b < B; b++) q[b * K + k] /= sum * K;
        }
        for (int b = 0; b < B; b++) {
            double sum = 0;
            for (int k = 0; k < K; k++) sum += q[b * K + k];
            for (int k = 0; k < K; k++) q[b * K + k] /= sum * B;
        }
    }
    for (int i = 0; i < B * K; i++) q[i] *= B;
}

static void sinkhorn_is_that_of_the_plain_loops_for_any_number_of_workers(void)
{
    static const int workers[] = {1, 2, 3}, rows[] = {1, 63, 64, 65, ROWS};
    static double want[ROWS * K];
    begin();
    for (int r = 0; r < 5; r++) {
        core_fill(logits, (isize)rows[r] * K, 4);
        for (isize i = 0; i < (isize)rows[r] * K; i++) logits[i] *= (vt_real)0.2;
        plain_sinkhorn(want, rows[r], 0.05);
        memcpy(other, logits, sizeof other);
        vt_sinkhorn(logits, rows[r], K, 0.05, NULL, &work);
        for (isize i = 0; i < (isize)rows[r] * K; i++)
            check_near("share", (double)logits[i], want[i], core_bound(2e-5, 1e-11) * want[i]);
        for (int w = 0; w < 3; w++) {
            static vt_real again[ROWS * K];
            vt_pool *pool = NULL;
            vt_error err;
            CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, workers[w], &err), VT_OK);
            memcpy(again, other, sizeof again);
            vt_sinkhorn(again, rows[r], K, 0.05, pool, &work);
            CU_ASSERT(core_same(again, logits, (isize)rows[r] * K));
            vt_pool_close(&pool);
        }
    }
    vt_sinkhorn(logits, 0, K, 0.05, NULL, &work); /* nothing masked: nothing to do */
}

/* A prototype that no row can reach takes no share, and makes none no number. */
static void powers_too_small_for_a_number_are_no_share(void)
{
    vt_real q[4] = {0, -1000, 0, -1000};
    begin();
    vt_sinkhorn(q, 2, 2, 0.01, NULL, &work);
    for (int i = 0; i < 4; i++)
        CU_ASSERT(i % 2 == 0 ? fabs((double)q[i] - 1) < 1e-5 : (double)q[i] == 0);
}

static void centring_by_hand(void)
{
    vt_real q[4] = {1, 3, (vt_real)(2 + 0.5 * log(3)), 3}, centre[2] = {2, 3}, mean[2];
    begin();
    vt_column_means(mean, q, 2, 2);
    check_near("mean", (double)mean[0], 1.5 + 0.25 * log(3), core_bound(1e-6, 1e-15));
    check_near("mean", (double)mean[1], 3, 0);
    vt_centred_softmax(q, centre, 2, 2, 0.5, NULL);
    check_near("share", (double)q[0], 1 / (1 + exp(2)), core_bound(1e-6, 1e-14));
    check_near("share", (double)q[2], 0.75, core_bound(1e-6, 1e-14));
    check_near("share", (double)q[3], 0.25, core_bound(1e-6, 1e-14));
    vt_column_means(mean, q, 0, 2);
    CU_ASSERT((double)mean[0] == 0 && (double)mean[1] == 0);
}

/* ---- KoLeo ---- */

static void koleo_by_hand(void)
{
    vt_real unit[8], dunit[8], product[16];
    const vt_koleo_work koleo = {unit, dunit, product};
    const vt_real x[] = {2, 0, 0, 3, 5, 5}, same[] = {1, 2, 2, 4};
    double losses[3], distance = sqrt(2 - sqrt(2));
    begin();
    vt_koleo(losses, NULL, x, 3, 2, 1, &koleo);
    for (int i = 0; i < 3; i++)
        check_near("loss", losses[i], -log(distance + 1e-8), core_bound(1e-6, 1e-12));
    vt_koleo(losses, NULL, x, 1, 2, 1, &koleo);
    CU_ASSERT(losses[0] == 0); /* alone */
    vt_real dx[4] = {0};
    vt_koleo(losses, dx, same, 2, 2, 1, &koleo);
    for (int i = 0; i < 4; i++) CU_ASSERT(isfinite(dx[i]));
    CU_ASSERT(losses[0] > 15 && losses[0] < 18.5); /* the same, but for rounding */
}

/* ---- masks ---- */

static void check_mask(const int32_t *masked, isize side, isize count, isize wanted)
{
    isize sum = 0;
    for (isize i = 0; i < side * side; i++) {
        CU_ASSERT(masked[i] == 0 || masked[i] == 1);
        sum += masked[i];
    }
    CU_ASSERT(sum == count && count <= wanted);
}

static void blocks_mask_no_more_than_wanted(void)
{
    static const isize sides[] = {4, 8, 14};
    int32_t masked[14 * 14], again[14 * 14];
    for (int s = 0; s < 3; s++) {
        isize side = sides[s], third = side / 3 > 1 ? side / 3 : 1, got = 0, asked = 0;
        vt_blockwise_shape shape = {.side = side, .least = third * third, .most = side * side / 2};
        for (uint64_t i = 0; i < 200; i++) {
            vt_rng rng = vt_rng_at(1, VT_RNG_TEST, 5, i), same = rng;
            isize wanted = (isize)i % (side * side / 2 + 1);
            isize count = vt_blockwise(masked, &shape, wanted, &rng);
            check_mask(masked, side, count, wanted);
            CU_ASSERT_EQUAL(vt_blockwise(again, &shape, wanted, &same), count);
            CU_ASSERT_EQUAL(memcmp(again, masked, (size_t)(side * side) * sizeof *masked), 0);
            if (wanted == 0) CU_ASSERT_EQUAL(count, 0);
            got += count;
            asked += wanted;
        }
        CU_ASSERT(got > asked * 3 / 4); /* few tries find no block */
    }
}

/* A block has about the area that it is given, and no extreme shape. */
static void a_mask_of_one_block_is_a_rectangle(void)
{
    enum { SIDE = 14 };
    int blocks = 0;
    int32_t masked[SIDE * SIDE];
    vt_blockwise_shape shape = {.side = SIDE, .least = 16, .most = 16};
    for (uint64_t i = 0; i < 100; i++) {
        vt_rng rng = vt_rng_at(2, VT_RNG_TEST, 5, i);
        isize count = vt_blockwise(masked, &shape, 16, &rng), top = SIDE, left = SIDE, bottom = -1,
              right = -1;
        for (isize y = 0; y < SIDE; y++)
            for (isize x = 0; x < SIDE; x++) {
                if (!masked[y * SIDE + x]) continue;
                top = vt_min(top, y);
                left = vt_min(left, x);
                bottom = y > bottom ? y : bottom;
                right = x > right ? x : right;
            }
        isize height = bottom - top + 1, width = right - left + 1;
        if (height * width != count) continue; /* what was left went to a second block */
        blocks++;
        CU_ASSERT(count >= 12 && 4 * height >= width && 4 * width >= height);
    }
    CU_ASSERT(blocks > 20);
}

/* ---- the teacher ---- */

static void the_momentum_grows_along_half_a_cosine(void)
{
    check_near("first", vt_teacher_momentum(0.9, 0), 0.9, 1e-15);
    check_near("half", vt_teacher_momentum(0.9, 0.5), 0.95, 1e-15);
    check_near("third", vt_teacher_momentum(0.9, 1. / 3), 1 - 0.1 * 0.75, 1e-15);
    CU_ASSERT_EQUAL(vt_teacher_momentum(0.9, 1), 1);
}

static void a_teacher_begins_as_its_student_and_follows_it(void)
{
    enum { N = 40000, BEHIND = 16 };
    static vt_real student[N], teacher[N + BEHIND];
    vt_param_info info[2] = {{.rows = N, .cols = 1}, {.rows = 1, .cols = BEHIND, .offset = N}};
    vt_params params = {.values = student, .info = info, .count = 1, .size = N};
    vt_params state = {.values = teacher, .info = info, .count = 2, .size = N + BEHIND};
    begin();
    core_fill(student, N, 1);
    core_fill(teacher, N + BEHIND, 2);
    vt_teacher_start(&state, &params);
    CU_ASSERT(core_same(student, teacher, N));
    for (int i = N; i < N + BEHIND; i++) CU_ASSERT((double)teacher[i] == 0);
    for (int i = 0; i < N; i++) student[i] += 1;
    vt_teacher_follow(&state, &params, 0.75, 0, NULL);
    double worst = 0;
    for (int i = 0; i < N; i++)
        worst = fmax(worst, fabs((double)student[i] - (double)teacher[i] - 0.75));
    check_near("a quarter of the way", worst, 0, core_bound(1e-6, 1e-14));
    for (int i = N; i < N + BEHIND; i++) CU_ASSERT((double)teacher[i] == 0);
}

/* ---- the head ---- */

static void a_logit_is_the_cosine_to_a_prototype(void)
{
    enum { R = 3, C = 4, W = 8, E = 4, P = 5 };
    vt_distil_head_shape shape = {.in = C, .width = W, .bottleneck = E, .prototypes = P};
    vt_arena arena = {0};
    vt_params params = {0};
    vt_param_info info[7];
    vt_real x[R * C];
    vt_error err;
    vt_distil_head head = {0};
    vt_distil_head_saved saved;
    vt_scratch scratch = {0};
    begin();
    core_fill(x, R * C, 1);
    for (int pass = 0; pass < 2; pass++) {
        vt_params counted = {0};
        (void)vt_distil_head_plan(&shape, &counted, "head");
        params = (vt_params){.values = VT_TAKE(&arena, vt_real, counted.size), .info = info};
        head = vt_distil_head_plan(&shape, &params, "head");
        saved = vt_distil_head_saved_plan(&shape, R, &arena);
        if (pass == 0) CU_ASSERT_EQUAL_FATAL(vt_arena_open(&arena, &err), VT_OK);
    }
    vt_params_init(params.values, info, params.count, 3);
    CU_ASSERT_STRING_EQUAL(info[0].name, "head.mlp.0.weight");
    CU_ASSERT_STRING_EQUAL(info[6].name, "head.last_layer.weight_v");
    vt_distil_head_forward(&head, &saved, x, R, &scratch);
    for (int r = 0; r < R; r++) {
        double length = 0;
        for (int e = 0; e < E; e++) length += pow((double)saved.unit[r * E + e], 2);
        check_near("length", length, 1, core_bound(1e-6, 1e-14));
        for (int p = 0; p < P; p++) {
            const vt_real *v = head.last.value + p * E;
            double dot = 0, own = 0;
            for (int e = 0; e < E; e++) {
                dot += (double)saved.unit[r * E + e] * (double)v[e];
                own += (double)v[e] * (double)v[e];
            }
            check_near("cosine", (double)saved.logits[r * P + p], dot / sqrt(own),
                       core_bound(1e-6, 1e-14));
        }
    }
    vt_arena_close(&arena);
}

SUITE(distil_parts, {"Sinkhorn of two rows by hand", sinkhorn_of_two_rows_by_hand},
      {"Sinkhorn is that of the plain loops for any number of workers",
       sinkhorn_is_that_of_the_plain_loops_for_any_number_of_workers},
      {"powers too small for a number are no share", powers_too_small_for_a_number_are_no_share},
      {"centring by hand", centring_by_hand}, {"KoLeo by hand", koleo_by_hand},
      {"blocks mask no more than wanted", blocks_mask_no_more_than_wanted},
      {"a mask of one block is a rectangle", a_mask_of_one_block_is_a_rectangle},
      {"the momentum grows along half a cosine", the_momentum_grows_along_half_a_cosine},
      {"a teacher begins as its student and follows it",
       a_teacher_begins_as_its_student_and_follows_it},
      {"a logit is the cosine to a prototype", a_logit_is_the_cosine_to_a_prototype})
