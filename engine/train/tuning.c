#include "train/tuning.h"
#include "objective/objective.h"
#include "optim/schedule.h"
#include "train/machine.h"
#include "train/stations.h"
#include "train/tuner.h"
#include <math.h>
#include <string.h>

typedef struct {
    vt_session session;
    vt_features features;
    vt_tuner tuner;
    vt_bank_total val[WIRE_REALS_MAX], test; /* of each rate; of the chosen one */
    int chosen;
    int64_t step; /* of all trainings, done */
} tuning;

static int64_t classes_of(const tuning *t)
{
    return vt_dataset_about(t->session.dataset)->classes;
}

/* ---- what is said ---- */

static void say_model(tuning *t)
{
    const vt_features *f = &t->features;
    const vt_config *c = &t->session.config;
    vt_cost cost = vt_objective_of(c)->cost(c);
    int64_t classes = classes_of(t), step = f->B * vt_tuner_flops(f, classes);
    int64_t added = vt_head_params(VT_STATION_ATTENTIVE, f->D, classes);
    if (strcmp(c->tune_method, "lora") == 0) added = vt_tuner_trained(f, classes);
    int64_t steps = f->steps * c->tune_lrs.count, images = steps * f->B;
    VT_EVENT(&t->session.sink, MODEL, VT_I(cost.params_trunk), VT_I(cost.params_trunk + added),
             VT_I(cost.tokens), VT_I(cost.flops_trunk), VT_I(step), VT_I(steps * step), VT_I(steps),
             VT_I(images), VT_I(images * cost.tokens));
}

static void say_score(tuning *t, int i, const char *split, const vt_bank_total *total)
{
    const vt_config *c = &t->session.config;
    vt_score_line line = {.tap = &t->features.taps[0],
                          .kind = strcmp(c->tune_method, "lora") == 0 ? "lora" : "finetune",
                          .split = split,
                          .lr = c->tune_lrs.value[i],
                          .decay = c->tune_weight_decay,
                          .trained = vt_tuner_trained(&t->features, classes_of(t)),
                          .total = total,
                          .chosen = i == t->chosen};
    vt_score_say(&t->session.sink, &line);
}

/* ---- training and scoring ---- */

static double rate_at(const tuning *t, double peak, int64_t step)
{
    const vt_config *c = &t->session.config;
    vt_schedule schedule = {.peak = peak,
                            .final = fmin(c->probe_lr_final, peak),
                            .warmup = c->probe_warmup,
                            .steps = t->features.steps};
    return vt_schedule_at(&schedule, step);
}

static vt_status take_step(tuning *t, int i, int64_t step, vt_error *err)
{
    const vt_config *c = &t->session.config;
    double loss = 0;
    return vt_tuner_step(&t->tuner, step, rate_at(t, c->tune_lrs.value[i], step),
                         rate_at(t, c->tune_head_lr, step), &loss, err);
}

static vt_status score(tuning *t, const vt_feed *feed, vt_bank_total *total, vt_error *err)
{
    vt_features *f = &t->features;
    *total = (vt_bank_total){0};
    for (isize first = 0; first < feed->count && !vt_session_stopping(&t->session); first += f->B) {
        vt_feature_batch batch = {feed, first, vt_min(f->B, feed->count - first), 0};
        vt_status status = vt_features_extract(f, &batch, err);
        if (status != VT_OK) return status;
        vt_bank_score(&t->tuner.head, f->taps[0].values, f->labels, batch.count, total);
    }
    return VT_OK;
}

/* One training from the checkpoint on, and its validation. */
static vt_status train(tuning *t, int i, vt_error *err)
{
    const vt_features *f = &t->features;
    vt_status status = VT_OK;
    vt_tuner_reset(&t->tuner);
    for (int64_t step = 0; step < f->steps && status == VT_OK; step++) {
        if (vt_session_stopping(&t->session)) return VT_OK;
        status = take_step(t, i, step, err);
        t->step++;
        vt_session_progress(&t->session, t->step, f->steps * t->session.config.tune_lrs.count,
                            f->B);
    }
    if (status == VT_OK) status = score(t, &f->val, &t->val[i], err);
    if (status != VT_OK || vt_session_stopping(&t->session)) return status;
    if (i > 0 && !vt_total_better(&t->val[i], &t->val[t->chosen])) return VT_OK;
    t->chosen = i;
    vt_tuner_keep(&t->tuner);
    return VT_OK;
}

