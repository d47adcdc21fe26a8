/* The forms that were fitted, how well each of their parameters is known, and how they disagree. */
#include "report/law_figures.h"
#include "stats/resample.h"
#include <math.h>
#include <stdio.h>

enum { PAIR_POINTS = 150 };

/* ---- forms ---- */

static void put_form(lab_page *page, const lab_laws *laws, int f)
{
    const lab_spread_law *of = &laws->spread.of[f];
    const lab_fit *fit = &of->fit;
    lab_page_cell(page, "%s", laws->form[f].name);
    lab_page_cell(page, "%td", fit->n);
    if (fit->reason) {
        lab_page_cell(page, "no fit: %s", fit->reason);
        for (int i = 0; i < 10; i++) lab_page_cell(page, "\u2013");
        return;
    }
    lab_page_number(page, "%.6g", fit->objective);
    lab_page_cell(page, "%d", fit->starts);
    lab_page_number(page, "%.0f %%", 100.0 * fit->reached / fit->starts);
    lab_page_cell_marked(page, fit->basin_count > 1 ? "bad" : "", "%d", fit->basin_count);
    lab_page_number(page, "%.3g", fit->condition);
    lab_page_number(page, "%.1f", fit->aicc);
    lab_page_number(page, "%.1f", fit->bic);
    lab_page_number(page, "%.1f", of->delta);
    lab_page_number(page, "%.3g", of->share);
    lab_page_number(page, "%.3g %%", 100 * sqrt(of->one.score));
    lab_page_number(page, "%.4g", of->predicted);
}

/* How far apart forms lie whose error on rows left out is at most twice the least. */
static void tell_spread(lab_page *page, const lab_laws *laws)
{
    const lab_spread *spread = &laws->spread;
    double low = (double)INFINITY, high = -(double)INFINITY;
    int count = 0;
    if (spread->best_score < 0 || laws->reason) return;
    for (int f = 1; f < spread->count; f++) {
        const lab_spread_law *of = &spread->of[f];
        if (!(of->one.score <= 4 * spread->of[spread->best_score].one.score) ||
            isnan(of->predicted))
            continue;
        low = fmin(low, of->predicted);
        high = fmax(high, of->predicted);
        count++;
    }
    const double x[] = {laws->beyond.n, laws->beyond.d};
    lab_interval mean = lab_draws_mean(&laws->study->draws, x, LAB_LAWS_CONFIDENCE);
    lab_text others = {0}, weighted = {0};
    if (count == 0)
        lab_text_put(&others, "no other form tells runs left out about as well");
    else
        lab_text_add(&others,
                     "%d other form%s whose error on runs left out is at most twice the "
                     "least say%s %.5g to %.5g",
                     count, count > 1 ? "s" : "", count > 1 ? "" : "s", low, high);
    if (!isnan(spread->mean)) lab_text_add(&weighted, "; weighted by AICc, %.5g", spread->mean);
    lab_page_text(page,
                  "At 10 times the largest compute (C = %.3g, N = %.3g, D = %.3g) the surface says "
                  "L = %.5g (95 %% interval of the mean %s); %s%s.",
                  laws->beyond.compute, laws->beyond.n, laws->beyond.d, laws->beyond.loss,
                  lab_span(mean).text, lab_text_of(&others), lab_text_of(&weighted));
    lab_page_finding(page,
                     "A decade beyond the largest run (C = %.3g) the surface says L = %.5g (95 %% "
                     "interval of the mean curve %s); %s.",
                     laws->beyond.compute, laws->beyond.loss, lab_span(mean).text,
                     lab_text_of(&others));
    lab_text_finish(&others);
    lab_text_finish(&weighted);
    if (spread->best_score != 0)
        lab_page_finding(page, "Runs left out are told best by another form than the surface: %s.",
                         laws->form[spread->best_score].name);
}

void lab_render_law_forms(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Form", false},        {"n", true},       {"Objective", true},
        {"Starts", true},       {"Reached", true}, {"Basins", true},
        {"Condition", true},    {"AICc", true},    {"BIC", true},
        {"\u0394 AICc", true},  {"Weight", true},  {"Error, one left out", true},
        {"L a decade on", true}};
    const lab_laws *laws = scene->laws;
    lab_page *page = scene->page;
    lab_page_table(page, columns, 13);
    for (int f = 0; f < LAB_LAWS_FORMS; f++) put_form(page, laws, f);
    lab_page_table_end(page);
    lab_page_text(
        page,
        "Every form is fitted to the same rows: Huber's loss with delta %g of residuals in "
        "log L, summed; at most %d starts of a grid that follows the data.",
        laws->study->wish.fit.loss.delta, laws->study->wish.fit.starts);
    tell_spread(page, laws);
}

