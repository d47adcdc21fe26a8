/* The teacher's side: its outputs for a batch, what they become for the student, and how it
 * follows; what tells whether it has collapsed. */
#include "base/profile.h"
#include "objective/distil.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

/* ---- its outputs ---- */

static void keep_logits(const vt_distil_shape *shape, const vt_shard *shard,
                        const vt_distil_part *part)
{
    const vt_distil_saved *s = shard->saved;
    vt_distil_batch *batch = shard->batch;
    isize K = shape->head.prototypes;
    for (isize r = part->from; r < part->to; r++) {
        isize n = s->crop_of[r], nth = s->nth[r];
        vt_real *to =
            nth < 0 ? batch->targets + n * K : batch->patch_targets + (n * shape->most + nth) * K;
        memcpy(to, s->head.logits + (r - part->from) * K, (size_t)K * sizeof *to);
        if (nth < 0) batch->masked[n] = 0;
        if (nth >= 0) batch->masked[n]++;
    }
}

void vt_distil_prepare(const vt_shard *shard)
{
    vt_distil_shape shape = vt_distil_shape_of(shard->config);
    const vt_distil *model = shard->model;
    const vt_distil_saved *s = shard->saved;
    vt_distil_run run = vt_distil_run_of(&shape, shard, 0);
    vt_distil_part parts[2];
    isize C = shape.trunk.width;
    vt_trunk_forward(&model->teacher.trunk, &s->trunk, &run.pass, run.images, shard->scratch);
    vt_rows_take(s->rows, s->trunk.final, s->row_of, run.count, C);
    int count = vt_distil_parts(&shape, &model->teacher, &run, parts);
    for (int i = 0; i < count; i++) {
        vt_distil_head_forward(parts[i].head, &s->head, s->rows + parts[i].from * C,
                               parts[i].to - parts[i].from, shard->scratch);
        keep_logits(&shape, shard, &parts[i]);
    }
}

/* ---- what they become ---- */

static double temperature_at(const vt_config *c, double progress)
{
    double start = c->teacher_temperature_start, end = c->teacher_temperature;
    return progress < c->teacher_warmup ? start + (end - start) * progress / c->teacher_warmup
                                        : end;
}

/* Patch rows of all crops, one after the other. Returns how many. */
static isize close_gaps(const vt_distil_shape *shape, vt_distil_batch *batch, isize crops)
{
    isize K = shape->head.prototypes;
    batch->first[0] = 0;
    for (isize n = 0; n < crops; n++) {
        isize count = batch->masked[n], from = n * shape->most, to = batch->first[n];
        if (from != to)
            memmove(batch->patch_targets + to * K, batch->patch_targets + from * K,
                    (size_t)(count * K) * sizeof *batch->patch_targets);
        batch->first[n + 1] = to + count;
    }
    return batch->first[crops];
}

static void settle_rows(const vt_whole *whole, vt_real *logits, isize rows, const vt_param *centre,
                        vt_real *mean)
{
    vt_distil_shape shape = vt_distil_shape_of(whole->config);
    const vt_distil_batch *batch = whole->batch;
    isize K = shape.head.prototypes;
    double temperature = temperature_at(whole->config, whole->progress);
    if (shape.sinkhorn) {
        vt_sinkhorn(logits, rows, K, temperature, whole->pool, &batch->work);
        return;
    }
    vt_column_means(mean, logits, rows, K);
    vt_centred_softmax(logits, centre->value, rows, K, temperature, whole->pool);
}

void vt_distil_settle(const vt_whole *whole)
{
    vt_distil_shape shape = vt_distil_shape_of(whole->config);
    const vt_distil *model = whole->model;
    vt_distil_batch *batch = whole->batch;
    isize crops = VT_DISTIL_WHOLE * whole->B;
    int64_t from = vt_profile_from();
    settle_rows(whole, batch->targets, crops, &model->centre, batch->mean);
    if (shape.most > 0)
        settle_rows(whole, batch->patch_targets, close_gaps(&shape, batch, crops),
                    &model->patch_centre, batch->patch_mean);
    vt_profile_add(VT_PART_LOSS, from, 0, 0);
}

/* ---- how it follows ---- */

void vt_distil_start(const vt_whole *whole)
{
    vt_teacher_start(whole->state, whole->params);
}

void vt_distil_finish(const vt_whole *whole)
{
    const vt_config *c = whole->config;
    vt_distil_shape shape = vt_distil_shape_of(c);
    const vt_distil *model = whole->model;
    const vt_distil_batch *batch = whole->batch;
    vt_real rate = (vt_real)(1 - c->teacher_centre_momentum);
    isize K = shape.head.prototypes, crops = VT_DISTIL_WHOLE * whole->B;
    vt_teacher_follow(whole->state, whole->params, c->teacher_momentum, whole->progress,
                      whole->pool);
    if (shape.sinkhorn) return;
    vt_kernels_now()->follow(model->centre.value, batch->mean, K, rate);
    if (shape.most > 0 && batch->first[crops] > 0)
        vt_kernels_now()->follow(model->patch_centre.value, batch->patch_mean, K, rate);
}

/* ---- whether it has collapsed ---- */

/* Of a distribution, in nats. */
static double entropy(const double *shares, isize K)
{
    double sum = 0;
    for (isize k = 0; k < K; k++) sum -= shares[k] > 0 ? shares[k] * log(shares[k]) : 0;
    return sum;
}

static double row_entropy(const vt_real *shares, isize K)
{
    double sum = 0;
    for (isize k = 0; k < K; k++)
        sum -= shares[k] > 0 ? (double)shares[k] * log((double)shares[k]) : 0;
    return sum;
}

/* The mean entropy of rows, and the entropy of their mean; no number where there are none. */
static void measure_rows(const vt_real *shares, isize rows, isize K, double out[2])
{
    double mean[1 << 10], one = 0, all = 0;
    enum { PIECE = sizeof mean / sizeof *mean };
    for (isize r = 0; r < rows; r++) one += row_entropy(shares + r * K, K);
    for (isize from = 0; from < K; from += PIECE) {
        isize count = vt_min(PIECE, K - from);
        memset(mean, 0, sizeof mean);
        for (isize r = 0; r < rows; r++)
            for (isize k = 0; k < count; k++) mean[k] += (double)shares[r * K + from + k];
        for (isize k = 0; k < count; k++) mean[k] /= (double)rows;
        all += entropy(mean, count);
    }
    out[0] = rows > 0 ? one / (double)rows : (double)NAN;
    out[1] = rows > 0 ? all : (double)NAN;
}

void vt_distil_measure(const vt_whole *whole, double *values)
{
    vt_distil_shape shape = vt_distil_shape_of(whole->config);
    const vt_distil_batch *b = whole->batch;
    isize K = shape.head.prototypes, crops = VT_DISTIL_WHOLE * whole->B;
    double losses[VT_DISTIL_LOSSES] = {0};
    for (isize i = 0; i < whole->B; i++)
        for (int l = 0; l < VT_DISTIL_LOSSES; l++) losses[l] += b->losses[i][l] / (double)whole->B;
    *values++ = losses[VT_DISTIL_CLASS];
    measure_rows(b->targets, crops, K, values);
    values[2] = losses[VT_DISTIL_CLASS] - values[0];
    values[3] = vt_features_std(&b->features, crops);
    values += 4;
    if (shape.most > 0) {
        *values++ = losses[VT_DISTIL_PATCH];
        measure_rows(b->patch_targets, b->first[crops], K, values);
        values += 2;
    }
    if (shape.recipe->koleo) *values = losses[VT_DISTIL_KOLEO];
}
