/* patchlaw ablation [KEY]: what each key does to loss and accuracy, all else equal but the seed. */
#include "base/nearest.h"
#include "base/text.h"
#include "cli/cli.h"
#include "report/report.h"
#include "study/ablation.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Shows what each key does to the final loss and to the best probes, all other keys equal: one "
    "row for each two values of it and each setting of the other keys, and one over all these "
    "settings."
    "\vSeeds are paired where both sides have them, else the groups compare by Welch's test. Over "
    "several settings n counts the seeds that all have, each with its mean over the settings; "
    "where they do not share two seeds, the settings, each with its mean over seeds. protocol "
    "tells losses of other data, patches, targets or evaluations apart, over which nothing is "
    "averaged, and ways of probing. "
    "low and high hold 95 % of Student's intervals; p is that of the t test, p_permutation "
    "supposes "
    "no form, p_holm counts that it is one of as many tests as family says: those of one key and "
    "one outcome, over all settings, or, apart from these, in single ones. Verdicts go by p_holm "
    "below 0.05. detectable is the smallest difference that so many seeds find in 8 of 10 cases; "
    "seeds_needed would find the difference that was seen.\n\n"
    "Examples:\n"
    "  patchlaw ablation\n"
    "  patchlaw ablation optim.weight_decay --sweep decay\n"
    "  patchlaw ablation model.width --csv > width.csv\n"
    "  patchlaw ablation --paper --sweep table_3b --json\n\n"
    "patchlaw report ablation draws it.";

enum { KEY_SWEEP = 256, KEY_PAPER };

