#include "law/centred.h"
#include "base/heap.h"

void lab_centred_init(lab_centred *about, const lab_law_rows *rows, unsigned fixed)
{
    const lab_law *law = rows->law;
    const int features = lab_law_features(law);
    *about = (lab_centred){.rows = *rows};
    about->feature = lab_heap_take(rows->n * features * (isize)sizeof *about->feature);
    about->rows.feature = about->feature;
    for (int t = 0; t < law->terms; t++) {
        if (fixed >> law->term[t].coefficient & 1) continue;
        for (isize i = 0; i < rows->n; i++)
            about->centre[t] += rows->feature[i * features + t] / (double)rows->n;
    }
    for (isize i = 0; i < rows->n; i++)
        for (int t = 0; t < features; t++)
            about->feature[i * features + t] = rows->feature[i * features + t] - about->centre[t];
}

void lab_centred_finish(lab_centred *about)
{
    lab_heap_free(about->feature);
    about->feature = NULL;
}

void lab_centred_move(const lab_centred *about, double sign, double *theta)
{
    const lab_law *law = about->rows.law;
    for (int t = 0; t < law->terms; t++)
        if (law->term[t].exponent >= 0)
            theta[law->term[t].coefficient] +=
                sign * theta[law->term[t].exponent] * about->centre[t];
}
