#include "base/text.h"
#include "cli/fit.h"
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
