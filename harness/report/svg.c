#include "report/svg.h"
#include "report/escape.h"
#include "report/svg_parts.h"
#include <math.h>
#include <string.h>

enum { RIGHT = 26, TOP = 12, TITLE = 22, BOTTOM = 48, TICK_ACROSS = 64, TICK_UP = 48 };
#define TICK_SIGN 6.6 /* px that a sign of a label takes */

typedef struct {
    lab_text *out;
    const lab_plot *plot;
    lab_axis x, y;
    double left, right, top, bottom; /* of the area that holds the data */
    bool dense;                      /* markers are dots */
    bool tips;                       /* stand in the file; in a page, rows do */
} canvas;

static double at_x(const canvas *c, double value)
{
    return c->left + (c->right - c->left) * lab_axis_place(&c->x, value);
}

static double at_y(const canvas *c, double value)
{
    return c->bottom - (c->bottom - c->top) * lab_axis_place(&c->y, value);
}

static void write_tip(const canvas *c, const char *tip)
{
    if (!tip || !c->tips) return;
    lab_text_put(c->out, "<title>");
    lab_escape_html(c->out, tip);
    lab_text_put(c->out, "</title>");
}

/* ---- ranges ---- */

static bool across(const lab_series *series)
{
    return series->draw & (LAB_SVG_LEVEL | LAB_SVG_STRIPE);
}

static void find_ranges(canvas *c)
{
    c->x = c->plot->x;
    c->y = c->plot->y;
    lab_axis_start(&c->x);
    lab_axis_start(&c->y);
    for (int s = 0; s < c->plot->series_count; s++) {
        const lab_series *series = &c->plot->series[s];
        for (int i = 0; i < series->count; i++) {
            const lab_point *point = &series->points[i];
            if (!across(series)) lab_axis_cover(&c->x, point->x + series->shift);
            lab_axis_cover(&c->y, point->y);
            lab_axis_cover(&c->y, point->low);
            lab_axis_cover(&c->y, point->high);
        }
    }
    lab_axis_settle(&c->x);
    lab_axis_settle(&c->y);
    c->x.room = (int)(c->right - c->left) / TICK_ACROSS;
    c->y.room = (int)(c->bottom - c->top) / TICK_UP;
}

/* ---- frame ---- */

static void write_label(const canvas *c, const lab_tick *tick)
{
    lab_escape_html(c->out, tick->text);
    if (tick->power[0])
        lab_text_add(c->out, "<tspan class=\"power\" dy=\"-5\">%s</tspan>", tick->power);
    lab_text_put(c->out, "</text>");
}

/* Pixels that the label takes across. */
static double label_width(const lab_tick *tick)
{
    double signs = 0;
    for (const char *at = tick->text; *at; at++) signs += ((unsigned char)*at & 0xC0) != 0x80;
    return TICK_SIGN * (signs + (double)strlen(tick->power));
}

/* Labels that would touch the one before are left out: steps of one size come closer and closer on
 * a logarithmic axis. */
static void write_ticks(const canvas *c, bool along_x)
{
    double taken = -(double)INFINITY;
    lab_tick ticks[LAB_TICKS_MAX];
    int count = lab_axis_ticks(along_x ? &c->x : &c->y, ticks);
    for (int i = 0; i < count; i++) {
        const char *grid = ticks[i].major ? "grid" : "grid minor";
        if (along_x) {
            double x = at_x(c, ticks[i].value);
            lab_text_add(c->out, "<path class=\"%s\" d=\"M%.2f %.1fV%.1f\"/>", grid, x, c->top,
                         c->bottom);
            double half = label_width(&ticks[i]) / 2;
            if (!ticks[i].text[0] || x - half < taken) continue;
            taken = x + half + TICK_SIGN;
            lab_text_add(c->out,
                         "<text class=\"tick\" x=\"%.2f\" y=\"%.1f\" text-anchor=\"middle\">", x,
                         c->bottom + 17);
        } else {
            double y = at_y(c, ticks[i].value);
            lab_text_add(c->out, "<path class=\"%s\" d=\"M%.1f %.2fH%.1f\"/>", grid, c->left, y,
                         c->right);
            if (!ticks[i].text[0]) continue;
            lab_text_add(c->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.2f\" text-anchor=\"end\">",
                         c->left - 7, y + 4);
        }
        write_label(c, &ticks[i]);
    }
}

