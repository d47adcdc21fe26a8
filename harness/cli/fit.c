#include "cli/fit.h"
#include "base/text.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

static lab_status bad_place(const char *words, const lab_law *law, lab_error *err)
{
    lab_text wanted = {0};
    for (int k = 0; k < law->columns; k++)
        lab_text_add(&wanted, "%s%s=VALUE", k ? "," : "", law->column[k]);
    lab_status status =
        lab_fail(err, LAB_ERR_CONFIG, "--at: '%.200s' is not %s, which law %s predicts from", words,
                 lab_text_of(&wanted), law->name);
    lab_text_finish(&wanted);
    return status;
}

static bool read_place(double *x, const char *words, const lab_law *law)
{
    for (int k = 0; k < LAB_LAW_COLUMNS; k++) x[k] = (double)NAN;
    for (const char *at = words; *at;) {
        char *end = NULL;
        size_t bytes = strcspn(at, "=");
        int column = 0;
        while (column < law->columns && (strlen(law->column[column]) != bytes ||
                                         strncmp(law->column[column], at, bytes) != 0))
            column++;
        if (column == law->columns || !at[bytes] || !isnan(x[column])) return false;
        x[column] = strtod(at + bytes + 1, &end);
        if (end == at + bytes + 1 || (*end && *end != ',')) return false;
        at = *end ? end + 1 : end;
    }
    return !lab_law_refuses(law, x, 1);
}

lab_status lab_fit_places_read(lab_fit_places *places, const lab_law *law, lab_error *err)
{
    for (int i = 0; i < places->count; i++)
        if (!read_place(places->x[i], places->words[i], law))
            return bad_place(places->words[i], law, err);
    return LAB_OK;
}

/* ---- sections ---- */

typedef struct {
    lab_form form;
    int printed; /* sections so far */
} printer;

/* One table under its name; in CSV, which holds one table, the parameters alone. */
static void print_section(printer *to, const char *name, const char *heading, lab_table *table)
{
    if (to->form == LAB_FORM_JSON) {
        (void)printf("%s\"%s\": ", to->printed ? ",\n" : "{", name);
        lab_table_print(table, LAB_FORM_JSON, stdout);
    } else if (to->form == LAB_FORM_CSV) {
        if (strcmp(name, "parameters") == 0) lab_table_print(table, LAB_FORM_CSV, stdout);
    } else if (table->count > 0) {
        (void)printf("%s%s%s\n%s", to->printed ? "\n" : "",
                     to->form == LAB_FORM_MARKDOWN ? "## " : "", heading,
                     to->form == LAB_FORM_MARKDOWN ? "\n" : "");
        lab_table_print(table, to->form, stdout);
    }
    to->printed++;
    lab_table_finish(table);
}

static void name_columns(lab_table *table, const char *const *names)
{
    for (; *names; names++) lab_table_column(table, *names);
}

/* Six digits for people, all of them for programs. */
static void put_real(lab_table *table, double value)
{
    char shown[32];
    if (isnan(value)) {
        lab_table_null(table);
        return;
    }
    (void)snprintf(shown, sizeof shown, "%.6g", value);
    lab_table_number(table, value, shown);
}

