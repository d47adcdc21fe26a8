/* patchlaw plan: the best use of a budget, the runs to make next, and how predictions came out. */
#include "base/file.h"
#include "cli/cli.h"
#include "cli/plan.h"
#include "cli/studying.h"
#include "launch/estimate.h"
#include "launch/host.h"
#include "study/keep.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Fits a surface as patchlaw fit does, tells the size and the data that a budget is best spent "
    "on, and with --base CONFIG which runs to make next: those that take most off the variance of "
    "a "
    "target for their FLOPs, within 4 times of what was run. --out writes them as a sweep file and "
    "their expected losses into the ledger, before they run; --score tells how such predictions "
    "came "
    "out. A budget is FLOPs (1e15, 3T, 40GFLOPs) or time on this machine (2h, 1h30m, 45s), by the "
    "rate of its finished runs. Runs of a plan that are done are never planned again, nor, without "
    "--seeds, one of the same size within 2 % of the FLOPs of a finished one."
    "\vExamples:\n"
    "  patchlaw plan --budget 1e15\n"
    "  patchlaw plan --budget 2h --base configs/pretrain/fashion_mnist.yaml\n"
    "  patchlaw plan --budget 30m --base configs/pretrain/fashion_mnist.yaml \\\n"
    "    --lr '0.006 * pow(model.width / 64, -0.5)' --target loss --out next.yaml\n"
    "  patchlaw sweep next.yaml --dry-run\n"
    "  patchlaw sweep next.yaml && patchlaw plan --score next\n"
    "  patchlaw fit chinchilla without_held_out\n"
    "  patchlaw plan --budget 1e13 --link sigmoid\n"
    "  patchlaw plan --budget 1e13 'SELECT * FROM law_points WHERE width >= 32' --let N=N_head\n"
    "  patchlaw sql 'SELECT * FROM calibration'\n\n"
    "Exit codes: 0 done; 1 no fit could be made; 2 option, query, config, or a file that is "
    "there; 3 the ledger or the engine.";

enum {
    KEY_BUDGET = 'b',
    KEY_OUT = 'o',
    KEY_LAW = 0x600,
    KEY_BASE,
    KEY_SIZES,
    KEY_LR,
    KEY_TARGET,
    KEY_TARGET_COMPUTE,
    KEY_CELLS,
    KEY_SEEDS,
    KEY_BOLD,
    KEY_CORES,
    KEY_NAME,
    KEY_FORCE,
    KEY_LINK,
    KEY_DATA,
    KEY_SCORE
};
enum { CELLS_DEFAULT = 6, SEEDS_MAX = 16 };

