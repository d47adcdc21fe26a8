#include "plan/predict.h"
#include "study/keep.h"
#include <stdio.h>

lab_status lab_predict_ended(lab_index *ended, lab_ledger *ledger, lab_error *err)
{
    lab_query *query = NULL;
    bool more = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "plan_ended", err);
    while (status == LAB_OK && (status = lab_query_step(query, &more, err)) == LAB_OK && more)
        (void)lab_index_put(ended, lab_query_text(query, 0), 1);
    lab_query_close(&query);
    return status;
}

static void bind(lab_query *query, const lab_study *study, const char *plan,
                 const lab_proposed *cell, const lab_sha256 *hash)
{
    char fit[33], uuid[33];
    lab_text words = {0};
    lab_study_uuid(study, fit);
    lab_text_add(&words, "%s\n%s\n%s\n", plan, hash->hex, fit);
    lab_sha256 name = lab_sha256_of(lab_text_of(&words), words.length);
    (void)snprintf(uuid, sizeof uuid, "%.32s", name.hex);
    lab_text_clear(&words);
    lab_study_point(study->fit.law, cell->x, cell->cell.compute, &words);
    lab_query_bind_text(query, ":uuid", uuid);
    lab_query_bind_text(query, ":plan", plan);
    lab_query_bind_text(query, ":cell_hash", hash->hex);
    lab_query_bind_text(query, ":role", cell->score ? "score" : "fit");
    lab_query_bind_text(query, ":point", lab_text_of(&words));
    lab_query_bind_real(query, ":y", cell->y);
    lab_query_bind_real(query, ":mean_low", cell->mean.low);
    lab_query_bind_real(query, ":mean_high", cell->mean.high);
    lab_query_bind_real(query, ":run_low", cell->run.low);
    lab_query_bind_real(query, ":run_high", cell->run.high);
    lab_query_bind_real(query, ":run_sd", cell->sd);
    lab_query_bind_real(query, ":confidence", study->wish.confidence);
    lab_text_finish(&words);
}

static lab_status count_late(int64_t *out, lab_ledger *ledger, const char *plan, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "plan_late", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":plan", plan);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK) *out = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

lab_status lab_predict_keep(lab_predicted *out, lab_ledger *ledger, const lab_study *study,
                            int64_t fit_id, const char *plan, const lab_proposal *proposal,
                            const lab_sweep *sweep, lab_error *err)
{
    lab_query *query = NULL;
    const int64_t now = lab_now_us();
    LAB_ASSERT(proposal->count > 0 && sweep->count % proposal->count == 0);
    const isize seeds = sweep->count / proposal->count;
    *out = (lab_predicted){0};
    lab_status status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = lab_query_open(&query, ledger, "queries", "plan_predict", err);
    for (isize i = 0; status == LAB_OK && i < sweep->count; i++) {
        bind(query, study, plan, &proposal->cells[i / seeds], &sweep->cells[i].hash);
        lab_query_bind_int(query, ":fit_id", fit_id);
        lab_query_bind_int(query, ":made_at", now);
        status = lab_query_run(query, err);
        if (status == LAB_OK) *(lab_ledger_changes(ledger) ? &out->made : &out->there) += 1;
    }
    lab_query_close(&query);
    if (status == LAB_OK) status = count_late(&out->late, ledger, plan, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}
