/* patchlaw fit: a scaling law, its intervals, and what speaks against it. */
#include "cli/cli.h"
#include "cli/fit.h"
#include "cli/studying.h"
#include "study/keep.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const char doc[] =
    "Fits a law to the rows of a query, with bootstrap intervals, from many starts, and keeps the "
    "fit in the ledger. Without a query the runs of the view law_points are fitted (links: those "
    "of loss_vs_accuracy). A query is SQL or the name of a saved one; it has a column for each "
    "variable of the law, and may have run (name of the row), C (compute), seed, setting (shared "
    "by runs that differ in their seed alone), cluster (rows that are drawn together), protocol "
    "(what has to be equal for losses to compare) and lr_final_share."
    "\vExamples:\n"
    "  patchlaw fit --list\n"
    "  patchlaw fit chinchilla\n"
    "  patchlaw fit chinchilla 'SELECT * FROM law_points WHERE width >= 48' --let N=N_head\n"
    "  patchlaw fit overtrained c4       (that patchlaw sql --save c4 'SELECT ...' has kept)\n"
    "  patchlaw fit offset --draws 4000 --at x=1e15\n"
    "  patchlaw fit chinchilla --loss asymmetric --over 10 --residual plain\n"
    "  patchlaw fit sigmoid --fix high=0.9\n"
    "  patchlaw fit chinchilla --strict --target 1e18 && echo nothing speaks against it\n"
    "  patchlaw import runs chinchilla.csv --map 'N=params' --map 'D=tokens' --map 'C=flops' &&\n"
    "    patchlaw fit chinchilla --starts all --at N=70e9,D=1.4e12\n"
    "  patchlaw sql 'SELECT * FROM fit_parameters'\n\n"
    "Exit codes: 0 done; 1 no fit could be made, or a check failed and --strict was given; 2 law, "
    "option or query; 3 the ledger.";

enum {
    KEY_LIST = 'l',
    KEY_AT = 'a',
    KEY_DRY = 0x400,
    KEY_STRICT,
    KEY_ROWS,
    KEY_TARGET,
    KEY_HOLDOUT
};

static const struct argp_option options[] = {
    {"list", KEY_LIST, NULL, 0, "List the laws", 0},
    {"at", KEY_AT, "NAME=VALUE,...", 0, "Predict there; may be given again", 0},
    {"rows", KEY_ROWS, NULL, 0, "Print every row with what the law says of it, and those excluded",
     0},
    {"holdout", KEY_HOLDOUT, NULL, 0, "Leave runs out, and hold what the rest says against them",
     0},
    {"target", KEY_TARGET, "FLOPS", 0, "The compute that the law is asked about, for the checks",
     0},
    {"dry-run", KEY_DRY, NULL, 0, "Do not keep the fit in the ledger", 0},
    {"strict", KEY_STRICT, NULL, 0,
     "Exit 1 where a check fails, or a place of --at lies more than a decade beyond the rows", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    lab_studying studying;
    const char *law, *query, *ats[LAB_FIT_AT_MAX];
    int at_count;
    double target;
    bool list, dry, strict, rows, holdout;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        state->child_inputs[2] = &p->studying;
        return 0;
    case KEY_LIST:
        p->list = true;
        return 0;
    case KEY_AT:
        if (p->at_count == LAB_FIT_AT_MAX) argp_error(state, "--at: more than %d", LAB_FIT_AT_MAX);
        p->ats[p->at_count++] = text;
        return 0;
    case KEY_DRY:
        p->dry = true;
        return 0;
    case KEY_STRICT:
        p->strict = true;
        return 0;
    case KEY_TARGET:
        p->target = lab_cli_real(state, "--target", text, 0, (double)INFINITY);
        return 0;
    case KEY_HOLDOUT:
        p->holdout = true;
        return 0;
    case KEY_ROWS:
        p->rows = true;
        return 0;
    case ARGP_KEY_ARG:
        if (p->query) argp_error(state, "a law and one query; quote a query with blanks in it");
        *(p->law ? &p->query : &p->law) = text;
        return 0;
    case ARGP_KEY_END:
        if (!p->law && !p->list) argp_error(state, "which law? patchlaw fit --list has them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int list_laws(lab_form form)
{
    lab_table table = {0};
    lab_table_column(&table, "law");
    lab_table_column(&table, "formula");
    lab_table_column(&table, "what");
    for (int i = 0; lab_law_at(i); i++) {
        lab_table_text(&table, lab_law_at(i)->name);
        lab_table_text(&table, lab_law_at(i)->formula);
        lab_table_text(&table, lab_law_at(i)->about);
    }
    lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
    return LAB_EXIT_DONE;
}

static lab_status fit_one(const parsed *p, lab_ledger *ledger, int *exit, lab_error *err)
{
    const lab_law *law = NULL;
    lab_study *study = NULL;
    lab_review review = {0};
    lab_fit_places places = {.words = p->ats, .count = p->at_count};
    int64_t fit_id = 0;
    bool kept = false;
    lab_status status = lab_studying_law(&law, p->law, err);
    if (status == LAB_OK) status = lab_fit_places_read(&places, law, err);
    if (status == LAB_OK)
        status = lab_studying_open(&study, ledger, &p->studying, law, p->query, err);
    if (status == LAB_OK) study->wish.target = p->target;
    if (status == LAB_OK) lab_review_init(&review, study);
    if (status == LAB_OK && !study->fit.reason && !p->dry)
        status = lab_study_keep(study, &review, ledger, &fit_id, &kept, err);
    if (status == LAB_OK) {
        lab_fit_print(study, &review,
                      &(lab_fit_form){.form = p->common.form,
                                      .places = &places,
                                      .rows = p->rows,
                                      .holdout = p->holdout,
                                      .kept = !p->dry});
        bool far = !study->fit.reason && lab_fit_places_far(&places, study) > 0;
        if (study->fit.reason || (p->strict && (review.failed > 0 || far))) *exit = LAB_EXIT_FAILED;
    }
    lab_review_finish(&review);
    lab_study_close(&study);
    return status;
}

int lab_cmd_fit(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0},
                                                 {&lab_cli_form_argp, 0, NULL, 0},
                                                 {&lab_studying_argp, 0, "The fit:", 4},
                                                 {0}};
    static const struct argp argp = {options, parse_option, "LAW [QUERY]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(), .studying = lab_studying_defaults()};
    lab_ledger *ledger = NULL;
    lab_error err;
    int exit = LAB_EXIT_DONE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    if (p.list) return list_laws(p.common.form);
    lab_status status = LAB_OK;
    if (!p.dry && access(p.common.ledger, F_OK) == 0)
        status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_WRITE, &err);
    else
        status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    if (status == LAB_OK) status = fit_one(&p, ledger, &exit, &err);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? exit : lab_cli_fail(status, &err);
}
