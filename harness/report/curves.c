/* Loss curves: data for the zoomable plot, and the same as a still figure. */
#include "base/heap.h"
#include "report/escape.h"
#include "report/figure.h"
#include <math.h>
#include <string.h>

/* Of one curve, and about of all: longer ones are thinned, which the text says. */
enum { CURVE_MAX = 1000, CURVE_MIN = 16, ALL_MAX = 12000, NOTES_MAX = 10 };

static const char *const kinds[] = {"finite", "nan", "inf", "-inf"};

typedef struct {
    isize first, end; /* its rows */
    isize lost;       /* values that are not finite */
} curve;

typedef struct {
    const lab_scene *scene;
    bool *drawn; /* owned; of each row */
    curve *all;  /* owned */
    int count;
    isize points, points_drawn, room; /* room: points of one curve */
} curve_set;

static bool same_curve(const lab_rows *rows, isize a, isize b)
{
    return strcmp(lab_rows_text(rows, a, "run"), lab_rows_text(rows, b, "run")) == 0 &&
           strcmp(lab_rows_text(rows, a, "split"), lab_rows_text(rows, b, "split")) == 0;
}

static void find_curves(curve_set *c)
{
    const lab_rows *rows = c->scene->rows;
    isize first = 0;
    c->points = lab_rows_count(rows);
    c->drawn = lab_heap_take(c->points * (isize)sizeof *c->drawn);
    c->all = lab_heap_take(c->points * (isize)sizeof *c->all);
    for (; first < c->points; first = c->all[c->count++].end) {
        curve *next = &c->all[c->count];
        next->first = next->end = first;
        for (; next->end < c->points && same_curve(rows, first, next->end); next->end++)
            next->lost += lab_rows_int(rows, next->end, "kind") != 0;
    }
    c->room = c->count > 0 ? ALL_MAX / c->count : CURVE_MAX;
    c->room = c->room > CURVE_MAX ? CURVE_MAX : c->room < CURVE_MIN ? CURVE_MIN : c->room;
}

/* Which of stretches a row lies in: halfway between its place among the rows and the logarithm of
 * that, so that the steep beginning is drawn well on either kind of axis. */
static isize stretch_of(const curve *c, isize row, isize stretches)
{
    double count = (double)(c->end - c->first), place = (double)(row - c->first);
    double both = (place / count + log1p(place) / log1p(count)) / 2;
    return (isize)(both * (double)stretches);
}

/* Of each stretch the lowest and the highest value are drawn, and the first that is not finite; of
 * a curve its ends as well. */
static void thin(curve_set *all, const curve *c)
{
    const lab_rows *rows = all->scene->rows;
    isize stretches = all->room / 2;
    for (isize row = c->first; row < c->end;) {
        isize low = -1, high = -1, lost = -1, stretch = stretch_of(c, row, stretches);
        for (; row < c->end && stretch_of(c, row, stretches) == stretch; row++) {
            double value = lab_rows_real(rows, row, "value");
            if (lab_rows_int(rows, row, "kind") != 0) {
                lost = lost < 0 ? row : lost;
                continue;
            }
            if (low < 0 || value < lab_rows_real(rows, low, "value")) low = row;
            if (high < 0 || value > lab_rows_real(rows, high, "value")) high = row;
        }
        const isize kept[] = {low, high, lost};
        for (int i = 0; i < 3; i++)
            if (kept[i] >= 0) all->drawn[kept[i]] = true;
    }
    all->drawn[c->first] = all->drawn[c->end - 1] = true;
}

static void choose_points(curve_set *all)
{
    for (int i = 0; i < all->count; i++) {
        const curve *c = &all->all[i];
        if (c->end - c->first > all->room)
            thin(all, c);
        else
            memset(all->drawn + c->first, true, (size_t)(c->end - c->first));
    }
    for (isize row = 0; row < all->points; row++) all->points_drawn += all->drawn[row];
}

/* ---- the data of the zoomable plot ---- */

