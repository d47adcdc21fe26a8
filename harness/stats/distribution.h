/* stats/distribution.h - quantiles and intervals that the other statistics stand on.
 *
 * Pure functions: no memory, no state. An argument outside its range gives NaN.
 */
#ifndef LAB_DISTRIBUTION_H
#define LAB_DISTRIBUTION_H

typedef struct {
    double low, high; /* both NaN where there is no interval */
} lab_interval;

/* z with P(Z <= z) = p for a standard normal Z; 0 < p < 1. */
double lab_normal_quantile(double p);

/* I_x(a, b), the regularised incomplete beta function; a, b > 0, 0 <= x <= 1. */
double lab_beta_incomplete(double x, double a, double b);

/* P(T <= t) for Student's T with df > 0 degrees of freedom, which need not be whole. Nearly full
 * double precision to df = 1e4; about 1e-7 at 1e9. */
double lab_student_cdf(double t, double df);

/* t with P(T <= t) = p; 0 < p < 1, df > 0. */
double lab_student_quantile(double p, double df);

/* P(|T'| > t) for noncentral Student's T' = (Z + shift) / sqrt(chi2 / df), t >= 0, df > 0: the
 * power of a two-sided test with the critical value t where an effect is shift standard errors.
 * To 1e-9 for df from 1, t up to 64 and shift up to 30. */
double lab_student_beyond(double t, double df, double shift);

/* estimate -/+ t se, at confidence such as 0.95; NaN where se is, or df is not above 0. */
lab_interval lab_student_interval(double estimate, double se, double df, double confidence);

/* Wilson's interval of a binomial share: fraction of trials that hit, in [0, 1]; trials >= 1;
 * confidence such as 0.95. It stays inside [0, 1] and has width even at 0 and 1. */
lab_interval lab_proportion_interval(double fraction, double trials, double confidence);
#endif
