#include "model/trunk.h"

static vt_blocks_shape blocks_shape(const vt_trunk_shape *shape)
{
    return (vt_blocks_shape){.width = shape->width,
                             .depth = shape->depth,
                             .heads = shape->heads,
                             .norm_eps = shape->norm_eps};
}

vt_trunk vt_trunk_plan(const vt_trunk_shape *shape, vt_params *params, vt_arena *arena)
{
    vt_blocks_shape blocks = blocks_shape(shape);
    vt_trunk trunk = {.shape = *shape};
    trunk.embed = vt_embed_plan(shape, params, arena);
    trunk.blocks = vt_blocks_plan(&blocks, params, arena, "trunk.blocks");
    trunk.post_norm = vt_norm_plan(params, shape->width, shape->norm_eps, "trunk.post_trunk_norm");
    return trunk;
}

vt_trunk_saved vt_trunk_saved_plan(const vt_trunk_shape *shape, isize B, int recompute,
                                   vt_arena *arena)
{
    isize T = vt_trunk_tokens(shape), N = B * T, C = shape->width;
    vt_blocks_shape blocks = blocks_shape(shape);
    vt_trunk_saved saved = {0};
    saved.embed = vt_embed_saved_plan(shape, B, arena);
    saved.tokens = VT_TAKE(arena, vt_real, N * C);
    saved.blocks = vt_blocks_saved_plan(&blocks, B, T, recompute, arena);
    saved.post_stat = vt_norm_stat_plan(arena, N);
    saved.final = VT_TAKE(arena, vt_real, N * C);
    saved.place_of = VT_TAKE(arena, int32_t, N);
    return saved;
}

vt_scratch_size vt_trunk_scratch_size(const vt_trunk_shape *shape, isize B)
{
    vt_blocks_shape blocks = blocks_shape(shape);
    vt_scratch_size size = vt_blocks_scratch_size(&blocks, B, vt_trunk_tokens(shape));
    size.input = vt_patch_values(shape);
    return size;
}

static void place_rows(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass)
{
    isize class_token = trunk->shape.class_token != 0, r = 0;
    for (isize b = 0; b < pass->B; b++) {
        vt_range range = vt_pass_range(pass, b);
        const int32_t *place_of = s->embed.place_of + b * (pass->T - class_token);
        for (isize t = range.from; t < range.to; t++)
            s->place_of[r++] = t < class_token ? -1 : place_of[t - class_token];
    }
}

void vt_trunk_forward(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass,
                      const vt_real *images, const vt_scratch *t)
{
    /* 1 */ vt_embed_forward(&trunk->embed, &s->embed, pass, images, s->tokens, t);
    /* 2 */ vt_blocks_forward(&trunk->blocks, &s->blocks, pass, s->tokens, t);
    /* 3 */ vt_norm_forward(&trunk->post_norm, &s->post_stat, s->blocks.out[trunk->shape.depth - 1],
                            s->final, vt_pass_rows(pass));
    place_rows(trunk, s, pass);
}

void vt_trunk_backward(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass,
                       const vt_real *dfinal, const vt_scratch *t)
{
    /* 3 */ vt_norm_backward(&trunk->post_norm, &s->post_stat,
                             s->blocks.out[trunk->shape.depth - 1], dfinal, NULL, t->dx,
                             vt_pass_rows(pass), t);
    /* 2 */ vt_blocks_backward(&trunk->blocks, &s->blocks, pass, s->tokens, t);
    /* 1 */ vt_embed_backward(&trunk->embed, &s->embed, pass, t);
}

void vt_trunk_backward_from(const vt_trunk *trunk, const vt_trunk_saved *s, const vt_pass *pass,
                            const vt_real *dout, int from, const vt_scratch *t)
{
    vt_blocks_backward_from(&trunk->blocks, &s->blocks, pass, s->tokens, dout, from, t);
    vt_embed_backward(&trunk->embed, &s->embed, pass, t);
}

/* ---- cost ---- */

int64_t vt_trunk_flops_forward(const vt_trunk *trunk, const vt_pass *pass)
{
    return vt_embed_flops(&trunk->shape, pass) +
           vt_blocks_flops_forward(&trunk->blocks.shape, pass);
}

int64_t vt_trunk_flops_backward(const vt_trunk *trunk, const vt_pass *pass, int recompute)
{
    return vt_embed_flops(&trunk->shape, pass) +
           vt_blocks_flops_backward(&trunk->blocks.shape, pass, recompute);
}