/* ---- parameters ---- */

static void put_parameter(lab_page *page, const lab_laws *laws, int f, int p)
{
    const lab_fit *fit = &laws->spread.of[f].fit;
    const lab_draws *draws = &laws->form[f].draws;
    const lab_law_parameter *parameter = &fit->law->parameter[p];
    const double value = lab_law_value(fit->law, p, fit->theta[p]);
    const bool bound = fit->at_bound >> p & 1;
    const bool odd = value < parameter->plausible_low || value > parameter->plausible_high;
    lab_page_cell(page, "%s", p == 0 ? laws->form[f].name : "");
    lab_page_cell(page, "%s", parameter->name);
    lab_page_number(page, "%.6g", value);
    lab_page_number(page, "%.3g", lab_draws_error(draws, p));
    lab_page_cell(page, "%s", lab_span(lab_draws_interval(draws, p, LAB_LAWS_CONFIDENCE)).text);
    lab_page_cell_marked(page, bound || odd ? "bad" : "", "%s%s",
                         bound ? "at its bound: not known" : parameter->about,
                         odd ? "; not plausible" : "");
}

void lab_render_law_parameters(const lab_scene *scene)
{
    static const lab_column columns[] = {{"Form", false}, {"Parameter", false}, {"Value", true},
                                         {"SE", true},    {"95 %", true},       {"What", false}};
    const lab_laws *laws = scene->laws;
    const lab_law *law = laws->study->fit.law;
    lab_page_table(scene->page, columns, 6);
    for (int f = 0; f < LAB_LAWS_FORMS; f++)
        for (int p = 0; p < laws->form[f].data.law->parameters; p++)
            if (!laws->spread.of[f].fit.reason) put_parameter(scene->page, laws, f, p);
    lab_page_table_end(scene->page);
    if (laws->reason) return;
    const char *names[] = {"E", "alpha", "beta"};
    lab_text line = {0};
    for (int i = 0; i < 3; i++) {
        int p = lab_law_parameter_find(law, names[i]);
        lab_text_add(
            &line, "%s%s %.3f (95 %% interval %s)", i ? ", " : "", names[i],
            lab_law_value(law, p, laws->study->fit.theta[p]),
            lab_span(lab_draws_interval(&laws->study->draws, p, LAB_LAWS_CONFIDENCE)).text);
    }
    lab_page_finding(scene->page, "%s: %s; n = %td.", law->formula, lab_text_of(&line), laws->n);
    lab_text_finish(&line);
}

/* ---- profiles ---- */

static void draw_profile(const lab_scene *scene, const lab_profile *profile)
{
    const lab_fit *fit = &scene->laws->study->fit;
    const char *parameter = fit->law->parameter[profile->parameter].name;
    const double value =
        lab_law_value(fit->law, profile->parameter, fit->theta[profile->parameter]);
    char name[48], level[64];
    lab_chart chart = {0};
    (void)snprintf(name, sizeof name, "law-profile-%s", parameter);
    (void)snprintf(level, sizeof level, "95 %% threshold");
    lab_chart_series(&chart, (lab_series){.label = "best objective", .draw = LAB_SVG_LINE});
    for (int i = 0; i < profile->count; i++)
        lab_chart_point(&chart, profile->value[i], 1e3 * profile->objective[i], lab_chart_none());
    lab_chart_series(&chart,
                     (lab_series){.label = level, .draw = LAB_SVG_LEVEL, .hue = -1, .dash = 1});
    lab_chart_point(&chart, value, 1e3 * (fit->objective + profile->rise), lab_chart_none());
    lab_chart_series(&chart, (lab_series){.label = "fit", .draw = LAB_SVG_POINTS, .hue = -1});
    lab_chart_point(&chart, value, 1e3 * fit->objective, lab_chart_none());
    lab_chart_tip(&chart, "%s %.5g, objective %.6g", parameter, value, fit->objective);
    lab_chart_put(&chart, scene->page, name,
                  &(lab_plot){.title = parameter,
                              .about = "Best objective for each value of one parameter, with all "
                                       "others refitted, and the threshold of its interval.",
                              .x = {.label = parameter},
                              .y = {.label = "objective \u00D7 1000"},
                              .width = 320,
                              .height = 280});
}

