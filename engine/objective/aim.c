#include "objective/aim.h"
#include "base/profile.h"
#include "ops/kernels.h"
#include <string.h>

static vt_target target_of(const vt_aim_shape *shape)
{
    return (vt_target){.channels = shape->trunk.channels,
                       .P = vt_patch_values(&shape->trunk),
                       .norm_pix = shape->norm_pix,
                       .coded = shape->codes.vq.K > 0,
                       .codes = shape->codes};
}

static vt_decoder_shape head_shape(const vt_aim_shape *shape)
{
    vt_target target = target_of(shape);
    return (vt_decoder_shape){
        .kind = shape->head_kind,
        .grid_side = shape->trunk.image_px / shape->trunk.patch_px,
        .in = shape->trunk.width,
        .out = vt_target_values(&target),
        .width = shape->head_width,
        .depth = shape->head_depth,
        .heads = shape->head_heads,
        .norm_skip = shape->head_norm_skip,
        .norm_eps = shape->trunk.norm_eps,
    };
}

vt_aim vt_aim_plan(const vt_aim_shape *shape, vt_params *params, vt_arena *arena)
{
    vt_decoder_shape head = head_shape(shape);
    vt_aim aim = {.target = target_of(shape)};
    aim.trunk = vt_trunk_plan(&shape->trunk, params, arena);
    aim.head = vt_decoder_plan(&head, params, arena);
    aim.places = VT_TAKE(arena, int32_t, vt_trunk_tokens(&shape->trunk));
    if (aim.places) vt_order_fill(aim.places, shape->order, head.grid_side);
    return aim;
}

vt_aim_saved vt_aim_saved_plan(const vt_aim_shape *shape, isize B, int recompute, vt_arena *arena)
{
    vt_decoder_shape head = head_shape(shape);
    vt_target target = target_of(shape);
    isize T = vt_trunk_tokens(&shape->trunk);
    vt_aim_saved saved = {0};
    saved.trunk = vt_trunk_saved_plan(&shape->trunk, B, recompute, arena);
    saved.head = vt_decoder_saved_plan(&head, B, T, recompute, arena);
    saved.target = vt_target_saved_plan(&target, B * T, arena);
    saved.patch = VT_TAKE(arena, vt_real, target.P);
    return saved;
}

vt_scratch_size vt_aim_scratch_size(const vt_aim_shape *shape, isize B)
{
    vt_decoder_shape head = head_shape(shape);
    isize T = vt_trunk_tokens(&shape->trunk);
    return vt_scratch_size_of_both(vt_trunk_scratch_size(&shape->trunk, B),
                                   vt_decoder_scratch_size(&head, B, T));
}

/* The patch at a place in the order, of this image. */
static const vt_real *patch_at(const vt_aim *aim, const vt_aim_saved *s, const vt_real *image,
                               isize t)
{
    vt_patch_take(s->patch, image, aim->places[t], aim->head.shape.grid_side, &aim->trunk.shape);
    return s->patch;
}

/* The targets of the pairs, image after image: patches S .. T-1 of each. The last one has no token
 * in the trunk. */
static void fill_targets(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass,
                         const vt_real *images)
{
    isize row = 0, last = pass->T - 1, P = aim->target.P;
    for (isize b = 0; b < pass->B; b++) {
        vt_range range = vt_pass_range(pass, b);
        isize tokens = range.to - range.from - 1, first = b * last + range.from + 1;
        const vt_real *image = images + vt_pass_place(pass, b) * pass->T * P;
        vt_target_fill(&aim->target, &s->target, row, s->trunk.embed.patches + first * P, tokens);
        row += tokens;
        vt_target_fill(&aim->target, &s->target, row++, patch_at(aim, s, image, last), 1);
    }
}

