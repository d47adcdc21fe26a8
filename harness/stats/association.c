#include "stats/association.h"
#include "stats/correlation.h"
#include "stats/resample.h"
#include <math.h>

enum { X, Y, CONTROL, COLUMNS = CONTROL + LAB_CONTROLS };
enum { PEARSON, SPEARMAN, KENDALL, PARTIAL, RANK_PARTIAL = PARTIAL + LAB_CONTROLS };
enum { COEFFICIENTS = RANK_PARTIAL + LAB_CONTROLS };
static const lab_interval NO_INTERVAL = {(double)NAN, (double)NAN};

/* What a draw is measured by. Columns that do not count have no value. */
typedef struct {
    const double *value[COLUMNS];
    double *once[COLUMNS]; /* ranks where each row stands once */
    double *rank[COLUMNS]; /* ranks where it stands times[row] times */
    double *times, *work;
    ptrdiff_t n;
} sheet;

ptrdiff_t lab_association_work(ptrdiff_t n)
{
    return (2 * COLUMNS + 1) * n + lab_correlation_kendall_work(n) +
           COEFFICIENTS * LAB_RESAMPLE_DRAWS;
}

static double given(const double *z, const double *x, const double *y, double r_xy, const sheet *s)
{
    return lab_correlation_partial(r_xy, lab_correlation_pearson(x, z, s->times, s->n),
                                   lab_correlation_pearson(y, z, s->times, s->n));
}

/* The coefficients of the rows as times has them, NaN where one is undefined. */
static void measure(double out[COEFFICIENTS], const sheet *s)
{
    for (int c = 0; c < COLUMNS; c++)
        if (s->value[c]) lab_correlation_rerank(s->rank[c], s->once[c], s->times, s->n, s->work);
    out[PEARSON] = lab_correlation_pearson(s->value[X], s->value[Y], s->times, s->n);
    out[SPEARMAN] = lab_correlation_pearson(s->rank[X], s->rank[Y], s->times, s->n);
    out[KENDALL] = lab_correlation_kendall(s->once[X], s->once[Y], s->times, s->n, s->work);
    for (int k = 0; k < LAB_CONTROLS; k++) {
        out[PARTIAL + k] = out[RANK_PARTIAL + k] = (double)NAN;
        if (!s->value[CONTROL + k]) continue;
        out[PARTIAL + k] = given(s->value[CONTROL + k], s->value[X], s->value[Y], out[PEARSON], s);
        out[RANK_PARTIAL + k] =
            given(s->rank[CONTROL + k], s->rank[X], s->rank[Y], out[SPEARMAN], s);
    }
}

/* ---- what is undefined ---- */

static int all_finite(const double *x, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return 0;
    return 1;
}

static int varies(const double *x, ptrdiff_t n)
{
    for (ptrdiff_t i = 1; i < n; i++)
        if (x[i] < x[0] || x[i] > x[0]) return 1;
    return 0;
}

static const char *refused(const lab_columns *c)
{
    if (c->n < 3) return "fewer than 3 pairs";
    if (!all_finite(c->x, c->n) || !all_finite(c->y, c->n)) return "a value is not finite";
    return varies(c->x, c->n) && varies(c->y, c->n) ? NULL : "a column has no spread";
}

static const char *control_refused(const double *z, ptrdiff_t n)
{
    if (!z) return "there is no control";
    if (n < 4) return "fewer than 4 rows";
    if (!all_finite(z, n)) return "a value of the control is not finite";
    return varies(z, n) ? NULL : "the control has no spread";
}

/* draws: its values in those draws that have one, count of them. */
static void bound(lab_coefficient *c, double *draws, ptrdiff_t count, double confidence)
{
    if (fabs(c->value) >= 1)
        c->reason = "no interval: it is perfect, and so is every draw";
    else if (count < LAB_RESAMPLE_DRAWS / 2)
        c->reason = "no interval: most draws have no value";
    else
        c->interval = lab_resample_percentiles(draws, count, confidence);
}

/* ---- all of it ---- */

