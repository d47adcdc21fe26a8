/* warm, draws and starts: the same rows and places for both sides. */
#include "base/heap.h"
#include "bench/law/suites.h"
#include "launch/board.h"
#include "law/data.h"
#include "law/draws.h"
#include "law/starts.h"
#include "stats/resample.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 240, SIZES = 16, DRAWN = 64, FINDING_STARTS = 200 };
static const double TARGET_MS = 1, TARGET_REFITS_S = 2, TARGET_STARTS_S = 3;
static const lab_loss loss = {LAB_LOSS_HUBER, 1e-3, 1};

/* ---- the experiment ---- */

/* N from 4e7 to 1.6e10, D from 1e9 to 4e11, noise of a heavy tail, a fifth of it within delta. */
static void make_runs(lab_law_data *data)
{
    static const double theta[LAB_LAW_PARAMETERS] = {0.525, 6.0, 7.4, 0.34, 0.37};
    lab_law_data_init(data, lab_law_find("chinchilla"), true, ROWS);
    for (isize i = 0; i < ROWS; i++) {
        double size = (double)(i % SIZES) / (SIZES - 1);
        double length = (double)(i / SIZES) / (ROWS / SIZES - 1);
        const double x[] = {4e7 * pow(400, size), 1e9 * pow(400, length)};
        double u = 2 * (double)lab_resample_drawn(1, 0, (uint64_t)i, 1 << 20) / (1 << 20) - 1;
        double y = lab_law_predict(data->law, theta, x) * exp(0.02 * u * fabs(u));
        lab_law_data_set(data, i, x, y, i);
    }
}

static lab_fit find_optimum(const lab_law_data *data)
{
    lab_fit fit;
    lab_law_rows rows = lab_law_data_rows(data, NULL);
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = loss, .starts = FINDING_STARTS});
    return fit;
}

/* Places where searches begin, and weights of rows where they have some. */
typedef struct {
    int count;
    double *theta;   /* [count, 5], owned */
    double *weights; /* [count, ROWS] or NULL, owned */
} places;

static void finish(places *of)
{
    lab_heap_free(of->theta);
    lab_heap_free(of->weights);
}

static void print(FILE *file, const double *values, isize count)
{
    for (isize i = 0; i < count; i++)
        (void)fprintf(file, "%.17g%c", values[i], i + 1 < count ? ' ' : '\n');
}

/* What peer_scipy.py reads. */
static lab_status write_file(const char *path, const lab_law_data *data, const lab_fit *fit,
                             const places *from, lab_error *err)
{
    FILE *file = fopen(path, "we");
    if (!file) return lab_fail(err, LAB_ERR_IO, "%s: %s", path, strerror(errno));
    (void)fprintf(file, "%d %d %d %.17g %.17g\n", ROWS, from->count, from->weights != NULL,
                  loss.delta, fit->objective);
    print(file, fit->low, 5);
    print(file, fit->high, 5);
    for (isize i = 0; i < ROWS; i++) {
        const double row[] = {log(lab_law_data_x(data, i, 0)), log(lab_law_data_x(data, i, 1)),
                              data->response[i]};
        print(file, row, 3);
    }
    for (int i = 0; i < from->count; i++) print(file, from->theta + 5 * (isize)i, 5);
    for (int i = 0; from->weights && i < from->count; i++)
        print(file, from->weights + ROWS * (isize)i, ROWS);
    bool bad = ferror(file) != 0;
    bad |= fclose(file) != 0;
    return bad ? lab_fail(err, LAB_ERR_IO, "%s: cannot be written", path) : LAB_OK;
}

/* ---- both sides, turn by turn ---- */

typedef struct {
    const bench_law_request *request;
    const char *suite, *metric; /* of the whole: seconds or milliseconds */
    const char *unit;
    double scale, target; /* of a second; of the whole */
    int searches;         /* of the whole */
    const lab_law_data *data;
    const lab_fit *fit;
    const places *from;
    void (*once)(const void *of);
    double share; /* of ours that reach the optimum; NaN: not asked for */
} contest;

static void report(const contest *of, const bench_samples *whole, const bench_samples *rate,
                   const bench_samples *theirs, const bench_samples *their_share)
{
    bench_samples target = {0};
    bench_what what = {.suite = of->suite,
                       .metric = of->metric,
                       .unit = of->unit,
                       .workers = 1,
                       .recompute = -1,
                       .limit_name = "target"};
    (void)snprintf(what.shape, sizeof what.shape, "%dx%d", of->searches, ROWS);
    for (int i = 0; i < whole->count; i++) bench_sample(&target, of->target);
    bench_add(of->request->table, what, whole, &target);
    what.metric = "searches_per_s";
    what.unit = "1/s";
    what.limit_name = "scipy";
    bool both = theirs->count == rate->count;
    bench_add(of->request->table, what, rate, both ? theirs : NULL);
    what.program = "scipy";
    if (both) bench_add(of->request->table, what, theirs, NULL);
    if (isnan(of->share)) return;
    what.program = NULL;
    what.metric = "reached";
    what.unit = "share";
    bench_add_one(of->request->table, what, of->share);
    what.program = "scipy";
    if (their_share->count > 0) bench_add(of->request->table, what, their_share, NULL);
}

