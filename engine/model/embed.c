#include "model/embed.h"
#include "base/profile.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

isize vt_trunk_patches(const vt_trunk_shape *shape)
{
    isize side = shape->image_px / shape->patch_px;
    return side * side;
}

isize vt_trunk_tokens(const vt_trunk_shape *shape)
{
    return vt_trunk_patches(shape) + (shape->class_token != 0);
}

isize vt_patch_values(const vt_trunk_shape *shape)
{
    return (isize)shape->channels * shape->patch_px * shape->patch_px;
}

static void sincos_fill(vt_real *table, isize rows, isize cols, isize C, double apart)
{
    isize quarter = C / 4;
    for (isize r = 0; r < rows; r++) {
        for (isize c = 0; c < cols; c++) {
            vt_real *at = table + (r * cols + c) * C;
            double x = ((double)c + 0.5) * apart - 0.5, y = ((double)r + 0.5) * apart - 0.5;
            for (isize j = 0; j < quarter; j++) {
                double omega = pow(10000, -(double)j / (double)quarter);
                at[j] = (vt_real)sin(x * omega);
                at[quarter + j] = (vt_real)cos(x * omega);
                at[2 * quarter + j] = (vt_real)sin(y * omega);
                at[3 * quarter + j] = (vt_real)cos(y * omega);
            }
        }
    }
}

void vt_sincos(vt_real *table, isize rows, isize cols, isize C)
{
    sincos_fill(table, rows, cols, C, 1);
}

void vt_sincos_spread(vt_real *table, isize side, isize over, isize C)
{
    sincos_fill(table, side, side, C, (double)over / (double)side);
}

void vt_patch_take(vt_real *patch, const vt_real *image, isize place, isize side,
                   const vt_trunk_shape *shape)
{
    isize p = shape->patch_px, px = side * p, row = place / side, col = place % side;
    for (isize channel = 0; channel < shape->channels; channel++)
        for (isize y = 0; y < p; y++, patch += p)
            memcpy(patch, image + (channel * px + row * p + y) * px + col * p,
                   (size_t)p * sizeof *patch);
}

