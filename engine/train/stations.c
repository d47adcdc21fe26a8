#include "train/stations.h"
#include "optim/schedule.h"
#include <math.h>
#include <string.h>

static const char *const kind_names[] = {"attentive", "linear", "knn"};

/* ---- plan ---- */

static void fill_grid(vt_grid *grid, const vt_config *c)
{
    grid->count = 0;
    for (int i = 0; i < c->probe_lrs.count; i++) {
        for (int j = 0; j < c->probe_weight_decays.count; j++) {
            grid->rates[grid->count] = c->probe_lrs.value[i];
            grid->decays[grid->count++] = c->probe_weight_decays.value[j];
        }
    }
}

/* Kinds of station at a tap: the pixels have no tokens to attend to. */
static int kinds_at(const vt_stations *s)
{
    return (s->features->pixels ? 1 : 2) + (s->bank > 0);
}

void vt_stations_size(vt_stations *out, vt_features *features)
{
    const vt_config *c = &features->session->config;
    *out = (vt_stations){.features = features};
    fill_grid(&out->grid, c);
    out->bank = vt_min((isize)c->probe_knn_images, features->train.count);
    out->count = features->tap_count * kinds_at(out);
}

static isize classes_of(const vt_stations *s)
{
    return vt_dataset_about(s->features->session->dataset)->classes;
}

static void plan_bank(vt_stations *s, vt_station *station)
{
    const vt_features *f = s->features;
    const vt_config *c = &f->session->config;
    vt_probe_kind kind = station->kind == VT_STATION_LINEAR ? VT_PROBE_LINEAR : VT_PROBE_ATTENTIVE;
    vt_bank_options options = {.kind = kind,
                               .images_max = f->B,
                               .tokens = f->T,
                               .width = f->D,
                               .heads = f->shape.heads,
                               .classes = classes_of(s),
                               .normalise = !f->pixels,
                               .count = s->grid.count,
                               .decays = s->grid.decays,
                               .beta1 = 0.9,
                               .beta2 = 0.999,
                               .eps = 1e-8,
                               .clip_norm = c->probe_clip_norm,
                               .seed = (uint64_t)c->seed,
                               .stream = vt_head_stream(f, &f->taps[station->tap], station->kind)};
    vt_bank_plan(&station->bank, &options, &s->arena);
    station->count = s->grid.count;
}

static void plan_neighbours(vt_stations *s, vt_station *station)
{
    const vt_features *f = s->features;
    vt_neighbours_options options = {.images_max = f->B,
                                     .tokens = f->T,
                                     .width = f->D,
                                     .classes = classes_of(s),
                                     .bank = s->bank};
    vt_neighbours_plan(&station->neighbours, &options, &s->arena);
    station->count = station->neighbours.k_count;
}

uint64_t vt_head_stream(const vt_features *f, const vt_tap *tap, vt_station_kind kind)
{
    return (uint64_t)(f->pixels ? tap->number : 2 * tap->number + (kind == VT_STATION_LINEAR));
}

static void plan(vt_stations *s)
{
    int heads = s->features->pixels ? 1 : 2, kinds = kinds_at(s);
    s->list = VT_TAKE(&s->arena, vt_station, s->count);
    for (int i = 0; i < s->count; i++) {
        int tap = i / kinds, kind = i % kinds;
        vt_station station = {.tap = tap};
        if (kind == heads) {
            station.kind = VT_STATION_NEIGHBOURS;
            plan_neighbours(s, &station);
        } else {
            station.kind = heads == 1 || kind == 1 ? VT_STATION_LINEAR : VT_STATION_ATTENTIVE;
            plan_bank(s, &station);
        }
        if (s->list) s->list[i] = station;
    }
}

vt_status vt_stations_open(vt_stations *s, vt_error *err)
{
    plan(s);
    vt_status status = vt_arena_open(&s->arena, err);
    if (status != VT_OK) return status;
    plan(s);
    for (int i = 0; i < s->count; i++)
        if (s->list[i].kind != VT_STATION_NEIGHBOURS) vt_bank_init(&s->list[i].bank);
    return VT_OK;
}

void vt_stations_close(vt_stations *s)
{
    vt_arena_close(&s->arena);
}

/* ---- cost ---- */

int64_t vt_head_params(vt_station_kind kind, int64_t width, int64_t classes)
{
    if (kind == VT_STATION_NEIGHBOURS) return 0;
    return kind == VT_STATION_LINEAR ? width * classes + classes
                                     : 2 * width * width + width + width * classes;
}

/* A classifier's backward needs no gradient of its input but for what pools before it. */
int64_t vt_head_flops(vt_station_kind kind, const vt_features *f, int64_t classes)
{
    int64_t D = f->D, T = f->T;
    if (kind == VT_STATION_NEIGHBOURS) return 0;
    return kind == VT_STATION_LINEAR ? 4 * D * classes
                                     : 8 * T * D * f->shape.heads + 6 * D * D + 6 * D * classes;
}

/* ---- training and scoring ---- */

typedef struct {
    vt_stations *stations;
    isize images;
    double rates[VT_GRID_MAX];
} station_batch;

