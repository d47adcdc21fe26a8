/* patchlaw sweep FILE: launch or continue a grid. */
#include "base/heap.h"
#include "cli/launching.h"
#include "cli/slurm.h"
#include "launch/estimate.h"
#include "launch/spool.h"

static const char doc[] =
    "Launches the runs of a sweep file, or continues it: finished runs are skipped, unfinished "
    "ones resume, failed ones are left alone unless --retry asks for them. Cells that a changed "
    "file "
    "has no more stay in the ledger: patchlaw sql vanished."
    "\vWith --spool and without FILE, the runs are those that the spool holds. A KEY=VALUE changes "
    "the base config of every cell (probe.* keys those of the probes); "
    "patchlaw keys lists the keys. A sweep file is YAML:\n\n"
    "  name: demo                       also question, prediction, decide\n"
    "  base: ../pretrain/x.yaml\n"
    "  set: {optim.steps: 400}          differs from the base in every cell\n"
    "  grid: {model.width: [32, 64]}    every combination\n"
    "  zip:                             lists that walk together\n"
    "    - {optim.steps: [1, 2], optim.lr_peak: [3, 4]}\n"
    "  list: [{model.width: 16}]        single cells besides\n"
    "  seeds: [0, 1]                    or 2, which is the same\n"
    "  vars: {per_param: [10, 20]}      axes that are no keys, for expressions\n"
    "  derive:                          keys that are computed in each cell\n"
    "    optim.steps: per_param * params_trunk / patches_per_step\n"
    "  where: model.width >= 32         leaves the other cells out; or a list\n"
    "  isoflop:                         cells of equal compute: budgets x sizes\n"
    "    budgets: [1e12, 3e12]          training FLOPs; they give optim.steps\n"
    "    sizes: [{model.width: 32}]     or lists, {model.width: [32, 64]}\n"
    "    lr: 0.003 * pow(model.width / 64, -0.5)    optional, as the next\n"
    "    patches_per_param: [2, 200]    leaves the other cells out\n"
    "    steps_min: 1                   the same\n"
    "  probe:\n"
    "    base: ../probe/x.yaml\n"
    "    grid: {tune.method: [frozen, lora]}        every combination, for each run\n"
    "    controls: [untrained, pixels]\n"
    "  stop:                            rules that end a run early, as pruned\n"
    "    - median: {metric: val/loss_causal, after: 0.3, among: [model.width]}\n"
    "    - threshold: {metric: train/loss, above: 2.5, after: 0.1}\n"
    "    - nonfinite: {metric: train/grad_norm}\n\n"
    "A probe takes data.*, model.*, seed and train.shards from the run that it probes; data.name "
    "and data.image_px may be its own, in set and in grid: other images, or larger ones.\n\n"
    "For a list of values a range will do, ends included: {linspace: [first, last, count]}, "
    "{logspace: [first, last, count]}, {range: [first, last, step]}.\n\n"
    "An expression holds numbers (all real: 7 / 2 is 3.5), words ('bf16'), keys, vars, and what "
    "the engine plans: params_trunk, params_total, tokens, flops_image, flops_step (or "
    "flops_per_step), patches_per_step; flops_total, images, patches, which follow from "
    "optim.steps. Operators: + - * / < <= > >= = != AND OR NOT BETWEEN IN, CASE WHEN a THEN b ELSE "
    "c END. Functions: abs sqrt pow exp ln log10 log2 round floor ceil trunc sign mod min max "
    "iif(condition, a, b). Integer keys are rounded. In {...} an expression with commas goes into "
    "double quotes.\n\n"
    "Examples:\n"
    "  patchlaw sweep configs/sweep/demo.yaml --dry-run\n"
    "  patchlaw sweep configs/sweep/isoflop.yaml --dry-run\n"
    "  patchlaw sweep configs/sweep/demo.yaml --jobs 2\n"
    "  patchlaw sweep configs/sweep/demo.yaml optim.steps=50 --ledger /tmp/try/ledger.db\n"
    "  patchlaw sweep configs/sweep/downstream.yaml tune.rank=4 --dry-run\n"
    "  patchlaw sweep configs/sweep/demo.yaml --retry failed\n"
    "  patchlaw sweep configs/sweep/demo.yaml --spool /nfs/me/demo\n"
    "  patchlaw sweep configs/sweep/demo.yaml --launcher slurm --time 4:00:00\n\n"
    "Exit codes: 0 all done; 1 some failed; 2 usage or config; 3 system; 130 interrupted\n(128 + "
    "the signal's number).";

typedef struct {
    lab_launching launching;
    lab_slurm_options slurm;
    const char *file;
    char **arguments; /* argc places */
    int argument_count;
} parsed;

enum { KEY_CELLS = 0x400 };
static const struct argp_option options[] = {
    {"cells", KEY_CELLS, "FILE", 0,
     "With --spool and without a sweep: only the runs of this .sweep file", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case KEY_CELLS:
        p->launching.cells = text;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->launching;
        state->child_inputs[1] = &p->slurm;
        return 0;
    case ARGP_KEY_ARG:
        if (!p->file)
            p->file = text;
        else
            p->arguments[p->argument_count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (!p->file && !p->launching.spool) argp_error(state, "which sweep? Its FILE is missing");
        if (p->launching.cells && (p->file || !p->launching.spool))
            argp_error(state, "--cells goes with --spool, and stands for the sweep's FILE");
        if (p->slurm.chosen && !p->file) argp_error(state, "--launcher slurm takes a sweep's FILE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int lab_cmd_sweep(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_launching_argp, 0, NULL, 0}, {&lab_slurm_argp, 0, "Slurm:", 8}, {0}};
    static const struct argp argp = {
        options, parse_option, "FILE [KEY=VALUE...]\n--spool DIR", doc, children, 0, 0};
    parsed p = {.launching = lab_launching_defaults(),
                .arguments = lab_heap_take(argc * (isize)sizeof *p.arguments)};
    lab_engine engine = {0};
    lab_sweep sweep = {0};
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    lab_status status = lab_engine_init(&engine, p.launching.data, &err);
    lab_data_source source = lab_engine_data(&engine);
    source.plan = lab_estimate_config;
    if (status == LAB_OK && p.launching.cells)
        status = lab_spool_sweep_read(&sweep, p.launching.cells, &err);
    else if (status == LAB_OK && !p.file)
        status = lab_spool_cells(&sweep, p.launching.spool, &err);
    else if (status == LAB_OK)
        status = lab_sweep_read(&sweep, p.file, p.arguments, p.argument_count, source, &err);
    int code = LAB_EXIT_DONE;
    if (status != LAB_OK)
        code = lab_cli_fail(status, &err);
    else if (p.slurm.chosen)
        code = lab_slurm_go(&p.slurm, &p.launching, &engine, &sweep);
    else
        code = lab_launching_go(&p.launching, &engine, &sweep);
    lab_sweep_finish(&sweep);
    lab_engine_finish(&engine);
    lab_heap_free(p.arguments);
    return code;
}
