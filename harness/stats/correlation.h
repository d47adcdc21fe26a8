/* stats/correlation.h - how far two columns go together: the coefficients alone.
 *
 * Pearson's r of the values; Spearman's rho, which is Pearson's r of the ranks; Kendall's tau-b of
 * the order of pairs; each with the effect of a third column taken out. Their intervals are those
 * of stats/association.h. Nothing here says what causes what.
 *
 * times[i] is how often pair i counts, a whole number from 0; NULL counts each once. So a draw of
 * a bootstrap (lab_resample_times) costs no copy and no sorting. Ranks are doubles in 1 .. n, from
 * lab_correlation_ranks: the whole part of one names its group of ties.
 */
#ifndef LAB_CORRELATION_H
#define LAB_CORRELATION_H
#include <stddef.h>

/* Ranks from 1, ties sharing their mean rank, of n finite values; work holds n doubles. */
void lab_correlation_ranks(double *ranks, const double *x, ptrdiff_t n, double *work);

/* The ranks where value i stands there times[i] times, from its rank where each stands once;
 * those of values that do not count mean nothing. work holds n + 1 doubles; O(n). */
void lab_correlation_rerank(double *ranks, const double *once, const double *times, ptrdiff_t n,
                            double *work);

/* Pearson's r of n pairs, NaN where a column has no spread; exactly 1 or -1 within rounding. */
double lab_correlation_pearson(const double *x, const double *y, const double *times, ptrdiff_t n);

/* Doubles of workspace that lab_correlation_kendall needs for n pairs. */
ptrdiff_t lab_correlation_kendall_work(ptrdiff_t n);

/* Kendall's tau-b from the ranks of both columns where each value stands once, NaN where a column
 * has no spread: concordant less discordant pairs of rows, over the geometric mean of those that x
 * and those that y tells apart (Kendall, Biometrika 33, 1945). 1 or -1 only where both have the
 * same ties. O(n log n). */
double lab_correlation_kendall(const double *rank_x, const double *rank_y, const double *times,
                               ptrdiff_t n, double *work);

/* By how much y rises when x does by one, on the line of least squares; NaN where x has no spread.
 */
double lab_correlation_slope(const double *x, const double *y, ptrdiff_t n);

/* The correlation of x and y with the linear effect of z taken out of both, from the three plain
 * ones, which are Pearson's of values or of ranks; NaN where x or y is a line of z. It is 1 or -1
 * for any 3 rows, and says nothing below 4. */
double lab_correlation_partial(double r_xy, double r_xz, double r_yz);
#endif
