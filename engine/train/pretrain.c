#include "train/pretrain.h"
#include "base/log.h"
#include "train/checkpoint.h"
#include "train/history.h"
#include "train/machine.h"
#include "wire/exit.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    vt_session session;
    vt_trainer trainer;
    vt_history history;
} run;

static void say_model(vt_sink *sink, const vt_config *config)
{
    vt_aim_shape shape = vt_config_shape(config);
    vt_aim_cost cost = vt_aim_cost_of(&shape);
    int64_t images = config->optim_steps * config->optim_batch_images;
    int64_t flops_step = cost.flops_train * config->optim_batch_images;
    VT_EVENT(sink, MODEL, VT_I(cost.params_trunk), VT_I(cost.params_total), VT_I(cost.tokens),
             VT_I(cost.flops_forward), VT_I(flops_step), VT_I(flops_step * config->optim_steps),
             VT_I(config->optim_steps), VT_I(images), VT_I(images * cost.tokens));
}

static void say_data(run *r)
{
    const vt_dataset_info *about = vt_dataset_about(r->session.dataset);
    const vt_feed *train = &r->trainer.train, *held_out = &r->trainer.held_out;
    VT_EVENT(&r->session.sink, DATA, VT_S("train"), VT_S(about->name), VT_S(about->sha256),
             VT_I(train->count), VT_I(about->classes));
    VT_EVENT(&r->session.sink, DATA, VT_S("val"), VT_S(about->name), VT_S(about->sha256),
             VT_I(held_out->count), VT_I(about->classes));
}

static vt_status point(run *r, const char *split, const char *metric, double value, vt_error *err)
{
    return vt_history_point(&r->history, r->trainer.step, split, metric, value, err);
}

static vt_status validate(run *r, vt_error *err)
{
    static const struct {
        vt_mask_kind mask;
        const char *metric;
    } protocols[] = {{VT_MASK_CAUSAL, "loss_causal"}, {VT_MASK_PREFIX, "loss_prefix"}};
    for (int i = 0; i < 2; i++) {
        double loss = 0;
        vt_status status = vt_trainer_validate(&r->trainer, protocols[i].mask, &loss, err);
        if (status == VT_OK) status = point(r, "val", protocols[i].metric, loss, err);
        if (status != VT_OK) return status;
    }
    return VT_OK;
}

/* Points first: a checkpoint promises that all points up to its step are on disk. */
static vt_status save(run *r, vt_error *err)
{
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_status status = vt_history_sync(&r->history, err);
    if (status == VT_OK)
        status = vt_checkpoint_write(&r->trainer, r->session.request.out, &bytes, sha256, err);
    if (status != VT_OK) return status;
    VT_EVENT(&r->session.sink, ARTIFACT, VT_S("checkpoint"), VT_I(r->trainer.step), VT_I(bytes),
             VT_S(sha256), VT_S(VT_CHECKPOINT_FILE));
    return VT_OK;
}

/* Curves of the step just done; a step that was refused stands at the step it would have been. */
static vt_status record(run *r, const vt_step_result *result, vt_error *err)
{
    int finite = isfinite(result->loss) && isfinite(result->grad_norm);
    int64_t step = r->trainer.step + !finite;
    const struct {
        const char *metric;
        double value;
    } curves[] = {{"loss", result->loss}, {"grad_norm", result->grad_norm}, {"lr", result->lr}};
    for (int i = 0; i < 3; i++) {
        vt_status status =
            vt_history_point(&r->history, step, "train", curves[i].metric, curves[i].value, err);
        if (status != VT_OK) return status;
    }
    return VT_OK;
}

static int due(int64_t step, int64_t every, int64_t last)
{
    return step == last || (every > 0 && step % every == 0);
}

/* One step and what is due after it; *state is set when the run ends here. */
static vt_status advance(run *r, const char **state, vt_error *err)
{
    const vt_config *config = &r->session.config;
    int64_t last = config->optim_steps;
    vt_step_result result;
    vt_status status = vt_trainer_step(&r->trainer, &result, err);
    if (status != VT_OK) return status;
    int64_t step = r->trainer.step;
    if (!isfinite(result.loss) || !isfinite(result.grad_norm)) {
        *state = "diverged";
        return record(r, &result, err);
    }
    if (step == 1 || due(step, config->train_log_every, last)) status = record(r, &result, err);
    if (status == VT_OK && due(step, config->train_eval_every, last)) status = validate(r, err);
    int stopping = vt_session_stopping(&r->session);
    if (status == VT_OK && (stopping || due(step, config->train_checkpoint_every, last)))
        status = save(r, err);
    if (step == last)
        *state = "done";
    else if (stopping)
        *state = "stopped";
    vt_session_progress(&r->session, step, last, config->optim_batch_images);
    return status;
}

