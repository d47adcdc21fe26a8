/* The student's side: its losses, and their gradients. */
#include "base/profile.h"
#include "objective/distil.h"
#include "ops/kernels.h"
#include <string.h>

typedef struct {
    vt_distil_shape shape;
    const vt_shard *shard;
    const vt_distil *model;
    const vt_distil_saved *saved;
    vt_distil_batch *batch;
    vt_distil_run run;
} study;

static study study_of(const vt_shard *shard, int small)
{
    study s = {.shape = vt_distil_shape_of(shard->config),
               .shard = shard,
               .model = shard->model,
               .saved = shard->saved,
               .batch = shard->batch};
    s.run = vt_distil_run_of(&s.shape, shard, small);
    if (s.shape.most > 0 && !small) s.run.pass.tokens.masked = s.saved->masked;
    return s;
}

/* ---- losses ---- */

/* What a row is to give: a distribution of the teacher's, or the sum of two. */
typedef struct {
    const vt_real *shares; /* [K] */
    double mass, weight;   /* what they sum to; of the row's loss in that of its image */
    int loss;              /* which of an image's losses it belongs to */
} aim;

static aim aim_of(const study *s, isize row)
{
    const vt_distil_batch *b = s->batch;
    isize K = s->shape.head.prototypes, n = s->saved->crop_of[row], nth = s->saved->nth[row];
    double pairs = 2 * (1 + (double)s->shape.small);
    if (nth >= 0)
        return (aim){b->patch_targets + (b->first[n] + nth) * K, 1,
                     1 / (VT_DISTIL_WHOLE * (double)b->masked[n]), VT_DISTIL_PATCH};
    if (!s->run.small) return (aim){b->targets + (n ^ 1) * K, 1, 1 / pairs, VT_DISTIL_CLASS};
    vt_kernels_now()->add(s->saved->target, b->targets + n * K, b->targets + (n + 1) * K, K);
    return (aim){s->saved->target, 2, 1 / pairs, VT_DISTIL_CLASS};
}

/* Losses of a part's rows go to their images; logits become their own gradient. */
static void judge(const study *s, const vt_distil_part *part)
{
    const vt_distil_saved *saved = s->saved;
    isize K = s->shape.head.prototypes;
    double sharp = 1 / s->shard->config->student_temperature;
    int64_t from = vt_profile_from();
    for (isize r = part->from; r < part->to; r++) {
        vt_real *logits = saved->head.logits + (r - part->from) * K;
        aim a = aim_of(s, r);
        vt_soft_xent shape = {.sharp = (vt_real)sharp,
                              .mass = (vt_real)a.mass,
                              .scale = (vt_real)(a.weight / (double)s->shard->pairs_batch)};
        double loss = vt_kernels_now()->soft_xent(logits, logits, a.shares, K, &shape);
        s->batch->losses[saved->crop_of[r] / VT_DISTIL_WHOLE][a.loss] += a.weight * loss;
    }
    vt_profile_add(VT_PART_LOSS, from, 0, 0);
}

/* Adds to drows, unless that is NULL. */
static void spread(const study *s, vt_real *drows)
{
    isize B = s->shard->B, C = s->shape.trunk.width;
    double scale = s->shape.koleo / (double)s->shard->pairs_batch;
    int64_t from = vt_profile_from();
    for (isize v = 0; v < VT_DISTIL_WHOLE; v++) {
        vt_koleo(s->saved->losses, drows ? drows + v * B * C : NULL, s->saved->rows + v * B * C, B,
                 C, scale, &s->saved->koleo);
        for (isize b = 0; b < B; b++)
            s->batch->losses[s->shard->image_of[b]][VT_DISTIL_KOLEO] += s->saved->losses[b];
    }
    vt_profile_add(VT_PART_LOSS, from, 0, 0);
}

