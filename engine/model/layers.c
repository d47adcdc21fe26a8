#include "model/layers.h"
#include "base/profile.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <string.h>

vt_scratch vt_scratch_plan(vt_arena *arena, const vt_scratch_size *size)
{
    isize N = size->rows, C = size->width, wide = 4 * C;
    isize input = size->input > wide ? size->input : wide;
    vt_scratch scratch = {0};
    scratch.dx = VT_TAKE(arena, vt_real, N * C);
    scratch.dr = VT_TAKE(arena, vt_real, N * C);
    scratch.n = VT_TAKE(arena, vt_real, N * C);
    scratch.wide = VT_TAKE(arena, vt_real, N * wide);
    scratch.active = VT_TAKE(arena, vt_real, N * wide);
    if (size->recompute) scratch.hidden = VT_TAKE(arena, vt_real, N * wide);
    /* Of a linear's two sides one is C wide. */
    if (size->half) scratch.half = VT_TAKE(arena, vt_bf16, N * (input + C));
    if (size->attention) scratch.attention = VT_TAKE(arena, vt_real, size->attention);
    return scratch;
}

/* ---- linear ---- */

/* A factor of a product, and the same in bf16 where the product reads that. */
typedef struct {
    vt_factor full;
    const vt_bf16 *half;
} operand;

static operand weight_of(const vt_linear *p, vt_trans trans)
{
    return (operand){{p->weight.value, p->weight.cols, trans}, p->weight.half};
}

/* rows [N, cols], rounded into half where that is wanted. */
static operand rows_of(const vt_linear *p, const vt_real *rows, isize N, isize cols, vt_bf16 *half)
{
    operand all = {{rows, cols, VT_N}, NULL};
    if (!p->weight.half) return all;
    int64_t from = vt_profile_from();
    vt_kernels_now()->round_bf16(half, rows, N * cols);
    vt_profile_add(VT_PART_ROUND, from, 0, N * cols * 6);
    all.half = half;
    return all;
}

static operand transposed(operand o)
{
    o.full.trans = VT_T;
    return o;
}

static void multiply(vt_part part, vt_real *y, vt_extent extent, operand a, operand b, vt_real beta)
{
    int64_t from = vt_profile_from();
    if (a.half) {
        vt_factor_bf16 half_a = {a.half, a.full.ld, a.full.trans};
        vt_factor_bf16 half_b = {b.half, b.full.ld, b.full.trans};
        vt_gemm_bf16(y, extent.cols, extent, half_a, half_b, beta);
    } else {
        vt_gemm(y, extent.cols, extent, a.full, b.full, beta);
    }
    vt_profile_add(part, from, 2 * extent.rows * extent.cols * extent.inner, 0);
}

/* y = x Wᵀ + beta y */
static void forward_onto(const vt_linear *p, const vt_real *x, vt_real *y, isize N, vt_real beta,
                         const vt_scratch *t)
{
    isize I = p->weight.cols, O = p->weight.rows;
    multiply(VT_PART_GEMM_FORWARD, y, (vt_extent){N, O, I}, rows_of(p, x, N, I, t->half),
             weight_of(p, VT_T), beta);
}

/* y = x Wᵀ + b */
void vt_linear_forward(const vt_linear *p, const vt_real *x, vt_real *y, isize N,
                       const vt_scratch *t)
{
    int biased = p->bias.cols > 0;
    if (biased) vt_kernels_now()->fill_rows(y, p->bias.value, N, p->weight.rows);
    forward_onto(p, x, y, N, biased ? 1 : 0, t);
}

void vt_linear_add(const vt_linear *p, const vt_real *x, vt_real *y, isize N, const vt_scratch *t)
{
    forward_onto(p, x, y, N, 1, t);
}

/* A vector's gradient is added to row by row, so the first shard finds zeros in it. */
static vt_real *begin_vector(const vt_param *p, isize turn)
{
    if (!vt_param_begin(p, turn)) memset(p->grad, 0, (size_t)p->cols * sizeof *p->grad);
    return p->grad;
}

/* was y = x Wᵀ + b, so now dW += dyᵀ x, db += sum of rows of dy, dx = dy W */
void vt_linear_backward(const vt_linear *p, const vt_real *x, const vt_real *dy, vt_real *dx,
                        isize N, const vt_scratch *t)
{
    isize I = p->weight.cols, O = p->weight.rows;
    operand dys = rows_of(p, dy, N, O, t->half);
    if (p->weight.grad) {
        operand xs = rows_of(p, x, N, I, t->half ? t->half + N * O : NULL);
        int adds = vt_param_begin(&p->weight, t->turn);
        multiply(VT_PART_GEMM_DW, p->weight.grad, (vt_extent){O, I, N}, transposed(dys), xs,
                 adds ? 1 : 0);
        vt_param_end(&p->weight);
    }
    if (p->bias.grad) {
        vt_kernels_now()->sum_rows(begin_vector(&p->bias, t->turn), dy, N, O);
        vt_param_end(&p->bias);
    }
    if (dx) multiply(VT_PART_GEMM_DX, dx, (vt_extent){N, I, O}, dys, weight_of(p, VT_N), 0);
}

