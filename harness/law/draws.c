#include "law/draws.h"
#include "base/heap.h"
#include "base/parallel.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

static const isize REAL = (isize)sizeof(double);

typedef struct {
    lab_draws *draws;
    const lab_law_data *data;
    const double *weight;
    const lab_fit *fit;
    uint64_t seed;
    const isize *place; /* [n] of each row's cluster, 0 .. clusters - 1 */
    const isize *point; /* [n] of each row's x, 0 .. points - 1 */
    isize points;
    const double *centred; /* residuals about their mean [kept] */
    isize kept;
    double *weights; /* [workers, n] */
    isize *times;    /* [workers, clusters] */
    isize *seen;     /* [workers, points]: the last draw that has it, and one */
} drawing;

/* Whether rows with weight lie at fewer x than there are parameters to find. */
static bool too_few(const drawing *all, const double *weights, isize draw, int worker)
{
    isize *seen = all->seen + worker * all->points, count = 0;
    for (isize i = 0; i < all->data->n; i++) {
        if (!(weights[i] > 0) || seen[all->point[i]] == draw + 1) continue;
        seen[all->point[i]] = draw + 1;
        count++;
    }
    return count < lab_fit_free(all->fit);
}

static void one_draw(void *of, isize draw, int worker)
{
    const drawing *all = of;
    const lab_fit *fit = all->fit;
    const int parameters = fit->law->parameters;
    const isize clusters = all->draws->clusters, n = all->data->n;
    double *weights = all->weights + worker * n, best = (double)INFINITY;
    isize *times = all->times + worker * clusters;
    memset(times, 0, (size_t)clusters * sizeof *times);
    for (isize i = 0; i < clusters; i++)
        times[lab_resample_drawn(all->seed, (uint64_t)draw, (uint64_t)i, clusters)]++;
    for (isize i = 0; i < n; i++)
        weights[i] = all->place[i] < 0
                         ? 0
                         : (double)times[all->place[i]] * (all->weight ? all->weight[i] : 1);
    for (int p = 0; p < parameters; p++) all->draws->theta[draw * parameters + p] = (double)NAN;
    all->draws->rest[draw] =
        all->centred[lab_resample_drawn(all->seed, (uint64_t)draw, (uint64_t)clusters, all->kept)];
    if (too_few(all, weights, draw, worker)) return;
    lab_law_rows rows = lab_law_data_rows(all->data, weights);
    for (int b = 0; b < fit->basin_count; b++) {
        double theta[LAB_LAW_PARAMETERS];
        memcpy(theta, fit->basins[b].theta, sizeof theta);
        double objective = lab_fit_again(fit, &rows, theta);
        if (!(objective < best)) continue;
        best = objective;
        memcpy(all->draws->theta + draw * parameters, theta, (size_t)parameters * sizeof *theta);
    }
}

/* Residuals of rows with weight, about their mean: a draw of one adds scatter, not a shift. They
 * are widened by sqrt(n / (n - free)), as a fit takes some scatter in. Returns how many. */
static isize residuals(double *rest, const lab_law_data *data, const double *weight,
                       const lab_fit *fit)
{
    lab_law_rows rows = lab_law_data_rows(data, weight);
    double mean = 0;
    isize kept = 0;
    for (isize i = 0; i < data->n; i++) {
        if (weight && weight[i] <= 0) continue;
        rest[kept] = data->response[i] - lab_law_rows_predict(&rows, i, fit->theta, NULL);
        mean += (rest[kept] - mean) / (double)(kept + 1);
        kept++;
    }
    double widen = sqrt((double)kept / (double)(kept - lab_fit_free(fit)));
    for (isize i = 0; i < kept; i++) rest[i] = (rest[i] - mean) * widen;
    return kept;
}

