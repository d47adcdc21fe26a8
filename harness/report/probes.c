/* What the probes read: accuracy by layer, and beside the controls. */
#include "base/heap.h"
#include "report/figure.h"
#include "stats/distribution.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double CONFIDENCE = 0.95;
/* Of the ways, the first are on a frozen trunk, and the first of these every probe has. */
enum { NEUTRAL = -1, FROZEN = 3, EXPECTED = 2 };

static bool made_otherwise(const lab_scene *scene, isize row)
{
    isize at = lab_rows_find(scene->probes, "run", lab_rows_text(scene->rows, row, "probe_run"));
    return at >= 0 && lab_rows_int(scene->probes, at, "place") > 0;
}

/* ---- by layer ---- */

typedef struct {
    lab_series *series; /* owned */
    lab_point *points;  /* owned; one a row at most */
    lab_text *tips;     /* owned; one a row */
    char **labels;      /* owned texts; one a row at most */
    isize rows;
    int series_count, point_count, label_count;
} panel;

static void panel_init(panel *p, isize rows)
{
    *p = (panel){.series = lab_heap_take(rows * (isize)sizeof *p->series),
                 .points = lab_heap_take(rows * (isize)sizeof *p->points),
                 .tips = lab_heap_take(rows * (isize)sizeof *p->tips),
                 .labels = lab_heap_take(rows * (isize)sizeof *p->labels),
                 .rows = rows};
}

static void panel_finish(panel *p)
{
    for (isize i = 0; i < p->rows; i++) lab_text_finish(&p->tips[i]);
    for (int i = 0; i < p->label_count; i++) lab_heap_free(p->labels[i]);
    lab_heap_free(p->series);
    lab_heap_free(p->points);
    lab_heap_free(p->tips);
    lab_heap_free(p->labels);
}

/* The colour of an untrained trunk is that of the trained ones of its width and depth. */
static int hue_of_size(const lab_rows *styles, isize width, isize depth)
{
    for (isize row = 0; row < lab_rows_count(styles); row++)
        if (lab_rows_int(styles, row, "width") == width &&
            lab_rows_int(styles, row, "depth") == depth)
            return (int)lab_rows_int(styles, row, "hue");
    return LAB_SVG_HUES - 1;
}

static const char *keep_label(panel *p, const lab_scene *scene, isize row, const char *words)
{
    const char *how = lab_probe_how(scene, row);
    lab_text text = {0};
    lab_text_add(&text, "%s%s%s", words, *how ? ", " : "", how);
    char *kept = lab_heap_text(lab_text_of(&text));
    lab_text_finish(&text);
    p->labels[p->label_count++] = kept;
    return kept;
}

static lab_series series_of(panel *p, const lab_scene *scene, isize row)
{
    const lab_rows *rows = scene->rows;
    isize width = lab_rows_int(rows, row, "width"), depth = lab_rows_int(rows, row, "depth");
    if (lab_row_is(rows, row, "trunk", "pixels"))
        return (lab_series){.label = keep_label(p, scene, row, "pixels, linear classifier"),
                            .draw = LAB_SVG_LEVEL,
                            .hue = NEUTRAL,
                            .dash = 2};
    if (lab_row_is(rows, row, "trunk", "untrained")) {
        char words[48];
        (void)snprintf(words, sizeof words, "untrained, width %td", width);
        return (lab_series){.label = keep_label(p, scene, row, words),
                            .draw = LAB_SVG_LINE | LAB_SVG_POINTS,
                            .hue = hue_of_size(scene->styles, width, depth),
                            .shape = LAB_SVG_SHAPES - 1,
                            .dash = 1};
    }
    lab_look look = lab_look_of(scene->styles, lab_rows_text(rows, row, "run"));
    return (lab_series){.label = keep_label(p, scene, row, look.label),
                        .draw = LAB_SVG_LINE | LAB_SVG_POINTS,
                        .hue = look.hue,
                        .shape = look.shape,
                        .dash = made_otherwise(scene, row) ? 3 : 0};
}