static void train_turn(void *context, isize index, int worker)
{
    (void)worker;
    const station_batch *b = context;
    vt_station *s = &b->stations->list[index];
    const vt_features *f = b->stations->features;
    double losses[VT_GRID_MAX];
    if (s->kind == VT_STATION_NEIGHBOURS) return;
    vt_bank_step(&s->bank, f->taps[s->tap].values, f->labels, b->images, b->rates, losses);
}

static void keep_turn(void *context, isize index, int worker)
{
    (void)worker;
    const station_batch *b = context;
    vt_station *s = &b->stations->list[index];
    const vt_features *f = b->stations->features;
    if (s->kind != VT_STATION_NEIGHBOURS) return;
    vt_neighbours_keep(&s->neighbours, f->taps[s->tap].values, f->labels, b->images);
}

static void score_turn(void *context, isize index, int worker)
{
    (void)worker;
    const station_batch *b = context;
    vt_station *s = &b->stations->list[index];
    const vt_features *f = b->stations->features;
    const vt_real *x = f->taps[s->tap].values;
    if (s->kind == VT_STATION_NEIGHBOURS)
        vt_neighbours_score(&s->neighbours, x, f->labels, b->images, s->total);
    else
        vt_bank_score(&s->bank, x, f->labels, b->images, s->total);
}

vt_status vt_stations_step(vt_stations *s, int64_t step, vt_error *err)
{
    vt_features *f = s->features;
    const vt_config *c = &f->session->config;
    vt_feature_batch images = {&f->train, step * f->B, f->B, 1};
    station_batch heads = {.stations = s, .images = f->B};
    for (int g = 0; g < s->grid.count; g++) {
        vt_schedule schedule = {.peak = s->grid.rates[g],
                                .final = fmin(c->probe_lr_final, s->grid.rates[g]),
                                .warmup = c->probe_warmup,
                                .steps = f->steps};
        heads.rates[g] = vt_schedule_at(&schedule, step);
    }
    vt_status status = vt_features_extract(f, &images, err);
    if (status == VT_OK) vt_pool_for(f->session->pool, s->count, train_turn, &heads);
    return status;
}

/* Every station's turn at each batch of the first count images of a feed, not augmented. */
static vt_status each_batch(vt_stations *s, const vt_feed *feed, isize count, vt_turn *turn,
                            vt_error *err)
{
    vt_features *f = s->features;
    for (isize first = 0; first < count && !vt_session_stopping(f->session); first += f->B) {
        vt_feature_batch images = {feed, first, vt_min(f->B, count - first), 0};
        station_batch batch = {.stations = s, .images = images.count};
        vt_status status = vt_features_extract(f, &images, err);
        if (status != VT_OK) return status;
        vt_pool_for(f->session->pool, s->count, turn, &batch);
    }
    return VT_OK;
}

vt_status vt_stations_remember(vt_stations *s, vt_error *err)
{
    for (int i = 0; i < s->count; i++)
        if (s->list[i].kind == VT_STATION_NEIGHBOURS) vt_neighbours_clear(&s->list[i].neighbours);
    return each_batch(s, &s->features->train, s->bank, keep_turn, err);
}

vt_status vt_stations_score(vt_stations *s, const vt_feed *feed, vt_error *err)
{
    for (int i = 0; i < s->count; i++) memset(s->list[i].total, 0, sizeof s->list[i].total);
    return each_batch(s, feed, feed->count, score_turn, err);
}

/* ---- results ---- */

int vt_total_better(const vt_bank_total *a, const vt_bank_total *b)
{
    return a->top1 > b->top1 || (a->top1 == b->top1 && a->loss < b->loss);
}

void vt_stations_choose(vt_stations *stations)
{
    for (int i = 0; i < stations->count; i++) {
        vt_station *s = &stations->list[i];
        s->chosen = 0;
        for (int g = 1; g < s->count; g++)
            if (vt_total_better(&s->total[g], &s->total[s->chosen])) s->chosen = g;
    }
}

void vt_score_say(vt_sink *sink, const vt_score_line *l)
{
    double n = (double)l->total->images;
    VT_EVENT(sink, PROBE, VT_S(l->tap->name), VT_I(l->tap->layer), VT_S(l->kind), VT_R(l->lr),
             VT_R(l->decay), VT_I(l->k), VT_I(l->trained), VT_S(l->split), VT_I(l->total->images),
             VT_R((double)l->total->top1 / n), VT_R((double)l->total->top5 / n),
             VT_R(l->total->loss / n), VT_I(l->chosen));
}

void vt_stations_say(const vt_stations *stations, vt_sink *sink, const char *split)
{
    int test = strcmp(split, "test") == 0;
    for (int i = 0; i < stations->count; i++) {
        const vt_station *s = &stations->list[i];
        int near = s->kind == VT_STATION_NEIGHBOURS;
        for (int g = 0; g < s->count; g++) {
            if (test && g != s->chosen) continue;
            vt_score_line line = {
                .tap = &stations->features->taps[s->tap],
                .kind = kind_names[s->kind],
                .split = split,
                .lr = near ? (double)NAN : stations->grid.rates[g],
                .decay = near ? (double)NAN : stations->grid.decays[g],
                .k = near ? s->neighbours.ks[g] : 0,
                .trained = vt_head_params(s->kind, stations->features->D, classes_of(stations)),
                .total = &s->total[g],
                .chosen = g == s->chosen};
            vt_score_say(sink, &line);
        }
    }
}
