#include "law/approach.h"
#include "base/heap.h"
#include "stats/power_law.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

static const isize REAL = (isize)sizeof(double);
static const double BINS = 4, CONFIDENCE = 0.95;

const char *lab_approach_name(int kind)
{
    static const char *const names[LAB_APPROACHES] = {"envelope", "isoflop", "surface"};
    return kind >= 0 && kind < LAB_APPROACHES ? names[kind] : NULL;
}

double lab_approach_at(const lab_approach_line *line, double compute)
{
    return exp(line->intercept + line->exponent * log(compute));
}

static lab_approach blank(lab_approach_kind kind)
{
    const double none = (double)NAN;
    const lab_approach_line line = {none, none, {none, none}, 0};
    return (lab_approach){.kind = kind, .n = line, .d = line};
}

/* Points that a line goes through: [room]. */
typedef struct {
    double *compute, *best;
    int count;
} points;

static const char *fit_line(lab_approach_line *line, const points *through)
{
    lab_power_law law;
    lab_power_law_fit(&law, through->compute, through->best, through->count, CONFIDENCE);
    line->exponent = law.b;
    line->intercept = law.reason ? law.b : law.log_y_mean - law.b * law.log_x_mean;
    line->points = through->count;
    return law.reason;
}

/* Runs by stratum and cluster: draws take clusters within each stratum, which is a budget of
 * isoflop's; the envelope has one stratum. All arrays are owned. */
typedef struct {
    int strata;
    isize *run;     /* [runs] by cluster */
    isize *cluster; /* [clusters + 1]: where in run each begins */
    isize *stratum; /* [strata + 1]: at which cluster each begins */
    isize room;     /* runs in a draw, at most */
} clusters;

/* What both kinds that draw runs have: how points are found among runs that were drawn. */
typedef struct {
    const lab_runs *runs;
    const lab_budgets *budgets; /* of isoflop */
    bool outside;
    const int *bin; /* [n] of the envelope */
    int bins;
    isize *best; /* [bins], the run of least loss in each */
    points n, d;
} finder;

/* points of the runs order, of which those of stratum s begin at from[s]. */
typedef void find_points(finder *find, const isize *order, const isize *from);

static void add(points *to, double compute, double best)
{
    to->compute[to->count] = compute;
    to->best[to->count++] = best;
}

/* A bin whose least loss a cheaper run already had lies above the envelope. */
static void find_envelope(finder *find, const isize *order, const isize *from)
{
    const lab_runs *runs = find->runs;
    double least = (double)INFINITY;
    find->n.count = find->d.count = 0;
    for (int b = 0; b < find->bins; b++) find->best[b] = -1;
    for (isize i = from[0]; i < from[1]; i++) {
        isize *best = &find->best[find->bin[order[i]]];
        if (*best < 0 || runs->loss[order[i]] < runs->loss[*best]) *best = order[i];
    }
    for (int b = 0; b < find->bins; b++) {
        isize run = find->best[b];
        if (run < 0 || !(runs->loss[run] < least)) continue;
        least = runs->loss[run];
        add(&find->n, runs->compute[run], runs->size[run]);
        add(&find->d, runs->compute[run], runs->data[run]);
    }
}

static bool counts(const lab_parabola *parabola, bool outside)
{
    return parabola->vertex > 0 && isfinite(parabola->vertex) && (parabola->inside || outside);
}

static void find_isoflop(finder *find, const isize *order, const isize *from)
{
    find->n.count = find->d.count = 0;
    for (int b = 0; b < find->budgets->count; b++) {
        const lab_budget *budget = &find->budgets->at[b];
        lab_parabola size, data;
        const isize *drawn = order + from[b], n = from[b + 1] - from[b];
        lab_parabola_fit(&size, find->budgets->log_n, find->runs->loss, drawn, n);
        lab_parabola_fit(&data, find->budgets->log_d, find->runs->loss, drawn, n);
        if (counts(&size, find->outside)) add(&find->n, budget->compute, size.vertex);
        if (counts(&data, find->outside)) add(&find->d, budget->compute, data.vertex);
    }
}

/* Sorts runs [n] by their cluster, in the order in which these begin, behind those that of has. */
static void add_stratum(clusters *of, const lab_runs *runs, const isize *order, isize n)
{
    isize *key = lab_heap_take((2 * n + 1) * (isize)sizeof *key), *number = key + n, most = 0;
    isize *begin = of->cluster + of->stratum[of->strata];
    for (isize i = 0; i < n; i++) key[i] = runs->cluster ? runs->cluster[order[i]] : i;
    isize count = lab_law_number(number, key, NULL, n);
    for (isize i = 0; i < n; i++) begin[number[i] + 1]++;
    for (isize c = 0; c < count; c++) {
        most = begin[c + 1] > most ? begin[c + 1] : most;
        begin[c + 1] += begin[c];
        key[c] = begin[c]; /* which are no longer needed: where the next run of c goes */
    }
    for (isize i = 0; i < n; i++) of->run[key[number[i]]++] = order[i];
    of->stratum[of->strata + 1] = of->stratum[of->strata] + count;
    of->strata++;
    of->room += count * most;
    lab_heap_free(key);
}

