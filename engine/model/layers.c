#include "model/layers.h"
#include "base/profile.h"
#include "model/product.h"
#include "ops/kernels.h"
#include <string.h>

/* ---- linear ---- */

static void round_numbers(vt_bf16 *half, const vt_real *numbers, isize count)
{
    int64_t from = vt_profile_from();
    vt_kernels_now()->round_bf16(half, numbers, count);
    vt_profile_add(VT_PART_ROUND, from, 0, count * 6);
}

static vt_operand weight_of(const vt_linear *p, vt_trans trans, const vt_scratch *t)
{
    vt_operand weight = {{p->weight.value, p->weight.cols, trans}, p->weight.half};
    if (!t->half || weight.half) return weight;
    round_numbers(t->weight, p->weight.value, p->weight.rows * p->weight.cols);
    weight.half = t->weight;
    return weight;
}

/* Where rows in bf16 go, numbers behind the start of t->half; NULL in full precision. */
static vt_bf16 *half_at(const vt_scratch *t, isize numbers)
{
    return t->half ? t->half + numbers : NULL;
}

/* rows [N, cols], rounded into half unless that is NULL. */
static vt_operand rows_of(const vt_real *rows, isize N, isize cols, vt_bf16 *half)
{
    if (half) round_numbers(half, rows, N * cols);
    return (vt_operand){{rows, cols, VT_N}, half};
}

/* y = x Wᵀ + b */
void vt_linear_forward(const vt_linear *p, const vt_real *x, vt_real *y, isize N,
                       const vt_scratch *t)
{
    vt_extent extent = {N, p->weight.rows, p->weight.cols};
    vt_operand rows = rows_of(x, N, p->weight.cols, half_at(t, 0));
    vt_product_on_row(VT_PART_GEMM_FORWARD, y, extent, rows, weight_of(p, VT_T, t), p->bias.value,
                      t);
}

/* y += x Wᵀ */
static void forward_onto(const vt_linear *p, vt_operand x, vt_real *y, isize N, const vt_scratch *t)
{
    vt_extent extent = {N, p->weight.rows, p->weight.cols};
    vt_product(VT_PART_GEMM_FORWARD, y, extent, x, weight_of(p, VT_T, t), 1, t);
}

void vt_linear_add(const vt_linear *p, const vt_real *x, vt_real *y, isize N, const vt_scratch *t)
{
    forward_onto(p, rows_of(x, N, p->weight.cols, half_at(t, 0)), y, N, t);
}

/* A vector's gradient is added to row by row, so the first shard finds zeros in it. */
static vt_real *begin_vector(const vt_param *p, isize turn)
{
    if (!vt_param_begin(p, turn)) memset(p->grad, 0, (size_t)p->cols * sizeof *p->grad);
    return p->grad;
}

/* dW += dyᵀ x */
static void weight_backward(const vt_linear *p, vt_operand x, vt_operand dy, isize N,
                            const vt_scratch *t)
{
    vt_extent extent = {p->weight.rows, p->weight.cols, N};
    int adds = vt_param_begin(&p->weight, t->turn);
    vt_product(VT_PART_GEMM_DW, p->weight.grad, extent, vt_operand_turned(dy), x, adds ? 1 : 0, t);
    vt_param_end(&p->weight);
}

/* dx = dy W */
static void input_backward(const vt_linear *p, vt_operand dy, vt_real *dx, isize N,
                           const vt_scratch *t)
{
    vt_extent extent = {N, p->weight.cols, p->weight.rows};
    vt_product(VT_PART_GEMM_DX, dx, extent, dy, weight_of(p, VT_N, t), 0, t);
}

