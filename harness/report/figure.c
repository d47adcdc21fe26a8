#include "report/figure.h"
#include "stats/distribution.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

bool lab_row_is(const lab_rows *rows, isize row, const char *column, const char *text)
{
    return strcmp(lab_rows_text(rows, row, column), text) == 0;
}

bool lab_alike(const lab_rows *rows, isize a, isize b)
{
    static const char *const columns[] = {"kind", "setting", "data"};
    for (int i = 0; i < 3; i++)
        if (!lab_row_is(rows, a, columns[i], lab_rows_text(rows, b, columns[i]))) return false;
    return true;
}

const char *lab_probe_how(const lab_scene *scene, isize row)
{
    isize at = lab_rows_find(scene->probes, "run", lab_rows_text(scene->rows, row, "probe_run"));
    return at < 0 ? "" : lab_rows_text(scene->probes, at, "label");
}

const lab_way *lab_row_way(const lab_rows *rows, isize row)
{
    return lab_way_at(lab_way_of(lab_rows_text(rows, row, "kind")));
}

void lab_name_probes(lab_text *out, const lab_scene *scene, isize row, const char *kind)
{
    const lab_rows *rows = scene->rows;
    const char *how = lab_probe_how(scene, row), *data = lab_rows_text(rows, row, "data_name");
    isize other = 0;
    while (other < lab_rows_count(rows) &&
           lab_row_is(rows, other, "data", lab_rows_text(rows, row, "data")))
        other++;
    bool many = other < lab_rows_count(rows);
    lab_text_clear(out);
    lab_text_add(out, "%s probes", kind);
    if (*how || many)
        lab_text_add(out, " (%s%s%s)", many ? data : "", many && *how ? ", " : "", how);
}

lab_point lab_accuracy_point(double x, double share, double images)
{
    lab_interval range = lab_proportion_interval(share, images, 0.95);
    return (lab_point){x, 100 * share, 100 * range.low, 100 * range.high, NULL};
}

lab_look lab_look_of(const lab_rows *styles, const char *run)
{
    isize row = lab_rows_find(styles, "run", run);
    if (row < 0) return (lab_look){run, LAB_SVG_HUES - 1, 0};
    return (lab_look){lab_rows_text(styles, row, "label"), (int)lab_rows_int(styles, row, "hue"),
                      (int)lab_rows_int(styles, row, "shape")};
}

lab_short lab_percent(double share, double error)
{
    lab_short out = {"none"};
    if (isfinite(share) && isfinite(error))
        (void)snprintf(out.text, sizeof out.text, "%.2f \u00B1 %.2f", 100 * share, 100 * error);
    else if (isfinite(share))
        (void)snprintf(out.text, sizeof out.text, "%.2f", 100 * share);
    return out;
}

lab_short lab_span(lab_interval interval)
{
    lab_short out = {"none"};
    if (!isnan(interval.low) && !isnan(interval.high))
        (void)snprintf(out.text, sizeof out.text, "%.4g to %.4g", interval.low, interval.high);
    return out;
}
