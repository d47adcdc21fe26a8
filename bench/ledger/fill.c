#include "bench/ledger/fill.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { VALIDATIONS = 10, LAYERS = 4, EVERY = 50 };

const char *const bench_curves[BENCH_CURVES] = {"loss",        "lr",          "grad_norm",
                                                "update_norm", "weight_norm", "loss_smooth",
                                                "step_s",      "data_wait_s"};

static lab_status find_data(void *context, const char *name, char *hex, lab_error *err)
{
    (void)context, (void)name, (void)err;
    (void)snprintf(hex, 65, "%064d", 7);
    return LAB_OK;
}

lab_status bench_fill_sweep(lab_sweep *out, const bench_place *place, const bench_filling *filling,
                            lab_error *err)
{
    const lab_data_source data = {.find = find_data};
    bench_path path = bench_place_file(place, "sweep.yaml");
    bool crossed = filling->cells % 20 == 0;
    *out = (lab_sweep){0};
    FILE *file = fopen(path.text, "we");
    if (!file) return lab_fail(err, LAB_ERR_IO, "%s: cannot be written", path.text);
    int first_seed = filling->index / 100 * filling->cells;
    (void)fprintf(file,
                  "name: %s\nset: {optim.steps: %d, train.log_every: 1, "
                  "optim.weight_decay: 0.%d, optim.warmup: 0.%d}\n",
                  filling->name, filling->points, 11 + filling->index % 10,
                  11 + filling->index / 10 % 10);
    if (crossed)
        (void)fprintf(file, "grid:\n  model.width: [32, 64, 96, 128]\n"
                            "  optim.lr_peak: [0.0003, 0.001, 0.002, 0.003, 0.005]\n");
    (void)fprintf(file, "seeds: [%d", first_seed);
    for (int i = 1; i < filling->cells / (crossed ? 20 : 1); i++)
        (void)fprintf(file, ", %d", first_seed + i);
    (void)fprintf(file, "]\n%s", filling->probed ? "probe:\n  set: {probe.epochs: 4}\n" : "");
    if (fclose(file) != 0) return lab_fail(err, LAB_ERR_IO, "%s: cannot be written", path.text);
    return lab_sweep_read(out, path.text, NULL, 0, data, err);
}

lab_event bench_point(int64_t step, const char *split, const char *metric, double value)
{
    lab_event event = {.kind = WIRE_EVENT_POINT};
    event.fields[0].integer = step;
    event.fields[1].text = split;
    event.fields[2].text = metric;
    event.fields[3].real = value;
    return event;
}

lab_status bench_claim(lab_ledger *ledger, const lab_cell *cell, const char *input,
                       int64_t *cell_id, int64_t *attempt_id, lab_error *err)
{
    lab_cell_state state;
    lab_status status = lab_record_claim(ledger, cell, input, LAB_RETRY_ALL, attempt_id, err);
    if (status == LAB_OK) status = lab_record_state(ledger, cell->hash.hex, &state, err);
    if (status == LAB_OK && *attempt_id == 0)
        status = lab_fail(err, LAB_ERR_LEDGER, "%.12s: cannot be claimed", cell->hash.hex);
    if (status == LAB_OK) *cell_id = state.cell_id;
    return status;
}

/* ---- one run ---- */

typedef struct {
    lab_ledger *ledger;
    int64_t cell_id, attempt_id;
    uint64_t random;
} writer;

static double noise(writer *w)
{
    w->random = w->random * 6364136223846793005U + 1442695040888963407U;
    return (double)(w->random >> 11) * 0x1p-53;
}

__attribute__((format(printf, 2, 4))) static lab_status say(writer *w, const char *format,
                                                            lab_error *err, ...)
{
    char line[WIRE_LINE_MAX];
    lab_event event;
    va_list args;
    va_start(args, err);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (char *c = line; *c; c++)
        if (*c == ' ') *c = '\t';
    lab_status status = lab_event_parse(&event, line, (isize)strlen(line), err);
    if (status != LAB_OK) return status;
    return lab_record_event(w->ledger, w->cell_id, w->attempt_id, &event, err);
}

static lab_status point(writer *w, int64_t step, const char *split, const char *metric,
                        lab_error *err)
{
    lab_event event =
        bench_point(step, split, metric, 0.3 + 2.0 / (1 + (double)step) + 0.01 * noise(w));
    return lab_record_event(w->ledger, w->cell_id, w->attempt_id, &event, err);
}

