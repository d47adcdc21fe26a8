#include "train/probing.h"
#include "base/log.h"
#include "model/probe.h"
#include "objective/objective.h"
#include "ops/kernels.h"
#include "optim/schedule.h"
#include "train/checkpoint.h"
#include "train/machine.h"
#include "wire/exit.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TAP_NAME = 32, GRID_MAX = WIRE_REALS_MAX * WIRE_REALS_MAX };

/* Where features come from, and the banks that learn from them. */
typedef struct {
    char name[TAP_NAME];
    int layer;         /* block, or -1 */
    vt_real *features; /* [B*T, D] of the batch under way */
} tap;

typedef struct {
    int tap;
    vt_bank bank;
    vt_bank_total total[GRID_MAX];
    int chosen;
} station;

typedef struct {
    vt_trunk_saved saved;
    vt_scratch trunk;
    vt_real *images; /* [images of a shard, channels, px, px] */
    vt_view_scratch *scratch;
} bay;

typedef struct {
    vt_session session;
    vt_arena arena;
    vt_trunk_shape shape;
    int pixels; /* 1: the control without a trunk */
    isize T, D; /* of the features: 1 and all values for pixels */
    vt_params params;
    vt_trunk trunk;
    tap *taps;
    int tap_count, average; /* average: blocks in the mean, 0: no such tap */
    station *stations;
    int station_count;
    bay *bays;
    vt_status *statuses; /* [shards] */
    vt_error *errors;    /* [shards] */
    int32_t *labels;     /* [B] */
    isize B, shard_images;
    int shard_count;
    double decays[GRID_MAX], rates[GRID_MAX];
    int grid;
    vt_feed train, val, test;
    int64_t steps, step; /* of the whole training, done */
} probing;

/* ---- plan ---- */

static void fill_grid(probing *p)
{
    const vt_config *c = &p->session.config;
    p->grid = 0;
    for (int i = 0; i < c->probe_lrs.count; i++) {
        for (int j = 0; j < c->probe_weight_decays.count; j++) {
            p->rates[p->grid] = c->probe_lrs.value[i];
            p->decays[p->grid++] = c->probe_weight_decays.value[j];
        }
    }
}

static void plan_taps(probing *p)
{
    p->taps = VT_TAKE(&p->arena, tap, p->tap_count);
    for (int i = 0; i < p->tap_count; i++) {
        tap t = {.layer = p->pixels || i >= p->shape.depth ? -1 : i};
        t.features = VT_TAKE(&p->arena, vt_real, p->B * p->T * p->D);
        if (p->pixels)
            (void)snprintf(t.name, sizeof t.name, "pixels");
        else if (i < p->shape.depth)
            (void)snprintf(t.name, sizeof t.name, "block.%d", i);
        else
            (void)snprintf(t.name, sizeof t.name, "mean_last.%d", p->average);
        if (p->taps) p->taps[i] = t;
    }
}

static void plan_stations(probing *p, isize classes)
{
    const vt_config *c = &p->session.config;
    p->stations = VT_TAKE(&p->arena, station, p->station_count);
    for (int i = 0; i < p->station_count; i++) {
        int linear = p->pixels || i % 2 == 1;
        vt_bank_options options = {.kind = linear ? VT_PROBE_LINEAR : VT_PROBE_ATTENTIVE,
                                   .images_max = p->B,
                                   .tokens = p->T,
                                   .width = p->D,
                                   .heads = p->shape.heads,
                                   .classes = classes,
                                   .normalise = !p->pixels,
                                   .count = p->grid,
                                   .decays = p->decays,
                                   .beta1 = 0.9,
                                   .beta2 = 0.999,
                                   .eps = 1e-8,
                                   .clip_norm = c->probe_clip_norm,
                                   .seed = (uint64_t)c->seed,
                                   .stream = (uint64_t)i};
        vt_bank bank;
        vt_bank_plan(&bank, &options, &p->arena);
        if (p->stations) p->stations[i] = (station){.tap = p->pixels ? i : i / 2, .bank = bank};
    }
}

