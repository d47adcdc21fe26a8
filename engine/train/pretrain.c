#include "train/pretrain.h"
#include "base/file.h"
#include "base/log.h"
#include "train/checkpoint.h"
#include "train/coding.h"
#include "train/history.h"
#include "train/machine.h"
#include "wire/exit.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOSSES_MAX = 8, METRICS_MAX = 16, CHUNKS_MAX = 64, NAME_BYTES = 32, PATH_BYTES = 4096 };

typedef struct {
    vt_session session;
    vt_trainer trainer;
    vt_history history;
} run;

static void say_model(vt_sink *sink, const vt_config *config)
{
    vt_cost cost = vt_objective_of(config)->cost(config);
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

/* Which sources the whole run draws from, and how often. */
static void say_sources(run *r)
{
    const vt_config *config = &r->session.config;
    const vt_mix *mix = vt_dataset_mix(r->session.dataset);
    isize drawn[VT_MIX_SOURCES] = {0};
    if (!mix) return;
    vt_mix_drawn(mix, (uint64_t)config->seed,
                 (isize)(config->optim_steps * config->optim_batch_images), drawn);
    for (int i = 0; i < mix->sources; i++) {
        const vt_mix_source *s = &mix->source[i];
        VT_EVENT(&r->session.sink, SOURCE, VT_I(i), VT_S(s->name), VT_S(s->sha256),
                 VT_R((double)s->parts / VT_MIX_PARTS), VT_I(s->images), VT_I(drawn[i]));
    }
}

static vt_status point(run *r, const char *split, const char *metric, double value, vt_error *err)
{
    return vt_history_point(&r->history, r->trainer.step, split, metric, value, err);
}

static vt_status record_chunks(run *r, const double *means, vt_error *err)
{
    vt_status status = VT_OK;
    for (int c = 0; c < r->session.config.eval_chunks && status == VT_OK; c++) {
        char name[NAME_BYTES];
        (void)snprintf(name, sizeof name, "loss_chunk.%02d", c);
        status = point(r, "val", name, means[c], err);
    }
    return status;
}

/* All losses, or none where it is asked to stop meanwhile; *finite tells whether all are. */
static vt_status validate(run *r, int *finite, vt_error *err)
{
    const char *const *names = r->trainer.learner.objective->losses;
    double losses[LOSSES_MAX] = {0}, chunks[CHUNKS_MAX] = {0};
    vt_status status = VT_OK;
    *finite = 1;
    for (int i = 0; names[i] && status == VT_OK; i++) {
        VT_ASSERT(i < LOSSES_MAX);
        status = vt_trainer_validate(&r->trainer, i, &losses[i], err);
        if (i == 0) vt_trainer_chunks(&r->trainer, chunks);
    }
    if (status == VT_ERR_CANCELLED) return VT_OK;
    for (int i = 0; names[i] && status == VT_OK; i++) {
        if (!isfinite(losses[i])) *finite = 0;
        status = point(r, "val", names[i], losses[i], err);
    }
    if (status == VT_OK) status = record_chunks(r, chunks, err);
    if (status == VT_OK) r->trainer.validated = r->trainer.step;
    return status;
}

/* Points first: a checkpoint promises that all points up to its step are on disk. */
static vt_status save(run *r, vt_error *err)
{
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    r->trainer.points = r->history.lines;
    vt_status status = vt_history_sync(&r->history, err);
    if (status == VT_OK)
        status = vt_checkpoint_write(&r->trainer, r->session.request.out, &bytes, sha256, err);
    if (status != VT_OK) return status;
    VT_EVENT(&r->session.sink, ARTIFACT, VT_S("checkpoint"), VT_I(r->trainer.step), VT_I(bytes),
             VT_S(sha256), VT_S(VT_CHECKPOINT_FILE));
    return VT_OK;
}

/* What the objective has to tell of the step just done. */
static vt_status record_metrics(run *r, vt_error *err)
{
    vt_learner *learner = &r->trainer.learner;
    const char *const *names = learner->objective->metrics;
    double values[METRICS_MAX] = {0};
    vt_status status = VT_OK;
    if (!names) return VT_OK;
    vt_learner_measure(learner, r->trainer.step, values);
    for (int i = 0; names[i] && status == VT_OK; i++) {
        VT_ASSERT(i < METRICS_MAX);
        status = point(r, "train", names[i], values[i], err);
    }
    return status;
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
    return finite ? record_metrics(r, err) : VT_OK;
}

static int due(int64_t step, int64_t every, int64_t last)
{
    return step == last || (every > 0 && step % every == 0);
}

/* The validation that is due at this step, if it is still to be done. */
static vt_status validate_if_due(run *r, const char **state, vt_error *err)
{
    const vt_config *config = &r->session.config;
    int finite = 1;
    if (r->trainer.validated == r->trainer.step ||
        !due(r->trainer.step, config->train_eval_every, config->optim_steps))
        return VT_OK;
    vt_status status = validate(r, &finite, err);
    if (!finite) *state = "diverged";
    return status;
}

/* The step left the finite numbers and was not taken: the state before it is kept, then the numbers
 * that tell why. */
static vt_status diverge(run *r, const vt_step_result *result, vt_error *err)
{
    vt_status status = save(r, err);
    return status == VT_OK ? record(r, result, err) : status;
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
        return diverge(r, &result, err);
    }
    if (step == 1 || due(step, config->train_log_every, last)) status = record(r, &result, err);
    if (status == VT_OK) status = validate_if_due(r, state, err);
    int stopping = vt_session_stopping(&r->session);
    if (status == VT_OK && (stopping || *state || due(step, config->train_checkpoint_every, last)))
        status = save(r, err);
    if (!*state && step == last && r->trainer.validated == step)
        *state = "done";
    else if (!*state && stopping)
        *state = "stopped";
    r->session.step_s = r->trainer.step_s;
    r->session.stall_s = r->trainer.stall_s;
    r->session.read_s = r->trainer.read_s;
    vt_session_progress(&r->session, step, last, config->optim_batch_images);
    return status;
}