static const struct argp_option options[] = {
    {"budget", KEY_BUDGET, "FLOPS|TIME", 0, "What may be spent", 0},
    {"law", KEY_LAW, "LAW", 0, "A surface: chinchilla (default) or overtrained", 0},
    {"base", KEY_BASE, "CONFIG", 0, "Propose runs that differ from this one in size and steps", 0},
    {"sizes", KEY_SIZES, "LIST", 0,
     "Widths that they may have, WIDTH[/HEADS[/DEPTH]],... (default: by sqrt(2) about the base's)",
     0},
    {"lr", KEY_LR, "EXPRESSION", 0,
     "Their optim.lr_peak, as derive of a sweep file has it (default: the base's)", 0},
    {"target", KEY_TARGET, "WHAT", 0,
     "What they are to tell: N, the best size (default), loss, the least loss, or a parameter of "
     "the "
     "law",
     0},
    {"target-compute", KEY_TARGET_COMPUTE, "FLOPS", 0,
     "The compute that the target speaks of (default: the budget)", 0},
    {"cells", KEY_CELLS, "K", 0, "Settings, at most (default 6)", 0},
    {"seeds", KEY_SEEDS, "S", 0, "Runs of each setting (default 1)", 0},
    {"bold", KEY_BOLD, NULL, 0, "Go further than 4 times beyond what was run", 0},
    {"cores", KEY_CORES, "N", 0, "That a budget in time counts on (default: those of this process)",
     0},
    {"out", KEY_OUT, "FILE", 0, "Write the sweep file, and the predictions into the ledger", 0},
    {"name", KEY_NAME, "NAME", 0, "Of the plan and its sweep (default: that of the file)", 0},
    {"force", KEY_FORCE, NULL, 0, "Replace a file that is another one", 0},
    {"link", KEY_LINK, "LAW", 0,
     "Tell the error that goes with the loss, too: sigmoid or exponential", 0},
    {"data", KEY_DATA, "DIR", 0, "Folder of data sets (default: $PATCHLAW_DATA, else data)", 0},
    {"score", KEY_SCORE, NULL, 0, "Tell how the predictions of plan NAME, or of each, came out", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    lab_studying studying;
    const char *law, *link, *query, *out, *name, *data, *budget, *target_compute;
    lab_next_wish wish;
    bool force, score;
} parsed;

static error_t parse_words(parsed *p, int key, char *text)
{
    switch (key) {
    case KEY_BUDGET:
        p->budget = text;
        return 0;
    case KEY_LAW:
        p->law = text;
        return 0;
    case KEY_BASE:
        p->wish.base = text;
        return 0;
    case KEY_SIZES:
        p->wish.sizes = text;
        return 0;
    case KEY_LR:
        p->wish.lr = text;
        return 0;
    case KEY_TARGET:
        p->wish.wish.target = text;
        return 0;
    case KEY_TARGET_COMPUTE:
        p->target_compute = text;
        return 0;
    case KEY_OUT:
        p->out = text;
        return 0;
    case KEY_NAME:
        p->name = text;
        return 0;
    case KEY_LINK:
        p->link = text;
        return 0;
    case KEY_DATA:
        p->data = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void check(const parsed *p, struct argp_state *state)
{
    if (p->score) return;
    if (!p->budget) argp_error(state, "--budget is missing: FLOPs, as 1e15, or a time, as 2h");
    if (p->out && !p->wish.base)
        argp_error(state, "--out writes runs, which --base CONFIG proposes");
    if (p->name && !p->out) argp_error(state, "--name is that of a file: give --out FILE");
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        state->child_inputs[2] = &p->studying;
        return 0;
    case KEY_CELLS:
        p->wish.wish.cells = lab_cli_int(state, "--cells", text, 1, LAB_PROPOSAL_CELLS);
        return 0;
    case KEY_SEEDS:
        p->wish.wish.seeds = lab_cli_int(state, "--seeds", text, 1, SEEDS_MAX);
        return 0;
    case KEY_CORES:
        p->wish.cores = lab_cli_int(state, "--cores", text, 1, 65536);
        return 0;
    case KEY_BOLD:
        p->wish.wish.bold = true;
        return 0;
    case KEY_FORCE:
        p->force = true;
        return 0;
    case KEY_SCORE:
        p->score = true;
        return 0;
    case ARGP_KEY_ARG:
        if (p->query) argp_error(state, "one query; quote one with blanks in it");
        p->query = text;
        return 0;
    case ARGP_KEY_END:
        check(p, state);
        return 0;
    default:
        return parse_words(p, key, text);
    }
}

/* ---- files ---- */

/* The name of a file without folder and ending. */
static void stem(lab_text *out, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    lab_text_bytes(out, name, dot && dot > name ? dot - name : (isize)strlen(name));
}

/* How the file at path names its base. */
static lab_status name_base(lab_text *out, const char *path, const char *base, lab_error *err)
{
    char folder[PATH_MAX];
    lab_text words = {0};
    const char *slash = strrchr(path, '/');
    if (slash) lab_text_bytes(&words, path, slash + 1 - path);
    if (!realpath(slash ? lab_text_of(&words) : ".", folder)) {
        lab_text_finish(&words);
        return lab_fail(err, LAB_ERR_MISSING, "--out %s: its folder: %s", path, strerror(errno));
    }
    lab_text_clear(&words);
    lab_text_add(&words, "%s/", folder);
    lab_plan_file_relative(out, lab_text_of(&words), base);
    lab_text_finish(&words);
    return LAB_OK;
}

/* Writes the plan, unless it is there to the byte. */
static lab_status write_file(const parsed *p, const lab_next *next, const char *name,
                             lab_error *err)
{
    lab_text base = {0}, text = {0}, there = {0};
    lab_error ignored;
    lab_status status = name_base(&base, p->out, next->ladder.path, err);
    if (status == LAB_OK) {
        lab_next_text(next, name, lab_text_of(&base), &text);
        bool found = access(p->out, F_OK) == 0;
        bool same = found && lab_file_read(&there, p->out, 1, &ignored) == LAB_OK &&
                    strcmp(lab_text_of(&there), lab_text_of(&text)) == 0;
        if (found && !same && !p->force)
            status = lab_fail(err, LAB_ERR_CONFIG,
                              "%s is there and is another plan: --force replaces it, or give "
                              "another --out",
                              p->out);
        else if (!same)
            status = lab_file_write(p->out, &text, err);
    }
    lab_text_finish(&base);
    lab_text_finish(&text);
    lab_text_finish(&there);
    return status;
}

/* ---- plans ---- */

typedef struct {
    const parsed *p;
    lab_ledger *ledger;
    lab_engine engine;
    lab_study *study, *link;
    lab_next *next;
    lab_sweep cells;
    lab_text name;
    lab_predicted stored;
} planning;

static lab_status open_surface(planning *at, lab_error *err)
{
    const lab_law *law = NULL;
    lab_status status = lab_studying_law(&law, at->p->law, err);
    if (status == LAB_OK && !lab_optimum_knows(law))
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "--law %s: is no surface over N and D; chinchilla and overtrained are",
                          law->name);
    if (status == LAB_OK)
        status =
            lab_studying_open(&at->study, at->ledger, &at->p->studying, law, at->p->query, err);
    return status;
}

static lab_status open_link(planning *at, lab_error *err)
{
    const lab_law *law = NULL;
    lab_studying plain = lab_studying_defaults();
    plain.draws = at->p->studying.draws;
    plain.seed = at->p->studying.seed;
    plain.confidence = at->p->studying.confidence;
    plain.beside = at->study;
    lab_status status = lab_studying_law(&law, at->p->link, err);
    if (status == LAB_OK && law->kind == LAB_LAW_POWERS)
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "--link %s: is no link from loss to error; sigmoid and exponential are",
                          law->name);
    if (status == LAB_OK) status = lab_studying_open(&at->link, at->ledger, &plain, law, NULL, err);
    if (status == LAB_OK && at->link->fit.reason)
        status =
            lab_fail(err, LAB_ERR_CONFIG,
                     "--link %s: %s: %td runs have a loss and the error of a probe; probe more "
                     "trunks, or leave --link out",
                     law->name, at->link->fit.reason, at->link->sample.used);
    return status;
}

