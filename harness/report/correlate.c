/* Accuracy against loss: one plot and one row of coefficients for each way of probing. */
#include "base/heap.h"
#include "report/chart.h"
#include "report/figure.h"
#include "stats/association.h"
#include <math.h>
#include <string.h>

static const double CONFIDENCE = 0.95;
enum { SEED = 1, FEW_PAIRS = 10 };

/* Rows first to end of the query, of one kind of head and one setting of the probe. */
typedef struct {
    isize first, end, count;                  /* count: of those that have a test accuracy */
    double *loss, *top1, *log_compute, *work; /* owned; [count] */
} pairs;

static void pairs_init(pairs *p, const lab_rows *rows, isize first)
{
    isize room = lab_rows_count(rows) - first, bytes = room * (isize)sizeof(double);
    *p = (pairs){first,
                 first,
                 0,
                 lab_heap_take(bytes),
                 lab_heap_take(bytes),
                 lab_heap_take(bytes),
                 lab_heap_take(lab_association_work(room) * (isize)sizeof(double))};
    for (; p->end < lab_rows_count(rows); p->end++) {
        if (!lab_alike(rows, first, p->end)) break;
        if (isnan(lab_rows_real(rows, p->end, "test_top1"))) continue;
        p->loss[p->count] = lab_rows_real(rows, p->end, "loss");
        p->top1[p->count] = lab_rows_real(rows, p->end, "test_top1");
        p->log_compute[p->count++] = log(lab_rows_real(rows, p->end, "flops_total"));
    }
}

static void pairs_finish(pairs *p)
{
    lab_heap_free(p->loss);
    lab_heap_free(p->top1);
    lab_heap_free(p->log_compute);
    lab_heap_free(p->work);
}

static void find_correlation(lab_page *page, const char *probes, const lab_association *a)
{
    lab_interval range = a->pearson_fisher;
    if (isnan(range.low))
        lab_page_finding(page,
                         "Accuracy of %s against loss: Pearson %.3f, Spearman %.3f "
                         "(n = %td, no interval).",
                         probes, a->pearson.value, a->spearman.value, a->n);
    else
        lab_page_finding(page,
                         "Accuracy of %s against loss: Pearson %.3f (95 %% interval %.3f to "
                         "%.3f%s), Spearman %.3f (n = %td).",
                         probes, a->pearson.value, range.low, range.high,
                         range.low <= 0 && range.high >= 0
                             ? ", which holds 0: these runs do not show a linear relation"
                             : "",
                         a->spearman.value, a->n);
}

static void put_interval(lab_page *page, lab_interval interval, const char *none)
{
    if (isnan(interval.low))
        lab_page_cell(page, "%s", none);
    else
        lab_page_cell(page, "%.3f to %.3f", interval.low, interval.high);
}

/* A coefficient and its interval of the bootstrap. */
static void put_coefficient(lab_page *page, const lab_coefficient *c)
{
    if (isnan(c->value))
        lab_page_cell(page, "none");
    else
        lab_page_number(page, "%.3f", c->value);
    put_interval(page, c->interval, fabs(c->value) >= 1 ? "none: the order is perfect" : "none");
}

/* Returns whether there is a rank-partial coefficient. */
static bool put_correlation(lab_page *page, const char *probes, const pairs *p)
{
    const lab_columns columns = {p->loss, p->top1, {p->log_compute}, p->count};
    lab_association a;
    lab_association_compute(&a, &columns, CONFIDENCE, SEED, p->work);
    lab_page_cell(page, "%s", probes);
    lab_page_cell(page, "%td", p->count);
    if (a.reason) {
        lab_page_cell(page, "none: %s", a.reason);
        for (int i = 0; i < 8; i++) lab_page_cell(page, "\u2013");
        return false;
    }
    lab_page_number(page, "%.3f", a.pearson.value);
    put_interval(page, a.pearson_fisher, "none");
    put_interval(page, a.pearson.interval, "none");
    put_coefficient(page, &a.spearman);
    put_coefficient(page, &a.kendall);
    put_coefficient(page, &a.rank_partial[0]);
    find_correlation(page, probes, &a);
    return !isnan(a.rank_partial[0].value);
}

static void draw_pairs(const lab_scene *scene, const char *name, const char *title, const pairs *p)
{
    const lab_rows *rows = scene->rows;
    lab_chart chart = {0};
    for (isize row = p->first; row < p->end; row++) {
        double share = lab_rows_real(rows, row, "test_top1");
        double images = lab_rows_real(rows, row, "test_images");
        double loss = lab_rows_real(rows, row, "loss");
        if (isnan(share)) continue;
        lab_look look = lab_look_of(scene->styles, lab_rows_text(rows, row, "run"));
        lab_chart_marker(&chart, look, lab_accuracy_point(loss, share, images));
        lab_chart_tip(&chart, "%s, run %s, %s: %.2f %% at loss %.4f (n = %.0f)", look.label,
                      lab_rows_text(rows, row, "run"), lab_rows_text(rows, row, "tap"), 100 * share,
                      loss, images);
    }
    lab_plot plot = {.title = title,
                     .about = "Test accuracy of the best layer against final validation loss.",
                     .x = {.label = "final validation loss (causal)"},
                     .y = {.label = "test top-1 of the best layer, %"},
                     .width = 510,
                     .height = 380};
    lab_chart_put(&chart, scene->page, name, &plot);
}

static void draw_all_pairs(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    lab_text title = {0}, name = {0};
    for (isize first = 0; first < lab_rows_count(rows);) {
        const char *kind = lab_rows_text(rows, first, "kind");
        bool again = first > 0 && lab_row_is(rows, first - 1, "kind", kind);
        pairs p;
        pairs_init(&p, rows, first);
        lab_name_probes(&title, scene, first, lab_row_way(rows, first)->title);
        lab_text_clear(&name);
        lab_text_add(&name, "accuracy-by-loss-%s", kind);
        if (again) lab_text_add(&name, "-%s", lab_rows_text(rows, first, "probe_run"));
        draw_pairs(scene, lab_text_of(&name), lab_text_of(&title), &p);
        first = p.end;
        pairs_finish(&p);
    }
    lab_text_finish(&title);
    lab_text_finish(&name);
}

void lab_render_accuracy_by_loss(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Probe", false},       {"n", true},       {"Pearson", true},
        {"95 %, Fisher", true}, {"95 %", true},    {"Spearman", true},
        {"95 %", true},         {"Kendall", true}, {"95 %", true},
        {"Rank-partial", true}, {"95 %", true}};
    const lab_rows *rows = scene->rows;
    isize fewest = FEW_PAIRS;
    lab_text probes = {0};
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "No finished pre-training run has been probed.");
        return;
    }
    draw_all_pairs(scene);
    lab_page_table(scene->page, columns, (int)(sizeof columns / sizeof *columns));
    for (isize first = 0; first < lab_rows_count(rows);) {
        pairs p;
        pairs_init(&p, rows, first);
        lab_name_probes(&probes, scene, first, lab_row_way(rows, first)->name);
        if (put_correlation(scene->page, lab_text_of(&probes), &p) && p.count < fewest)
            fewest = p.count;
        first = p.end;
        pairs_finish(&p);
    }
    lab_page_table_end(scene->page);
    lab_text_finish(&probes);
    if (fewest < FEW_PAIRS)
        lab_page_warning(scene->page,
                         "n is as small as %td: a rank-partial coefficient of so few runs is "
                         "unsafe, one run more or less may turn its sign.",
                         fewest);
}
