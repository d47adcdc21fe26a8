#include "model/trunk.h"
#include "base/profile.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

isize vt_trunk_tokens(const vt_trunk_shape *shape)
{
    isize side = shape->image_px / shape->patch_px;
    return side * side;
}

isize vt_patch_values(const vt_trunk_shape *shape)
{
    return (isize)shape->channels * shape->patch_px * shape->patch_px;
}

void vt_sincos(vt_real *table, isize rows, isize cols, isize C)
{
    isize quarter = C / 4;
    for (isize r = 0; r < rows; r++) {
        for (isize c = 0; c < cols; c++) {
            vt_real *at = table + (r * cols + c) * C;
            for (isize j = 0; j < quarter; j++) {
                double omega = pow(10000, -(double)j / (double)quarter);
                at[j] = (vt_real)sin((double)c * omega);
                at[quarter + j] = (vt_real)cos((double)c * omega);
                at[2 * quarter + j] = (vt_real)sin((double)r * omega);
                at[3 * quarter + j] = (vt_real)cos((double)r * omega);
            }
        }
    }
}

void vt_patchify(vt_real *patches, const vt_real *images, isize B, const vt_trunk_shape *shape)
{
    isize px = shape->image_px, p = shape->patch_px, side = px / p;
    vt_real *out = patches;
    for (isize b = 0; b < B; b++) {
        const vt_real *image = images + b * shape->channels * px * px;
        for (isize row = 0; row < side; row++)
            for (isize col = 0; col < side; col++)
                for (isize channel = 0; channel < shape->channels; channel++)
                    for (isize y = 0; y < p; y++, out += p)
                        memcpy(out, image + (channel * px + row * p + y) * px + col * p,
                               (size_t)p * sizeof *out);
    }
}

static vt_linear patch_plan(const vt_trunk_shape *shape, vt_params *params)
{
    isize C = shape->width, P = vt_patch_values(shape), p = shape->patch_px;
    vt_linear patch = {0};
    vt_param_info weight = {.name = "preprocessor.patchifier.proj.weight",
                            .rows = C,
                            .cols = P,
                            .fan = P,
                            .shape = {C, shape->channels, p, p},
                            .dims = 4,
                            .init = VT_INIT_XAVIER};
    vt_param_info bias = {.name = "preprocessor.patchifier.proj.bias",
                          .rows = 1,
                          .cols = C,
                          .fan = P,
                          .shape = {C},
                          .dims = 1,
                          .init = VT_INIT_CONV_BIAS};
    patch.weight = vt_param_take(params, weight);
    patch.bias = vt_param_take(params, bias);
    return patch;
}

static vt_block block_plan(const vt_trunk_shape *shape, vt_params *params, int l)
{
    char name[64];
    vt_block block;
    (void)snprintf(name, sizeof name, "trunk.blocks.%d.attn", l);
    block.attn = vt_attn_plan(params, shape->width, shape->heads, name);
    (void)snprintf(name, sizeof name, "trunk.blocks.%d.norm_1", l);
    block.norm_1 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    (void)snprintf(name, sizeof name, "trunk.blocks.%d.mlp", l);
    block.mlp = vt_mlp_plan(params, shape->width, name);
    (void)snprintf(name, sizeof name, "trunk.blocks.%d.norm_2", l);
    block.norm_2 = vt_norm_plan(params, shape->width, shape->norm_eps, name);
    return block;
}

vt_trunk vt_trunk_plan(const vt_trunk_shape *shape, vt_params *params, vt_arena *arena)
{
    isize side = shape->image_px / shape->patch_px, C = shape->width;
    vt_trunk trunk = {.shape = *shape};
    trunk.patch = patch_plan(shape, params);
    trunk.patch_norm = vt_norm_plan(params, C, shape->norm_eps, "preprocessor.patchifier.norm");
    trunk.blocks = VT_TAKE(arena, vt_block, shape->depth);
    for (int l = 0; l < shape->depth; l++) {
        vt_block block = block_plan(shape, params, l);
        if (trunk.blocks) trunk.blocks[l] = block;
    }
    trunk.post_norm = vt_norm_plan(params, C, shape->norm_eps, "trunk.post_trunk_norm");
    trunk.pos = VT_TAKE(arena, vt_real, side * side * C);
    if (trunk.pos) vt_sincos(trunk.pos, side, side, C);
    return trunk;
}

/* ---- storage ---- */

