#include "cli/fit.h"
#include "base/text.h"
#include "cli/sections.h"
#include "law/profile.h"
#include "study/heldout.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void put_criterion(lab_table *table, const char *name, double value)
{
    if (isfinite(value))
        lab_sections_item(table, name, "%.2f of normal residuals", value);
    else
        lab_sections_item(table, name, "not defined for %s",
                          isnan(value) ? "so few rows" : "a fit without residuals");
}

static void print_summary(lab_sections *to, const lab_study *study, bool kept)
{
    const lab_fit *fit = &study->fit;
    lab_table table = {0};
    lab_text loss = {0};
    char uuid[33];
    lab_study_uuid(study, uuid);
    lab_text_put(&loss, lab_loss_name((int)fit->loss.kind));
    if (fit->loss.kind == LAB_LOSS_HUBER) lab_text_add(&loss, ", delta %g", fit->loss.delta);
    if (fit->loss.kind == LAB_LOSS_ASYMMETRIC) lab_text_add(&loss, ", over %g", fit->loss.over);
    lab_sections_columns(&table, (const char *const[]){"item", "value", NULL});
    lab_sections_item(&table, "law", "%s", fit->law->formula);
    lab_sections_item(&table, "fit", "%.12s%s", uuid, kept ? "" : " (not kept)");
    lab_sections_item(&table, "runs", "%td fitted, %td excluded", study->sample.used,
                      study->sample.count - study->sample.used);
    if (fit->reason) {
        lab_sections_item(&table, "no fit", "%s", fit->reason);
    } else {
        lab_sections_item(&table, "loss", "%s, of residuals in %s%s", lab_text_of(&loss),
                          study->data.logs ? "log " : "", fit->law->response);
        lab_sections_item(&table, "objective", "%.10g, the sum over rows", fit->objective);
        lab_sections_item(
            &table, "starts", "%d, of which %d converged and %d (%.0f %%) reached the optimum",
            fit->starts, fit->converged, fit->reached, 100.0 * fit->reached / fit->starts);
        lab_sections_item(&table, "residual sd", "%.4g%s", fit->residual_sd,
                          study->data.logs ? " in the logarithm" : "");
        if (isfinite(fit->condition))
            lab_sections_item(&table, "condition", "%.3g", fit->condition);
        else
            lab_sections_item(&table, "condition",
                              "without bound: a combination of parameters is not known");
        put_criterion(&table, "AICc", fit->aicc);
        put_criterion(&table, "BIC", fit->bic);
        lab_sections_item(&table, "intervals", "%.4g %%, %d bootstrap draws of %td %s",
                          100 * study->wish.confidence, study->draws.count, study->draws.clusters,
                          study->wish.by_setting ? "settings" : "runs or clusters");
        if (study->draws.lost > 0)
            lab_sections_item(&table, "draws lost",
                              "%d, with fewer distinct rows than free parameters: in no interval",
                              study->draws.lost);
    }
    lab_sections_print(to, "summary", fit->law->about, &table);
    lab_text_finish(&loss);
}

static void print_parameters(lab_sections *to, const lab_study *study)
{
    const lab_fit *fit = &study->fit;
    lab_table table = {0};
    lab_sections_columns(&table,
                         (const char *const[]){"name", "value", "se", "low", "high", "note", NULL});
    for (int p = 0; p < fit->law->parameters; p++) {
        bool fixed = fit->fixed >> p & 1, bound = fit->at_bound >> p & 1;
        lab_interval interval = lab_draws_interval(&study->draws, p, study->wish.confidence);
        lab_table_text(&table, fit->law->parameter[p].name);
        lab_sections_real(&table, lab_law_value(fit->law, p, fit->theta[p]));
        lab_sections_real(&table, fixed ? (double)NAN : lab_draws_error(&study->draws, p));
        lab_sections_real(&table, fixed ? (double)NAN : interval.low);
        lab_sections_real(&table, fixed ? (double)NAN : interval.high);
        lab_table_text(&table, fixed   ? "given"
                               : bound ? "at its bound: not known"
                                       : fit->law->parameter[p].about);
    }
    lab_sections_print(to, "parameters", "Parameters", &table);
}

