#include "study/study.h"
#include "base/embedded.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/parallel.h"
#include <stdio.h>
#include <string.h>

static const double DELTA = 1e-3, CONFIDENCE = 0.95;

lab_loss lab_study_loss(const lab_law *law)
{
    if (law->kind == LAB_LAW_POWERS) return (lab_loss){.kind = LAB_LOSS_HUBER, .delta = DELTA};
    return (lab_loss){.kind = LAB_LOSS_SQUARES};
}

static void fill_in(lab_study_wish *wish)
{
    if (!wish->query) {
        const lab_embedded *file = lab_embedded_find(lab_sql, "laws", wish->law->name);
        LAB_ASSERT(file);
        wish->query = file->text;
    }
    if (wish->fit.starts <= 0) wish->fit.starts = LAB_STARTS_DEFAULT;
    if (wish->fit.workers <= 0) wish->fit.workers = lab_parallel_workers();
    if (wish->draws <= 0) wish->draws = LAB_DRAWS_DEFAULT;
    if (!(wish->confidence > 0)) wish->confidence = CONFIDENCE;
    if (wish->law->kind != LAB_LAW_POWERS) wish->plain = true;
}

/* Numbers the rows as the study beside numbers their runs. Returns how many units that has; 0, and
 * rows as they were, where a run is not among its own. */
static isize draw_along(lab_study *study, const lab_study *beside)
{
    const isize n = beside->data.n;
    lab_index by_run = {0};
    isize *unit = lab_heap_take((n + study->data.n + 1) * (isize)sizeof *unit);
    isize *own = unit + n, units = lab_law_number(unit, beside->data.cluster, NULL, n);
    for (isize i = 0; i < n; i++) lab_index_put(&by_run, beside->sample.rows[i].run, i);
    for (isize i = 0; i < study->data.n; i++) {
        isize row = lab_index_find(&by_run, study->sample.rows[i].run);
        own[i] = row < 0 ? -1 : unit[row];
        study->apart += row < 0;
    }
    if (study->apart == 0) memcpy(study->data.cluster, own, (size_t)study->data.n * sizeof *own);
    lab_index_finish(&by_run);
    lab_heap_free(unit);
    return study->apart == 0 ? units : 0;
}

lab_status lab_study_open(lab_study **out, lab_ledger *ledger, const lab_study_wish *wish,
                          lab_error *err)
{
    lab_study *study = lab_heap_take(sizeof *study);
    *out = NULL;
    study->wish = *wish;
    fill_in(&study->wish);
    lab_status status = lab_sample_read(&study->sample, ledger, wish->law, study->wish.query,
                                        wish->lets, wish->let_count, err);
    if (status != LAB_OK) {
        lab_study_close(&study);
        return status;
    }
    study->wish.query = study->sample.query;
    study->wish.by_setting &= study->sample.has_setting;
    lab_sample_data(&study->sample, !study->wish.plain, study->wish.by_setting, &study->data);
    lab_law_rows rows = lab_law_data_rows(&study->data, NULL);
    lab_fit_make(&study->fit, &rows, &study->wish.fit);
    const isize units = wish->beside ? draw_along(study, wish->beside) : 0;
    if (!study->fit.reason)
        lab_draws_make(&study->draws, &study->data, NULL, &study->fit,
                       &(lab_draws_options){.count = study->wish.draws,
                                            .seed = study->wish.seed,
                                            .workers = study->wish.fit.workers,
                                            .units = units});
    *out = study;
    return LAB_OK;
}

void lab_study_close(lab_study **out)
{
    lab_study *study = *out;
    *out = NULL;
    if (!study) return;
    lab_draws_finish(&study->draws);
    lab_law_data_finish(&study->data);
    lab_sample_finish(&study->sample);
    lab_heap_free(study);
}

void lab_study_options(const lab_study *study, lab_text *out)
{
    const lab_study_wish *wish = &study->wish;
    const lab_law *law = wish->law;
    const lab_loss *loss = &wish->fit.loss;
    lab_text_add(out, "{\"loss\":\"%s\"", lab_loss_name((int)loss->kind));
    if (loss->kind == LAB_LOSS_HUBER)
        lab_text_add(out, ",\"delta\":%s", lab_short_real(loss->delta).text);
    if (loss->kind == LAB_LOSS_ASYMMETRIC)
        lab_text_add(out, ",\"over\":%s", lab_short_real(loss->over).text);
    lab_text_add(out, ",\"residual\":\"%s\",\"starts\":%d,\"draws\":%d,\"seed\":%llu,\"by\":\"%s\"",
                 wish->plain ? "plain" : "log", wish->fit.starts, wish->draws,
                 (unsigned long long)wish->seed, wish->by_setting ? "setting" : "run");
    if (wish->target > 0) lab_text_add(out, ",\"target\":%s", lab_short_real(wish->target).text);
    lab_text_add(out, ",\"confidence\":%s,\"let\":{", lab_short_real(wish->confidence).text);
    for (isize i = 0; i < wish->let_count; i++) {
        lab_text variable = {0};
        lab_text_bytes(&variable, wish->lets[i].variable,
                       (isize)strcspn(wish->lets[i].variable, "="));
        lab_text_put(out, i ? "," : "");
        lab_text_json(out, lab_text_of(&variable));
        lab_text_put(out, ":");
        lab_text_json(out, wish->lets[i].column);
        lab_text_finish(&variable);
    }
    lab_text_put(out, "},\"fixed\":{");
    const char *comma = "";
    for (int p = 0; p < law->parameters; p++) {
        if (!(wish->fit.fixed >> p & 1)) continue;
        double value = lab_law_value(law, p, wish->fit.fixed_theta[p]);
        lab_text_add(out, "%s\"%s\":%s", comma, law->parameter[p].name, lab_short_real(value).text);
        comma = ",";
    }
    lab_text_put(out, "}}");
}

void lab_study_uuid(const lab_study *study, char uuid[33])
{
    lab_text text = {0};
    lab_text_add(&text, "%s\n%s\n", study->wish.law->name, study->sample.sha256.hex);
    lab_text_json(&text, study->sample.query);
    lab_study_options(study, &text);
    lab_sha256 hash = lab_sha256_of(lab_text_of(&text), text.length);
    (void)snprintf(uuid, 33, "%.32s", hash.hex);
    lab_text_finish(&text);
}
