#include "model/trunk.h"
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

/* Sizes come from the shape, not from the blocks: a counting plan has none. */
static vt_attn attn_of(const vt_trunk *trunk)
{
    vt_attn attn = {.heads = trunk->shape.heads};
    attn.proj.weight.cols = trunk->shape.width;
    return attn;
}

static vt_block_saved block_saved_plan(const vt_trunk *trunk, isize B, vt_arena *arena)
{
    isize T = vt_trunk_tokens(&trunk->shape), N = B * T, C = trunk->shape.width;
    vt_attn attn = attn_of(trunk);
    vt_block_saved saved;
    saved.stat_1 = vt_norm_stat_plan(arena, N);
    saved.stat_2 = vt_norm_stat_plan(arena, N);
    saved.n1 = VT_TAKE(arena, vt_real, N * C);
    saved.r = VT_TAKE(arena, vt_real, N * C);
    saved.n2 = VT_TAKE(arena, vt_real, N * C);
    saved.attn = vt_attn_saved_plan(arena, B, T, &attn);
    saved.mlp = vt_mlp_saved_plan(arena, N, C);
    return saved;
}

vt_trunk_saved vt_trunk_saved_plan(const vt_trunk *trunk, isize B, int frozen, vt_arena *arena)
{
    isize N = B * vt_trunk_tokens(&trunk->shape), C = trunk->shape.width;
    int depth = trunk->shape.depth, stored = frozen ? 1 : depth;
    vt_trunk_saved saved = {.frozen = frozen};
    saved.patches = VT_TAKE(arena, vt_real, N * vt_patch_values(&trunk->shape));
    saved.embedded = VT_TAKE(arena, vt_real, N * C);
    saved.patch_stat = vt_norm_stat_plan(arena, N);
    saved.post_stat = vt_norm_stat_plan(arena, N);
    saved.tokens = VT_TAKE(arena, vt_real, N * C);
    saved.final = VT_TAKE(arena, vt_real, N * C);
    saved.out = VT_TAKE(arena, vt_real *, depth);
    for (int l = 0; l < depth; l++) {
        vt_real *out = VT_TAKE(arena, vt_real, N * C);
        if (saved.out) saved.out[l] = out;
    }
    saved.blocks = VT_TAKE(arena, vt_block_saved, stored);
    for (int l = 0; l < stored; l++) {
        vt_block_saved block = block_saved_plan(trunk, B, arena);
        if (saved.blocks) saved.blocks[l] = block;
    }
    return saved;
}

vt_trunk_scratch vt_trunk_scratch_plan(const vt_trunk *trunk, isize B, vt_arena *arena)
{
    isize T = vt_trunk_tokens(&trunk->shape), N = B * T, C = trunk->shape.width;
    vt_attn attn = attn_of(trunk);
    vt_trunk_scratch scratch;
    scratch.dx = VT_TAKE(arena, vt_real, N * C);
    scratch.dr = VT_TAKE(arena, vt_real, N * C);
    scratch.dn = VT_TAKE(arena, vt_real, N * C);
    scratch.wide = VT_TAKE(arena, vt_real, N * 4 * C);
    scratch.attn = vt_attn_scratch_plan(arena, B, T, &attn);
    return scratch;
}

static void block_forward(const vt_block *p, const vt_block_saved *s, const vt_pass *pass,
                          const vt_real *x, vt_real *y)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize N = pass->B * pass->T, all = N * p->norm_1.weight.cols;
    /* 1 */ vt_norm_forward(&p->norm_1, &s->stat_1, x, s->n1, N);
    /* 2 */ vt_attn_forward(&p->attn, &s->attn, pass, s->n1, y);
    /* 3 */ kernels->add(s->r, x, y, all); /* r = x + attn */
    /* 4 */ vt_norm_forward(&p->norm_2, &s->stat_2, s->r, s->n2, N);
    /* 5 */ vt_mlp_forward(&p->mlp, &s->mlp, s->n2, y, N);
    /* 6 */ kernels->add(y, s->r, y, all); /* y = r + mlp */
}

/* dy is the gradient of y at call, that of x at return. */
static void block_backward(const vt_block *p, const vt_block_saved *s, const vt_pass *pass,
                           const vt_real *x, vt_real *dy, const vt_trunk_scratch *t)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize N = pass->B * pass->T, all = N * p->norm_1.weight.cols;
    /* 6: y = r + mlp, so dmlp = dy and part of dr = dy */
    /* 5 */ vt_mlp_backward(&p->mlp, &s->mlp, s->n2, dy, t->dn, t->wide, N);
    /* 4 */ vt_norm_backward(&p->norm_2, &s->stat_2, s->r, t->dn, t->dr, N);
    kernels->add(t->dr, t->dr, dy, all); /* r had two readers: sum */
                                         /* 3: r = x + attn, so dattn = dr and part of dx = dr */
    /* 2 */ vt_attn_backward(&p->attn, &s->attn, pass, s->n1, t->dr, t->dn, &t->attn);
    /* 1 */ vt_norm_backward(&p->norm_1, &s->stat_1, x, t->dn, dy, N);
    kernels->add(dy, dy, t->dr, all); /* x had two readers: sum */
}

void vt_trunk_forward(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass,
                      const vt_real *images)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize N = pass->B * pass->T, C = trunk->shape.width;
    int depth = trunk->shape.depth;
    /* 1 */ vt_patchify(s->patches, images, pass->B, &trunk->shape);
    /* 2 */ vt_linear_forward(&trunk->patch, s->patches, s->embedded, N);
    /* 3 */ vt_norm_forward(&trunk->patch_norm, &s->patch_stat, s->embedded, s->tokens, N);
    /* 4 */ kernels->add_rows(s->tokens, trunk->pos, N, C, pass->T);
    const vt_real *x = s->tokens;
    for (int l = 0; l < depth; l++) {
        /* 5 */ block_forward(&trunk->blocks[l], &s->blocks[s->frozen ? 0 : l], pass, x, s->out[l]);
        x = s->out[l];
    }
    /* 6 */ vt_norm_forward(&trunk->post_norm, &s->post_stat, x, s->final, N);
}

void vt_trunk_backward(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass,
                       vt_real *dfinal, const vt_trunk_scratch *t)
{
    isize N = pass->B * pass->T;
    int depth = trunk->shape.depth;
    VT_ASSERT(!s->frozen);
    /* 6 */ vt_norm_backward(&trunk->post_norm, &s->post_stat, s->out[depth - 1], dfinal, t->dx, N);
    for (int l = depth - 1; l >= 0; l--) {
        const vt_real *x = l > 0 ? s->out[l - 1] : s->tokens;
        /* 5 */ block_backward(&trunk->blocks[l], &s->blocks[l], pass, x, t->dx, t);
    }
    /* 4: positions are fixed */
    /* 3 */ vt_norm_backward(&trunk->patch_norm, &s->patch_stat, s->embedded, t->dx, t->dn, N);
    /* 2 */ vt_linear_backward(&trunk->patch, s->patches, t->dn, NULL, N);
    /* 1: images are data */
}
