#include "stats/effect.h"
#include "base/heap.h"
#include "stats/resample.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double alpha = 0.05, power = 0.8;

/* ---- the difference ---- */

static double largest(const double *x, ptrdiff_t n)
{
    double most = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        if (!(fabs(x[i]) <= most)) most = fabs(x[i]);
    return most;
}

static bool all_finite(const lab_groups *g)
{
    for (ptrdiff_t i = 0; i < g->n_a; i++)
        if (!isfinite(g->a[i])) return false;
    for (ptrdiff_t i = 0; i < g->n_b; i++)
        if (!isfinite(g->b[i])) return false;
    return true;
}

/* Why there is no difference, or NULL. */
static const char *refused(const lab_groups *g)
{
    if (g->paired && g->n_a != g->n_b) return "groups of different sizes cannot be paired";
    if (g->n_a < 1 || g->n_b < 1) return "a group is empty";
    return all_finite(g) ? NULL : "a value is not finite";
}

/* Welch's degrees of freedom, where a's part of the variance of the difference is part. */
static double welch_df(double part, double df_a, double df_b)
{
    return 1 / (part * part / df_a + (1 - part) * (1 - part) / df_b);
}

/* Standard error and degrees of freedom of the difference with so many pairs, or values in the two
 * groups, that scatter as those of e do. */
static void spread(double *se, double *df, const lab_effect *e, double n_a, double n_b)
{
    if (e->pairs.n > 0) {
        *se = lab_mean_sd(&e->pairs) / sqrt(n_a);
        *df = n_a - 1;
        return;
    }
    double a = lab_mean_sd(&e->a), b = lab_mean_sd(&e->b);
    double from_a = a * a / n_a, both = from_a + b * b / n_b;
    *se = sqrt(both);
    *df = welch_df(from_a / both, n_a - 1, n_b - 1);
}

void lab_effect_compute(lab_effect *out, const lab_groups *groups, double confidence)
{
    const double none = (double)NAN;
    const lab_groups *g = groups;
    *out = (lab_effect){.difference = none,
                        .se = none,
                        .df = none,
                        .interval = {none, none},
                        .p = none,
                        .reason = refused(g)};
    if (out->reason) return;
    out->a = lab_mean_of(g->a, g->n_a);
    out->b = lab_mean_of(g->b, g->n_b);
    for (ptrdiff_t i = 0; g->paired && i < g->n_a; i++)
        lab_mean_add(&out->pairs, g->b[i] - g->a[i]);
    out->difference = g->paired ? out->pairs.mean : out->b.mean - out->a.mean;
    if (g->n_a < 2 || g->n_b < 2) {
        out->reason = "fewer than 2 values in a group: no interval";
        return;
    }
    double se, df, rounding = 8 * DBL_EPSILON * fmax(largest(g->a, g->n_a), largest(g->b, g->n_b));
    spread(&se, &df, out, (double)g->n_a, (double)g->n_b);
    if (!(se > rounding && isfinite(se))) {
        out->reason = isfinite(se) ? "the values do not scatter: no interval"
                                   : "the values scatter too far: no interval";
        return;
    }
    out->se = se;
    out->df = df;
    out->interval = lab_student_interval(out->difference, se, df, confidence);
    out->p = 2 * lab_student_cdf(-fabs(out->difference / se), df);
}

/* ---- permutation ---- */

/* Sums are rounded: one that misses limit by this share of the sum of absolute values meets it. */
static const double margin = 1e-12;

/* How many of the 2^n ways to give n values signs bring sum as far from 0 as limit. */
static ptrdiff_t far_signs(const double *values, ptrdiff_t n, double sum, double limit)
{
    if (n == 0) return fabs(sum) >= limit;
    return far_signs(values + 1, n - 1, sum + values[0], limit) +
           far_signs(values + 1, n - 1, sum - values[0], limit);
}

/* How many of the ways to choose some of n values bring sum as far from 0 as limit. */
static ptrdiff_t far_choices(const double *values, ptrdiff_t n, ptrdiff_t choose, double sum,
                             double limit)
{
    ptrdiff_t found = 0;
    if (choose == 0) return fabs(sum) >= limit;
    for (ptrdiff_t i = 0; i + choose <= n; i++)
        found += far_choices(values + i + 1, n - i - 1, choose - 1, sum + values[i], limit);
    return found;
}

