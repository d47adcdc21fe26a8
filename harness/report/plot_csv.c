/* What a plot shows, as rows. */
#include "report/svg_parts.h"
#include <math.h>
#include <stdio.h>

enum { ERRORS = 1, NOTES = 2 };

int lab_svg_rows(const lab_series *series)
{
    bool across = series->draw & (LAB_SVG_LEVEL | LAB_SVG_STRIPE);
    return across && series->count > 1 ? 1 : series->count;
}

static unsigned columns_of(const lab_plot *plot)
{
    unsigned columns = 0;
    for (int s = 0; s < plot->series_count; s++)
        for (int i = 0; i < lab_svg_rows(&plot->series[s]); i++) {
            const lab_point *point = &plot->series[s].points[i];
            if (isfinite(point->low) || isfinite(point->high)) columns |= ERRORS;
            if (point->tip) columns |= NOTES;
        }
    return columns;
}

lab_short lab_plot_number(double value)
{
    const double plain = 1e15; /* up to which whole numbers are exact and no longer than a power */
    lab_short out = lab_short_real(value);
    if (fabs(value) < plain && value == trunc(value))
        (void)snprintf(out.text, sizeof out.text, "%.0f", value);
    return out;
}

static void put_number(lab_text *out, double value)
{
    lab_text_put(out, ",");
    lab_text_put(out, lab_plot_number(value).text);
}

static void put_row(lab_text *out, const lab_series *series, const lab_point *point,
                    unsigned columns)
{
    bool across = series->draw & (LAB_SVG_LEVEL | LAB_SVG_STRIPE);
    if (series->label) lab_text_csv(out, series->label);
    if (across)
        lab_text_put(out, ",");
    else
        put_number(out, point->x);
    if ((series->draw & LAB_SVG_STRIPE) && isnan(point->y))
        lab_text_put(out, ",");
    else
        put_number(out, point->y);
    if (columns & ERRORS) {
        bool has = isfinite(point->low) || isfinite(point->high);
        for (int high = 0; high < 2; high++)
            if (has)
                put_number(out, high ? point->high : point->low);
            else
                lab_text_put(out, ",");
    }
    if (columns & NOTES) {
        lab_text_put(out, ",");
        if (point->tip) lab_text_csv(out, point->tip);
    }
    lab_text_put(out, "\n");
}

isize lab_plot_csv(lab_text *out, const lab_plot *plot, isize rows_max)
{
    unsigned columns = columns_of(plot);
    isize rows = 0;
    lab_text_put(out, "series,");
    lab_text_csv(out, plot->x.label ? plot->x.label : "x");
    lab_text_put(out, ",");
    lab_text_csv(out, plot->y.label ? plot->y.label : "y");
    lab_text_put(out, columns & ERRORS ? ",low,high" : "");
    lab_text_put(out, columns & NOTES ? ",note\n" : "\n");
    for (int s = 0; s < plot->series_count; s++)
        for (int i = 0; i < lab_svg_rows(&plot->series[s]); i++)
            if (rows++ < rows_max)
                put_row(out, &plot->series[s], &plot->series[s].points[i], columns);
    return rows;
}
