/* report/svg_parts.h - what a plot, its legend and its rows have in common: of svg.c, legend.c and
 * plot_csv.c alone. */
#ifndef LAB_SVG_PARTS_H
#define LAB_SVG_PARTS_H
#include "report/svg.h"

enum { LAB_SVG_LEFT = 64, LAB_SVG_ROW = 20 }; /* px: of the area that holds data, of a legend */

void lab_svg_hue(lab_text *out, int hue); /* its class */
void lab_svg_dash(lab_text *out, int dash);
/* A marker about (0, 0). */
void lab_svg_marker(lab_text *out, int shape, bool hollow);
/* The legend inside an SVG, below top; out NULL writes nothing. Returns its number of rows. */
int lab_svg_legend_inside(const lab_plot *plot, lab_text *out, double top);
/* Rows that a series has in lab_plot_csv: one a point, but one alone where it crosses the plot. */
int lab_svg_rows(const lab_series *series);
#endif