static void add_row(panel *p, const lab_scene *scene, isize row)
{
    const lab_rows *rows = scene->rows;
    double share = lab_rows_real(rows, row, "test_top1");
    double images = lab_rows_real(rows, row, "test_images");
    double layer = lab_rows_real(rows, row, "layer");
    lab_series *series = &p->series[p->series_count - 1];
    lab_interval range = lab_proportion_interval(share, images, CONFIDENCE);
    lab_text_add(&p->tips[row], "%s, run %s, %s: %.2f %% (%.2f to %.2f, n = %.0f)", series->label,
                 lab_rows_text(rows, row, "probe_run"), lab_rows_text(rows, row, "tap"),
                 100 * share, 100 * range.low, 100 * range.high, images);
    p->points[p->point_count] = lab_accuracy_point(layer, share, images);
    p->points[p->point_count++].tip = lab_text_of(&p->tips[row]);
    series->count++;
}

/* A new line begins with each probe; taps that are no block have no place on this axis. */
static void fill_panel(panel *p, const lab_scene *scene, const char *head)
{
    const lab_rows *rows = scene->rows;
    isize last = -1;
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        bool pixels = lab_row_is(rows, row, "trunk", "pixels");
        /* Pixels have linear heads alone; both panels show them. */
        bool shown =
            pixels ? lab_row_is(rows, row, "kind", "linear")
                   : lab_row_is(rows, row, "kind", head) && lab_rows_int(rows, row, "layer") >= 0;
        if (!shown || isnan(lab_rows_real(rows, row, "test_top1"))) continue;
        if (last < 0 ||
            !lab_row_is(rows, row, "probe_run", lab_rows_text(rows, last, "probe_run"))) {
            p->series[p->series_count] = series_of(p, scene, row);
            p->series[p->series_count++].points = &p->points[p->point_count];
        }
        add_row(p, scene, row);
        last = row;
    }
}

/* Sets the points of neighbouring lines apart sideways, so that their intervals can be seen. */
static void spread(panel *p)
{
    const double room = 0.24;
    for (int s = 0; s < p->series_count; s++)
        p->series[s].shift =
            p->series_count > 1 ? room * (s / (double)(p->series_count - 1) - 0.5) : 0;
}

void lab_render_accuracy_by_layer(const lab_scene *scene)
{
    for (int i = 0; i < FROZEN; i++) {
        const char *names[] = {"accuracy-by-layer-attentive", "accuracy-by-layer-linear",
                               "accuracy-by-layer-knn"};
        const char *titles[] = {"Attentive probes", "Linear probes", "k-NN probes"};
        const lab_way *way = lab_way_at(i);
        panel p;
        if (i >= EXPECTED && lab_rows_find(scene->rows, "kind", way->kind) < 0) continue;
        panel_init(&p, lab_rows_count(scene->rows));
        fill_panel(&p, scene, way->kind);
        spread(&p);
        lab_plot plot = {
            .title = titles[i],
            .about = "Test accuracy of the probes of every layer, one line a run, "
                     "beside untrained trunks and raw pixels.",
            .x = {.label = "block that the probe reads (0 is the first)", .whole = true},
            .y = {.label = "test top-1, %"},
            .series = p.series,
            .series_count = p.series_count,
            .width = 510,
            .height = 380};
        if (p.series_count > 0)
            lab_page_plot(scene->page, names[i], &plot);
        else
            lab_page_text(scene->page, "No %s probe has finished.", way->name);
        panel_finish(&p);
    }
}

/* ---- beside the controls ---- */

typedef enum { WORSE, UNCLEAR, BETTER, UNKNOWN } verdict;

static verdict judge(double difference, double error)
{
    double z = lab_normal_quantile(0.5 + CONFIDENCE / 2);
    if (!isfinite(difference) || !isfinite(error)) return UNKNOWN;
    return difference <= 0 ? WORSE : difference <= z * error ? UNCLEAR : BETTER;
}