static const char *reason_of(const char *state)
{
    if (strcmp(state, "diverged") == 0)
        return "a loss or gradient is not finite; the checkpoint holds the state before, and the "
               "same call ends the same way: try a lower optim.lr_peak";
    return strcmp(state, "stopped") == 0 ? "asked to stop; the same call goes on" : "finished";
}

/* The reader may not have heard of this checkpoint. */
static vt_status say_checkpoint(run *r, vt_error *err)
{
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_status status = vt_checkpoint_describe(r->session.request.out, &bytes, sha256, err);
    if (status == VT_OK)
        VT_EVENT(&r->session.sink, ARTIFACT, VT_S("checkpoint"), VT_I(r->trainer.step), VT_I(bytes),
                 VT_S(sha256), VT_S(VT_CHECKPOINT_FILE));
    return status;
}

static vt_status resume(run *r, const char **state, vt_error *err)
{
    vt_session *s = &r->session;
    int64_t step = r->trainer.step;
    if (r->history.lines != r->trainer.points)
        return vt_fail(err, VT_ERR_FORMAT,
                       "%s/points.tsv: holds %jd points up to step %jd, the checkpoint counts %jd: "
                       "the curve is damaged; remove the folder to train from the beginning",
                       s->request.out, (intmax_t)r->history.lines, (intmax_t)step,
                       (intmax_t)r->trainer.points);
    vt_log("resumed at step %jd of %jd", (intmax_t)step, (intmax_t)s->config.optim_steps);
    vt_status status = say_checkpoint(r, err);
    int64_t validated = r->trainer.validated;
    if (status == VT_OK) status = validate_if_due(r, state, err);
    if (status == VT_OK && r->trainer.validated != validated) status = save(r, err);
    if (!*state && step == s->config.optim_steps && r->trainer.validated == step) *state = "done";
    return status;
}

static int session_stopping(const void *session)
{
    return vt_session_stopping(session);
}

/* ---- codes ---- */

static int coding_goes_on(void *context, const vt_codes_progress *progress)
{
    run *r = context;
    const vt_config *config = &r->session.config;
    (void)progress;
    vt_session_progress(&r->session, r->trainer.step, config->optim_steps,
                        config->optim_batch_images);
    return vt_session_stopping(&r->session);
}

/* Those of the run's begin: how good the codes are that it will predict. */
static vt_status record_codes(run *r, vt_error *err)
{
    const vt_codebook *codebook = &r->trainer.codebook;
    vt_status status = point(r, "train", "codes_error", codebook->error, err);
    if (status == VT_OK) status = point(r, "train", "codes_perplexity", codebook->perplexity, err);
    if (status == VT_OK) status = point(r, "train", "codes_used", (double)codebook->used, err);
    return status;
}

