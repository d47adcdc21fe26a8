#include "objective/distil_head.h"
#include "base/profile.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

static vt_linear biased(vt_params *params, isize rows, isize cols, const char *name, int layer)
{
    vt_linear linear;
    linear.weight =
        vt_param_matrix(params, rows, cols, VT_INIT_NORMAL, "%s.mlp.%d.weight", name, layer);
    linear.bias = vt_param_vector(params, rows, VT_INIT_ZERO, "%s.mlp.%d.bias", name, layer);
    return linear;
}

vt_distil_head vt_distil_head_plan(const vt_distil_head_shape *s, vt_params *params,
                                   const char *name)
{
    vt_distil_head head = {.shape = *s};
    head.fc1 = biased(params, s->width, s->in, name, 0);
    head.fc2 = biased(params, s->width, s->width, name, 2);
    head.fc3 = biased(params, s->bottleneck, s->width, name, 4);
    head.last = vt_param_matrix(params, s->prototypes, s->bottleneck, VT_INIT_NORMAL,
                                "%s.last_layer.weight_v", name);
    return head;
}

vt_distil_head_saved vt_distil_head_saved_plan(const vt_distil_head_shape *shape, isize R,
                                               vt_arena *arena)
{
    isize W = shape->width, E = shape->bottleneck, K = shape->prototypes;
    vt_distil_head_saved saved;
    saved.hidden_1 = VT_TAKE(arena, vt_real, R * W);
    saved.hidden_2 = VT_TAKE(arena, vt_real, R * W);
    saved.active = VT_TAKE(arena, vt_real, R * W);
    saved.dactive = VT_TAKE(arena, vt_real, R * W);
    saved.unit = VT_TAKE(arena, vt_real, R * E);
    saved.dunit = VT_TAKE(arena, vt_real, R * E);
    saved.shrink = VT_TAKE(arena, vt_real, R);
    saved.weight = VT_TAKE(arena, vt_real, K * E);
    saved.dweight = VT_TAKE(arena, vt_real, K * E);
    saved.stretch = VT_TAKE(arena, vt_real, K);
    saved.logits = VT_TAKE(arena, vt_real, R * K);
    return saved;
}

static isize larger(isize a, isize b)
{
    return a > b ? a : b;
}

isize vt_distil_head_input(const vt_distil_head_shape *s)
{
    isize widest = larger(s->in + s->width, 2 * s->width);
    return larger(widest, larger(s->width, s->prototypes) + s->bottleneck);
}

/* ---- lengths ---- */

/* Rows [rows, cols] of length 1, and what they were multiplied by. */
static void normalise(vt_real *unit, vt_real *by, const vt_real *x, isize rows, isize cols)
{
    for (isize r = 0; r < rows; r++) {
        double length = sqrt(vt_kernels_now()->sum_squares(x + r * cols, cols));
        by[r] = (vt_real)(1 / (length < 1e-12 ? 1e-12 : length));
        for (isize i = 0; i < cols; i++) unit[r * cols + i] = by[r] * x[r * cols + i];
    }
}

/* Turns the gradient of the rows of length 1 into that of the rows themselves. */
static void normalise_backward(vt_real *d, const vt_real *unit, const vt_real *by, isize rows,
                               isize cols)
{
    for (isize r = 0; r < rows; r++) {
        vt_real *d_r = d + r * cols;
        const vt_real *u = unit + r * cols;
        double along = 0;
        for (isize i = 0; i < cols; i++) along += (double)d_r[i] * (double)u[i];
        for (isize i = 0; i < cols; i++) d_r[i] = by[r] * (d_r[i] - (vt_real)along * u[i]);
    }
}

/* The last layer as a linear over its rows of length 1. */
static vt_linear last_of(const vt_distil_head *head, const vt_distil_head_saved *s)
{
    vt_param weight = {.value = s->weight,
                       .grad = s->dweight,
                       .rows = head->shape.prototypes,
                       .cols = head->shape.bottleneck};
    return (vt_linear){.weight = weight};
}

/* ---- forward and backward ---- */

