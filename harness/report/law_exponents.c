/* How to spend compute: exponents by three approaches, budgets, the surface, and its optimum. */
#include "report/law_figures.h"
#include <math.h>
#include <stdio.h>

enum { CURVE = 33, CONTOURS = 7, DECADES = 24 };

/* ---- exponents ---- */

static void put_approach(lab_page *page, const lab_approach *a)
{
    lab_page_cell(page, "%d", a->kind + 1);
    lab_page_cell(page, "%s", lab_approach_name((int)a->kind));
    if (a->reason) {
        lab_page_cell(page, "none: %s", a->reason);
        for (int i = 0; i < 4; i++) lab_page_cell(page, "\u2013");
        return;
    }
    lab_page_number(page, "%.4f", a->n.exponent);
    lab_page_cell(page, "%s", lab_span(a->n.interval).text);
    lab_page_number(page, "%.4f", a->d.exponent);
    lab_page_cell(page, "%s", lab_span(a->d.interval).text);
    if (a->kind == LAB_APPROACH_SURFACE)
        lab_page_cell(page, "all runs");
    else
        lab_page_cell(page, "%d %s", a->n.points,
                      a->kind == LAB_APPROACH_ISOFLOP ? "budgets" : "bins");
}

static void tell_bias(lab_page *page, const lab_exponents *exponents)
{
    const lab_approach_bias *bias = &exponents->bias;
    const lab_approach *isoflop = &exponents->by[LAB_APPROACH_ISOFLOP];
    if (isoflop->few + isoflop->dropped > 0)
        lab_page_text(page,
                      "isoflop: %d budgets have 3 sizes or more, %d have fewer, %d have no vertex "
                      "inside the sizes that were tried.",
                      isoflop->budgets, isoflop->few, isoflop->dropped);
    if (bias->reason || isoflop->reason) {
        lab_page_text(page, "The bias of isoflop is not known: %s.",
                      isoflop->reason ? isoflop->reason : bias->reason);
        return;
    }
    lab_page_text(page,
                  "Parabolas through noiseless losses of the surface, at the very same N, D and C, "
                  "would miss its exponent a by %+.4f, and its N* at C = %.3g by a factor of %.3f: "
                  "that much of isoflop is bias of the method. Corrected: a = %.4f, N* = %s.",
                  bias->exponent, exponents->compute_high, bias->ratio, bias->corrected,
                  lab_short_count(bias->corrected_n).text);
}

static void tell_disagreement(lab_page *page, const lab_exponents *exponents)
{
    int compared = 0;
    for (int i = 0; i < LAB_APPROACHES; i++) compared += !isnan(exponents->by[i].n.interval.low);
    for (int i = 0; i < LAB_APPROACHES; i++)
        for (int j = i + 1; j < LAB_APPROACHES; j++)
            if (exponents->disagree >> (LAB_APPROACHES * i + j) & 1)
                lab_page_warning(page,
                                 "%s and %s disagree: their intervals of a lie apart. At least one "
                                 "of them is wrong for these runs.",
                                 lab_approach_name(i), lab_approach_name(j));
    if (compared < 2)
        lab_page_text(page, "Fewer than two approaches have an interval: they cannot be compared.");
    else if (!exponents->disagree)
        lab_page_text(page, "The intervals of a overlap: no two approaches disagree.");
}

void lab_render_law_exponents(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Approach", false}, {"Name", false}, {"a of N*", true},      {"95 %", true},
        {"b of D*", true},   {"95 %", true},  {"Line through", false}};
    const lab_exponents *exponents = &scene->laws->review.exponents;
    lab_page *page = scene->page;
    if (lab_laws_missing(scene)) return;
    if (exponents->reason) {
        lab_page_text(page, "There are no exponents: %s.", exponents->reason);
        return;
    }
    lab_page_table(page, columns, 7);
    for (int i = 0; i < LAB_APPROACHES; i++) put_approach(page, &exponents->by[i]);
    lab_page_table_end(page);
    tell_bias(page, exponents);
    tell_disagreement(page, exponents);
    const lab_approach_line *a = &exponents->by[LAB_APPROACH_SURFACE].n;
    lab_page_finding(
        page, "The best N grows as C to the power %.3f by the surface (95 %% interval %s)%s.",
        a->exponent, lab_span(a->interval).text,
        exponents->disagree ? ", and other approaches disagree" : "");
}