static void put_item(lab_table *table, const char *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void put_item(lab_table *table, const char *item, const char *format, ...)
{
    char words[512];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(words, sizeof words, format, list);
    va_end(list);
    lab_table_text(table, item);
    lab_table_text(table, words);
}

static void print_summary(printer *to, const lab_study *study, bool kept)
{
    const lab_fit *fit = &study->fit;
    lab_table table = {0};
    lab_text loss = {0};
    char uuid[33];
    lab_study_uuid(study, uuid);
    lab_text_put(&loss, lab_loss_name((int)fit->loss.kind));
    if (fit->loss.kind == LAB_LOSS_HUBER) lab_text_add(&loss, ", delta %g", fit->loss.delta);
    if (fit->loss.kind == LAB_LOSS_ASYMMETRIC) lab_text_add(&loss, ", over %g", fit->loss.over);
    name_columns(&table, (const char *const[]){"item", "value", NULL});
    put_item(&table, "law", "%s", fit->law->formula);
    put_item(&table, "fit", "%.12s%s", uuid, kept ? "" : " (not kept)");
    put_item(&table, "runs", "%td fitted, %td excluded", study->sample.used,
             study->sample.count - study->sample.used);
    if (fit->reason) {
        put_item(&table, "no fit", "%s", fit->reason);
    } else {
        put_item(&table, "loss", "%s, of residuals in %s%s", lab_text_of(&loss),
                 study->data.logs ? "log " : "", fit->law->response);
        put_item(&table, "objective", "%.10g, the sum over rows", fit->objective);
        put_item(&table, "starts", "%d, of which %d converged and %d (%.0f %%) reached the optimum",
                 fit->starts, fit->converged, fit->reached, 100.0 * fit->reached / fit->starts);
        put_item(&table, "residual sd", "%.4g%s", fit->residual_sd,
                 study->data.logs ? " in the logarithm" : "");
        put_item(&table, "condition", "%.3g", fit->condition);
        put_item(&table, "AICc, BIC", "%.2f, %.2f of normal residuals", fit->aicc, fit->bic);
        put_item(&table, "intervals", "%.4g %%, %d bootstrap draws of %td %s",
                 100 * study->wish.confidence, study->draws.count, study->draws.clusters,
                 study->wish.by_setting ? "settings" : "runs or clusters");
    }
    print_section(to, "summary", fit->law->about, &table);
    lab_text_finish(&loss);
}

static void print_parameters(printer *to, const lab_study *study)
{
    const lab_fit *fit = &study->fit;
    lab_table table = {0};
    name_columns(&table, (const char *const[]){"name", "value", "se", "low", "high", "note", NULL});
    for (int p = 0; p < fit->law->parameters; p++) {
        bool fixed = fit->fixed >> p & 1, bound = fit->at_bound >> p & 1;
        lab_interval interval = lab_draws_interval(&study->draws, p, study->wish.confidence);
        lab_table_text(&table, fit->law->parameter[p].name);
        put_real(&table, lab_law_value(fit->law, p, fit->theta[p]));
        put_real(&table, fixed ? (double)NAN : lab_draws_error(&study->draws, p));
        put_real(&table, fixed ? (double)NAN : interval.low);
        put_real(&table, fixed ? (double)NAN : interval.high);
        lab_table_text(&table, fixed   ? "given"
                               : bound ? "at its bound: not known"
                                       : fit->law->parameter[p].about);
    }
    print_section(to, "parameters", "Parameters", &table);
}

static void print_basins(printer *to, const lab_study *study)
{
    const lab_fit *fit = &study->fit;
    lab_table table = {0};
    lab_table_column(&table, "objective");
    lab_table_column(&table, "starts");
    for (int p = 0; p < fit->law->parameters; p++)
        lab_table_column(&table, fit->law->parameter[p].name);
    for (int b = 0; b < fit->basin_count; b++) {
        put_real(&table, fit->basins[b].objective);
        lab_table_int(&table, fit->basins[b].starts);
        for (int p = 0; p < fit->law->parameters; p++)
            put_real(&table, lab_law_value(fit->law, p, fit->basins[b].theta[p]));
    }
    if (fit->basin_count > 1 || to->form == LAB_FORM_JSON)
        print_section(to, "basins", "Minima within 1 % of the best: what differs is not known",
                      &table);
    else
        lab_table_finish(&table);
}

static void print_places(printer *to, const lab_study *study, const lab_fit_places *places)
{
    const lab_law *law = study->fit.law;
    lab_table table = {0};
    for (int k = 0; k < law->columns; k++) lab_table_column(&table, law->column[k]);
    name_columns(&table, (const char *const[]){law->response, "mean_low", "mean_high", "run_low",
                                               "run_high", NULL});
    for (int i = 0; i < places->count; i++) {
        const double *x = places->x[i];
        lab_interval mean = lab_draws_mean(&study->draws, x, study->wish.confidence);
        lab_interval run =
            lab_draws_run(&study->draws, x, study->data.logs, study->wish.confidence);
        for (int k = 0; k < law->columns; k++) put_real(&table, x[k]);
        put_real(&table, lab_law_predict(law, study->fit.theta, x));
        put_real(&table, mean.low);
        put_real(&table, mean.high);
        put_real(&table, run.low);
        put_real(&table, run.high);
    }
    if (places->count > 0)
        print_section(to, "predictions", "Predictions: of the mean curve, and of a new run",
                      &table);
    else
        lab_table_finish(&table);
}

static void put_line(lab_table *table, const char *approach, const char *letter,
                     const lab_approach_line *line, const char *note)
{
    lab_table_text(table, approach);
    lab_table_text(table, letter);
    put_real(table, line->exponent);
    put_real(table, line->interval.low);
    put_real(table, line->interval.high);
    if (line->points)
        lab_table_int(table, line->points);
    else
        lab_table_null(table);
    lab_table_text(table, note);
}

/* What stands beside the exponent of N by that approach. */
static void note_approach(lab_text *note, const lab_exponents *e, int kind)
{
    lab_text_clear(note);
    if (e->by[kind].reason) lab_text_put(note, e->by[kind].reason);
    if (kind == LAB_APPROACH_ISOFLOP && !e->by[kind].reason && !e->bias.reason)
        lab_text_add(note, "biased by %+.4f on this design; without: %.6g", e->bias.exponent,
                     e->bias.corrected);
    for (int i = 0; i < LAB_APPROACHES; i++) {
        int low = i < kind ? i : kind, high = i < kind ? kind : i;
        if (i != kind && e->disagree >> (3 * low + high) & 1)
            lab_text_add(note, "%sapart from %s", note->length ? "; " : "", lab_approach_name(i));
    }
}

static void print_exponents(printer *to, const lab_exponents *exponents)
{
    lab_table table = {0};
    lab_text note = {0};
    name_columns(&table, (const char *const[]){"approach", "of", "exponent", "low", "high",
                                               "points", "note", NULL});
    for (int k = 0; !exponents->reason && k < LAB_APPROACHES; k++) {
        note_approach(&note, exponents, k);
        put_line(&table, lab_approach_name(k), "N* ~ C^a", &exponents->by[k].n, lab_text_of(&note));
        put_line(&table, lab_approach_name(k), "D* ~ C^b", &exponents->by[k].d, "");
    }
    print_section(to, "exponents", "How the best N and D grow with compute", &table);
    lab_text_finish(&note);
}

/* Those that failed first. */
static void print_checks(printer *to, const lab_review *review)
{
    lab_table table = {0};
    name_columns(&table, (const char *const[]){"check", "verdict", "what was found", NULL});
    for (int verdict = 0; verdict < 3; verdict++)
        for (int i = 0; i < review->count; i++) {
            static const lab_verdict order[] = {LAB_CHECK_FAILED, LAB_CHECK_PASSED,
                                                LAB_CHECK_NOT_APPLICABLE};
            if (review->checks[i].verdict != order[verdict]) continue;
            lab_table_text(&table, review->checks[i].name);
            lab_table_text(&table, lab_verdict_name(order[verdict]));
            lab_table_text(&table, review->checks[i].text);
        }
    print_section(to, "checks", review->failed ? "Checks: some FAILED" : "Checks", &table);
}

static void print_rows(printer *to, const lab_study *study)
{
    const lab_law *law = study->fit.law;
    lab_law_rows rows = lab_law_data_rows(&study->data, NULL);
    lab_table table = {0};
    lab_table_column(&table, "run");
    for (int k = 0; k < law->columns; k++) lab_table_column(&table, law->column[k]);
    name_columns(&table, (const char *const[]){law->response, "predicted", "residual", NULL});
    for (isize i = 0; i < study->sample.used; i++) {
        const lab_sample_row *row = &study->sample.rows[i];
        lab_table_text(&table, row->run);
        for (int k = 0; k < law->columns; k++) put_real(&table, row->x[k]);
        put_real(&table, row->y);
        put_real(&table, lab_law_predict(law, study->fit.theta, row->x));
        put_real(&table,
                 study->data.response[i] - lab_law_rows_predict(&rows, i, study->fit.theta, NULL));
    }
    print_section(to, "rows", "Rows", &table);
}

static void print_excluded(printer *to, const lab_sample *sample)
{
    lab_table table = {0};
    name_columns(&table, (const char *const[]){"run", "reason", NULL});
    for (isize i = sample->used; i < sample->count; i++) {
        lab_table_text(&table, sample->rows[i].run);
        lab_table_text(&table, sample->rows[i].excluded);
    }
    print_section(to, "excluded", "Excluded", &table);
}

void lab_fit_print(const lab_study *study, const lab_review *review, const lab_fit_form *form)
{
    printer to = {.form = form->form};
    print_summary(&to, study, form->kept && !study->fit.reason);
    if (!study->fit.reason) {
        print_parameters(&to, study);
        print_basins(&to, study);
        print_exponents(&to, &review->exponents);
        print_places(&to, study, form->places);
        print_checks(&to, review);
        if (form->rows) print_rows(&to, study);
    }
    print_excluded(&to, &study->sample);
    if (form->form == LAB_FORM_JSON) (void)printf("}\n");
}
