#include "model/decoder.h"
#include "model/embed.h"
#include "ops/kernels.h"
#include <string.h>

static vt_mlp_blocks_shape mlp_shape(const vt_decoder_shape *shape)
{
    return (vt_mlp_blocks_shape){.width = shape->width,
                                 .depth = shape->depth,
                                 .norm_skip = shape->norm_skip,
                                 .norm_eps = shape->norm_eps};
}

static vt_blocks_shape blocks_shape(const vt_decoder_shape *shape)
{
    return (vt_blocks_shape){.width = shape->width,
                             .depth = shape->depth,
                             .heads = shape->heads,
                             .norm_eps = shape->norm_eps};
}

static vt_linear biased(vt_params *params, isize rows, isize cols, const char *name)
{
    vt_linear linear;
    linear.weight = vt_param_matrix(params, rows, cols, VT_INIT_XAVIER, "%s.weight", name);
    linear.bias = vt_param_vector(params, rows, VT_INIT_ZERO, "%s.bias", name);
    return linear;
}

static void middle_plan(vt_decoder *decoder, vt_params *params, vt_arena *arena)
{
    static const char name[] = "head.decoder_blocks";
    const vt_decoder_shape *shape = &decoder->shape;
    vt_mlp_blocks_shape mlp = mlp_shape(shape);
    vt_blocks_shape blocks = blocks_shape(shape);
    if (shape->kind == VT_DECODER_MLP)
        decoder->mlp = vt_mlp_blocks_plan(&mlp, params, arena, name);
    else
        decoder->blocks = vt_blocks_plan(&blocks, params, arena, name);
}

vt_decoder vt_decoder_plan(const vt_decoder_shape *shape, vt_params *params, vt_arena *arena)
{
    isize side = shape->grid_side, W = shape->width;
    vt_decoder decoder = {.shape = *shape};
    if (shape->kind == VT_DECODER_NONE) {
        decoder.pred = biased(params, shape->out, shape->in, "head.decoder_pred");
        return decoder;
    }
    decoder.projection = biased(params, W, shape->in, "head.decoder_projection");
    if (shape->mask_token)
        decoder.mask_token = vt_param_vector(params, W, VT_INIT_NORMAL, "head.mask_token");
    middle_plan(&decoder, params, arena);
    decoder.norm = vt_norm_plan(params, W, shape->norm_eps, "head.decoder_norm");
    decoder.pred = biased(params, shape->out, W, "head.decoder_pred");
    vt_real *pos = VT_TAKE(arena, vt_real, (side * side + 1) * W);
    if (pos) {
        memset(pos, 0, (size_t)W * sizeof *pos);
        decoder.pos = pos + W;
        vt_sincos(decoder.pos, side, side, W);
    }
    return decoder;
}

vt_decoder_saved vt_decoder_saved_plan(const vt_decoder_shape *shape, isize B, isize T,
                                       int recompute, vt_arena *arena)
{
    isize N = B * T;
    vt_mlp_blocks_shape mlp = mlp_shape(shape);
    vt_blocks_shape blocks = blocks_shape(shape);
    vt_decoder_saved saved = {0};
    if (shape->kind != VT_DECODER_NONE) {
        saved.projected = VT_TAKE(arena, vt_real, N * shape->width);
        saved.stat = vt_norm_stat_plan(arena, N);
    }
    if (shape->kind == VT_DECODER_MLP)
        saved.mlp = vt_mlp_blocks_saved_plan(&mlp, N, recompute, arena);
    if (shape->kind == VT_DECODER_TRANSFORMER)
        saved.blocks = vt_blocks_saved_plan(&blocks, B, T, recompute, arena);
    saved.pred = VT_TAKE(arena, vt_real, N * shape->out);
    return saved;
}

vt_scratch_size vt_decoder_scratch_size(const vt_decoder_shape *shape, isize B, isize T)
{
    vt_blocks_shape blocks = blocks_shape(shape);
    vt_scratch_size size = {.rows = B * T, .width = shape->in};
    if (shape->kind == VT_DECODER_TRANSFORMER) size = vt_blocks_scratch_size(&blocks, B, T);
    if (shape->kind == VT_DECODER_MLP) size.width = shape->width;
    size.width = size.width > shape->in ? size.width : shape->in;
    size.input = shape->out;
    return size;
}

vt_rows_wanted vt_decoder_reads(const vt_decoder_shape *shape, vt_rows_wanted wanted)
{
    return shape->kind == VT_DECODER_TRANSFORMER ? VT_ROWS_ALL : wanted;
}

/* Rows that are given, and all that the decoder's blocks see. */
static isize rows_given(const vt_decoder_shape *shape, const vt_pass *pass, isize hidden)
{
    return shape->kind == VT_DECODER_TRANSFORMER ? pass->B * (pass->T - hidden)
                                                 : vt_pass_rows(pass);
}

static isize rows_seen(const vt_decoder_shape *shape, const vt_pass *pass)
{
    return shape->kind == VT_DECODER_TRANSFORMER ? pass->B * pass->T : vt_pass_rows(pass);
}

/* ---- forward ---- */

/* Projections of the given rows, the mask token behind those of each image. */
static void project(const vt_decoder *d, const vt_decoder_saved *s, const vt_decoder_input *in,
                    const vt_scratch *t)
{
    isize W = d->shape.width, T = in->pass->T, given = T - in->hidden;
    isize rows = rows_given(&d->shape, in->pass, in->hidden);
    vt_real *to = in->hidden ? t->n : s->projected;
    vt_linear_forward(&d->projection, in->x, to, rows, t);
    for (isize b = 0; in->hidden && b < in->pass->B; b++) {
        vt_real *image = s->projected + b * T * W;
        memcpy(image, to + b * given * W, (size_t)(given * W) * sizeof *image);
        vt_kernels_now()->fill_rows(image + given * W, d->mask_token.value, in->hidden, W);
    }
}