static lab_status train(writer *w, const bench_filling *filling, int width, int steps,
                        lab_error *err)
{
    long long parameters = 50LL * width * width, flops = parameters * 64 * 300;
    int every = filling->points / VALIDATIONS + (filling->points < VALIDATIONS);
    lab_status status = say(w, "hello 1 0.1 fake 0 gcc no_cpu avx2 none none here 2", err);
    if (status == LAB_OK) status = say(w, "data train images %064d 60000 10", err, 7);
    if (status == LAB_OK)
        status = say(w, "model %lld %lld 49 %lld %lld %lld %d %d %d", err, parameters,
                     parameters * 3 / 2, flops / 192, flops, flops * filling->points,
                     filling->points, filling->points * 64, filling->points * 64 * 49);
    if (status == LAB_OK) status = say(w, "resume 0", err);
    for (int step = 1; status == LAB_OK && step <= steps; step++) {
        for (int c = 0; status == LAB_OK && c < filling->curves; c++)
            status = point(w, step, "train", bench_curves[c], err);
        if (step % every != 0) continue;
        if (status == LAB_OK) status = point(w, step, "val", "loss_causal", err);
        if (status == LAB_OK) status = point(w, step, "val", "loss_prefix", err);
    }
    if (status == LAB_OK)
        status = say(w, "artifact checkpoint %d 1000000 %064lld checkpoint.safetensors", err, steps,
                     (long long)w->cell_id);
    return status;
}

static lab_status probe(writer *w, lab_error *err)
{
    static const char *const kinds[] = {"linear", "attentive"};
    static const double rates[] = {0.0003, 0.001, 0.003};
    lab_status status = say(w, "hello 1 0.1 fake 0 gcc no_cpu avx2 none none here 2", err);
    for (int i = 0; status == LAB_OK && i < LAYERS * 2 * 3; i++) {
        int layer = i / 6, rate = i % 3;
        double top1 = 0.6 + 0.3 * noise(w);
        status = say(w, "probe block.%d %d %s %g 0.05 0 1000 val 5000 %.4f 0.99 0.5 %d", err, layer,
                     layer, kinds[i / 3 % 2], rates[rate], top1, rate == 1);
        if (status == LAB_OK && rate == 1)
            status = say(w, "probe block.%d %d %s %g 0.05 0 1000 test 10000 %.4f 0.99 0.5 1", err,
                         layer, layer, kinds[i / 3 % 2], rates[rate], top1 - 0.01);
    }
    return status;
}

static lab_status end(writer *w, const char *state, const char *reason, lab_error *err)
{
    lab_ending ending = {.state = state,
                         .reason = reason,
                         .exit_code = *reason != 0,
                         .signal = -1,
                         .wall_s = 10 + noise(w),
                         .cpu_s = 20,
                         .rss_peak = 100000000};
    lab_status status = lab_record_end(w->ledger, w->attempt_id, &ending, err);
    if (status == LAB_OK) status = lab_record_summary(w->ledger, w->attempt_id, err);
    return status;
}

/* One attempt: of a trunk that ends in that state, or of its probe. */
static lab_status attempt(writer *w, const bench_filling *filling, const lab_cell *cell,
                          const char *input, const char *state, lab_error *err)
{
    bool done = strcmp(state, "done") == 0;
    int width = (int)lab_config_int(&cell->config, LAB_KEY_model_width);
    lab_status status = bench_claim(w->ledger, cell, input, &w->cell_id, &w->attempt_id, err);
    if (status == LAB_OK) status = lab_ledger_begin(w->ledger, err);
    if (status == LAB_OK)
        status = *input
                     ? probe(w, err)
                     : train(w, filling, width, done ? filling->points : filling->points / 2, err);
    if (status == LAB_OK) status = end(w, state, done ? "" : "as this benchmark wants it", err);
    if (status == LAB_OK) status = lab_ledger_commit(w->ledger, err);
    lab_ledger_rollback(w->ledger);
    return status;
}

lab_status bench_fill(lab_ledger *ledger, const bench_place *place, const bench_filling *filling,
                      lab_error *err)
{
    lab_sweep sweep;
    writer w = {.ledger = ledger, .random = (uint64_t)filling->index + 1};
    lab_status status = bench_fill_sweep(&sweep, place, filling, err);
    if (status == LAB_OK) status = lab_record_sweep(ledger, &sweep, err);
    for (isize i = 0; status == LAB_OK && i < sweep.count; i++) {
        const lab_cell *cell = &sweep.cells[i];
        isize trunk = cell->parent_cell < 0 ? i : cell->parent_cell;
        int place_of = (int)(trunk / (filling->probed ? 2 : 1)) % EVERY;
        char input[65] = "";
        const char *state = place_of == 7 ? "failed" : place_of == 19 ? "diverged" : "done";
        if (place_of == 49 || (cell->parent_cell >= 0 && strcmp(state, "done") != 0)) continue;
        if (cell->parent_cell >= 0) {
            lab_cell_state parent;
            status = lab_record_state(ledger, cell->parent.hex, &parent, err);
            (void)snprintf(input, sizeof input, "%s", parent.checkpoint);
        }
        if (status == LAB_OK && place_of == 33)
            status = attempt(&w, filling, cell, input, "stopped", err);
        if (status == LAB_OK) status = attempt(&w, filling, cell, input, state, err);
    }
    lab_sweep_finish(&sweep);
    return status;
}
