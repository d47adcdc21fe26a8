/* What the surface leaves: residuals, runs left out, and the loss that more compute can still take.
 */
#include "base/heap.h"
#include "report/law_figures.h"
#include "stats/association.h"
#include "stats/resample.h"
#include <math.h>
#include <stdio.h>

enum { CURVE = 33, SEED = 1 };

/* ---- residuals ---- */

/* What residuals may follow, though the surface says that they do not. */
typedef struct {
    const char *name, *label;
    bool log;
    double (*of)(const lab_laws *laws, isize i); /* NaN: run i does not tell */
} feature;

static double size_of(const lab_laws *laws, isize i)
{
    return laws->size[i];
}

static double data_of(const lab_laws *laws, isize i)
{
    return laws->data[i];
}

static double compute_of(const lab_laws *laws, isize i)
{
    return laws->compute[i];
}

static double ratio_of(const lab_laws *laws, isize i)
{
    return laws->data[i] / laws->size[i];
}

static double rate_of(const lab_laws *laws, isize i)
{
    return laws->study->sample.rows[i].lr_peak;
}

static double day_of(const lab_laws *laws, isize i)
{
    const lab_sample_row *rows = laws->study->sample.rows;
    double first = rows[0].started_at;
    for (isize k = 1; k < laws->n; k++) first = fmin(first, rows[k].started_at);
    return (rows[i].started_at - first) / 86400e6;
}

static const feature features[] = {{"size", "N", true, size_of},
                                   {"data", "D", true, data_of},
                                   {"compute", "C", true, compute_of},
                                   {"ratio", "D / N", true, ratio_of},
                                   {"rate", "highest learning rate", true, rate_of},
                                   {"date", "days since the first run began", false, day_of}};
enum { FEATURES = sizeof features / sizeof *features };

/* Whether all runs tell it, and not all the same. */
static bool is_told(const lab_laws *laws, const feature *f)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (isize i = 0; i < laws->n; i++) {
        double x = f->of(laws, i);
        if (!isfinite(x) || (f->log && !(x > 0))) return false;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    return low < high;
}

static void draw_residuals(const lab_scene *scene, const feature *f)
{
    const lab_laws *laws = scene->laws;
    lab_chart chart = {0};
    lab_text name = {0};
    lab_text_add(&name, "law-residuals-%s", f->name);
    lab_chart_series(&chart, (lab_series){.draw = LAB_SVG_LEVEL, .hue = -1, .dash = 1});
    lab_chart_point(&chart, f->of(laws, 0), 0, lab_chart_none());
    for (int class = 0; class < LAB_LAWS_SIZES; class ++) {
        lab_laws_series(&chart, laws, class, f == features);
        for (isize i = 0; i < laws->n; i++) {
            if (lab_laws_class(laws, i) != class) continue;
            lab_chart_point(&chart, f->of(laws, i), 100 * lab_laws_residual(laws, i),
                            lab_chart_none());
            lab_chart_tip(&chart, "%s", laws->study->sample.rows[i].run);
        }
    }
    lab_chart_put(&chart, scene->page, lab_text_of(&name),
                  &(lab_plot){.about = "What the surface leaves of each run's loss, in percent.",
                              .x = {.label = f->label, .log = f->log},
                              .y = {.label = "residual, %"},
                              .width = 420,
                              .height = 280});
    lab_text_finish(&name);
}

static void draw_quantiles(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    const isize n = laws->n;
    double *sorted = lab_heap_take((n + 1) * (isize)sizeof *sorted);
    lab_chart chart = {0};
    for (isize i = 0; i < n; i++) sorted[i] = 100 * lab_laws_residual(laws, i);
    lab_resample_sort(sorted, n);
    const double middle = lab_resample_quantile(sorted, n, 0.5);
    const double scale =
        (lab_resample_quantile(sorted, n, 0.75) - lab_resample_quantile(sorted, n, 0.25)) /
        (2 * lab_normal_quantile(0.75));
    lab_chart_series(&chart, (lab_series){.label = "residuals", .draw = LAB_SVG_POINTS});
    for (isize i = 0; i < n; i++)
        lab_chart_point(&chart, lab_normal_quantile(((double)i + 0.5) / (double)n), sorted[i],
                        lab_chart_none());
    lab_chart_series(&chart, (lab_series){.label = "normal, through the quartiles",
                                          .draw = LAB_SVG_LINE,
                                          .hue = -1,
                                          .dash = 1});
    for (int side = 0; side < 2; side++) {
        double z = lab_normal_quantile((side ? (double)n - 0.5 : 0.5) / (double)n);
        lab_chart_point(&chart, z, middle + scale * z, lab_chart_none());
    }
    lab_chart_put(&chart, scene->page, "law-quantiles",
                  &(lab_plot){.about = "Quantiles of residuals against those of a normal "
                                       "distribution.",
                              .x = {.label = "normal quantile"},
                              .y = {.label = "residual, %"},
                              .width = 510,
                              .height = 360});
    lab_heap_free(sorted);
}

