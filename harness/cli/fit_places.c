#include "base/text.h"
#include "cli/fit.h"
#include "study/factor.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lab_status bad_place(const char *words, const lab_law *law, lab_error *err)
{
    lab_text wanted = {0};
    for (int k = 0; k < law->columns; k++)
        lab_text_add(&wanted, "%s%s=VALUE", k ? "," : "", law->column[k]);
    lab_status status =
        lab_fail(err, LAB_ERR_CONFIG, "--at: '%.200s' is not %s, which law %s predicts from", words,
                 lab_text_of(&wanted), law->name);
    lab_text_finish(&wanted);
    return status;
}

static bool read_place(double *x, const char *words, const lab_law *law)
{
    for (int k = 0; k < LAB_LAW_COLUMNS; k++) x[k] = (double)NAN;
    for (const char *at = words; *at;) {
        char *end = NULL;
        size_t bytes = strcspn(at, "=");
        int column = 0;
        while (column < law->columns && (strlen(law->column[column]) != bytes ||
                                         strncmp(law->column[column], at, bytes) != 0))
            column++;
        if (column == law->columns || !at[bytes] || !isnan(x[column])) return false;
        x[column] = strtod(at + bytes + 1, &end);
        if (end == at + bytes + 1 || (*end && *end != ',')) return false;
        at = *end ? end + 1 : end;
    }
    return !lab_law_refuses(law, x, 1);
}

lab_status lab_fit_places_read(lab_fit_places *places, const lab_law *law, lab_error *err)
{
    for (int i = 0; i < places->count; i++)
        if (!read_place(places->x[i], places->words[i], law))
            return bad_place(places->words[i], law, err);
    return LAB_OK;
}

/* Decades from the rows of the study to a value of the column; 0 within. */
static double beyond(const lab_study *study, int column, double x)
{
    double low = (double)INFINITY, high = 0;
    for (isize i = 0; i < study->data.n; i++) {
        low = fmin(low, lab_law_data_x(&study->data, i, column));
        high = fmax(high, lab_law_data_x(&study->data, i, column));
    }
    return fmax(fmax(log10(x / high), log10(low / x)), 0);
}

/* The same of compute, where it follows from N and D; 0 where it does not. */
static double beyond_compute(const lab_study *study, const double *x)
{
    const lab_factor k = lab_factor_of(&study->sample);
    double highest = 0;
    if (k.rows == 0) return 0;
    for (isize i = 0; i < study->sample.used; i++)
        highest = fmax(highest, study->sample.rows[i].compute); /* which passes over NaN */
    return log10(k.factor * x[0] * x[1] / highest);
}

void lab_fit_place_note(const double *x, const lab_study *study, lab_text *out)
{
    const lab_law *law = study->fit.law;
    const double dear = beyond_compute(study, x);
    if (dear > LAB_CHECK_BEYOND) lab_text_add(out, "%.1f decades beyond the rows in C", dear);
    for (int k = 0; law->kind == LAB_LAW_POWERS && k < law->columns; k++) {
        double far = beyond(study, k, x[k]);
        if (far > LAB_CHECK_BEYOND)
            lab_text_add(out, "%s%.1f decades beyond the rows in %s", out->length ? ", " : "", far,
                         law->column[k]);
    }
}

int lab_fit_places_far(const lab_fit_places *places, const lab_study *study)
{
    lab_text note = {0};
    int far = 0;
    for (int i = 0; i < places->count; i++) {
        lab_text_clear(&note);
        lab_fit_place_note(places->x[i], study, &note);
        far += note.length > 0;
    }
    lab_text_finish(&note);
    return far;
}
