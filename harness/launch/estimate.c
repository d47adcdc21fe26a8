#include "launch/estimate.h"
#include "base/heap.h"
#include "launch/event.h"
#include "launch/host.h"
#include "sweep/symbol.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    const lab_engine *engine;
    int config;    /* a file without a name, that a launcher's death leaves nowhere */
    char path[64]; /* by which an engine finds it */
} asker;

typedef struct {
    isize cell;
    double flops_image;
} shape;

static lab_kind kind_of(const lab_cell *cell)
{
    if (lab_config_task(&cell->config) == LAB_TASK_PRETRAIN) return LAB_OF_PRETRAIN;
    return strcmp(lab_cell_kind(cell), "pixels") == 0 ? LAB_OF_PIXELS : LAB_OF_PROBE;
}

static lab_status asker_open(asker *a, const lab_engine *engine, lab_error *err)
{
    *a = (asker){.engine = engine, .config = memfd_create("config.yaml", 0)};
    (void)snprintf(a->path, sizeof a->path, "/proc/self/fd/%d", a->config);
    if (a->config >= 0) return LAB_OK;
    return lab_fail(err, LAB_ERR_IO, "cannot make a file for a config: %s", strerror(errno));
}

static void asker_close(asker *a)
{
    if (a->config >= 0) (void)close(a->config);
}

/* Runs a command on a config and gives the last event of that kind; *found tells whether there
 * was one. An engine that refuses the command for this config, or dies of it, is no error;
 * complaint may be NULL and takes its reasons. */
static lab_status ask(const asker *a, const char *command, const lab_config *config, int kind,
                      lab_event *event, bool *found, lab_text *complaint, lab_error *err)
{
    lab_text text = {0}, out = {0}, unwanted = {0};
    int exit_code = 0;
    *found = false;
    lab_config_text(config, &text);
    bool good = ftruncate(a->config, 0) == 0 &&
                pwrite(a->config, text.data, (size_t)text.length, 0) == (ssize_t)text.length;
    lab_status status =
        good ? LAB_OK : lab_fail(err, LAB_ERR_IO, "%s: %s", a->path, strerror(errno));
    bool timed = strcmp(command, "calibrate") == 0;
    const char *words[12] = {"", command, "--config", a->path, "--data", a->engine->data};
    if (timed) {
        words[6] = "--seconds";
        words[7] = "0.5";
        words[8] = "--workers";
        words[9] = "1"; /* thread seconds are what is wanted */
    }
    if (status == LAB_OK)
        status = lab_engine_ask(a->engine, words, &out, complaint ? complaint : &unwanted,
                                &exit_code, err);
    if (status != LAB_OK && exit_code < 0) {
        status = LAB_OK;
        if (complaint) lab_text_clear(complaint);
        if (complaint) lab_text_put(complaint, err->text);
    }
    for (char *line = out.data, *end = NULL;
         status == LAB_OK && exit_code == 0 && line && (end = strchr(line, '\n')); line = end + 1) {
        lab_event heard;
        if (lab_event_parse(&heard, line, end - line, err) != LAB_OK || heard.kind != kind)
            continue;
        *event = heard;
        *found = true;
    }
    for (int i = 0; i < LAB_EVENT_FIELDS_MAX; i++) event->fields[i].text = NULL; /* die with out */
    lab_text_finish(&text);
    lab_text_finish(&out);
    lab_text_finish(&unwanted);
    return status;
}

/* ---- sizes and costs ---- */

/* The numbers of a config that its memory grows with. */
static double activations_of(const lab_config *config, double tokens)
{
    lab_key_id batch = lab_config_task(config) == LAB_TASK_PROBE ? LAB_KEY_probe_batch_images
                                                                 : LAB_KEY_optim_batch_images;
    return tokens * (double)lab_config_int(config, batch) *
           (double)lab_config_int(config, LAB_KEY_model_width) *
           (double)lab_config_int(config, LAB_KEY_model_depth);
}

static lab_status plan_cell(const asker *a, const lab_cell *cell, lab_estimate *out, lab_error *err)
{
    lab_event event = {0};
    *out = (lab_estimate){0};
    lab_status status =
        ask(a, "plan", &cell->config, WIRE_EVENT_MODEL, &event, &out->planned, NULL, err);
    if (status != LAB_OK || !out->planned) return status;
    out->params_trunk = lab_event_int(&event, "params_trunk");
    out->params_total = lab_event_int(&event, "params_total");
    out->tokens = lab_event_int(&event, "tokens");
    out->flops_total = lab_event_int(&event, "flops_total");
    out->steps = lab_event_int(&event, "steps");
    out->images = lab_event_int(&event, "images");
    int64_t flops_step = lab_event_int(&event, "flops_step"), product = 0;
    if (lab_config_task(&cell->config) == LAB_TASK_PRETRAIN &&
        !__builtin_mul_overflow(flops_step, out->steps, &product) && product == out->flops_total)
        out->flops_step = flops_step;
    out->cost = (lab_cost){.kind = kind_of(cell),
                           .flops = (double)out->flops_total,
                           .images = (double)out->images,
                           .params = (double)out->params_total,
                           .activations = activations_of(&cell->config, (double)out->tokens)};
    return LAB_OK;
}

