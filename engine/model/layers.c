#include "model/layers.h"
#include "base/profile.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <string.h>

/* Active values that are rounded go through a piece of so many numbers, in the nearest cache. */
enum { PIECE = 1024 };

static isize larger(isize a, isize b)
{
    return a > b ? a : b;
}

vt_scratch vt_scratch_plan(vt_arena *arena, const vt_scratch_size *size)
{
    isize N = size->rows, C = size->width, wide = 4 * C;
    vt_scratch scratch = {0};
    scratch.dx = VT_TAKE(arena, vt_real, N * C);
    scratch.dr = VT_TAKE(arena, vt_real, N * C);
    scratch.n = VT_TAKE(arena, vt_real, N * C);
    scratch.wide = VT_TAKE(arena, vt_real, N * wide);
    isize active = size->half ? larger(N * C, PIECE) : N * wide;
    scratch.active = VT_TAKE(arena, vt_real, active);
    if (size->recompute) scratch.hidden = VT_TAKE(arena, vt_real, N * wide);
    /* At most: the rows dy of an MLP, its active values, and their gradient. */
    if (size->half)
        scratch.half = VT_TAKE(arena, vt_bf16, N * larger(size->input + C, 2 * wide + C));
    if (size->half && size->weight) scratch.weight = VT_TAKE(arena, vt_bf16, size->weight);
    if (size->attention) scratch.attention = VT_TAKE(arena, vt_real, size->attention);
    return scratch;
}

vt_scratch_size vt_scratch_size_of_both(vt_scratch_size a, vt_scratch_size b)
{
    return (vt_scratch_size){.rows = larger(a.rows, b.rows),
                             .width = larger(a.width, b.width),
                             .input = larger(a.input, b.input),
                             .half = a.half || b.half,
                             .weight = larger(a.weight, b.weight),
                             .recompute = a.recompute || b.recompute,
                             .attention = larger(a.attention, b.attention)};
}

/* ---- linear ---- */

/* A factor of a product, and the same in bf16 where products read that. */
typedef struct {
    vt_factor full;
    const vt_bf16 *half;
} operand;

static void round_numbers(vt_bf16 *half, const vt_real *numbers, isize count)
{
    int64_t from = vt_profile_from();
    vt_kernels_now()->round_bf16(half, numbers, count);
    vt_profile_add(VT_PART_ROUND, from, 0, count * 6);
}