/* The file, the cells that it gives, and what is foretold of them. */
static lab_status keep(planning *at, lab_error *err)
{
    const parsed *p = at->p;
    lab_data_source source = lab_engine_data(&at->engine);
    lab_review review;
    int64_t fit_id = 0;
    bool there = false;
    source.plan = lab_estimate_config;
    lab_review_init(&review, at->study);
    lab_status status = write_file(p, at->next, lab_text_of(&at->name), err);
    if (status == LAB_OK) status = lab_sweep_read(&at->cells, p->out, NULL, 0, source, err);
    if (status == LAB_OK)
        status = lab_study_keep(at->study, &review, at->ledger, &fit_id, &there, err);
    if (status == LAB_OK)
        status = lab_predict_keep(&at->stored, at->ledger, at->study, fit_id,
                                  lab_text_of(&at->name), &at->next->proposal, &at->cells, err);
    lab_review_finish(&review);
    return status;
}

static lab_status plan(planning *at, lab_error *err)
{
    const parsed *p = at->p;
    lab_status status = open_surface(at, err);
    if (status != LAB_OK || at->study->fit.reason) return status;
    if (p->link) status = open_link(at, err);
    if (status == LAB_OK && p->wish.base) status = lab_engine_init(&at->engine, p->data, err);
    if (status == LAB_OK)
        status = lab_next_make(&at->next, at->study, at->ledger, &at->engine, &p->wish, err);
    if (status != LAB_OK) return status;
    at->study->wish.target = at->next->budget;
    const bool some = at->next->proposal.count > 0, write = some && p->out;
    if (p->name)
        lab_text_put(&at->name, p->name);
    else if (p->out)
        stem(&at->name, p->out);
    if (write)
        status = keep(at, err);
    else if (some)
        status = lab_next_cells(&at->cells, at->next, &at->engine, err);
    if (status == LAB_OK)
        lab_plan_print(at->next, &(lab_plan_form){.form = p->common.form,
                                                  .link = at->link,
                                                  .cells = some ? &at->cells : NULL,
                                                  .file = write ? p->out : NULL,
                                                  .name = lab_text_of(&at->name),
                                                  .stored = write ? &at->stored : NULL});
    return status;
}

