/* patchlaw-bench: how fast the engine is, beside what the machine can do. */
#include "bench/arguments.h"
#include "bench/serve.h"
#include "bench/suites.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "train/machine.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char doc[] =
    "Measures training and probing beside the machine's own limits.\v"
    "Suites (all of them when none is named):\n"
    "  limit     multiply-adds and memory bandwidth of one core and of all\n"
    "  step      images a second of a training step, one worker and all\n"
    "  memory    resident peak beyond 16 bytes a parameter, recompute too\n"
    "  probe     training probes of every block, beside the forward alone\n"
    "  feed      views of JPEGs, a core, beside decoding them whole; and Pillow,\n"
    "            torchvision, OpenCV, where Python has them\n"
    "  scaling   time against width, depth, tokens, batch; a model of more cores\n"
    "  objectives  a step of each, beside its own products; of 192 if no shape is named\n"
    "  hold      a data set of ten million images: opening, order, memory\n"
    "  near      perceptual hashes: found, mistaken, images a second\n\n"
    "A SHAPE is width/depth/heads/tokens/patch values/batch of one of six models,\n"
    "or its width. For others to drive: resident SHAPE, serve SHAPE.\n\n"
    "Columns: w workers, r recompute, n measurements; share: of the limit that was\n"
    "measured next to it. Exit status: 0 good, 2 bad command, 3 system.\n\n"
    "Examples:\n"
    "  patchlaw-bench step 64 --repeats 9\n"
    "  patchlaw-bench feed --photos photos --python /usr/bin/python3\n"
    "  patchlaw-bench --json bench.json";

enum {
    JSON = 'j',
    REPEATS = 'n',
    SECONDS = 's',
    WORKERS = 'w',
    PRECISION = 'p',
    RECOMPUTE = 'r',
    EXPORT = 'e',
    PHOTOS = 'f',
    PYTHON = 'y',
    USAGE = 2,
    SYSTEM = 3
};

static const struct argp_option options[] = {
    {"json", JSON, "FILE", 0, "write all rows there, too", 0},
    {"repeats", REPEATS, "N", 0, "measurements of a quantity (default 5)", 0},
    {"seconds", SECONDS, "S", 0,
     "fewer measurements, but three, once a shape has taken that long in one precision (default 5)",
     0},
    {"workers", WORKERS, "N", 0, "threads to compare with one (default: the cores)", 0},
    {"precision", PRECISION, "P", 0, "fp32 or bf16 alone", 0},
    {"photos", PHOTOS, "DIR", 0, "feed: JPEGs of this folder (default: invented ones)", 0},
    {"python", PYTHON, "FILE", 0, "feed: the Python that others run in (default: none of them)", 0},
    {"recompute", RECOMPUTE, NULL, 0, "resident, serve: activations are computed again", 0},
    {"export", EXPORT, "FILE", 0, "serve: write parameters, images and prefixes there", 0},
    {0}};

typedef struct {
    const char *name;
    vt_status (*run)(const bench_request *request, vt_error *err);
} suite;
static const suite suites[] = {
    {"limit", bench_limit},           {"step", bench_step}, {"memory", bench_memory},
    {"probe", bench_probe},           {"feed", bench_feed}, {"scaling", bench_scaling},
    {"objectives", bench_objectives}, {"hold", bench_hold}, {"near", bench_near}};
enum { SUITES = sizeof suites / sizeof *suites };

typedef struct {
    bench_request request;
    int wanted[SUITES], any;
    const char *service; /* "resident" or "serve" */
    int recompute;
    const char *json, *file;
} parsed;

static int want_shape(bench_request *request, const char *text)
{
    for (int i = 0; i < BENCH_SHAPE_COUNT; i++) {
        char name[BENCH_SHAPE_NAME], *end = NULL;
        bench_shape_name(&bench_shapes[i], name);
        if (strcmp(text, name) != 0 && (strtol(text, &end, 10) != bench_shapes[i].width || *end))
            continue;
        for (int s = 0; s < request->shape_count; s++)
            if (request->shapes[s] == &bench_shapes[i]) return 1;
        request->shapes[request->shape_count++] = &bench_shapes[i];
        return 1;
    }
    return 0;
}