static void put_trends(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Residual against", false}, {"n", true}, {"Spearman", true}, {"95 %", true}};
    const lab_laws *laws = scene->laws;
    const isize n = laws->n, bytes = n * (isize)sizeof(double);
    double *x = lab_heap_take(bytes), *rest = lab_heap_take(bytes);
    double *work = lab_heap_take(lab_association_work(n) * (isize)sizeof *work);
    lab_page_table(scene->page, columns, 4);
    for (int f = 0; f < FEATURES; f++) {
        lab_association a;
        if (!is_told(laws, &features[f])) continue;
        for (isize i = 0; i < n; i++) {
            x[i] = features[f].of(laws, i);
            rest[i] = lab_laws_residual(laws, i);
        }
        lab_association_compute(&a, &(lab_columns){.x = x, .y = rest, .n = n}, LAB_LAWS_CONFIDENCE,
                                SEED, work);
        const bool trend = a.spearman.interval.low > 0 || a.spearman.interval.high < 0;
        lab_page_cell(scene->page, "%s", features[f].label);
        lab_page_cell(scene->page, "%td", n);
        lab_page_cell_marked(scene->page, trend ? "bad" : "", "%.3f", a.spearman.value);
        lab_page_cell(scene->page, "%s", lab_span(a.spearman.interval).text);
    }
    lab_page_table_end(scene->page);
    lab_heap_free(x);
    lab_heap_free(rest);
    lab_heap_free(work);
}

void lab_render_law_residuals(const lab_scene *scene)
{
    if (lab_laws_missing(scene)) return;
    lab_page_grid(scene->page, 2);
    for (int f = 0; f < FEATURES; f++)
        if (is_told(scene->laws, &features[f])) draw_residuals(scene, &features[f]);
    lab_page_grid_end(scene->page);
    for (int f = 0; f < FEATURES; f++)
        if (!is_told(scene->laws, &features[f]))
            lab_page_text(scene->page,
                          "Not drawn against the %s: not all runs tell it, or all have one.",
                          features[f].label);
    draw_quantiles(scene);
    put_trends(scene);
}

/* ---- runs left out ---- */

static void put_held(lab_page *page, const char *what, const lab_holdout *held)
{
    lab_page_cell(page, "%s", what);
    if (held->reason) {
        lab_page_cell(page, "none: %s", held->reason);
        for (int i = 0; i < 5; i++) lab_page_cell(page, "\u2013");
        return;
    }
    lab_page_cell(page, "%td", held->n);
    lab_page_cell(page, "%td", held->refits);
    lab_page_number(page, "%+.2f %%", held->bias);
    lab_page_number(page, "%.2f %%", held->absolute);
    lab_page_number(page, "%.2f %%", held->root);
    if (held->covered == 0)
        lab_page_cell(page, "none");
    else
        lab_page_cell_marked(page, held->coverage < 0.8 ? "bad" : "", "%.0f %% of %td",
                             100 * held->coverage, held->covered);
}

static void draw_held(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    lab_chart chart = {0};
    char label[80];
    (void)snprintf(label, sizeof label, "%s left out", laws->heldout.by_one);
    lab_chart_series(&chart,
                     (lab_series){.label = "equal", .draw = LAB_SVG_LINE, .hue = -1, .dash = 1});
    for (int side = 0; side < 2; side++) {
        double end = laws->loss[0];
        for (isize i = 1; i < laws->n; i++)
            end = side ? fmax(end, laws->loss[i]) : fmin(end, laws->loss[i]);
        lab_chart_point(&chart, end, end, lab_chart_none());
    }
    lab_chart_series(
        &chart, (lab_series){.label = label, .draw = LAB_SVG_POINTS, .hollow = true, .hue = 0});
    for (isize i = 0; i < laws->n; i++) {
        if (!laws->held_one[i].held) continue;
        lab_chart_point(&chart, laws->loss[i], laws->held_one[i].predicted, lab_chart_none());
        lab_chart_tip(&chart, "%s: %+.2f %%", laws->study->sample.rows[i].run,
                      laws->held_one[i].error);
    }
    lab_chart_series(&chart,
                     (lab_series){.label = "top 20 % by compute left out, 95 % of a new run",
                                  .draw = LAB_SVG_POINTS,
                                  .hue = 1,
                                  .shape = 1});
    for (isize i = 0; i < laws->n; i++) {
        if (!laws->held_top[i].held) continue;
        lab_chart_point(&chart, laws->loss[i], laws->held_top[i].predicted, laws->held_top[i].run);
        lab_chart_tip(&chart, "%s: %+.2f %%", laws->study->sample.rows[i].run,
                      laws->held_top[i].error);
    }
    lab_chart_put(&chart, scene->page, "law-held-out",
                  &(lab_plot){.about =
                                  "Predicted against measured loss of runs that the fit had not "
                                  "seen.",
                              .x = {.label = "measured loss", .log = true},
                              .y = {.label = "predicted loss", .log = true},
                              .width = 960,
                              .height = 460});
}

