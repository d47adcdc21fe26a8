#include "model/blocks.h"
#include "base/profile.h"
#include "ops/kernels.h"
#include <stdio.h>
#include <string.h>

static vt_block block_plan(const vt_blocks_shape *shape, vt_params *params, const char *stack,
                           int l)
{
    char name[64];
    vt_block block;
    (void)snprintf(name, sizeof name, "%s.%d.attn", stack, l);
    block.attn = vt_attn_plan(params, shape->width, shape->heads, name);
    (void)snprintf(name, sizeof name, "%s.%d.norm_1", stack, l);
    block.norm_1 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    (void)snprintf(name, sizeof name, "%s.%d.mlp", stack, l);
    block.mlp = vt_mlp_plan(params, shape->width, name);
    (void)snprintf(name, sizeof name, "%s.%d.norm_2", stack, l);
    block.norm_2 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    return block;
}

vt_blocks vt_blocks_plan(const vt_blocks_shape *shape, vt_params *params, vt_arena *arena,
                         const char *name)
{
    vt_blocks blocks = {.shape = *shape};
    blocks.list = VT_TAKE(arena, vt_block, shape->depth);
    for (int l = 0; l < shape->depth; l++) {
        vt_block block = block_plan(shape, params, name, l);
        if (blocks.list) blocks.list[l] = block;
    }
    return blocks;
}

/* ---- storage ---- */

/* Sizes come from the shape, not from the blocks: a counting plan has none. */
static vt_attn attn_of(const vt_blocks_shape *shape)
{
    vt_attn attn = {.heads = shape->heads};
    attn.proj.weight.cols = shape->width;
    return attn;
}

static vt_block_saved block_saved_plan(const vt_blocks_shape *shape, isize B, isize T,
                                       int recompute, vt_arena *arena)
{
    isize N = B * T, C = shape->width;
    vt_attn attn = attn_of(shape);
    vt_block_saved saved;
    saved.stat_1 = vt_norm_stat_plan(arena, N);
    saved.stat_2 = vt_norm_stat_plan(arena, N);
    saved.attn = vt_attn_saved_plan(arena, B, T, &attn);
    saved.r = VT_TAKE(arena, vt_real, N * C);
    saved.hidden = recompute ? NULL : VT_TAKE(arena, vt_real, N * 4 * C);
    return saved;
}

vt_blocks_saved vt_blocks_saved_plan(const vt_blocks_shape *shape, isize B, isize T, int recompute,
                                     vt_arena *arena)
{
    isize N = B * T, C = shape->width;
    int depth = shape->depth, stored = recompute ? 1 : depth;
    vt_blocks_saved saved = {.recompute = recompute};
    saved.row_of = VT_TAKE(arena, int32_t, N);
    saved.out = VT_TAKE(arena, vt_real *, depth);
    for (int l = 0; l < depth; l++) {
        vt_real *out = VT_TAKE(arena, vt_real, N * C);
        if (saved.out) saved.out[l] = out;
    }
    saved.list = VT_TAKE(arena, vt_block_saved, stored);
    for (int l = 0; l < stored; l++) {
        vt_block_saved block = block_saved_plan(shape, B, T, recompute, arena);
        if (saved.list) saved.list[l] = block;
    }
    return saved;
}

vt_scratch_size vt_blocks_scratch_size(const vt_blocks_shape *shape, isize B, isize T)
{
    vt_attn attn = attn_of(shape);
    return (vt_scratch_size){
        .rows = B * T, .width = shape->width, .attention = vt_attn_work(T, &attn)};
}

/* ---- blocks ---- */

/* The rows that go through a block: all N of the pass, of which R leave it. */
typedef struct {
    vt_pass pass;
    isize N, R;
    const int32_t *row_of; /* [R] where R < N, else NULL: all, in their order */
} flow;

/* s NULL: only to count. */
static flow flow_of(const vt_blocks_shape *shape, const vt_blocks_saved *s, const vt_pass *pass,
                    int l)
{
    isize N = pass->B * pass->T;
    flow all = {.pass = *pass, .N = N, .R = N};
    all.pass.wanted = VT_ROWS_ALL;
    if (l < shape->depth - 1 || pass->wanted == VT_ROWS_ALL) return all;
    return (flow){*pass, N, vt_pass_rows(pass), s ? s->row_of : NULL};
}

static void list_rows(const vt_blocks_saved *s, const vt_pass *pass)
{
    isize r = 0;
    for (isize b = 0; b < pass->B; b++) {
        vt_range range = vt_pass_range(pass, b);
        for (isize t = range.from; t < range.to; t++) s->row_of[r++] = (int32_t)(b * pass->T + t);
    }
}

static vt_real *hidden_of(const vt_block_saved *s, const vt_scratch *t)
{
    return s->hidden ? s->hidden : t->hidden;
}

/* y NULL: fills what backward reads, without the block's output. */
static void block_forward(const vt_block *p, const vt_block_saved *s, const flow *f,
                          const vt_real *x, vt_real *y, const vt_scratch *t)
{
    isize C = p->norm_1.weight.cols;
    /* 1 */ vt_norm_forward(&p->norm_1, &s->stat_1, x, t->n, f->N);
    /* 2: r = x + attn */
    vt_rows_take(s->r, x, f->row_of, f->R, C);
    vt_attn_forward(&p->attn, &s->attn, &f->pass, t->n, s->r, t);
    /* 3 */ vt_norm_forward(&p->norm_2, &s->stat_2, s->r, t->n, f->R);
    /* 4: y = r + mlp */
    if (y) vt_rows_take(y, s->r, NULL, f->R, C);
    vt_mlp_forward(&p->mlp, hidden_of(s, t), t->n, y, f->R, t);
}

