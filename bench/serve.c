#include "bench/serve.h"
#include "base/heap.h"
#include "model/safetensors.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 2 }; /* all memory is there after the first; the second shows it */

/* VmHWM, which a new program begins at 0; ru_maxrss would hold what its parent had. */
static isize resident_peak(void)
{
    char line[256];
    isize kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) return 0;
    while (kilobytes == 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = (isize)strtoll(line + 6, NULL, 10);
    (void)fclose(file);
    return kilobytes * 1024;
}

/* ---- resident ---- */

vt_status bench_resident_run(const bench_service *service, vt_error *err)
{
    bench_run run;
    vt_status status =
        bench_run_open(&run, service->shape, &service->config, service->workers, err);
    if (status != VT_OK) return status;
    (void)bench_run_steps(&run, STEPS - 1); /* opening did one */
    (void)printf("%td %td\n", run.learner.params.numbers, resident_peak());
    bench_run_close(&run);
    return VT_OK;
}

int bench_resident_read(const char *line, bench_resident *out)
{
    char *end = NULL;
    out->parameters = (isize)strtoll(line, &end, 10);
    if (*end != ' ') return 0;
    out->bytes = (isize)strtoll(end, &end, 10);
    return *end == '\n' && out->parameters > 0 && out->bytes > 0;
}

/* ---- serve ---- */

static vt_tensor parameter(const vt_learner *learner, isize p)
{
    const vt_param_info *info = &learner->params.info[p];
    vt_tensor tensor = {
        .name = info->name, .data = learner->params.values + info->offset, .dims = info->dims};
    memcpy(tensor.shape, info->shape, sizeof tensor.shape);
    return tensor;
}

/* All tensors are written as numbers of vt_real, the prefix lengths too. */
static vt_status export(const bench_service *service, const vt_learner *learner, vt_error *err)
{
    const bench_shape *shape = service->shape;
    isize count = learner->params.count, batch = shape->batch;
    vt_arena arena = {0};
    vt_tensor *tensors = NULL;
    vt_real *prefix = NULL;
    for (int pass = 0; pass < 2; pass++) {
        tensors = VT_TAKE(&arena, vt_tensor, count + 2);
        prefix = VT_TAKE(&arena, vt_real, batch);
        vt_status status = pass == 0 ? vt_arena_open(&arena, err) : VT_OK;
        if (status != VT_OK) return status;
    }
    for (isize p = 0; p < count; p++) tensors[p] = parameter(learner, p);
    for (isize b = 0; b < batch; b++) prefix[b] = (vt_real)learner->draws[b];
    tensors[count] = (vt_tensor){
        "images", learner->images, {batch, shape->channels, shape->image_px, shape->image_px}, 4};
    tensors[count + 1] = (vt_tensor){"prefix_len", prefix, {batch}, 1};
    char heads[16], sha256[VT_SHA256_HEX];
    isize bytes;
    (void)snprintf(heads, sizeof heads, "%d", shape->heads);
    vt_note note = {"heads", heads};
    vt_safetensors_content content = {tensors, count + 2, &note, 1};
    vt_status status = vt_safetensors_write(service->file, &content, &bytes, sha256, err);
    vt_arena_close(&arena);
    return status;
}

static vt_status serve_lines(bench_run *run, vt_error *err)
{
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        char *end = NULL;
        long steps = strncmp(line, "run ", 4) == 0 ? strtol(line + 4, &end, 10) : 0;
        if (!end || *end != '\n' || steps < 1 || steps > 1000000)
            return vt_fail(err, VT_ERR_CONFIG, "serve: wants \"run N\", not %.40s", line);
        double seconds = bench_run_steps(run, (int)steps);
        (void)printf("{\"seconds\": %.9g, \"rss\": %td}\n", seconds, resident_peak());
        (void)fflush(stdout);
    }
    return VT_OK;
}

vt_status bench_serve(const bench_service *service, vt_error *err)
{
    bench_run run;
    vt_status status =
        bench_run_start(&run, service->shape, &service->config, service->workers, err);
    if (status != VT_OK) return status;
    if (service->file) status = export(service, &run.learner, err);
    if (status == VT_OK) {
        (void)bench_run_steps(&run, 1);
        char name[BENCH_SHAPE_NAME];
        bench_shape_name(service->shape, name);
        (void)printf("{\"shape\": \"%s\", \"parameters\": %td, \"loss\": %.9g, \"batch\": %d}\n",
                     name, run.learner.params.numbers, run.first_loss, service->shape->batch);
        (void)fflush(stdout);
        status = serve_lines(&run, err);
    }
    bench_run_close(&run);
    return status;
}