/* The factor that makes the column of the step in each row; NaN where there is none. */
static double factor_of(const lab_rows *rows, const curve *c, const char *column)
{
    double factor = (double)NAN;
    for (isize row = c->first; row < c->end; row++) {
        double step = lab_rows_real(rows, row, "step"), value = lab_rows_real(rows, row, column);
        if (isnan(factor)) factor = value / step;
        if (!isfinite(factor) || step * factor != value) return (double)NAN;
    }
    return factor;
}

static void put_column(lab_text *json, const curve_set *all, const curve *c, const char *column)
{
    const lab_rows *rows = all->scene->rows;
    const char *comma = "";
    double factor = factor_of(rows, c, column);
    if (isfinite(factor) && strcmp(column, "step") != 0) {
        lab_text_put(json, lab_plot_number(factor).text);
        return;
    }
    lab_text_put(json, "[");
    for (isize row = c->first; row < c->end; row++) {
        if (!all->drawn[row]) continue;
        double value = lab_rows_real(rows, row, column);
        lab_text_put(json, comma);
        lab_text_put(json, isfinite(value) ? lab_plot_number(value).text : "null");
        comma = ",";
    }
    lab_text_put(json, "]");
}

/* What the nulls among the values are, by their place: {"3":"nan"}. */
static void put_lost_kinds(lab_text *json, const curve_set *all, const curve *c)
{
    const char *comma = "";
    isize place = 0;
    lab_text_put(json, ",\"lost\":{");
    for (isize row = c->first; row < c->end; row++) {
        if (!all->drawn[row]) continue;
        int kind = (int)lab_rows_int(all->scene->rows, row, "kind") & 3;
        if (kind) {
            lab_text_add(json, "%s\"%td\":\"%s\"", comma, place, kinds[kind]);
            comma = ",";
        }
        place++;
    }
    lab_text_put(json, "}");
}

static void put_curve(lab_text *json, const curve_set *all, const curve *c)
{
    const lab_scene *scene = all->scene;
    const char *run = lab_rows_text(scene->rows, c->first, "run");
    lab_look look = lab_look_of(scene->styles, run);
    lab_text_put(json, json->length > 1 ? ",\n{\"run\":" : "{\"run\":");
    lab_escape_json(json, run);
    lab_text_put(json, ",\"split\":");
    lab_escape_json(json, lab_rows_text(scene->rows, c->first, "split"));
    lab_text_put(json, ",\"label\":");
    lab_escape_json(json, look.label);
    lab_text_add(json, ",\"hue\":%d,\"shape\":%d", look.hue, look.shape);
    static const char *const columns[] = {"step", "images", "flops", "value"};
    for (int i = 0; i < 4; i++) {
        lab_text_add(json, ",\"%s\":", columns[i]);
        put_column(json, all, c, columns[i]);
    }
    put_lost_kinds(json, all, c);
    lab_text_put(json, "}");
}

/* The same as rows. */
static void put_rows(lab_text *csv, const curve_set *all, const curve *c)
{
    static const char *const columns[] = {"step", "images", "flops"};
    const lab_rows *rows = all->scene->rows;
    const char *run = lab_rows_text(rows, c->first, "run");
    for (isize row = c->first; row < c->end; row++) {
        if (!all->drawn[row]) continue;
        lab_text_csv(csv, lab_look_of(all->scene->styles, run).label);
        lab_text_add(csv, ",%s,%s", run, lab_rows_text(rows, row, "split"));
        for (int i = 0; i < 3; i++) {
            double value = lab_rows_real(rows, row, columns[i]);
            lab_text_add(csv, ",%s", isnan(value) ? "" : lab_plot_number(value).text);
        }
        int kind = (int)lab_rows_int(rows, row, "kind") & 3;
        lab_text_add(csv, ",%s\n",
                     kind ? kinds[kind] : lab_plot_number(lab_rows_real(rows, row, "value")).text);
    }
}

/* ---- the still figure ---- */