/* Gives the totals of a cell that differs in nothing but its number of steps from the one that out
 * was planned for; false where they do not follow from it. */
static bool scale(lab_estimate *out, const lab_config *config)
{
    int64_t steps = lab_config_int(config, LAB_KEY_optim_steps), flops = 0, images = 0;
    int64_t batch = lab_config_int(config, LAB_KEY_optim_batch_images);
    if (!out->planned || lab_config_task(config) == LAB_TASK_PROBE || steps == out->steps)
        return true;
    if (out->flops_step <= 0 || __builtin_mul_overflow(out->flops_step, steps, &flops) ||
        __builtin_mul_overflow(batch, steps, &images))
        return false;
    out->steps = steps;
    out->flops_total = flops;
    out->images = images;
    out->cost.flops = (double)flops;
    out->cost.images = (double)images;
    return true;
}

static bool ended(lab_until until)
{
    return until.says && until.says(until.context);
}

static lab_status plan_all(lab_estimates *out, const asker *a, const lab_sweep *sweep,
                           const bool *wanted, lab_until until, lab_error *err)
{
    lab_status status = LAB_OK;
    lab_index shapes = {0}, costs = {0};
    for (isize i = 0; i < sweep->count; i++) out->cells[i].like = i;
    for (isize i = 0; status == LAB_OK && i < sweep->count && !ended(until); i++) {
        const lab_cell *cell = &sweep->cells[i];
        lab_text name = {0};
        if (!wanted[i]) continue;
        lab_symbol_shape(&cell->config, &name);
        isize known = lab_index_put(&shapes, lab_text_of(&name), i);
        out->cells[i] = out->cells[known];
        if (known == i || !scale(&out->cells[i], &cell->config))
            status = plan_cell(a, cell, &out->cells[i], err);
        lab_text_put(&name, lab_config_value(&cell->config, LAB_KEY_optim_steps));
        out->cells[i].like = lab_index_put(&costs, lab_text_of(&name), i);
        lab_text_finish(&name);
    }
    lab_index_finish(&shapes);
    lab_index_finish(&costs);
    return status;
}

lab_status lab_estimate_plan(lab_estimates *out, const lab_engine *engine, const lab_sweep *sweep,
                             const bool *wanted, lab_until until, lab_error *err)
{
    asker a;
    *out = (lab_estimates){.cells = lab_heap_take(sweep->count * (isize)sizeof *out->cells)};
    lab_status status = asker_open(&a, engine, err);
    if (status == LAB_OK) status = plan_all(out, &a, sweep, wanted, until, err);
    asker_close(&a);
    return status;
}

lab_status lab_estimate_config(void *engine, const lab_config *config, lab_plan *out,
                               lab_error *err)
{
    asker a;
    lab_event event = {0};
    lab_text complaint = {0};
    bool found = false;
    lab_status status = asker_open(&a, engine, err);
    if (status == LAB_OK)
        status = ask(&a, "plan", config, WIRE_EVENT_MODEL, &event, &found, &complaint, err);
    asker_close(&a);
    if (status == LAB_OK && !found)
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "the engine plans no cell of model.width %s, "
                          "model.depth %s; it says: %.*s",
                          lab_config_value(config, LAB_KEY_model_width),
                          lab_config_value(config, LAB_KEY_model_depth),
                          (int)strcspn(lab_text_of(&complaint), "\n"), lab_text_of(&complaint));
    if (status == LAB_OK)
        *out = (lab_plan){.params_trunk = lab_event_int(&event, "params_trunk"),
                          .params_total = lab_event_int(&event, "params_total"),
                          .tokens = lab_event_int(&event, "tokens"),
                          .flops_image = lab_event_int(&event, "flops_image"),
                          .flops_step = lab_event_int(&event, "flops_step")};
    lab_text_finish(&complaint);
    return status;
}

/* ---- runs of the past ---- */