static const vt_real *middle(const vt_decoder *d, const vt_decoder_saved *s)
{
    int depth = d->shape.depth;
    if (d->shape.kind == VT_DECODER_TRANSFORMER) return s->blocks.out[depth - 1];
    return depth > 0 ? s->mlp.out[depth - 1] : s->projected;
}

void vt_decoder_forward(const vt_decoder *d, const vt_decoder_saved *s, const vt_decoder_input *in,
                        const vt_scratch *t)
{
    isize R = vt_pass_rows(in->pass), seen = rows_seen(&d->shape, in->pass);
    VT_ASSERT(in->hidden == 0 || d->shape.mask_token);
    if (d->shape.kind == VT_DECODER_NONE) {
        vt_linear_forward(&d->pred, in->x, s->pred, R, t);
        return;
    }
    /* 1 */ project(d, s, in, t);
    /* 2 */ vt_kernels_now()->add_rows_at(s->projected, d->pos, in->place_of, seen, d->shape.width);
    /* 3 */
    if (d->shape.kind == VT_DECODER_TRANSFORMER)
        vt_blocks_forward(&d->blocks, &s->blocks, in->pass, s->projected, t);
    else
        vt_mlp_blocks_forward(&d->mlp, &s->mlp, s->projected, R, t);
    /* 4 */ vt_norm_forward(&d->norm, &s->stat, middle(d, s), t->n, R);
    /* 5 */ vt_linear_forward(&d->pred, t->n, s->pred, R, t);
}

/* ---- backward ---- */

/* t->dx: of all rows at call, of those given at return. */
static void hidden_backward(const vt_decoder *d, const vt_decoder_input *in, const vt_scratch *t)
{
    const vt_param *token = &d->mask_token;
    isize W = d->shape.width, T = in->pass->T, B = in->pass->B, given = T - in->hidden;
    if (token->grad) {
        if (!vt_param_begin(token, t->turn)) memset(token->grad, 0, (size_t)W * sizeof(vt_real));
        for (isize b = 0; b < B; b++)
            vt_kernels_now()->sum_rows(token->grad, t->dx + (b * T + given) * W, in->hidden, W);
        vt_param_end(token);
    }
    for (isize b = 0; b < B; b++)
        memmove(t->dx + b * given * W, t->dx + b * T * W, (size_t)(given * W) * sizeof *t->dx);
}

void vt_decoder_backward(const vt_decoder *d, const vt_decoder_saved *s, const vt_decoder_input *in,
                         const vt_real *dpred, vt_real *dx, const vt_scratch *t)
{
    isize R = vt_pass_rows(in->pass);
    if (d->shape.kind == VT_DECODER_NONE) {
        vt_linear_backward(&d->pred, in->x, dpred, dx, R, t);
        return;
    }
    vt_norm_again(&d->norm, &s->stat, middle(d, s), t->n, R);
    /* 5 */ vt_linear_backward(&d->pred, t->n, dpred, t->n, R, t);
    /* 4 */ vt_norm_backward(&d->norm, &s->stat, middle(d, s), t->n, NULL, t->dx, R, t);
    /* 3 */
    if (d->shape.kind == VT_DECODER_TRANSFORMER)
        vt_blocks_backward(&d->blocks, &s->blocks, in->pass, s->projected, t);
    else
        vt_mlp_blocks_backward(&d->mlp, &s->mlp, s->projected, R, t);
    /* 2: positions are fixed */
    /* 1 */ if (d->shape.mask_token)
        hidden_backward(d, in, t);
    vt_linear_backward(&d->projection, in->x, t->dx, dx,
                       rows_given(&d->shape, in->pass, in->hidden), t);
}

/* ---- cost ---- */

/* Of projection and prediction. */
static int64_t ends_flops(const vt_decoder_shape *shape, const vt_pass *pass, isize hidden)
{
    int64_t W = shape->width, R = vt_pass_rows(pass);
    if (shape->kind == VT_DECODER_NONE) return 2 * R * shape->in * shape->out;
    return 2 * (rows_given(shape, pass, hidden) * shape->in * W + R * W * shape->out);
}

int64_t vt_decoder_flops_forward(const vt_decoder_shape *shape, const vt_pass *pass, isize hidden)
{
    vt_mlp_blocks_shape mlp = mlp_shape(shape);
    vt_blocks_shape blocks = blocks_shape(shape);
    int64_t flops = ends_flops(shape, pass, hidden);
    if (shape->kind == VT_DECODER_MLP)
        flops += vt_mlp_blocks_flops_forward(&mlp, vt_pass_rows(pass));
    if (shape->kind == VT_DECODER_TRANSFORMER) flops += vt_blocks_flops_forward(&blocks, pass);
    return flops;
}

int64_t vt_decoder_flops_backward(const vt_decoder_shape *shape, const vt_pass *pass, isize hidden,
                                  int recompute)
{
    vt_mlp_blocks_shape mlp = mlp_shape(shape);
    vt_blocks_shape blocks = blocks_shape(shape);
    int64_t flops = 2 * ends_flops(shape, pass, hidden);
    if (shape->kind == VT_DECODER_MLP)
        flops += vt_mlp_blocks_flops_backward(&mlp, vt_pass_rows(pass), recompute);
    if (shape->kind == VT_DECODER_TRANSFORMER)
        flops += vt_blocks_flops_backward(&blocks, pass, recompute);
    return flops;
}
