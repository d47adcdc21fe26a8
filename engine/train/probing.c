#include "train/probing.h"
#include "base/log.h"
#include "objective/objective.h"
#include "train/machine.h"
#include "train/stations.h"
#include <string.h>

typedef struct {
    vt_session session;
    vt_features features;
    vt_stations stations;
    int64_t step; /* of the whole training, done */
} probing;

/* ---- what is said first ---- */

static void say_model(probing *p)
{
    const vt_features *f = &p->features;
    vt_cost cost = vt_objective_of(&p->session.config)->cost(&p->session.config);
    int64_t classes = vt_dataset_about(p->session.dataset)->classes;
    int64_t banks = (int64_t)p->stations.grid.count * f->tap_count, flops = 0, params = 0;
    for (int kind = f->pixels ? VT_STATION_LINEAR : VT_STATION_ATTENTIVE; kind <= VT_STATION_LINEAR;
         kind++) {
        flops += banks * vt_head_flops((vt_station_kind)kind, f, classes);
        params += banks * vt_head_params((vt_station_kind)kind, f->D, classes);
    }
    int64_t trunk = f->pixels ? 0 : cost.params_trunk, forward = f->pixels ? 0 : cost.flops_trunk;
    int64_t step = f->B * (forward + flops), images = f->steps * f->B;
    VT_EVENT(&p->session.sink, MODEL, VT_I(trunk), VT_I(trunk + params), VT_I(cost.tokens),
             VT_I(forward), VT_I(step), VT_I(f->steps * step), VT_I(f->steps), VT_I(images),
             VT_I(images * cost.tokens));
}

static void say_start(probing *p)
{
    vt_features_say(&p->features, &p->session.sink);
    say_model(p);
    VT_EVENT(&p->session.sink, RESUME, VT_I(0));
}

/* ---- the command ---- */

static vt_status train_and_score(probing *p, const char **state, vt_error *err)
{
    vt_features *f = &p->features;
    vt_stations *s = &p->stations;
    vt_status status = VT_OK;
    *state = "stopped";
    for (p->step = 0; p->step < f->steps; p->step++) {
        if (vt_session_stopping(&p->session)) return VT_OK;
        status = vt_stations_step(s, p->step, err);
        if (status != VT_OK) return status;
        vt_session_progress(&p->session, p->step + 1, f->steps, f->B);
    }
    status = vt_stations_remember(s, err);
    if (status == VT_OK) status = vt_stations_score(s, &f->val, err);
    if (status != VT_OK || vt_session_stopping(&p->session)) return status;
    vt_stations_choose(s);
    vt_stations_say(s, &p->session.sink, "val");
    status = vt_stations_score(s, &f->test, err);
    if (status != VT_OK || vt_session_stopping(&p->session)) return status;
    vt_stations_say(s, &p->session.sink, "test");
    *state = "done";
    return VT_OK;
}

static void finish(probing *p)
{
    vt_stations_close(&p->stations);
    vt_features_close(&p->features);
    vt_session_close(&p->session);
}

static vt_status size(probing *p, const vt_request *request, vt_error *err)
{
    vt_status status = vt_session_open(&p->session, request, err);
    if (status != VT_OK) return status;
    if (strcmp(p->session.config.task, "probe") != 0)
        return vt_fail(err, VT_ERR_CONFIG, "task: probe wants probe, not %s",
                       p->session.config.task);
    status = vt_features_size(&p->features, &p->session, VT_TAPS_ALL, err);
    if (status == VT_OK) vt_stations_size(&p->stations, &p->features);
    return status;
}

static vt_status open_probing(probing *p, const vt_request *request, vt_error *err)
{
    vt_status status = size(p, request, err);
    if (status == VT_OK) status = vt_features_open(&p->features, err);
    if (status == VT_OK) status = vt_stations_open(&p->stations, err);
    return status;
}

vt_status vt_probing(const vt_request *request, int *exit_status, vt_error *err)
{
    probing p = {0};
    const char *state = "done";
    vt_status status = open_probing(&p, request, err);
    if (status == VT_OK) status = vt_features_load(&p.features, err);
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
    vt_status status = size(&p, request, err);
    if (status == VT_OK) {
        say_model(&p);
        status = vt_sink_check(&p.session.sink, err);
    }
    finish(&p);
    return status;
}

/* Share of a run's time that goes into training: an image that is scored at the end, or kept for
 * k-NN, costs about as much as one that is trained on, forward and all heads. */
static double training_share(const probing *p)
{
    const vt_features *f = &p->features;
    double trained = (double)(f->steps * f->B);
    double scored = (double)(f->val.count + f->test.count + p->stations.bank);
    return trained / (trained + scored);
}

vt_status vt_probing_calibrate(const vt_request *request, vt_error *err)
{
    probing p = {0};
    vt_status status = open_probing(&p, request, err);
    if (status == VT_OK) status = vt_stations_step(&p.stations, 0, err); /* warms caches, pages */
    double from = vt_clock_wall();
    int64_t steps = 0;
    while (status == VT_OK && (steps == 0 || vt_clock_wall() - from < request->seconds) &&
           !vt_session_stopping(&p.session)) {
        status = vt_stations_step(&p.stations, steps % p.features.steps, err);
        steps++;
    }
    double rate = training_share(&p) * (double)(steps * p.features.B) / (vt_clock_wall() - from);
    if (status == VT_OK) {
        VT_EVENT(&p.session.sink, PROGRESS, VT_I(steps), VT_I(p.features.steps), VT_R(rate));
        status = vt_sink_check(&p.session.sink, err);
    }
    finish(&p);
    return status;
}
