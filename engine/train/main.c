/* patchlaw-engine: what patchlaw starts, and what a person may start by hand. */
#include "base/log.h"
#include "curate/command.h"
#include "data/command.h"
#include "data/mix_command.h"
#include "fetch/command.h"
#include "train/imagining.h"
#include "train/machine.h"
#include "train/pretrain.h"
#include "train/probing.h"
#include "train/profiling.h"
#include "train/tuning.h"
#include "wire/exit.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char doc[] =
    "patchlaw-engine COMMAND [CONFIG] - train and probe autoregressive image models\v"
    "Commands:\n"
    "  train       pre-train a trunk, from the folder's checkpoint where there is one\n"
    "  probe       probe every layer of a trunk (--trunk), or a control\n"
    "  plan        print the model event of a config: parameters and exact FLOPs\n"
    "  calibrate   measure the training rate of a config\n"
    "  profile     where a training step's time goes, each part beside its own limit\n"
    "  imagine     RUN: a picture of what a trained model makes of held-out images\n"
    "  data        fetch, curate, mix, import, info, verify (see patchlaw-engine data --help)\n\n"
    "Events go to standard output, one a line; messages to standard error.\n"
    "Exit status: 0 done, 1 diverged, 2 bad command or config, 3 system or data, 4 stopped:\n"
    "call again to go on.\n\n"
    "Examples:\n"
    "  patchlaw-engine data import fashion-mnist /usr/share/datasets/fashion-mnist\n"
    "  patchlaw-engine train --config run/config.yaml --out run --workers 2\n"
    "  patchlaw-engine probe --config probe.yaml --trunk run/checkpoint.safetensors --out probe\n"
    "  patchlaw-engine imagine runs/48ed4b90c4f9 --images 8\n"
    "  patchlaw-engine profile runs/48ed4b90c4f9/config.yaml --workers 1 --seconds 3";

enum {
    OUT = 'o',
    CONFIG = 'c',
    DATA = 'd',
    TRUNK = 't',
    WORKERS = 'w',
    READERS = 'r',
    SECONDS = 's',
    JSON = 'j',
    IMAGES = 'i'
};

static const struct argp_option options[] = {
    {"config", CONFIG, "FILE", 0, "resolved config (patchlaw writes it)", 0},
    {"data", DATA, "DIR", 0, "folder of data sets (default: $PATCHLAW_DATA, else data)", 0},
    {"out", OUT, "DIR", 0, "folder of the run: checkpoint, curve, config", 0},
    {"trunk", TRUNK, "FILE", 0, "probe: checkpoint of the trunk", 0},
    {"workers", WORKERS, "N", 0, "threads (default: the cores); any number gives the same bits", 0},
    {"readers", READERS, "N", 0,
     "train: threads that read the next step's images meanwhile (default: one for four "
     "workers); likewise",
     0},
    {"seconds", SECONDS, "S", 0, "calibrate, profile: how long (default 0.5)", 0},
    {"images", IMAGES, "N", 0, "imagine: rows of the picture (default 8)", 0},
    {"json", JSON, NULL, 0, "profile: JSON in place of a table", 0},
    {0}};

