#include "stats/power_law.h"
#include <math.h>

static const char *refused(const double *x, const double *y, ptrdiff_t n)
{
    if (n < 3) return "fewer than 3 points";
    int distinct = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        if (!(isfinite(x[i]) && x[i] > 0)) return "an x is not finite and positive";
        if (!(isfinite(y[i]) && y[i] > 0)) return "a y is not finite and positive";
        distinct |= x[i] < x[0] || x[i] > x[0];
    }
    return distinct ? NULL : "fewer than 2 distinct x";
}

static double decades(const double *x, ptrdiff_t n)
{
    double low = x[0], high = x[0];
    for (ptrdiff_t i = 1; i < n; i++) {
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    return log10(high / low);
}

void lab_power_law_fit(lab_power_law *out, const double *x, const double *y, ptrdiff_t n,
                       double confidence)
{
    const double none = (double)NAN;
    *out = (lab_power_law){.n = n,
                           .a = none,
                           .b = none,
                           .b_se = none,
                           .b_interval = {none, none},
                           .r2 = none,
                           .residual_sd = none,
                           .decades = none,
                           .confidence = confidence,
                           .log_x_mean = none,
                           .log_y_mean = none,
                           .log_x_spread = none,
                           .reason = refused(x, y, n)};
    if (out->reason) return;
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        mean_x += (log(x[i]) - mean_x) / (double)(i + 1);
        mean_y += (log(y[i]) - mean_y) / (double)(i + 1);
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        double dx = log(x[i]) - mean_x, dy = log(y[i]) - mean_y;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    out->b = xy / xx;
    out->a = exp(mean_y - out->b * mean_x);
    double rest = 0; /* summed from the residuals: yy - b xy loses its digits near a perfect line */
    for (ptrdiff_t i = 0; i < n; i++) {
        double residual = log(y[i]) - mean_y - out->b * (log(x[i]) - mean_x);
        rest += residual * residual;
    }
    double df = (double)(n - 2);
    out->residual_sd = sqrt(rest / df);
    out->b_se = out->residual_sd / sqrt(xx);
    out->b_interval = lab_student_interval(out->b, out->b_se, df, confidence);
    out->r2 = yy > 0 ? 1 - rest / yy : none;
    out->decades = decades(x, n);
    out->log_x_mean = mean_x;
    out->log_y_mean = mean_y;
    out->log_x_spread = xx;
}

double lab_power_law_at(const lab_power_law *law, double x, lab_interval *band)
{
    if (law->reason || !(x > 0)) {
        *band = (lab_interval){(double)NAN, (double)NAN};
        return (double)NAN;
    }
    double from_mean = log(x) - law->log_x_mean;
    double log_y = law->log_y_mean + law->b * from_mean;
    double t = lab_student_quantile(0.5 + law->confidence / 2, (double)(law->n - 2));
    double half =
        t * law->residual_sd * sqrt(1 / (double)law->n + from_mean * from_mean / law->log_x_spread);
    *band = (lab_interval){exp(log_y - half), exp(log_y + half)};
    return exp(log_y);
}
