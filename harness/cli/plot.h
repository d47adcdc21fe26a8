/* cli/plot.h - lines on a grid of characters: braille dots (2 x 4 a character), or, where several
 * lines must be told apart without colour, a letter for each. */
#ifndef LAB_PLOT_H
#define LAB_PLOT_H
#include "base/text.h"

typedef struct {
    double x, y; /* not finite: a gap in the line */
} lab_point;

typedef struct {
    const lab_point *points; /* borrowed */
    isize count;
} lab_line;

typedef struct {
    int columns, rows; /* characters of the plotting area */
    bool log_x, log_y, colour;
    const char *x_name, *y_name;
} lab_plot_style;

/* Appends the plot with its axes. On a log axis, points that are not positive are gaps. *left_out
 * counts the points that are gaps. */
void lab_plot_draw(const lab_line *lines, int count, const lab_plot_style *style, lab_text *text,
                   isize *left_out);
#endif
