#include "report/svg.h"
#include "report/escape.h"
#include <math.h>
#include <string.h>

enum { LEFT = 64, RIGHT = 14, TOP = 12, TITLE = 22, BOTTOM = 48, ROW = 20, LETTER = 7, KEY = 34 };

static const char *const dashes[LAB_SVG_DASHES] = {"", "7 4", "2 3", "9 3 2 3"};

/* Corners of the markers about (0, 0); the first shape is a circle. */
static const struct {
    int corners;
    double at[12][2];
} shapes[LAB_SVG_SHAPES] = {
    {0, {{0, 0}}},
    {4, {{-.9, -.9}, {.9, -.9}, {.9, .9}, {-.9, .9}}},
    {3, {{0, -1.25}, {1.15, .8}, {-1.15, .8}}},
    {4, {{0, -1.35}, {1.1, 0}, {0, 1.35}, {-1.1, 0}}},
    {3, {{0, 1.25}, {-1.15, -.8}, {1.15, -.8}}},
    {12,
     {{-.4, -1.2},
      {.4, -1.2},
      {.4, -.4},
      {1.2, -.4},
      {1.2, .4},
      {.4, .4},
      {.4, 1.2},
      {-.4, 1.2},
      {-.4, .4},
      {-1.2, .4},
      {-1.2, -.4},
      {-.4, -.4}}},
    {5, {{0, -1.2}, {1.14, -.37}, {.7, .97}, {-.7, .97}, {-1.14, -.37}}},
    {8, {{0, -1.4}, {.4, -.4}, {1.4, 0}, {.4, .4}, {0, 1.4}, {-.4, .4}, {-1.4, 0}, {-.4, -.4}}},
};

typedef struct {
    lab_text *out;
    const lab_plot *plot;
    lab_axis x, y;
    double left, right, top, bottom; /* of the area that holds the data */
} canvas;

static double at_x(const canvas *c, double value)
{
    return c->left + (c->right - c->left) * lab_axis_place(&c->x, value);
}

static double at_y(const canvas *c, double value)
{
    return c->bottom - (c->bottom - c->top) * lab_axis_place(&c->y, value);
}

static int modulo(int index, int count)
{
    return (index % count + count) % count;
}

static void write_hue(lab_text *out, int hue)
{
    if (hue < 0)
        lab_text_put(out, "ink");
    else
        lab_text_add(out, "h%d", modulo(hue, LAB_SVG_HUES));
}

static void write_dash(lab_text *out, int dash)
{
    const char *pattern = dashes[modulo(dash, LAB_SVG_DASHES)];
    if (*pattern) lab_text_add(out, " stroke-dasharray=\"%s\"", pattern);
}

static void write_tip(lab_text *out, const char *tip)
{
    if (!tip) return;
    lab_text_put(out, "<title>");
    lab_escape_html(out, tip);
    lab_text_put(out, "</title>");
}

static void write_marker(lab_text *out, double x, double y, int shape)
{
    const double size = 4.2;
    int which = modulo(shape, LAB_SVG_SHAPES);
    if (shapes[which].corners == 0) {
        lab_text_add(out, "<circle class=\"mark\" cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\"/>", x, y,
                     size);
        return;
    }
    lab_text_put(out, "<path class=\"mark\" d=\"");
    for (int i = 0; i < shapes[which].corners; i++)
        lab_text_add(out, "%s%.2f %.2f", i ? "L" : "M", x + size * shapes[which].at[i][0],
                     y + size * shapes[which].at[i][1]);
    lab_text_put(out, "Z\"/>");
}

/* ---- ranges ---- */

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
            if (!(series->draw & LAB_SVG_LEVEL)) lab_axis_cover(&c->x, point->x);
            lab_axis_cover(&c->y, point->y);
            lab_axis_cover(&c->y, point->low);
            lab_axis_cover(&c->y, point->high);
        }
    }
    lab_axis_settle(&c->x);
    lab_axis_settle(&c->y);
}

/* ---- frame ---- */

static void write_label(const canvas *c, const lab_tick *tick)
{
    lab_escape_html(c->out, tick->text);
    if (tick->power[0])
        lab_text_add(c->out, "<tspan class=\"power\" dy=\"-5\">%s</tspan>", tick->power);
    lab_text_put(c->out, "</text>");
}

