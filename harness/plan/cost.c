#include "plan/cost.h"
#include <math.h>
#include <string.h>

void lab_plan_price_add(lab_plan_prices *prices, double n, double flops_patch)
{
    int at = prices->sizes;
    LAB_ASSERT(prices->sizes < LAB_PLAN_SIZES);
    for (int i = 0; i < prices->sizes; i++)
        if (prices->log_n[i] == log(n)) return;
    for (; at > 0 && prices->log_n[at - 1] > log(n); at--) {
        prices->log_n[at] = prices->log_n[at - 1];
        prices->log_patch[at] = prices->log_patch[at - 1];
    }
    prices->log_n[at] = log(n);
    prices->log_patch[at] = log(flops_patch);
    prices->sizes++;
}

double lab_plan_price(const void *of, double n, double d)
{
    const lab_plan_prices *prices = of;
    const double *x = prices->log_n, *y = prices->log_patch, at = log(n);
    const int last = prices->sizes - 1;
    int i = 1;
    if (last < 1) return exp(y[0] + at - x[0]) * d; /* in proportion to N */
    while (i < last && x[i] < at) i++;
    return exp(y[i - 1] + (y[i] - y[i - 1]) * (at - x[i - 1]) / (x[i] - x[i - 1])) * d;
}

static bool by_ratio(const lab_law *law)
{
    return strcmp(law->column[0], "M") == 0;
}

void lab_plan_place(const lab_sample_row *row, const lab_law *law, const lab_law_cost *cost,
                    double *n, double *d)
{
    if (!by_ratio(law)) {
        *n = row->x[0];
        *d = row->x[1];
        return;
    }
    /* C(N, M N) rises with N: halve where it lies. */
    double low = 0, high = 100;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        bool less = lab_law_cost_of(cost, exp(middle), exp(middle) * row->x[0]) < row->x[1];
        *(less ? &low : &high) = middle;
    }
    *n = exp(low);
    *d = *n * row->x[0];
}

void lab_plan_columns(const lab_law *law, double n, double d, double compute, double *x)
{
    x[0] = by_ratio(law) ? d / n : n;
    x[1] = by_ratio(law) ? compute : d;
}
