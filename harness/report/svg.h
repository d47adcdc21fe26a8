/* report/svg.h - plots as SVG: points, lines, bands and levels on linear or logarithmic axes.
 *
 * A plot is plain data; lab_svg_write finds the ranges from what the series hold and writes one
 * <svg> element that scales with its column. Colours are CSS classes (reports/assets/plot.css),
 * so the page decides about light and dark. Hovering a point shows its tip.
 *
 * A point whose y cannot be shown (not finite, or not above 0 on a logarithmic axis) breaks its
 * line and is drawn as a cross on the upper edge: nothing is dropped unseen. One whose x cannot
 * be shown has no place and is left out; lab_svg_write returns how many there were.
 */
#ifndef LAB_SVG_H
#define LAB_SVG_H
#include "base/text.h"
#include "report/axis.h"

enum {
    LAB_SVG_LINE = 1,   /* joins the points in their order */
    LAB_SVG_POINTS = 2, /* a marker at each, with a bar from low to high where both are finite */
    LAB_SVG_BAND = 4,   /* fills from low to high along x */
    LAB_SVG_LEVEL = 8   /* a horizontal line across the plot at the first point's y */
};

enum { LAB_SVG_HUES = 8, LAB_SVG_SHAPES = 8, LAB_SVG_DASHES = 4 };

typedef struct {
    double x, y;
    double low, high; /* of the error bar or band; NaN for none */
    const char *tip;  /* borrowed; NULL for none */
} lab_point;

typedef struct {
    const char *label;       /* borrowed; in the legend once for each distinct text; NULL: not */
    unsigned draw;           /* LAB_SVG_LINE ... or'ed */
    bool thin;               /* a faint line */
    int hue;                 /* colour, taken modulo LAB_SVG_HUES; -1: the ink of the text */
    int shape;               /* marker, modulo LAB_SVG_SHAPES */
    int dash;                /* 0 is a whole line; modulo LAB_SVG_DASHES */
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

/* style is CSS for a file of its own, or NULL for an element inside a page that has the style. */
int lab_svg_write(lab_text *out, const lab_plot *plot, const char *style);
#endif
