/* sqlext/aggregates.h - statistics as SQL aggregates; the arithmetic is harness/stats.
 *
 * The same file is part of patchlaw (every ledger has them) and of the extension patchlaw_sql.so
 * that sqlite3, Datasette and Python load. All are window functions, too.
 *
 *     corr(x, y)           Pearson's r; 3 pairs at least, both with spread
 *     spearman(x, y)       Pearson's r of the ranks, ties sharing their mean rank; the same
 *     kendall(x, y)        Kendall's tau-b, which counts pairs of rows in the same order; the same
 *     partial_corr(x, y, z)  Pearson's r with the linear effect of z taken out of both; 4 rows at
 *                          least, all with spread, neither x nor y a line of z
 *     rank_partial(x, y, z)  the same of the ranks
 *     slope(x, y)          by how much y rises with x, least squares; 2 different x at least
 *     power_law(x, y)      y = a x^b by least squares of the logs, as JSON {"a", "b", "b_low",
 *                          "b_high", "r2", "n", "decades"}: power_law(C, L) ->> 'b'; b_low and
 *                          b_high are Student's 95 % interval; 3 pairs at least, all positive
 *     quantile(x, p)       0 <= p <= 1, linear between neighbours; 1 value at least
 *     mean_ci(x [, level])  Student's interval of the mean, level 0.95 where none is given, as JSON
 *                          [low, high]; 2 values at least
 *     bootstrap_ci(x [, level])  the percentile bootstrap's interval of the mean, as mean_ci; 5
 *                          values at least. 2000 draws of
 *                          random numbers that depend on nothing: the same values give the same
 *                          digits, in whatever order they come
 *     welch(x, which)      by how much the mean of the rows with which = 1 is above that of those
 *                          with 0, as JSON {"delta", "low", "high", "p", "n_a", "n_b"}: Welch's
 *                          95 % interval and two-sided p, and how many rows have 0 and 1; 2 of each
 *                          at least, which scatter; another which is an error
 *
 * A row with a NULL in it is skipped. Fewer rows than that, or rows that allow no answer, give
 * NULL, and so does an infinity among the values. Text that reads as a number is one; other text
 * and blobs are an error, as are a p or level that is out of range or not the same in all rows.
 */
#ifndef LAB_AGGREGATES_H
#define LAB_AGGREGATES_H
#include <sqlite3.h>

/* Gives the aggregates to a connection; SQLite's result code. SQLite itself asks whether a
 * statement shall end between steps of a statement alone, and an answer can take longer than all of
 * them: so each asks ended(owner), before it begins and at every draw of a bootstrap, and where
 * that is not 0 the statement ends as interrupted. NULL: nothing ends them. */
int lab_aggregates_register(sqlite3 *db, int (*ended)(void *owner), void *owner);
#endif
