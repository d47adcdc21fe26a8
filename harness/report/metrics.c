/* Loss and metric: how far they go together, what is left given compute or size, and the link. */
#include "base/heap.h"
#include "base/index.h"
#include "base/parallel.h"
#include "law/holdout.h"
#include "report/chart.h"
#include "report/figure.h"
#include "stats/association.h"
#include "study/study.h"
#include <math.h>
#include <stdio.h>

enum { SEED = 1, LINKS = 2, CURVE = 49, DRAWS = 200, PLOTTED = 3 /* runs, at least */ };
static const double CONFIDENCE = 0.95;

/* A link from loss to error, fitted to a group. */
typedef struct {
    lab_law_data data;
    lab_fit fit;
    lab_draws draws; /* none where fit.reason is set */
    lab_holdout one;
} link;

/* Rows first to end of the query: one metric, data set and way of probing. */
typedef struct {
    isize first, end, n;
    double *loss, *err, *log_n, *log_c; /* [n]; loss is owned and holds all four */
    isize *cluster; /* [n], owned: runs that differ in their seed alone are drawn together */
    lab_text name;
    link links[LINKS];
} group;

static const char *const link_names[LINKS] = {"exponential", "sigmoid"};

static void fit_link(link *l, const group *g, const lab_law *law)
{
    const int workers = lab_parallel_workers();
    *l = (link){0};
    lab_law_data_init(&l->data, law, false, g->n);
    for (isize i = 0; i < g->n; i++)
        lab_law_data_set(&l->data, i, &g->loss[i], g->err[i], g->cluster[i]);
    if (g->n < 2 * law->parameters) {
        l->fit.reason = "fewer runs than twice the parameters";
        return;
    }
    const lab_law_rows rows = lab_law_data_rows(&l->data, NULL);
    lab_fit_make(&l->fit, &rows,
                 &(lab_fit_options){.loss = lab_study_loss(law), .workers = workers});
    if (l->fit.reason) return;
    lab_draws_make(&l->draws, &l->data, NULL, &l->fit,
                   &(lab_draws_options){.count = DRAWS, .workers = workers});
    lab_holdout_one(&l->one, &l->data, NULL, &l->fit, &(lab_holdout_options){.workers = workers});
}

static void read_clusters(group *g, const lab_rows *rows)
{
    lab_index index = {0};
    g->cluster = lab_heap_take(g->n * (isize)sizeof *g->cluster);
    for (isize i = 0; i < g->n; i++) {
        const char *alike = lab_rows_text(rows, g->first + i, "alike");
        g->cluster[i] = *alike ? lab_index_put(&index, alike, i) : i;
    }
    lab_index_finish(&index);
}

static bool same_group(const lab_rows *rows, isize a, isize b)
{
    return lab_row_is(rows, a, "metric", lab_rows_text(rows, b, "metric")) &&
           lab_row_is(rows, a, "data", lab_rows_text(rows, b, "data")) &&
           lab_row_is(rows, a, "setting", lab_rows_text(rows, b, "setting"));
}

static void group_init(group *g, const lab_scene *scene, isize first)
{
    const lab_rows *rows = scene->rows;
    const char *how = lab_probe_how(scene, first);
    *g = (group){.first = first, .end = first};
    while (g->end < lab_rows_count(rows) && same_group(rows, first, g->end)) g->end++;
    g->n = g->end - first;
    g->loss = lab_heap_take(4 * g->n * (isize)sizeof *g->loss);
    g->err = g->loss + g->n;
    g->log_n = g->loss + 2 * g->n;
    g->log_c = g->loss + 3 * g->n;
    for (isize i = 0; i < g->n; i++) {
        g->loss[i] = lab_rows_real(rows, first + i, "loss");
        g->err[i] = lab_rows_real(rows, first + i, "err");
        g->log_n[i] = log(lab_rows_real(rows, first + i, "N"));
        g->log_c[i] = log(lab_rows_real(rows, first + i, "C"));
    }
    read_clusters(g, rows);
    lab_text_add(&g->name, "%s, %s%s%s%s", lab_rows_text(rows, first, "metric"),
                 lab_rows_text(rows, first, "data"), *how ? " (" : "", how, *how ? ")" : "");
    for (int l = 0; l < LINKS; l++) fit_link(&g->links[l], g, lab_law_find(link_names[l]));
}

static void group_finish(group *g)
{
    for (int l = 0; l < LINKS; l++) {
        lab_draws_finish(&g->links[l].draws);
        lab_law_data_finish(&g->links[l].data);
    }
    lab_heap_free(g->loss);
    lab_heap_free(g->cluster);
    lab_text_finish(&g->name);
}

/* ---- the plot ---- */