static void write_frame(const canvas *c)
{
    lab_text_put(c->out, "<g class=\"axes\">");
    write_ticks(c, true);
    write_ticks(c, false);
    lab_text_add(c->out, "</g>\n<path class=\"frame\" d=\"M%.1f %.1fV%.1fH%.1f\"/>", c->left,
                 c->top, c->bottom, c->right);
    lab_text_add(c->out, "<text class=\"name x\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                 (c->left + c->right) / 2, c->bottom + 38);
    lab_escape_html(c->out, c->x.label);
    lab_text_add(c->out,
                 "</text><text class=\"name\" text-anchor=\"middle\" "
                 "transform=\"translate(15 %.1f) rotate(-90)\">",
                 (c->top + c->bottom) / 2);
    lab_escape_html(c->out, c->y.label);
    lab_text_put(c->out, "</text>\n");
    if (!c->plot->title) return;
    lab_text_add(c->out, "<text class=\"title\" x=\"%.1f\" y=\"%d\">", c->left, TITLE - 6);
    lab_escape_html(c->out, c->plot->title);
    lab_text_put(c->out, "</text>\n");
}

/* ---- what scales with the axes ---- */

static bool shown(const canvas *c, const lab_point *point)
{
    return lab_axis_shows(&c->x, point->x) && lab_axis_shows(&c->y, point->y);
}

static bool banded(const canvas *c, const lab_point *point)
{
    return lab_axis_shows(&c->y, point->low) && lab_axis_shows(&c->y, point->high);
}

static void write_band(const canvas *c, const lab_series *series)
{
    const char *join = "M";
    lab_text_put(c->out, "<path class=\"band\" d=\"");
    for (int i = 0; i < 2 * series->count; i++) {
        bool there = i < series->count; /* along the high edge, then back along the low one */
        const lab_point *point = &series->points[there ? i : 2 * series->count - 1 - i];
        if (!lab_axis_shows(&c->x, point->x) || !banded(c, point)) continue;
        lab_text_add(c->out, "%s%.2f %.2f", join, at_x(c, point->x + series->shift),
                     at_y(c, there ? point->high : point->low));
        join = "L";
    }
    lab_text_put(c->out, "Z\"/>");
}

static void write_line(const canvas *c, const lab_series *series)
{
    bool drawing = false;
    lab_text_put(c->out, "<path class=\"line\"");
    lab_svg_dash(c->out, series->dash);
    lab_text_put(c->out, " d=\"");
    for (int i = 0; i < series->count; i++) {
        const lab_point *point = &series->points[i];
        bool show = shown(c, point);
        if (show)
            lab_text_add(c->out, "%s%.1f %.1f", drawing ? "L" : "M",
                         at_x(c, point->x + series->shift), at_y(c, point->y));
        drawing = show;
    }
    lab_text_put(c->out, "\"/>");
}

static void write_across(const canvas *c, const lab_series *series)
{
    if (series->count < 1) return;
    const lab_point *point = &series->points[0];
    if ((series->draw & LAB_SVG_STRIPE) && banded(c, point))
        lab_text_add(c->out, "<path class=\"band\" d=\"M%.1f %.2fH%.1fV%.2fH%.1fZ\"/>", c->left,
                     at_y(c, point->high), c->right, at_y(c, point->low), c->left);
    if (!(series->draw & LAB_SVG_LEVEL) || !lab_axis_shows(&c->y, point->y)) return;
    lab_text_put(c->out, "<path class=\"line\"");
    lab_svg_dash(c->out, series->dash);
    lab_text_add(c->out, " d=\"M%.1f %.2fH%.1f\">", c->left, at_y(c, point->y), c->right);
    write_tip(c, point->tip);
    lab_text_put(c->out, "</path>");
}

/* Under the markers: bars, or dots where there are too many for markers. */
static void write_bars(const canvas *c, const lab_series *series)
{
    lab_text_add(c->out, "<path class=\"%s\" d=\"", c->dense ? "dots" : "bar");
    for (int i = 0; i < series->count; i++) {
        const lab_point *point = &series->points[i];
        if (!shown(c, point) || (!c->dense && !banded(c, point))) continue;
        double x = at_x(c, point->x + series->shift);
        if (c->dense)
            lab_text_add(c->out, "M%.1f %.1fh0", x, at_y(c, point->y));
        else
            lab_text_add(c->out, "M%.1f %.1fV%.1f", x, at_y(c, point->low), at_y(c, point->high));
    }
    lab_text_put(c->out, "\"/>");
}

/* ---- what keeps its size ---- */

static void write_mark(const canvas *c, const lab_series *series, int i, int row)
{
    const lab_point *point = &series->points[i];
    bool show = shown(c, point);
    double x = at_x(c, point->x + series->shift);
    if (show)
        lab_text_add(c->out, "<g transform=\"translate(%.1f %.1f)\"", x, at_y(c, point->y));
    else
        lab_text_add(c->out, "<g class=\"gone\" transform=\"translate(%.1f %.1f)\"", x, c->top + 4);
    if (!c->tips) lab_text_add(c->out, " data-row=\"%d\"", row + i);
    lab_text_put(c->out, ">");
    write_tip(c, point->tip);
    if (show)
        lab_svg_marker(c->out, series->shape, series->hollow);
    else
        lab_text_put(c->out, "<path class=\"lost\" d=\"M-4 -4l8 8m0 -8l-8 8\"/>");
    lab_text_put(c->out, "</g>");
}

/* Points that have a marker, and those whose y cannot be shown; row is that of the first in the
 * plot's CSV. Returns how many have no x. */
static int write_marks(const canvas *c, const lab_series *series, int row)
{
    int lost = 0, last = -1;
    bool marks = (series->draw & LAB_SVG_POINTS) && !c->dense;
    for (int i = 0; i < series->count; i++) {
        const lab_point *point = &series->points[i];
        bool show = shown(c, point);
        if (!lab_axis_shows(&c->x, point->x))
            lost++;
        else if (!show || marks)
            write_mark(c, series, i, row);
        if (show) last = i;
    }
    if (!(series->draw & LAB_SVG_NAME) || last < 0 || !series->label) return lost;
    const lab_point *end = &series->points[last];
    lab_text_add(c->out,
                 "<g transform=\"translate(%.1f %.1f)\"><text class=\"iso\" x=\"-3\" "
                 "y=\"-4\" text-anchor=\"end\">",
                 at_x(c, end->x + series->shift), at_y(c, end->y));
    lab_escape_html(c->out, series->label);
    lab_text_put(c->out, "</text></g>");
    return lost;
}

/* ---- series ---- */

/* Closes the group of the series before and opens that of this one, unless they look alike;
 * NULL stands for none. */
static void enter(const canvas *c, const lab_series *before, const lab_series *series)
{
    if (before && series && before->hue == series->hue && before->thin == series->thin) return;
    if (before) lab_text_put(c->out, "</g>\n");
    if (!series) return;
    lab_text_put(c->out, "<g class=\"");
    lab_svg_hue(c->out, series->hue);
    lab_text_put(c->out, series->thin || c->dense ? " thin\">" : "\">");
}

/* Whether a series has anything in that layer of what scales. */
static bool has_shapes(const canvas *c, const lab_series *series, unsigned layer)
{
    if (!(series->draw & layer)) return false;
    if (layer == LAB_SVG_LEVEL) return !(series->draw & LAB_SVG_STRIPE); /* drawn with that */
    if (layer != LAB_SVG_POINTS) return true;
    if (c->dense) return !(series->draw & LAB_SVG_LINE);
    for (int i = 0; i < series->count; i++)
        if (banded(c, &series->points[i])) return true;
    return false;
}

static bool has_marks(const canvas *c, const lab_series *series)
{
    if (!(series->draw & (LAB_SVG_POINTS | LAB_SVG_LINE))) return false;
    if ((series->draw & LAB_SVG_NAME) || ((series->draw & LAB_SVG_POINTS) && !c->dense))
        return true;
    for (int i = 0; i < series->count; i++)
        if (!shown(c, &series->points[i])) return true;
    return false;
}

static void write_shapes(const canvas *c)
{
    static const unsigned order[] = {LAB_SVG_STRIPE, LAB_SVG_BAND, LAB_SVG_LEVEL, LAB_SVG_LINE,
                                     LAB_SVG_POINTS};
    for (size_t layer = 0; layer < sizeof order / sizeof *order; layer++) {
        const lab_series *before = NULL;
        for (int s = 0; s < c->plot->series_count; s++) {
            const lab_series *series = &c->plot->series[s];
            if (!has_shapes(c, series, order[layer])) continue;
            enter(c, before, series);
            before = series;
            if (order[layer] == LAB_SVG_BAND) write_band(c, series);
            if (order[layer] & (LAB_SVG_LEVEL | LAB_SVG_STRIPE)) write_across(c, series);
            if (order[layer] == LAB_SVG_LINE) write_line(c, series);
            if (order[layer] == LAB_SVG_POINTS) write_bars(c, series);
        }
        enter(c, before, NULL);
    }
}

/* What is inside is cut off at the edge of the area, which zooming needs. */
static int write_series(const canvas *c)
{
    int lost = 0, row = 0;
    const lab_series *before = NULL;
    lab_text_add(c->out,
                 "<svg class=\"area\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                 "viewBox=\"%.1f %.1f %.1f %.1f\">\n<g class=\"shapes\">\n",
                 c->left, c->top, c->right - c->left, c->bottom - c->top, c->left, c->top,
                 c->right - c->left, c->bottom - c->top);
    write_shapes(c);
    lab_text_put(c->out, "</g>\n<g class=\"marks\">\n");
    for (int s = 0; s < c->plot->series_count; s++) {
        const lab_series *series = &c->plot->series[s];
        if (has_marks(c, series)) {
            enter(c, before, series);
            lost += write_marks(c, series, row);
            before = series;
        }
        row += lab_svg_rows(series);
    }
    enter(c, before, NULL);
    lab_text_put(c->out, "</g>\n</svg>\n");
    return lost;
}

bool lab_svg_is_dense(const lab_plot *plot)
{
    isize marks = 0;
    for (int s = 0; s < plot->series_count; s++)
        if (plot->series[s].draw & LAB_SVG_POINTS) marks += plot->series[s].count;
    return marks > LAB_SVG_MARKS;
}

/* "log 1e9 1e12": what the script that zooms reads. */
static void write_axis(lab_text *out, const char *name, const lab_axis *axis)
{
    lab_text_add(out, " data-%s=\"%s ", name, axis->log ? "log" : axis->whole ? "whole" : "linear");
    lab_text_add(out, "%s ", lab_short_real(axis->low).text);
    lab_text_add(out, "%s\"", lab_short_real(axis->high).text);
}

int lab_svg_write(lab_text *out, const lab_plot *plot, const char *style)
{
    canvas c = {.out = out,
                .plot = plot,
                .left = LAB_SVG_LEFT,
                .right = plot->width - RIGHT,
                .top = plot->title ? TITLE + 4 : TOP,
                .bottom = plot->height - BOTTOM,
                .dense = lab_svg_is_dense(plot),
                .tips = style != NULL};
    find_ranges(&c);
    int rows = style ? lab_svg_legend_inside(plot, NULL, 0) : 0;
    int height = plot->height + rows * LAB_SVG_ROW;
    lab_text_add(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" "
                 "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\"",
                 plot->width, height, plot->width, height);
    if (!style) {
        lab_text_put(out, " tabindex=\"0\"");
        write_axis(out, "x", &c.x);
        write_axis(out, "y", &c.y);
    }
    lab_text_put(out, " aria-label=\"");
    lab_escape_html(out, plot->about);
    lab_text_put(out, "\">\n");
    if (style) {
        lab_text_add(out, "<style>%s</style>\n", style);
        lab_text_add(out, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", plot->width,
                     height);
    }
    write_frame(&c);
    int lost = write_series(&c);
    if (style) (void)lab_svg_legend_inside(plot, out, plot->height);
    lab_text_put(out, "</svg>\n");
    return lost;
}
