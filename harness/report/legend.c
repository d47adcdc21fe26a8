/* Markers, and the legends that show them: inside a figure's file, and as a list in a page. */
#include "report/escape.h"
#include "report/svg_parts.h"
#include <string.h>

enum { LETTER = 7, KEY = 34 };

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

static int modulo(int index, int count)
{
    return (index % count + count) % count;
}

void lab_svg_hue(lab_text *out, int hue)
{
    if (hue < 0)
        lab_text_put(out, "ink");
    else
        lab_text_add(out, "h%d", modulo(hue, LAB_SVG_HUES));
}

void lab_svg_dash(lab_text *out, int dash)
{
    const char *pattern = dashes[modulo(dash, LAB_SVG_DASHES)];
    if (*pattern) lab_text_add(out, " stroke-dasharray=\"%s\"", pattern);
}

void lab_svg_marker(lab_text *out, int shape, bool hollow)
{
    const double size = 4.2;
    const char *class = hollow ? "mark hollow" : "mark";
    int which = modulo(shape, LAB_SVG_SHAPES);
    if (shapes[which].corners == 0) {
        lab_text_add(out, "<circle class=\"%s\" r=\"%.1f\"/>", class, size);
        return;
    }
    lab_text_add(out, "<path class=\"%s\" d=\"", class);
    for (int i = 0; i < shapes[which].corners; i++)
        lab_text_add(out, "%s%.1f %.1f", i ? "L" : "M", size * shapes[which].at[i][0],
                     size * shapes[which].at[i][1]);
    lab_text_put(out, "Z\"/>");
}

/* Labels are told apart by their text: runs that share one share an entry. */
static bool listed(const lab_plot *plot, int index)
{
    const lab_series *series = &plot->series[index];
    if (!series->label || (series->draw & LAB_SVG_NAME)) return false;
    for (int i = 0; i < index; i++)
        if (plot->series[i].label && strcmp(plot->series[i].label, series->label) == 0)
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

/* 22 px wide, from 9 above the line of the text. */
static void write_swatch(lab_text *out, const lab_series *series)
{
    lab_text_put(out, "<g class=\"");
    lab_svg_hue(out, series->hue);
    lab_text_put(out, series->thin ? " thin\">" : "\">");
    if (series->draw & (LAB_SVG_BAND | LAB_SVG_STRIPE))
        lab_text_put(out, "<path class=\"band\" d=\"M0 -9h22v10h-22Z\"/>");
    if (series->draw & (LAB_SVG_LINE | LAB_SVG_LEVEL)) {
        lab_text_put(out, "<path class=\"line\"");
        lab_svg_dash(out, series->dash);
        lab_text_put(out, " d=\"M0 -4h22\"/>");
    }
    if (series->draw & LAB_SVG_POINTS) {
        lab_text_put(out, "<g transform=\"translate(11 -4)\">");
        lab_svg_marker(out, series->shape, series->hollow);
        lab_text_put(out, "</g>");
    }
    lab_text_put(out, "</g>");
}

/* The next entry from *index on, or NULL behind the last. */
static const lab_series *next_entry(const lab_plot *plot, int *index)
{
    while (*index < plot->series_count)
        if (listed(plot, (*index)++)) return &plot->series[*index - 1];
    return NULL;
}

int lab_svg_legend_inside(const lab_plot *plot, lab_text *out, double top)
{
    int widest = 0, entries = 0, at = 0;
    for (const lab_series *entry; (entry = next_entry(plot, &at));)
        if (letters(entry->label) > widest) widest = letters(entry->label);
    int wide = KEY + LETTER * widest, columns = (plot->width - LAB_SVG_LEFT) / wide;
    if (columns < 1) columns = 1;
    at = 0;
    for (const lab_series *entry; (entry = next_entry(plot, &at)); entries++) {
        if (entries >= LAB_SVG_KEYS || !out) continue;
        lab_text_add(out, "<g transform=\"translate(%d %.1f)\">",
                     LAB_SVG_LEFT + entries % columns * wide,
                     top + (entries / columns + 1) * LAB_SVG_ROW - 6);
        write_swatch(out, entry);
        lab_text_put(out, "<text class=\"key\" x=\"28\">");
        lab_escape_html(out, entry->label);
        lab_text_put(out, "</text></g>\n");
    }
    int shown = entries < LAB_SVG_KEYS ? entries : LAB_SVG_KEYS;
    int rows = (shown + columns - 1) / columns;
    if (entries == shown) return rows;
    if (out)
        lab_text_add(out, "<text class=\"key\" x=\"%d\" y=\"%.1f\">and %d more</text>\n",
                     LAB_SVG_LEFT, top + (rows + 1) * LAB_SVG_ROW - 6, entries - shown);
    return rows + 1;
}

void lab_svg_legend(lab_text *out, const lab_plot *plot)
{
    int entries = 0, at = 0;
    for (const lab_series *entry; (entry = next_entry(plot, &at)); entries++) {
        if (entries == 0) lab_text_put(out, "<ul class=\"legend\">\n");
        if (entries >= LAB_SVG_KEYS) continue;
        lab_text_put(out, "<li><svg class=\"plot\" viewBox=\"0 -11 22 14\" width=\"22\" "
                          "height=\"14\" aria-hidden=\"true\">");
        write_swatch(out, entry);
        lab_text_put(out, "</svg>");
        lab_escape_html(out, entry->label);
        lab_text_put(out, "</li>\n");
    }
    if (entries > LAB_SVG_KEYS)
        lab_text_add(out, "<li>and %d more, which the data below name</li>\n",
                     entries - LAB_SVG_KEYS);
    if (entries > 0) lab_text_put(out, "</ul>\n");
}