void lab_draws_make(lab_draws *draws, const lab_law_data *data, const double *weight,
                    const lab_fit *fit, const lab_draws_options *options)
{
    LAB_ASSERT(!fit->reason && fit->law == data->law);
    const isize n = data->n;
    const int workers = options->workers < 1 ? 1 : options->workers;
    *draws = (lab_draws){.law = data->law,
                         .count = options->count > 0 ? options->count : LAB_DRAWS_DEFAULT};
    draws->theta = lab_heap_take(draws->count * data->law->parameters * REAL);
    draws->rest = lab_heap_take(draws->count * REAL);
    isize *place = lab_heap_take(2 * n * (isize)sizeof *place), *point = place + n;
    double *rest = lab_heap_take(n * REAL);
    draws->clusters = options->units;
    for (isize i = 0; i < n && options->units > 0; i++) {
        LAB_ASSERT(data->cluster[i] >= 0 && data->cluster[i] < options->units);
        place[i] = weight && weight[i] <= 0 ? -1 : data->cluster[i];
    }
    if (options->units <= 0) draws->clusters = lab_law_number(place, data->cluster, weight, n);
    drawing all = {.draws = draws,
                   .data = data,
                   .weight = weight,
                   .fit = fit,
                   .seed = options->seed,
                   .place = place,
                   .point = point,
                   .points = lab_law_data_number_x(point, data, weight),
                   .centred = rest,
                   .kept = residuals(rest, data, weight, fit),
                   .weights = lab_heap_take(workers * n * REAL),
                   .times = lab_heap_take(workers * draws->clusters * (isize)sizeof(isize))};
    all.seen = lab_heap_take(workers * all.points * (isize)sizeof *all.seen);
    lab_parallel_for(workers, draws->count, one_draw, &all);
    for (int d = 0; d < draws->count; d++) draws->lost += lab_draws_lost(draws, d);
    lab_heap_free(all.seen);
    lab_heap_free(all.times);
    lab_heap_free(all.weights);
    lab_heap_free(rest);
    lab_heap_free(place);
}

void lab_draws_finish(lab_draws *draws)
{
    lab_heap_free(draws->theta);
    lab_heap_free(draws->rest);
    *draws = (lab_draws){0};
}

/* ---- what they say ---- */

bool lab_draws_lost(const lab_draws *draws, int draw)
{
    return isnan(draws->theta[draw * draws->law->parameters]);
}

static lab_interval interval_of(double *values, int count, double confidence)
{
    if (count < 2) return (lab_interval){(double)NAN, (double)NAN};
    return lab_resample_percentiles(values, count, confidence);
}

lab_interval lab_draws_of(const lab_draws *draws, lab_draws_function *function, const void *context,
                          double confidence, int *lost)
{
    double *values = lab_heap_take(draws->count * REAL);
    int count = 0;
    for (int d = 0; d < draws->count; d++) {
        if (lab_draws_lost(draws, d)) continue;
        double value = function(context, draws->theta + d * draws->law->parameters);
        if (!isnan(value)) values[count++] = value;
    }
    if (lost) *lost = draws->count - count;
    lab_interval interval = interval_of(values, count, confidence);
    lab_heap_free(values);
    return interval;
}

typedef struct {
    const lab_law *law;
    int parameter;
    const double *x;
} wanted;

static double value_of(const void *of, const double *theta)
{
    const wanted *what = of;
    return lab_law_value(what->law, what->parameter, theta[what->parameter]);
}

static double mean_of(const void *of, const double *theta)
{
    const wanted *what = of;
    return lab_law_predict(what->law, theta, what->x);
}

double lab_draws_error(const lab_draws *draws, int parameter)
{
    double mean = 0, squares = 0;
    int count = 0;
    for (int d = 0; d < draws->count; d++) {
        if (lab_draws_lost(draws, d)) continue;
        double value = lab_law_value(draws->law, parameter,
                                     draws->theta[d * draws->law->parameters + parameter]);
        double from = value - mean;
        mean += from / ++count;
        squares += from * (value - mean);
    }
    return count < 2 ? (double)NAN : sqrt(squares / (count - 1));
}

lab_interval lab_draws_interval(const lab_draws *draws, int parameter, double confidence)
{
    return lab_draws_of(draws, value_of, &(wanted){.law = draws->law, .parameter = parameter},
                        confidence, NULL);
}

lab_interval lab_draws_mean(const lab_draws *draws, const double *x, double confidence)
{
    return lab_draws_of(draws, mean_of, &(wanted){.law = draws->law, .x = x}, confidence, NULL);
}

lab_interval lab_draws_run(const lab_draws *draws, const double *x, bool logs, double confidence)
{
    double *values = lab_heap_take(draws->count * REAL);
    int count = 0;
    for (int d = 0; d < draws->count; d++) {
        if (lab_draws_lost(draws, d)) continue;
        double y = lab_law_predict(draws->law, draws->theta + d * draws->law->parameters, x);
        values[count++] = logs ? y * exp(draws->rest[d]) : y + draws->rest[d];
    }
    lab_interval interval = interval_of(values, count, confidence);
    lab_heap_free(values);
    return interval;
}
