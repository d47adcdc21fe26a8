/* patchlaw sweep FILE: launch or continue a grid. */
#include "base/heap.h"
#include "cli/launching.h"

static const char doc[] =
    "Launches the runs of a sweep file, or continues it: finished runs are skipped, unfinished "
    "ones resume, failed ones are left alone unless --retry asks for them. Cells that a changed "
    "file "
    "has no more stay in the ledger: patchlaw sql vanished."
    "\vA KEY=VALUE changes the base config of every cell (probe.* keys those of the probes); "
    "patchlaw keys lists the keys. A sweep file is YAML:\n\n"
    "  name: demo                             question, prediction, decide: sentences\n"
    "  base: ../pretrain/x.yaml               set: {key: value} differs from it in every cell\n"
    "  grid: {model.width: [32, 64]}          every combination\n"
    "  zip: [{optim.steps: [1, 2], optim.lr_peak: [3, 4]}]   lists that walk together\n"
    "  list: [{model.width: 16}]              single cells besides\n"
    "  seeds: [0, 1]\n"
    "  probe: {base: ../probe/x.yaml, controls: [untrained, pixels]}\n"
    "  stop:                                  rules that end a run early, as pruned\n"
    "    - median: {metric: val/loss_causal, after: 0.3, least: 3, among: [model.width]}\n"
    "    - threshold: {metric: train/loss, above: 2.5, after: 0.1}\n"
    "    - nonfinite: {metric: train/grad_norm}\n\n"
    "Examples:\n"
    "  patchlaw sweep configs/sweep/demo.yaml --dry-run\n"
    "  patchlaw sweep configs/sweep/demo.yaml --jobs 2\n"
    "  patchlaw sweep configs/sweep/demo.yaml optim.steps=50 --ledger /tmp/try/ledger.db\n"
    "  patchlaw sweep configs/sweep/demo.yaml --retry failed\n\n"
    "Exit codes: 0 all done; 1 some failed; 2 usage or config; 3 system; 130 interrupted\n(128 + "
    "the signal's number).";

typedef struct {
    lab_launching launching;
    const char *file;
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
    case ARGP_KEY_ARG:
        if (!p->file)
            p->file = text;
        else
            p->arguments[p->argument_count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (!p->file) argp_error(state, "which sweep? Its FILE is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int lab_cmd_sweep(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_launching_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {0, parse_option, "FILE [KEY=VALUE...]", doc, children, 0, 0};
    parsed p = {.launching = lab_launching_defaults(),
                .arguments = lab_heap_take(argc * (isize)sizeof *p.arguments)};
    lab_engine engine = {0};
    lab_sweep sweep = {0};
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    lab_status status = lab_engine_init(&engine, p.launching.data, &err);
    if (status == LAB_OK)
        status = lab_sweep_read(&sweep, p.file, p.arguments, p.argument_count,
                                lab_engine_data(&engine), &err);
    int code = status == LAB_OK ? lab_launching_go(&p.launching, &engine, &sweep)
                                : lab_cli_fail(status, &err);
    lab_sweep_finish(&sweep);
    lab_engine_finish(&engine);
    lab_heap_free(p.arguments);
    return code;
}
