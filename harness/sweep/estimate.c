#include "sweep/estimate.h"
#include "base/heap.h"
#include "sweep/event.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEASURED_MAX = 4, GROUPS = 3 }; /* timed shapes of a group; see group_of */

/* What decides a config's rate. */
static const lab_key_id shape_keys[] = {
    LAB_KEY_data_image_px,      LAB_KEY_data_channels,      LAB_KEY_model_patch_px,
    LAB_KEY_model_width,        LAB_KEY_model_depth,        LAB_KEY_model_heads,
    LAB_KEY_head_width,         LAB_KEY_head_depth,         LAB_KEY_train_shards,
    LAB_KEY_probe_lrs,          LAB_KEY_probe_batch_images, LAB_KEY_probe_weight_decays,
    LAB_KEY_optim_batch_images, LAB_KEY_model_precision,    LAB_KEY_train_recompute};

typedef struct {
    const lab_engine *engine;
    char workers[16];
    char file[64]; /* a config is written here for the engine */
} asker;

typedef struct {
    isize cell;
    int group;
    double flops_image, images_per_s; /* images_per_s NaN: not timed */
} shape;

/* Runs whose rates may be scaled by FLOPs: pre-training, probes of trunks, probes of pixels. */
static int group_of(const lab_cell *cell)
{
    if (lab_config_task(&cell->config) == LAB_TASK_PRETRAIN) return 0;
    return strcmp(lab_cell_kind(cell), "pixels") == 0 ? 2 : 1;
}

static bool same_shape(const lab_config *a, const lab_config *b)
{
    for (size_t i = 0; i < sizeof shape_keys / sizeof *shape_keys; i++)
        if (strcmp(a->values[shape_keys[i]].text, b->values[shape_keys[i]].text) != 0) return false;
    return true;
}

/* Runs a command on a config and gives the last event of that kind; *found tells whether there
 * was one. An engine that refuses the command for this config is no error. */
static lab_status ask(const asker *a, const char *command, const lab_config *config,
                      wire_event_kind kind, lab_event *event, bool *found, lab_error *err)
{
    lab_text text = {0}, out = {0}, complaint = {0};
    int exit_code = 0;
    *found = false;
    lab_config_text(config, &text);
    FILE *file = fopen(a->file, "we");
    bool good = file && fputs(lab_text_of(&text), file) >= 0;
    if (file && fclose(file) != 0) good = false;
    lab_status status =
        good ? LAB_OK : lab_fail(err, LAB_ERR_IO, "%s: %s", a->file, strerror(errno));
    bool timed = strcmp(command, "calibrate") == 0;
    const char *words[12] = {"", command, "--config", a->file, "--data", a->engine->data};
    if (timed) {
        words[6] = "--seconds";
        words[7] = "0.5";
        words[8] = "--workers";
        words[9] = a->workers;
    }
    if (status == LAB_OK)
        status = lab_engine_ask(a->engine, words, &out, &complaint, &exit_code, err);
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
    lab_text_finish(&complaint);
    return status;
}

static lab_status plan_cell(const asker *a, const lab_cell *cell, lab_estimate *out, lab_error *err)
{
    lab_event event = {0};
    *out = (lab_estimate){.seconds = (double)NAN};
    lab_status status = ask(a, "plan", &cell->config, WIRE_EVENT_MODEL, &event, &out->planned, err);
    if (status != LAB_OK || !out->planned) return status;
    out->params_trunk = lab_event_int(&event, "params_trunk");
    out->params_total = lab_event_int(&event, "params_total");
    out->flops_total = lab_event_int(&event, "flops_total");
    out->steps = lab_event_int(&event, "steps");
    out->images = lab_event_int(&event, "images");
    return LAB_OK;
}

static int by_group_and_flops(const void *a, const void *b)
{
    const shape *x = a, *y = b;
    if (x->group != y->group) return x->group - y->group;
    return (x->flops_image > y->flops_image) - (x->flops_image < y->flops_image);
}

/* The shapes of the planned cells: group by group, cheapest first. */
static int find_shapes(const lab_sweep *sweep, const lab_estimate *cells, shape *shapes)
{
    int count = 0;
    for (isize i = 0; i < sweep->count; i++) {
        int group = group_of(&sweep->cells[i]);
        bool known = !cells[i].planned || cells[i].images <= 0;
        for (int s = 0; !known && s < count; s++)
            known = shapes[s].group == group &&
                    same_shape(&sweep->cells[i].config, &sweep->cells[shapes[s].cell].config);
        if (known) continue;
        shapes[count++] =
            (shape){.cell = i,
                    .group = group,
                    .flops_image = (double)cells[i].flops_total / (double)cells[i].images,
                    .images_per_s = (double)NAN};
    }
    qsort(shapes, (size_t)count, sizeof *shapes, by_group_and_flops);
    return count;
}