static void clusters_init(clusters *of, const finder *find)
{
    const isize n = find->runs->n, size = (isize)sizeof(isize);
    const int strata = find->budgets ? find->budgets->count : 1;
    *of = (clusters){.run = lab_heap_take((n + 1) * size),
                     .cluster = lab_heap_take((n + 1) * size),
                     .stratum = lab_heap_take((strata + 1) * size)};
    for (int b = 0; find->budgets && b < strata; b++)
        add_stratum(of, find->runs, find->budgets->order + find->budgets->at[b].first,
                    find->budgets->at[b].n);
    if (find->budgets) return;
    isize *order = lab_heap_take((n + 1) * size);
    for (isize i = 0; i < n; i++) order[i] = i;
    add_stratum(of, find->runs, order, n);
    lab_heap_free(order);
}

static void clusters_finish(clusters *of)
{
    lab_heap_free(of->run);
    lab_heap_free(of->cluster);
    lab_heap_free(of->stratum);
}

static void draw_runs(const clusters *of, uint64_t seed, int draw, isize *order, isize *from)
{
    isize n = 0;
    for (int s = 0; s < of->strata; s++) {
        const isize first = of->stratum[s], count = of->stratum[s + 1] - first;
        from[s] = n;
        for (isize i = first; i < first + count; i++) {
            isize c = first + lab_resample_drawn(seed, (uint64_t)draw, (uint64_t)i, count);
            for (isize k = of->cluster[c]; k < of->cluster[c + 1]; k++) order[n++] = of->run[k];
        }
    }
    from[of->strata] = n;
}

static void intervals(lab_approach *out, finder *find, const clusters *of, find_points *points_of,
                      const lab_approach_options *options)
{
    const int draws = options->draws > 0 ? options->draws : LAB_DRAWS_DEFAULT;
    const double confidence = options->confidence > 0 ? options->confidence : CONFIDENCE;
    double *a = lab_heap_take(2 * draws * REAL), *b = a + draws;
    isize *order = lab_heap_take((of->room + of->strata + 1) * (isize)sizeof *order);
    isize *from = order + of->room;
    int kept = 0;
    for (int draw = 0; draw < draws; draw++) {
        lab_approach_line n, d;
        draw_runs(of, options->seed, draw, order, from);
        points_of(find, order, from);
        if (fit_line(&n, &find->n) || fit_line(&d, &find->d)) continue;
        if (options->drawn) {
            options->drawn[2 * kept] = n;
            options->drawn[2 * kept + 1] = d;
        }
        a[kept] = n.exponent;
        b[kept++] = d.exponent;
    }
    out->lost = draws - kept;
    if (kept >= 2) {
        out->n.interval = lab_resample_percentiles(a, kept, confidence);
        out->d.interval = lab_resample_percentiles(b, kept, confidence);
    }
    lab_heap_free(order);
    lab_heap_free(a);
}

/* Points, lines, and their intervals. */
static void make(lab_approach *out, finder *find, find_points *points_of,
                 const lab_approach_options *options)
{
    clusters of;
    const isize room = (find->budgets ? find->budgets->count : find->bins) + 1;
    double *reals = lab_heap_take(4 * room * REAL);
    find->n = (points){reals, reals + room, 0};
    find->d = (points){reals + 2 * room, reals + 3 * room, 0};
    clusters_init(&of, find);
    isize *from = lab_heap_take((of.strata + 1) * (isize)sizeof *from);
    for (int s = 0; s <= of.strata; s++) from[s] = of.cluster[of.stratum[s]];
    points_of(find, of.run, from);
    out->reason = fit_line(&out->n, &find->n);
    const char *other = fit_line(&out->d, &find->d);
    if (!out->reason) out->reason = other;
    if (!out->reason && options->draws >= 0) intervals(out, find, &of, points_of, options);
    if (out->reason) {
        const double none = (double)NAN;
        out->n.exponent = out->n.intercept = out->d.exponent = out->d.intercept = none;
        if (strncmp(out->reason, "fewer than 3", 12) == 0)
            out->reason = find->budgets ? "fewer than 3 budgets have a vertex"
                                        : "fewer than 3 bins reach the envelope";
    }
    lab_heap_free(from);
    clusters_finish(&of);
    lab_heap_free(reals);
}