typedef struct {
    vt_request request;
    const char *command;
    int images;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    char *end = NULL;
    long number = 0;
    switch (key) {
    case CONFIG:
        p->request.config = text;
        return 0;
    case DATA:
        p->request.data = text;
        return 0;
    case OUT:
        p->request.out = text;
        return 0;
    case TRUNK:
        p->request.trunk = text;
        return 0;
    case WORKERS:
        number = strtol(text, &end, 10);
        if (*end || number < 1 || number > 1024)
            argp_error(state, "--workers: %s is not in 1..1024", text);
        p->request.workers = (int)number;
        return 0;
    case READERS:
        number = strtol(text, &end, 10);
        if (*end || !*text || number < 0 || number > 1024)
            argp_error(state, "--readers: %s is not in 0..1024", text);
        p->request.readers = (int)number;
        return 0;
    case SECONDS:
        p->request.seconds = strtod(text, &end);
        if (*end || !(p->request.seconds >= 0 && p->request.seconds <= 3600))
            argp_error(state, "--seconds: %s is not in 0..3600", text);
        return 0;
    case IMAGES:
        number = strtol(text, &end, 10);
        if (*end || number < 1 || number > 100)
            argp_error(state, "--images: %s is not in 1..100", text);
        p->images = (int)number;
        return 0;
    case JSON:
        p->request.json = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (p->command && p->request.config) return ARGP_ERR_UNKNOWN;
        *(p->command ? &p->request.config : &p->command) = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    vt_machine machine;
    vt_machine_describe(&machine);
    (void)fprintf(out, "patchlaw-engine %s (%.12s%s)\n%s\n", machine.version, machine.commit,
                  machine.dirty ? ", with local changes" : "", machine.build);
}

typedef enum { PRETRAINING, PROBING, TUNING } work;
static const struct {
    vt_status (*run)(const vt_request *request, int *exit_status, vt_error *err);
    vt_status (*plan)(const vt_request *request, vt_error *err);
    vt_status (*calibrate)(const vt_request *request, vt_error *err);
} works[] = {[PRETRAINING] = {vt_pretrain, vt_pretrain_plan, vt_pretrain_calibrate},
             [PROBING] = {vt_probing, vt_probing_plan, vt_probing_calibrate},
             [TUNING] = {vt_tuning, vt_tuning_plan, vt_tuning_calibrate}};

static vt_status work_of(const vt_request *request, work *out, vt_error *err)
{
    vt_config config;
    vt_status status = vt_config_read(&config, request->config, err);
    *out = PRETRAINING;
    if (status == VT_OK && strcmp(config.task, "probe") == 0)
        *out = strcmp(config.tune_method, "frozen") == 0 ? PROBING : TUNING;
    return status;
}

typedef enum { TRAIN, PROBE, PLAN, CALIBRATE, PROFILE, IMAGINE, COMMAND_COUNT } command;
static const char *const commands[COMMAND_COUNT] = {"train",     "probe",   "plan",
                                                    "calibrate", "profile", "imagine"};

static vt_status perform(const parsed *p, int *exit_status, vt_error *err)
{
    const vt_request *request = &p->request;
    int which = 0;
    work is = PRETRAINING;
    while (which < COMMAND_COUNT && strcmp(p->command, commands[which]) != 0) which++;
    if (which == COMMAND_COUNT)
        return vt_fail(err, VT_ERR_CONFIG,
                       "%s: no such command; there are train, probe, plan, calibrate, profile, "
                       "imagine, data",
                       p->command);
    if (!request->config)
        return vt_fail(err, VT_ERR_CONFIG,
                       "%s: the config is missing: --config FILE, or FILE alone", p->command);
    if (which == IMAGINE) {
        vt_request run = *request;
        run.out = request->config; /* the folder stands where others have a config */
        run.silent = 1;
        return vt_imagining(&run, p->images, err);
    }
    if (which <= PROBE && !request->out)
        return vt_fail(err, VT_ERR_CONFIG, "%s: --out DIR is missing", p->command);
    vt_status status = work_of(request, &is, err);
    if (status != VT_OK) return status;
    if (which == TRAIN) return vt_pretrain(request, exit_status, err);
    if (which == PROBE)
        return works[is == TUNING ? TUNING : PROBING].run(request, exit_status, err);
    vt_request dry = *request;
    dry.out = NULL;
    dry.silent = which == PROFILE;
    if (which == PROFILE && is != PRETRAINING)
        return vt_fail(err, VT_ERR_CONFIG, "profile: %s probes; profile a pre-training config",
                       request->config);
    if (which == PROFILE) return vt_profiling_run(&dry, err);
    return which == PLAN ? works[is].plan(&dry, err) : works[is].calibrate(&dry, err);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "COMMAND [CONFIG]", doc, 0, 0, 0};
    const char *data = getenv("PATCHLAW_DATA");
    parsed p = {.images = 8,
                .request = {.data = data && *data ? data : "data",
                            .workers = vt_cores(),
                            .readers = -1,
                            .seconds = 0.5}};
    vt_error err = {0};
    int exit_status = WIRE_EXIT_DONE;
    if (argc > 2 && strcmp(argv[1], "data") == 0 && strcmp(argv[2], "fetch") == 0)
        return vt_fetch_command(argc - 2, argv + 2);
    if (argc > 2 && strcmp(argv[1], "data") == 0 && strcmp(argv[2], "curate") == 0)
        return vt_curate_command(argc - 2, argv + 2, vt_cores());
    if (argc > 2 && strcmp(argv[1], "data") == 0 && strcmp(argv[2], "mix") == 0)
        return vt_mix_command(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "data") == 0) return vt_data_command(argc - 1, argv + 1);
    argp_program_version_hook = print_version;
    argp_err_exit_status = WIRE_EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return WIRE_EXIT_USAGE;
    vt_session_catch_signals();
    vt_status status = perform(&p, &exit_status, &err);
    return status == VT_OK ? exit_status : vt_log_ending("patchlaw-engine", status, &err);
}