static double drawn_signs(const double *values, ptrdiff_t n, uint64_t seed, uint64_t draw)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += lab_resample_drawn(seed, draw, (uint64_t)i, 2) ? values[i] : -values[i];
    return sum;
}

/* Those that are chosen change places with the first: any order before gives any choice alike. */
static double drawn_choice(double *values, ptrdiff_t n, ptrdiff_t choose, uint64_t seed,
                           uint64_t draw)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < choose; i++) {
        ptrdiff_t from = i + lab_resample_drawn(seed, draw, (uint64_t)i, n - i);
        double value = values[from];
        values[from] = values[i];
        values[i] = value;
        sum += value;
    }
    return sum;
}

/* 2^n for choose 0, else n over choose; some number above LAB_PERMUTATION_ALL where it is. */
static double arrangements(ptrdiff_t n, ptrdiff_t choose)
{
    double count = choose ? 1 : ldexp(1, n < 1000 ? (int)n : 1000);
    for (ptrdiff_t i = 1; i <= choose && count <= LAB_PERMUTATION_ALL; i++)
        count = count * (double)(n - choose + i) / (double)i;
    return count;
}

/* What is arranged, sorted, and in *sum what that seen comes to: the differences; or how far all
 * values are from their mean, of which the smaller group is chosen. */
static ptrdiff_t arranged(double *values, double *sum, const lab_groups *g)
{
    ptrdiff_t n = g->paired ? g->n_a : g->n_a + g->n_b;
    for (ptrdiff_t i = 0; i < n; i++)
        values[i] = g->paired ? g->b[i] - g->a[i] : i < g->n_a ? g->a[i] : g->b[i - g->n_a];
    double mean = g->paired ? 0 : lab_mean_of(values, n).mean;
    *sum = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        values[i] -= mean;
        if (g->paired || (i < g->n_a) == (g->n_a <= g->n_b)) *sum += values[i];
    }
    lab_resample_sort(values, n);
    return n;
}

lab_permutation lab_effect_permute(const lab_groups *groups, uint64_t seed, double *work)
{
    const lab_groups *g = groups;
    lab_permutation out = {.p = (double)NAN};
    if (refused(g) || g->n_a < 2 || g->n_b < 2) return out;
    double sum, total = 0;
    ptrdiff_t n = arranged(work, &sum, g), found = 1;
    ptrdiff_t choose = g->paired ? 0 : g->n_a < g->n_b ? g->n_a : g->n_b;
    for (ptrdiff_t i = 0; i < n; i++) total += fabs(work[i]);
    double limit = fabs(sum) - margin * total, all = arrangements(n, choose);
    out.exact = all <= LAB_PERMUTATION_ALL;
    out.arrangements = out.exact ? lround(all) : LAB_PERMUTATION_DRAWS + 1;
    if (out.exact)
        found = choose ? far_choices(work, n, choose, 0, limit) : far_signs(work, n, 0, limit);
    for (uint64_t draw = 0; !out.exact && draw < LAB_PERMUTATION_DRAWS; draw++)
        found += fabs(choose ? drawn_choice(work, n, choose, seed, draw)
                             : drawn_signs(work, n, seed, draw)) >= limit;
    out.p = (double)found / (double)out.arrangements;
    return out;
}

/* ---- power ---- */

enum { NODES_MAX = 256 };

/* The chance that a test says so: over nodes of weight, which sum to 1, that of noncentral
 * Student's t, with df degrees of freedom, beyond critical. */
typedef struct {
    double df, weight[NODES_MAX], critical[NODES_MAX];
    int nodes;
} test;

static double critical(double df)
{
    return lab_student_quantile(1 - alpha / 2, df);
}

/* Welch's t of n_a and n_b values, where a's part of the variance of the difference is part. The
 * squares about both means, each over its variance, sum to chi2 of n_a + n_b - 2, of which a's
 * share r is Beta's, and independent: given r, t is a noncentral Student's over a constant, and
 * has Welch's own degrees of freedom. Over r by the trapezoidal rule in log r / (1 - r), as in
 * lab_student_beyond. */