static int go(const parsed *p, lab_ledger *ledger)
{
    planning at = {.p = p, .ledger = ledger};
    lab_error err;
    int code = LAB_EXIT_DONE;
    lab_status status = plan(&at, &err);
    if (status != LAB_OK)
        code = lab_cli_fail(status, &err);
    else if (at.study->fit.reason) {
        (void)lab_fail(&err, LAB_OK,
                       "no plan without a fit: %s: %td can be fitted, %td were excluded; patchlaw "
                       "fit %s lists them",
                       at.study->fit.reason, at.study->sample.used,
                       at.study->sample.count - at.study->sample.used, p->law);
        (void)lab_cli_fail(LAB_ERR_CONFIG, &err);
        code = LAB_EXIT_FAILED;
    }
    lab_next_finish(&at.next);
    lab_study_close(&at.link);
    lab_study_close(&at.study);
    lab_sweep_finish(&at.cells);
    lab_engine_finish(&at.engine);
    lab_text_finish(&at.name);
    return code;
}

static lab_status read_amounts(parsed *p, lab_error *err)
{
    lab_amount compute = {0};
    lab_status status = lab_amount_read(&p->wish.budget, "--budget", p->budget, err);
    if (status == LAB_OK && p->target_compute) {
        status = lab_amount_read(&compute, "--target-compute", p->target_compute, err);
        if (status == LAB_OK && !(compute.flops > 0))
            status = lab_fail(err, LAB_ERR_CONFIG, "--target-compute: '%s' is a time; give FLOPs",
                              p->target_compute);
    }
    p->wish.wish.compute = compute.flops;
    return status;
}

int lab_cmd_plan(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0},
                                                 {&lab_cli_form_argp, 0, NULL, 0},
                                                 {&lab_studying_argp, 0, "The fit:", 4},
                                                 {0}};
    static const struct argp argp = {
        options, parse_option, "--budget FLOPS|TIME [QUERY]\n--score [NAME]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(),
                .studying = lab_studying_defaults(),
                .law = "chinchilla",
                .wish = {.cores = lab_host_cores(),
                         .wish = {.target = "N", .cells = CELLS_DEFAULT, .seeds = 1}}};
    lab_ledger *ledger = NULL;
    lab_error err;
    int code = LAB_EXIT_DONE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    const bool write = p.out && access(p.common.ledger, F_OK) == 0;
    lab_status status = p.score ? LAB_OK : read_amounts(&p, &err);
    if (status == LAB_OK)
        status = lab_ledger_open(&ledger, p.common.ledger,
                                 write ? LAB_LEDGER_WRITE : LAB_LEDGER_READ, &err);
    if (status == LAB_OK && p.score) status = lab_plan_score(ledger, p.query, p.common.form, &err);
    if (status != LAB_OK)
        code = lab_cli_fail(status, &err);
    else if (!p.score)
        code = go(&p, ledger);
    lab_ledger_close(&ledger);
    return code;
}