/* The pass as trunk and head have it, without the last token. */
static vt_pass tokens_pass(const vt_aim *aim, const vt_pass *pass)
{
    vt_pass tokens = *pass;
    VT_ASSERT(pass->wanted == VT_ROWS_PREDICTING);
    for (isize b = 0; b < pass->B; b++) VT_ASSERT(vt_pass_seen(pass, b) < pass->T);
    tokens.T = pass->T - 1;
    tokens.wanted = VT_ROWS_PREDICTING_TO_LAST;
    tokens.tokens.places = aim->places;
    return tokens;
}

/* As its trunk has it: a head that lets rows see one another reads all of them. */
static vt_pass trunk_pass(const vt_aim *aim, const vt_pass *tokens)
{
    vt_pass whole = *tokens;
    whole.wanted = vt_decoder_reads(&aim->head.shape, tokens->wanted);
    return whole;
}

static vt_decoder_input head_input(const vt_aim_saved *s, const vt_pass *tokens)
{
    return (vt_decoder_input){.pass = tokens, .place_of = s->trunk.place_of, .x = s->trunk.final};
}

void vt_aim_forward(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass,
                    const vt_real *images, const vt_scratch *t)
{
    vt_pass tokens = tokens_pass(aim, pass), whole = trunk_pass(aim, &tokens);
    vt_decoder_input in = head_input(s, &tokens);
    /* 1 */ vt_trunk_forward(&aim->trunk, &s->trunk, &whole, images, t);
    /* 2 */ vt_decoder_forward(&aim->head, &s->head, &in, t);
    int64_t from = vt_profile_from();
    fill_targets(aim, s, pass, images);
    vt_profile_add(VT_PART_LOSS, from, 0, 0);
}

void vt_aim_code(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass,
                 const vt_codebook *codebook)
{
    vt_target_code(&aim->target, &s->target, vt_pass_rows(pass), codebook);
}

double vt_aim_loss(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass, isize pairs_batch)
{
    return vt_target_loss(&aim->target, &s->target, 0, s->head.pred, vt_pass_rows(pass),
                          pairs_batch);
}

void vt_aim_backward(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass,
                     const vt_scratch *t)
{
    vt_pass tokens = tokens_pass(aim, pass), whole = trunk_pass(aim, &tokens);
    vt_decoder_input in = head_input(s, &tokens);
    /* 2 */ vt_decoder_backward(&aim->head, &s->head, &in, s->target.dpred, t->n, t);
    /* 1 */ vt_trunk_backward(&aim->trunk, &s->trunk, &whole, t->n, t);
}

int64_t vt_aim_flops(const vt_aim *aim, const vt_pass *pass, int recompute)
{
    vt_pass tokens = tokens_pass(aim, pass), whole = trunk_pass(aim, &tokens);
    return vt_trunk_flops_forward(&aim->trunk, &whole) +
           vt_trunk_flops_backward(&aim->trunk, &whole, recompute) +
           vt_decoder_flops_forward(&aim->head.shape, &tokens, 0) +
           vt_decoder_flops_backward(&aim->head.shape, &tokens, 0, recompute) +
           vt_target_flops(&aim->target, vt_pass_rows(pass));
}

vt_cost vt_aim_cost_of(const vt_aim_shape *shape)
{
    vt_params all = {0};
    vt_arena counting = {0};
    vt_decoder_shape head = head_shape(shape);
    vt_target target = target_of(shape);
    vt_pass whole = {.B = 1, .T = vt_trunk_tokens(&shape->trunk)};
    vt_cost cost = vt_objective_trunk_cost(&shape->trunk);
    (void)vt_aim_plan(shape, &all, &counting);
    cost.params_total = all.numbers;
    cost.flops_forward = cost.flops_trunk + vt_decoder_flops_forward(&head, &whole, 0);
    cost.flops_train = 3 * cost.flops_forward - vt_embed_flops(&shape->trunk, &whole) +
                       vt_target_flops(&target, cost.tokens);
    return cost;
}

/* ---- as an objective ---- */

static const char *const losses[] = {"loss_causal", "loss_prefix", NULL};

