/* report/scatter.h - a plot that is filled point by point, each with its own look and tip.
 *
 *     lab_scatter scatter;
 *     lab_scatter_open(&scatter, count);
 *     for (...) lab_scatter_add(&scatter, look, point, "run %s", run);
 *     lab_scatter_put(&scatter, page, "name", &plot);
 */
#ifndef LAB_SCATTER_H
#define LAB_SCATTER_H
#include "report/figure.h"

typedef struct {
    lab_series *series; /* owned; of one point each, then those of lab_scatter_line */
    lab_point *points;  /* owned */
    lab_text *tips;     /* owned */
    isize room;
    int used, lines;
} lab_scatter;

enum { LAB_SCATTER_LINES = 8 };

void lab_scatter_open(lab_scatter *scatter, isize room);
/* The next point; format makes its tip. */
void lab_scatter_add(lab_scatter *scatter, lab_look look, lab_point point, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A series besides, whose points are borrowed until the plot is put; LAB_SCATTER_LINES at most. */
void lab_scatter_line(lab_scatter *scatter, lab_series series);
/* The line y = x over all that was added, drawn from two points of the caller. */
void lab_scatter_diagonal(lab_scatter *scatter, lab_point ends[2]);
/* Puts the plot, whose series are set here, unless there is no point; frees the scatter. */
void lab_scatter_put(lab_scatter *scatter, lab_page *page, const char *name, lab_plot *plot);
#endif
