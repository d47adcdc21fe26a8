#include "model/mlp_blocks.h"
#include "ops/kernels.h"
#include <stdio.h>

static vt_mlp_block block_plan(const vt_mlp_blocks_shape *shape, vt_params *params,
                               const char *stack, int l)
{
    char name[64];
    vt_mlp_block block = {0};
    if (shape->norm_skip) {
        (void)snprintf(name, sizeof name, "%s.%d.norm_1", stack, l);
        block.norm_1 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    }
    (void)snprintf(name, sizeof name, "%s.%d.norm_2", stack, l);
    block.norm_2 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    (void)snprintf(name, sizeof name, "%s.%d.mlp", stack, l);
    block.mlp = vt_mlp_plan(params, shape->width, name);
    return block;
}

vt_mlp_blocks vt_mlp_blocks_plan(const vt_mlp_blocks_shape *shape, vt_params *params,
                                 vt_arena *arena, const char *name)
{
    vt_mlp_blocks blocks = {.shape = *shape};
    blocks.list = VT_TAKE(arena, vt_mlp_block, shape->depth);
    for (int l = 0; l < shape->depth; l++) {
        vt_mlp_block block = block_plan(shape, params, name, l);
        if (blocks.list) blocks.list[l] = block;
    }
    return blocks;
}

vt_mlp_blocks_saved vt_mlp_blocks_saved_plan(const vt_mlp_blocks_shape *shape, isize R,
                                             int recompute, vt_arena *arena)
{
    isize W = shape->width;
    int depth = shape->depth, stored = recompute && depth > 1 ? 1 : depth;
    vt_mlp_blocks_saved saved = {.recompute = recompute};
    saved.out = VT_TAKE(arena, vt_real *, depth);
    for (int l = 0; l < depth; l++) {
        vt_real *out = VT_TAKE(arena, vt_real, R * W);
        if (saved.out) saved.out[l] = out;
    }
    saved.list = VT_TAKE(arena, vt_mlp_block_saved, stored);
    for (int l = 0; l < stored; l++) {
        vt_mlp_block_saved block = {0};
        if (shape->norm_skip) {
            block.stat_1 = vt_norm_stat_plan(arena, R);
            block.skipped = VT_TAKE(arena, vt_real, R * W);
        }
        block.stat_2 = vt_norm_stat_plan(arena, R);
        if (!recompute) block.hidden = VT_TAKE(arena, vt_real, R * 4 * W);
        if (saved.list) saved.list[l] = block;
    }
    return saved;
}

static vt_real *hidden_of(const vt_mlp_block_saved *s, const vt_scratch *t)
{
    return s->hidden ? s->hidden : t->hidden;
}

/* y NULL: fills what backward reads, without the block's output. */
static void block_forward(const vt_mlp_block *p, const vt_mlp_block_saved *s, const vt_real *x,
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
static void block_backward(const vt_mlp_block *p, const vt_mlp_block_saved *s, const vt_real *x,
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

static const vt_real *input_of(const vt_mlp_blocks_saved *s, const vt_real *x, int l)
{
    return l > 0 ? s->out[l - 1] : x;
}

static const vt_mlp_block_saved *saved_of(const vt_mlp_blocks_saved *s, int l)
{
    return &s->list[s->recompute ? 0 : l];
}

const vt_real *vt_mlp_blocks_forward(const vt_mlp_blocks *blocks, const vt_mlp_blocks_saved *s,
                                     const vt_real *x, isize R, const vt_scratch *t)
{
    int depth = blocks->shape.depth;
    for (int l = 0; l < depth; l++)
        block_forward(&blocks->list[l], saved_of(s, l), input_of(s, x, l), s->out[l], R, t);
    return input_of(s, x, depth);
}

void vt_mlp_blocks_backward(const vt_mlp_blocks *blocks, const vt_mlp_blocks_saved *s,
                            const vt_real *x, isize R, const vt_scratch *t)
{
    for (int l = blocks->shape.depth - 1; l >= 0; l--) {
        const vt_mlp_block *block = &blocks->list[l];
        const vt_real *in = input_of(s, x, l);
        if (s->recompute) block_forward(block, saved_of(s, l), in, NULL, R, t);
        block_backward(block, saved_of(s, l), in, R, t);
    }
}

int64_t vt_mlp_blocks_flops_forward(const vt_mlp_blocks_shape *shape, isize R)
{
    int64_t W = shape->width;
    return 2 * R * shape->depth * 8 * W * W;
}

int64_t vt_mlp_blocks_flops_backward(const vt_mlp_blocks_shape *shape, isize R, int recompute)
{
    int64_t W = shape->width, again = 2 * R * shape->depth * 4 * W * W;
    return 2 * vt_mlp_blocks_flops_forward(shape, R) + (recompute ? again : 0);
}
