#include "model/layers.h"
#include "ops/gemm.h"
#include "ops/kernels.h"

/* y = x Wᵀ + b */
void vt_linear_forward(const vt_linear *p, const vt_real *x, vt_real *y, isize N)
{
    isize I = p->weight.cols, O = p->weight.rows;
    int biased = p->bias.cols > 0;
    if (biased) vt_kernels_now()->fill_rows(y, p->bias.value, N, O);
    vt_gemm(y, O, (vt_extent){N, O, I}, (vt_factor){x, I, VT_N},
            (vt_factor){p->weight.value, I, VT_T}, 1, biased ? 1 : 0);
}

/* was y = x Wᵀ + b, so now dx = dy W, dW += dyᵀ x, db += sum of rows of dy */
void vt_linear_backward(const vt_linear *p, const vt_real *x, const vt_real *dy, vt_real *dx,
                        isize N)
{
    isize I = p->weight.cols, O = p->weight.rows;
    if (p->weight.grad)
        vt_gemm(p->weight.grad, I, (vt_extent){O, I, N}, (vt_factor){dy, O, VT_T},
                (vt_factor){x, I, VT_N}, 1, 1);
    if (p->bias.grad) vt_kernels_now()->sum_rows(p->bias.grad, dy, N, O);
    if (dx)
        vt_gemm(dx, I, (vt_extent){N, I, O}, (vt_factor){dy, O, VT_N},
                (vt_factor){p->weight.value, I, VT_N}, 1, 0);
}

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
    vt_kernels_now()->norm_forward(y, stat->mean, stat->rstd, x, &shape);
}

void vt_norm_backward(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x,
                      const vt_real *dy, vt_real *dx, isize N)
{
    vt_norm_shape shape = shape_of(p, N);
    vt_real *grads[2] = {p->weight.grad, p->bias.grad};
    vt_kernels_now()->norm_backward(dx, p->weight.grad ? grads : NULL, dy, x, stat->mean,
                                    stat->rstd, NULL, &shape);
}

vt_mlp vt_mlp_plan(vt_params *params, isize C, const char *name)
{
    vt_mlp mlp = {0};
    mlp.fc1.weight = vt_param_matrix(params, 4 * C, C, VT_INIT_XAVIER, "%s.fc1.weight", name);
    mlp.fc2.weight = vt_param_matrix(params, C, 4 * C, VT_INIT_XAVIER, "%s.fc2.weight", name);
    return mlp;
}

vt_mlp_saved vt_mlp_saved_plan(vt_arena *arena, isize N, isize C)
{
    vt_mlp_saved saved;
    saved.hidden = VT_TAKE(arena, vt_real, N * 4 * C);
    saved.active = VT_TAKE(arena, vt_real, N * 4 * C);
    return saved;
}

void vt_mlp_forward(const vt_mlp *p, const vt_mlp_saved *s, const vt_real *x, vt_real *y, isize N)
{
    /* 1 */ vt_linear_forward(&p->fc1, x, s->hidden, N);
    /* 2 */ vt_kernels_now()->gelu_forward(s->active, s->hidden, N * p->fc1.weight.rows);
    /* 3 */ vt_linear_forward(&p->fc2, s->active, y, N);
}

void vt_mlp_backward(const vt_mlp *p, const vt_mlp_saved *s, const vt_real *x, const vt_real *dy,
                     vt_real *dx, vt_real *wide, isize N)
{
    /* 3 */ vt_linear_backward(&p->fc2, s->active, dy, wide, N);
    /* 2 */ vt_kernels_now()->gelu_backward(wide, s->active, s->hidden, wide,
                                            N * p->fc1.weight.rows);
    /* 1 */ vt_linear_backward(&p->fc1, x, wide, dx, N);
}
