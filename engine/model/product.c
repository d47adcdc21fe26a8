#include "model/product.h"

/* A slice is a multiple of so many rows or columns: whole panels of any kernel, and whole lines. */
enum { STEP = 64 };

typedef struct {
    vt_part part;
    vt_real *y;
    vt_extent extent;
    vt_operand a, b;
    int on_row;
    const vt_real *row; /* on_row: NULL for none */
    vt_real beta;       /* otherwise */
    int by_rows;        /* how it is cut: by rows of y, or by columns */
    isize step;         /* so many of them each */
} job;

vt_operand vt_operand_turned(vt_operand o)
{
    VT_ASSERT(o.full.trans == VT_N);
    o.full.trans = VT_T;
    return o;
}

static vt_factor_bf16 half_of(vt_operand o)
{
    return (vt_factor_bf16){o.half, o.full.ld, o.full.trans};
}

/* op(o) from this row and column on. */
static vt_operand from(vt_operand o, isize row, isize col)
{
    isize numbers = o.full.trans == VT_N ? row * o.full.ld + col : col * o.full.ld + row;
    o.full.data += numbers;
    if (o.half) o.half += numbers;
    return o;
}

/* These rows and columns of y. */
static void multiply(const job *j, isize row, isize col, isize rows, isize cols)
{
    vt_extent extent = {rows, cols, j->extent.inner};
    isize ld = j->extent.cols;
    vt_real *y = j->y + row * ld + col;
    vt_operand a = from(j->a, row, 0), b = from(j->b, 0, col);
    const vt_real *start = j->row ? j->row + col : NULL;
    int64_t began = vt_profile_from();
    if (j->on_row && a.half)
        vt_gemm_bf16_on_row(y, ld, extent, half_of(a), half_of(b), start);
    else if (j->on_row)
        vt_gemm_on_row(y, ld, extent, a.full, b.full, start);
    else if (a.half)
        vt_gemm_bf16(y, ld, extent, half_of(a), half_of(b), j->beta);
    else
        vt_gemm(y, ld, extent, a.full, b.full, j->beta);
    vt_profile_add(j->part, began, 2 * rows * cols * extent.inner, 0);
}

static void slice(void *context, isize index)
{
    const job *j = context;
    isize rows = j->extent.rows, cols = j->extent.cols, first = index * j->step;
    if (j->by_rows)
        multiply(j, first, 0, vt_min(j->step, rows - first), cols);
    else
        multiply(j, 0, first, rows, vt_min(j->step, cols - first));
}

/* A back end may copy factors anew for each slice: by columns each copies all of a, by rows all of
 * b. The longer side of a gradient is cut; of other results the columns, unless too few. */
static int cut_by_rows(vt_extent extent, vt_trans a, int slices)
{
    return extent.rows > extent.cols && (a == VT_T || extent.cols < slices * STEP);
}

static void compute(job *j, const vt_scratch *t)
{
    vt_extent extent = j->extent;
    if (t->slices <= 1) {
        multiply(j, 0, 0, extent.rows, extent.cols);
        return;
    }
    j->by_rows = cut_by_rows(extent, j->a.full.trans, t->slices);
    isize length = j->by_rows ? extent.rows : extent.cols;
    isize steps = (length + STEP - 1) / STEP, slices = vt_min(t->slices, steps);
    j->step = slices > 0 ? (steps + slices - 1) / slices * STEP : STEP;
    vt_pool_share(t->pool, (length + j->step - 1) / j->step, slice, j);
}

void vt_product(vt_part part, vt_real *y, vt_extent extent, vt_operand a, vt_operand b,
                vt_real beta, const vt_scratch *t)
{
    job j = {.part = part, .y = y, .extent = extent, .a = a, .b = b, .beta = beta};
    compute(&j, t);
}

void vt_product_on_row(vt_part part, vt_real *y, vt_extent extent, vt_operand a, vt_operand b,
                       const vt_real *row, const vt_scratch *t)
{
    job j = {.part = part, .y = y, .extent = extent, .a = a, .b = b, .on_row = 1, .row = row};
    compute(&j, t);
}