static void plan(probing *p, isize classes)
{
    vt_arena *arena = &p->arena;
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_trunk_plan(&p->shape, &counted, &none);
    isize pixels = (isize)p->shape.channels * p->shape.image_px * p->shape.image_px;
    p->params = (vt_params){.info = VT_TAKE(arena, vt_param_info, counted.count)};
    p->params.values = VT_TAKE(arena, vt_real, counted.size);
    if (vt_config_bf16(&p->session.config))
        p->params.halves = VT_TAKE(arena, vt_bf16, counted.size);
    p->trunk = vt_trunk_plan(&p->shape, &p->params, arena);
    plan_taps(p);
    plan_stations(p, classes);
    p->bays = VT_TAKE(arena, bay, vt_pool_workers(p->session.pool));
    for (int b = 0; b < vt_pool_workers(p->session.pool); b++) {
        bay at = {0};
        at.images = VT_TAKE(arena, vt_real, p->shard_images * pixels);
        if (!p->pixels) {
            vt_scratch_size size = vt_trunk_scratch_size(&p->trunk.shape, p->shard_images);
            size.half = vt_config_bf16(&p->session.config);
            size.recompute = 1;
            at.saved = vt_trunk_saved_plan(&p->trunk.shape, p->shard_images, 1, arena);
            at.trunk = vt_scratch_plan(arena, &size);
        }
        if (p->bays) p->bays[b] = at;
    }
    p->statuses = VT_TAKE(arena, vt_status, p->shard_count);
    p->errors = VT_TAKE(arena, vt_error, p->shard_count);
    p->labels = VT_TAKE(arena, int32_t, p->B);
}

/* Products read the trunk's values in bf16 where the config says so. */
static void round_trunk(probing *p)
{
    if (p->params.halves)
        vt_kernels_now()->round_bf16(p->params.halves, p->params.values, p->params.size);
}

static vt_feed feed_of(const probing *p, vt_split split, isize first, isize wanted)
{
    const vt_config *c = &p->session.config;
    isize left = vt_dataset_about(p->session.dataset)->images[split] - first;
    return (vt_feed){.dataset = p->session.dataset,
                     .view = vt_feed_view(c, vt_dataset_about(p->session.dataset)),
                     .seed = (uint64_t)c->seed,
                     .split = split,
                     .first = first,
                     .count = wanted > 0 ? vt_min(wanted, left) : left};
}

static vt_status open_feeds(probing *p, vt_error *err)
{
    const vt_config *c = &p->session.config;
    p->val = feed_of(p, VT_SPLIT_TRAIN, 0, c->probe_val_images);
    p->train = feed_of(p, VT_SPLIT_TRAIN, p->val.count, c->probe_train_images);
    p->test = feed_of(p, VT_SPLIT_TEST, 0, c->probe_test_images);
    if (p->train.count < 1 || p->test.count < 1)
        return vt_fail(err, VT_ERR_CONFIG,
                       "probe.val_images: %jd leaves no image of data set %s to %s",
                       (intmax_t)c->probe_val_images, c->data_name,
                       p->train.count < 1 ? "train on" : "test on");
    p->B = vt_min(c->probe_batch_images, p->train.count);
    p->steps = c->probe_epochs * p->train.count / p->B;
    return VT_OK;
}

static vt_status load_trunk(probing *p, vt_error *err)
{
    const vt_config *c = &p->session.config;
    const char *path = p->session.request.trunk;
    int control = p->pixels || strcmp(c->probe_trunk, "untrained") == 0;
    if (control && path)
        return vt_fail(err, VT_ERR_CONFIG,
                       "--trunk: probe.trunk is %s, a control that reads no checkpoint; set it to "
                       "the hash of the checkpoint's run",
                       c->probe_trunk);
    if (control) return VT_OK;
    if (!path)
        return vt_fail(err, VT_ERR_CONFIG,
                       "probe.trunk: %.12s is a run; name its checkpoint with --trunk FILE",
                       c->probe_trunk);
    vt_status status = vt_checkpoint_is_of(path, c->probe_trunk, err);
    if (status == VT_OK)
        status = vt_checkpoint_trunk(path, p->params.values, p->params.info, p->params.count, err);
    if (status == VT_OK) round_trunk(p);
    return status;
}

