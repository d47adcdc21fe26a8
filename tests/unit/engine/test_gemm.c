/* Matrix products against the three loops, and the three loops against numbers worked by hand. */
#include "check.h"
#include "core_fixture.h"
#include "ops/gemm.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef void product(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                     vt_real alpha, vt_real beta);
static product *const products[] = {vt_gemm_reference, vt_gemm};

static void a_product_worked_by_hand(void)
{
    /* [1 2 3; 4 5 6] [7 8; 9 10; 11 12] = [58 64; 139 154] */
    static const vt_real a[] = {1, 2, 3, 4, 5, 6}, a_t[] = {1, 4, 2, 5, 3, 6};
    static const vt_real b[] = {7, 8, 9, 10, 11, 12}, b_t[] = {7, 9, 11, 8, 10, 12};
    static const vt_real want[] = {58, 64, 139, 154};
    const vt_factor lefts[] = {{a, 3, VT_N}, {a_t, 2, VT_T}};
    const vt_factor rights[] = {{b, 2, VT_N}, {b_t, 3, VT_T}};
    vt_gemm_setup();
    for (int p = 0; p < 2; p++) {
        for (int c = 0; c < 4; c++) {
            vt_real y[4] = {1, 1, 1, 1};
            products[p](y, 2, (vt_extent){2, 2, 3}, lefts[c / 2], rights[c % 2], 2, 10);
            for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(y[i], 2 * want[i] + 10);
        }
    }
}

enum { ROOM = 8000 };
static vt_real a[ROOM], b[ROOM], got[ROOM], want[ROOM];

typedef struct {
    vt_extent extent;
    isize wider; /* ld beyond the width */
    vt_trans a, b;
    vt_real alpha, beta;
} problem;

static isize row_distance(isize width, isize wider)
{
    return width + wider > 0 ? width + wider : 1;
}

/* Everything around the result keeps its value, and the result is near the three loops'. */
static void check_problem(const problem *p)
{
    char label[96];
    vt_extent e = p->extent;
    isize ld_y = row_distance(e.cols, p->wider);
    vt_factor left = {a, row_distance(p->a == VT_N ? e.inner : e.rows, p->wider), p->a};
    vt_factor right = {b, row_distance(p->b == VT_N ? e.cols : e.inner, p->wider), p->b};
    double worst = 0;
    core_fill(got, ROOM, 3);
    if (p->beta == 0)
        for (isize i = 0; i < e.rows; i++)
            for (isize j = 0; j < e.cols; j++) got[i * ld_y + j] = (vt_real)NAN;
    memcpy(want, got, sizeof want);
    vt_gemm(got, ld_y, e, left, right, p->alpha, p->beta);
    vt_gemm_reference(want, ld_y, e, left, right, p->alpha, p->beta);
    for (isize i = 0; i < ROOM; i++) {
        int inside = i / ld_y < e.rows && i % ld_y < e.cols;
        double gap = fabs((double)got[i] - (double)want[i]);
        if (inside ? !(gap <= worst) : gap != 0) worst = gap;
    }
    (void)snprintf(label, sizeof label, "[%td,%td] [%td,%td] trans %d %d wider %td beta %g", e.rows,
                   e.inner, e.inner, e.cols, p->a, p->b, p->wider, (double)p->beta);
    /* Sums of 40 products of normal numbers, in another order. */
    check_near(label, worst, 0, core_bound(2e-5, 1e-13));
}

static void products_equal_the_three_loops(void)
{
    static const vt_extent extents[] = {{1, 1, 1},  {1, 7, 3},    {5, 1, 9},    {3, 5, 1},
                                        {7, 3, 17}, {16, 16, 16}, {13, 31, 29}, {33, 17, 40},
                                        {4, 4, 0},  {0, 5, 3},    {5, 0, 3}};
    static const vt_real betas[] = {0, 1, (vt_real)-0.5};
    core_fill(a, ROOM, 1);
    core_fill(b, ROOM, 2);
    for (size_t e = 0; e < sizeof extents / sizeof *extents; e++)
        for (int c = 0; c < 24; c++) {
            problem p = {extents[e],
                         c & 1 ? 5 : 0,
                         c & 2 ? VT_T : VT_N,
                         c & 4 ? VT_T : VT_N,
                         c & 1 ? 1 : (vt_real)1.5,
                         betas[c / 8]};
            check_problem(&p);
        }
}

static void nothing_summed_gives_beta_times_what_was_there(void)
{
    for (int p = 0; p < 2; p++) {
        vt_real y[4] = {1, 2, 3, (vt_real)NAN};
        vt_factor none = {y, 1, VT_N}; /* of inner 0: not read */
        products[p](y, 2, (vt_extent){2, 1, 0}, none, none, 1, 3);
        CU_ASSERT(y[0] == 3 && y[1] == 2 && y[2] == 9 && isnan(y[3]));
        y[0] = (vt_real)NAN;
        products[p](y, 2, (vt_extent){2, 1, 0}, none, none, 1, 0);
        CU_ASSERT(y[0] == 0 && y[1] == 2 && y[2] == 0 && isnan(y[3]));
    }
}

static void a_nan_in_a_factor_reaches_its_row_or_column_alone(void)
{
    for (int p = 0; p < 2; p++) {
        vt_real x[9], w[9], y[9];
        core_fill(x, 9, 5);
        core_fill(w, 9, 6);
        x[3] = (vt_real)NAN;      /* row 1 */
        w[2] = (vt_real)INFINITY; /* column 2 */
        products[p](y, 3, (vt_extent){3, 3, 3}, (vt_factor){x, 3, VT_N}, (vt_factor){w, 3, VT_N}, 1,
                    0);
        for (int i = 0; i < 9; i++) {
            int right = i / 3 == 1 ? isnan(y[i]) : i % 3 == 2 ? isinf(y[i]) : isfinite(y[i]);
            CU_ASSERT(right);
        }
    }
}

static void equal_calls_give_equal_bits(void)
{
    core_fill(a, ROOM, 1);
    core_fill(b, ROOM, 2);
    vt_extent extent = {33, 37, 40};
    for (int call = 0; call < 20; call++) {
        vt_real *y = call ? got : want;
        vt_gemm(y, 37, extent, (vt_factor){a, 40, VT_N}, (vt_factor){b, 40, VT_T}, 1, 0);
        if (call) CU_ASSERT(core_same(got, want, (isize)33 * 37));
    }
    CU_ASSERT(strlen(vt_gemm_library()) > 0 && strlen(vt_gemm_kernel()) > 0);
}

SUITE(gemm, {"a product worked by hand", a_product_worked_by_hand},
      {"products equal the three loops", products_equal_the_three_loops},
      {"nothing summed gives beta times what was there",
       nothing_summed_gives_beta_times_what_was_there},
      {"a NaN in a factor reaches its row or column alone",
       a_nan_in_a_factor_reaches_its_row_or_column_alone},
      {"equal calls give equal bits", equal_calls_give_equal_bits})