static void activate(const vt_distil_head_saved *s, const vt_real *hidden, isize numbers)
{
    int64_t from = vt_profile_from();
    vt_kernels_now()->gelu_forward(s->active, hidden, numbers);
    vt_profile_add(VT_PART_GELU, from, 0, numbers * 2 * (isize)sizeof *hidden);
}

/* s->dactive becomes the gradient of hidden, s->active the active values once more. */
static void activate_backward(const vt_distil_head_saved *s, const vt_real *hidden, isize numbers)
{
    int64_t from = vt_profile_from();
    vt_kernels_now()->gelu_backward(s->dactive, s->active, hidden, s->dactive, numbers);
    vt_profile_add(VT_PART_GELU, from, 0, numbers * 4 * (isize)sizeof *hidden);
}

void vt_distil_head_forward(const vt_distil_head *head, const vt_distil_head_saved *s,
                            const vt_real *x, isize R, const vt_scratch *t)
{
    isize W = head->shape.width, E = head->shape.bottleneck, K = head->shape.prototypes;
    vt_linear last = last_of(head, s);
    /* 1 */ vt_linear_forward(&head->fc1, x, s->hidden_1, R, t);
    /* 2 */ activate(s, s->hidden_1, R * W);
    /* 3 */ vt_linear_forward(&head->fc2, s->active, s->hidden_2, R, t);
    /* 4 */ activate(s, s->hidden_2, R * W);
    /* 5 */ vt_linear_forward(&head->fc3, s->active, s->unit, R, t);
    /* 6 */ normalise(s->unit, s->shrink, s->unit, R, E);
    /* 7 */ normalise(s->weight, s->stretch, head->last.value, K, E);
    /* 8 */ vt_linear_forward(&last, s->unit, s->logits, R, t);
}

/* Adds s->dweight to the last layer's gradient in the shard's turn; where it is frozen, nothing. */
static void add_last(const vt_distil_head *head, const vt_distil_head_saved *s, int frozen,
                     isize turn)
{
    isize numbers = head->last.rows * head->last.cols;
    vt_real *grad = head->last.grad;
    if (!vt_param_begin(&head->last, turn)) memset(grad, 0, (size_t)numbers * sizeof *grad);
    if (!frozen) vt_kernels_now()->add(grad, grad, s->dweight, numbers);
    vt_param_end(&head->last);
}

void vt_distil_head_backward(const vt_distil_head *head, const vt_distil_head_saved *s,
                             const vt_real *x, const vt_real *dlogits, vt_real *dx, isize R,
                             int frozen, const vt_scratch *t)
{
    isize W = head->shape.width, E = head->shape.bottleneck, K = head->shape.prototypes;
    vt_linear last = last_of(head, s);
    memset(s->dweight, 0, (size_t)(K * E) * sizeof *s->dweight);
    /* 8 */ vt_linear_backward(&last, s->unit, dlogits, s->dunit, R, t);
    /* 7 */ normalise_backward(s->dweight, s->weight, s->stretch, K, E);
    add_last(head, s, frozen, t->turn);
    /* 6 */ normalise_backward(s->dunit, s->unit, s->shrink, R, E);
    /* 5: the active values of 4 still stand there */
    vt_linear_backward(&head->fc3, s->active, s->dunit, s->dactive, R, t);
    /* 4 */ activate_backward(s, s->hidden_2, R * W);
    /* 3: the gradient of hidden_2 takes its place, for which there is no more use */
    memcpy(s->hidden_2, s->dactive, (size_t)(R * W) * sizeof *s->dactive);
    activate(s, s->hidden_1, R * W);
    vt_linear_backward(&head->fc2, s->active, s->hidden_2, s->dactive, R, t);
    /* 2 */ activate_backward(s, s->hidden_1, R * W);
    /* 1 */ vt_linear_backward(&head->fc1, x, s->dactive, dx, R, t);
}

int64_t vt_distil_head_flops(const vt_distil_head_shape *s, isize R)
{
    return 2 * R * (s->width * (s->in + s->width + s->bottleneck) + s->bottleneck * s->prototypes);
}