/* ---- norm ---- */

vt_norm vt_norm_plan(vt_params *params, isize C, double eps, const char *name)
{
    vt_norm norm = {.eps = eps};
    norm.weight = vt_param_vector(params, C, VT_INIT_ONE, "%s.weight", name);
    norm.bias = vt_param_vector(params, C, VT_INIT_ZERO, "%s.bias", name);
    return norm;
}

vt_norm_stat vt_norm_stat_plan(vt_arena *arena, isize N)
{
    vt_norm_stat stat;
    stat.mean = VT_TAKE(arena, vt_real, N);
    stat.rstd = VT_TAKE(arena, vt_real, N);
    return stat;
}

static vt_norm_shape shape_of(const vt_norm *p, isize N)
{
    return (vt_norm_shape){N, p->weight.cols, p->weight.value, p->bias.value, p->eps};
}

void vt_norm_forward(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x, vt_real *y,
                     isize N)
{
    vt_norm_shape shape = shape_of(p, N);
    int64_t from = vt_profile_from();
    vt_kernels_now()->norm_forward(y, stat->mean, stat->rstd, x, &shape);
    vt_profile_add(VT_PART_NORM, from, 0, N * p->weight.cols * 8);
}

void vt_norm_again(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x, vt_real *y,
                   isize N)
{
    vt_norm_shape shape = shape_of(p, N);
    int64_t from = vt_profile_from();
    vt_kernels_now()->norm_apply(y, x, stat->mean, stat->rstd, &shape);
    vt_profile_add(VT_PART_NORM, from, 0, N * p->weight.cols * 8);
}

void vt_norm_backward(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x,
                      const vt_real *dy, const vt_real *dres, vt_real *dx, isize N,
                      const vt_scratch *t)
{
    vt_norm_shape shape = shape_of(p, N);
    vt_real *grads[2] = {NULL, NULL};
    if (p->weight.grad) {
        grads[0] = begin_vector(&p->weight, t->turn);
        grads[1] = begin_vector(&p->bias, t->turn);
    }
    int64_t from = vt_profile_from();
    vt_kernels_now()->norm_backward(dx, p->weight.grad ? grads : NULL, dy, x, stat->mean,
                                    stat->rstd, dres, &shape);
    vt_profile_add(VT_PART_NORM, from, 0, N * p->weight.cols * (dres ? 16 : 12));
    if (!p->weight.grad) return;
    vt_param_end(&p->weight);
    vt_param_end(&p->bias);
}

/* ---- rows ---- */

void vt_rows_take(vt_real *y, const vt_real *x, const int32_t *row_of, isize rows, isize cols)
{
    int64_t from = vt_profile_from();
    if (row_of)
        vt_kernels_now()->gather_rows(y, x, row_of, rows, cols);
    else
        memcpy(y, x, (size_t)(rows * cols) * sizeof *y);
    vt_profile_add(VT_PART_ROWS, from, 0, rows * cols * 2 * (isize)sizeof *y);
}

/* ---- MLP ---- */

vt_mlp vt_mlp_plan(vt_params *params, isize C, const char *name)
{
    vt_mlp mlp = {0};
    mlp.fc1.weight = vt_param_matrix(params, 4 * C, C, VT_INIT_XAVIER, "%s.fc1.weight", name);
    mlp.fc2.weight = vt_param_matrix(params, C, 4 * C, VT_INIT_XAVIER, "%s.fc2.weight", name);
    return mlp;
}

void vt_mlp_forward(const vt_mlp *p, vt_real *hidden, const vt_real *x, vt_real *y, isize N,
                    const vt_scratch *t)
{
    /* 1 */ vt_linear_forward(&p->fc1, x, hidden, N, t);
    if (!y) return;
    int64_t from = vt_profile_from();
    /* 2 */ vt_kernels_now()->gelu_forward(t->active, hidden, N * p->fc1.weight.rows);
    vt_profile_add(VT_PART_GELU, from, 0, N * p->fc1.weight.rows * 8);
    /* 3 */ vt_linear_add(&p->fc2, t->active, y, N, t);
}

void vt_mlp_backward(const vt_mlp *p, const vt_real *hidden, const vt_real *x, const vt_real *dy,
                     vt_real *dx, isize N, const vt_scratch *t)
{
    isize I = p->fc2.weight.cols, O = p->fc2.weight.rows;
    /* 3: dactive, before the active values themselves, which come with the GELU's gradient */
    operand dys = rows_of(&p->fc2, dy, N, O, t->half);
    multiply(VT_PART_GEMM_DX, t->wide, (vt_extent){N, I, O}, dys, weight_of(&p->fc2, VT_N), 0);
    int64_t from = vt_profile_from();
    /* 2 */ vt_kernels_now()->gelu_backward(t->wide, t->active, hidden, t->wide, N * I);
    vt_profile_add(VT_PART_GELU, from, 0, N * I * 16);
    /* 3 */ vt_linear_backward(&p->fc2, t->active, dy, NULL, N, t);
    /* 1 */ vt_linear_backward(&p->fc1, x, t->wide, dx, N, t);
}