static void coefficients_of(lab_coefficient *where[COEFFICIENTS], lab_association *a)
{
    where[PEARSON] = &a->pearson;
    where[SPEARMAN] = &a->spearman;
    where[KENDALL] = &a->kendall;
    for (int k = 0; k < LAB_CONTROLS; k++) {
        where[PARTIAL + k] = &a->partial[k];
        where[RANK_PARTIAL + k] = &a->rank_partial[k];
    }
}

static void bootstrap(lab_coefficient *where[COEFFICIENTS], const sheet *s, double confidence,
                      uint64_t seed, double *draws)
{
    double value[COEFFICIENTS];
    ptrdiff_t count[COEFFICIENTS] = {0};
    for (uint64_t draw = 0; draw < LAB_RESAMPLE_DRAWS; draw++) {
        lab_resample_times(s->times, s->n, seed, draw);
        measure(value, s);
        for (int i = 0; i < COEFFICIENTS; i++)
            if (!isnan(value[i])) draws[i * LAB_RESAMPLE_DRAWS + count[i]++] = value[i];
    }
    for (int i = 0; i < COEFFICIENTS; i++)
        if (!where[i]->reason)
            bound(where[i], draws + i * LAB_RESAMPLE_DRAWS, count[i], confidence);
}

/* Room, ranks, and each row once. */
static sheet sheet_of(const lab_columns *columns, const char *const control_reason[LAB_CONTROLS],
                      double *work)
{
    ptrdiff_t n = columns->n;
    sheet s = {.value = {columns->x, columns->y},
               .times = work,
               .work = work + (2 * COLUMNS + 1) * n,
               .n = n};
    for (int k = 0; k < LAB_CONTROLS; k++)
        if (!control_reason[k]) s.value[CONTROL + k] = columns->control[k];
    for (int c = 0; c < COLUMNS; c++) {
        s.once[c] = work + (1 + c) * n;
        s.rank[c] = work + (1 + COLUMNS + c) * n;
        if (s.value[c]) lab_correlation_ranks(s.once[c], s.value[c], n, s.work);
    }
    for (ptrdiff_t i = 0; i < n; i++) s.times[i] = 1;
    return s;
}

static lab_interval fisher(double r, ptrdiff_t n, double confidence)
{
    if (n < 4 || fabs(r) >= 1) return NO_INTERVAL;
    double half = lab_normal_quantile(0.5 + confidence / 2) / sqrt((double)(n - 3));
    return (lab_interval){tanh(atanh(r) - half), tanh(atanh(r) + half)};
}

void lab_association_compute(lab_association *out, const lab_columns *columns, double confidence,
                             uint64_t seed, double *work)
{
    ptrdiff_t n = columns->n;
    lab_coefficient *where[COEFFICIENTS];
    const char *control[LAB_CONTROLS];
    double value[COEFFICIENTS];
    *out = (lab_association){.n = n, .pearson_fisher = NO_INTERVAL, .reason = refused(columns)};
    coefficients_of(where, out);
    for (int i = 0; i < COEFFICIENTS; i++)
        *where[i] = (lab_coefficient){(double)NAN, NO_INTERVAL, out->reason};
    if (out->reason) return;
    for (int k = 0; k < LAB_CONTROLS; k++)
        out->partial[k].reason = out->rank_partial[k].reason = control[k] =
            control_refused(columns->control[k], n);
    sheet s = sheet_of(columns, control, work);
    measure(value, &s);
    for (int i = 0; i < COEFFICIENTS; i++) {
        where[i]->value = value[i];
        if (where[i]->reason) continue;
        if (isnan(value[i]))
            where[i]->reason = i < RANK_PARTIAL ? "x or y is a line of the control"
                                                : "x or y stands in the order of the control";
        else if (n < LAB_RESAMPLE_MIN)
            where[i]->reason = "no interval: fewer than 5 rows";
    }
    out->pearson_fisher = fisher(out->pearson.value, n, confidence);
    if (n >= LAB_RESAMPLE_MIN)
        bootstrap(where, &s, confidence, seed, s.work + lab_correlation_kendall_work(n));
}
