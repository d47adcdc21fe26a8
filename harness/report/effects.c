#include "report/effects.h"
#include "base/heap.h"
#include "report/chart.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLOTS_MAX = 8, PAIRS_MAX = 100, /* of a plot: more are a blot */ POOLED = 4 };

/* ---- words ---- */

void lab_effects_name(lab_text *out, const lab_contrast *c)
{
    lab_text_clear(out);
    lab_text_add(out, "%s %s \u2192 %s", c->a->key, c->a->value, c->b->value);
    if (c->contexts > 1) lab_text_add(out, ", over %td contexts", c->contexts);
    if (*c->context) lab_text_add(out, ", at %s", c->context);
    if (*c->protocol) lab_text_add(out, ", %s", c->protocol);
}

const char *lab_effects_unit(const lab_contrast *c)
{
    return strcmp(c->a->outcome, "loss") == 0 ? "" : " points";
}

lab_short lab_effects_difference(const lab_contrast *c)
{
    return lab_contrast_amount(c, c->effect.difference, true);
}

lab_short lab_effects_interval(const lab_contrast *c)
{
    lab_short out = {""};
    if (!isnan(c->effect.interval.low))
        (void)snprintf(out.text, sizeof out.text, "%.12s to %.12s",
                       lab_contrast_amount(c, c->effect.interval.low, true).text,
                       lab_contrast_amount(c, c->effect.interval.high, true).text);
    return out;
}

/* ---- all differences ---- */

static double shown_as(const lab_contrast *c, double amount)
{
    return strcmp(c->a->outcome, "loss") == 0 ? amount : 100 * amount;
}

/* Its place in the plot; format is its tip. */
static void add_effect(lab_chart *chart, const lab_contrast *c, isize number, int hue)
{
    lab_text name = {0}, words = {0};
    lab_look look = {c->a->key, hue, c->contexts > 1 ? POOLED : 0};
    lab_point point = {(double)number, shown_as(c, c->effect.difference),
                       shown_as(c, c->effect.interval.low), shown_as(c, c->effect.interval.high),
                       NULL};
    lab_short interval = lab_effects_interval(c);
    lab_effects_name(&name, c);
    lab_contrast_words(&words, c);
    lab_chart_marker(chart, look, point);
    lab_chart_tip(chart, "%s: %s%s%s%s, %s", lab_text_of(&name), lab_effects_difference(c).text,
                  lab_effects_unit(c), *interval.text ? ", 95 % interval " : "", interval.text,
                  lab_text_of(&words));
    chart->series[chart->series_count - 1].hollow = !*interval.text;
    lab_text_finish(&name);
    lab_text_finish(&words);
}

void lab_effects_forest(const lab_effects *effects)
{
    const lab_effects *s = effects;
    lab_chart chart = {0};
    char name[32];
    int hue = 0;
    for (isize i = 0; i < s->count; i++) {
        hue += i > 0 && s->shown[i]->a->key != s->shown[i - 1]->a->key;
        if (s->shown[i]->verdict != LAB_CONTRAST_APART) add_effect(&chart, s->shown[i], i + 1, hue);
    }
    lab_chart_level(&chart, (lab_series){.hue = -1}, 0);
    lab_plot plot = {.about = "Difference of the outcome between two values of a key, with its "
                              "interval, for every contrast.",
                     .x = {.label = "number of the contrast in the table", .whole = true},
                     .y = {.label = *lab_effects_unit(s->shown[0])
                                        ? "difference, percentage points"
                                        : "difference of the final loss"},
                     .width = 960,
                     .height = 440};
    (void)snprintf(name, sizeof name, "effects-%s", s->outcome);
    lab_chart_put(&chart, s->scene->page, name, &plot);
}

/* ---- pairs ---- */

static int by_difference(const void *left, const void *right)
{
    double a = fabs((*(const lab_contrast *const *)left)->effect.difference);
    double b = fabs((*(const lab_contrast *const *)right)->effect.difference);
    return (a < b) - (a > b);
}

static bool is_number(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    return *text && !*end && isfinite(number);
}

/* One line a pair; pairs of one context share a colour. */
static void draw_pairs(const lab_effects *s, const lab_contrast *c, isize number)
{
    isize n = c->arms_a;
    lab_series *series = lab_heap_take(n * (isize)sizeof *series);
    lab_point *points = lab_heap_take(2 * n * (isize)sizeof *points);
    lab_text *tips = lab_heap_take(2 * n * (isize)sizeof *tips);
    lab_text axis = {0};
    bool numbers = is_number(c->a->value) && is_number(c->b->value);
    char name[40];
    int hue = 0;
    for (isize i = 0; i < 2 * n; i++) {
        const lab_arm *arm = c->arms[i % 2 * n + i / 2];
        lab_text_add(&tips[i], "seed %lld, run %s: %s", (long long)arm->seed, arm->run,
                     lab_contrast_amount(c, arm->y, false).text);
        points[i] =
            (lab_point){numbers ? strtod(arm->value, NULL) : (double)(i % 2), shown_as(c, arm->y),
                        (double)NAN, (double)NAN, lab_text_of(&tips[i])};
    }
    for (isize i = 0; i < n; i++) {
        hue += i > 0 && c->arms[i]->context != c->arms[i - 1]->context;
        series[i] = (lab_series){.draw = LAB_SVG_LINE | LAB_SVG_POINTS,
                                 .hue = hue,
                                 .points = &points[2 * i],
                                 .count = 2};
    }
    lab_text_add(&axis, numbers ? "%s \u2192 %s" : "0 is %s, 1 is %s", c->a->value, c->b->value);
    lab_plot plot = {.title = c->a->key,
                     .about = "The outcome of each pair of runs, with the one value and the other.",
                     .x = {.label = lab_text_of(&axis), .whole = !numbers},
                     .y = {.label = *lab_effects_unit(c) ? "test top-1, %" : "final loss"},
                     .series = series,
                     .series_count = (int)n,
                     .width = 260,
                     .height = 260};
    (void)snprintf(name, sizeof name, "pairs-%s-%td", s->outcome, number);
    lab_page_plot(s->scene->page, name, &plot);
    for (isize i = 0; i < 2 * n; i++) lab_text_finish(&tips[i]);
    lab_text_finish(&axis);
    lab_heap_free(tips);
    lab_heap_free(points);
    lab_heap_free(series);
}

void lab_effects_pairs(const lab_effects *s)
{
    const lab_contrast **paired = lab_heap_take(s->count * (isize)sizeof(lab_contrast *));
    isize count = 0;
    for (isize i = 0; i < s->count; i++) {
        const lab_contrast *c = s->shown[i];
        if (c->whole && c->groups.paired && c->groups.n_a > 1 && c->arms_a <= PAIRS_MAX &&
            c->verdict != LAB_CONTRAST_APART)
            paired[count++] = c;
    }
    if (count > 1) qsort(paired, (size_t)count, sizeof *paired, by_difference);
    if (count > 0) lab_page_grid(s->scene->page, 4);
    for (isize i = 0; i < count && i < PLOTS_MAX; i++) draw_pairs(s, paired[i], i + 1);
    if (count > 0) lab_page_grid_end(s->scene->page);
    lab_heap_free(paired);
}