/* was y = x Wᵀ + b, so now dW += dyᵀ x, db += sum of rows of dy, dx = dy W */
void vt_linear_backward(const vt_linear *p, const vt_real *x, const vt_real *dy, vt_real *dx,
                        isize N, const vt_scratch *t)
{
    isize I = p->weight.cols, O = p->weight.rows;
    vt_operand dys = rows_of(dy, N, O, half_at(t, 0));
    if (p->weight.grad) weight_backward(p, rows_of(x, N, I, half_at(t, N * O)), dys, N, t);
    if (p->bias.grad) {
        vt_kernels_now()->sum_rows(begin_vector(&p->bias, t->turn), dy, N, O);
        vt_param_end(&p->bias);
    }
    if (dx) input_backward(p, dys, dx, N, t);
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

/* gelu(hidden [N, I]), as a product reads it: in t->active, or rounded, piece by piece, at half. */
static vt_operand activate(const vt_real *hidden, isize N, isize I, vt_bf16 *half,
                           const vt_scratch *t)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize all = N * I, step = half ? VT_SCRATCH_PIECE : all;
    int64_t from = vt_profile_from();
    for (isize i = 0; i < all; i += step) {
        isize count = vt_min(step, all - i);
        kernels->gelu_forward(t->active, hidden + i, count);
        if (half) kernels->round_bf16(half + i, t->active, count);
    }
    vt_profile_add(VT_PART_GELU, from, 0, N * I * (half ? 6 : 8));
    return (vt_operand){{t->active, I, VT_N}, half};
}

void vt_mlp_forward(const vt_mlp *p, vt_real *hidden, const vt_real *x, vt_real *y, isize N,
                    const vt_scratch *t)
{
    vt_operand active;
    /* 1 */ vt_linear_forward(&p->fc1, x, hidden, N, t);
    if (!y) return;
    /* 2 */
    active = activate(hidden, N, p->fc1.weight.rows, half_at(t, 0), t);
    /* 3 */ forward_onto(&p->fc2, active, y, N, t);
}

/* Turns t->wide from the gradient of the active values [N, I] into that of hidden, and makes the
 * active values again, both as products read them; half has room for 2 N I numbers. */
static void activate_backward(const vt_real *hidden, isize N, isize I, vt_bf16 *half,
                              const vt_scratch *t, vt_operand *active, vt_operand *dhidden)
{
    const vt_kernels *kernels = vt_kernels_now();
    vt_bf16 *half_d = half ? half + N * I : NULL;
    isize all = N * I, step = half ? VT_SCRATCH_PIECE : all;
    int64_t from = vt_profile_from();
    for (isize i = 0; i < all; i += step) {
        isize count = vt_min(step, all - i);
        vt_real *d = t->wide + i;
        kernels->gelu_backward(d, t->active, hidden + i, d, count);
        if (!half) continue;
        kernels->round_bf16(half + i, t->active, count);
        kernels->round_bf16(half_d + i, d, count);
    }
    vt_profile_add(VT_PART_GELU, from, 0, N * I * 16);
    *active = (vt_operand){{t->active, I, VT_N}, half};
    *dhidden = (vt_operand){{t->wide, I, VT_N}, half_d};
}

void vt_mlp_backward(const vt_mlp *p, const vt_real *hidden, const vt_real *x, const vt_real *dy,
                     vt_real *dx, isize N, const vt_scratch *t)
{
    isize I = p->fc2.weight.cols, O = p->fc2.weight.rows;
    vt_operand active, dhidden, dys = rows_of(dy, N, O, half_at(t, 0));
    /* 3: dactive, before the active values themselves, which come with the GELU's gradient */
    input_backward(&p->fc2, dys, t->wide, N, t);
    /* 2 */ activate_backward(hidden, N, I, half_at(t, N * O), t, &active, &dhidden);
    /* 3 */ if (p->fc2.weight.grad)
        weight_backward(&p->fc2, active, dys, N, t);
    /* 1: x takes the place of dy, whose last reader was the line before */
    if (p->fc1.weight.grad)
        weight_backward(&p->fc1, rows_of(x, N, O, half_at(t, 0)), dhidden, N, t);
    if (dx) input_backward(&p->fc1, dhidden, dx, N, t);
}