/* What follows from the config and the data set alone. */
static vt_status size(probing *p, vt_error *err)
{
    const vt_config *c = &p->session.config;
    p->shape = vt_objective_trunk(c);
    p->pixels = strcmp(c->probe_trunk, "pixels") == 0;
    p->average = (int)vt_min((isize)c->probe_average_last, p->shape.depth);
    if (p->average < 2 || p->pixels) p->average = 0; /* the mean of one block is that block */
    p->tap_count = p->pixels ? 1 : p->shape.depth + (p->average > 0);
    p->station_count = p->pixels ? 1 : 2 * p->tap_count;
    p->T = p->pixels ? 1 : vt_trunk_tokens(&p->shape);
    p->D = p->pixels ? (isize)p->shape.channels * p->shape.image_px * p->shape.image_px
                     : p->shape.width;
    fill_grid(p);
    return open_feeds(p, err);
}

static vt_status store(probing *p, vt_error *err)
{
    const vt_config *c = &p->session.config;
    isize classes = vt_dataset_about(p->session.dataset)->classes;
    p->shard_count = (int)vt_min((isize)c->train_shards, p->B);
    p->shard_images = (p->B + p->shard_count - 1) / p->shard_count;
    plan(p, classes);
    vt_status status = vt_arena_open(&p->arena, err);
    if (status != VT_OK) return status;
    plan(p, classes);
    for (int b = 0; b < vt_pool_workers(p->session.pool) && status == VT_OK; b++)
        status = vt_view_scratch_open(&p->bays[b].scratch, err);
    for (int i = 0; i < p->station_count; i++) vt_bank_init(&p->stations[i].bank);
    vt_params_init(p->params.values, p->params.info, p->params.count, (uint64_t)c->seed);
    round_trunk(p);
    return status;
}

static void finish(probing *p)
{
    for (int b = 0; p->bays && b < vt_pool_workers(p->session.pool); b++)
        vt_view_scratch_close(&p->bays[b].scratch);
    vt_arena_close(&p->arena);
    vt_session_close(&p->session);
}

/* ---- features ---- */

typedef struct {
    probing *p;
    const vt_feed *feed;
    isize first, count; /* places of this batch */
    int augment;
} batch;

/* Copies a shard's block outputs to where the batch's features lie. */
static void collect(probing *p, const vt_trunk_saved *saved, isize row, isize rows)
{
    isize values = rows * p->D;
    for (int l = 0; l < p->shape.depth; l++)
        memcpy(p->taps[l].features + row * p->D, saved->blocks.out[l],
               (size_t)values * sizeof(vt_real));
    if (!p->average) return;
    vt_real *mean = p->taps[p->shape.depth].features + row * p->D;
    memset(mean, 0, (size_t)values * sizeof(vt_real));
    for (int l = p->shape.depth - p->average; l < p->shape.depth; l++)
        vt_kernels_now()->add(mean, mean, saved->blocks.out[l], values);
    for (isize i = 0; i < values; i++) mean[i] /= (vt_real)p->average;
}

static void feature_turn(void *context, isize index, int worker)
{
    const batch *b = context;
    probing *p = b->p;
    bay *at = &p->bays[worker];
    isize first = b->count * index / p->shard_count;
    isize count = b->count * (index + 1) / p->shard_count - first;
    isize pixels = (isize)p->shape.channels * p->shape.image_px * p->shape.image_px;
    vt_real *images = p->pixels ? p->taps[0].features + first * pixels : at->images;
    vt_status status = VT_OK;
    for (isize i = 0; i < count && status == VT_OK; i++) {
        isize place = b->first + first + i;
        int32_t *label = &p->labels[first + i];
        vt_error *err = &p->errors[index];
        status = b->augment
                     ? vt_feed_train(b->feed, place, images + i * pixels, label, at->scratch, err)
                     : vt_feed_eval(b->feed, place, images + i * pixels, label, at->scratch, err);
    }
    p->statuses[index] = status;
    if (status != VT_OK || p->pixels || count == 0) return;
    vt_pass pass = {.B = count, .T = p->T, .mask = VT_MASK_NONE};
    vt_trunk_forward(&p->trunk, &at->saved, &pass, images, &at->trunk);
    collect(p, &at->saved, first * p->T, count * p->T);
}

static vt_status extract(batch *b, vt_error *err)
{
    probing *p = b->p;
    vt_pool_for(p->session.pool, p->shard_count, feature_turn, b);
    for (int s = 0; s < p->shard_count; s++) {
        if (p->statuses[s] == VT_OK) continue;
        *err = p->errors[s];
        return p->statuses[s];
    }
    return VT_OK;
}

/* ---- training and scoring ---- */

typedef struct {
    probing *p;
    isize images;
    double rates[GRID_MAX];
} bank_batch;

