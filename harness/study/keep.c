#include "study/keep.h"
#include <math.h>
#include <string.h>

void lab_study_point(const lab_law *law, const double *x, double compute, lab_text *out)
{
    bool told = isnan(compute);
    lab_text_put(out, "{");
    for (int k = 0; k < law->columns; k++) {
        told |= strcmp(law->column[k], "C") == 0;
        lab_text_add(out, "%s\"%s\":", k ? "," : "", law->column[k]);
        lab_text_put(out, isfinite(x[k]) ? lab_short_real(x[k]).text : "null");
    }
    if (!told) lab_text_add(out, ",\"C\":%s", lab_short_real(compute).text);
    lab_text_put(out, "}");
}

static lab_status find(lab_ledger *ledger, const char *uuid, int64_t *fit_id, bool *found,
                       lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "law_find_fit", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":uuid", uuid);
        status = lab_query_step(query, found, err);
    }
    if (status == LAB_OK && *found) *fit_id = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

static lab_status add_fit(const lab_study *study, lab_ledger *ledger, const char *uuid,
                          int64_t *fit_id, lab_error *err)
{
    const lab_fit *fit = &study->fit;
    lab_query *query = NULL;
    lab_text options = {0};
    lab_study_options(study, &options);
    lab_status status = lab_query_open(&query, ledger, "queries", "law_add_fit", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":uuid", uuid);
        lab_query_bind_int(query, ":fitted_at", lab_now_us());
        lab_query_bind_text(query, ":law", fit->law->name);
        lab_query_bind_text(query, ":formula", fit->law->formula);
        lab_query_bind_text(query, ":query", study->sample.query);
        lab_query_bind_text(query, ":data_sha256", study->sample.sha256.hex);
        lab_query_bind_text(query, ":options", lab_text_of(&options));
        lab_query_bind_int(query, ":n", fit->n);
        lab_query_bind_int(query, ":excluded", study->sample.count - study->sample.used);
        lab_query_bind_real(query, ":objective", fit->objective);
        lab_query_bind_int(query, ":starts", fit->starts);
        lab_query_bind_int(query, ":converged", fit->converged);
        lab_query_bind_int(query, ":reached", fit->reached);
        lab_query_bind_real(query, ":condition",
                            isfinite(fit->condition) ? fit->condition : (double)NAN);
        lab_query_bind_real(query, ":residual_sd", fit->residual_sd);
        lab_query_bind_real(query, ":aicc", fit->aicc);
        lab_query_bind_real(query, ":bic", fit->bic);
        lab_query_bind_real(query, ":confidence", study->wish.confidence);
        lab_query_bind_int(query, ":draws", study->draws.count);
        lab_query_bind_int(query, ":clusters", study->draws.clusters);
        status = lab_query_run(query, err);
    }
    if (status == LAB_OK) *fit_id = lab_ledger_last_id(ledger);
    lab_query_close(&query);
    lab_text_finish(&options);
    return status;
}