void lab_approach_envelope(lab_approach *out, const lab_runs *runs,
                           const lab_approach_options *options)
{
    const double bins = options->bins > 0 ? options->bins : BINS;
    double least = (double)INFINITY;
    *out = blank(LAB_APPROACH_ENVELOPE);
    for (isize i = 0; i < runs->n; i++) least = fmin(least, runs->compute[i]);
    int *bin = lab_heap_take((runs->n + 1) * (isize)sizeof *bin);
    finder find = {.runs = runs, .bin = bin};
    for (isize i = 0; i < runs->n; i++) {
        bin[i] = (int)(bins * log10(runs->compute[i] / least) + 1e-9);
        if (bin[i] >= find.bins) find.bins = bin[i] + 1;
    }
    find.best = lab_heap_take((find.bins + 1) * (isize)sizeof *find.best);
    make(out, &find, find_envelope, options);
    lab_heap_free(find.best);
    lab_heap_free(bin);
}

void lab_approach_isoflop(lab_approach *out, const lab_runs *runs,
                          const lab_approach_options *options)
{
    lab_budgets budgets;
    *out = blank(LAB_APPROACH_ISOFLOP);
    lab_budgets_init(&budgets, runs, options->tolerance);
    for (int b = 0; b < budgets.count; b++) {
        const lab_parabola *parabola = &budgets.at[b].by_size;
        bool few = isnan(parabola->curvature);
        out->few += few;
        out->budgets += !few;
        out->dropped += !few && !counts(parabola, options->outside);
    }
    finder find = {.runs = runs, .budgets = &budgets, .outside = options->outside};
    make(out, &find, find_isoflop, options);
    lab_budgets_finish(&budgets);
}

static double exponent_of(const void *side, const double *theta) /* E, A, B, alpha, beta */
{
    double a = theta[4] / (theta[3] + theta[4]);
    return *(const bool *)side ? 1 - a : a;
}

void lab_approach_surface(lab_approach *out, const lab_law *law, const double *theta, double factor,
                          const lab_draws *draws, double confidence)
{
    const bool of_data = true, of_size = false;
    const lab_law_cost cost = {.factor = factor};
    lab_optimum at;
    LAB_ASSERT(strcmp(law->name, "chinchilla") == 0);
    *out = blank(LAB_APPROACH_SURFACE);
    if (!lab_optimum_at(&at, law, theta, &cost, 1)) {
        out->reason = "an exponent of the surface is 0";
        return;
    }
    out->n.exponent = exponent_of(&of_size, theta);
    out->d.exponent = exponent_of(&of_data, theta);
    out->n.intercept = log(at.n);
    out->d.intercept = log(at.d);
    if (!draws) return;
    confidence = confidence > 0 ? confidence : CONFIDENCE;
    out->n.interval = lab_draws_of(draws, exponent_of, &of_size, confidence, &out->lost);
    out->d.interval = lab_draws_of(draws, exponent_of, &of_data, confidence, NULL);
}

void lab_approach_isoflop_bias(lab_approach_bias *bias, const lab_approach *isoflop,
                               const lab_runs *runs, const lab_approach_options *options,
                               const lab_law *law, const double *theta, double compute)
{
    const double none = (double)NAN;
    lab_approach_options plain = *options;
    lab_approach noiseless, truth;
    *bias = (lab_approach_bias){NULL, none, none, none, none};
    double *loss = lab_heap_take((runs->n + 1) * REAL);
    double log_factor = 0;
    for (isize i = 0; i < runs->n; i++) {
        const double x[] = {runs->size[i], runs->data[i]};
        loss[i] = lab_law_predict(law, theta, x);
        log_factor +=
            (log(runs->compute[i] / runs->size[i] / runs->data[i]) - log_factor) / (double)(i + 1);
    }
    lab_runs smooth = *runs;
    smooth.loss = loss;
    plain.draws = -1;
    lab_approach_isoflop(&noiseless, &smooth, &plain);
    lab_heap_free(loss);
    lab_approach_surface(&truth, law, theta, exp(log_factor), NULL, 0);
    bias->reason = noiseless.reason ? noiseless.reason : truth.reason;
    if (bias->reason) return;
    bias->exponent = noiseless.n.exponent - truth.n.exponent;
    bias->ratio = lab_approach_at(&noiseless.n, compute) / lab_approach_at(&truth.n, compute);
    bias->corrected = isoflop->n.exponent - bias->exponent;
    bias->corrected_n = lab_approach_at(&isoflop->n, compute) / bias->ratio;
}

unsigned lab_approach_disagree(const lab_approach approaches[], int count)
{
    unsigned apart = 0;
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++) {
            const lab_interval a = approaches[i].n.interval, b = approaches[j].n.interval;
            if (a.high < b.low || b.high < a.low) apart |= 1u << (LAB_APPROACHES * i + j);
        }
    return apart;
}
