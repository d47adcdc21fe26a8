#include "study/heldout.h"
#include "base/heap.h"
#include <math.h>
#include <stdio.h>

const double lab_heldout_tops[LAB_HELDOUT_TOPS] = {0.1, 0.2, 0.3, 0.5};

/* Numbers rows by their first column. Returns how many there are. */
static isize number_sizes(const lab_study *study, isize *group)
{
    isize count = 0;
    for (isize i = 0; i < study->data.n; i++) {
        double x = lab_law_data_x(&study->data, i, 0);
        group[i] = -1;
        for (isize j = 0; j < i && group[i] < 0; j++)
            if (fabs(lab_law_data_x(&study->data, j, 0) - x) <= 1e-9 * fabs(x)) group[i] = group[j];
        if (group[i] < 0) group[i] = count++;
    }
    return count;
}

static void leave_sizes(lab_heldout *out, const lab_study *study,
                        const lab_holdout_options *options)
{
    isize *group = lab_heap_take(study->data.n * (isize)sizeof *group);
    isize sizes = number_sizes(study, group);
    if (sizes > 1 && sizes < study->data.n) {
        (void)snprintf(out->by_size, sizeof out->by_size, "each %s", study->fit.law->column[0]);
        lab_holdout_groups(&out->size, &study->data, NULL, &study->fit, group, options);
    }
    lab_heap_free(group);
}

static void leave_tops(lab_heldout *out, const lab_study *study, const lab_holdout_options *options)
{
    double *compute = lab_heap_take(study->data.n * (isize)sizeof *compute);
    out->by_compute = true;
    for (isize i = 0; i < study->data.n; i++) {
        compute[i] = study->sample.rows[i].compute;
        out->by_compute &= isfinite(compute[i]);
    }
    for (int i = 0; out->by_compute && i < LAB_HELDOUT_TOPS; i++)
        lab_holdout_top(&out->top[i], &study->data, NULL, &study->fit, compute, lab_heldout_tops[i],
                        options);
    lab_heap_free(compute);
}

/* What is left out at a time where units are clusters, of which study has a name. */
static void name_units(lab_heldout *out, const lab_study *study)
{
    const char *unit = out->one.units == study->data.n ? "run"
                       : study->wish.by_setting        ? "setting"
                                                       : "cluster";
    if (out->one.refits < out->one.units)
        (void)snprintf(out->by_one, sizeof out->by_one, "%td folds of %ss", out->one.refits, unit);
    else
        (void)snprintf(out->by_one, sizeof out->by_one, "each %s", unit);
}

void lab_heldout_init(lab_heldout *out, const lab_study *study, int draws, lab_holdout_row *one)
{
    lab_holdout_options options = {.draws = draws > 0 ? draws : LAB_HELDOUT_DRAWS,
                                   .confidence = study->wish.confidence,
                                   .seed = study->wish.seed,
                                   .workers = study->wish.fit.workers};
    *out = (lab_heldout){0};
    if (study->fit.reason) {
        out->one.reason = study->fit.reason;
        return;
    }
    options.rows = one;
    lab_holdout_one(&out->one, &study->data, NULL, &study->fit, &options);
    options.rows = NULL;
    name_units(out, study);
    leave_sizes(out, study, &options);
    leave_tops(out, study, &options);
}