static void add_link(lab_chart *chart, const group *g, int l)
{
    const link *of = &g->links[l];
    double low = g->loss[0], high = g->loss[0];
    char label[64];
    if (of->fit.reason) return;
    for (isize i = 1; i < g->n; i++) {
        low = fmin(low, g->loss[i]);
        high = fmax(high, g->loss[i]);
    }
    (void)snprintf(label, sizeof label, "%s, 95 %% of the mean", link_names[l]);
    lab_chart_series(
        chart,
        (lab_series){.label = label, .draw = LAB_SVG_LINE | LAB_SVG_BAND, .hue = l + 1, .dash = l});
    for (int i = 0; i < CURVE; i++) {
        double x = low + (high - low) * i / (CURVE - 1);
        lab_chart_point(chart, x, lab_law_predict(of->fit.law, of->fit.theta, &x),
                        lab_draws_mean(&of->draws, &x, CONFIDENCE));
    }
}

static void draw_group(const lab_scene *scene, const group *g, int number)
{
    lab_chart chart = {0};
    char name[32];
    (void)snprintf(name, sizeof name, "law-metric-%d", number);
    for (int l = 0; l < LINKS; l++) add_link(&chart, g, l);
    lab_chart_series(&chart, (lab_series){.label = "runs", .draw = LAB_SVG_POINTS});
    for (isize i = 0; i < g->n; i++) {
        lab_chart_point(&chart, g->loss[i], g->err[i], lab_chart_none());
        lab_chart_tip(&chart, "%s: error %.4f at loss %.4f",
                      lab_rows_text(scene->rows, g->first + i, "name"), g->err[i], g->loss[i]);
    }
    lab_chart_put(&chart, scene->page, name,
                  &(lab_plot){.title = lab_text_of(&g->name),
                              .about = "Error against final loss, with two links and the intervals "
                                       "of their means.",
                              .x = {.label = "final loss L"},
                              .y = {.label = "error"},
                              .width = 510,
                              .height = 360});
}

/* ---- the tables ---- */

static void put_value(lab_page *page, const lab_coefficient *c)
{
    if (isnan(c->value))
        lab_page_cell(page, "none");
    else if (isnan(c->interval.low))
        lab_page_number(page, "%.3f", c->value);
    else
        lab_page_cell(page, "%.3f (%.3f to %.3f)", c->value, c->interval.low, c->interval.high);
}

static void put_group(const lab_scene *scene, const group *g)
{
    const lab_columns columns = {g->loss, g->err, {g->log_c, g->log_n}, g->n};
    double *work = lab_heap_take(lab_association_work(g->n) * (isize)sizeof *work);
    lab_association a;
    lab_association_compute(&a, &columns, CONFIDENCE, SEED, work);
    lab_heap_free(work);
    lab_page_cell(scene->page, "%s", lab_text_of(&g->name));
    lab_page_cell(scene->page, "%td", g->n);
    if (a.reason) {
        lab_page_cell(scene->page, "none: %s", a.reason);
        for (int i = 0; i < 6; i++) lab_page_cell(scene->page, "\u2013");
        return;
    }
    put_value(scene->page, &a.pearson);
    put_value(scene->page, &a.spearman);
    put_value(scene->page, &a.kendall);
    put_value(scene->page, &a.partial[0]);
    put_value(scene->page, &a.rank_partial[0]);
    put_value(scene->page, &a.partial[1]);
    put_value(scene->page, &a.rank_partial[1]);
    lab_page_finding(
        scene->page,
        "Error of %s against loss: Spearman %.3f (95 %% interval %s), given the rank of "
        "compute %.3f (%s); n = %td.",
        lab_text_of(&g->name), a.spearman.value, lab_span(a.spearman.interval).text,
        a.rank_partial[0].value, lab_span(a.rank_partial[0].interval).text, g->n);
}

static void put_link(lab_page *page, const group *g, int l)
{
    const link *of = &g->links[l];
    lab_text words = {0};
    lab_page_cell(page, "%s", lab_text_of(&g->name));
    lab_page_cell(page, "%s", link_names[l]);
    lab_page_cell(page, "%td", g->n);
    if (of->fit.reason) {
        lab_page_cell(page, "no fit: %s", of->fit.reason);
        for (int i = 0; i < 4; i++) lab_page_cell(page, "\u2013");
        return;
    }
    const lab_law *law = of->fit.law;
    for (int p = 0; p < law->parameters; p++)
        lab_text_add(&words, "%s%s %.4g (%s)%s", p ? ", " : "", law->parameter[p].name,
                     lab_law_value(law, p, of->fit.theta[p]),
                     lab_span(lab_draws_interval(&of->draws, p, CONFIDENCE)).text,
                     of->fit.at_bound >> p & 1 ? " at its bound" : "");
    lab_page_cell_marked(page, "words", "%s", lab_text_of(&words));
    lab_page_number(page, "%.4f", of->one.reason ? (double)NAN : sqrt(of->one.score));
    /* What no model beats, and what one that knows nothing has. */
    int high = lab_law_parameter_find(law, l ? "high" : "eps");
    int low = lab_law_parameter_find(law, "low");
    lab_page_number(page, "%.3f", lab_law_value(law, high, of->fit.theta[high]));
    if (low < 0)
        lab_page_cell(page, "has none");
    else
        lab_page_number(page, "%.3f", lab_law_value(law, low, of->fit.theta[low]));
    lab_page_number(page, "%.3g", of->fit.residual_sd);
    lab_text_finish(&words);
}