/* Times shapes of one group, spread from the cheapest to the dearest. */
static lab_status measure(const asker *a, const lab_sweep *sweep, shape *shapes, int count,
                          int *measured, lab_error *err)
{
    lab_status status = LAB_OK;
    int wanted = count < MEASURED_MAX ? count : MEASURED_MAX;
    for (int m = 0; status == LAB_OK && m < wanted; m++) {
        shape *s = &shapes[wanted == 1 ? 0 : m * (count - 1) / (wanted - 1)];
        lab_event event = {0};
        bool found = false;
        status = ask(a, "calibrate", &sweep->cells[s->cell].config, WIRE_EVENT_PROGRESS, &event,
                     &found, err);
        if (status != LAB_OK || !found || !(lab_event_real(&event, "images_per_s") > 0)) continue;
        s->images_per_s = lab_event_real(&event, "images_per_s");
        (*measured)++;
    }
    return status;
}

static lab_status measure_groups(const asker *a, const lab_sweep *sweep, shape *shapes, int count,
                                 int *measured, lab_error *err)
{
    lab_status status = LAB_OK;
    int first = 0;
    for (int group = 0; status == LAB_OK && group < GROUPS; group++) {
        int last = first;
        while (last < count && shapes[last].group == group) last++;
        status = measure(a, sweep, shapes + first, last - first, measured, err);
        first = last;
    }
    return status;
}

static double rate_of(const shape *shapes, int count, int group, double flops_image)
{
    const shape *nearest = NULL;
    for (int s = 0; s < count; s++) {
        if (shapes[s].group != group || !(shapes[s].images_per_s > 0)) continue;
        if (!nearest || fabs(log(shapes[s].flops_image / flops_image)) <
                            fabs(log(nearest->flops_image / flops_image)))
            nearest = &shapes[s];
    }
    return nearest ? nearest->images_per_s * nearest->flops_image / flops_image : (double)NAN;
}

static lab_status estimate(lab_estimates *out, const asker *a, const lab_sweep *sweep,
                           const bool *wanted, lab_error *err)
{
    lab_status status = LAB_OK;
    shape *shapes = lab_heap_take(sweep->count * (isize)sizeof *shapes);
    for (isize i = 0; i < sweep->count; i++) out->cells[i].seconds = (double)NAN;
    for (isize i = 0; status == LAB_OK && i < sweep->count; i++)
        if (wanted[i]) status = plan_cell(a, &sweep->cells[i], &out->cells[i], err);
    out->shapes = find_shapes(sweep, out->cells, shapes);
    if (status == LAB_OK)
        status = measure_groups(a, sweep, shapes, out->shapes, &out->measured, err);
    for (isize i = 0; status == LAB_OK && i < sweep->count; i++) {
        lab_estimate *cell = &out->cells[i];
        double images = (double)cell->images;
        if (!cell->planned || cell->images <= 0) continue;
        cell->seconds = images / rate_of(shapes, out->shapes, group_of(&sweep->cells[i]),
                                         (double)cell->flops_total / images);
    }
    lab_heap_free(shapes);
    return status;
}

lab_status lab_estimate_sweep(lab_estimates *out, const lab_engine *engine, const lab_sweep *sweep,
                              const bool *wanted, int workers, lab_error *err)
{
    asker a = {.engine = engine, .file = "/tmp/patchlaw-XXXXXX"};
    *out = (lab_estimates){.cells = lab_heap_take(sweep->count * (isize)sizeof *out->cells)};
    (void)snprintf(a.workers, sizeof a.workers, "%d", workers);
    int fd = mkstemp(a.file);
    if (fd < 0) return lab_fail(err, LAB_ERR_IO, "%s: cannot be made: %s", a.file, strerror(errno));
    (void)close(fd);
    lab_status status = estimate(out, &a, sweep, wanted, err);
    (void)unlink(a.file);
    return status;
}

void lab_estimate_finish(lab_estimates *estimates)
{
    lab_heap_free(estimates->cells);
    *estimates = (lab_estimates){0};
}