static vt_mask_kind mask_of(const vt_config *config)
{
    return vt_config_is(config->model_attention, "causal") ? VT_MASK_CAUSAL : VT_MASK_PREFIX;
}

vt_aim_shape vt_aim_shape_of(const vt_config *config)
{
    return (vt_aim_shape){.trunk = vt_objective_trunk(config),
                          .order = vt_order_named(config->model_order),
                          .head_kind = vt_objective_head_kind(config),
                          .head_width = (int)config->head_width,
                          .head_depth = (int)config->head_depth,
                          .head_heads = (int)config->head_heads,
                          .head_norm_skip = config->head_norm_skip,
                          .norm_pix = config->target_norm_pix,
                          .codes = vt_target_of(config).codes};
}

static vt_pass pass_of(const vt_shard *shard, vt_mask_kind mask)
{
    const vt_aim *aim = shard->model;
    return (vt_pass){.B = shard->B,
                     .T = vt_trunk_tokens(&aim->trunk.shape),
                     .mask = mask,
                     .prefix_len = shard->draws,
                     .image_of = shard->image_of,
                     .wanted = VT_ROWS_PREDICTING,
                     .tokens = {.places = aim->places}};
}

static vt_status check(const vt_config *config, vt_error *err)
{
    return vt_objective_check_head(config, vt_objective_head_kind(config), err);
}

static vt_cost cost(const vt_config *config)
{
    vt_aim_shape shape = vt_aim_shape_of(config);
    return vt_aim_cost_of(&shape);
}

/* The prefix length, uniform in 1 .. T-1 (aim.md 1.3); a causal mask does not read it. */
static isize draws(const vt_config *config)
{
    (void)config;
    return 1;
}

static void draw(const vt_config *config, int32_t *out, vt_rng rng, isize slot)
{
    vt_trunk_shape trunk = vt_objective_trunk(config);
    (void)slot;
    *out = (int32_t)(1 + vt_rng_below(&rng, (uint64_t)(vt_trunk_tokens(&trunk) - 1)));
}

static isize pairs(const vt_config *config, const int32_t *prefix_len)
{
    vt_trunk_shape trunk = vt_objective_trunk(config);
    vt_pass pass = {.B = 1,
                    .T = vt_trunk_tokens(&trunk),
                    .mask = mask_of(config),
                    .prefix_len = prefix_len,
                    .wanted = VT_ROWS_PREDICTING};
    return vt_pass_rows(&pass);
}

static void *plan(const vt_config *config, vt_params *params, vt_params *state, vt_arena *arena)
{
    vt_aim_shape shape = vt_aim_shape_of(config);
    vt_aim *aim = VT_TAKE(arena, vt_aim, 1), planned = vt_aim_plan(&shape, params, arena);
    (void)state;
    if (aim) *aim = planned;
    return aim;
}

static void *plan_saved(const vt_config *config, isize B, int recompute, vt_arena *arena)
{
    vt_aim_shape shape = vt_aim_shape_of(config);
    vt_aim_saved *saved = VT_TAKE(arena, vt_aim_saved, 1),
                 planned = vt_aim_saved_plan(&shape, B, recompute, arena);
    if (saved) *saved = planned;
    return saved;
}

static vt_scratch_size scratch_size(const vt_config *config, isize B)
{
    vt_aim_shape shape = vt_aim_shape_of(config);
    return vt_aim_scratch_size(&shape, B);
}

/* Predictions and targets, ready for the loss. */
static void predict(const vt_shard *shard, const vt_pass *pass)
{
    vt_aim_forward(shard->model, shard->saved, pass, shard->images, shard->scratch);
    vt_aim_code(shard->model, shard->saved, pass, shard->codebook);
}

static double learn(const vt_shard *shard)
{
    vt_pass pass = pass_of(shard, mask_of(shard->config));
    predict(shard, &pass);
    double sum = vt_aim_loss(shard->model, shard->saved, &pass, shard->pairs_batch);
    vt_aim_backward(shard->model, shard->saved, &pass, shard->scratch);
    return sum;
}