static lab_status add_parameters(const lab_study *study, lab_ledger *ledger, int64_t fit_id,
                                 lab_error *err)
{
    const lab_fit *fit = &study->fit;
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "law_add_parameter", err);
    for (int p = 0; status == LAB_OK && p < fit->law->parameters; p++) {
        lab_interval interval = lab_draws_interval(&study->draws, p, study->wish.confidence);
        lab_query_bind_int(query, ":fit_id", fit_id);
        lab_query_bind_int(query, ":place", p);
        lab_query_bind_text(query, ":name", fit->law->parameter[p].name);
        lab_query_bind_real(query, ":value", lab_law_value(fit->law, p, fit->theta[p]));
        lab_query_bind_real(query, ":se", lab_draws_error(&study->draws, p));
        lab_query_bind_real(query, ":low", interval.low);
        lab_query_bind_real(query, ":high", interval.high);
        lab_query_bind_int(query, ":at_bound", fit->at_bound >> p & 1);
        lab_query_bind_int(query, ":fixed", fit->fixed >> p & 1);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status add_basins(const lab_fit *fit, lab_ledger *ledger, int64_t fit_id, lab_error *err)
{
    lab_query *query = NULL;
    lab_text values = {0};
    lab_status status = lab_query_open(&query, ledger, "queries", "law_add_basin", err);
    for (int b = 0; status == LAB_OK && b < fit->basin_count; b++) {
        lab_text_clear(&values);
        for (int p = 0; p < fit->law->parameters; p++)
            lab_text_add(&values, "%s\"%s\":%s", p ? "," : "{", fit->law->parameter[p].name,
                         lab_short_real(lab_law_value(fit->law, p, fit->basins[b].theta[p])).text);
        lab_text_put(&values, "}");
        lab_query_bind_int(query, ":fit_id", fit_id);
        lab_query_bind_int(query, ":place", b);
        lab_query_bind_real(query, ":objective", fit->basins[b].objective);
        lab_query_bind_int(query, ":starts", fit->basins[b].starts);
        lab_query_bind_text(query, ":parameters", lab_text_of(&values));
        status = lab_query_run(query, err);
    }
    lab_text_finish(&values);
    lab_query_close(&query);
    return status;
}

static lab_status add_rows(const lab_study *study, lab_ledger *ledger, int64_t fit_id,
                           lab_error *err)
{
    lab_query *query = NULL;
    lab_text point = {0};
    lab_law_rows rows = lab_law_data_rows(&study->data, NULL);
    lab_status status = lab_query_open(&query, ledger, "queries", "law_add_row", err);
    for (isize i = 0; status == LAB_OK && i < study->sample.count; i++) {
        const lab_sample_row *row = &study->sample.rows[i];
        double predicted = (double)NAN, residual = (double)NAN;
        if (!row->excluded) {
            predicted = lab_law_predict(study->fit.law, study->fit.theta, row->x);
            residual =
                study->data.response[i] - lab_law_rows_predict(&rows, i, study->fit.theta, NULL);
        }
        lab_text_clear(&point);
        lab_study_point(study->fit.law, row->x, row->compute, &point);
        lab_query_bind_int(query, ":fit_id", fit_id);
        lab_query_bind_int(query, ":place", i);
        lab_query_bind_text(query, ":run", row->run);
        lab_query_bind_text(query, ":point", lab_text_of(&point));
        lab_query_bind_real(query, ":observed", isfinite(row->y) ? row->y : (double)NAN);
        lab_query_bind_real(query, ":predicted", predicted);
        lab_query_bind_real(query, ":residual", residual);
        lab_query_bind_text(query, ":excluded", row->excluded);
        status = lab_query_run(query, err);
    }
    lab_text_finish(&point);
    lab_query_close(&query);
    return status;
}

static lab_status add_checks(const lab_review *review, lab_ledger *ledger, int64_t fit_id,
                             lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "law_add_check", err);
    for (int i = 0; status == LAB_OK && i < review->count; i++) {
        lab_query_bind_int(query, ":fit_id", fit_id);
        lab_query_bind_text(query, ":name", review->checks[i].name);
        lab_query_bind_text(query, ":verdict", lab_verdict_name(review->checks[i].verdict));
        lab_query_bind_text(query, ":detail", review->checks[i].text);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

lab_status lab_study_keep(const lab_study *study, const lab_review *review, lab_ledger *ledger,
                          int64_t *fit_id, bool *kept, lab_error *err)
{
    char uuid[33];
    LAB_ASSERT(!study->fit.reason);
    lab_study_uuid(study, uuid);
    *kept = false;
    lab_status status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = find(ledger, uuid, fit_id, kept, err);
    if (status == LAB_OK && !*kept) {
        status = add_fit(study, ledger, uuid, fit_id, err);
        if (status == LAB_OK) status = add_parameters(study, ledger, *fit_id, err);
        if (status == LAB_OK) status = add_basins(&study->fit, ledger, *fit_id, err);
        if (status == LAB_OK) status = add_rows(study, ledger, *fit_id, err);
        if (status == LAB_OK) status = add_checks(review, ledger, *fit_id, err);
    }
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}