static void print_basins(lab_sections *to, const lab_study *study)
{
    const lab_fit *fit = &study->fit;
    lab_table table = {0};
    lab_table_column(&table, "objective");
    lab_table_column(&table, "starts");
    for (int p = 0; p < fit->law->parameters; p++)
        lab_table_column(&table, fit->law->parameter[p].name);
    for (int b = 0; b < fit->basin_count; b++) {
        lab_sections_real(&table, fit->basins[b].objective);
        lab_table_int(&table, fit->basins[b].starts);
        for (int p = 0; p < fit->law->parameters; p++)
            lab_sections_real(&table, lab_law_value(fit->law, p, fit->basins[b].theta[p]));
    }
    if (fit->basin_count > 1 || to->form == LAB_FORM_JSON)
        lab_sections_print(to, "basins", "Minima within 1 % of the best: what differs is not known",
                           &table);
    else
        lab_table_finish(&table);
}

static void print_places(lab_sections *to, const lab_study *study, const lab_fit_places *places)
{
    const lab_law *law = study->fit.law;
    lab_text note = {0};
    lab_table table = {0};
    for (int k = 0; k < law->columns; k++) lab_table_column(&table, law->column[k]);
    lab_sections_columns(&table, (const char *const[]){law->response, "mean_low", "mean_high",
                                                       "run_low", "run_high", "note", NULL});
    for (int i = 0; i < places->count; i++) {
        const double *x = places->x[i];
        lab_interval mean = lab_draws_mean(&study->draws, x, study->wish.confidence);
        lab_interval run =
            lab_draws_run(&study->draws, x, study->data.logs, study->wish.confidence);
        for (int k = 0; k < law->columns; k++) lab_sections_real(&table, x[k]);
        lab_sections_real(&table, lab_law_predict(law, study->fit.theta, x));
        lab_sections_real(&table, mean.low);
        lab_sections_real(&table, mean.high);
        lab_sections_real(&table, run.low);
        lab_sections_real(&table, run.high);
        lab_text_clear(&note);
        lab_fit_place_note(x, study, &note);
        lab_table_text(&table, lab_text_of(&note));
    }
    lab_text_finish(&note);
    if (places->count > 0)
        lab_sections_print(to, "predictions", "Predictions: of the mean curve, and of a new run",
                           &table);
    else
        lab_table_finish(&table);
}

/* Where the objective rises beyond what chance explains, all else refitted. */
static void print_profiles(lab_sections *to, const lab_study *study)
{
    const lab_fit *fit = &study->fit;
    lab_law_rows rows = lab_law_data_rows(&study->data, NULL);
    lab_table table = {0};
    lab_sections_columns(&table, (const char *const[]){"name", "low", "high", "note", NULL});
    for (int p = 0; p < fit->law->parameters; p++) {
        const lab_law_parameter *parameter = &fit->law->parameter[p];
        lab_profile profile;
        if ((parameter->log && !parameter->floor) || (fit->fixed >> p & 1)) continue;
        lab_profile_make(&profile, fit, &rows, p,
                         &(lab_profile_options){.confidence = study->wish.confidence});
        lab_table_text(&table, parameter->name);
        lab_sections_real(&table, profile.interval.low);
        lab_sections_real(&table, profile.interval.high);
        lab_table_text(&table, profile.lower ? "a better fit lies here: try --starts all"
                               : profile.open_low && profile.open_high ? "not known on either side"
                               : profile.open_low                      ? "not known downwards"
                               : profile.open_high                     ? "not known upwards"
                                                                       : "");
    }
    lab_sections_print(to, "profiles", "Profiles: the interval in which refits are about as good",
                       &table);
}

static void put_holdout(lab_table *table, const char *what, const lab_holdout *holdout)
{
    lab_table_text(table, what);
    lab_table_int(table, holdout->n);
    lab_sections_real(table, holdout->bias);
    lab_sections_real(table, holdout->absolute);
    lab_sections_real(table, holdout->coverage);
    lab_table_text(table, holdout->reason ? holdout->reason : "");
}

static void print_holdout(lab_sections *to, const lab_study *study)
{
    lab_heldout held;
    lab_table table = {0};
    char what[48];
    lab_heldout_init(&held, study, 0, NULL);
    lab_sections_columns(&table, (const char *const[]){"left out", "n", "bias_percent",
                                                       "error_percent", "coverage", "note", NULL});
    put_holdout(&table, held.by_one, &held.one);
    if (*held.by_size) put_holdout(&table, held.by_size, &held.size);
    for (int i = 0; held.by_compute && i < LAB_HELDOUT_TOPS; i++) {
        (void)snprintf(what, sizeof what, "top %.0f %% by C", 100 * lab_heldout_tops[i]);
        put_holdout(&table, what, &held.top[i]);
    }
    lab_sections_print(to, "holdout", "Runs left out, and what the rest says of them", &table);
}

