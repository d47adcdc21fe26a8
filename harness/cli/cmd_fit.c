/* patchlaw fit: a scaling law, its intervals, and what speaks against it. */
#include "base/heap.h"
#include "base/nearest.h"
#include "base/terminal.h"
#include "cli/cli.h"
#include "cli/fit.h"
#include "cli/sql.h"
#include "study/keep.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Fits a law to the rows of a query, with bootstrap intervals, from many starts, and keeps the "
    "fit in the ledger. Without a query the runs of the view law_points are fitted (links: those "
    "of "
    "loss_vs_accuracy). A query is SQL or the name of a saved one; it has a column for each "
    "variable "
    "of the law, and may have run (name of the row), C (compute), seed, setting (shared by runs "
    "that "
    "differ in their seed alone), cluster (rows that are drawn together), protocol (what has to be "
    "equal for losses to compare) and lr_final_share."
    "\vExamples:\n"
    "  patchlaw fit --list\n"
    "  patchlaw fit chinchilla\n"
    "  patchlaw fit chinchilla 'SELECT * FROM law_points WHERE width >= 48' --let N=N_head\n"
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
    KEY_LET = 0x400,
    KEY_LOSS,
    KEY_DELTA,
    KEY_OVER,
    KEY_RESIDUAL,
    KEY_STARTS,
    KEY_DRAWS,
    KEY_SEED,
    KEY_BY,
    KEY_FIX,
    KEY_CONFIDENCE,
    KEY_DRY,
    KEY_STRICT,
    KEY_TARGET,
    KEY_ROWS
};
enum { LETS_MAX = 16, FIXES_MAX = LAB_LAW_PARAMETERS };

static const struct argp_option options[] = {
    {"list", KEY_LIST, NULL, 0, "List the laws", 0},
    {"let", KEY_LET, "VARIABLE=COLUMN", 0, "Take the variable from that column of the query", 0},
    {"loss", KEY_LOSS, "LOSS", 0,
     "huber (default for sums of powers), squares (default for links) or asymmetric", 0},
    {"delta", KEY_DELTA, "D", 0, "Where huber turns from squares to a line (default 1e-3)", 0},
    {"over", KEY_OVER, "F", 0,
     "How many times dearer a prediction above what was seen is, with asymmetric (default 10)", 0},
    {"residual", KEY_RESIDUAL, "KIND", 0, "log (default for sums of powers) or plain", 0},
    {"starts", KEY_STARTS, "N", 0, "Searches, or all of the grid (default 450)", 0},
    {"draws", KEY_DRAWS, "N", 0, "Of the bootstrap (default 2000)", 0},
    {"seed", KEY_SEED, "N", 0, "Of the bootstrap (default 0)", 0},
    {"by", KEY_BY, "UNIT", 0, "Draw each run alone (default), or all seeds of a setting together",
     0},
    {"fix", KEY_FIX, "NAME=VALUE", 0, "Give a parameter instead of fitting it", 0},
    {"confidence", KEY_CONFIDENCE, "P", 0, "Of intervals (default 0.95)", 0},
    {"at", KEY_AT, "NAME=VALUE,...", 0, "Predict there; may be given again", 0},
    {"target", KEY_TARGET, "FLOPS", 0, "The compute that the law is asked about, for the checks",
     0},
    {"rows", KEY_ROWS, NULL, 0, "Print every row with what the law says of it, and those excluded",
     0},
    {"dry-run", KEY_DRY, NULL, 0, "Do not keep the fit in the ledger", 0},
    {"strict", KEY_STRICT, NULL, 0, "Exit 1 where a check fails", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    const char *law, *query, *fixes[FIXES_MAX], *ats[LAB_FIT_AT_MAX];
    lab_sample_let lets[LETS_MAX];
    int let_count, fix_count, at_count, draws, starts, loss, residual;
    double delta, over, confidence, target;
    uint64_t seed;
    bool list, by_setting, dry, strict, rows;
} parsed;

static double real(struct argp_state *state, const char *option, const char *text, double above,
                   double below)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (!*text || *end || !(value > above && value < below))
        argp_error(state, "%s: '%s' is no number above %g and below %g", option, text, above,
                   below);
    return value;
}