/* The codebook, where targets are codes; resumed: its points are in the history. */
static vt_status code(run *r, int resumed, const char **state, vt_error *err)
{
    vt_session *s = &r->session;
    char path[PATH_BYTES], sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_status status = vt_coding_open(&r->trainer, s->request.out, coding_goes_on, r, err);
    if (status == VT_ERR_CANCELLED) {
        *state = "stopped";
        return VT_OK;
    }
    if (status != VT_OK || !r->trainer.learner.codebook) return status;
    (void)snprintf(path, sizeof path, "%s/%s", s->request.out, VT_CODEBOOK_FILE);
    status = vt_file_describe(path, &bytes, sha256, err);
    if (status != VT_OK) return status;
    VT_EVENT(&s->sink, ARTIFACT, VT_S("codebook"), VT_I(0), VT_I(bytes), VT_S(sha256),
             VT_S(VT_CODEBOOK_FILE));
    return resumed ? VT_OK : record_codes(r, err);
}

static vt_status begin(run *r, const char **state, vt_error *err)
{
    int found = 0;
    vt_session *s = &r->session;
    vt_status status =
        vt_trainer_open(&r->trainer, &s->config, s->dataset, s->pool, s->request.readers, err);
    if (status != VT_OK) return status;
    r->trainer.stopping = session_stopping;
    r->trainer.stopping_context = s;
    vt_trainer_reset(&r->trainer);
    status = vt_checkpoint_load(&r->trainer, s->request.out, &found, err);
    if (status != VT_OK) return status;
    say_data(r);
    say_sources(r);
    say_model(&s->sink, &s->config);
    VT_EVENT(&s->sink, RESUME, VT_I(r->trainer.step));
    s->progress_step = r->trainer.step;
    status =
        vt_history_open(&r->history, s->request.out, found ? r->trainer.step : -1, &s->sink, err);
    if (status == VT_OK) status = code(r, found, state, err);
    return status == VT_OK && found && !*state ? resume(r, state, err) : status;
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
    if (status == VT_OK) status = begin(&r, &state, err);
    while (status == VT_OK && !state && r.trainer.step < r.session.config.optim_steps)
        status = advance(&r, &state, err);
    if (status == VT_OK && !state) state = "stopped"; /* in the validation of the last step */
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
    if (status == VT_OK) status = vt_objective_check(&config, err);
    if (status == VT_OK) say_model(&sink, &config);
    return status == VT_OK ? vt_sink_check(&sink, err) : status;
}

/* Share of a run's time that goes into training: a validation is two forward passes, each a third
 * of what an image costs in training. */
static double training_share(const run *r)
{
    const vt_config *c = &r->session.config;
    int64_t every = c->train_eval_every > 0 ? c->train_eval_every : c->optim_steps;
    double trained = (double)(c->optim_steps * c->optim_batch_images);
    double validations = ceil((double)c->optim_steps / (double)every);
    return trained / (trained + validations * (double)r->trainer.held_out.count * 2 / 3);
}

vt_status vt_pretrain_calibrate(const vt_request *request, vt_error *err)
{
    run r = {0};
    vt_step_result result;
    vt_status status = vt_session_open(&r.session, request, err);
    if (status != VT_OK) return status;
    vt_session *s = &r.session;
    status = vt_trainer_open(&r.trainer, &s->config, s->dataset, s->pool, s->request.readers, err);
    if (status == VT_OK) status = vt_coding_open(&r.trainer, NULL, coding_goes_on, &r, err);
    if (status == VT_OK) {
        vt_trainer_reset(&r.trainer);
        status = vt_trainer_step(&r.trainer, &result, err); /* warms caches and pages */
    }
    double from = vt_clock_wall();
    int64_t steps = 0;
    while (status == VT_OK && (steps == 0 || vt_clock_wall() - from < request->seconds) &&
           !vt_session_stopping(s)) {
        if (r.trainer.step == s->config.optim_steps) vt_trainer_reset(&r.trainer);
        status = vt_trainer_step(&r.trainer, &result, err);
        steps++;
    }
    double rate = training_share(&r) * (double)(steps * s->config.optim_batch_images) /
                  (vt_clock_wall() - from);
    if (status == VT_OK)
        VT_EVENT(&s->sink, PROGRESS, VT_I(steps), VT_I(s->config.optim_steps), VT_R(rate));
    if (status == VT_OK) status = vt_sink_check(&s->sink, err);
    vt_trainer_close(&r.trainer);
    vt_session_close(s);
    return status;
}