static void train_turn(void *context, isize index, int worker)
{
    (void)worker;
    const bank_batch *b = context;
    station *s = &b->p->stations[index];
    double losses[GRID_MAX];
    vt_bank_step(&s->bank, b->p->taps[s->tap].features, b->p->labels, b->images, b->rates, losses);
}

static void score_turn(void *context, isize index, int worker)
{
    (void)worker;
    const bank_batch *b = context;
    station *s = &b->p->stations[index];
    vt_bank_score(&s->bank, b->p->taps[s->tap].features, b->p->labels, b->images, s->total);
}

static vt_status train_step(probing *p, int64_t step, vt_error *err)
{
    const vt_config *c = &p->session.config;
    batch features = {p, &p->train, step * p->B, p->B, 1};
    bank_batch heads = {.p = p, .images = p->B};
    for (int g = 0; g < p->grid; g++) {
        vt_schedule schedule = {.peak = p->rates[g],
                                .final = fmin(c->probe_lr_final, p->rates[g]),
                                .warmup = c->probe_warmup,
                                .steps = p->steps};
        heads.rates[g] = vt_schedule_at(&schedule, step);
    }
    vt_status status = extract(&features, err);
    if (status == VT_OK) vt_pool_for(p->session.pool, p->station_count, train_turn, &heads);
    return status;
}

static vt_status score(probing *p, const vt_feed *feed, vt_error *err)
{
    for (int i = 0; i < p->station_count; i++)
        memset(p->stations[i].total, 0, sizeof p->stations[i].total);
    for (isize first = 0; first < feed->count && !vt_session_stopping(&p->session); first += p->B) {
        batch features = {p, feed, first, vt_min(p->B, feed->count - first), 0};
        bank_batch heads = {.p = p, .images = features.count};
        vt_status status = extract(&features, err);
        if (status != VT_OK) return status;
        vt_pool_for(p->session.pool, p->station_count, score_turn, &heads);
    }
    return VT_OK;
}

static void choose(probing *p, station *s)
{
    s->chosen = 0;
    for (int g = 1; g < p->grid; g++) {
        const vt_bank_total *best = &s->total[s->chosen], *other = &s->total[g];
        if (other->top1 > best->top1 || (other->top1 == best->top1 && other->loss < best->loss))
            s->chosen = g;
    }
}

static void say_results(probing *p, const char *split)
{
    int test = strcmp(split, "test") == 0;
    for (int i = 0; i < p->station_count; i++) {
        const station *s = &p->stations[i];
        const tap *t = &p->taps[s->tap];
        int linear = s->bank.options.kind == VT_PROBE_LINEAR;
        for (int g = 0; g < p->grid; g++) {
            const vt_bank_total *total = &s->total[g];
            double n = (double)total->images;
            if (test && g != s->chosen) continue;
            VT_EVENT(&p->session.sink, PROBE, VT_S(t->name), VT_I(t->layer),
                     VT_S(linear ? "linear" : "attentive"), VT_R(p->rates[g]), VT_R(p->decays[g]),
                     VT_S(split), VT_I(total->images), VT_R((double)total->top1 / n),
                     VT_R((double)total->top5 / n), VT_R(total->loss / n), VT_I(g == s->chosen));
        }
    }
}

/* ---- the command ---- */

static void say_model(probing *p)
{
    const vt_config *c = &p->session.config;
    vt_cost cost = vt_objective_of(c)->cost(c);
    int64_t T = p->T, D = p->D, K = vt_dataset_about(p->session.dataset)->classes;
    int64_t heads = p->shape.heads, forward = p->pixels ? 0 : cost.flops_trunk;
    /* A classifier's backward needs no gradient of its input but for what pools before it. */
    int64_t linear = 4 * D * K, linear_params = D * K + K;
    int64_t attentive = 8 * T * D * heads + 6 * D * D + 6 * D * K;
    int64_t attentive_params = 2 * D * D + D + D * K;
    int64_t banks = (int64_t)p->grid * p->tap_count;
    int64_t flops = banks * (linear + (p->pixels ? 0 : attentive));
    int64_t params = banks * (linear_params + (p->pixels ? 0 : attentive_params));
    int64_t trunk = p->pixels ? 0 : cost.params_trunk;
    int64_t step = p->B * (forward + flops), images = p->steps * p->B;
    VT_EVENT(&p->session.sink, MODEL, VT_I(trunk), VT_I(trunk + params), VT_I(cost.tokens),
             VT_I(forward), VT_I(step), VT_I(p->steps * step), VT_I(p->steps), VT_I(images),
             VT_I(images * cost.tokens));
}