/* t->dx is the gradient of y at call, that of x at return. */
static void block_backward(const vt_block *p, const vt_block_saved *s, const flow *f,
                           const vt_real *x, const vt_scratch *t)
{
    isize C = p->norm_1.weight.cols;
    /* 4: y = r + mlp, so dmlp = dy and part of dr = dy */
    vt_norm_again(&p->norm_2, &s->stat_2, s->r, t->n, f->R);
    vt_mlp_backward(&p->mlp, hidden_of(s, t), t->n, t->dx, t->n, f->R, t);
    /* 3 */ vt_norm_backward(&p->norm_2, &s->stat_2, s->r, t->n, t->dx, t->dr, f->R, t);
    /* 2: r = x + attn, so dattn = dr and part of dx = dr */
    vt_norm_again(&p->norm_1, &s->stat_1, x, t->n, f->N);
    vt_attn_backward(&p->attn, &s->attn, &f->pass, t->n, t->dr, t->n, t);
    vt_real *dres = t->dr;
    if (f->row_of) { /* rows that did not leave the block have no gradient from there */
        int64_t from = vt_profile_from();
        dres = t->dx;
        memset(dres, 0, (size_t)(f->N * C) * sizeof *dres);
        vt_kernels_now()->scatter_rows(dres, t->dr, f->row_of, f->R, C);
        vt_profile_add(VT_PART_ROWS, from, 0, (f->N + 2 * f->R) * C * (isize)sizeof *dres);
    }
    /* 1 */ vt_norm_backward(&p->norm_1, &s->stat_1, x, t->n, dres, t->dx, f->N, t);
}

/* ---- stack ---- */

static const vt_real *input_of(const vt_blocks_saved *s, const vt_real *x, int l)
{
    return l > 0 ? s->out[l - 1] : x;
}

static const vt_block_saved *saved_of(const vt_blocks_saved *s, int l)
{
    return &s->list[s->recompute ? 0 : l];
}

void vt_blocks_forward(const vt_blocks *blocks, const vt_blocks_saved *s, const vt_pass *pass,
                       const vt_real *x, const vt_scratch *t)
{
    list_rows(s, pass);
    for (int l = 0; l < blocks->shape.depth; l++) {
        flow f = flow_of(&blocks->shape, s, pass, l);
        block_forward(&blocks->list[l], saved_of(s, l), &f, input_of(s, x, l), s->out[l], t);
    }
}

/* dout: what each output from block `from` on has besides; NULL: nothing. */
static void backward(const vt_blocks *blocks, const vt_blocks_saved *s, const vt_pass *pass,
                     const vt_real *x, const vt_real *dout, int from, const vt_scratch *t)
{
    for (int l = blocks->shape.depth - 1; l >= 0; l--) {
        flow f = flow_of(&blocks->shape, s, pass, l);
        const vt_block *block = &blocks->list[l];
        const vt_block_saved *saved = saved_of(s, l);
        if (s->recompute) block_forward(block, saved, &f, input_of(s, x, l), NULL, t);
        block_backward(block, saved, &f, input_of(s, x, l), t);
        if (dout && l > from) vt_kernels_now()->add(t->dx, t->dx, dout, f.N * blocks->shape.width);
    }
}

void vt_blocks_backward(const vt_blocks *blocks, const vt_blocks_saved *s, const vt_pass *pass,
                        const vt_real *x, const vt_scratch *t)
{
    backward(blocks, s, pass, x, NULL, 0, t);
}

void vt_blocks_backward_from(const vt_blocks *blocks, const vt_blocks_saved *s, const vt_pass *pass,
                             const vt_real *x, const vt_real *dout, int from, const vt_scratch *t)
{
    isize values = pass->B * pass->T * blocks->shape.width;
    VT_ASSERT(pass->wanted == VT_ROWS_ALL && from >= 0 && from < blocks->shape.depth);
    memcpy(t->dx, dout, (size_t)values * sizeof *dout);
    backward(blocks, s, pass, x, dout, from, t);
}

/* ---- cost ---- */

typedef struct {
    int64_t qkv, rest; /* of all blocks, forward: products of N rows, and of those that leave */
    int64_t kept;      /* of rest, what recompute does again: all but fc2 */
    int64_t mix, mix_again; /* attention forward; backward */
} cost;

static cost cost_of(const vt_blocks_shape *shape, const vt_pass *pass)
{
    int64_t C = shape->width, N = pass->B * pass->T;
    cost sum = {0};
    for (int l = 0; l < shape->depth; l++) {
        flow f = flow_of(shape, NULL, pass, l);
        int64_t square = 2 * f.R * C * C;
        sum.qkv += 2 * N * 3 * C * C;
        sum.rest += 9 * square;
        sum.kept += 5 * square;
        sum.mix += vt_attn_flops(&f.pass, C, shape->heads, 0);
        sum.mix_again += vt_attn_flops(&f.pass, C, shape->heads, 1);
    }
    return sum;
}

int64_t vt_blocks_flops_forward(const vt_blocks_shape *shape, const vt_pass *pass)
{
    cost sum = cost_of(shape, pass);
    return sum.qkv + sum.rest + sum.mix;
}

int64_t vt_blocks_flops_backward(const vt_blocks_shape *shape, const vt_pass *pass, int recompute)
{
    cost sum = cost_of(shape, pass);
    int64_t again = recompute ? sum.qkv + sum.kept + sum.mix : 0;
    return 2 * (sum.qkv + sum.rest) + sum.mix_again + again;
}
