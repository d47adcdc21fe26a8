#include "law/holdout.h"
#include "base/heap.h"
#include "base/parallel.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

static const double CONFIDENCE = 0.95;
static const isize REAL = (isize)sizeof(double);

typedef struct {
    const lab_law_data *data;
    const double *weight;
    const lab_fit *fit;
    const lab_holdout_options *options;
    const isize *set;      /* [n]: which refit leaves a row out, from 0; < 0: none does */
    isize units;           /* that are left out */
    bool warm;             /* the fit's basins are starts enough */
    double *weights;       /* [workers, n] */
    lab_holdout_row *rows; /* [n] */
} holding;

static void predict(const holding *all, isize row, const lab_fit *fit, const lab_draws *draws)
{
    const double *x = all->data->x + row * all->data->law->columns;
    const double confidence = all->options->confidence > 0 ? all->options->confidence : CONFIDENCE;
    lab_holdout_row *out = &all->rows[row];
    out->held = true;
    out->predicted = lab_law_predict(fit->law, fit->theta, x);
    out->error = 100 * (out->predicted / all->data->y[row] - 1);
    if (draws) out->run = lab_draws_run(draws, x, all->data->logs, confidence);
}

static void one_refit(void *of, isize set, int worker)
{
    const holding *all = of;
    const isize n = all->data->n;
    double *weights = all->weights + worker * n;
    lab_fit fit;
    lab_draws draws;
    for (isize i = 0; i < n; i++)
        weights[i] = all->set[i] == set ? 0 : all->weight ? all->weight[i] : 1;
    lab_law_rows rows = lab_law_data_rows(all->data, weights);
    lab_fit_options options = {.loss = all->fit->loss, .fixed = all->fit->fixed, .warm = all->fit};
    memcpy(options.fixed_theta, all->fit->theta, sizeof options.fixed_theta);
    options.starts = all->warm                  ? LAB_STARTS_WARM
                     : all->options->starts > 0 ? all->options->starts
                                                : LAB_HOLDOUT_STARTS;
    lab_fit_make(&fit, &rows, &options);
    if (fit.reason) return;
    const lab_draws_options drawn = {
        .count = all->options->draws, .seed = all->options->seed + (uint64_t)set, .workers = 1};
    if (drawn.count > 0) lab_draws_make(&draws, all->data, weights, &fit, &drawn);
    for (isize i = 0; i < n; i++)
        if (all->set[i] == set) predict(all, i, &fit, drawn.count > 0 ? &draws : NULL);
    if (drawn.count > 0) lab_draws_finish(&draws);
}

static void sum_up(lab_holdout *out, const holding *all)
{
    double inside = 0, n = 0;
    out->covered = 0;
    out->bias = out->absolute = out->root = out->score = 0;
    for (isize i = 0; i < all->data->n; i++) {
        const lab_holdout_row *row = &all->rows[i];
        double y = all->data->y[i];
        if (!row->held) continue;
        n += 1;
        double rest = all->data->logs ? log(y / row->predicted) : y - row->predicted;
        out->bias += (row->error - out->bias) / n;
        out->absolute += (fabs(row->error) - out->absolute) / n;
        out->root += (row->error * row->error - out->root) / n;
        out->score += (rest * rest - out->score) / n;
        if (isnan(row->run.low)) continue;
        out->covered++;
        inside += row->run.low <= y && y <= row->run.high;
    }
    out->n = (isize)n;
    out->root = sqrt(out->root);
    if (out->covered > 0) out->coverage = inside / (double)out->covered;
}

/* Whether no refit leaves out enough to change the design. */
static bool few_left_out(const holding *all, isize sets)
{
    isize *count = lab_heap_take((sets + 1) * (isize)sizeof *count), most = 0, n = 0;
    for (isize i = 0; i < all->data->n; i++) {
        n += !all->weight || all->weight[i] > 0;
        if (all->set[i] >= 0 && ++count[all->set[i]] > most) most = count[all->set[i]];
    }
    lab_heap_free(count);
    return most <= 1 || 20 * most <= n;
}

static void hold(lab_holdout *out, holding *all, isize sets)
{
    const double none = (double)NAN;
    const lab_holdout_options *options = all->options;
    const isize n = all->data->n;
    const int workers = options->workers < 1 ? 1 : options->workers;
    all->warm = few_left_out(all, sets);
    *out = (lab_holdout){.units = all->units, .refits = sets, .confidence = options->confidence};
    if (!(out->confidence > 0)) out->confidence = CONFIDENCE;
    all->rows = options->rows ? options->rows : lab_heap_take((n + 1) * (isize)sizeof *all->rows);
    for (isize i = 0; i < n; i++) all->rows[i] = (lab_holdout_row){false, none, none, {none, none}};
    all->weights = lab_heap_take((workers * n + 1) * REAL);
    lab_parallel_for(workers, sets, one_refit, all);
    lab_heap_free(all->weights);
    bool *known = lab_heap_take(sets + 1);
    for (isize i = 0; i < n; i++)
        if (all->rows[i].held) known[all->set[i]] = true;
    for (isize s = 0; s < sets; s++) out->lost += !known[s];
    lab_heap_free(known);
    out->bias = out->absolute = out->root = out->score = out->coverage = none;
    if (out->lost == sets)
        out->reason = "too few rows are left to fit";
    else
        sum_up(out, all);
    if (!options->rows) lab_heap_free(all->rows);
}

static bool counts(const double *weight, isize i)
{
    return !weight || weight[i] > 0;
}

void lab_holdout_one(lab_holdout *out, const lab_law_data *data, const double *weight,
                     const lab_fit *fit, const lab_holdout_options *options)
{
    lab_holdout_groups(out, data, weight, fit, data->cluster, options);
}

void lab_holdout_groups(lab_holdout *out, const lab_law_data *data, const double *weight,
                        const lab_fit *fit, const isize *group, const lab_holdout_options *options)
{
    isize *set = lab_heap_take((data->n + 1) * (isize)sizeof *set);
    isize units = lab_law_number(set, group, weight, data->n);
    isize folds = units < LAB_HOLDOUT_FOLDS ? units : LAB_HOLDOUT_FOLDS;
    for (isize i = 0; i < data->n; i++)
        if (set[i] >= 0) set[i] %= folds;
    hold(out,
         &(holding){.data = data,
                    .weight = weight,
                    .fit = fit,
                    .options = options,
                    .set = set,
                    .units = units},
         folds);
    lab_heap_free(set);
}

void lab_holdout_top(lab_holdout *out, const lab_law_data *data, const double *weight,
                     const lab_fit *fit, const double *order, double share,
                     const lab_holdout_options *options)
{
    isize *set = lab_heap_take((data->n + 1) * (isize)sizeof *set), kept = 0;
    double *sorted = lab_heap_take((data->n + 1) * REAL);
    for (isize i = 0; i < data->n; i++)
        if (counts(weight, i)) sorted[kept++] = order[i];
    lab_resample_sort(sorted, kept);
    isize left = (isize)ceil(share * (double)kept);
    left = left < 1 ? 1 : left > kept ? kept : left;
    double least = kept ? sorted[kept - left] : 0;
    for (isize i = 0; i < data->n; i++) set[i] = counts(weight, i) && order[i] >= least ? 0 : -1;
    hold(
        out,
        &(holding){
            .data = data, .weight = weight, .fit = fit, .options = options, .set = set, .units = 1},
        1);
    lab_heap_free(sorted);
    lab_heap_free(set);
}