static void say_start(probing *p)
{
    const vt_dataset_info *about = vt_dataset_about(p->session.dataset);
    const struct {
        const char *role;
        const vt_feed *feed;
    } parts[] = {{"train", &p->train}, {"val", &p->val}, {"test", &p->test}};
    for (int i = 0; i < 3; i++)
        VT_EVENT(&p->session.sink, DATA, VT_S(parts[i].role), VT_S(about->name),
                 VT_S(about->sha256), VT_I(parts[i].feed->count), VT_I(about->classes));
    say_model(p);
    VT_EVENT(&p->session.sink, RESUME, VT_I(0));
}

static vt_status train_and_score(probing *p, const char **state, vt_error *err)
{
    vt_status status = VT_OK;
    *state = "stopped";
    for (p->step = 0; p->step < p->steps; p->step++) {
        if (vt_session_stopping(&p->session)) return VT_OK;
        status = train_step(p, p->step, err);
        if (status != VT_OK) return status;
        vt_session_progress(&p->session, p->step + 1, p->steps, p->B);
    }
    status = score(p, &p->val, err);
    if (status != VT_OK || vt_session_stopping(&p->session)) return status;
    for (int i = 0; i < p->station_count; i++) choose(p, &p->stations[i]);
    say_results(p, "val");
    status = score(p, &p->test, err);
    if (status != VT_OK || vt_session_stopping(&p->session)) return status;
    say_results(p, "test");
    *state = "done";
    return VT_OK;
}

static vt_status open_probing(probing *p, const vt_request *request, vt_error *err)
{
    vt_status status = vt_session_open(&p->session, request, err);
    if (status != VT_OK) return status;
    if (strcmp(p->session.config.task, "probe") != 0)
        status =
            vt_fail(err, VT_ERR_CONFIG, "task: probe wants probe, not %s", p->session.config.task);
    return status == VT_OK ? size(p, err) : status;
}

vt_status vt_probing(const vt_request *request, int *exit_status, vt_error *err)
{
    probing p = {0};
    const char *state = "done";
    vt_status status = open_probing(&p, request, err);
    if (status == VT_OK) status = store(&p, err);
    if (status == VT_OK) status = load_trunk(&p, err);
    if (status == VT_OK) {
        say_start(&p);
        status = train_and_score(&p, &state, err);
    }
    if (status == VT_OK)
        *exit_status = vt_session_end(&p.session, state, p.step,
                                      strcmp(state, "done") == 0
                                          ? "finished"
                                          : "asked to stop; probes start again from the trunk");
    finish(&p);
    return status;
}

vt_status vt_probing_plan(const vt_request *request, vt_error *err)
{
    probing p = {0};
    vt_status status = open_probing(&p, request, err);
    if (status == VT_OK) {
        say_model(&p);
        status = vt_sink_check(&p.session.sink, err);
    }
    finish(&p);
    return status;
}

/* Share of a run's time that goes into training: an image that is scored at the end costs about as
 * much as one that is trained on, forward and all heads. */
static double training_share(const probing *p)
{
    double trained = (double)(p->steps * p->B), scored = (double)(p->val.count + p->test.count);
    return trained / (trained + scored);
}

vt_status vt_probing_calibrate(const vt_request *request, vt_error *err)
{
    probing p = {0};
    vt_status status = open_probing(&p, request, err);
    if (status == VT_OK) status = store(&p, err);
    if (status == VT_OK) status = train_step(&p, 0, err); /* warms caches and pages */
    double from = vt_clock_wall();
    int64_t steps = 0;
    while (status == VT_OK && (steps == 0 || vt_clock_wall() - from < request->seconds) &&
           !vt_session_stopping(&p.session)) {
        status = train_step(&p, steps % p.steps, err);
        steps++;
    }
    double rate = training_share(&p) * (double)(steps * p.B) / (vt_clock_wall() - from);
    if (status == VT_OK) {
        VT_EVENT(&p.session.sink, PROGRESS, VT_I(steps), VT_I(p.steps), VT_R(rate));
        status = vt_sink_check(&p.session.sink, err);
    }
    finish(&p);
    return status;
}