static void fill_series(lab_series *series, lab_point *points, const curve_set *all, const curve *c)
{
    const lab_rows *rows = all->scene->rows;
    lab_look look = lab_look_of(all->scene->styles, lab_rows_text(rows, c->first, "run"));
    bool val = strcmp(lab_rows_text(rows, c->first, "split"), "val") == 0;
    *series = (lab_series){.label = val ? look.label : NULL,
                           .draw = val ? LAB_SVG_LINE | LAB_SVG_POINTS : LAB_SVG_LINE,
                           .thin = !val,
                           .hue = look.hue,
                           .shape = look.shape,
                           .dash = look.shape,
                           .points = points};
    for (isize row = c->first; row < c->end; row++)
        if (all->drawn[row])
            points[series->count++] = (lab_point){.x = lab_rows_real(rows, row, "flops"),
                                                  .y = lab_rows_real(rows, row, "value"),
                                                  .low = (double)NAN,
                                                  .high = (double)NAN};
}

static void draw(const curve_set *all)
{
    lab_text json = {0}, csv = {0};
    lab_series *series = lab_heap_take(all->count * (isize)sizeof *series);
    lab_point *points = lab_heap_take(all->points * (isize)sizeof *points);
    lab_text_put(&json, "[");
    lab_text_put(&csv, "label,run,split,step,images,flops,loss\n");
    for (int i = 0; i < all->count; i++) {
        const curve *c = &all->all[i];
        put_curve(&json, all, c);
        put_rows(&csv, all, c);
        fill_series(&series[i], points + c->first, all, c);
    }
    lab_text_put(&json, "]");
    lab_plot still = {.about = "Loss against training FLOPs: training loss thin, validation loss "
                               "with markers.",
                      .x = {.label = "training FLOPs", .log = true},
                      .y = {.label = "loss", .log = true},
                      .series = series,
                      .series_count = all->count,
                      .width = 960,
                      .height = 420};
    lab_curves curves = {lab_text_of(&json), lab_text_of(&csv), &still};
    lab_page_curves(all->scene->page, "loss-curves", &curves);
    lab_heap_free(series);
    lab_heap_free(points);
    lab_text_finish(&json);
    lab_text_finish(&csv);
}

/* ---- what has to be said ---- */

static void put_lost(const curve_set *all, const curve *c)
{
    const lab_rows *rows = all->scene->rows;
    const char *run = lab_rows_text(rows, c->first, "run");
    isize row = c->first;
    while (lab_rows_int(rows, row, "kind") == 0) row++;
    lab_page_warning(all->scene->page,
                     "Run %s (%s), %s: %td of %td points are not finite, the first at step %td "
                     "(%s); they are crosses on the upper edge.",
                     run, lab_look_of(all->scene->styles, run).label,
                     lab_rows_text(rows, c->first, "split"), c->lost, c->end - c->first,
                     lab_rows_int(rows, row, "step"), kinds[lab_rows_int(rows, row, "kind") & 3]);
}

static void put_notes(const curve_set *all)
{
    lab_page *page = all->scene->page;
    isize lost = 0, told = 0;
    if (all->points_drawn < all->points)
        lab_page_text(page,
                      "Of %td points %td are drawn, and stand in the data: a curve of more than "
                      "%td is cut into stretches, of which the lowest and the highest value and "
                      "the first that is not finite are kept, and of the curve its ends.",
                      all->points, all->points_drawn, all->room);
    for (int i = 0; i < all->count; i++) lost += all->all[i].lost > 0;
    for (int i = 0; i < all->count && told < NOTES_MAX; i++) {
        if (all->all[i].lost == 0) continue;
        put_lost(all, &all->all[i]);
        told++;
    }
    if (lost > told)
        lab_page_warning(page, "%td more curves hold values that are not finite.", lost - told);
}

void lab_render_loss_curves(const lab_scene *scene)
{
    curve_set all = {.scene = scene};
    if (lab_rows_count(scene->rows) == 0) {
        lab_page_text(scene->page, "No run has recorded a loss.");
        return;
    }
    find_curves(&all);
    choose_points(&all);
    draw(&all);
    put_notes(&all);
    lab_heap_free(all.drawn);
    lab_heap_free(all.all);
}