typedef void put_function(const lab_scene *scene, const group *g);

static void put_links(const lab_scene *scene, const group *g)
{
    for (int l = 0; l < LINKS; l++) put_link(scene->page, g, l);
}

void lab_render_metrics(const lab_scene *scene)
{
    static const lab_column associations[] = {{"Metric", false},        {"n", true},
                                              {"Pearson", true},        {"Spearman", true},
                                              {"Kendall", true},        {"Linear, given C", true},
                                              {"Ranks, given C", true}, {"Linear, given N", true},
                                              {"Ranks, given N", true}};
    static const lab_column links[] = {{"Metric", false},
                                       {"Link", false},
                                       {"n", true},
                                       {"Parameters (95 %)", false},
                                       {"Error, one left out", true},
                                       {"Chance", true},
                                       {"Ceiling", true},
                                       {"Scatter", true}};
    const lab_rows *rows = scene->rows;
    isize count = 0;
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "No run has a probe, or an imported metric, beside its loss.");
        return;
    }
    group *groups = lab_heap_take(lab_rows_count(rows) * (isize)sizeof *groups);
    for (isize first = 0; first < lab_rows_count(rows); first = groups[count++].end)
        group_init(&groups[count], scene, first);
    for (isize i = 0; i < count; i++)
        if (groups[i].n >= PLOTTED) draw_group(scene, &groups[i], (int)i + 1);
    lab_page_table(scene->page, associations, 9);
    for (isize i = 0; i < count; i++) put_group(scene, &groups[i]);
    lab_page_table_end(scene->page);
    lab_page_table(scene->page, links, 8);
    for (isize i = 0; i < count; i++) put_links(scene, &groups[i]);
    lab_page_table_end(scene->page);
    lab_page_text(
        scene->page,
        "Chance and ceiling are asymptotes of the link: the error at endless loss, and "
        "the error that no loss goes below. Error of one left out: root mean square over "
        "runs. Link intervals: %d draws of settings, with all their seeds, which are left "
        "out together, too.",
        DRAWS);
    for (isize i = 0; i < count; i++) group_finish(&groups[i]);
    lab_heap_free(groups);
}

/* ---- best layer, and rates ---- */

void lab_render_best_layer_by_size(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    lab_chart chart = {0};
    lab_text label = {0};
    int series = -1;
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "No run has a best block to show.");
        return;
    }
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        if (row == 0 || !lab_alike(rows, row - 1, row)) {
            series++;
            lab_name_probes(&label, scene, row, lab_row_way(rows, row)->name);
            lab_chart_series(&chart, (lab_series){.label = lab_text_of(&label),
                                                  .draw = LAB_SVG_POINTS,
                                                  .hue = series,
                                                  .shape = series});
        }
        lab_chart_point(&chart, lab_rows_real(rows, row, "N"), lab_rows_real(rows, row, "share"),
                        lab_chart_none());
        lab_chart_tip(&chart, "run %s: block %td of %td", lab_rows_text(rows, row, "run"),
                      lab_rows_int(rows, row, "layer"), lab_rows_int(rows, row, "depth"));
    }
    lab_chart_put(&chart, scene->page, "law-best-layer",
                  &(lab_plot){.about = "Where the best block lies in the trunk, against size.",
                              .x = {.label = "N, parameters of the trunk", .log = true},
                              .y = {.label = "place of the best block, 0 first, 1 last"},
                              .width = 960,
                              .height = 340});
    lab_page_text(scene->page, "n = %td probes.", lab_rows_count(rows));
    lab_text_finish(&label);
}

void lab_render_learning_rates(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Width", true},  {"Depth", true},   {"N", true},    {"Steps", true}, {"Rates", true},
        {"Lowest", true}, {"Highest", true}, {"Best", true}, {"Loss", true},  {"Tuned", false}};
    const lab_rows *rows = scene->rows;
    isize edges = 0;
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "No setting was tried with several peak rates: that any size is "
                                   "tuned is not known.");
        return;
    }
    lab_page_table(scene->page, columns, 10);
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        const bool edge = lab_rows_int(rows, row, "edge");
        static const char *const whole[] = {"width", "depth", "N", "steps", "rates"};
        static const char *const reals[] = {"lowest", "highest", "best", "loss"};
        for (int i = 0; i < 5; i++)
            lab_page_cell(scene->page, "%td", lab_rows_int(rows, row, whole[i]));
        for (int i = 0; i < 4; i++)
            lab_page_number(scene->page, "%.5g", lab_rows_real(rows, row, reals[i]));
        lab_page_cell_marked(scene->page, edge ? "bad" : "good", "%s",
                             edge ? "no: the best is at the edge" : "inside those tried");
        edges += edge;
    }
    lab_page_table_end(scene->page);
    if (edges > 0)
        lab_page_finding(scene->page,
                         "The best learning rate lies at the edge of those tried in %td of %td "
                         "settings with several: these sizes are not tuned.",
                         edges, lab_rows_count(rows));
}