static const struct argp_option options[] = {
    {"paper", KEY_PAPER, NULL, 0,
     "Claims of papers that files of sweeps hold (paper:), beside our runs: same sign or not", 0},
    {"sweep", KEY_SWEEP, "NAME", 0, "Only the runs of this sweep, the newest of that name", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    lab_ablation_wish wish;
    bool paper;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_PAPER:
        p->paper = true;
        return 0;
    case KEY_SWEEP:
        p->wish.sweep = text;
        return 0;
    case ARGP_KEY_ARG:
        if (p->wish.key) argp_error(state, "one key at a time: %s, then %s", p->wish.key, text);
        p->wish.key = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the table ---- */

/* Short for people, all digits for programs. */
static void put_real(lab_table *table, int digits, double value)
{
    char shown[32];
    if (isnan(value)) {
        lab_table_null(table);
        return;
    }
    (void)snprintf(shown, sizeof shown, "%.*g", digits, value);
    lab_table_number(table, value, shown);
}

static void put_words(lab_table *table, const char *words)
{
    if (*words)
        lab_table_text(table, words);
    else
        lab_table_null(table);
}

static void put_context(lab_table *table, const lab_contrast *c)
{
    char words[64];
    (void)snprintf(words, sizeof words, "all %td contexts", c->contexts);
    put_words(table, c->contexts > 1 ? words : c->context);
}

static void put_contrast(lab_table *table, const lab_contrast *c)
{
    lab_text words = {0};
    lab_table_text(table, c->a->key);
    lab_table_text(table, c->a->value);
    lab_table_text(table, c->b->value);
    put_context(table, c);
    lab_table_text(table, c->a->outcome);
    put_words(table, c->protocol);
    lab_table_int(table, c->groups.n_a);
    lab_table_int(table, c->groups.n_b);
    lab_table_text(table, c->groups.paired ? "paired" : "Welch");
    put_real(table, 5, c->effect.a.mean);
    put_real(table, 5, c->effect.b.mean);
    put_real(table, 5, c->effect.difference);
    put_real(table, 5, c->effect.interval.low);
    put_real(table, 5, c->effect.interval.high);
    put_real(table, 2, c->effect.p);
    put_real(table, 2, c->permutation.p);
    put_real(table, 2, c->p_holm);
    lab_table_int(table, c->family);
    put_real(table, 2, c->detectable);
    if (c->seeds > 0)
        lab_table_int(table, c->seeds);
    else
        lab_table_null(table);
    lab_contrast_words(&words, c);
    lab_table_text(table, lab_text_of(&words));
    lab_text_finish(&words);
}

static void print(const lab_ablation *ablation, lab_form form)
{
    static const char *const columns[] = {"key",     "a",        "b",          "context",
                                          "outcome", "protocol", "n_a",        "n_b",
                                          "test",    "mean_a",   "mean_b",     "b_less_a",
                                          "low",     "high",     "p",          "p_permutation",
                                          "p_holm",  "family",   "detectable", "seeds_needed",
                                          "verdict"};
    lab_table table = {0};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        lab_table_column(&table, columns[i]);
    for (isize i = 0; i < lab_ablation_count(ablation); i++)
        put_contrast(&table, lab_ablation_at(ablation, i));
    lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
}

static void tell_left_out(const lab_ablation *ablation, const char *ledger)
{
    lab_text words = {0};
    lab_ablation_left_out(&words, ablation);
    if (words.length > 0) (void)fprintf(stderr, "%s: %s\n", ledger, lab_text_of(&words));
    lab_text_finish(&words);
}

/* ---- nothing to show ---- */

static lab_status no_contrast(const parsed *p, lab_ledger *ledger, lab_error *err)
{
    lab_ablation *all = NULL;
    lab_nearest nearest = lab_nearest_to(p->wish.key);
    lab_text keys = {0};
    const char *last = "";
    lab_status status =
        lab_ablation_read(&all, ledger, &(lab_ablation_wish){.sweep = p->wish.sweep}, err);
    if (status != LAB_OK) return status;
    for (isize i = 0; i < lab_ablation_count(all); i++) {
        const char *key = lab_ablation_at(all, i)->a->key;
        if (strcmp(key, last) == 0) continue;
        lab_text_add(&keys, "%s%s", *last ? ", " : "", key);
        lab_nearest_offer(&nearest, key);
        last = key;
    }
    status = lab_fail(err, LAB_ERR_CONFIG,
                      "no two finished runs differ in '%.80s' alone, but for their seed%s%s; keys "
                      "of which there are such runs: %s",
                      p->wish.key, *nearest.name ? "; the nearest is " : "", nearest.name,
                      keys.length ? lab_text_of(&keys) : "none");
    lab_text_finish(&keys);
    lab_ablation_close(&all);
    return status;
}

/* ---- beside papers ---- */

static lab_status print_papers(const parsed *p, lab_ledger *ledger, lab_error *err)
{
    lab_query *query = NULL;
    lab_table table = {0};
    bool more = false;
    lab_status status = lab_query_open(&query, ledger, "reports", "paper_effects", err);
    if (status != LAB_OK) return status;
    lab_query_bind_text(query, ":sweep", p->wish.sweep);
    status = lab_cli_rows(query, 0, &table, &more, err);
    if (status == LAB_OK) lab_table_print(&table, p->common.form, stdout);
    lab_table_finish(&table);
    lab_query_close(&query);
    return status;
}

int lab_cmd_ablation(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "[KEY]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_ablation *ablation = NULL;
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    if (status == LAB_OK) status = lab_report_check_sweep(ledger, p.wish.sweep, &err);
    if (p.paper) {
        if (status == LAB_OK) status = print_papers(&p, ledger, &err);
        lab_ledger_close(&ledger);
        return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
    }
    if (status == LAB_OK) status = lab_ablation_read(&ablation, ledger, &p.wish, &err);
    if (status == LAB_OK && p.wish.key && lab_ablation_count(ablation) == 0)
        status = no_contrast(&p, ledger, &err);
    if (status == LAB_OK) {
        lab_ablation_weigh(ablation, NULL);
        print(ablation, p.common.form);
        tell_left_out(ablation, p.common.ledger);
        if (lab_ablation_count(ablation) == 0)
            (void)fprintf(stderr,
                          "%s: no two finished runs differ in one key alone, but for their "
                          "seed\n",
                          p.common.ledger);
    }
    lab_ablation_close(&ablation);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