/* Sizes come from the shape, not from the blocks: a counting plan has none. */
static vt_attn attn_of(const vt_trunk *trunk)
{
    vt_attn attn = {.heads = trunk->shape.heads};
    attn.proj.weight.cols = trunk->shape.width;
    return attn;
}

static vt_block_saved block_saved_plan(const vt_trunk *trunk, isize B, int recompute,
                                       vt_arena *arena)
{
    isize T = vt_trunk_tokens(&trunk->shape), N = B * T, C = trunk->shape.width;
    vt_attn attn = attn_of(trunk);
    vt_block_saved saved;
    saved.stat_1 = vt_norm_stat_plan(arena, N);
    saved.stat_2 = vt_norm_stat_plan(arena, N);
    saved.attn = vt_attn_saved_plan(arena, B, T, &attn);
    saved.r = VT_TAKE(arena, vt_real, N * C);
    saved.hidden = recompute ? NULL : VT_TAKE(arena, vt_real, N * 4 * C);
    return saved;
}

vt_trunk_saved vt_trunk_saved_plan(const vt_trunk *trunk, isize B, int recompute, vt_arena *arena)
{
    isize N = B * vt_trunk_tokens(&trunk->shape), C = trunk->shape.width;
    int depth = trunk->shape.depth, stored = recompute ? 1 : depth;
    vt_trunk_saved saved = {.recompute = recompute};
    saved.patches = VT_TAKE(arena, vt_real, N * vt_patch_values(&trunk->shape));
    saved.embedded = VT_TAKE(arena, vt_real, N * C);
    saved.patch_stat = vt_norm_stat_plan(arena, N);
    saved.post_stat = vt_norm_stat_plan(arena, N);
    saved.tokens = VT_TAKE(arena, vt_real, N * C);
    saved.final = VT_TAKE(arena, vt_real, N * C);
    saved.row_of = VT_TAKE(arena, int32_t, N);
    saved.token_of = VT_TAKE(arena, int32_t, N);
    saved.out = VT_TAKE(arena, vt_real *, depth);
    for (int l = 0; l < depth; l++) {
        vt_real *out = VT_TAKE(arena, vt_real, N * C);
        if (saved.out) saved.out[l] = out;
    }
    saved.blocks = VT_TAKE(arena, vt_block_saved, stored);
    for (int l = 0; l < stored; l++) {
        vt_block_saved block = block_saved_plan(trunk, B, recompute, arena);
        if (saved.blocks) saved.blocks[l] = block;
    }
    return saved;
}

vt_scratch_size vt_trunk_scratch_size(const vt_trunk *trunk, isize B)
{
    isize T = vt_trunk_tokens(&trunk->shape);
    vt_attn attn = attn_of(trunk);
    return (vt_scratch_size){.rows = B * T,
                             .width = trunk->shape.width,
                             .input = vt_patch_values(&trunk->shape),
                             .attention = vt_attn_work(T, &attn)};
}

/* ---- blocks ---- */

/* The rows that go through a block: all N of the pass, of which R leave it. */
typedef struct {
    vt_pass pass;
    isize N, R;
    const int32_t *row_of; /* [R] where R < N, else NULL: all, in their order */
} flow;

/* s NULL: only to count. */
static flow flow_of(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass, int l)
{
    isize N = pass->B * pass->T;
    flow all = {.pass = *pass, .N = N, .R = N};
    all.pass.wanted = VT_ROWS_ALL;
    if (l < trunk->shape.depth - 1 || pass->wanted == VT_ROWS_ALL) return all;
    return (flow){*pass, N, vt_pass_rows(pass), s ? s->row_of : NULL};
}

