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

vt_head_saved vt_head_saved_plan(const vt_pixel_head *head, isize N, vt_arena *arena)
{
    isize W = head->shape.width;
    vt_head_saved saved;
    saved.projected = VT_TAKE(arena, vt_real, N * W);
    saved.blocks = VT_TAKE(arena, vt_head_block_saved, head->shape.depth);
    for (int l = 0; l < head->shape.depth; l++) {
        vt_head_block_saved block = {0};
        if (head->shape.norm_skip) {
            block.stat_1 = vt_norm_stat_plan(arena, N);
            block.skipped = VT_TAKE(arena, vt_real, N * W);
        }
        block.stat_2 = vt_norm_stat_plan(arena, N);
        block.n2 = VT_TAKE(arena, vt_real, N * W);
        block.mlp = vt_mlp_saved_plan(arena, N, W);
        block.out = VT_TAKE(arena, vt_real, N * W);
        if (saved.blocks) saved.blocks[l] = block;
    }
    saved.stat = vt_norm_stat_plan(arena, N);
    saved.normed = VT_TAKE(arena, vt_real, N * W);
    saved.pred = VT_TAKE(arena, vt_real, N * head->shape.values);
    return saved;
}

vt_head_scratch vt_head_scratch_plan(const vt_pixel_head *head, isize N, vt_arena *arena)
{
    isize W = head->shape.width;
    vt_head_scratch scratch;
    scratch.dx = VT_TAKE(arena, vt_real, N * W);
    scratch.dn = VT_TAKE(arena, vt_real, N * W);
    scratch.wide = VT_TAKE(arena, vt_real, N * 4 * W);
    return scratch;
}

static void block_forward(const vt_head_block *p, const vt_head_block_saved *s, const vt_real *x,
                          isize N)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize all = N * p->norm_2.weight.cols;
    if (s->skipped) {
        /* 1 */ vt_norm_forward(&p->norm_1, &s->stat_1, x, s->skipped, N);
        /* 2 */ kernels->add(s->skipped, s->skipped, x, all); /* x1 = x + norm_1(x) */
        x = s->skipped;
    }
    /* 3 */ vt_norm_forward(&p->norm_2, &s->stat_2, x, s->n2, N);
    /* 4 */ vt_mlp_forward(&p->mlp, &s->mlp, s->n2, s->out, N);
    /* 5 */ kernels->add(s->out, s->out, x, all); /* y = x1 + mlp */
}

/* dy is the gradient of y at call, that of x at return. */
static void block_backward(const vt_head_block *p, const vt_head_block_saved *s, const vt_real *x,
                           vt_real *dy, const vt_head_scratch *t, isize N)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize all = N * p->norm_2.weight.cols;
    const vt_real *x1 = s->skipped ? s->skipped : x;
    /* 5: y = x1 + mlp, so dmlp = dy and part of dx1 = dy */
    /* 4 */ vt_mlp_backward(&p->mlp, &s->mlp, s->n2, dy, t->dn, t->wide, N);
    /* 3 */ vt_norm_backward(&p->norm_2, &s->stat_2, x1, t->dn, t->dn, N);
    kernels->add(dy, dy, t->dn, all); /* x1 had two readers: sum */
    if (s->skipped) {
        /* 2: x1 = x + norm_1(x) */
        /* 1 */ vt_norm_backward(&p->norm_1, &s->stat_1, x, dy, t->dn, N);
        kernels->add(dy, dy, t->dn, all); /* x had two readers: sum */
    }
}

void vt_pixel_head_forward(const vt_pixel_head *head, const vt_head_saved *s, const vt_real *x,
                           isize N)
{
    isize side = head->shape.grid_side;
    /* 1 */ vt_linear_forward(&head->projection, x, s->projected, N);
    /* 2 */ vt_kernels_now()->add_rows(s->projected, head->pos, N, head->shape.width, side * side);
    const vt_real *h = s->projected;
    for (int l = 0; l < head->shape.depth; l++) {
        /* 3 */ block_forward(&head->blocks[l], &s->blocks[l], h, N);
        h = s->blocks[l].out;
    }
    /* 4 */ vt_norm_forward(&head->norm, &s->stat, h, s->normed, N);
    /* 5 */ vt_linear_forward(&head->pred, s->normed, s->pred, N);
}

void vt_pixel_head_backward(const vt_pixel_head *head, const vt_head_saved *s, const vt_real *x,
                            const vt_real *dpred, vt_real *dx, const vt_head_scratch *t, isize N)
{
    int depth = head->shape.depth;
    const vt_real *h = depth > 0 ? s->blocks[depth - 1].out : s->projected;
    /* 5 */ vt_linear_backward(&head->pred, s->normed, dpred, t->dn, N);
    /* 4 */ vt_norm_backward(&head->norm, &s->stat, h, t->dn, t->dx, N);
    for (int l = depth - 1; l >= 0; l--) {
        h = l > 0 ? s->blocks[l - 1].out : s->projected;
        /* 3 */ block_backward(&head->blocks[l], &s->blocks[l], h, t->dx, t, N);
    }
    /* 2: positions are fixed */
    /* 1 */ vt_linear_backward(&head->projection, x, t->dx, dx, N);
}