static test welch_of(double n_a, double n_b, double part)
{
    test out = {.df = n_a + n_b - 2};
    double df_a = n_a - 1, df_b = n_b - 1, sum = 0, mode = df_a / out.df;
    double wide = 5 * sqrt(2 / df_a + 2 / df_b), middle = log(df_a / df_b);
    double low = middle - 20 / df_a - wide, high = middle + 20 / df_b + wide;
    out.nodes = 30 + (int)((high - low) / 0.3); /* at most 230: both df are 1 at least */
    for (int i = 0; i < out.nodes; i++) {
        double at = low + (high - low) * i / (out.nodes - 1);
        double log_r = -log1p(exp(-at)), log_rest = -log1p(exp(at));
        double seen_a = exp(log_r) * part / df_a, seen_b = exp(log_rest) * (1 - part) / df_b;
        double df = welch_df(seen_a / (seen_a + seen_b), df_a, df_b);
        out.critical[i] = critical(df) * sqrt(out.df * (seen_a + seen_b));
        out.weight[i] = exp((log_r - log(mode)) * df_a / 2 + (log_rest - log1p(-mode)) * df_b / 2);
        sum += out.weight[i];
    }
    for (int i = 0; i < out.nodes; i++) out.weight[i] /= sum;
    return out;
}

/* The test with so many pairs, or values in two groups, that scatter as those of e do. */
static test test_of(const lab_effect *e, double n_a, double n_b)
{
    double a = lab_mean_sd(&e->a), b = lab_mean_sd(&e->b);
    double from_a = a * a / n_a, from_b = b * b / n_b;
    if (e->pairs.n == 0) return welch_of(n_a, n_b, from_a / (from_a + from_b));
    return (test){.df = n_a - 1, .weight = {1}, .critical = {critical(n_a - 1)}, .nodes = 1};
}

static bool finds(const test *t, double shift)
{
    double chance = 0;
    for (int i = 0; i < t->nodes; i++)
        chance += t->weight[i] * lab_student_beyond(t->critical[i], t->df, shift);
    return chance >= power;
}

double lab_effect_detectable(const lab_effect *effect)
{
    if (effect->reason) return (double)NAN;
    test t = test_of(effect, (double)effect->a.n, (double)effect->b.n);
    double low = 0, high = 1;
    for (; !finds(&t, high); high *= 2) low = high;
    for (int i = 0; i < 16; i++) {
        double middle = (low + high) / 2;
        if (finds(&t, middle))
            high = middle;
        else
            low = middle;
    }
    return high * effect->se;
}

static bool seeds_find(const lab_effect *effect, double size, ptrdiff_t n)
{
    double se, df;
    test t = test_of(effect, (double)n, (double)n);
    spread(&se, &df, effect, (double)n, (double)n);
    return finds(&t, size / se);
}

ptrdiff_t lab_effect_seeds(const lab_effect *effect, double size)
{
    ptrdiff_t low = 1, high = 2; /* low are too few; high are enough where the loop has ended */
    if (effect->reason || !(fabs(size) > 0)) return 0;
    while (!seeds_find(effect, fabs(size), high)) {
        if (high == LAB_EFFECT_SEEDS_MAX) return 0;
        low = high;
        high = high * 2 < LAB_EFFECT_SEEDS_MAX ? high * 2 : LAB_EFFECT_SEEDS_MAX;
    }
    while (low + 1 < high) {
        ptrdiff_t middle = (low + high) / 2;
        if (seeds_find(effect, fabs(size), middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* ---- families ---- */

typedef struct {
    double p;
    ptrdiff_t place;
} ranked;

static int by_p(const void *left, const void *right)
{
    double a = ((const ranked *)left)->p, b = ((const ranked *)right)->p;
    return (a > b) - (a < b);
}

/* Of equal p the first has the largest factor, which the others then share. */
void lab_effect_holm(double *adjusted, const double *p, ptrdiff_t n)
{
    ranked *tests = lab_heap_take(n * (isize)sizeof *tests);
    ptrdiff_t count = 0;
    double worst = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i])) tests[count++] = (ranked){p[i], i};
    }
    if (count > 1) qsort(tests, (size_t)count, sizeof *tests, by_p);
    for (ptrdiff_t i = 0; i < count; i++) {
        worst = fmax(worst, fmin(1, (double)(count - i) * tests[i].p));
        adjusted[tests[i].place] = worst;
    }
    lab_heap_free(tests);
}
