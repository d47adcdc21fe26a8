/* K-means: what a round does, what it never does, and that neither workers nor chance between two
 * calls change a bit. */
#include "base/rng.h"
#include "check.h"
#include "codes/kmeans.h"
#include "core_fixture.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { ROOM = 1 << 14 };
static vt_real rows[ROOM], centres[ROOM], others[ROOM];

static vt_kmeans_options options_of(isize n, isize P, isize K, int rounds)
{
    return (vt_kmeans_options){.n = n, .P = P, .K = K, .rounds = rounds, .seed = 4};
}

static vt_kmeans_result learn(vt_real *out, const vt_kmeans_options *options)
{
    vt_kmeans_result result;
    vt_error err;
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_kmeans_learn(out, &result, rows, options, &err), VT_OK);
    return result;
}

/* Around (0, 0), (10, 0) and (0, 10): whichever rows are the seeds, the means are these. */
static void three_groups_are_found(void)
{
    static const vt_real groups[] = {0, 0,  1, 0,  0, 1,  1, 1,  10, 0, 10, 2,
                                     0, 10, 3, 10, 0, 13, 3, 13, 12, 0, 12, 2};
    static const vt_real means[3][2] = {
        {(vt_real)0.5, (vt_real)0.5}, {11, 1}, {(vt_real)1.5, (vt_real)11.5}};
    memcpy(rows, groups, sizeof groups);
    for (uint64_t seed = 0; seed < 5; seed++) {
        vt_kmeans_options options = options_of(12, 2, 3, 20);
        options.seed = seed;
        vt_kmeans_result result = learn(centres, &options);
        int found = 0;
        for (int m = 0; m < 3; m++)
            for (int k = 0; k < 3; k++) found += core_same(centres + 2 * k, means[m], 2);
        CU_ASSERT_EQUAL(found, 3);
        /* 4 rows at 0.5, 4 at 2 and 4 at 4.5, over 24 values */
        check_near("error", result.error, (4 * 0.5 + 4 * 2 + 4 * 4.5) / 24, 1e-6);
        CU_ASSERT_EQUAL(result.use.used, 3);
        check_near("perplexity", result.use.perplexity, 3, 1e-9);
    }
}

static void without_rounds_the_centres_are_different_rows(void)
{
    enum { N = 40, P = 3, K = 20 };
    core_fill(rows, N * P, 1);
    vt_kmeans_options options = options_of(N, P, K, 0);
    vt_kmeans_result result = learn(centres, &options);
    CU_ASSERT_EQUAL(result.rounds, 0);
    CU_ASSERT_EQUAL(result.use.used, K);
    for (int k = 0; k < K; k++) {
        int found = 0;
        for (int r = 0; r < N; r++) found += core_same(centres + k * P, rows + r * P, P);
        CU_ASSERT_EQUAL(found, 1);
    }
}

/* D^2 sampling: of a row at 0 and ones at 1 and 3, the second seed is the far one 9 times as often,
 * once the first has been drawn. */
static void seeds_are_drawn_by_squared_distance(void)
{
    int near = 0, far = 0;
    for (uint64_t seed = 0; seed < 6000; seed++) {
        vt_kmeans_options options = options_of(3, 1, 2, 0);
        rows[0] = 0, rows[1] = 1, rows[2] = 3;
        options.seed = seed;
        (void)learn(centres, &options);
        if (centres[0] > 0) continue;
        near += centres[1] < 2;
        far += centres[1] > 2;
    }
    CU_ASSERT(near + far > 1800 && near + far < 2200);
    check_near("share of the near one", near / (double)(near + far), 0.1, 0.03);
}

typedef struct {
    double errors[64];
    int calls, stop_at;
} heard;

static int hear(void *context, const vt_codes_progress *progress)
{
    heard *h = context;
    CU_ASSERT_EQUAL(progress->done, h->calls);
    CU_ASSERT(progress->perplexity >= 1);
    h->errors[h->calls++] = progress->error;
    return h->calls == h->stop_at;
}

static void the_error_never_rises(void)
{
    static const isize shapes[][3] = {{700, 16, 40}, {500, 5, 100}, {333, 48, 7}, {129, 3, 64}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        heard h = {.calls = 0};
        vt_kmeans_options options = options_of(shapes[s][0], shapes[s][1], shapes[s][2], 30);
        options.tell = hear;
        options.context = &h;
        core_fill(rows, options.n * options.P, s);
        vt_kmeans_result result = learn(centres, &options);
        CU_ASSERT(h.calls > 2);
        for (int i = 1; i < h.calls; i++)
            CU_ASSERT(h.errors[i] <= h.errors[i - 1] * (1 + core_bound(1e-6, 1e-14)));
        CU_ASSERT(result.error < h.errors[0]);
        CU_ASSERT_EQUAL(result.error, h.errors[h.calls - 1]);
    }
}

