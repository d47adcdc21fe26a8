#include "study/exponents.h"
#include "base/heap.h"
#include "study/factor.h"
#include <math.h>
#include <string.h>

static void take_runs(lab_exponents *out, const lab_study *study)
{
    const lab_sample *sample = &study->sample;
    isize n = 0;
    double *columns = lab_heap_take(4 * sample->used * (isize)sizeof *columns);
    isize *cluster = lab_heap_take((sample->used + 1) * (isize)sizeof *cluster);
    double *of[4];
    for (int c = 0; c < 4; c++) of[c] = columns + c * sample->used;
    out->compute_low = (double)INFINITY;
    for (isize i = 0; i < sample->used; i++) {
        const lab_sample_row *row = &sample->rows[i];
        if (!(row->compute > 0) || !isfinite(row->compute)) continue;
        of[0][n] = row->x[0];
        of[1][n] = row->x[1];
        of[2][n] = row->compute;
        of[3][n] = row->y;
        cluster[n] = study->data.cluster[i];
        out->compute_low = fmin(out->compute_low, row->compute);
        out->compute_high = fmax(out->compute_high, row->compute);
        n++;
    }
    out->columns = columns;
    out->cluster = cluster;
    out->factor = lab_factor_of(sample).factor;
    out->runs = (lab_runs){
        .n = n, .size = of[0], .data = of[1], .compute = of[2], .loss = of[3], .cluster = cluster};
}

void lab_exponents_init(lab_exponents *out, const lab_study *study, int draws)
{
    const lab_law *law = study->fit.law;
    const lab_approach_options options = {.draws = draws > 0 ? draws : study->wish.draws,
                                          .seed = study->wish.seed,
                                          .confidence = study->wish.confidence};
    *out = (lab_exponents){0};
    if (study->fit.reason)
        out->reason = study->fit.reason;
    else if (strcmp(law->name, "chinchilla") != 0)
        out->reason = "the law has no N and D";
    else if (!study->sample.has_compute)
        out->reason = "the query has no column C";
    if (out->reason) return;
    take_runs(out, study);
    if (out->runs.n == 0) {
        out->reason = "no row has a compute C";
        return;
    }
    lab_approach_envelope(&out->by[LAB_APPROACH_ENVELOPE], &out->runs, &options);
    lab_approach_isoflop(&out->by[LAB_APPROACH_ISOFLOP], &out->runs, &options);
    lab_approach_surface(&out->by[LAB_APPROACH_SURFACE], law, study->fit.theta, out->factor,
                         &study->draws, study->wish.confidence);
    lab_approach_isoflop_bias(&out->bias, &out->by[LAB_APPROACH_ISOFLOP], &out->runs, &options, law,
                              study->fit.theta, out->compute_high);
    out->disagree = lab_approach_disagree(out->by, LAB_APPROACHES);
}

void lab_exponents_finish(lab_exponents *exponents)
{
    lab_heap_free(exponents->columns);
    lab_heap_free(exponents->cluster);
    *exponents = (lab_exponents){0};
}
