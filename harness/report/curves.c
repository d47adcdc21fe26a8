/* Loss curves: data for the zoomable plot, and the same as a still figure. */
#include "base/heap.h"
#include "report/escape.h"
#include "report/figure.h"
#include <math.h>
#include <string.h>

enum { POINTS_MAX = 1000 }; /* of one curve; longer ones are thinned, which the text says */

static const char *const kinds[] = {"finite", "nan", "inf", "-inf"};

typedef struct {
    isize first, end; /* its rows */
    isize every;      /* 1: each row is drawn */
    isize lost;       /* values that are not finite */
} curve;

static bool same_curve(const lab_rows *rows, isize a, isize b)
{
    return strcmp(lab_rows_text(rows, a, "run"), lab_rows_text(rows, b, "run")) == 0 &&
           strcmp(lab_rows_text(rows, a, "split"), lab_rows_text(rows, b, "split")) == 0;
}

static curve curve_at(const lab_rows *rows, isize first)
{
    curve c = {.first = first, .end = first};
    for (; c.end < lab_rows_count(rows) && same_curve(rows, first, c.end); c.end++)
        c.lost += lab_rows_int(rows, c.end, "kind") != 0;
    c.every = (c.end - c.first + POINTS_MAX - 1) / POINTS_MAX;
    return c;
}

/* A thinned curve keeps its last point and every one that is not finite. */
static bool drawn(const lab_rows *rows, const curve *c, isize row)
{
    return (row - c->first) % c->every == 0 || row == c->end - 1 ||
           lab_rows_int(rows, row, "kind") != 0;
}

static void put_column(lab_text *json, const lab_rows *rows, const curve *c, const char *column)
{
    const char *comma = "";
    lab_text_put(json, "[");
    for (isize row = c->first; row < c->end; row++) {
        if (!drawn(rows, c, row)) continue;
        double value = lab_rows_real(rows, row, column);
        if (isfinite(value))
            lab_text_add(json, "%s%.7g", comma, value);
        else
            lab_text_add(json, "%snull", comma);
        comma = ",";
    }
    lab_text_put(json, "]");
}

static void put_curve(lab_text *json, const lab_scene *scene, const curve *c)
{
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
        put_column(json, scene->rows, c, columns[i]);
    }
    lab_text_put(json, "}");
}

static void fill_series(lab_series *series, lab_point *points, const lab_scene *scene,
                        const curve *c)
{
    const lab_rows *rows = scene->rows;
    lab_look look = lab_look_of(scene->styles, lab_rows_text(rows, c->first, "run"));
    bool val = strcmp(lab_rows_text(rows, c->first, "split"), "val") == 0;
    *series = (lab_series){.label = val ? look.label : NULL,
                           .draw = val ? LAB_SVG_LINE | LAB_SVG_POINTS : LAB_SVG_LINE,
                           .thin = !val,
                           .hue = look.hue,
                           .shape = look.shape,
                           .dash = look.shape,
                           .points = points};
    for (isize row = c->first; row < c->end; row++)
        if (drawn(rows, c, row))
            points[series->count++] = (lab_point){.x = lab_rows_real(rows, row, "flops"),
                                                  .y = lab_rows_real(rows, row, "value"),
                                                  .low = (double)NAN,
                                                  .high = (double)NAN};
}

static void put_notes(const lab_scene *scene, const curve *c)
{
    const lab_rows *rows = scene->rows;
    const char *run = lab_rows_text(rows, c->first, "run");
    const char *split = lab_rows_text(rows, c->first, "split");
    if (c->every > 1)
        lab_page_text(scene->page, "Run %s, %s: one in %td of its %td points is drawn.", run, split,
                      c->every, c->end - c->first);
    if (c->lost == 0) return;
    isize row = c->first;
    while (lab_rows_int(rows, row, "kind") == 0) row++;
    lab_page_warning(scene->page,
                     "Run %s (%s), %s: %td of %td points are not finite, the first at step %td "
                     "(%s); they are crosses on the upper edge.",
                     run, lab_look_of(scene->styles, run).label, split, c->lost, c->end - c->first,
                     lab_rows_int(rows, row, "step"), kinds[lab_rows_int(rows, row, "kind") & 3]);
}

void lab_render_loss_curves(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize count = lab_rows_count(rows);
    if (count == 0) {
        lab_page_text(scene->page, "No run has recorded a loss.");
        return;
    }
    lab_text json = {0};
    lab_series *series = lab_heap_take(count * (isize)sizeof *series);
    lab_point *points = lab_heap_take(count * (isize)sizeof *points);
    int curves = 0;
    lab_text_put(&json, "[");
    for (isize first = 0; first < count;) {
        curve c = curve_at(rows, first);
        put_curve(&json, scene, &c);
        fill_series(&series[curves++], points + first, scene, &c);
        first = c.end;
    }
    lab_text_put(&json, "]");
    lab_plot plot = {.about = "Loss against training FLOPs: training loss thin, validation loss "
                              "with markers.",
                     .x = {.label = "training FLOPs", .log = true},
                     .y = {.label = "loss", .log = true},
                     .series = series,
                     .series_count = curves,
                     .width = 960,
                     .height = 420};
    lab_page_curves(scene->page, "loss-curves", lab_text_of(&json), &plot);
    for (isize first = 0; first < count;) {
        curve c = curve_at(rows, first);
        put_notes(scene, &c);
        first = c.end;
    }
    lab_heap_free(series);
    lab_heap_free(points);
    lab_text_finish(&json);
}