void lab_render_law_profiles(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Parameter", false}, {"95 %, profile", true}, {"95 %, bootstrap", true}, {"Open", false}};
    const lab_laws *laws = scene->laws;
    const lab_law *law = laws->study->fit.law;
    lab_page *page = scene->page;
    if (lab_laws_missing(scene)) return;
    lab_page_grid(page, 3);
    for (int i = 0; i < LAB_LAWS_PROFILES; i++) draw_profile(scene, &laws->profile[i]);
    lab_page_grid_end(page);
    lab_page_table(page, columns, 4);
    for (int i = 0; i < LAB_LAWS_PROFILES; i++) {
        const lab_profile *p = &laws->profile[i];
        const bool open = p->open_low || p->open_high;
        lab_interval drawn =
            lab_draws_interval(&laws->study->draws, p->parameter, LAB_LAWS_CONFIDENCE);
        lab_page_cell(page, "%s", law->parameter[p->parameter].name);
        lab_page_cell(page, "%s", lab_span(p->interval).text);
        lab_page_cell(page, "%s", lab_span(drawn).text);
        lab_page_cell_marked(page, open ? "bad" : "", "%s",
                             p->open_low && p->open_high ? "on both sides: not known"
                             : p->open_low               ? "below: not known on that side"
                             : p->open_high              ? "above: not known on that side"
                                                         : "no");
        if (open)
            lab_page_finding(page, "%s is not known from these runs: its profile is open%s%s%s.",
                             law->parameter[p->parameter].name, p->open_low ? " below" : "",
                             p->open_low && p->open_high ? " and" : "",
                             p->open_high ? " above" : "");
    }
    lab_page_table_end(page);
    for (int i = 0; i < LAB_LAWS_PROFILES; i++)
        if (laws->profile[i].lower)
            lab_page_warning(
                page,
                "A point of the profile of %s lies below the fit: its starts missed the "
                "best minimum.",
                law->parameter[laws->profile[i].parameter].name);
}

/* ---- pairs ---- */

/* As it is shown: the logarithm to base 10 of a coefficient. */
static double shown(const lab_law *law, int p, double theta)
{
    return law->parameter[p].log && !law->parameter[p].floor ? theta / log(10)
                                                             : lab_law_value(law, p, theta);
}

static void axis_name(char out[32], const lab_law *law, int p)
{
    bool log = law->parameter[p].log && !law->parameter[p].floor;
    (void)snprintf(out, 32, "%s%.16s", log ? "log10 " : "", law->parameter[p].name);
}

static void draw_pair(const lab_scene *scene, int a, int b)
{
    const lab_study *study = scene->laws->study;
    const lab_law *law = study->fit.law;
    char x[32], y[32], name[64];
    lab_chart chart = {0};
    axis_name(x, law, a);
    axis_name(y, law, b);
    (void)snprintf(name, sizeof name, "law-pair-%s-%s", law->parameter[a].name,
                   law->parameter[b].name);
    lab_chart_series(&chart, (lab_series){.draw = LAB_SVG_POINTS, .hollow = true});
    for (int d = 0; d < study->draws.count; d += (study->draws.count - 1) / PAIR_POINTS + 1) {
        const double *theta = study->draws.theta + d * law->parameters;
        if (lab_draws_lost(&study->draws, d)) continue;
        lab_chart_point(&chart, shown(law, a, theta[a]), shown(law, b, theta[b]), lab_chart_none());
    }
    lab_chart_series(&chart, (lab_series){.draw = LAB_SVG_POINTS, .hue = 1, .shape = 1});
    lab_chart_point(&chart, shown(law, a, study->fit.theta[a]), shown(law, b, study->fit.theta[b]),
                    lab_chart_none());
    lab_chart_tip(&chart, "the fit");
    lab_chart_put(&chart, scene->page, name,
                  &(lab_plot){.about = "Two parameters of the surface over the draws of the "
                                       "bootstrap, and the fit.",
                              .x = {.label = x},
                              .y = {.label = y},
                              .width = 250,
                              .height = 220});
}

void lab_render_law_pairs(const lab_scene *scene)
{
    const int parameters = scene->laws->study->fit.law->parameters;
    if (lab_laws_missing(scene)) return;
    lab_page_grid(scene->page, 4);
    for (int b = 1; b < parameters; b++)
        for (int a = 0; a < b; a++) draw_pair(scene, a, b);
    lab_page_grid_end(scene->page);
    const lab_draws *draws = &scene->laws->study->draws;
    const int step = (draws->count - 1) / PAIR_POINTS + 1;
    lab_page_text(scene->page, "Every %dth of %d draws is shown.", step, draws->count);
    if (draws->lost > 0) lab_page_text(scene->page, "%d draws are lost.", draws->lost);
}
