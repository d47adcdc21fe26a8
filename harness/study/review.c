#include "study/review.h"
#include "base/heap.h"
#include <math.h>

/* A column of the rows that are used, or NULL where a row has none; *missing counts those where
 * others have one. */
static double *column_of(const lab_study *study, double (*value)(const lab_sample_row *row),
                         isize *missing)
{
    const isize n = study->sample.used;
    double *column = lab_heap_take(n * (isize)sizeof *column);
    isize none = 0;
    for (isize i = 0; i < n; i++) {
        column[i] = value(&study->sample.rows[i]);
        none += !isfinite(column[i]);
    }
    *missing = none < n ? none : 0;
    if (none == 0) return column;
    lab_heap_free(column);
    return NULL;
}

static double compute_of(const lab_sample_row *row)
{
    return row->compute;
}

/* Only asked of the law that has exponents: N is its first column, D the second. */
static double ratio_of(const lab_sample_row *row)
{
    return row->x[1] / row->x[0];
}

static double decayed_of(const lab_sample_row *row)
{
    return 1 - row->lr_final_share;
}

static isize *seeds_of(const lab_study *study)
{
    const isize n = study->sample.used;
    isize *seeds = lab_heap_take(n * (isize)sizeof *seeds);
    for (isize i = 0; i < n; i++) {
        double seed = study->sample.rows[i].seed;
        seeds[i] = isfinite(seed) && fabs(seed) < 1e18 ? (isize)seed : -1;
    }
    return seeds;
}

static isize *settings_of(const lab_study *study)
{
    const isize n = study->sample.used;
    isize *settings = lab_heap_take(n * (isize)sizeof *settings);
    for (isize i = 0; i < n; i++) settings[i] = lab_sample_alike(&study->sample, i, true);
    return settings;
}

static const char **protocols_of(const lab_study *study)
{
    const isize n = study->sample.used;
    const char **protocols = lab_heap_take(n * (isize)sizeof *protocols);
    for (isize i = 0; i < n; i++)
        protocols[i] = study->sample.rows[i].protocol ? study->sample.rows[i].protocol : "";
    return protocols;
}

void lab_review_init(lab_review *review, const lab_study *study)
{
    *review = (lab_review){0};
    lab_exponents_init(&review->exponents, study, 0);
    if (study->fit.reason) return;
    const lab_sample *sample = &study->sample;
    isize no_compute = 0, no_decay = 0, no_ratio = 0;
    double *compute = column_of(study, compute_of, &no_compute);
    double *decayed = column_of(study, decayed_of, &no_decay);
    double *ratio = review->exponents.reason ? NULL : column_of(study, ratio_of, &no_ratio);
    isize *seeds = sample->has_seed ? seeds_of(study) : NULL;
    isize *settings = sample->has_setting ? settings_of(study) : NULL;
    const char **protocols = sample->has_protocol ? protocols_of(study) : NULL;
    lab_checks_given given = {.fit = &study->fit,
                              .data = &study->data,
                              .compute = compute,
                              .computes_missing = no_compute,
                              .decays_missing = no_decay,
                              .ratio = ratio,
                              .target = study->wish.target,
                              .setting = settings,
                              .seed = seeds,
                              .decayed = decayed,
                              .protocol = protocols};
    if (!review->exponents.reason) {
        given.approaches = review->exponents.by;
        given.approach_count = LAB_APPROACHES;
    }
    review->failed = lab_checks_make(review->checks, &given);
    review->count = LAB_CHECKS;
    lab_heap_free(compute);
    lab_heap_free(ratio);
    lab_heap_free(decayed);
    lab_heap_free(seeds);
    lab_heap_free(settings);
    lab_heap_free(protocols);
}

void lab_review_finish(lab_review *review)
{
    lab_exponents_finish(&review->exponents);
    *review = (lab_review){0};
}
