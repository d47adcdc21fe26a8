#include "plan/rows.h"
#include "base/index.h"
#include "plan/cost.h"
#include <math.h>
#include <string.h>

static bool same(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static bool same_place(const lab_sample_row *row, const lab_law *law, double n, double d,
                       double compute)
{
    double x[LAB_LAW_COLUMNS] = {0};
    lab_plan_columns(law, n, d, compute, x);
    for (int k = 0; k < law->columns; k++)
        if (!same(row->x[k], x[k])) return false;
    return true;
}

static void compare(lab_plan_rows *out, const lab_sample_row *row, const lab_law *law,
                    const lab_query *run)
{
    const double trunk = lab_query_real(run, 1), total = lab_query_real(run, 2);
    const double d = lab_query_real(run, 3), compute = lab_query_real(run, 4);
    const double lr = lab_query_real(run, 6);
    out->known++;
    out->trunk &= same_place(row, law, trunk, d, compute);
    out->total &= same_place(row, law, total, d, compute);
    out->loss &= same(row->y, lab_query_real(run, 5));
    out->lr_low = isnan(out->lr_low) ? lr : fmin(out->lr_low, lr);
    out->lr_high = isnan(out->lr_high) ? lr : fmax(out->lr_high, lr);
}

static void index_rows(lab_index *by_run, const lab_sample *sample)
{
    for (isize i = 0; i < sample->used; i++) lab_index_put(by_run, sample->rows[i].run, i);
}

lab_status lab_plan_rows_read(lab_plan_rows *out, lab_ledger *ledger, const lab_sample *sample,
                              lab_error *err)
{
    lab_index by_run = {0};
    lab_query *query = NULL;
    bool more = false;
    *out = (lab_plan_rows){
        .total = true, .trunk = true, .loss = true, .lr_low = (double)NAN, .lr_high = (double)NAN};
    index_rows(&by_run, sample);
    lab_status status = lab_query_open(&query, ledger, "queries", "plan_runs", err);
    while (status == LAB_OK && (status = lab_query_step(query, &more, err)) == LAB_OK && more) {
        isize i = lab_index_find(&by_run, lab_query_text(query, 0));
        if (i >= 0) compare(out, &sample->rows[i], sample->law, query);
    }
    lab_query_close(&query);
    lab_index_finish(&by_run);
    return status;
}

/* Whether the row is that run, N counted without the head or with it. Imported runs that have no
 * name of their own share one, so that a name alone does not tell. */
static bool take_factor(lab_factor *out, const lab_sample_row *row, const lab_law *law,
                        const lab_query *run)
{
    const double d = lab_query_real(run, 3), compute = lab_query_real(run, 4);
    if (strcmp(row->run, lab_query_text(run, 0)) != 0) return false;
    for (int counted = 1; counted <= 2; counted++) {
        const double n = lab_query_real(run, counted);
        if (!same_place(row, law, n, d, compute)) continue;
        lab_factor_take(out, n, d, compute);
        return true;
    }
    return false;
}

lab_status lab_plan_rows_factor(lab_factor *out, lab_ledger *ledger, const lab_sample *sample,
                                lab_error *err)
{
    lab_query *query = NULL;
    bool more = false;
    *out = lab_factor_of(sample);
    if (out->rows) return LAB_OK;
    lab_status status = lab_query_open(&query, ledger, "queries", "plan_sizes", err);
    while (status == LAB_OK && (status = lab_query_step(query, &more, err)) == LAB_OK && more)
        for (isize i = 0; i < sample->used; i++)
            if (take_factor(out, &sample->rows[i], sample->law, query)) break;
    lab_query_close(&query);
    return status;
}
