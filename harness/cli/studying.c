#include "cli/studying.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/sql.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_LET = 0x500,
    KEY_LOSS,
    KEY_DELTA,
    KEY_OVER,
    KEY_RESIDUAL,
    KEY_STARTS,
    KEY_DRAWS,
    KEY_SEED,
    KEY_BY,
    KEY_FIX,
    KEY_CONFIDENCE
};

static const struct argp_option options[] = {
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
    {0}};

lab_studying lab_studying_defaults(void)
{
    return (lab_studying){
        .loss = -1, .residual = -1, .delta = 1e-3, .over = 10, .confidence = 0.95};
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

static void add_let(lab_studying *p, char *text, struct argp_state *state)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        argp_error(state, "--let: '%s' is not VARIABLE=COLUMN", text);
    if (p->let_count == LAB_STUDYING_LETS)
        argp_error(state, "--let: more than %d", LAB_STUDYING_LETS);
    p->lets[p->let_count++] = (lab_sample_let){text, equals + 1};
}

static void read_number(lab_studying *p, int key, const char *text, struct argp_state *state)
{
    switch (key) {
    case KEY_DELTA:
        p->delta = lab_cli_real(state, "--delta", text, 0, (double)INFINITY);
        break;
    case KEY_OVER:
        p->over = lab_cli_real(state, "--over", text, 0, (double)INFINITY);
        break;
    case KEY_CONFIDENCE:
        p->confidence = lab_cli_real(state, "--confidence", text, 0, 1);
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
    lab_studying *p = state->input;
    switch (key) {
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
        if (p->fix_count == LAB_STUDYING_FIXES)
            argp_error(state, "--fix: more than a law has parameters");
        p->fixes[p->fix_count++] = text;
        return 0;
    case KEY_DELTA:
    case KEY_OVER:
    case KEY_CONFIDENCE:
    case KEY_DRAWS:
    case KEY_SEED:
    case KEY_STARTS:
        read_number(p, key, text, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
const struct argp lab_studying_argp = {options, parse_option, 0, 0, 0, 0, 0};

/* ---- from words to a wish ---- */

lab_status lab_studying_law(const lab_law **law, const char *name, lab_error *err)
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

static lab_status make_wish(lab_study_wish *wish, const lab_studying *p, const lab_law *law,
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
                             .beside = p->beside,
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

lab_status lab_studying_open(lab_study **out, lab_ledger *ledger, const lab_studying *asked,
                             const lab_law *law, const char *query, lab_error *err)
{
    lab_study_wish wish;
    lab_text text = {0};
    lab_status status = query ? find_query(&text, ledger, query, err) : LAB_OK;
    *out = NULL;
    if (status == LAB_OK)
        status = make_wish(&wish, asked, law, query ? lab_text_of(&text) : NULL, err);
    if (status == LAB_OK) status = lab_study_open(out, ledger, &wish, err);
    if (status == LAB_OK && asked->by_setting && !(*out)->wish.by_setting) {
        lab_study_close(out);
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "--by setting: seeds of a setting can only be drawn together where the "
                          "query has a column setting; add one, or draw by run");
    }
    lab_text_finish(&text);
    return status;
}
