#include "law/checks.h"
#include "base/heap.h"
#include "law/checked.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    lab_check_function *look;
} table[] = {{"rows for the parameters", lab_check_rows},
             {"levels of each column", lab_check_levels},
             {"columns apart", lab_check_design},
             {"range of compute", lab_check_range},
             {"extrapolation", lab_check_extrapolation},
             {"condition of the fit", lab_check_condition},
             {"bounds", lab_check_bounds},
             {"plausible values", lab_check_plausible},
             {"one basin", lab_check_basins},
             {"starts", lab_check_starts},
             {"approaches agree", lab_check_approaches},
             {"residuals over columns", lab_check_trend_columns},
             {"residuals over compute", lab_check_trend_compute},
             {"residuals over D/N", lab_check_trend_ratio},
             {"outliers", lab_check_outliers},
             {"seeds", lab_check_seeds},
             {"learning rate decayed", lab_check_decay},
             {"one protocol", lab_check_protocol}};
_Static_assert(sizeof table / sizeof *table == LAB_CHECKS, "all checks");

const char *lab_verdict_name(lab_verdict verdict)
{
    static const char *const names[] = {"passed", "failed", "not applicable"};
    return names[verdict];
}

static void append(lab_check *out, const char *format, va_list list)
{
    size_t used = strlen(out->text);
    (void)vsnprintf(out->text + used, sizeof out->text - used, format, list);
}

void lab_check_add(lab_check *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    append(out, format, list);
    va_end(list);
}

void lab_check_say(lab_check *out, bool failed, const char *format, ...)
{
    va_list list;
    out->verdict = failed ? LAB_CHECK_FAILED : LAB_CHECK_PASSED;
    out->text[0] = 0;
    va_start(list, format);
    append(out, format, list);
    va_end(list);
}

void lab_check_lacks(lab_check *out, const char *what)
{
    out->verdict = LAB_CHECK_NOT_APPLICABLE;
    (void)snprintf(out->text, sizeof out->text, "not known: %s", what);
}

void lab_check_lacks_of(lab_check *out, const lab_checked *of, isize missing, const char *what)
{
    if (missing > 0)
        lab_check_say(out, true, "%td of %td rows have none: %s", missing, of->n, what);
    else
        lab_check_lacks(out, what);
}

int lab_checks_make(lab_check checks[], const lab_checks_given *given)
{
    const lab_law_data *data = given->data;
    const isize real = (isize)sizeof(double);
    LAB_ASSERT(!given->fit->reason && given->fit->law == data->law);
    isize *row = lab_heap_take((data->n + 1) * (isize)sizeof *row), n = 0;
    double *rest = lab_heap_take((5 * data->n + 1) * real);
    lab_law_rows rows = lab_law_data_rows(data, given->weight);
    for (isize i = 0; i < data->n; i++) {
        if (given->weight && !(given->weight[i] > 0)) continue;
        rest[n] = data->response[i] - lab_law_rows_predict(&rows, i, given->fit->theta, NULL);
        row[n++] = i;
    }
    const lab_checked of = {given, n, row, rest, rest + data->n};
    int failed = 0;
    for (int i = 0; i < LAB_CHECKS; i++) {
        checks[i] = (lab_check){.name = table[i].name};
        table[i].look(&checks[i], &of);
        failed += checks[i].verdict == LAB_CHECK_FAILED;
    }
    lab_heap_free(rest);
    lab_heap_free(row);
    return failed;
}