static operand weight_of(const vt_linear *p, vt_trans trans, const vt_scratch *t)
{
    operand weight = {{p->weight.value, p->weight.cols, trans}, p->weight.half};
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
static operand rows_of(const vt_real *rows, isize N, isize cols, vt_bf16 *half)
{
    if (half) round_numbers(half, rows, N * cols);
    return (operand){{rows, cols, VT_N}, half};
}

static operand transposed(operand o)
{
    o.full.trans = VT_T;
    return o;
}

static vt_factor_bf16 half_of(operand o)
{
    return (vt_factor_bf16){o.half, o.full.ld, o.full.trans};
}

static void multiply(vt_part part, vt_real *y, vt_extent extent, operand a, operand b, vt_real beta)
{
    int64_t from = vt_profile_from();
    if (a.half)
        vt_gemm_bf16(y, extent.cols, extent, half_of(a), half_of(b), beta);
    else
        vt_gemm(y, extent.cols, extent, a.full, b.full, beta);
    vt_profile_add(part, from, 2 * extent.rows * extent.cols * extent.inner, 0);
}

/* y = x Wᵀ + b */
void vt_linear_forward(const vt_linear *p, const vt_real *x, vt_real *y, isize N,
                       const vt_scratch *t)
{
    vt_extent extent = {N, p->weight.rows, p->weight.cols};
    operand a = rows_of(x, N, p->weight.cols, half_at(t, 0)), b = weight_of(p, VT_T, t);
    int64_t from = vt_profile_from();
    if (a.half)
        vt_gemm_bf16_on_row(y, extent.cols, extent, half_of(a), half_of(b), p->bias.value);
    else
        vt_gemm_on_row(y, extent.cols, extent, a.full, b.full, p->bias.value);
    vt_profile_add(VT_PART_GEMM_FORWARD, from, 2 * extent.rows * extent.cols * extent.inner, 0);
}

/* y += x Wᵀ */
static void forward_onto(const vt_linear *p, operand x, vt_real *y, isize N, const vt_scratch *t)
{
    vt_extent extent = {N, p->weight.rows, p->weight.cols};
    multiply(VT_PART_GEMM_FORWARD, y, extent, x, weight_of(p, VT_T, t), 1);
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
static void weight_backward(const vt_linear *p, operand x, operand dy, isize N, const vt_scratch *t)
{
    vt_extent extent = {p->weight.rows, p->weight.cols, N};
    int adds = vt_param_begin(&p->weight, t->turn);
    multiply(VT_PART_GEMM_DW, p->weight.grad, extent, transposed(dy), x, adds ? 1 : 0);
    vt_param_end(&p->weight);
}

/* dx = dy W */
static void input_backward(const vt_linear *p, operand dy, vt_real *dx, isize N,
                           const vt_scratch *t)
{
    vt_extent extent = {N, p->weight.cols, p->weight.rows};
    multiply(VT_PART_GEMM_DX, dx, extent, dy, weight_of(p, VT_N, t), 0);
}

/* was y = x Wᵀ + b, so now dW += dyᵀ x, db += sum of rows of dy, dx = dy W */
void vt_linear_backward(const vt_linear *p, const vt_real *x, const vt_real *dy, vt_real *dx,
                        isize N, const vt_scratch *t)
{
    isize I = p->weight.cols, O = p->weight.rows;
    operand dys = rows_of(dy, N, O, half_at(t, 0));
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
static operand activate(const vt_real *hidden, isize N, isize I, vt_bf16 *half, const vt_scratch *t)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize all = N * I, step = half ? PIECE : all;
    int64_t from = vt_profile_from();
    for (isize i = 0; i < all; i += step) {
        isize count = vt_min(step, all - i);
        kernels->gelu_forward(t->active, hidden + i, count);
        if (half) kernels->round_bf16(half + i, t->active, count);
    }
    vt_profile_add(VT_PART_GELU, from, 0, N * I * (half ? 6 : 8));
    return (operand){{t->active, I, VT_N}, half};
}

void vt_mlp_forward(const vt_mlp *p, vt_real *hidden, const vt_real *x, vt_real *y, isize N,
                    const vt_scratch *t)
{
    operand active;
    /* 1 */ vt_linear_forward(&p->fc1, x, hidden, N, t);
    if (!y) return;
    /* 2 */
    active = activate(hidden, N, p->fc1.weight.rows, half_at(t, 0), t);
    /* 3 */ forward_onto(&p->fc2, active, y, N, t);
}

/* Turns t->wide from the gradient of the active values [N, I] into that of hidden, and makes the
 * active values again, both as products read them; half has room for 2 N I numbers. */
static void activate_backward(const vt_real *hidden, isize N, isize I, vt_bf16 *half,
                              const vt_scratch *t, operand *active, operand *dhidden)
{
    const vt_kernels *kernels = vt_kernels_now();
    vt_bf16 *half_d = half ? half + N * I : NULL;
    isize all = N * I, step = half ? PIECE : all;
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
    *active = (operand){{t->active, I, VT_N}, half};
    *dhidden = (operand){{t->wide, I, VT_N}, half_d};
}

void vt_mlp_backward(const vt_mlp *p, const vt_real *hidden, const vt_real *x, const vt_real *dy,
                     vt_real *dx, isize N, const vt_scratch *t)
{
    isize I = p->fc2.weight.cols, O = p->fc2.weight.rows;
    operand active, dhidden, dys = rows_of(dy, N, O, half_at(t, 0));
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
