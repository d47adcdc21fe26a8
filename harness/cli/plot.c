#include "cli/plot.h"
#include "base/heap.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 10 }; /* columns left of the area, for the labels of y */

typedef struct {
    double low, high; /* in axis units: log10 on a log axis */
    bool log;
} axis;

typedef struct {
    const lab_plot_style *style;
    axis x, y;
    unsigned char *dots; /* [rows, columns] braille bits */
    signed char *owner;  /* [rows, columns] line that drew last, -1: none */
} canvas;

static double along(const axis *a, double value)
{
    if (!a->log) return value;
    return value > 0 ? log10(value) : (double)NAN;
}

static void widen(axis *a, double value)
{
    if (value < a->low) a->low = value;
    if (value > a->high) a->high = value;
}

static void settle(axis *a)
{
    if (!(a->low <= a->high)) *a = (axis){0, 1, a->log};
    if (a->low == a->high) {
        double margin = a->low == 0 ? 1 : fabs(a->low) * 0.1;
        a->low -= margin;
        a->high += margin;
    }
}

static void dot(canvas *c, int x, int y, int line)
{
    static const unsigned char bits[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int cell = y / 4 * c->style->columns + x / 2;
    c->dots[cell] |= bits[y % 4][x % 2];
    c->owner[cell] = (signed char)line;
}

static void segment(canvas *c, const int from[2], const int to[2], int line)
{
    int dx = abs(to[0] - from[0]), dy = abs(to[1] - from[1]);
    int steps = dx > dy ? dx : dy;
    for (int i = 0; i <= steps; i++) {
        double t = steps == 0 ? 0 : (double)i / steps;
        dot(c, (int)lround(from[0] + t * (to[0] - from[0])),
            (int)lround(from[1] + t * (to[1] - from[1])), line);
    }
}

/* Where a point falls, in dots; false where it falls nowhere. */
static bool place(const canvas *c, lab_point point, int at[2])
{
    double x = along(&c->x, point.x), y = along(&c->y, point.y);
    if (!isfinite(x) || !isfinite(y)) return false;
    at[0] = (int)lround((x - c->x.low) / (c->x.high - c->x.low) * (c->style->columns * 2 - 1));
    at[1] = (int)lround((c->y.high - y) / (c->y.high - c->y.low) * (c->style->rows * 4 - 1));
    return true;
}

static void draw_line(canvas *c, const lab_line *line, int index, isize *left_out)
{
    int last[2] = {0}, at[2] = {0};
    bool joined = false;
    for (isize i = 0; i < line->count; i++) {
        if (!place(c, line->points[i], at)) {
            joined = false;
            (*left_out)++;
            continue;
        }
        segment(c, joined ? last : at, at, index);
        memcpy(last, at, sizeof last);
        joined = true;
    }
}

static lab_short label(const axis *a, double position)
{
    lab_short out;
    double value = a->log ? pow(10, position) : position;
    if (fabs(value) >= 1e5) return lab_short_count(value);
    (void)snprintf(out.text, sizeof out.text, "%.4g", value);
    return out;
}

static void put_row(const canvas *c, int row, int lines, lab_text *text)
{
    static const char *const inks[] = {"\x1b[34m", "\x1b[33m", "\x1b[32m",
                                       "\x1b[31m", "\x1b[35m", "\x1b[36m"};
    const lab_plot_style *style = c->style;
    for (int column = 0; column < style->columns; column++) {
        int cell = row * style->columns + column;
        unsigned dots = c->dots[cell];
        if (dots == 0) {
            lab_text_put(text, " ");
        } else if (lines > 1 && !style->colour) {
            lab_text_add(text, "%c", 'a' + c->owner[cell] % 26);
        } else {
            char braille[4] = {(char)0xe2, (char)(0xa0 | dots >> 6), (char)(0x80 | (dots & 0x3f)),
                               0};
            if (lines > 1) lab_text_put(text, inks[c->owner[cell] % 6]);
            lab_text_put(text, braille);
            if (lines > 1) lab_text_put(text, "\x1b[0m");
        }
    }
}

static void put_all(const canvas *c, int lines, lab_text *text)
{
    const lab_plot_style *style = c->style;
    lab_text_add(text, "%*s %s%s\n", MARGIN - 1, "", style->y_name, style->log_y ? " (log)" : "");
    for (int row = 0; row < style->rows; row++) {
        double middle = (row * 4 + 1.5) / (style->rows * 4 - 1);
        bool labelled = row % 5 == 0 || row == style->rows - 1;
        double position = c->y.high - middle * (c->y.high - c->y.low);
        lab_text_add(text, "%*s %s", MARGIN - 2, labelled ? label(&c->y, position).text : "",
                     labelled ? "┤" : "│");
        put_row(c, row, lines, text);
        lab_text_put(text, "\n");
    }
    lab_text_add(text, "%*s└", MARGIN - 1, "");
    for (int column = 0; column < style->columns; column++) lab_text_put(text, "─");
    lab_short low = label(&c->x, c->x.low), high = label(&c->x, c->x.high);
    int room = style->columns - (int)strlen(low.text) - (int)strlen(high.text);
    lab_text name = {0};
    lab_text_add(&name, "%s%s", style->x_name, style->log_x ? " (log)" : "");
    int left = (room - (int)name.length) / 2;
    lab_text_add(text, "\n%*s%s%*s%s%*s%s\n", MARGIN, "", low.text, left > 1 ? left : 1, "",
                 lab_text_of(&name), left > 1 ? room - left - (int)name.length : 1, "", high.text);
    lab_text_finish(&name);
}

void lab_plot_draw(const lab_line *lines, int count, const lab_plot_style *style, lab_text *text,
                   isize *left_out)
{
    isize cells = (isize)style->columns * style->rows;
    canvas c = {.style = style,
                .x = {(double)INFINITY, -(double)INFINITY, style->log_x},
                .y = {(double)INFINITY, -(double)INFINITY, style->log_y},
                .dots = lab_heap_take(cells),
                .owner = lab_heap_take(cells)};
    *left_out = 0;
    for (int l = 0; l < count; l++)
        for (isize i = 0; i < lines[l].count; i++) {
            double x = along(&c.x, lines[l].points[i].x), y = along(&c.y, lines[l].points[i].y);
            if (!isfinite(x) || !isfinite(y)) continue;
            widen(&c.x, x);
            widen(&c.y, y);
        }
    settle(&c.x);
    settle(&c.y);
    for (int l = 0; l < count; l++) draw_line(&c, &lines[l], l, left_out);
    put_all(&c, count, text);
    lab_heap_free(c.dots);
    lab_heap_free(c.owner);
}
