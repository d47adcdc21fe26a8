/* sqlext/aggregates.h - statistics as SQL aggregates; the arithmetic is harness/stats.
 *
 * The same file is part of patchlaw (every ledger has them) and of the extension patchlaw_sql.so
 * that sqlite3, Datasette and Python load. All are window functions, too.
 *
 *     corr(x, y)           Pearson's r; 3 pairs at least, both with spread
 *     spearman(x, y)       Pearson's r of the ranks, ties sharing their mean rank; the same
 *     slope(x, y)          by how much y rises with x, least squares; 2 different x at least
 *     power_law(x, y)      y = a x^b by least squares of the logs, as JSON {"a", "b", "b_low",
 *                          "b_high", "r2", "n", "decades"}: power_law(C, L) ->> 'b'; b_low and
 *                          b_high are Student's 95 % interval; 3 pairs at least, all positive
 *     quantile(x, p)       0 <= p <= 1, linear between neighbours; 1 value at least
 *     bootstrap_ci(x [, level])  the percentile bootstrap's interval of the mean, level 0.95 where
 *                          none is given, as JSON [low, high]; 5 values at least. 2000 draws of
 *                          random numbers that depend on nothing: the same values give the same
 *                          digits, in whatever order they come
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
