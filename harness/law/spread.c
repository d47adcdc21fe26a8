#include "law/spread.h"
#include <math.h>
#include <string.h>

static void same_rows(const lab_law_data *a, const lab_law_data *b)
{
    LAB_ASSERT(a->n == b->n && a->logs == b->logs);
    LAB_ASSERT(a->n == 0 || memcmp(a->y, b->y, (size_t)a->n * sizeof *a->y) == 0);
}

static void one_law(lab_spread_law *law, const lab_spread_form *form, const double *weight,
                    const lab_fit_options *options)
{
    const double none = (double)NAN;
    lab_law_rows rows = lab_law_data_rows(form->data, weight);
    law->delta = law->share = law->predicted = none;
    law->one = (lab_holdout){.reason = "no fit",
                             .bias = none,
                             .absolute = none,
                             .root = none,
                             .score = none,
                             .coverage = none};
    lab_fit_make(&law->fit, &rows, options);
    if (law->fit.reason) return;
    lab_holdout_one(&law->one, form->data, weight, &law->fit,
                    &(lab_holdout_options){.workers = options->workers});
    if (form->target)
        law->predicted = lab_law_predict(form->data->law, law->fit.theta, form->target);
}

/* Index of the least value, NaNs left out. */
static int least(const double *values, int count)
{
    int best = -1;
    for (int i = 0; i < count; i++)
        if (!isnan(values[i]) && (best < 0 || values[i] < values[best])) best = i;
    return best;
}

static void weigh(lab_spread *spread)
{
    double sum = 0, best;
    if (spread->best_aicc < 0) return;
    best = spread->of[spread->best_aicc].fit.aicc;
    for (int i = 0; i < spread->count; i++) {
        spread->of[i].delta = spread->of[i].fit.aicc - best;
        if (!isnan(spread->of[i].delta)) sum += exp(-spread->of[i].delta / 2);
    }
    spread->mean = 0;
    for (int i = 0; i < spread->count; i++) {
        lab_spread_law *law = &spread->of[i];
        law->share = isnan(law->delta) ? 0 : exp(-law->delta / 2) / sum;
        if (law->share > 0) spread->mean += law->share * law->predicted;
    }
}

void lab_spread_make(lab_spread *spread, const lab_spread_form forms[], int count,
                     const double *weight, const lab_fit_options *options)
{
    double aicc[LAB_SPREAD_FORMS], bic[LAB_SPREAD_FORMS], score[LAB_SPREAD_FORMS];
    const double none = (double)NAN;
    LAB_ASSERT(count >= 1 && count <= LAB_SPREAD_FORMS);
    *spread = (lab_spread){.count = count, .low = none, .high = none, .mean = none};
    for (int i = 0; i < count; i++) {
        lab_spread_law *law = &spread->of[i];
        same_rows(forms[0].data, forms[i].data);
        one_law(law, &forms[i], weight, options);
        aicc[i] = law->fit.aicc;
        bic[i] = law->fit.bic;
        score[i] = law->one.score;
        spread->low = fmin(spread->low, law->predicted); /* which leave NaNs out */
        spread->high = fmax(spread->high, law->predicted);
    }
    spread->best_aicc = least(aicc, count);
    spread->best_bic = least(bic, count);
    spread->best_score = least(score, count);
    weigh(spread);
}