/* The loss of each pair once more, where its target stands in the sequence. */
static void add_by_token(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass,
                         double *by_token)
{
    isize values = aim->head.shape.out, row = 0;
    for (isize b = 0; b < pass->B; b++) {
        vt_range range = vt_pass_range(pass, b);
        for (isize t = range.from; t < range.to; t++, row++)
            by_token[t + 1] +=
                vt_target_loss(&aim->target, &s->target, row, s->head.pred + row * values, 1, 1);
    }
}

static vt_part_loss evaluate(const vt_shard *shard, int loss)
{
    vt_pass pass = pass_of(shard, loss == VT_AIM_CAUSAL ? VT_MASK_CAUSAL : VT_MASK_PREFIX);
    if (shard->B == 0) return (vt_part_loss){0};
    predict(shard, &pass);
    if (shard->by_token) add_by_token(shard->model, shard->saved, &pass, shard->by_token);
    return (vt_part_loss){vt_aim_loss(shard->model, shard->saved, &pass, 1), vt_pass_rows(&pass)};
}

/* Predictions of a pass that is done, into the images; of this target only, or of all: -1. What is
 * not predicted yet is still as in the image, so the moments of a target are its own. */
static void restore(const vt_shard *shard, const vt_pass *pass, isize target, vt_real *pixels)
{
    const vt_aim *aim = shard->model;
    const vt_aim_saved *s = shard->saved;
    isize values = pass->T * aim->target.P, row = 0;
    for (isize b = 0; b < pass->B; b++) {
        vt_range range = vt_pass_range(pass, b);
        for (isize t = range.from; t < range.to; t++, row++) {
            if (target < 0 || t + 1 == target)
                vt_patch_restore(pixels + b * values,
                                 vt_target_patch(&aim->target, shard->codebook,
                                                 s->head.pred + row * aim->head.shape.out),
                                 patch_at(aim, s, pixels + b * values, t + 1), aim->places[t + 1],
                                 &aim->trunk.shape, aim->target.norm_pix);
        }
    }
}

static int imagine(const vt_shard *shard, const vt_imagined *out)
{
    const vt_aim *aim = shard->model;
    const vt_aim_saved *saved = shard->saved;
    vt_pass pass = pass_of(shard, VT_MASK_PREFIX);
    for (isize i = 0; i < pass.B * pass.T; i++) out->given[i] = 0;
    if (!out->own) {
        vt_aim_forward(aim, saved, &pass, shard->images, shard->scratch);
        restore(shard, &pass, -1, out->pixels);
    } else {
        pass.image_of = NULL;
        for (isize t = 1; t < pass.T; t++) {
            vt_aim_forward(aim, saved, &pass, out->pixels, shard->scratch);
            restore(shard, &pass, t, out->pixels);
        }
    }
    for (isize b = 0; b < pass.B; b++)
        for (isize t = 0; t < pass.prefix_len[b]; t++) out->given[b * pass.T + aim->places[t]] = 1;
    return 1;
}

static int64_t flops(const vt_shard *shard, int recompute)
{
    vt_pass pass = pass_of(shard, mask_of(shard->config));
    return vt_aim_flops(shard->model, &pass, recompute);
}

const vt_objective vt_objective_aim = {.name = "aim",
                                       .ordered = 1,
                                       .targets = 1,
                                       .passes = 1,
                                       .losses = losses,
                                       .check = check,
                                       .cost = cost,
                                       .draws = draws,
                                       .draw = draw,
                                       .pairs = pairs,
                                       .plan = plan,
                                       .plan_saved = plan_saved,
                                       .scratch_size = scratch_size,
                                       .learn = learn,
                                       .evaluate = evaluate,
                                       .imagine = imagine,
                                       .flops = flops};
