#include "law/budget.h"
#include "base/heap.h"
#include <math.h>
#include <stdlib.h>

static const double FLAT = 1e-12; /* of spread: fewer than 3 distinct x */

void lab_parabola_fit(lab_parabola *parabola, const double *log_x, const double *y,
                      const isize *order, isize n)
{
    const double none = (double)NAN;
    double x_mean = 0, y_mean = 0, low = log_x[order[0]], high = low;
    for (isize i = 0; i < n; i++) {
        x_mean += (log_x[order[i]] - x_mean) / (double)(i + 1);
        y_mean += (y[order[i]] - y_mean) / (double)(i + 1);
        low = fmin(low, log_x[order[i]]);
        high = fmax(high, log_x[order[i]]);
    }
    *parabola = (lab_parabola){none, none, none, exp(low), exp(high), false};
    /* y = y_mean + slope u + curvature (u^2 - skew u - spread), u = log x - mean: orthogonal */
    double u2 = 0, u3 = 0, uy = 0, v2 = 0, vy = 0;
    for (isize i = 0; i < n; i++) {
        double u = log_x[order[i]] - x_mean;
        u2 += u * u;
        u3 += u * u * u;
        uy += u * (y[order[i]] - y_mean);
    }
    if (!(u2 > 0)) return;
    double skew = u3 / u2, spread = u2 / (double)n, slope = uy / u2;
    for (isize i = 0; i < n; i++) {
        double u = log_x[order[i]] - x_mean, v = u * u - skew * u - spread;
        v2 += v * v;
        vy += v * (y[order[i]] - y_mean);
    }
    if (!(v2 > FLAT * u2 * spread)) return;
    parabola->curvature = vy / v2;
    if (!(parabola->curvature > 0)) return;
    double u = (skew - slope / parabola->curvature) / 2;
    parabola->vertex = exp(x_mean + u);
    parabola->floor = y_mean + slope * u + parabola->curvature * (u * u - skew * u - spread);
    parabola->inside = x_mean + u >= low && x_mean + u <= high;
}

typedef struct {
    isize run;
    isize budget;
    double compute;
} placed;

static int by_compute(const void *a, const void *b)
{
    const placed *left = a, *right = b;
    if (left->budget != right->budget) return left->budget < right->budget ? -1 : 1;
    if (left->compute < right->compute || left->compute > right->compute)
        return left->compute < right->compute ? -1 : 1;
    return left->run < right->run ? -1 : left->run > right->run;
}

static int rising(const void *a, const void *b)
{
    const lab_budget *left = a, *right = b;
    return (left->compute > right->compute) - (left->compute < right->compute);
}

/* Cuts runs, sorted by budget and compute, where a budget ends. */
static void cut(lab_budgets *budgets, const placed *runs, isize n, double most)
{
    for (isize i = 0; i < n; i++) {
        lab_budget *last = budgets->count ? &budgets->at[budgets->count - 1] : NULL;
        bool same = last && runs[last->first].budget == runs[i].budget &&
                    runs[i].compute <= most * runs[last->first].compute;
        if (!same) {
            last = &budgets->at[budgets->count++];
            *last = (lab_budget){.first = i};
        }
        budgets->order[i] = runs[i].run;
        last->n++;
        last->compute += (log(runs[i].compute) - last->compute) / (double)last->n;
    }
    for (int b = 0; b < budgets->count; b++) budgets->at[b].compute = exp(budgets->at[b].compute);
}

void lab_budgets_init(lab_budgets *budgets, const lab_runs *runs, double tolerance)
{
    const isize n = runs->n, real = (isize)sizeof(double);
    isize kept = 0;
    *budgets = (lab_budgets){.at = lab_heap_take(n * (isize)sizeof *budgets->at),
                             .order = lab_heap_take(n * (isize)sizeof *budgets->order),
                             .log_n = lab_heap_take(n * real),
                             .log_d = lab_heap_take(n * real)};
    placed *sorted = lab_heap_take(n * (isize)sizeof *sorted);
    for (isize i = 0; i < n; i++) {
        budgets->log_n[i] = log(runs->size[i]);
        budgets->log_d[i] = log(runs->data[i]);
        if (runs->budget && runs->budget[i] < 0) continue;
        sorted[kept++] = (placed){i, runs->budget ? runs->budget[i] : 0, runs->compute[i]};
    }
    if (kept) qsort(sorted, (size_t)kept, sizeof *sorted, by_compute);
    double most =
        runs->budget ? (double)INFINITY : 1 + (tolerance > 0 ? tolerance : LAB_BUDGET_TOLERANCE);
    cut(budgets, sorted, kept, most);
    lab_heap_free(sorted);
    for (int b = 0; b < budgets->count; b++) {
        lab_budget *budget = &budgets->at[b];
        const isize *order = budgets->order + budget->first;
        lab_parabola_fit(&budget->by_size, budgets->log_n, runs->loss, order, budget->n);
        lab_parabola_fit(&budget->by_data, budgets->log_d, runs->loss, order, budget->n);
    }
    if (budgets->count > 1) qsort(budgets->at, (size_t)budgets->count, sizeof *budgets->at, rising);
}

void lab_budgets_finish(lab_budgets *budgets)
{
    lab_heap_free(budgets->at);
    lab_heap_free(budgets->order);
    lab_heap_free(budgets->log_n);
    lab_heap_free(budgets->log_d);
    *budgets = (lab_budgets){0};
}
