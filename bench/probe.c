/* Suite probe: what training probes of every block costs beside the frozen forward. */
#include "model/probe.h"
#include "base/rng.h"
#include "bench/suites.h"
#include "ops/kernels.h"
#include "train/machine.h"
#include <string.h>

enum { GRID = 6, CLASSES = 10, SEED = 1, TOKENS_A_BATCH = 4096 };

static const double decays[GRID] = {0.05, 0.05, 0.05, 0.3, 0.3, 0.3};
static const double rates[GRID] = {1e-3, 3e-3, 1e-2, 1e-3, 3e-3, 1e-2};

/* One worker pushes a batch through a frozen trunk, a shard at a time, and keeps what each block
 * gives; then a bank of attentive probes learns from each block. */
typedef struct {
    vt_arena arena;
    vt_trunk_shape shape;
    int bf16;
    isize images, shard; /* of a batch, of a shard */
    isize T, pixels;
    vt_params params;
    vt_trunk trunk;
    vt_trunk_saved saved;
    vt_scratch scratch;
    vt_real *input;     /* [shard, channels, px, px], the same for all shards */
    vt_real **features; /* [depth] of [images*T, D] */
    int32_t *labels;
    vt_bank *banks; /* [depth] */
} probing;

static void plan_banks(probing *p)
{
    isize D = p->shape.width;
    vt_bank_options options = {.kind = VT_PROBE_ATTENTIVE,
                               .images_max = p->images,
                               .tokens = p->T,
                               .width = D,
                               .heads = p->shape.heads,
                               .classes = CLASSES,
                               .normalise = 1,
                               .count = GRID,
                               .decays = decays,
                               .beta1 = 0.9,
                               .beta2 = 0.999,
                               .eps = 1e-8,
                               .clip_norm = 3,
                               .seed = SEED};
    p->features = VT_TAKE(&p->arena, vt_real *, p->shape.depth);
    p->banks = VT_TAKE(&p->arena, vt_bank, p->shape.depth);
    for (int l = 0; l < p->shape.depth; l++) {
        vt_bank bank;
        vt_real *features = VT_TAKE(&p->arena, vt_real, p->images * p->T * D);
        vt_bank_plan(&bank, &options, &p->arena);
        if (!p->banks) continue;
        p->features[l] = features;
        p->banks[l] = bank;
    }
}

static void plan(probing *p)
{
    vt_arena *arena = &p->arena, none = {0};
    vt_params counted = {0};
    (void)vt_trunk_plan(&p->shape, &counted, &none);
    p->params = (vt_params){.info = VT_TAKE(arena, vt_param_info, counted.count)};
    p->params.values = VT_TAKE(arena, vt_real, counted.size);
    if (p->bf16) p->params.halves = VT_TAKE(arena, vt_bf16, counted.size);
    p->trunk = vt_trunk_plan(&p->shape, &p->params, arena);
    vt_scratch_size size = vt_trunk_scratch_size(&p->trunk.shape, p->shard);
    size.half = p->bf16;
    size.recompute = 1;
    p->saved = vt_trunk_saved_plan(&p->trunk.shape, p->shard, 1, arena);
    p->scratch = vt_scratch_plan(arena, &size);
    p->input = VT_TAKE(arena, vt_real, p->shard * p->pixels);
    p->labels = VT_TAKE(arena, int32_t, p->images);
    plan_banks(p);
}

static vt_status open_probing(probing *p, const bench_shape *shape, bench_precision precision,
                              vt_error *err)
{
    vt_config config = bench_config(shape, precision, 0);
    *p = (probing){.shape = vt_objective_trunk(&config),
                   .bf16 = precision == BENCH_BF16,
                   .images = TOKENS_A_BATCH / bench_tokens(shape),
                   .shard = shape->batch / shape->shards,
                   .T = bench_tokens(shape),
                   .pixels = (isize)shape->channels * shape->image_px * shape->image_px};
    p->images -= p->images % p->shard;
    plan(p);
    vt_status status = vt_arena_open(&p->arena, err);
    if (status != VT_OK) return status;
    plan(p);
    vt_rng rng = vt_rng_at(SEED, VT_RNG_TEST, 0, 0);
    vt_params_init(p->params.values, p->params.info, p->params.count, SEED);
    if (p->bf16) vt_kernels_now()->round_bf16(p->params.halves, p->params.values, p->params.size);
    for (isize i = 0; i < p->shard * p->pixels; i++) p->input[i] = (vt_real)vt_rng_normal(&rng);
    for (isize i = 0; i < p->images; i++) p->labels[i] = (int32_t)vt_rng_below(&rng, CLASSES);
    for (int l = 0; l < p->shape.depth; l++) vt_bank_init(&p->banks[l]);
    return VT_OK;
}

/* Seconds of the trunk alone; the rest of a step is what probes add. */
static double forward(probing *p)
{
    vt_pass pass = {.B = p->shard, .T = p->T, .mask = VT_MASK_NONE};
    isize values = p->shard * p->T * p->shape.width;
    double trunk = 0;
    for (isize first = 0; first < p->images; first += p->shard) {
        double from = vt_clock_wall();
        vt_trunk_forward(&p->trunk, &p->saved, &pass, p->input, &p->scratch);
        trunk += vt_clock_wall() - from;
        for (int l = 0; l < p->shape.depth; l++)
            memcpy(p->features[l] + first * p->T * p->shape.width, p->saved.blocks.out[l],
                   (size_t)values * sizeof(vt_real));
    }
    return trunk;
}

static void learn(probing *p)
{
    double losses[GRID];
    for (int l = 0; l < p->shape.depth; l++)
        vt_bank_step(&p->banks[l], p->features[l], p->labels, p->images, rates, losses);
}

static vt_status probe_of(const bench_request *r, const bench_shape *shape,
                          bench_precision precision, vt_error *err)
{
    bench_what what = {.suite = "probe",
                       .precision = bench_precision_name(precision),
                       .workers = 1,
                       .recompute = -1};
    probing p;
    bench_samples images = {0}, trunk_images = {0}, ratio = {0};
    bench_shape_name(shape, what.shape);
    bench_progress("probe: %s, %s", what.shape, what.precision);
    vt_status status = open_probing(&p, shape, precision, err);
    if (status != VT_OK) return status;
    learn(&p); /* touches all memory */
    double from = vt_clock_wall();
    for (int i = 0; bench_again(r, i, from); i++) {
        double begin = vt_clock_wall(), trunk = forward(&p);
        learn(&p);
        double all = vt_clock_wall() - begin;
        bench_sample(&images, (double)p.images / all);
        bench_sample(&trunk_images, (double)p.images / trunk);
        bench_sample(&ratio, all / trunk);
    }
    what.metric = "images_per_s";
    what.unit = "images/s";
    what.limit_name = "forward";
    bench_add(r->table, what, &images, &trunk_images);
    what.metric = "ratio_to_forward";
    what.unit = "x";
    bench_add(r->table, what, &ratio, NULL);
    vt_arena_close(&p.arena);
    return VT_OK;
}

vt_status bench_probe(const bench_request *request, vt_error *err)
{
    for (int s = 0; s < request->shape_count; s++) {
        for (int p = 0; p < request->precision_count; p++) {
            vt_status status =
                probe_of(request, request->shapes[s], (bench_precision)request->precisions[p], err);
            if (status != VT_OK) return status;
        }
    }
    return VT_OK;
}