/* ---- N* and D* over compute ---- */

static void draw_allocation(const lab_scene *scene, bool data)
{
    const lab_laws *laws = scene->laws;
    const lab_exponents *exponents = &laws->review.exponents;
    lab_chart chart = {0};
    lab_chart_series(
        &chart, (lab_series){.label = "runs", .draw = LAB_SVG_POINTS, .hue = LAB_SVG_HUES - 1});
    for (isize i = 0; i < laws->n; i++) {
        double best = data ? laws->data[i] : laws->size[i];
        lab_chart_point(&chart, laws->compute[i], best, lab_chart_none());
        lab_chart_tip(&chart, "%s", laws->study->sample.rows[i].run);
    }
    for (int a = LAB_APPROACHES - 1; a >= 0; a--) {
        const lab_approach *by = &exponents->by[a];
        if (by->reason) continue;
        char label[64];
        (void)snprintf(label, sizeof label, "%d %s", a + 1, lab_approach_name(a));
        lab_chart_series(&chart, (lab_series){.label = label,
                                              .draw = LAB_SVG_LINE | LAB_SVG_BAND,
                                              .hue = a,
                                              .dash = a == LAB_APPROACH_SURFACE ? 0 : a + 1});
        for (int i = 0; i < CURVE; i++) {
            double compute = lab_chart_between(exponents->compute_low,
                                               LAB_LAWS_BEYOND * exponents->compute_high, i, CURVE);
            lab_chart_point(&chart, compute, lab_approach_at(data ? &by->d : &by->n, compute),
                            lab_laws_band(laws, (lab_approach_kind)a, data, compute));
        }
    }
    lab_chart_put(&chart, scene->page, data ? "law-best-data" : "law-best-size",
                  &(lab_plot){.title = data ? "Best D" : "Best N",
                              .about =
                                  "The best N, or D, against compute by three approaches, with "
                                  "the interval of each, and the runs.",
                              .x = {.label = "training FLOPs C", .log = true},
                              .y = {.label = data ? "D*" : "N*", .log = true},
                              .width = 510,
                              .height = 400});
}

void lab_render_law_allocation(const lab_scene *scene)
{
    if (lab_laws_missing(scene) || scene->laws->review.exponents.reason) return;
    draw_allocation(scene, false);
    draw_allocation(scene, true);
    lab_page_text(scene->page, "n = %td runs.", scene->laws->review.exponents.runs.n);
}

/* ---- budgets ---- */

static double parabola_at(const lab_parabola *p, double size)
{
    return p->floor + p->curvature * pow(log(size / p->vertex), 2);
}

static void draw_budget(lab_chart *chart, const lab_laws *laws, const lab_budget *budget, int hue)
{
    const lab_parabola *p = &budget->by_size;
    const lab_runs *runs = &laws->review.exponents.runs;
    char label[48];
    (void)snprintf(label, sizeof label, "C = %.3g", budget->compute);
    lab_chart_series(
        chart, (lab_series){.label = label, .draw = LAB_SVG_POINTS, .hue = hue, .shape = hue});
    for (isize i = budget->first; i < budget->first + budget->n; i++) {
        isize run = laws->budgets.order[i];
        lab_chart_point(chart, runs->size[run], runs->loss[run], lab_chart_none());
        lab_chart_tip(chart, "C %.3g: N %.4g, loss %.4f", runs->compute[run], runs->size[run],
                      runs->loss[run]);
    }
    if (!(p->curvature > 0)) return;
    lab_chart_series(chart, (lab_series){.draw = LAB_SVG_LINE, .hue = hue});
    for (int i = 0; i < CURVE; i++) {
        double size = lab_chart_between(p->low, p->high, i, CURVE);
        lab_chart_point(chart, size, parabola_at(p, size), lab_chart_none());
    }
}

