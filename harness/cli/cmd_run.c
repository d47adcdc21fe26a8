/* patchlaw run CONFIG: one run. */
#include "base/heap.h"
#include "cli/launching.h"
#include <string.h>

static const char doc[] =
    "Launches one run, or continues it: a finished run is skipped, an unfinished one resumes."
    "\vA probe's config names its trunk with --trunk: a pre-training run, from which it takes "
    "data.*, model.*, seed and train.shards; data.name and data.image_px may be its own. Or "
    "probe.trunk=untrained or pixels, with all of those keys its own.\n\n"
    "Examples:\n"
    "  patchlaw run configs/pretrain/fashion_mnist.yaml model.width=32 optim.steps=200\n"
    "  patchlaw run configs/probe/fashion_mnist.yaml --trunk 3fa9c1\n"
    "  patchlaw run configs/probe/tune.yaml --trunk 3fa9c1 tune.method=lora data.image_px=56\n"
    "  patchlaw run configs/pretrain/fashion_mnist.yaml --dry-run";

enum { KEY_TRUNK = 't' };
static const struct argp_option options[] = {
    {"trunk", KEY_TRUNK, "RUN", 0, "Probe the trunk of this pre-training run", 0}, {0}};

typedef struct {
    lab_launching launching;
    const char *file, *trunk;
    char **arguments; /* argc places */
    int argument_count;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->launching;
        return 0;
    case KEY_TRUNK:
        p->trunk = text;
        return 0;
    case ARGP_KEY_ARG:
        if (!p->file)
            p->file = text;
        else
            p->arguments[p->argument_count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (!p->file) argp_error(state, "which run? Its CONFIG is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The config of a run, from the ledger. */
static lab_status stored_config(lab_ledger *ledger, const char *hash, lab_config *out,
                                lab_error *err)
{
    lab_query *query = NULL;
    lab_yaml *yaml = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "cell_config", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && (!row || strcmp(lab_query_text(query, 0), "pretrain") != 0))
        status = lab_fail(err, LAB_ERR_CONFIG, "--trunk %.12s: is no pre-training run", hash);
    if (status == LAB_OK) {
        const char *text = lab_query_text(query, 1);
        status = lab_yaml_parse(&yaml, "ledger", text, (isize)strlen(text), err);
    }
    lab_config_init(out);
    if (status == LAB_OK) status = lab_config_read(out, lab_yaml_root(yaml), err);
    lab_yaml_close(&yaml);
    lab_query_close(&query);
    return status;
}

static lab_status attach_trunk(const parsed *p, lab_config *config, char hash[65], lab_error *err)
{
    lab_ledger *ledger = NULL;
    lab_config *trunk = lab_heap_take(sizeof *trunk);
    lab_status status = LAB_OK;
    /* A file of probe.* keys alone does not say what it is for; --trunk does. */
    if (!config->values[LAB_KEY_task].from[0])
        status = lab_config_set(config, LAB_KEY_task, "probe", "--trunk", err);
    if (status == LAB_OK && lab_config_task(config) != LAB_TASK_PROBE)
        status =
            lab_fail(err, LAB_ERR_CONFIG, "%s: --trunk is for configs with task: probe", p->file);
    if (status == LAB_OK)
        status = p->launching.spool
                     ? lab_launching_open(&ledger, &p->launching, false, err)
                     : lab_ledger_open(&ledger, p->launching.ledger, LAB_LEDGER_READ, err);
    if (status == LAB_OK) status = lab_cli_find(ledger, p->trunk, hash, err);
    if (status == LAB_OK) status = stored_config(ledger, hash, trunk, err);
    if (status == LAB_OK) {
        lab_sweep_inherit(config, trunk);
        status = lab_config_set(config, LAB_KEY_probe_trunk, hash, "--trunk", err);
    }
    lab_heap_free(trunk);
    lab_ledger_close(&ledger);
    return status;
}

int lab_cmd_run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_launching_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options, parse_option, "CONFIG [KEY=VALUE...]", doc, children, 0, 0};
    parsed p = {.launching = lab_launching_defaults(),
                .arguments = lab_heap_take(argc * (isize)sizeof *p.arguments)};
    lab_engine engine = {0};
    lab_sweep sweep = {0};
    lab_config *config = lab_heap_take(sizeof *config);
    char parent[65] = "";
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    lab_status status = lab_engine_init(&engine, p.launching.data, &err);
    lab_config_init(config);
    if (status == LAB_OK) status = lab_config_load(config, p.file, &err);
    for (int i = 0; status == LAB_OK && i < p.argument_count; i++)
        status = lab_config_assign(config, p.arguments[i], &err);
    if (status == LAB_OK && p.trunk) status = attach_trunk(&p, config, parent, &err);
    if (status == LAB_OK && lab_config_task(config) == LAB_TASK_PROBE && !p.trunk &&
        strlen(lab_config_value(config, LAB_KEY_probe_trunk)) == 64)
        status = lab_fail(&err, LAB_ERR_CONFIG,
                          "%s: probe.trunk names a run; name it with --trunk "
                          "instead, which brings its keys along",
                          p.file);
    if (status == LAB_OK)
        status = lab_sweep_single(&sweep, config, parent, lab_engine_data(&engine), &err);
    int code = status == LAB_OK ? lab_launching_go(&p.launching, &engine, &sweep)
                                : lab_cli_fail(status, &err);
    lab_sweep_finish(&sweep);
    lab_engine_finish(&engine);
    lab_heap_free(config);
    lab_heap_free(p.arguments);
    return code;
}
