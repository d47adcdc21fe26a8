/* report/svg.h - plots as SVG: points, lines, bands and levels on linear or logarithmic axes.
 *
 * A plot is plain data. lab_svg_write finds the ranges from what the series hold and writes one
 * <svg> element that scales with its column. Colours are CSS classes (reports/assets/plot.css),
 * so the page decides about light and dark. Inside a page, reports/assets/plot.js shows tips,
 * zooms and lays out anew for narrow screens; what it needs for that stands in data-* attributes.
 *
 * A point whose y cannot be shown (not finite, or not above 0 on a logarithmic axis) breaks its
 * line and is drawn as a cross on the upper edge: nothing is dropped unseen. One whose x cannot
 * be shown has no place and is left out; lab_svg_write returns how many there were.
 *
 * Isolines are lines with LAB_SVG_NAME; a quantile plot is points and a line; a pair plot is a
 * grid of plots of at most 260 px (lab_page_grid).
 */
#ifndef LAB_SVG_H
#define LAB_SVG_H
#include "base/text.h"
#include "report/axis.h"
#include <stdint.h>

enum {
    LAB_SVG_LINE = 1,    /* joins the points in their order */
    LAB_SVG_POINTS = 2,  /* a marker at each, with a bar from low to high where both are finite */
    LAB_SVG_BAND = 4,    /* fills from low to high along x */
    LAB_SVG_LEVEL = 8,   /* a horizontal line across the plot at the first point's y */
    LAB_SVG_STRIPE = 16, /* fills from low to high of the first point across the plot */
    LAB_SVG_NAME = 32    /* the label stands at the last point shown, not in the legend */
};

enum {
    LAB_SVG_HUES = 8,
    LAB_SVG_SHAPES = 8,
    LAB_SVG_DASHES = 4,
    LAB_SVG_MARKS = 1000, /* of one plot: more of them become dots without intervals and tips */
    LAB_SVG_KEYS = 40     /* of a legend: it says how many more there are */
};

typedef struct {
    double x, y;
    double low, high; /* of the error bar or band; NaN for none */
    const char *tip;  /* borrowed; NULL for none */
} lab_point;

typedef struct {
    const char *label;       /* borrowed; in the legend once for each distinct text; NULL: not */
    unsigned draw;           /* LAB_SVG_LINE ... or'ed */
    bool thin;               /* a faint line */
    bool hollow;             /* markers without a filling, as of points that no fit has seen */
    int hue;                 /* colour, taken modulo LAB_SVG_HUES; -1: the ink of the text */
    int shape;               /* marker, modulo LAB_SVG_SHAPES */
    int dash;                /* 0 is a whole line; modulo LAB_SVG_DASHES */
    double shift;            /* added to x where it is drawn: sets neighbours apart */
    const lab_point *points; /* borrowed */
    int count;
} lab_series;

typedef struct {
    const char *title; /* above the plot; NULL for none */
    const char *about; /* one sentence for who cannot see it */
    lab_axis x, y;     /* label and log; the ranges are found */
    const lab_series *series;
    int series_count;
    int width, height; /* of the plot with its axis labels, in px; the legend comes below */
} lab_plot;

/* With style, CSS for a file of its own: legend and tips are inside. NULL: an element of a page
 * that has the style; a marker names its row of lab_plot_csv, which has the tip, in data-row. */
int lab_svg_write(lab_text *out, const lab_plot *plot, const char *style);
/* The legend of a plot in a page, as a list that wraps; nothing where no series has a label. */
void lab_svg_legend(lab_text *out, const lab_plot *plot);
/* Whether the plot has more markers than LAB_SVG_MARKS, which makes dots of them. */
bool lab_svg_is_dense(const lab_plot *plot);

/* What the plot shows, as CSV: series, x and y under the labels of their axes, low and high where
 * a point has them, and note, where a point has a tip; in the order of the series. Numbers read
 * back to the same double; what is not finite is nan, inf or -inf. Writes rows_max rows at most
 * and returns how many there are. */
/* The fewest digits that read back, but whole numbers as such: 640, not 6.4e+02. */
lab_short lab_plot_number(double value);
#define LAB_PLOT_ALL PTRDIFF_MAX
isize lab_plot_csv(lab_text *out, const lab_plot *plot, isize rows_max);
#endif