static void take_word(parsed *p, const char *text, struct argp_state *state)
{
    for (int i = 0; i < SUITES; i++) {
        if (strcmp(text, suites[i].name) != 0) continue;
        p->wanted[i] = p->any = 1;
        return;
    }
    if (state->arg_num == 0 && (strcmp(text, "resident") == 0 || strcmp(text, "serve") == 0))
        p->service = text;
    else if (!want_shape(&p->request, text))
        argp_error(state, "%s: no such suite or shape", text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    char *end = NULL;
    switch (key) {
    case JSON:
        p->json = text;
        return 0;
    case EXPORT:
        p->file = text;
        return 0;
    case PHOTOS:
        p->request.photos = text;
        return 0;
    case PYTHON:
        p->request.python = text;
        return 0;
    case REPEATS:
        p->request.repeats = bench_number(text, BENCH_SAMPLES, state);
        return 0;
    case WORKERS:
        p->request.workers = bench_number(text, 256, state);
        return 0;
    case SECONDS:
        p->request.seconds = strtod(text, &end);
        if (*end || !(p->request.seconds >= 0)) argp_error(state, "%s: no seconds", text);
        return 0;
    case PRECISION:
        if (strcmp(text, "fp32") != 0 && strcmp(text, "bf16") != 0)
            argp_error(state, "%s is neither fp32 nor bf16", text);
        p->request.precision_count = 1;
        p->request.precisions[0] = strcmp(text, "bf16") == 0 ? BENCH_BF16 : BENCH_FP32;
        return 0;
    case RECOMPUTE:
        p->recompute = 1;
        return 0;
    case ARGP_KEY_ARG:
        take_word(p, text, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static vt_status serve(const parsed *p, vt_error *err)
{
    const bench_request *r = &p->request;
    if (r->shape_count != 1)
        return vt_fail(err, VT_ERR_CONFIG, "%s: name one shape, not %d", p->service,
                       r->shape_count);
    bench_service service = {.shape = r->shapes[0], .workers = r->workers, .file = p->file};
    service.config = bench_config(r->shapes[0], (bench_precision)r->precisions[0], p->recompute);
    return strcmp(p->service, "serve") == 0 ? bench_serve(&service, err)
                                            : bench_resident_run(&service, err);
}

static vt_status write_json(const bench_table *table, const char *path, vt_error *err)
{
    vt_machine here;
    vt_machine_describe(&here);
    const bench_machine machine = {.version = here.version,
                                   .commit = here.commit,
                                   .dirty = here.dirty,
                                   .host = here.host,
                                   .cpu = here.cpu,
                                   .cores = vt_cores(),
                                   .isa = vt_kernels_now()->name,
                                   .blas = vt_gemm_library(),
                                   .kernel = vt_gemm_kernel()};
    int bad = bench_write(table, &machine, path);
    return bad ? vt_fail(err, VT_ERR_IO, "%s: %s", path, strerror(bad)) : VT_OK;
}

static vt_status measure(parsed *p, vt_error *err)
{
    static bench_table table;
    vt_status status = VT_OK;
    p->request.table = &table;
    for (int i = 0; i < BENCH_SHAPE_COUNT && p->request.shape_count < BENCH_SHAPE_COUNT; i++) {
        if (i == 0 && p->request.shape_count > 0) break; /* some were named */
        p->request.shapes[p->request.shape_count++] = &bench_shapes[i];
    }
    for (int i = 0; i < SUITES && status == VT_OK; i++)
        if (p->wanted[i] || !p->any) status = suites[i].run(&p->request, err);
    if (status == VT_OK && p->json) status = write_json(&table, p->json, err);
    return status;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "[SUITE|SHAPE]...", doc, 0, 0, 0};
    parsed p = {.request = {.precisions = {BENCH_FP32, BENCH_BF16},
                            .precision_count = 2,
                            .repeats = 5,
                            .seconds = 5,
                            .workers = vt_cores()}};
    vt_error err = {0};
    argp_err_exit_status = USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return USAGE;
    if (!vt_kernels_setup() || !vt_gemm_setup()) {
        (void)fprintf(stderr, "patchlaw-bench: VT_ISA or VT_GEMM names none that is here\n");
        return USAGE;
    }
    vt_status status = p.service ? serve(&p, &err) : measure(&p, &err);
    if (status == VT_OK) return 0;
    (void)fprintf(stderr, "patchlaw-bench: %s\n", err.text);
    return status == VT_ERR_CONFIG ? USAGE : SYSTEM;
}