static const char *reason_of(const char *state)
{
    if (strcmp(state, "diverged") == 0)
        return "loss or gradient is not finite; the last checkpoint holds the last good state: "
               "try a lower optim.lr_peak";
    return strcmp(state, "stopped") == 0 ? "asked to stop; the checkpoint is written" : "finished";
}

static vt_status begin(run *r, vt_error *err)
{
    int found = 0;
    vt_session *s = &r->session;
    vt_status status = vt_trainer_open(&r->trainer, &s->config, s->dataset, s->pool, err);
    if (status != VT_OK) return status;
    vt_trainer_reset(&r->trainer);
    status = vt_checkpoint_load(&r->trainer, s->request.out, &found, err);
    if (status != VT_OK) return status;
    say_data(r);
    say_model(&s->sink, &s->config);
    VT_EVENT(&s->sink, RESUME, VT_I(r->trainer.step));
    status = vt_history_open(&r->history, s->request.out, r->trainer.step, &s->sink, err);
    if (status == VT_OK && found) {
        vt_log("resumed at step %jd of %jd", (intmax_t)r->trainer.step,
               (intmax_t)s->config.optim_steps);
        status = save(r, err); /* the reader may not have heard of this checkpoint */
    }
    s->progress_step = r->trainer.step;
    return status;
}

vt_status vt_pretrain(const vt_request *request, int *exit_status, vt_error *err)
{
    run r = {.history = {.fd = -1}};
    const char *state = NULL;
    vt_status status = vt_session_open(&r.session, request, err);
    if (status != VT_OK) return status;
    if (strcmp(r.session.config.task, "pretrain") != 0)
        status = vt_fail(err, VT_ERR_CONFIG, "task: train wants pretrain, not %s",
                         r.session.config.task);
    if (status == VT_OK) status = begin(&r, err);
    if (status == VT_OK && r.trainer.step == r.session.config.optim_steps) state = "done";
    while (status == VT_OK && !state) status = advance(&r, &state, err);
    if (status == VT_OK)
        *exit_status = vt_session_end(&r.session, state, r.trainer.step, reason_of(state));
    vt_history_close(&r.history);
    vt_trainer_close(&r.trainer);
    vt_session_close(&r.session);
    return status;
}

vt_status vt_pretrain_plan(const vt_request *request, vt_error *err)
{
    vt_config config;
    vt_sink sink = {.fd = STDOUT_FILENO};
    vt_status status = vt_config_read(&config, request->config, err);
    if (status == VT_OK) say_model(&sink, &config);
    return status;
}

vt_status vt_pretrain_calibrate(const vt_request *request, vt_error *err)
{
    run r = {0};
    vt_step_result result;
    vt_status status = vt_session_open(&r.session, request, err);
    if (status != VT_OK) return status;
    vt_session *s = &r.session;
    status = vt_trainer_open(&r.trainer, &s->config, s->dataset, s->pool, err);
    if (status == VT_OK) {
        vt_trainer_reset(&r.trainer);
        status = vt_trainer_step(&r.trainer, &result, err); /* warms caches and pages */
    }
    double from = vt_clock_wall();
    int64_t steps = 0;
    while (status == VT_OK && (steps == 0 || vt_clock_wall() - from < request->seconds) &&
           r.trainer.step < s->config.optim_steps) {
        status = vt_trainer_step(&r.trainer, &result, err);
        steps++;
    }
    double rate = (double)(steps * s->config.optim_batch_images) / (vt_clock_wall() - from);
    if (status == VT_OK)
        VT_EVENT(&s->sink, PROGRESS, VT_I(steps), VT_I(s->config.optim_steps), VT_R(rate));
    vt_trainer_close(&r.trainer);
    vt_session_close(s);
    return status;
}