/* The error returned is that of the centres returned, and each is the mean of its rows. */
static void at_rest_each_centre_is_the_mean_of_its_rows(void)
{
    enum { N = 300, P = 4, K = 12 };
    static vt_real offsets[K], scratch[VT_CODES_BLOCK * K];
    static int32_t codes[N];
    vt_kmeans_options options = options_of(N, P, K, 200);
    core_fill(rows, N * P, 3);
    vt_kmeans_result result = learn(centres, &options);
    CU_ASSERT(result.rounds < 200);
    vt_points points = {centres, offsets, K, P};
    vt_points_offsets(offsets, centres, K, P);
    vt_nearest(codes, &points, rows, N, scratch);
    double sums[K][P] = {{0}}, error = 0;
    int counts[K] = {0};
    for (int r = 0; r < N; r++) {
        counts[codes[r]]++;
        for (int c = 0; c < P; c++) {
            double value = (double)rows[r * P + c], gap = value - (double)centres[codes[r] * P + c];
            sums[codes[r]][c] += value;
            error += gap * gap / (N * P);
        }
    }
    check_near("error", result.error, error, 1e-6);
    for (int k = 0; k < K; k++)
        for (int c = 0; c < P; c++)
            check_near("centre", (double)centres[k * P + c], sums[k][c] / counts[k], 2e-3);
}

static void any_number_of_workers_gives_the_same_bits(void)
{
    static const int workers[] = {1, 2, 3, 8};
    vt_kmeans_options options = options_of(1000, 9, 50, 12);
    core_fill(rows, options.n * options.P, 8);
    vt_kmeans_result alone = learn(centres, &options);
    for (int w = 0; w < 4; w++) {
        vt_error err;
        CU_ASSERT_EQUAL_FATAL(vt_pool_open(&options.pool, workers[w], &err), VT_OK);
        memset(others, 0xab, sizeof others);
        vt_kmeans_result result = learn(others, &options);
        CU_ASSERT(core_same(others, centres, options.K * options.P));
        CU_ASSERT(result.error == alone.error && result.rounds == alone.rounds);
        vt_pool_close(&options.pool);
    }
    options.seed++;
    (void)learn(others, &options);
    CU_ASSERT(!core_same(others, centres, options.K * options.P));
}

/* Five different rows, many times: five centres have them, the others stay without. */
static void fewer_different_rows_than_centres(void)
{
    enum { N = 200, P = 3, K = 9 };
    vt_kmeans_options options = options_of(N, P, K, 10);
    core_fill(rows, 5 * P, 2);
    for (int r = 5; r < N; r++) memcpy(rows + r * P, rows + r % 5 * P, P * sizeof *rows);
    vt_kmeans_result result = learn(centres, &options);
    CU_ASSERT_EQUAL(result.use.used, 5);
    check_near("error", result.error, 0, core_bound(1e-12, 1e-28));
    options.K = 1;
    options.n = 1;
    result = learn(centres, &options);
    CU_ASSERT(core_same(centres, rows, P));
}

/* From centres at 0, 50 and 60 the rows 0, 1, 2, 10 and 20 all belong to the first: the second
 * takes the farthest, 20, the third 10, and the first their old mean 6.6; then 0, 1, 2 are left to
 * it. */
static void a_centre_without_rows_goes_to_a_far_one(void)
{
    static const vt_real line[] = {0, 1, 2, 10, 20}, seeds[] = {0, 50, 60};
    vt_kmeans_options options = options_of(5, 1, 3, 1);
    options.given = 1;
    memcpy(rows, line, sizeof line);
    memcpy(centres, seeds, sizeof seeds);
    vt_kmeans_result result = learn(centres, &options);
    CU_ASSERT_EQUAL(result.moved, 2);
    CU_ASSERT(centres[1] == 20 && centres[2] == 10);
    check_near("first", (double)centres[0], 6.6, 1e-6);
    CU_ASSERT_EQUAL(result.use.used, 3);
    options.rounds = 2;
    memcpy(centres, seeds, sizeof seeds);
    result = learn(centres, &options);
    CU_ASSERT(centres[0] == 1 && centres[1] == 20 && centres[2] == 10);
    check_near("error", result.error, 2.0 / 5, 1e-6);
}

static void telling_may_end_it(void)
{
    vt_error err = {0};
    vt_kmeans_result result;
    heard h = {.stop_at = 2};
    vt_kmeans_options options = options_of(400, 5, 30, 30);
    options.tell = hear;
    options.context = &h;
    core_fill(rows, 400 * 5, 2);
    CU_ASSERT_EQUAL(vt_kmeans_learn(centres, &result, rows, &options, &err), VT_ERR_CANCELLED);
    CU_ASSERT_EQUAL(h.calls, 2);
    CU_ASSERT(strstr(err.text, "asked to stop") != NULL);
}

SUITE(kmeans, {"three groups are found", three_groups_are_found},
      {"without rounds the centres are different rows",
       without_rounds_the_centres_are_different_rows},
      {"seeds are drawn by squared distance", seeds_are_drawn_by_squared_distance},
      {"the error never rises", the_error_never_rises},
      {"at rest each centre is the mean of its rows", at_rest_each_centre_is_the_mean_of_its_rows},
      {"any number of workers gives the same bits", any_number_of_workers_gives_the_same_bits},
      {"fewer different rows than centres", fewer_different_rows_than_centres},
      {"a centre without rows goes to a far one", a_centre_without_rows_goes_to_a_far_one},
      {"telling may end it", telling_may_end_it})