static int one_of(struct argp_state *state, const char *option, const char *text,
                  const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) return i;
    lab_text all = {0};
    for (int i = 0; words[i]; i++) lab_text_add(&all, "%s%s", i ? ", " : "", words[i]);
    argp_error(state, "%s: '%s' is none of %s", option, text, lab_text_of(&all));
    return 0;
}

static void add_let(parsed *p, char *text, struct argp_state *state)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        argp_error(state, "--let: '%s' is not VARIABLE=COLUMN", text);
    if (p->let_count == LETS_MAX) argp_error(state, "--let: more than %d", LETS_MAX);
    p->lets[p->let_count++] = (lab_sample_let){text, equals + 1};
}

static void read_number(parsed *p, int key, const char *text, struct argp_state *state)
{
    switch (key) {
    case KEY_DELTA:
        p->delta = real(state, "--delta", text, 0, (double)INFINITY);
        break;
    case KEY_OVER:
        p->over = real(state, "--over", text, 0, (double)INFINITY);
        break;
    case KEY_TARGET:
        p->target = real(state, "--target", text, 0, (double)INFINITY);
        break;
    case KEY_CONFIDENCE:
        p->confidence = real(state, "--confidence", text, 0, 1);
        break;
    case KEY_DRAWS:
        p->draws = lab_cli_int(state, "--draws", text, 2, 1000000);
        break;
    case KEY_SEED:
        p->seed = (uint64_t)lab_cli_int(state, "--seed", text, 0, 2147483647);
        break;
    default:
        p->starts = strcmp(text, "all") == 0 ? LAB_STARTS_ALL
                                             : lab_cli_int(state, "--starts", text, 1, 1000000);
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    static const char *const losses[] = {"huber", "squares", "asymmetric", NULL};
    static const char *const residuals[] = {"log", "plain", NULL};
    static const char *const units[] = {"run", "setting", NULL};
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_LIST:
        p->list = true;
        return 0;
    case KEY_LET:
        add_let(p, text, state);
        return 0;
    case KEY_LOSS:
        p->loss = one_of(state, "--loss", text, losses);
        return 0;
    case KEY_RESIDUAL:
        p->residual = one_of(state, "--residual", text, residuals);
        return 0;
    case KEY_BY:
        p->by_setting = one_of(state, "--by", text, units) == 1;
        return 0;
    case KEY_FIX:
        if (p->fix_count == FIXES_MAX) argp_error(state, "--fix: more than a law has parameters");
        p->fixes[p->fix_count++] = text;
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
    case KEY_ROWS:
        p->rows = true;
        return 0;
    case KEY_DELTA:
    case KEY_OVER:
    case KEY_CONFIDENCE:
    case KEY_TARGET:
    case KEY_DRAWS:
    case KEY_SEED:
    case KEY_STARTS:
        read_number(p, key, text, state);
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

/* ---- from words to a wish ---- */

static lab_status find_law(const lab_law **law, const char *name, lab_error *err)
{
    lab_nearest nearest = lab_nearest_to(name);
    *law = lab_law_find(name);
    if (*law) return LAB_OK;
    for (int i = 0; lab_law_at(i); i++) lab_nearest_offer(&nearest, lab_law_at(i)->name);
    return lab_fail(err, LAB_ERR_CONFIG, "'%.80s' is no law%s%s; patchlaw fit --list has them",
                    name, *nearest.name ? "; the nearest is " : "", nearest.name);
}

static lab_status fix(lab_fit_options *fit, const lab_law *law, const char *words, lab_error *err)
{
    char name[32];
    const char *equals = strchr(words, '=');
    char *end = NULL;
    int bytes = equals ? (int)(equals - words) : 0;
    (void)snprintf(name, sizeof name, "%.*s", bytes, words);
    double value = equals ? strtod(equals + 1, &end) : 0;
    if (!equals || !equals[1] || *end || !isfinite(value))
        return lab_fail(err, LAB_ERR_CONFIG, "--fix: '%.80s' is not NAME=VALUE", words);
    int p = lab_law_parameter_find(law, name);
    if (p < 0)
        return lab_fail(err, LAB_ERR_CONFIG, "--fix: law %s, %s, has no parameter '%s'", law->name,
                        law->formula, name);
    if (law->parameter[p].log && !(value > 0))
        return lab_fail(err, LAB_ERR_CONFIG, "--fix: %s has to be above 0", name);
    fit->fixed |= 1u << p;
    fit->fixed_theta[p] = lab_law_theta(law, p, value);
    return LAB_OK;
}

static lab_status make_wish(lab_study_wish *wish, const parsed *p, const lab_law *law,
                            const char *query, lab_error *err)
{
    lab_loss loss = lab_study_loss(law);
    lab_status status = LAB_OK;
    if (p->loss >= 0) loss.kind = (lab_loss_kind)p->loss;
    if (loss.kind == LAB_LOSS_HUBER) loss.delta = p->delta;
    if (loss.kind == LAB_LOSS_ASYMMETRIC) loss = (lab_loss){.kind = loss.kind, .over = p->over};
    if (p->residual == 0 && law->kind != LAB_LAW_POWERS)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "--residual log: law %s can be 0 and below; its residuals are plain",
                        law->name);
    *wish = (lab_study_wish){.law = law,
                             .query = query,
                             .lets = p->lets,
                             .let_count = p->let_count,
                             .fit = {.loss = loss, .starts = p->starts},
                             .plain = p->residual == 1,
                             .by_setting = p->by_setting,
                             .draws = p->draws,
                             .seed = p->seed,
                             .confidence = p->confidence};
    for (int i = 0; status == LAB_OK && i < p->fix_count; i++)
        status = fix(&wish->fit, law, p->fixes[i], err);
    return status;
}

/* A word alone is the name of a saved query. */
static lab_status find_query(lab_text *text, lab_ledger *ledger, const char *query, lab_error *err)
{
    if (strpbrk(query, " \t\n")) {
        lab_text_put(text, query);
        return LAB_OK;
    }
    return lab_saved_find(ledger, query, text, err);
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
    lab_study_wish wish;
    lab_text query = {0};
    lab_fit_places places = {.words = p->ats, .count = p->at_count};
    int64_t fit_id = 0;
    bool kept = false;
    lab_status status = find_law(&law, p->law, err);
    if (status == LAB_OK && p->query) status = find_query(&query, ledger, p->query, err);
    if (status == LAB_OK)
        status = make_wish(&wish, p, law, p->query ? lab_text_of(&query) : NULL, err);
    if (status == LAB_OK) status = lab_fit_places_read(&places, law, err);
    if (status == LAB_OK) status = lab_study_open(&study, ledger, &wish, err);
    if (status == LAB_OK) lab_review_init(&review, study, p->target);
    if (status == LAB_OK && !study->fit.reason && !p->dry)
        status = lab_study_keep(study, &review, ledger, &fit_id, &kept, err);
    if (status == LAB_OK) {
        lab_fit_print(
            study, &review,
            &(lab_fit_form){
                .form = p->common.form, .places = &places, .rows = p->rows, .kept = !p->dry});
        if (study->fit.reason || (p->strict && review.failed > 0)) *exit = LAB_EXIT_FAILED;
    }
    lab_review_finish(&review);
    lab_study_close(&study);
    lab_text_finish(&query);
    return status;
}

int lab_cmd_fit(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "LAW [QUERY]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(),
                .loss = -1,
                .residual = -1,
                .delta = 1e-3,
                .over = 10,
                .confidence = 0.95};
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
