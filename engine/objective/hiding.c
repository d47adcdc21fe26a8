#include "objective/hiding.h"
#include "base/profile.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

const char *const vt_hiding_losses[] = {"loss_masked", NULL};
const char *const vt_hiding_metrics[] = {"feature_std", NULL};
const char *const vt_hiding_metrics_coded[] = {"feature_std", "code_perplexity",
                                               "predicted_perplexity", NULL};

static vt_decoder_kind head_kind(const vt_config *c, const vt_hiding_recipe *recipe)
{
    if (recipe->drops) return VT_DECODER_TRANSFORMER;
    return recipe->coded ? VT_DECODER_NONE : vt_objective_head_kind(c);
}

static vt_hiding_shape shape_of(const vt_config *c)
{
    vt_hiding_shape shape = {.recipe = vt_objective_of(c)->recipe,
                             .trunk = vt_objective_trunk(c),
                             .target = vt_target_of(c)};
    shape.hidden = vt_masking_hidden(c->mask_ratio, vt_trunk_patches(&shape.trunk));
    shape.head = (vt_decoder_shape){.kind = head_kind(c, shape.recipe),
                                    .grid_side = shape.trunk.image_px / shape.trunk.patch_px,
                                    .in = shape.trunk.width,
                                    .out = vt_target_values(&shape.target),
                                    .width = (int)c->head_width,
                                    .depth = (int)c->head_depth,
                                    .heads = (int)c->head_heads,
                                    .norm_skip = c->head_norm_skip,
                                    .mask_token = shape.recipe->drops,
                                    .norm_eps = c->model_norm_eps};
    return shape;
}

vt_status vt_hiding_check(const vt_config *c, vt_error *err)
{
    const vt_objective *objective = vt_objective_of(c);
    const vt_hiding_recipe *recipe = objective->recipe;
    if (!vt_config_is(c->model_order, "raster"))
        return vt_fail(err, VT_ERR_CONFIG, "model.order: %s predicts in no order; leave it out",
                       objective->name);
    if ((recipe->drops || recipe->coded) && !vt_config_is(c->head_kind, "mlp"))
        return vt_fail(err, VT_ERR_CONFIG, "head.kind: %s has a head of its own; leave it out",
                       objective->name);
    if (recipe->coded && !vt_target_of(c).coded)
        return vt_fail(err, VT_ERR_CONFIG, "target.kind: %s predicts codes; choose kmeans or vq",
                       objective->name);
    return vt_objective_check_head(c, head_kind(c, recipe), err);
}

/* ---- choices ---- */

isize vt_hiding_draws(const vt_config *config)
{
    vt_trunk_shape trunk = vt_objective_trunk(config);
    return vt_trunk_patches(&trunk) + 1;
}

void vt_hiding_draw(const vt_config *config, int32_t *draws, vt_rng rng, isize slot)
{
    vt_hiding_shape shape = shape_of(config);
    (void)slot;
    if (shape.recipe->blocks)
        vt_masking_blocks(draws, shape.head.grid_side, shape.hidden, &rng);
    else
        vt_masking_random(draws, vt_trunk_patches(&shape.trunk), shape.hidden, &rng);
}

isize vt_hiding_pairs(const vt_config *config, const int32_t *draws)
{
    (void)config;
    return draws[0];
}

/* ---- plan ---- */

static vt_hiding plan_model(const vt_hiding_shape *shape, vt_params *params, vt_arena *arena)
{
    vt_hiding hiding = {.shape = *shape};
    hiding.trunk = vt_trunk_plan(&shape->trunk, params, arena);
    hiding.head = vt_decoder_plan(&shape->head, params, arena);
    return hiding;
}

void *vt_hiding_plan(const vt_config *config, vt_params *params, vt_params *state, vt_arena *arena)
{
    vt_hiding_shape shape = shape_of(config);
    vt_hiding *hiding = VT_TAKE(arena, vt_hiding, 1), planned = plan_model(&shape, params, arena);
    (void)state;
    if (hiding) *hiding = planned;
    return hiding;
}