static verdict put_difference(lab_page *page, double difference, double error)
{
    static const char *const marks[] = {"bad", "unclear", "good", ""};
    verdict v = judge(difference, error);
    if (v == UNKNOWN)
        lab_page_cell(page, "no control");
    else
        lab_page_cell_marked(page, marks[v], "%+.2f \u00B1 %.2f", 100 * difference, 100 * error);
    return v;
}

static void put_verdict(lab_page *page, verdict untrained, verdict pixels)
{
    if (untrained == WORSE && pixels == WORSE)
        lab_page_cell_marked(page, "bad", "above neither control");
    else if (untrained == WORSE || pixels == WORSE)
        lab_page_cell_marked(page, "bad", "not above %s",
                             untrained == WORSE ? "untrained" : "pixels");
    else if (untrained == UNKNOWN || pixels == UNKNOWN)
        lab_page_cell_marked(page, "unclear", "a control is missing");
    else if (untrained == UNCLEAR || pixels == UNCLEAR)
        lab_page_cell_marked(page, "unclear", "unclear");
    else
        lab_page_cell_marked(page, "good", "beats both controls");
}

static void put_share(const lab_scene *scene, isize row, const char *share, const char *error)
{
    lab_page_cell(
        scene->page, "%s",
        lab_percent(lab_rows_real(scene->rows, row, share), lab_rows_real(scene->rows, row, error))
            .text);
}

static bool put_best(const lab_scene *scene, isize row)
{
    const lab_rows *rows = scene->rows;
    lab_page *page = scene->page;
    const char *run = lab_rows_text(rows, row, "run");
    lab_page_cell(page, "%s", lab_look_of(scene->styles, run).label);
    const char *how = lab_probe_how(scene, row);
    lab_page_cell(page, "%s%s%s", lab_row_way(rows, row)->name, *how ? ", " : "", how);
    lab_page_cell(page, "%s", lab_rows_text(rows, row, "tap"));
    put_share(scene, row, "test_top1", "test_top1_se");
    lab_page_cell(page, "%td", lab_rows_int(rows, row, "test_images"));
    verdict untrained = put_difference(page, lab_rows_real(rows, row, "over_untrained"),
                                       lab_rows_real(rows, row, "over_untrained_se"));
    verdict pixels = put_difference(page, lab_rows_real(rows, row, "over_pixels"),
                                    lab_rows_real(rows, row, "over_pixels_se"));
    put_verdict(page, untrained, pixels);
    put_share(scene, row, "untrained", "untrained_se");
    put_share(scene, row, "pixels", "pixels_se");
    lab_page_cell(page, "%s", run);
    return untrained == BETTER && pixels == BETTER;
}

void lab_render_best_layers(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Trunk", false},        {"Probe", false},   {"Best tap", false},
        {"Test top-1, %", true}, {"n", true},        {"Over untrained", true},
        {"Over pixels", true},   {"Verdict", false}, {"Untrained, %", true},
        {"Pixels, %", true},     {"Run", false}};
    const lab_rows *rows = scene->rows;
    isize count = lab_rows_count(rows);
    if (count == 0) {
        lab_page_text(scene->page, "No trained trunk has been probed.");
        return;
    }
    isize of_way[LAB_WAYS] = {0}, better[LAB_WAYS] = {0};
    lab_page_table(scene->page, columns, (int)(sizeof columns / sizeof *columns));
    for (isize row = 0; row < count; row++) {
        int way = lab_way_of(lab_rows_text(rows, row, "kind"));
        of_way[way]++;
        better[way] += put_best(scene, row);
    }
    lab_page_table_end(scene->page);
    for (int i = 0; i < LAB_WAYS; i++)
        if (of_way[i] > 0)
            lab_page_finding(scene->page,
                             "%td of %td %s probes of a trained trunk beat both controls at their "
                             "best tap, by more than the error of the difference allows (95 %%).",
                             better[i], of_way[i], lab_way_at(i)->name);
}