static vt_status train_and_score(tuning *t, const char **state, vt_error *err)
{
    int count = t->session.config.tune_lrs.count;
    vt_status status = VT_OK;
    *state = "stopped";
    for (int i = 0; i < count && status == VT_OK && !vt_session_stopping(&t->session); i++)
        status = train(t, i, err);
    if (status != VT_OK || vt_session_stopping(&t->session)) return status;
    for (int i = 0; i < count; i++) say_score(t, i, "val", &t->val[i]);
    vt_tuner_restore(&t->tuner);
    status = score(t, &t->features.test, &t->test, err);
    if (status != VT_OK || vt_session_stopping(&t->session)) return status;
    say_score(t, t->chosen, "test", &t->test);
    *state = "done";
    return VT_OK;
}

/* ---- the command ---- */

static vt_status size(tuning *t, const vt_request *request, vt_error *err)
{
    vt_status status = vt_session_open(&t->session, request, err);
    if (status == VT_OK) status = vt_features_size(&t->features, &t->session, VT_TAPS_LAST, err);
    return status;
}

static vt_status open_tuning(tuning *t, const vt_request *request, vt_error *err)
{
    vt_status status = size(t, request, err);
    if (status == VT_OK) status = vt_features_open(&t->features, err);
    if (status == VT_OK) status = vt_tuner_open(&t->tuner, &t->features, err);
    return status;
}

static void finish(tuning *t)
{
    vt_tuner_close(&t->tuner);
    vt_features_close(&t->features);
    vt_session_close(&t->session);
}

vt_status vt_tuning(const vt_request *request, int *exit_status, vt_error *err)
{
    tuning t = {0};
    const char *state = "done";
    vt_status status = open_tuning(&t, request, err);
    if (status == VT_OK) status = vt_features_load(&t.features, err);
    if (status == VT_OK) {
        vt_tuner_load(&t.tuner);
        vt_features_say(&t.features, &t.session.sink);
        say_model(&t);
        VT_EVENT(&t.session.sink, RESUME, VT_I(0));
        status = train_and_score(&t, &state, err);
    }
    if (status == VT_OK)
        *exit_status = vt_session_end(&t.session, state, t.step,
                                      strcmp(state, "done") == 0
                                          ? "finished"
                                          : "asked to stop; tuning starts again from the trunk");
    finish(&t);
    return status;
}

vt_status vt_tuning_plan(const vt_request *request, vt_error *err)
{
    tuning t = {0};
    vt_status status = size(&t, request, err);
    if (status == VT_OK) {
        say_model(&t);
        status = vt_sink_check(&t.session.sink, err);
    }
    finish(&t);
    return status;
}

/* Share of a run's time that goes into training, if an image costs three times as much there. */
static double training_share(const tuning *t)
{
    const vt_features *f = &t->features;
    int rates = t->session.config.tune_lrs.count;
    double trained = 3.0 * (double)(rates * f->steps * f->B);
    double scored = (double)(rates * f->val.count + f->test.count);
    return trained / (trained + scored);
}

vt_status vt_tuning_calibrate(const vt_request *request, vt_error *err)
{
    tuning t = {0};
    vt_status status = open_tuning(&t, request, err);
    if (status == VT_OK) vt_tuner_reset(&t.tuner);
    if (status == VT_OK) status = take_step(&t, 0, 0, err); /* warms caches and pages */
    double from = vt_clock_wall();
    int64_t steps = 0;
    while (status == VT_OK && (steps == 0 || vt_clock_wall() - from < request->seconds) &&
           !vt_session_stopping(&t.session)) {
        status = take_step(&t, 0, steps % t.features.steps, err);
        steps++;
    }
    double rate = training_share(&t) * (double)(steps * t.features.B) / (vt_clock_wall() - from);
    if (status == VT_OK) {
        VT_EVENT(&t.session.sink, PROGRESS, VT_I(steps), VT_I(t.features.steps), VT_R(rate));
        status = vt_sink_check(&t.session.sink, err);
    }
    finish(&t);
    return status;
}