static void put_line(lab_table *table, const char *approach, const char *letter,
                     const lab_approach_line *line, const char *note)
{
    lab_table_text(table, approach);
    lab_table_text(table, letter);
    lab_sections_real(table, line->exponent);
    lab_sections_real(table, line->interval.low);
    lab_sections_real(table, line->interval.high);
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

static void print_exponents(lab_sections *to, const lab_exponents *exponents)
{
    lab_table table = {0};
    lab_text note = {0};
    lab_sections_columns(&table, (const char *const[]){"approach", "of", "exponent", "low", "high",
                                                       "points", "note", NULL});
    for (int k = 0; !exponents->reason && k < LAB_APPROACHES; k++) {
        note_approach(&note, exponents, k);
        put_line(&table, lab_approach_name(k), "N* ~ C^a", &exponents->by[k].n, lab_text_of(&note));
        put_line(&table, lab_approach_name(k), "D* ~ C^b", &exponents->by[k].d, "");
    }
    lab_sections_print(to, "exponents", "How the best N and D grow with compute", &table);
    lab_text_finish(&note);
}

/* Those that failed first. */
static void print_checks(lab_sections *to, const lab_review *review)
{
    lab_table table = {0};
    lab_sections_columns(&table, (const char *const[]){"check", "verdict", "what was found", NULL});
    for (int verdict = 0; verdict < 3; verdict++)
        for (int i = 0; i < review->count; i++) {
            static const lab_verdict order[] = {LAB_CHECK_FAILED, LAB_CHECK_PASSED,
                                                LAB_CHECK_NOT_APPLICABLE};
            if (review->checks[i].verdict != order[verdict]) continue;
            lab_table_text(&table, review->checks[i].name);
            lab_table_text(&table, lab_verdict_name(order[verdict]));
            lab_table_text(&table, review->checks[i].text);
        }
    lab_sections_print(to, "checks", review->failed ? "Checks: some FAILED" : "Checks", &table);
}

static void print_rows(lab_sections *to, const lab_study *study)
{
    const lab_law *law = study->fit.law;
    lab_law_rows rows = lab_law_data_rows(&study->data, NULL);
    lab_table table = {0};
    lab_table_column(&table, "run");
    for (int k = 0; k < law->columns; k++) lab_table_column(&table, law->column[k]);
    lab_sections_columns(&table,
                         (const char *const[]){law->response, "predicted", "residual", NULL});
    for (isize i = 0; i < study->sample.used; i++) {
        const lab_sample_row *row = &study->sample.rows[i];
        lab_table_text(&table, row->run);
        for (int k = 0; k < law->columns; k++) lab_sections_real(&table, row->x[k]);
        lab_sections_real(&table, row->y);
        lab_sections_real(&table, lab_law_predict(law, study->fit.theta, row->x));
        lab_sections_real(&table, study->data.response[i] -
                                      lab_law_rows_predict(&rows, i, study->fit.theta, NULL));
    }
    lab_sections_print(to, "rows", "Rows", &table);
}

static void print_excluded(lab_sections *to, const lab_sample *sample)
{
    lab_table table = {0};
    lab_sections_columns(&table, (const char *const[]){"run", "reason", NULL});
    for (isize i = sample->used; i < sample->count; i++) {
        lab_table_text(&table, sample->rows[i].run);
        lab_table_text(&table, sample->rows[i].excluded);
    }
    lab_sections_print(to, "excluded", "Excluded", &table);
}

void lab_fit_print(const lab_study *study, const lab_review *review, const lab_fit_form *form)
{
    lab_sections to = {.form = form->form, .csv = "parameters"};
    print_summary(&to, study, form->kept && !study->fit.reason);
    if (!study->fit.reason) {
        print_parameters(&to, study);
        print_basins(&to, study);
        print_exponents(&to, &review->exponents);
        print_places(&to, study, form->places);
        print_profiles(&to, study);
        if (form->holdout) print_holdout(&to, study);
        print_checks(&to, review);
        if (form->rows) print_rows(&to, study);
    }
    print_excluded(&to, &study->sample);
    lab_sections_end(&to);
}