void *vt_hiding_plan_saved(const vt_config *config, isize B, int recompute, vt_arena *arena)
{
    vt_hiding_shape shape = shape_of(config);
    isize T = vt_trunk_tokens(&shape.trunk), N = B * vt_trunk_patches(&shape.trunk);
    vt_hiding_saved *saved = VT_TAKE(arena, vt_hiding_saved, 1), planned = {0};
    planned.trunk = vt_trunk_saved_plan(&shape.trunk, B, recompute, arena);
    planned.head = vt_decoder_saved_plan(&shape.head, B, T, recompute, arena);
    planned.target = vt_target_saved_plan(&shape.target, N, arena);
    planned.masked = VT_TAKE(arena, int32_t, N);
    planned.place_of = VT_TAKE(arena, int32_t, B * T);
    planned.rows = VT_TAKE(arena, vt_range, B);
    planned.patch = VT_TAKE(arena, vt_real, shape.target.P);
    if (saved) *saved = planned;
    return saved;
}

void *vt_hiding_plan_batch(const vt_config *config, isize B, vt_arena *arena)
{
    vt_hiding_shape shape = shape_of(config);
    isize N = B * vt_trunk_patches(&shape.trunk);
    vt_hiding_batch *batch = VT_TAKE(arena, vt_hiding_batch, 1), planned = {0};
    planned.features = vt_features_plan(B, shape.trunk.width, arena);
    if (shape.recipe->coded) {
        planned.codes = VT_TAKE(arena, int32_t, N);
        planned.predicted = VT_TAKE(arena, int32_t, N);
        planned.hidden = VT_TAKE(arena, int32_t, B);
        planned.counts = VT_TAKE(arena, isize, shape.head.out);
    }
    if (batch) *batch = planned;
    return batch;
}

vt_scratch_size vt_hiding_scratch_size(const vt_config *config, isize B)
{
    vt_hiding_shape shape = shape_of(config);
    isize T = vt_trunk_tokens(&shape.trunk);
    return vt_scratch_size_of_both(vt_trunk_scratch_size(&shape.trunk, B),
                                   vt_decoder_scratch_size(&shape.head, B, T));
}

/* ---- passes ---- */

/* Tokens of an image's hidden patches. */
static vt_range rows_of(const vt_hiding_shape *shape, const int32_t *draws)
{
    isize T = vt_trunk_tokens(&shape->trunk);
    return (vt_range){T - draws[0], T};
}

/* rows [B] as rows_of says. */
static vt_pass head_pass(const vt_hiding_shape *shape, isize B, const vt_range *rows)
{
    return (vt_pass){
        .B = B, .T = vt_trunk_tokens(&shape->trunk), .wanted = VT_ROWS_GIVEN, .rows = rows};
}

static vt_pass trunk_pass(const vt_hiding_shape *shape, const vt_pass *head, const int32_t *draws)
{
    vt_pass pass = *head;
    pass.tokens.places = draws + 1;
    pass.tokens.places_ld = vt_trunk_patches(&shape->trunk) + 1;
    pass.wanted = vt_decoder_reads(&shape->head, VT_ROWS_GIVEN);
    if (shape->recipe->drops) pass.T -= shape->hidden;
    return pass;
}

/* One shard on its way. */
typedef struct {
    const vt_hiding *model;
    const vt_hiding_saved *saved;
    vt_pass trunk, head;
    vt_decoder_input in;
} run;

/* Where the tokens of each image stand, and which of them are hidden. */
static void lay_out(const vt_hiding *m, const vt_hiding_saved *s, const vt_shard *shard)
{
    isize patches = vt_trunk_patches(&m->shape.trunk), first = m->shape.trunk.class_token != 0;
    for (isize b = 0; b < shard->B; b++) {
        const int32_t *draws = shard->draws + b * (patches + 1);
        int32_t *place_of = s->place_of + b * (patches + first);
        s->rows[b] = rows_of(&m->shape, draws);
        for (isize t = 0; t < patches; t++) s->masked[b * patches + t] = t >= patches - draws[0];
        if (first) place_of[0] = -1;
        memcpy(place_of + first, draws + 1, (size_t)patches * sizeof *place_of);
    }
}

