/* Products of layers, whole and cut into slices, against the three loops. */
#include "check.h"
#include "core_fixture.h"
#include "model/product.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { MOST = 300, ROOM = MOST * MOST };
static vt_real a[ROOM], b[ROOM], row[MOST], start[ROOM], got[ROOM], want[ROOM], whole[ROOM];
static vt_bf16 half_a[ROOM], half_b[ROOM];

typedef struct {
    isize rows, cols, inner;
    vt_trans a, b;
    int slices; /* where 3 are asked for */
} product_case;

/* Forward, input gradient and weight gradient: cut by columns, by rows, with a rest, not at all. */
static const product_case cases[] = {
    {33, 130, 17, VT_N, VT_T, 3},   {49, 256, 64, VT_N, VT_T, 2}, {300, 64, 19, VT_N, VT_N, 3},
    {7, 200, 65, VT_N, VT_N, 2},    {129, 70, 31, VT_T, VT_N, 3}, {70, 260, 31, VT_T, VT_N, 3},
    {130, 130, 130, VT_T, VT_N, 3}, {1, 1, 1, VT_N, VT_T, 1},     {64, 0, 5, VT_N, VT_N, 1},
    {0, 190, 5, VT_T, VT_N, 3},
};
enum { CASES = sizeof cases / sizeof *cases };

static vt_operand operand(const vt_real *full, const vt_bf16 *half, isize rows, isize cols,
                          vt_trans trans)
{
    return (vt_operand){{full, trans == VT_N ? cols : rows, trans}, half};
}

/* kind: 0 and 1 are beta; 2 starts from a row. */
static void multiply(vt_real *y, const product_case *c, int half, int kind, const vt_scratch *t)
{
    vt_extent extent = {c->rows, c->cols, c->inner};
    vt_operand left = operand(a, half ? half_a : NULL, c->rows, c->inner, c->a);
    vt_operand right = operand(b, half ? half_b : NULL, c->inner, c->cols, c->b);
    memcpy(y, start, sizeof start);
    if (kind == 2)
        vt_product_on_row(VT_PART_GEMM_DX, y, extent, left, right, row, t);
    else
        vt_product(VT_PART_GEMM_DX, y, extent, left, right, (vt_real)kind, t);
}

/* From the numbers that half holds, widened. */
static void reference(vt_real *y, const product_case *c, int half, int kind)
{
    vt_extent extent = {c->rows, c->cols, c->inner};
    memcpy(y, start, sizeof start);
    for (isize i = 0; kind == 2 && i < c->rows; i++)
        memcpy(y + i * c->cols, row, (size_t)c->cols * sizeof *y);
    vt_operand left = operand(a, half_a, c->rows, c->inner, c->a);
    vt_operand right = operand(b, half_b, c->inner, c->cols, c->b);
    vt_real beta = kind == 0 ? 0 : 1;
    if (half)
        vt_gemm_bf16_reference(y, c->cols, extent, (vt_factor_bf16){half_a, left.full.ld, c->a},
                               (vt_factor_bf16){half_b, right.full.ld, c->b}, beta);
    else
        vt_gemm_reference(y, c->cols, extent, left.full, right.full, beta);
}

static void slices_make_up_the_product(void)
{
    vt_error err;
    vt_pool *pool = NULL;
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, 3, &err), VT_OK);
    core_fill(a, ROOM, 1);
    core_fill(b, ROOM, 2);
    core_fill(row, MOST, 3);
    core_fill(start, ROOM, 4);
    vt_kernels_now()->round_bf16(half_a, a, ROOM);
    vt_kernels_now()->round_bf16(half_b, b, ROOM);
    const double bound = core_bound(3e-5, 1e-12);
    for (int n = 0; n < CASES * 6; n++) {
        const product_case *c = &cases[n % CASES];
        int half = n / CASES % 2, kind = n / CASES / 2;
        vt_scratch one = {.slices = 0}, alone = {.slices = 3}, helped = {.pool = pool, .slices = 3};
        double worst = 0;
        reference(want, c, half, kind);
        multiply(whole, c, half, kind, &one);
        vt_profile_reset();
        vt_profiling = 1;
        multiply(got, c, half, kind, &alone);
        vt_profiling = 0;
        CU_ASSERT_EQUAL(vt_profile_sum_of(VT_PART_GEMM_DX).calls, c->slices);
        for (isize i = 0; i < ROOM; i++) {
            worst = fmax(worst, fabs((double)got[i] - (double)want[i]));
            worst = fmax(worst, fabs((double)whole[i] - (double)want[i]));
        }
        check_near("slices", worst, 0, bound);
        memcpy(want, got, sizeof got);
        for (int again = 0; again < 20; again++) {
            multiply(got, c, half, kind, &helped);
            CU_ASSERT(core_same(got, want, ROOM));
        }
    }
    vt_pool_close(&pool);
}

SUITE(product, {"slices make up the product", slices_make_up_the_product})