static void write_ticks(const canvas *c, bool across)
{
    lab_tick ticks[LAB_TICKS_MAX];
    int count = lab_axis_ticks(across ? &c->x : &c->y, ticks);
    for (int i = 0; i < count; i++) {
        const char *grid = ticks[i].major ? "grid" : "grid minor";
        if (across) {
            double x = at_x(c, ticks[i].value);
            lab_text_add(c->out, "<path class=\"%s\" d=\"M%.2f %.1fV%.1f\"/>", grid, x, c->top,
                         c->bottom);
            if (!ticks[i].text[0]) continue;
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
    write_ticks(c, true);
    write_ticks(c, false);
    lab_text_add(c->out, "\n<path class=\"frame\" d=\"M%.1f %.1fV%.1fH%.1f\"/>", c->left, c->top,
                 c->bottom, c->right);
    lab_text_add(c->out, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
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

/* ---- series ---- */

static bool shown(const canvas *c, const lab_point *point)
{
    return lab_axis_shows(&c->x, point->x) && lab_axis_shows(&c->y, point->y);
}

static bool banded(const canvas *c, const lab_point *point)
{
    return lab_axis_shows(&c->x, point->x) && lab_axis_shows(&c->y, point->low) &&
           lab_axis_shows(&c->y, point->high);
}

static void write_band(const canvas *c, const lab_series *series)
{
    const char *join = "M";
    lab_text_put(c->out, "<path class=\"band\" d=\"");
    for (int i = 0; i < 2 * series->count;
         i++) { /* there along the high edge, back along the low */
        bool there = i < series->count;
        const lab_point *point = &series->points[there ? i : 2 * series->count - 1 - i];
        if (!banded(c, point)) continue;
        lab_text_add(c->out, "%s%.2f %.2f", join, at_x(c, point->x),
                     at_y(c, there ? point->high : point->low));
        join = "L";
    }
    lab_text_put(c->out, "Z\"/>");
}

static void write_line(const canvas *c, const lab_series *series)
{
    bool drawing = false;
    lab_text_put(c->out, "<path class=\"line\"");
    write_dash(c->out, series->dash);
    lab_text_put(c->out, " d=\"");
    for (int i = 0; i < series->count; i++) {
        const lab_point *point = &series->points[i];
        bool show = shown(c, point);
        if (show)
            lab_text_add(c->out, "%s%.2f %.2f", drawing ? "L" : "M", at_x(c, point->x),
                         at_y(c, point->y));
        drawing = show;
    }
    lab_text_put(c->out, "\"/>");
}

static void write_level(const canvas *c, const lab_series *series)
{
    if (series->count < 1 || !lab_axis_shows(&c->y, series->points[0].y)) return;
    double y = at_y(c, series->points[0].y);
    lab_text_put(c->out, "<path class=\"line\"");
    write_dash(c->out, series->dash);
    lab_text_add(c->out, " d=\"M%.1f %.2fH%.1f\">", c->left, y, c->right);
    write_tip(c->out, series->points[0].tip);
    lab_text_put(c->out, "</path>");
}

/* Points that have a marker, and those whose y cannot be shown. Returns how many have no x. */
static int write_points(const canvas *c, const lab_series *series)
{
    int lost = 0;
    for (int i = 0; i < series->count; i++) {
        const lab_point *point = &series->points[i];
        bool show = shown(c, point);
        if (!lab_axis_shows(&c->x, point->x)) {
            lost++;
            continue;
        }
        if (show && !(series->draw & LAB_SVG_POINTS)) continue;
        double x = at_x(c, point->x);
        lab_text_put(c->out, "<g>");
        write_tip(c->out, point->tip);
        if (!show) {
            lab_text_add(c->out,
                         "<path class=\"lost\" d=\"M%.2f %.1fl8 8m0 -8l-8 8\">"
                         "</path></g>",
                         x - 4, c->top);
            continue;
        }
        if (banded(c, point))
            lab_text_add(c->out, "<path class=\"bar\" d=\"M%.2f %.2fV%.2fm-3 0h6M%.2f %.2fh6\"/>",
                         x, at_y(c, point->low), at_y(c, point->high), x - 3, at_y(c, point->low));
        write_marker(c->out, x, at_y(c, point->y), series->shape);
        lab_text_put(c->out, "</g>");
    }
    return lost;
}

static int write_series(const canvas *c)
{
    static const unsigned order[] = {LAB_SVG_BAND, LAB_SVG_LEVEL, LAB_SVG_LINE, LAB_SVG_POINTS};
    int lost = 0;
    for (size_t layer = 0; layer < sizeof order / sizeof *order; layer++)
        for (int s = 0; s < c->plot->series_count; s++) {
            const lab_series *series = &c->plot->series[s];
            bool marks =
                order[layer] == LAB_SVG_POINTS && (series->draw & (LAB_SVG_POINTS | LAB_SVG_LINE));
            if (!(series->draw & order[layer]) && !marks) continue;
            lab_text_put(c->out, "<g class=\"");
            write_hue(c->out, series->hue);
            lab_text_put(c->out, series->thin ? " thin\">" : "\">");
            if (order[layer] == LAB_SVG_BAND) write_band(c, series);
            if (order[layer] == LAB_SVG_LEVEL) write_level(c, series);
            if (order[layer] == LAB_SVG_LINE) write_line(c, series);
            if (marks) lost += write_points(c, series);
            lab_text_put(c->out, "</g>\n");
        }
    return lost;
}

/* ---- legend ---- */

/* Labels are told apart by their text: runs that share one share an entry. */
static bool listed(const lab_plot *plot, int index)
{
    if (!plot->series[index].label) return false;
    for (int i = 0; i < index; i++)
        if (plot->series[i].label && strcmp(plot->series[i].label, plot->series[index].label) == 0)
            return false;
    return true;
}

/* Characters, not bytes: continuation bytes of UTF-8 have no width. */
static int letters(const char *text)
{
    int count = 0;
    for (; *text; text++) count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static void write_key(lab_text *out, const lab_series *series, double x, double y)
{
    lab_text_put(out, "<g class=\"");
    write_hue(out, series->hue);
    lab_text_put(out, "\">");
    if (series->draw & LAB_SVG_BAND)
        lab_text_add(out, "<path class=\"band\" d=\"M%.1f %.1fh22v10h-22Z\"/>", x, y - 9);
    if (series->draw & (LAB_SVG_LINE | LAB_SVG_LEVEL)) {
        lab_text_put(out, "<path class=\"line\"");
        write_dash(out, series->dash);
        lab_text_add(out, " d=\"M%.1f %.1fh22\"/>", x, y - 4);
    }
    if (series->draw & LAB_SVG_POINTS) write_marker(out, x + 11, y - 4, series->shape);
    lab_text_add(out, "</g><text class=\"key\" x=\"%.1f\" y=\"%.1f\">", x + 28, y);
    lab_escape_html(out, series->label);
    lab_text_put(out, "</text>\n");
}

/* Lays the entries out below the plot in columns of one width; writes them where out is not NULL.
 * Returns the number of rows. */
static int legend(const lab_plot *plot, lab_text *out, double top)
{
    int widest = 0, entries = 0;
    for (int i = 0; i < plot->series_count; i++)
        if (listed(plot, i) && letters(plot->series[i].label) > widest)
            widest = letters(plot->series[i].label);
    int wide = KEY + LETTER * widest, columns = (plot->width - LEFT) / wide;
    if (columns < 1) columns = 1;
    for (int i = 0; i < plot->series_count; i++) {
        if (!listed(plot, i)) continue;
        if (out)
            write_key(out, &plot->series[i], LEFT + entries % columns * wide,
                      top + (entries / columns + 1) * ROW - 6);
        entries++;
    }
    return (entries + columns - 1) / columns;
}

int lab_svg_write(lab_text *out, const lab_plot *plot, const char *style)
{
    canvas c = {.out = out, .plot = plot};
    find_ranges(&c);
    c.left = LEFT;
    c.right = plot->width - RIGHT;
    c.top = plot->title ? TITLE + 4 : TOP;
    c.bottom = plot->height - BOTTOM;
    int height = plot->height + legend(plot, NULL, 0) * ROW;
    lab_text_add(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" "
                 "viewBox=\"0 0 %d %d\" ",
                 plot->width, height);
    if (style)
        lab_text_add(out, "width=\"%d\" height=\"%d\"", plot->width, height);
    else
        lab_text_add(out, "style=\"max-width:%dpx\"", plot->width);
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
    (void)legend(plot, out, plot->height);
    lab_text_put(out, "</svg>\n");
    return lost;
}
