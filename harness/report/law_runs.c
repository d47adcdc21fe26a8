/* The runs that laws are fitted to, what is checked, seeds, and what the page cannot say. */
#include "base/heap.h"
#include "report/law_figures.h"
#include <math.h>
#include <string.h>

enum { CURVE = 49, SEEDS_SHOWN = 20 };

/* ---- runs ---- */

static isize distinct(const double *values, isize n)
{
    isize count = 0;
    for (isize i = 0; i < n; i++) {
        isize j = 0;
        while (j < i && values[j] != values[i]) j++;
        count += j == i;
    }
    return count;
}

static void put_range(lab_page *page, const char *term, const double *values, isize n)
{
    double low = values[0], high = values[0];
    for (isize i = 1; i < n; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    lab_page_item(page, term, "%.4g to %.4g, %.2f decades, %td distinct values", low, high,
                  log10(high / low), distinct(values, n));
}

static void put_excluded(lab_page *page, const lab_sample *sample)
{
    static const lab_column columns[] = {
        {"Run", false}, {"N", true}, {"D", true}, {"L", true}, {"Why it is not used", false}};
    if (sample->used == sample->count) {
        lab_page_text(page, "Every row of the query is used.");
        return;
    }
    lab_page_table(page, columns, 5);
    for (isize i = sample->used; i < sample->count; i++) {
        const lab_sample_row *row = &sample->rows[i];
        lab_page_cell(page, "%s", row->run);
        lab_page_number(page, "%.4g", row->x[0]);
        lab_page_number(page, "%.4g", row->x[1]);
        lab_page_number(page, "%.6g", row->y);
        lab_page_cell(page, "%s", row->excluded);
    }
    lab_page_table_end(page);
}

void lab_render_law_runs(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    const lab_sample *sample = &laws->study->sample;
    lab_page *page = scene->page;
    lab_page_item(page, "Runs", "%td used, %td of the query not used", laws->n,
                  sample->count - laws->n);
    if (laws->n > 0) {
        put_range(page, "N, parameters", laws->size, laws->n);
        put_range(page, "D, patches or tokens", laws->data, laws->n);
        put_range(page, "C, training FLOPs", laws->compute, laws->n);
        put_range(page, "L, final loss", laws->loss, laws->n);
        if (laws->untold == laws->n)
            lab_page_item(page, "C of a run", "is not told; 6 N D stands for it everywhere here");
        else
            lab_page_item(page, "C / (N D)", "%.3g (geometric mean), %.3g to %.3g", laws->factor,
                          laws->factor_low, laws->factor_high);
        if (laws->untold > 0 && laws->untold < laws->n)
            lab_page_item(page, "C of a run", "is not told by %td; that mean stands for it",
                          laws->untold);
        lab_page_item(page, "Rows", "SHA-256 %.12s", sample->sha256.hex);
    }
    put_excluded(page, sample);
    if (laws->reason) {
        lab_page_finding(page, "No surface L(N, D) is fitted: %s (n = %td).", laws->reason,
                         laws->n);
        lab_page_warning(page,
                         "No surface is fitted: %s (n = %td). Sections that stand on it say so.",
                         laws->reason, laws->n);
    }
}

/* ---- checks ---- */

void lab_render_law_checks(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Check", false}, {"Verdict", false}, {"What it saw", false}};
    static const lab_verdict order[] = {LAB_CHECK_FAILED, LAB_CHECK_PASSED,
                                        LAB_CHECK_NOT_APPLICABLE};
    static const char *const marks[] = {"good", "bad", "unclear"};
    const lab_review *review = &scene->laws->review;
    lab_page *page = scene->page;
    if (review->count == 0) {
        lab_page_text(page, "There is no fit to check: %s.", scene->laws->study->fit.reason);
        return;
    }
    lab_page_finding(page, "%d of %d checks of the surface fail%s%s", review->failed, review->count,
                     review->failed == 1 ? "s" : "", review->failed ? ":" : ".");
    lab_page_table(page, columns, 3);
    for (int v = 0; v < 3; v++)
        for (int i = 0; i < review->count; i++) {
            const lab_check *check = &review->checks[i];
            if (check->verdict != order[v]) continue;
            lab_page_cell(page, "%s", check->name);
            lab_page_cell_marked(page, marks[check->verdict], "%s",
                                 lab_verdict_name(check->verdict));
            lab_page_cell_marked(page, "words", "%s", check->text);
            if (check->verdict == LAB_CHECK_FAILED)
                lab_page_finding(page, "Check failed, %s: %s", check->name, check->text);
        }
    lab_page_table_end(page);
}

/* ---- loss against compute ---- */

/* The runs that no cheaper one has beaten. */
static void add_envelope(lab_chart *chart, const lab_laws *laws)
{
    double least = (double)INFINITY, last = 0;
    lab_chart_series(chart, (lab_series){.label = "least loss so far",
                                         .draw = LAB_SVG_LINE,
                                         .hue = -1,
                                         .thin = true,
                                         .dash = 2});
    for (;;) {
        isize next = -1;
        for (isize i = 0; i < laws->n; i++)
            if (laws->loss[i] < least && laws->compute[i] > last &&
                (next < 0 || laws->compute[i] < laws->compute[next] ||
                 (laws->compute[i] == laws->compute[next] && laws->loss[i] < laws->loss[next])))
                next = i;
        if (next < 0) return;
        least = laws->loss[next];
        last = laws->compute[next];
        lab_chart_point(chart, last, least, lab_chart_none());
    }
}

/* L*(C) of the surface: its band is that of the mean curve, dashes hold a new run. */
static void add_frontier(lab_chart *chart, const lab_laws *laws)
{
    const lab_study *study = laws->study;
    const lab_law_cost cost = lab_laws_cost(laws);
    lab_optimum best[CURVE];
    double at[CURVE];
    lab_chart_series(chart, (lab_series){.label = "fit at its best N and D, 95 % band of the mean",
                                         .draw = LAB_SVG_LINE | LAB_SVG_BAND,
                                         .hue = -1});
    for (int i = 0; i < CURVE; i++) {
        lab_optimum_band band;
        at[i] =
            lab_chart_between(laws->compute_low, LAB_LAWS_BEYOND * laws->compute_high, i, CURVE);
        (void)lab_optimum_at(&best[i], study->fit.law, study->fit.theta, &cost, at[i]);
        lab_optimum_intervals(&band, &study->draws, &cost, at[i], 0, LAB_LAWS_CONFIDENCE);
        lab_chart_point(chart, at[i], best[i].loss, band.loss);
    }
    for (int side = 0; side < 2; side++) {
        lab_chart_series(chart, (lab_series){.label = "95 % interval of a new run",
                                             .draw = LAB_SVG_LINE,
                                             .hue = -1,
                                             .dash = 1});
        for (int i = 0; i < CURVE; i++) {
            const double x[] = {best[i].n, best[i].d};
            lab_interval run = lab_draws_run(&study->draws, x, true, LAB_LAWS_CONFIDENCE);
            lab_chart_point(chart, at[i], side ? run.high : run.low, lab_chart_none());
        }
    }
}

void lab_render_law_loss(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    lab_chart chart = {0};
    if (laws->n == 0) {
        lab_page_text(scene->page, "There is no run to show.");
        return;
    }
    if (!laws->reason) add_frontier(&chart, laws);
    add_envelope(&chart, laws);
    for (int class = 0; class < LAB_LAWS_SIZES; class ++) {
        lab_laws_series(&chart, laws, class, true);
        for (isize i = 0; i < laws->n; i++) {
            if (lab_laws_class(laws, i) != class) continue;
            lab_chart_point(&chart, laws->compute[i], laws->loss[i], lab_chart_none());
            lab_chart_tip(&chart, "%s: loss %.4f, N %.4g, D %.4g, C %.4g",
                          laws->study->sample.rows[i].run, laws->loss[i], laws->size[i],
                          laws->data[i], laws->compute[i]);
        }
    }
    lab_chart_put(&chart, scene->page, "law-loss",
                  &(lab_plot){.about = "Final loss against training FLOPs, with the lowest loss "
                                       "so far and the fitted frontier with its intervals.",
                              .x = {.label = "training FLOPs C", .log = true},
                              .y = {.label = "final loss L", .log = true},
                              .width = 960,
                              .height = 460});
    if (laws->reason) return;
    const lab_fit *fit = &laws->study->fit;
    lab_page_text(scene->page,
                  "n = %td runs. The fit's scatter of a single run is %.2f %% of the loss. The "
                  "curve goes on for a decade beyond the largest run, where nothing tests it.",
                  laws->n, 100 * fit->residual_sd);
}

/* ---- seeds ---- */

typedef struct {
    isize n;
    double mean, squares;
} setting;

/* Settings by the row that they begin with; alone counts those of one run. */
static setting *find_settings(const lab_laws *laws, isize *alone, double *pooled, double *freedom)
{
    setting *all = lab_heap_take((laws->n + 1) * (isize)sizeof *all);
    *alone = 0;
    *pooled = *freedom = 0;
    for (isize i = 0; i < laws->n; i++) {
        setting *s = &all[lab_sample_alike(&laws->study->sample, i, true)];
        double rise = laws->loss[i] - s->mean;
        s->n++;
        s->mean += rise / (double)s->n;
        s->squares += rise * (laws->loss[i] - s->mean);
    }
    for (isize i = 0; i < laws->n; i++) {
        *alone += all[i].n == 1;
        if (all[i].n < 2) continue;
        *pooled += all[i].squares;
        *freedom += (double)all[i].n - 1;
    }
    return all;
}

void lab_render_law_seeds(const lab_scene *scene)
{
    static const lab_column columns[] = {{"First run", false}, {"N", true},
                                         {"D", true},          {"n", true},
                                         {"Mean", true},       {"Standard deviation", true}};
    const lab_laws *laws = scene->laws;
    lab_page *page = scene->page;
    isize alone, shown = 0;
    double pooled, freedom;
    setting *all = find_settings(laws, &alone, &pooled, &freedom);
    lab_page_text(page, "%td settings have a single seed: nothing is known of their scatter.",
                  alone);
    if (freedom > 0) {
        lab_page_text(page,
                      "Pooled over settings with several seeds, a seed moves the loss by %.4g "
                      "(standard deviation, %g degrees of freedom): no prediction can be expected "
                      "to come nearer.",
                      sqrt(pooled / freedom), freedom);
        lab_page_table(page, columns, 6);
        for (isize i = 0; i < laws->n && shown < SEEDS_SHOWN; i++) {
            if (all[i].n < 2) continue;
            lab_page_cell(page, "%s", laws->study->sample.rows[i].run);
            lab_page_number(page, "%.4g", laws->size[i]);
            lab_page_number(page, "%.4g", laws->data[i]);
            lab_page_cell(page, "%td", all[i].n);
            lab_page_number(page, "%.5g", all[i].mean);
            lab_page_number(page, "%.3g", sqrt(all[i].squares / (double)(all[i].n - 1)));
            shown++;
        }
        lab_page_table_end(page);
        if (shown == SEEDS_SHOWN)
            lab_page_text(page, "The first %d settings with several seeds are shown.", SEEDS_SHOWN);
    }
    lab_heap_free(all);
}

/* ---- limits ---- */

void lab_render_law_limits(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    lab_page *page = scene->page;
    lab_page_text(
        page,
        "Intervals are percentiles of a bootstrap in which %td settings are drawn with "
        "replacement, %d times (forms besides the surface: %d; held-out refits: %d). They hold "
        "what the choice of runs "
        "does to a law of this form. That the form is another one is in none of them; how "
        "far forms disagree is in the table of forms.",
        laws->study->draws.clusters, LAB_LAWS_DRAWS, LAB_LAWS_FORM_DRAWS, LAB_LAWS_HELD_DRAWS);
    if (laws->study->draws.lost > 0)
        lab_page_text(page,
                      "%d of these draws have fewer distinct runs than the law has parameters, and "
                      "are in no interval.",
                      laws->study->draws.lost);
    lab_page_text(page, "Beyond the largest run nothing was measured: optima and losses there are "
                        "what the law would say, and no more.");
    lab_page_text(
        page, "Exponents depend on what is counted as N, D and C (head, attention, warm-up) and "
              "on whether rate, batch and schedule were tuned at each size. Runs that were not "
              "bend the law, and no interval here knows.");
    lab_page_text(page,
                  "A coefficient A or B means nothing without its exponent: the two go up and "
                  "down together, as the pair plots show.");
    lab_page_text(page,
                  "That loss and a metric go together over runs that share compute as a cause "
                  "does not show that one makes the other.");
    if (laws->untold > 0)
        lab_page_text(page, "%td runs do not tell their compute; it is taken as k N D.",
                      laws->untold);
}
