#include "stats/distribution.h"
#include <math.h>

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

double lab_normal_quantile(double p)
{
    if (!(p > 0 && p < 1)) return (double)NAN;
    if (p > 0.5) return -lab_normal_quantile(1 - p); /* erfc keeps its digits in the lower tail */
    double low = -40, high = 0;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (normal_cdf(middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* The continued fraction of I_x(a, b), by Lentz's method as modified by Thompson and Barnett.
 * It converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m < 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double change = 1;
        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            if (fabs(c) < tiny) c = tiny;
            change = c * d;
            value *= change;
        }
        if (fabs(change - 1) < 1e-16) break;
    }
    return value;
}

/* lgamma itself keeps the sign for all threads in one place. */
static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double lab_beta_incomplete(double x, double a, double b)
{
    if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return (double)NAN;
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/* P(T > t) for t >= 0. */
static double student_tail(double t, double df)
{
    return 0.5 * lab_beta_incomplete(df / (df + t * t), df / 2, 0.5);
}

double lab_student_cdf(double t, double df)
{
    if (!(df > 0) || isnan(t)) return (double)NAN;
    return t < 0 ? student_tail(-t, df) : 1 - student_tail(t, df);
}

double lab_student_quantile(double p, double df)
{
    if (!(p > 0 && p < 1 && df > 0)) return (double)NAN;
    if (p < 0.5) return -lab_student_quantile(1 - p, df);
    double low = 0, high = 1;
    while (student_tail(high, df) > 1 - p && high < 1e150) high *= 2;
    for (;;) {
        double middle = (low + high) / 2;
        if (!(middle > low && middle < high)) return middle; /* neighbours */
        if (student_tail(middle, df) > 1 - p)
            low = middle;
        else
            high = middle;
    }
}

/* The mean over the standard deviation s = exp(v) of what Z does beyond t s, by the trapezoidal
 * rule, which converges fast as the density of v, exp(df (v - exp(2 v) / 2)), dies out smoothly on
 * both sides. It is summed too, and so needs no constant before it. */
double lab_student_beyond(double t, double df, double shift)
{
    if (!(t >= 0 && df > 0) || isnan(shift)) return (double)NAN;
    double wide = 5.5 / sqrt(df), low = -(30 / df + wide), high = fmin(2.1, wide);
    int steps = 60 + (int)((high - low) / 0.04);
    double sum = 0, density = 0;
    for (int i = 0; i <= steps; i++) {
        double v = low + (high - low) * i / steps;
        double here = exp(df * (v - expm1(2 * v) / 2)), beyond = t * exp(v);
        sum += here * (normal_cdf(shift - beyond) + normal_cdf(-shift - beyond));
        density += here;
    }
    return sum / density;
}

lab_interval lab_student_interval(double estimate, double se, double df, double confidence)
{
    double half = lab_student_quantile(0.5 + confidence / 2, df) * se;
    return (lab_interval){estimate - half, estimate + half};
}

lab_interval lab_proportion_interval(double fraction, double trials, double confidence)
{
    if (!(fraction >= 0 && fraction <= 1 && trials >= 1 && confidence > 0 && confidence < 1))
        return (lab_interval){(double)NAN, (double)NAN};
    double z = lab_normal_quantile(0.5 + confidence / 2), z2 = z * z / trials;
    double centre = (fraction + z2 / 2) / (1 + z2);
    double half = z / (1 + z2) * sqrt(fraction * (1 - fraction) / trials + z2 / (4 * trials));
    return (lab_interval){fmax(0, centre - half), fmin(1, centre + half)};
}