void lab_render_law_holdout(const lab_scene *scene)
{
    static const lab_column columns[] = {{"Left out", false},
                                         {"n", true},
                                         {"Refits", true},
                                         {"Bias", true},
                                         {"Mean error", true},
                                         {"Root mean square", true},
                                         {"In the 95 % interval", true}};
    const lab_heldout *held = &scene->laws->heldout;
    lab_page *page = scene->page;
    lab_text what = {0};
    if (lab_laws_missing(scene)) return;
    if (scene->laws->heldout.one.n > 0 || scene->laws->top.n > 0) draw_held(scene);
    lab_page_table(page, columns, 7);
    put_held(page, held->by_one, &held->one);
    if (held->by_size[0]) put_held(page, "all runs of one N", &held->size);
    for (int i = 0; held->by_compute && i < LAB_HELDOUT_TOPS; i++) {
        lab_text_clear(&what);
        lab_text_add(&what, "top %.0f %% by C", 100 * lab_heldout_tops[i]);
        put_held(page, lab_text_of(&what), &held->top[i]);
    }
    lab_page_table_end(page);
    lab_text_finish(&what);
    if (!held->by_size[0])
        lab_page_text(page, "Sizes cannot be left out: every run has an N of its own.");
    if (!held->by_compute)
        lab_page_text(page, "Nothing is left out by compute: some runs do not tell theirs.");
    if (held->by_compute && held->top[1].covered > 0)
        lab_page_finding(
            page,
            "Fitted without the top 20 %% by compute, the surface misses those %td runs "
            "by %.2f %% on average (bias %+.2f %%), and %.0f %% lie in its 95 %% "
            "interval of a new run.",
            held->top[1].n, held->top[1].absolute, held->top[1].bias, 100 * held->top[1].coverage);
}

/* ---- reducible loss ---- */

/* The frontier less E, with E at that value and all else refitted. */
static void reducible_at(const lab_laws *laws, double floor, double values[CURVE])
{
    const lab_fit *fit = &laws->study->fit;
    const lab_law_rows rows = lab_law_data_rows(&laws->study->data, NULL);
    const lab_law_cost cost = lab_laws_cost(laws);
    lab_fit_options options = {.loss = fit->loss,
                               .starts = LAB_STARTS_WARM,
                               .workers = laws->study->wish.fit.workers,
                               .fixed = 1,
                               .fixed_theta = {lab_law_theta(fit->law, 0, floor)},
                               .warm = fit};
    lab_fit at;
    lab_fit_make(&at, &rows, &options);
    for (int i = 0; i < CURVE; i++) {
        lab_optimum best = {.loss = (double)NAN};
        double compute =
            lab_chart_between(laws->compute_low, LAB_LAWS_BEYOND * laws->compute_high, i, CURVE);
        if (!at.reason) (void)lab_optimum_at(&best, at.law, at.theta, &cost, compute);
        values[i] = best.loss - floor;
    }
}

void lab_render_law_reducible(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    lab_chart chart = {0};
    double low[CURVE], high[CURVE], middle[CURVE];
    if (lab_laws_missing(scene)) return;
    const lab_interval floor = laws->profile[0].interval;
    const double fitted = lab_law_value(laws->study->fit.law, 0, laws->study->fit.theta[0]);
    reducible_at(laws, floor.low, low);
    reducible_at(laws, fitted, middle);
    reducible_at(laws, floor.high, high);
    lab_chart_series(&chart, (lab_series){.label = "fit less E, band over the 95 % interval of E",
                                          .draw = LAB_SVG_LINE | LAB_SVG_BAND,
                                          .hue = -1});
    for (int i = 0; i < CURVE; i++)
        lab_chart_point(
            &chart,
            lab_chart_between(laws->compute_low, LAB_LAWS_BEYOND * laws->compute_high, i, CURVE),
            middle[i], (lab_interval){fmin(low[i], high[i]), fmax(low[i], high[i])});
    for (int class = 0; class < LAB_LAWS_SIZES; class ++) {
        lab_laws_series(&chart, laws, class, true);
        for (isize i = 0; i < laws->n; i++) {
            if (lab_laws_class(laws, i) != class) continue;
            lab_chart_point(&chart, laws->compute[i], laws->loss[i] - fitted, lab_chart_none());
            lab_chart_tip(&chart, "%s: L - E %.4f; with E over its interval %.4f to %.4f",
                          laws->study->sample.rows[i].run, laws->loss[i] - fitted,
                          laws->loss[i] - floor.high, laws->loss[i] - floor.low);
        }
    }
    lab_chart_put(&chart, scene->page, "law-reducible",
                  &(lab_plot){.about = "Loss less the fitted floor E against compute, both "
                                       "logarithmic.",
                              .x = {.label = "training FLOPs C", .log = true},
                              .y = {.label = "L - E", .log = true},
                              .width = 960,
                              .height = 440});
    lab_page_text(
        scene->page,
        "n = %td runs. E = %.4g, 95 %% interval of its profile %s. Markers use the fitted "
        "E; a run at or below it has no place on this axis and is a cross on the edge.",
        laws->n, fitted, lab_span(floor).text);
}