static void list_rows(const vt_trunk_saved *s, const vt_pass *pass)
{
    isize r = 0;
    for (isize b = 0; b < pass->B; b++) {
        vt_range range = vt_pass_range(pass, b);
        for (isize t = range.from; t < range.to; t++, r++) {
            s->row_of[r] = (int32_t)(b * pass->T + t);
            s->token_of[r] = (int32_t)t;
        }
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

/* ---- trunk ---- */

static const vt_real *input_of(const vt_trunk_saved *s, int l)
{
    return l > 0 ? s->out[l - 1] : s->tokens;
}

static const vt_block_saved *saved_of(const vt_trunk_saved *s, int l)
{
    return &s->blocks[s->recompute ? 0 : l];
}

static void patchify(const vt_trunk *trunk, vt_real *patches, const vt_pass *pass,
                     const vt_real *images)
{
    const vt_trunk_shape *shape = &trunk->shape;
    isize values = (isize)shape->channels * shape->image_px * shape->image_px;
    int64_t from = vt_profile_from();
    for (isize b = 0; b < pass->B; b++) {
        isize place = pass->image_of ? pass->image_of[b] : b;
        vt_patchify(patches + b * values, images + place * values, 1, shape);
    }
    vt_profile_add(VT_PART_ROWS, from, 0, pass->B * values * 2 * (isize)sizeof *images);
}

void vt_trunk_forward(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass,
                      const vt_real *images, const vt_scratch *t)
{
    isize N = pass->B * pass->T, C = trunk->shape.width;
    int depth = trunk->shape.depth;
    list_rows(s, pass);
    /* 1 */ patchify(trunk, s->patches, pass, images);
    /* 2 */ vt_linear_forward(&trunk->patch, s->patches, s->embedded, N, t);
    /* 3 */ vt_norm_forward(&trunk->patch_norm, &s->patch_stat, s->embedded, s->tokens, N);
    /* 4 */ vt_kernels_now()->add_rows(s->tokens, trunk->pos, N, C, pass->T);
    for (int l = 0; l < depth; l++) {
        flow f = flow_of(trunk, s, pass, l);
        /* 5 */ block_forward(&trunk->blocks[l], saved_of(s, l), &f, input_of(s, l), s->out[l], t);
    }
    /* 6 */ vt_norm_forward(&trunk->post_norm, &s->post_stat, s->out[depth - 1], s->final,
                            vt_pass_rows(pass));
}

void vt_trunk_backward(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass,
                       const vt_real *dfinal, const vt_scratch *t)
{
    isize N = pass->B * pass->T;
    int depth = trunk->shape.depth;
    /* 6 */ vt_norm_backward(&trunk->post_norm, &s->post_stat, s->out[depth - 1], dfinal, NULL,
                             t->dx, vt_pass_rows(pass), t);
    for (int l = depth - 1; l >= 0; l--) {
        flow f = flow_of(trunk, s, pass, l);
        const vt_block *block = &trunk->blocks[l];
        const vt_block_saved *saved = saved_of(s, l);
        if (s->recompute) block_forward(block, saved, &f, input_of(s, l), NULL, t);
        /* 5 */ block_backward(block, saved, &f, input_of(s, l), t);
    }
    /* 4: positions are fixed */
    /* 3 */ vt_norm_backward(&trunk->patch_norm, &s->patch_stat, s->embedded, t->dx, NULL, t->n, N,
                             t);
    /* 2 */ vt_linear_backward(&trunk->patch, s->patches, t->n, NULL, N, t);
    /* 1: images are data */
}

/* ---- cost ---- */

typedef struct {
    int64_t embed;     /* patch embedding */
    int64_t qkv, rest; /* of all blocks, forward: products of N rows, and of those that leave */
    int64_t kept;      /* of rest, what recompute does again: all but fc2 */
    int64_t mix, mix_again; /* attention forward; backward */
} cost;

static cost cost_of(const vt_trunk *trunk, const vt_pass *pass)
{
    int64_t C = trunk->shape.width, N = pass->B * pass->T, P = vt_patch_values(&trunk->shape);
    cost sum = {.embed = 2 * N * P * C};
    for (int l = 0; l < trunk->shape.depth; l++) {
        flow f = flow_of(trunk, NULL, pass, l);
        int64_t square = 2 * f.R * C * C;
        sum.qkv += 2 * N * 3 * C * C;
        sum.rest += 9 * square;
        sum.kept += 5 * square;
        sum.mix += vt_attn_flops(&f.pass, C, trunk->shape.heads, 0);
        sum.mix_again += vt_attn_flops(&f.pass, C, trunk->shape.heads, 1);
    }
    return sum;
}

int64_t vt_trunk_flops_forward(const vt_trunk *trunk, const vt_pass *pass)
{
    cost sum = cost_of(trunk, pass);
    return sum.embed + sum.qkv + sum.rest + sum.mix;
}

int64_t vt_trunk_flops_backward(const vt_trunk *trunk, const vt_pass *pass, int recompute)
{
    cost sum = cost_of(trunk, pass);
    int64_t again = recompute ? sum.qkv + sum.kept + sum.mix : 0;
    return sum.embed + 2 * (sum.qkv + sum.rest) + sum.mix_again + again;
}
