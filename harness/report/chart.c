#include "report/chart.h"
#include "base/heap.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

lab_interval lab_chart_none(void)
{
    return (lab_interval){(double)NAN, (double)NAN};
}

double lab_chart_between(double low, double high, int i, int count)
{
    return low * pow(high / low, i / (double)(count - 1));
}

void lab_chart_series(lab_chart *chart, lab_series look)
{
    if (chart->series_count == chart->series_room) {
        const int more = 2 * chart->series_room + 8;
        const isize bytes = (isize)sizeof *chart->series;
        chart->series = lab_heap_grow(chart->series, chart->series_room * bytes, more * bytes);
        chart->series_room = more;
    }
    look.label = look.label ? lab_heap_text(look.label) : NULL;
    look.points = NULL;
    look.count = 0;
    chart->series[chart->series_count++] = look;
}

void lab_chart_point(lab_chart *chart, double x, double y, lab_interval range)
{
    LAB_ASSERT(chart->series_count > 0);
    if (chart->point_count == chart->point_room) {
        const isize more = 2 * chart->point_room + 64, bytes = (isize)sizeof *chart->points;
        chart->points = lab_heap_grow(chart->points, chart->point_room * bytes, more * bytes);
        chart->point_room = more;
    }
    chart->points[chart->point_count++] = (lab_point){x, y, range.low, range.high, NULL};
    chart->series[chart->series_count - 1].count++;
}

void lab_chart_marker(lab_chart *chart, lab_look look, lab_point point)
{
    lab_chart_series(chart, (lab_series){.label = look.label,
                                         .draw = LAB_SVG_POINTS,
                                         .hue = look.hue,
                                         .shape = look.shape});
    lab_chart_point(chart, point.x, point.y, (lab_interval){point.low, point.high});
}

void lab_chart_level(lab_chart *chart, lab_series look, double y)
{
    if (chart->point_count == 0) return;
    look.draw = LAB_SVG_LEVEL;
    lab_chart_series(chart, look);
    lab_chart_point(chart, chart->points[0].x, y, lab_chart_none());
}

void lab_chart_diagonal(lab_chart *chart)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (isize i = 0; i < chart->point_count; i++) {
        low = fmin(low, fmin(chart->points[i].x, chart->points[i].y));
        high = fmax(high, fmax(chart->points[i].x, chart->points[i].y));
    }
    if (!(low <= high)) return;
    lab_chart_series(chart,
                     (lab_series){.label = "equal", .draw = LAB_SVG_LINE, .hue = -1, .dash = 2});
    lab_chart_point(chart, low, low, lab_chart_none());
    lab_chart_point(chart, high, high, lab_chart_none());
}

void lab_chart_tip(lab_chart *chart, const char *format, ...)
{
    char words[512];
    va_list args;
    LAB_ASSERT(chart->point_count > 0);
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    chart->points[chart->point_count - 1].tip = lab_heap_text(words);
}

void lab_chart_put(lab_chart *chart, lab_page *page, const char *name, const lab_plot *plot)
{
    lab_plot whole = *plot;
    isize first = 0;
    for (int s = 0; s < chart->series_count; s++) {
        chart->series[s].points = chart->points + first;
        first += chart->series[s].count;
    }
    whole.series = chart->series;
    whole.series_count = chart->series_count;
    if (chart->point_count > 0) lab_page_plot(page, name, &whole);
    for (int s = 0; s < chart->series_count; s++) lab_heap_free((void *)chart->series[s].label);
    for (isize i = 0; i < chart->point_count; i++) lab_heap_free((void *)chart->points[i].tip);
    lab_heap_free(chart->series);
    lab_heap_free(chart->points);
    *chart = (lab_chart){0};
}