static lab_rate rate_of(const lab_query *row)
{
    const char *task = lab_query_text(row, 0), *trunk = lab_query_text(row, 1);
    lab_rate rate = {.cell = -1, .bytes = lab_query_real(row, 6)};
    rate.cost = (lab_cost){
        .kind = strcmp(task, "pretrain") == 0  ? LAB_OF_PRETRAIN
                : strcmp(trunk, "pixels") == 0 ? LAB_OF_PIXELS
                                               : LAB_OF_PROBE,
        .flops = lab_query_real(row, 2),
        .images = lab_query_real(row, 3),
        .params = lab_query_real(row, 7),
        .activations = lab_query_real(row, 8) * lab_query_real(row, 9) * lab_query_real(row, 10) *
                       lab_query_real(row, 11),
    };
    rate.core_s = lab_query_real(row, 5) / lab_query_real(row, 4);
    return rate;
}

lab_status lab_estimate_recall(lab_estimates *estimates, lab_ledger *ledger, lab_error *err)
{
    lab_query *query = NULL;
    lab_host here = lab_host_here();
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "attempt_measured", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":host", here.name);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        lab_rates_add(&estimates->rates, rate_of(query));
        estimates->recalled++;
    }
    lab_query_close(&query);
    return status;
}

/* ---- timing ---- */

static int by_flops(const void *a, const void *b)
{
    const shape *x = a, *y = b;
    return (x->flops_image > y->flops_image) - (x->flops_image < y->flops_image);
}

/* The shapes of the planned cells of that kind, cheapest first. */
static int find_shapes(const lab_sweep *sweep, const lab_estimates *estimates, lab_kind kind,
                       shape *shapes)
{
    int count = 0;
    lab_index seen = {0};
    for (isize i = 0; i < sweep->count; i++) {
        const lab_estimate *cell = &estimates->cells[i];
        lab_text name = {0};
        if (!cell->planned || cell->images <= 0 || cell->cost.kind != kind) continue;
        lab_symbol_shape(&sweep->cells[i].config, &name);
        if (lab_index_put(&seen, lab_text_of(&name), i) == i)
            shapes[count++] = (shape){i, cell->cost.flops / cell->cost.images};
        lab_text_finish(&name);
    }
    lab_index_finish(&seen);
    qsort(shapes, (size_t)count, sizeof *shapes, by_flops);
    return count;
}

/* Times shapes of one kind, spread from the cheapest to the dearest. */
static lab_status time_shapes(lab_estimates *estimates, const asker *a, const lab_sweep *sweep,
                              const shape *shapes, int count, int each, lab_until until,
                              lab_error *err)
{
    lab_status status = LAB_OK;
    int wanted = count < each ? count : each;
    for (int m = 0; status == LAB_OK && m < wanted && !ended(until); m++) {
        const shape *s = &shapes[wanted == 1 ? count / 2 : m * (count - 1) / (wanted - 1)];
        lab_event event = {0};
        bool found = false;
        status = ask(a, "calibrate", &sweep->cells[s->cell].config, WIRE_EVENT_PROGRESS, &event,
                     &found, NULL, err);
        if (status != LAB_OK || !found || !(lab_event_real(&event, "images_per_s") > 0)) continue;
        const lab_cost *cost = &estimates->cells[s->cell].cost;
        lab_rate rate = {.cost = *cost, .cell = s->cell};
        rate.core_s = cost->images / lab_event_real(&event, "images_per_s");
        lab_rates_add(&estimates->rates, rate);
        estimates->timed++;
    }
    return status;
}

lab_status lab_estimate_time(lab_estimates *estimates, const lab_engine *engine,
                             const lab_sweep *sweep, int each, lab_until until, lab_error *err)
{
    asker a;
    shape *shapes = lab_heap_take(sweep->count * (isize)sizeof *shapes);
    lab_status status = asker_open(&a, engine, err);
    for (lab_kind kind = 0; status == LAB_OK && kind < LAB_KINDS; kind++) {
        if (lab_rates_know(&estimates->rates, kind)) continue;
        int count = find_shapes(sweep, estimates, kind, shapes);
        estimates->shapes += count;
        status = time_shapes(estimates, &a, sweep, shapes, count, each, until, err);
    }
    asker_close(&a);
    lab_heap_free(shapes);
    return status;
}

void lab_estimate_learn(lab_estimates *estimates, isize cell, double core_s, double share,
                        int64_t bytes)
{
    lab_rate rate = {.cost = estimates->cells[cell].cost, .bytes = (double)bytes};
    if (!(share > 0)) return;
    rate.cell = estimates->cells[cell].like;
    rate.core_s = core_s / share;
    lab_rates_add(&estimates->rates, rate);
}

void lab_estimate_finish(lab_estimates *estimates)
{
    lab_heap_free(estimates->cells);
    lab_rates_finish(&estimates->rates);
    *estimates = (lab_estimates){0};
}