static run run_of(const vt_shard *shard)
{
    const vt_hiding *m = shard->model;
    const vt_hiding_saved *s = shard->saved;
    int drops = m->shape.recipe->drops;
    lay_out(m, s, shard);
    run r = {.model = m, .saved = s, .head = head_pass(&m->shape, shard->B, s->rows)};
    r.trunk = trunk_pass(&m->shape, &r.head, shard->draws);
    r.trunk.image_of = shard->image_of;
    if (!drops) r.trunk.tokens.masked = s->masked;
    r.in = (vt_decoder_input){.hidden = drops ? m->shape.hidden : 0,
                              .place_of = drops ? s->place_of : s->trunk.place_of,
                              .x = s->trunk.final};
    return r;
}

static void fill_targets(const run *r, const vt_shard *shard)
{
    const vt_hiding_shape *shape = &r->model->shape;
    isize patches = vt_trunk_patches(&shape->trunk), values = patches * shape->target.P, row = 0;
    for (isize b = 0; b < shard->B; b++) {
        const int32_t *draws = shard->draws + b * (patches + 1), *places = draws + 1;
        const vt_real *image = shard->images + shard->image_of[b] * values;
        for (isize t = patches - draws[0]; t < patches; t++) {
            vt_patch_take(r->saved->patch, image, places[t], shape->head.grid_side, &shape->trunk);
            vt_target_fill(&shape->target, &r->saved->target, row++, r->saved->patch, 1);
        }
    }
}

/* Predictions and targets, ready for the loss. */
static void predict(run *r, const vt_shard *shard)
{
    const vt_hiding *m = r->model;
    const vt_hiding_saved *s = r->saved;
    r->in.pass = &r->head;
    vt_trunk_forward(&m->trunk, &s->trunk, &r->trunk, shard->images, shard->scratch);
    vt_decoder_forward(&m->head, &s->head, &r->in, shard->scratch);
    int64_t from = vt_profile_from();
    fill_targets(r, shard);
    vt_profile_add(VT_PART_LOSS, from, 0, 0);
    vt_target_code(&m->shape.target, &s->target, vt_pass_rows(&r->head), shard->codebook);
}

static double loss_of(const run *r, isize pairs_batch)
{
    return vt_target_loss(&r->model->shape.target, &r->saved->target, 0, r->saved->head.pred,
                          vt_pass_rows(&r->head), pairs_batch);
}

/* ---- a step ---- */

static void keep_codes(const run *r, const vt_shard *shard)
{
    const vt_hiding_batch *batch = shard->batch;
    isize patches = vt_trunk_patches(&r->model->shape.trunk), K = r->model->shape.head.out, row = 0;
    for (isize b = 0; b < shard->B; b++) {
        isize image = shard->image_of[b], hidden = r->saved->rows[b].to - r->saved->rows[b].from;
        batch->hidden[image] = (int32_t)hidden;
        for (isize i = 0; i < hidden; i++, row++) {
            const vt_real *logits = r->saved->head.pred + row * K;
            batch->codes[image * patches + i] = r->saved->target.codes[row];
            batch->predicted[image * patches + i] = (int32_t)vt_kernels_now()->greatest(logits, K);
        }
    }
}

static void keep(const run *r, const vt_shard *shard)
{
    const vt_hiding_batch *batch = shard->batch;
    isize row = 0, C = r->model->shape.trunk.width;
    for (isize b = 0; b < shard->B; b++) {
        vt_range range = vt_pass_range(&r->trunk, b);
        isize count = range.to - range.from;
        vt_features_keep(&batch->features, shard->image_of[b], r->saved->trunk.final + row * C,
                         count);
        row += count;
    }
    if (r->model->shape.recipe->coded) keep_codes(r, shard);
}

double vt_hiding_learn(const vt_shard *shard)
{
    run r = run_of(shard);
    const vt_scratch *t = shard->scratch;
    predict(&r, shard);
    keep(&r, shard);
    double sum = loss_of(&r, shard->pairs_batch);
    vt_decoder_backward(&r.model->head, &r.saved->head, &r.in, r.saved->target.dpred, t->n, t);
    vt_trunk_backward(&r.model->trunk, &r.saved->trunk, &r.trunk, t->n, t);
    return sum;
}

vt_part_loss vt_hiding_evaluate(const vt_shard *shard, int loss)
{
    run r = run_of(shard);
    (void)loss;
    predict(&r, shard);
    return (vt_part_loss){loss_of(&r, 1), vt_pass_rows(&r.head)};
}

/* ---- what a batch tells ---- */

