/* report/chart.h - a plot that is put together a point at a time.
 *
 *     lab_chart chart = {0};
 *     lab_chart_series(&chart, (lab_series){.label = "runs", .draw = LAB_SVG_POINTS});
 *     for (...) lab_chart_point(&chart, x, y, none);
 *     lab_chart_tip(&chart, "run %s", name);                    of the last point
 *     lab_chart_put(&chart, page, "loss-by-size", &(lab_plot){.about = ...});
 */
#ifndef LAB_CHART_H
#define LAB_CHART_H
#include "report/figure.h"
#include "stats/distribution.h"

typedef struct {
    lab_series *series; /* owned, as their labels are; points are set when the chart is put */
    lab_point *points;  /* owned, as their tips are */
    int series_count, series_room;
    isize point_count, point_room;
} lab_chart; /* {0} is empty */

/* The points that follow belong to it; what look says of points and count does not matter, and its
 * label is copied. */
void lab_chart_series(lab_chart *chart, lab_series look);
/* range: of the error bar or band; NaNs for none. */
void lab_chart_point(lab_chart *chart, double x, double y, lab_interval range);
void lab_chart_tip(lab_chart *chart, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A point that is a series of its own, with its error bar; its tip is set by lab_chart_tip. */
void lab_chart_marker(lab_chart *chart, lab_look look, lab_point point);
/* A level across the plot, unless the chart is empty; look says how. */
void lab_chart_level(lab_chart *chart, lab_series look, double y);
/* The line y = x over all points, unless there are none. */
void lab_chart_diagonal(lab_chart *chart);
/* Draws the plot with these series on the page, and empties the chart; without points it draws
 * nothing. */
void lab_chart_put(lab_chart *chart, lab_page *page, const char *name, const lab_plot *plot);

/* No error bar. */
lab_interval lab_chart_none(void);
/* The i-th of count places from low to high, equally far apart in the logarithm. */
double lab_chart_between(double low, double high, int i, int count);
#endif