static lab_status take_turns(const contest *of, lab_error *err)
{
    const bench_law_request *r = of->request;
    bench_samples whole = {0}, rate = {0}, theirs = {0}, their_share = {0};
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/patchlaw-bench-law-%ld.txt", r->folder, (long)getpid());
    bench_progress("%s: %d searches", of->suite, of->searches);
    lab_status status = write_file(path, of->data, of->fit, of->from, err);
    for (int i = 0; status == LAB_OK && i < r->repeats; i++) {
        double from = lab_clock_s(), seconds;
        of->once(of);
        double took = lab_clock_s() - from;
        bench_sample(&whole, of->scale * took);
        bench_sample(&rate, of->searches / took);
        status = bench_peer_ask(&r->scipy, "time", r->peers, path, &seconds, err);
        if (seconds > 0) bench_sample(&theirs, 1 / seconds);
    }
    if (status == LAB_OK && !isnan(of->share)) {
        double share;
        status = bench_peer_ask(&r->scipy, "reached", r->peers, path, &share, err);
        if (!isnan(share)) bench_sample(&their_share, share);
    }
    (void)unlink(path);
    if (status == LAB_OK) report(of, &whole, &rate, &theirs, &their_share);
    return status;
}

/* ---- suites ---- */

static void once_warm(const void *of)
{
    const contest *all = of;
    lab_law_rows rows = lab_law_data_rows(all->data, NULL);
    for (int i = 0; i < all->searches; i++) {
        double theta[LAB_LAW_PARAMETERS] = {0};
        memcpy(theta, all->from->theta + 5 * (isize)i, 5 * sizeof *theta);
        (void)lab_fit_again(all->fit, &rows, theta);
    }
}

lab_status bench_law_warm(const bench_law_request *r, lab_error *err)
{
    lab_law_data data;
    lab_draws draws;
    make_runs(&data);
    lab_fit fit = find_optimum(&data);
    lab_draws_make(&draws, &data, NULL, &fit, &(lab_draws_options){DRAWN, 1, 1, 0});
    const places from = {DRAWN, draws.theta, NULL};
    lab_status status = take_turns(&(contest){.request = r,
                                              .suite = "warm",
                                              .metric = "one_fit",
                                              .unit = "ms",
                                              .scale = 1e3 / DRAWN,
                                              .target = TARGET_MS,
                                              .searches = DRAWN,
                                              .data = &data,
                                              .fit = &fit,
                                              .from = &from,
                                              .once = once_warm,
                                              .share = (double)NAN},
                                   err);
    lab_draws_finish(&draws);
    lab_law_data_finish(&data);
    return status;
}

static void once_draws(const void *of)
{
    const contest *all = of;
    lab_draws draws;
    lab_draws_make(&draws, all->data, NULL, all->fit, &(lab_draws_options){all->searches, 1, 1, 0});
    lab_draws_finish(&draws);
}

lab_status bench_law_draws(const bench_law_request *r, lab_error *err)
{
    lab_law_data data;
    make_runs(&data);
    lab_fit fit = find_optimum(&data);
    places from = {.count = r->peers < r->refits ? r->peers : r->refits};
    from.theta = lab_heap_take((isize)from.count * 5 * (isize)sizeof(double));
    from.weights = lab_heap_take((isize)from.count * ROWS * (isize)sizeof(double));
    for (int d = 0; d < from.count; d++) {
        memcpy(from.theta + 5 * (isize)d, fit.theta, 5 * sizeof *from.theta);
        for (isize i = 0; i < ROWS; i++)
            from.weights[ROWS * d + lab_resample_drawn(1, (uint64_t)d, (uint64_t)i, ROWS)] += 1;
    }
    lab_status status = take_turns(&(contest){.request = r,
                                              .suite = "draws",
                                              .metric = "all",
                                              .unit = "s",
                                              .scale = 1,
                                              .target = TARGET_REFITS_S * r->refits / 4000,
                                              .searches = r->refits,
                                              .data = &data,
                                              .fit = &fit,
                                              .from = &from,
                                              .once = once_draws,
                                              .share = (double)NAN},
                                   err);
    finish(&from);
    lab_law_data_finish(&data);
    return status;
}

static lab_fit fit_from(const lab_law_data *data, int starts)
{
    lab_fit fit;
    lab_law_rows rows = lab_law_data_rows(data, NULL);
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = loss, .starts = starts});
    return fit;
}

static void once_starts(const void *of)
{
    const contest *all = of;
    (void)fit_from(all->data, all->searches);
}

lab_status bench_law_starts(const bench_law_request *r, lab_error *err)
{
    lab_law_data data;
    lab_starts grid;
    make_runs(&data);
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_starts_init(&grid, &rows);
    lab_fit fit = fit_from(&data, r->starts);
    places from = {.count = fit.starts};
    from.theta = lab_heap_take((isize)fit.starts * 5 * (isize)sizeof(double));
    for (int i = 0; i < fit.starts; i++) {
        double theta[LAB_LAW_PARAMETERS] = {0};
        lab_starts_at(&grid, (int)((isize)i * lab_starts_count(&grid) / fit.starts), theta);
        memcpy(from.theta + 5 * (isize)i, theta, 5 * sizeof *theta);
    }
    lab_status status = take_turns(&(contest){.request = r,
                                              .suite = "starts",
                                              .metric = "all",
                                              .unit = "s",
                                              .scale = 1,
                                              .target = TARGET_STARTS_S * fit.starts / 4500,
                                              .searches = fit.starts,
                                              .data = &data,
                                              .fit = &fit,
                                              .from = &from,
                                              .once = once_starts,
                                              .share = (double)fit.reached / fit.starts},
                                   err);
    finish(&from);
    lab_law_data_finish(&data);
    return status;
}