/* exp of the entropy of the codes of all hidden patches: how many are in use, as it were. */
static double perplexity(const vt_hiding_batch *batch, const int32_t *codes, isize B,
                         const vt_hiding_shape *shape)
{
    isize patches = vt_trunk_patches(&shape->trunk), all = 0;
    double entropy = 0;
    memset(batch->counts, 0, (size_t)shape->head.out * sizeof *batch->counts);
    for (isize b = 0; b < B; b++)
        for (isize i = 0; i < batch->hidden[b]; i++, all++) batch->counts[codes[b * patches + i]]++;
    for (isize k = 0; k < shape->head.out; k++) {
        double share = (double)batch->counts[k] / (double)all;
        if (batch->counts[k] > 0) entropy -= share * log(share);
    }
    return exp(entropy);
}

void vt_hiding_measure(const vt_whole *whole, double *values)
{
    vt_hiding_shape shape = shape_of(whole->config);
    const vt_hiding_batch *batch = whole->batch;
    values[0] = vt_features_std(&batch->features, whole->B);
    if (!shape.recipe->coded) return;
    values[1] = perplexity(batch, batch->codes, whole->B, &shape);
    values[2] = perplexity(batch, batch->predicted, whole->B, &shape);
}

int vt_hiding_imagine(const vt_shard *shard, const vt_imagined *out)
{
    run r = run_of(shard);
    const vt_hiding_shape *shape = &r.model->shape;
    const vt_target *target = &shape->target;
    isize patches = vt_trunk_patches(&shape->trunk), row = 0;
    if (out->own) return 0;
    predict(&r, shard);
    for (isize b = 0; b < shard->B; b++) {
        const int32_t *draws = shard->draws + b * (patches + 1), *places = draws + 1;
        vt_real *image = out->pixels + b * patches * target->P;
        for (isize t = 0; t < patches; t++) {
            int given = t < patches - draws[0];
            out->given[b * patches + places[t]] = given;
            if (given) continue;
            const vt_real *pred = r.saved->head.pred + row++ * shape->head.out;
            vt_patch_take(r.saved->patch, image, places[t], shape->head.grid_side, &shape->trunk);
            vt_patch_restore(image, vt_target_patch(target, shard->codebook, pred), r.saved->patch,
                             places[t], &shape->trunk, target->norm_pix);
        }
    }
    return 1;
}

/* ---- cost ---- */

vt_cost vt_hiding_cost(const vt_config *config)
{
    vt_hiding_shape shape = shape_of(config);
    vt_cost cost = vt_objective_trunk_cost(&shape.trunk);
    vt_params all = {0};
    vt_arena counting = {0};
    isize dropped = shape.recipe->drops ? shape.hidden : 0;
    vt_pass head = {.B = 1, .T = vt_trunk_tokens(&shape.trunk)}, seen = head;
    if (vt_config_is(config->task, "probe")) return cost; /* has no head */
    seen.T -= dropped;
    vt_hiding model = plan_model(&shape, &all, &counting);
    cost.params_total = all.numbers;
    cost.flops_forward = vt_trunk_flops_forward(&model.trunk, &seen) +
                         vt_decoder_flops_forward(&shape.head, &head, dropped);
    cost.flops_train = 3 * cost.flops_forward - vt_embed_flops(&shape.trunk, &seen) +
                       vt_target_flops(&shape.target, cost.tokens);
    return cost;
}

int64_t vt_hiding_flops(const vt_shard *shard, int recompute)
{
    const vt_hiding *m = shard->model;
    const vt_hiding_shape *shape = &m->shape;
    isize dropped = shape->recipe->drops ? shape->hidden : 0;
    int64_t flops = 0;
    for (isize b = 0; b < shard->B; b++) {
        const int32_t *draws = shard->draws + b * (vt_trunk_patches(&shape->trunk) + 1);
        vt_range rows = rows_of(shape, draws);
        vt_pass head = head_pass(shape, 1, &rows), trunk = trunk_pass(shape, &head, draws);
        flops += vt_trunk_flops_forward(&m->trunk, &trunk) +
                 vt_trunk_flops_backward(&m->trunk, &trunk, recompute) +
                 vt_decoder_flops_forward(&shape->head, &head, dropped) +
                 vt_decoder_flops_backward(&shape->head, &head, dropped, recompute) +
                 vt_target_flops(&shape->target, draws[0]);
    }
    return flops;
}