void vt_patchify(vt_real *patches, const vt_real *images, isize B, const vt_trunk_shape *shape)
{
    isize side = shape->image_px / shape->patch_px, P = vt_patch_values(shape);
    isize T = side * side;
    for (isize b = 0; b < B; b++)
        for (isize place = 0; place < T; place++)
            vt_patch_take(patches + (b * T + place) * P, images + b * T * P, place, side, shape);
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

vt_embed vt_embed_plan(const vt_trunk_shape *shape, vt_params *params, vt_arena *arena)
{
    isize side = shape->image_px / shape->patch_px, C = shape->width;
    isize small_side = shape->small_px / shape->patch_px;
    vt_embed embed = {.shape = *shape};
    embed.patch = patch_plan(shape, params);
    embed.norm = vt_norm_plan(params, C, shape->norm_eps, "preprocessor.patchifier.norm");
    if (shape->class_token)
        embed.class_token = vt_param_vector(params, C, VT_INIT_NORMAL, "preprocessor.cls_token");
    if (shape->mask_token)
        embed.mask_token = vt_param_vector(params, C, VT_INIT_NORMAL, "preprocessor.mask_token");
    embed.pos = VT_TAKE(arena, vt_real, side * side * C);
    if (embed.pos) vt_sincos(embed.pos, side, side, C);
    if (small_side > 0) embed.small_pos = VT_TAKE(arena, vt_real, small_side * small_side * C);
    if (embed.small_pos) vt_sincos_spread(embed.small_pos, small_side, side, C);
    return embed;
}

vt_embed_saved vt_embed_saved_plan(const vt_trunk_shape *shape, isize B, vt_arena *arena)
{
    isize N = B * vt_trunk_patches(shape);
    vt_embed_saved saved = {0};
    saved.patches = VT_TAKE(arena, vt_real, N * vt_patch_values(shape));
    saved.embedded = VT_TAKE(arena, vt_real, N * shape->width);
    saved.stat = vt_norm_stat_plan(arena, N);
    saved.place_of = VT_TAKE(arena, int32_t, N);
    return saved;
}

/* ---- forward ---- */

/* Patch tokens of a pass: T' of each image, N' of all, from images with `side` patches a side. */
typedef struct {
    isize T, N, side;
} grid;

static grid grid_of(const vt_embed *embed, const vt_pass *pass)
{
    isize side = pass->tokens.side;
    if (side == 0) side = embed->shape.image_px / embed->shape.patch_px;
    isize T = pass->T - (embed->shape.class_token != 0);
    VT_ASSERT(pass->tokens.places || T == side * side);
    return (grid){T, pass->B * T, side};
}

static void patchify(const vt_embed *embed, const vt_embed_saved *s, const vt_pass *pass,
                     const grid *g, const vt_real *images)
{
    const vt_trunk_shape *shape = &embed->shape;
    isize P = vt_patch_values(shape), values = g->side * g->side * P;
    const vt_tokens *tokens = &pass->tokens;
    int64_t from = vt_profile_from();
    for (isize b = 0; b < pass->B; b++) {
        const vt_real *image = images + vt_pass_place(pass, b) * values;
        const int32_t *places = tokens->places ? tokens->places + b * tokens->places_ld : NULL;
        for (isize t = 0, row = b * g->T; t < g->T; t++, row++) {
            isize place = places ? places[t] : t;
            vt_patch_take(s->patches + row * P, image, place, g->side, shape);
            s->place_of[row] = (int32_t)place;
        }
    }
    vt_profile_add(VT_PART_ROWS, from, 0, g->N * P * 2 * (isize)sizeof *images);
}

static const vt_real *positions(const vt_embed *embed, const grid *g)
{
    const vt_trunk_shape *shape = &embed->shape;
    if (g->side == shape->image_px / shape->patch_px) return embed->pos;
    VT_ASSERT(g->side == shape->small_px / shape->patch_px);
    return embed->small_pos;
}

static void hide(const vt_embed *embed, const vt_pass *pass, isize N, vt_real *rows)
{
    isize C = embed->shape.width;
    if (!pass->tokens.masked) return;
    VT_ASSERT(embed->shape.mask_token);
    for (isize n = 0; n < N; n++)
        if (pass->tokens.masked[n])
            memcpy(rows + n * C, embed->mask_token.value, (size_t)C * sizeof *rows);
}

void vt_embed_forward(const vt_embed *embed, const vt_embed_saved *s, const vt_pass *pass,
                      const vt_real *images, vt_real *tokens, const vt_scratch *t)
{
    isize C = embed->shape.width, bytes = C * (isize)sizeof *tokens;
    grid g = grid_of(embed, pass);
    vt_real *rows = embed->shape.class_token ? t->n : tokens;
    /* 1 */ patchify(embed, s, pass, &g, images);
    /* 2 */ vt_linear_forward(&embed->patch, s->patches, s->embedded, g.N, t);
    /* 3 */ vt_norm_forward(&embed->norm, &s->stat, s->embedded, rows, g.N);
    /* 4 */ hide(embed, pass, g.N, rows);
    /* 5 */ vt_kernels_now()->add_rows_at(rows, positions(embed, &g), s->place_of, g.N, C);
    /* 6 */ for (isize b = 0; rows != tokens && b < pass->B; b++) {
        memcpy(tokens + b * pass->T * C, embed->class_token.value, (size_t)bytes);
        memcpy(tokens + (b * pass->T + 1) * C, rows + b * g.T * C, (size_t)(g.T * bytes));
    }
}

/* ---- backward ---- */

/* Adds rows of x to the gradient of a token: those that `of` marks, or every stride-th. */
static void token_backward(const vt_param *token, const vt_real *x, const int32_t *of, isize rows,
                           isize stride, isize turn)
{
    isize C = token->cols;
    if (!token->grad) return;
    if (!vt_param_begin(token, turn)) memset(token->grad, 0, (size_t)C * sizeof *token->grad);
    for (isize r = 0; r < rows; r += stride)
        if (!of || of[r]) vt_kernels_now()->add(token->grad, token->grad, x + r * C, C);
    vt_param_end(token);
}

static void hide_backward(const vt_embed *embed, const vt_pass *pass, isize N, const vt_scratch *t)
{
    isize C = embed->shape.width;
    const int32_t *masked = pass->tokens.masked;
    if (!embed->shape.mask_token) return;
    token_backward(&embed->mask_token, t->dx, masked, masked ? N : 0, 1, t->turn);
    for (isize n = 0; masked && n < N; n++)
        if (masked[n]) memset(t->dx + n * C, 0, (size_t)C * sizeof *t->dx);
}

void vt_embed_backward(const vt_embed *embed, const vt_embed_saved *s, const vt_pass *pass,
                       const vt_scratch *t)
{
    isize C = embed->shape.width;
    grid g = grid_of(embed, pass);
    if (embed->shape.class_token) { /* 6 */
        token_backward(&embed->class_token, t->dx, NULL, pass->B * pass->T, pass->T, t->turn);
        for (isize b = 0; b < pass->B; b++)
            memmove(t->dx + b * g.T * C, t->dx + (b * pass->T + 1) * C,
                    (size_t)(g.T * C) * sizeof *t->dx);
    }
    /* 5: positions are fixed */
    /* 4 */ hide_backward(embed, pass, g.N, t);
    /* 3 */ vt_norm_backward(&embed->norm, &s->stat, s->embedded, t->dx, NULL, t->n, g.N, t);
    /* 2 */ vt_linear_backward(&embed->patch, s->patches, t->n, NULL, g.N, t);
    /* 1: images are data */
}

int64_t vt_embed_flops(const vt_trunk_shape *shape, const vt_pass *pass)
{
    isize patches = pass->T - (shape->class_token != 0);
    return (int64_t)2 * pass->B * patches * vt_patch_values(shape) * shape->width;
}
