/* report/rows.h - the whole result of one query, in memory.
 *
 * A column of a saved query of sql/reports is asked for by its name, which must exist: the names
 * are part of the query file. Those of any query go by number.
 */
#ifndef LAB_ROWS_H
#define LAB_ROWS_H
#include "ledger/ledger.h"

typedef struct lab_rows lab_rows;

/* Runs sql/reports/<query>.sql; sweep is bound to :sweep where the query has it, NULL for all. */
LAB_CHECKED lab_status lab_rows_open(lab_rows **out, lab_ledger *ledger, const char *query,
                                     const char *sweep, lab_error *err);
/* Runs one statement that a person wrote, under the guard of lab_query_open_text; it may have a
 * parameter :sweep, and no other (LAB_ERR_CONFIG), and at most rows_max rows (LAB_ERR_CONFIG). */
LAB_CHECKED lab_status lab_rows_open_text(lab_rows **out, lab_ledger *ledger, const char *sql,
                                          const char *sweep, isize rows_max, lab_error *err);
void lab_rows_close(lab_rows **rows); /* sets NULL; NULL is fine */

isize lab_rows_count(const lab_rows *rows);
bool lab_rows_is_null(const lab_rows *rows, isize row, const char *column);
double lab_rows_real(const lab_rows *rows, isize row, const char *column); /* NaN where NULL */
isize lab_rows_int(const lab_rows *rows, isize row, const char *column);   /* 0 where NULL */
/* "" where NULL; borrowed until close. Reals read as SQLite prints them. */
const char *lab_rows_text(const lab_rows *rows, isize row, const char *column);
/* The row whose column holds that text, or -1. */
isize lab_rows_find(const lab_rows *rows, const char *column, const char *text);

int lab_rows_columns(const lab_rows *rows);
const char *lab_rows_name(const lab_rows *rows, int column); /* borrowed */
int lab_rows_column(const lab_rows *rows, const char *name); /* -1: there is none */
lab_type lab_rows_type(const lab_rows *rows, isize row, int column);
double lab_rows_real_at(const lab_rows *rows, isize row, int column);
const char *lab_rows_text_at(const lab_rows *rows, isize row, int column);

const char *lab_rows_query(const lab_rows *rows); /* its name; NULL: a person wrote it */
/* The statement as it ran, with the sweep written out where there is one, and a semicolon: what a
 * reader pastes into sqlite3 or patchlaw sql. */
const char *lab_rows_sql(const lab_rows *rows);
#endif
