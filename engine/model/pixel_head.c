#include "model/pixel_head.h"
#include "model/trunk.h"
#include "ops/kernels.h"
#include <stdio.h>

static vt_head_block block_plan(const vt_head_shape *shape, vt_params *params, int l)
{
    char name[64];
    vt_head_block block = {0};
    if (shape->norm_skip) {
        (void)snprintf(name, sizeof name, "head.decoder_blocks.%d.norm_1", l);
        block.norm_1 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    }
    (void)snprintf(name, sizeof name, "head.decoder_blocks.%d.norm_2", l);
    block.norm_2 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    (void)snprintf(name, sizeof name, "head.decoder_blocks.%d.mlp", l);
    block.mlp = vt_mlp_plan(params, shape->width, name);
    return block;
}

static vt_linear biased(vt_params *params, isize rows, isize cols, const char *name)
{
    vt_linear linear;
    linear.weight = vt_param_matrix(params, rows, cols, VT_INIT_XAVIER, "%s.weight", name);
    linear.bias = vt_param_vector(params, rows, VT_INIT_ZERO, "%s.bias", name);
    return linear;
}

vt_pixel_head vt_pixel_head_plan(const vt_head_shape *shape, vt_params *params, vt_arena *arena)
{
    isize side = shape->grid_side, W = shape->width;
    vt_pixel_head head = {.shape = *shape};
    head.projection = biased(params, W, shape->in, "head.decoder_projection");
    head.blocks = VT_TAKE(arena, vt_head_block, shape->depth);
    for (int l = 0; l < shape->depth; l++) {
        vt_head_block block = block_plan(shape, params, l);
        if (head.blocks) head.blocks[l] = block;
    }
    head.norm = vt_norm_plan(params, W, shape->norm_eps, "head.decoder_norm");
    head.pred = biased(params, shape->values, W, "head.decoder_pred");
    head.pos = VT_TAKE(arena, vt_real, side * side * W);
    if (head.pos) vt_sincos(head.pos, side, side, W);
    return head;
}

vt_head_saved vt_head_saved_plan(const vt_head_shape *shape, isize N, int recompute,
                                 vt_arena *arena)
{
    isize W = shape->width;
    int depth = shape->depth, stored = recompute && depth > 1 ? 1 : depth;
    vt_head_saved saved = {.recompute = recompute};
    saved.projected = VT_TAKE(arena, vt_real, N * W);
    saved.out = VT_TAKE(arena, vt_real *, depth);
    for (int l = 0; l < depth; l++) {
        vt_real *out = VT_TAKE(arena, vt_real, N * W);
        if (saved.out) saved.out[l] = out;
    }
    saved.blocks = VT_TAKE(arena, vt_head_block_saved, stored);
    for (int l = 0; l < stored; l++) {
        vt_head_block_saved block = {0};
        if (shape->norm_skip) {
            block.stat_1 = vt_norm_stat_plan(arena, N);
            block.skipped = VT_TAKE(arena, vt_real, N * W);
        }
        block.stat_2 = vt_norm_stat_plan(arena, N);
        if (!recompute) block.hidden = VT_TAKE(arena, vt_real, N * 4 * W);
        if (saved.blocks) saved.blocks[l] = block;
    }
    saved.stat = vt_norm_stat_plan(arena, N);
    saved.pred = VT_TAKE(arena, vt_real, N * shape->values);
    return saved;
}

static vt_real *hidden_of(const vt_head_block_saved *s, const vt_scratch *t)
{
    return s->hidden ? s->hidden : t->hidden;
}

/* y NULL: fills what backward reads, without the block's output. */
static void block_forward(const vt_head_block *p, const vt_head_block_saved *s, const vt_real *x,
                          vt_real *y, isize R, const vt_scratch *t)
{
    if (s->skipped) {
        /* 1: x1 = x + norm_1(x) */
        vt_norm_forward(&p->norm_1, &s->stat_1, x, t->n, R);
        vt_kernels_now()->add(s->skipped, t->n, x, R * p->norm_2.weight.cols);
        x = s->skipped;
    }
    /* 2 */ vt_norm_forward(&p->norm_2, &s->stat_2, x, t->n, R);
    /* 3: y = x1 + mlp */
    if (y) vt_rows_take(y, x, NULL, R, p->norm_2.weight.cols);
    vt_mlp_forward(&p->mlp, hidden_of(s, t), t->n, y, R, t);
}