static void add_centres(lab_chart *chart, const lab_budgets *budgets)
{
    lab_chart_series(chart, (lab_series){.label = "centre of the sizes tried",
                                         .draw = LAB_SVG_POINTS,
                                         .hue = -1,
                                         .hollow = true,
                                         .shape = 3});
    for (int b = 0; b < budgets->count; b++) {
        const lab_parabola *p = &budgets->at[b].by_size;
        const double centre = sqrt(p->low * p->high);
        if (!(p->curvature > 0)) continue;
        lab_chart_point(chart, centre, parabola_at(p, centre), lab_chart_none());
        lab_chart_tip(chart, "C = %.3g: centre of the sizes tried N %.4g", budgets->at[b].compute,
                      centre);
    }
    lab_chart_series(
        chart, (lab_series){.label = "vertex", .draw = LAB_SVG_POINTS, .hue = -1, .shape = 1});
    for (int b = 0; b < budgets->count; b++) {
        const lab_parabola *p = &budgets->at[b].by_size;
        if (!(p->curvature > 0) || !p->inside) continue;
        lab_chart_point(chart, p->vertex, p->floor, lab_chart_none());
        lab_chart_tip(chart, "C = %.3g: vertex N* %.4g, L %.4f", budgets->at[b].compute, p->vertex,
                      p->floor);
    }
}

void lab_render_law_isoflop(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    lab_chart chart = {0};
    int shown = 0;
    isize runs = 0;
    if (lab_laws_missing(scene)) return;
    for (int b = 0; b < laws->budgets.count; b++) {
        const lab_budget *budget = &laws->budgets.at[b];
        if (isnan(budget->by_size.curvature)) continue;
        draw_budget(&chart, laws, budget, shown++);
        runs += budget->n;
    }
    if (shown > 0) add_centres(&chart, &laws->budgets);
    lab_chart_put(&chart, scene->page, "law-isoflop",
                  &(lab_plot){.about =
                                  "Loss against size for runs of nearly equal compute, with the "
                                  "parabola of each budget, its vertex, and the centre of the "
                                  "sizes that were tried.",
                              .x = {.label = "N", .log = true},
                              .y = {.label = "final loss L"},
                              .width = 960,
                              .height = 460});
    if (shown == 0)
        lab_page_text(scene->page,
                      "No budget has 3 sizes: no 3 runs of different N lie within %.0f %% of one "
                      "compute.",
                      100 * LAB_BUDGET_TOLERANCE);
    else
        lab_page_text(scene->page,
                      "n = %td runs in %d budgets, each within %.0f %% of one compute; runs "
                      "of no such budget are not shown.",
                      runs, shown, 100 * LAB_BUDGET_TOLERANCE);
}

/* ---- the surface ---- */

typedef struct {
    double low, high;
} range;

static range range_of(const double *values, isize n)
{
    range r = {values[0], values[0]};
    for (isize i = 1; i < n; i++) {
        r.low = fmin(r.low, values[i]);
        r.high = fmax(r.high, values[i]);
    }
    return r;
}

/* Where the surface has that loss: D for each N, of those that are near the runs. */
static void add_contour(lab_chart *chart, const lab_laws *laws, double loss, int i)
{
    const lab_fit *fit = &laws->study->fit;
    const range size = range_of(laws->size, laws->n), data = range_of(laws->data, laws->n);
    double of[LAB_LAW_PARAMETERS] = {0};
    char label[32];
    for (int p = 0; p < fit->law->parameters; p++)
        of[p] = lab_law_value(fit->law, p, fit->theta[p]);
    (void)snprintf(label, sizeof label, "%.3g", loss);
    lab_chart_series(
        chart,
        (lab_series){.label = label, .draw = LAB_SVG_LINE | LAB_SVG_NAME, .thin = true, .hue = i});
    for (int k = 0; k < 2 * CURVE; k++) {
        double n = lab_chart_between(size.low / 1.5, size.high * 1.5, k, 2 * CURVE);
        double rest = loss - of[0] - of[1] * pow(n, -of[3]);
        double d = rest > 0 ? pow(of[2] / rest, 1 / of[4]) : (double)INFINITY;
        if (d >= data.low / 1.5 && d <= data.high * 1.5)
            lab_chart_point(chart, n, d, lab_chart_none());
    }
}