static void keep_features(const study *s)
{
    isize C = s->shape.trunk.width;
    for (isize n = 0; n < s->run.classes; n++)
        vt_features_keep(&s->batch->features, s->saved->crop_of[n], s->saved->rows + n * C, 1);
}

/* Heads and losses of the run, after its trunk; with learns, the gradient of the heads' rows. */
static void study_heads(const study *s, int learns)
{
    const vt_distil_saved *saved = s->saved;
    const vt_config *c = s->shard->config;
    const vt_scratch *t = s->shard->scratch;
    isize C = s->shape.trunk.width;
    int frozen = s->shard->progress < c->head_freeze;
    vt_distil_part parts[2];
    int count = vt_distil_parts(&s->shape, &s->model->student, &s->run, parts);
    for (int i = 0; i < count; i++) {
        const vt_real *x = saved->rows + parts[i].from * C;
        isize R = parts[i].to - parts[i].from;
        vt_distil_head_forward(parts[i].head, &saved->head, x, R, t);
        judge(s, &parts[i]);
        if (learns)
            vt_distil_head_backward(parts[i].head, &saved->head, x, saved->head.logits,
                                    saved->drows + parts[i].from * C, R, frozen, t);
    }
    if (s->shape.koleo > 0 && !s->run.small) spread(s, learns ? saved->drows : NULL);
}

static void study_forward(const study *s, int learns)
{
    const vt_distil_saved *saved = s->saved;
    isize C = s->shape.trunk.width;
    vt_trunk_forward(&s->model->student.trunk, &saved->trunk, &s->run.pass, s->run.images,
                     s->shard->scratch);
    vt_rows_take(saved->rows, saved->trunk.final, saved->row_of, s->run.count, C);
    if (!s->run.small) {
        for (isize b = 0; b < s->shard->B; b++)
            memset(s->batch->losses[s->shard->image_of[b]], 0, sizeof *s->batch->losses);
        keep_features(s);
    }
    study_heads(s, learns);
}

static void study_backward(const study *s)
{
    const vt_distil_saved *saved = s->saved;
    const vt_scratch *t = s->shard->scratch;
    const vt_real *dfinal = saved->drows;
    if (s->run.pass.wanted == VT_ROWS_ALL) {
        isize C = s->shape.trunk.width, N = s->run.pass.B * s->run.pass.T;
        memset(t->n, 0, (size_t)(N * C) * sizeof *t->n);
        vt_kernels_now()->scatter_rows(t->n, saved->drows, saved->row_of, s->run.count, C);
        dfinal = t->n;
    }
    vt_trunk_backward(&s->model->student.trunk, &saved->trunk, &s->run.pass, dfinal, t);
}

/* ---- of a shard ---- */

static double loss_of(const vt_distil_batch *batch, isize image, double koleo)
{
    const double *losses = batch->losses[image];
    return losses[VT_DISTIL_CLASS] + losses[VT_DISTIL_PATCH] + koleo * losses[VT_DISTIL_KOLEO];
}

/* The losses of an image grow from pass to pass: what the last one has of them is all. */
double vt_distil_learn(const vt_shard *shard)
{
    study s = study_of(shard, shard->pass > 0);
    double sum = 0;
    if (s.run.pass.B > 0) {
        study_forward(&s, 1);
        study_backward(&s);
    }
    for (isize b = 0; shard->pass > 0 && b < shard->B; b++)
        sum += loss_of(s.batch, shard->image_of[b], s.shape.koleo);
    return sum;
}

vt_part_loss vt_distil_evaluate(const vt_shard *shard, int loss)
{
    const vt_distil_batch *batch = shard->batch;
    vt_part_loss part = {.pairs = shard->B};
    for (int small = 0; small < (loss == VT_DISTIL_CLASS ? 2 : 1); small++) {
        study s = study_of(shard, small);
        if (s.run.pass.B > 0) study_forward(&s, 0);
    }
    for (isize b = 0; b < shard->B; b++) part.sum += batch->losses[shard->image_of[b]][loss];
    return part;
}