/* t->dx is the gradient of y at call, that of x at return. */
static void block_backward(const vt_head_block *p, const vt_head_block_saved *s, const vt_real *x,
                           isize R, const vt_scratch *t)
{
    const vt_real *x1 = s->skipped ? s->skipped : x;
    /* 3: y = x1 + mlp, so dmlp = dy and part of dx1 = dy */
    vt_norm_again(&p->norm_2, &s->stat_2, x1, t->n, R);
    vt_mlp_backward(&p->mlp, hidden_of(s, t), t->n, t->dx, t->n, R, t);
    /* 2 */ vt_norm_backward(&p->norm_2, &s->stat_2, x1, t->n, t->dx, t->dx, R, t);
    /* 1: x1 = x + norm_1(x), so part of dx = dx1 */
    if (s->skipped) vt_norm_backward(&p->norm_1, &s->stat_1, x, t->dx, t->dx, t->dx, R, t);
}

static const vt_real *input_of(const vt_head_saved *s, int l)
{
    return l > 0 ? s->out[l - 1] : s->projected;
}

static const vt_head_block_saved *saved_of(const vt_head_saved *s, int l)
{
    return &s->blocks[s->recompute ? 0 : l];
}

void vt_pixel_head_forward(const vt_pixel_head *head, const vt_head_saved *s, const vt_real *x,
                           const int32_t *token_of, isize R, const vt_scratch *t)
{
    isize W = head->shape.width;
    int depth = head->shape.depth;
    /* 1 */ vt_linear_forward(&head->projection, x, s->projected, R, t);
    /* 2 */ vt_kernels_now()->add_rows_at(s->projected, head->pos, token_of, R, W);
    for (int l = 0; l < depth; l++)
        /* 3 */ block_forward(&head->blocks[l], saved_of(s, l), input_of(s, l), s->out[l], R, t);
    /* 4 */ vt_norm_forward(&head->norm, &s->stat, input_of(s, depth), t->n, R);
    /* 5 */ vt_linear_forward(&head->pred, t->n, s->pred, R, t);
}

void vt_pixel_head_backward(const vt_pixel_head *head, const vt_head_saved *s, const vt_real *x,
                            const vt_real *dpred, vt_real *dx, isize R, const vt_scratch *t)
{
    int depth = head->shape.depth;
    const vt_real *last = input_of(s, depth);
    vt_norm_again(&head->norm, &s->stat, last, t->n, R);
    /* 5 */ vt_linear_backward(&head->pred, t->n, dpred, t->n, R, t);
    /* 4 */ vt_norm_backward(&head->norm, &s->stat, last, t->n, NULL, t->dx, R, t);
    for (int l = depth - 1; l >= 0; l--) {
        const vt_head_block *block = &head->blocks[l];
        if (s->recompute) block_forward(block, saved_of(s, l), input_of(s, l), NULL, R, t);
        /* 3 */ block_backward(block, saved_of(s, l), input_of(s, l), R, t);
    }
    /* 2: positions are fixed */
    /* 1 */ vt_linear_backward(&head->projection, x, t->dx, dx, R, t);
}

int64_t vt_head_flops_forward(const vt_pixel_head *head, isize R)
{
    int64_t C = head->shape.in, W = head->shape.width, P = head->shape.values;
    return 2 * R * (C * W + head->shape.depth * 8 * W * W + W * P);
}

int64_t vt_head_flops_backward(const vt_pixel_head *head, isize R, int recompute)
{
    int64_t W = head->shape.width, again = 2 * R * head->shape.depth * 4 * W * W;
    return 2 * vt_head_flops_forward(head, R) + (recompute ? again : 0);
}
