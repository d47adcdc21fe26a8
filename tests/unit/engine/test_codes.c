/* Codes of rows: the nearest point against the definition, sorting by code, and how many are used.
 */
#include "base/rng.h"
#include "check.h"
#include "codes/codes.h"
#include "core_fixture.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { ROOM = 1 << 15 };
static vt_real x[ROOM], values[ROOM], offsets[ROOM], scratch[VT_CODES_BLOCK * 600];
static int32_t codes[ROOM], wanted[ROOM], order[ROOM], first[ROOM];

static void set_up(void)
{
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
}

/* ---- kernels ---- */

static void the_greatest_is_the_first_of_equal_ones(void)
{
    static const isize sizes[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100, 257, 512, 1001};
    for (int i = 0; vt_kernels_at(i); i++) {
        const vt_kernels *k = vt_kernels_at(i);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            isize n = sizes[s];
            for (isize at = 0; at < n; at += 1 + n / 9) {
                core_fill(x, n, (uint64_t)(n + at));
                x[at] = x[n - 1] = 100;
                CU_ASSERT_EQUAL(k->greatest(x, n), at);
            }
            for (isize c = 0; c < n; c++) x[c] = -(vt_real)INFINITY;
            CU_ASSERT_EQUAL(k->greatest(x, n), 0);
        }
    }
}

static void the_greatest_among_nan_is_a_place(void)
{
    for (int i = 0; vt_kernels_at(i); i++) {
        for (isize n = 1; n < 40; n++) {
            for (isize at = 0; at < n; at++) {
                core_fill(x, n, 5);
                x[at] = (vt_real)NAN;
                isize place = vt_kernels_at(i)->greatest(x, n);
                CU_ASSERT(place >= 0 && place < n);
            }
        }
    }
}

static void scaling_multiplies_each(void)
{
    for (int i = 0; vt_kernels_at(i); i++) {
        for (isize n = 0; n < 40; n++) {
            core_fill(x, n + 1, 6);
            memcpy(values, x, (size_t)(n + 1) * sizeof *x);
            vt_kernels_at(i)->scale(x, n, (vt_real)0.3);
            for (isize c = 0; c < n; c++) CU_ASSERT(x[c] == values[c] * (vt_real)0.3);
            CU_ASSERT(x[n] == values[n]);
        }
    }
}

/* ---- the nearest point ---- */

static void a_hand_worked_case(void)
{
    static const vt_real points_[] = {0, 0, 4, 0, 0, 3};
    static const vt_real rows[] = {1, 1, 3, 1, 1, 2, 2, 0, -5, 9};
    static const int32_t want[] = {0, 1, 2, 0, 2}; /* (2, 0) is as near to 0 as to 1 */
    vt_points points = {points_, offsets, 3, 2};
    set_up();
    vt_points_offsets(offsets, points_, 3, 2);
    check_near("offset", (double)offsets[1], -8, 0);
    check_near("offset", (double)offsets[2], -4.5, 0);
    vt_nearest(codes, &points, rows, 5, scratch);
    vt_nearest_reference(wanted, &points, rows, 5);
    for (int r = 0; r < 5; r++) CU_ASSERT(codes[r] == want[r] && wanted[r] == want[r]);
}

static double distance_of(isize row, isize k, isize D)
{
    double sum = 0;
    for (isize c = 0; c < D; c++) {
        double gap = (double)x[row * D + c] - (double)values[k * D + c];
        sum += gap * gap;
    }
    return sum;
}

/* A product and the definition round differently, so two points may change places where they are
 * equally near to within rounding, and only there. */
static void any_shape_agrees_with_the_definition(void)
{
    static const isize shapes[][3] = {{1, 1, 1},    {1, 5, 3},     {7, 3, 16},    {127, 17, 5},
                                      {128, 33, 9}, {129, 512, 3}, {300, 31, 48}, {257, 100, 1}};
    set_up();
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        isize N = shapes[s][0], K = shapes[s][1], D = shapes[s][2], differ = 0;
        vt_points points = {values, offsets, K, D};
        core_fill(x, N * D, 100 + s);
        core_fill(values, K * D, 200 + s);
        vt_points_offsets(offsets, values, K, D);
        vt_nearest(codes, &points, x, N, scratch);
        vt_nearest_reference(wanted, &points, x, N);
        for (isize r = 0; r < N; r++) {
            CU_ASSERT_FATAL(codes[r] >= 0 && codes[r] < K);
            if (codes[r] == wanted[r]) continue;
            differ++;
            check_near("a near tie", distance_of(r, codes[r], D), distance_of(r, wanted[r], D),
                       core_bound(1e-4, 1e-12));
        }
        CU_ASSERT(differ <= N / 50);
    }
}

static void of_equal_points_the_lowest_is_taken(void)
{
    set_up();
    core_fill(values, 20 * 5, 9);
    memcpy(values + 60, values + 10, 10 * sizeof *values); /* 12, 13 are 2, 3 */
    vt_points points = {values, offsets, 20, 5};
    vt_points_offsets(offsets, values, 20, 5);
    vt_nearest(codes, &points, values, 20, scratch);
    for (int r = 0; r < 20; r++) CU_ASSERT_EQUAL(codes[r], r == 12 || r == 13 ? r - 10 : r);
}

/* ---- sorting and use ---- */

static void rows_are_sorted_by_code_and_keep_their_order(void)
{
    static const int32_t some[] = {2, 0, 2, 4, 0, 2};
    static const int32_t sorted[] = {1, 4, 0, 2, 5, 3}, starts[] = {0, 2, 2, 5, 5, 6};
    vt_rows_by_code(order, first, some, 6, 5);
    CU_ASSERT(memcmp(order, sorted, sizeof sorted) == 0);
    CU_ASSERT(memcmp(first, starts, sizeof starts) == 0);
}

static void use_counts_codes_and_their_evenness(void)
{
    static const int32_t even[] = {0, 3, 6, 6, 9}, one[] = {0, 0, 8, 8}, uneven[] = {0, 1, 4};
    vt_codes_use use = vt_codes_use_of(even, 4);
    CU_ASSERT_EQUAL(use.used, 3);
    check_near("perplexity", use.perplexity, 3, 1e-12);
    use = vt_codes_use_of(one, 3);
    CU_ASSERT_EQUAL(use.used, 1);
    check_near("perplexity", use.perplexity, 1, 1e-12);
    use = vt_codes_use_of(uneven, 2);
    check_near("perplexity", use.perplexity, pow(4, 0.25) * pow(4.0 / 3, 0.75), 1e-12);
}

SUITE(codes, {"the greatest is the first of equal ones", the_greatest_is_the_first_of_equal_ones},
      {"the greatest among NaN is a place", the_greatest_among_nan_is_a_place},
      {"scaling multiplies each", scaling_multiplies_each},
      {"a hand-worked case", a_hand_worked_case},
      {"any shape agrees with the definition", any_shape_agrees_with_the_definition},
      {"of equal points the lowest is taken", of_equal_points_the_lowest_is_taken},
      {"rows are sorted by code and keep their order",
       rows_are_sorted_by_code_and_keep_their_order},
      {"use counts codes and their evenness", use_counts_codes_and_their_evenness})