void lab_render_law_contours(const lab_scene *scene)
{
    const lab_laws *laws = scene->laws;
    const lab_law_cost cost = lab_laws_cost(laws);
    lab_chart chart = {0};
    if (lab_laws_missing(scene)) return;
    const range loss = range_of(laws->loss, laws->n);
    for (int i = 1; i <= CONTOURS; i++)
        add_contour(&chart, laws, lab_chart_between(loss.low, loss.high, i, CONTOURS + 2), i);
    lab_chart_series(
        &chart, (lab_series){.label = "best N and D, from the least compute to 10 times the most",
                             .draw = LAB_SVG_LINE,
                             .hue = -1});
    for (int i = 0; i < CURVE; i++) {
        lab_optimum best;
        double compute =
            lab_chart_between(laws->compute_low, LAB_LAWS_BEYOND * laws->compute_high, i, CURVE);
        if (lab_optimum_at(&best, laws->study->fit.law, laws->study->fit.theta, &cost, compute))
            lab_chart_point(&chart, best.n, best.d, lab_chart_none());
    }
    lab_chart_series(&chart, (lab_series){.label = "runs", .draw = LAB_SVG_POINTS, .hue = 0});
    for (isize i = 0; i < laws->n; i++) {
        lab_chart_point(&chart, laws->size[i], laws->data[i], lab_chart_none());
        lab_chart_tip(&chart, "%s: loss %.4f", laws->study->sample.rows[i].run, laws->loss[i]);
    }
    lab_chart_put(&chart, scene->page, "law-contours",
                  &(lab_plot){.about =
                                  "Lines of equal loss of the fitted surface over N and D, the "
                                  "efficient frontier, and the runs.",
                              .x = {.label = "N", .log = true},
                              .y = {.label = "D", .log = true},
                              .width = 960,
                              .height = 460});
    lab_page_text(scene->page, "n = %td runs. Lines are of the fit; they have no interval here.",
                  laws->n);
}

/* ---- the optimum of each budget ---- */

static void put_optimum(lab_page *page, const lab_laws *laws, double compute)
{
    const lab_study *study = laws->study;
    const lab_law_cost cost = lab_laws_cost(laws);
    const bool beyond = compute > laws->compute_high || compute < laws->compute_low;
    lab_optimum best;
    lab_optimum_band band;
    bool known = lab_optimum_at(&best, study->fit.law, study->fit.theta, &cost, compute);
    lab_optimum_intervals(&band, &study->draws, &cost, compute, 0, LAB_LAWS_CONFIDENCE);
    lab_page_cell_marked(page, beyond ? "unclear" : "", "%.0e%s", compute,
                         beyond ? ", extrapolated" : "");
    if (!known) {
        for (int i = 0; i < 10; i++) lab_page_cell(page, "none");
        return;
    }
    lab_page_number(page, "%.3g", best.n);
    lab_page_cell(page, "%s", lab_span(band.n).text);
    lab_page_number(page, "%.3g", best.d);
    lab_page_cell(page, "%s", lab_span(band.d).text);
    lab_page_number(page, "%.3g", best.ratio);
    lab_page_cell(page, "%s", lab_span(band.ratio).text);
    lab_page_number(page, "%.4f", best.loss);
    lab_page_cell(page, "%s", lab_span(band.loss).text);
    lab_page_number(page, "%+.4f", best.penalty_small);
    lab_page_number(page, "%+.4f", best.penalty_large);
}

void lab_render_law_optimum(const lab_scene *scene)
{
    static const lab_column columns[] = {{"C", false},     {"N*", true},     {"95 %", true},
                                         {"D*", true},     {"95 %", true},   {"D*/N*", true},
                                         {"95 %", true},   {"L*", true},     {"95 %", true},
                                         {"half N", true}, {"twice N", true}};
    const lab_laws *laws = scene->laws;
    if (lab_laws_missing(scene)) return;
    const int first = (int)floor(log10(laws->compute_low));
    int last = (int)ceil(log10(LAB_LAWS_BEYOND * laws->compute_high));
    if (last > first + DECADES) last = first + DECADES;
    lab_page_table(scene->page, columns, 11);
    for (int decade = first; decade <= last; decade++)
        put_optimum(scene->page, laws, pow(10, decade));
    lab_page_table_end(scene->page);
}
