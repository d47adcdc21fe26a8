/* ledger/ledger.h - the SQLite file that every run is written to, and statements on it.
 *
 * This folder is the only one that names sqlite3_*, but for the aggregates of harness/sqlext. All
 * SQL lives in sql/ and is asked for by kind and name (base/embedded.h), except what a person
 * types.
 *
 *     lab_ledger *ledger = NULL;
 *     lab_query *query = NULL;
 *     bool row = false;
 *     status = lab_ledger_open(&ledger, path, LAB_LEDGER_READ, err);
 *     if (status == LAB_OK) status = lab_query_open(&query, ledger, "reports", "loss", err);
 *     if (status == LAB_OK) lab_query_bind_text(query, ":sweep", "demo");
 *     while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row)
 *         printf("%s %g\n", lab_query_text(query, 0), lab_query_real(query, 1));
 *     lab_query_close(&query);
 *     lab_ledger_close(&ledger);
 *
 * A ledger and its queries belong to one thread.
 */
#ifndef LAB_LEDGER_H
#define LAB_LEDGER_H
#include "base/error.h"

typedef struct lab_ledger lab_ledger;
typedef struct lab_query lab_query;

typedef enum {
    LAB_LEDGER_READ,   /* the file must exist; nothing can be written through it */
    LAB_LEDGER_WRITE,  /* the file and its folder are made where they are missing */
    LAB_LEDGER_MEMORY, /* writable, in memory; path only tells where run folders go */
    LAB_LEDGER_AS_IS,  /* read in whatever older schema it has: for a copy of it */
    LAB_LEDGER_SCRATCH /* WRITE, of a copy that is thrown away: migrated without a backup */
} lab_ledger_mode;

/* Opens, migrates to this program's schema, and recreates the views where they have changed.
 * A reader of an older ledger migrates it first, which needs a writable file. A ledger that nobody
 * can write, on a read-only medium, is read as it is. Before its schema is changed, a ledger is
 * copied to LEDGER.schemaN.backup beside it, of which standard error tells; where that fails,
 * nothing is changed.
 * LAB_ERR_MISSING: no such file (READ). LAB_ERR_LEDGER: not a ledger, a newer one, one whose
 * migrations were edited, on a network filesystem, or SQLite's own refusal. LAB_ERR_BUSY, here and
 * from every statement: another process has held the lock for too long. */
LAB_CHECKED lab_status lab_ledger_open(lab_ledger **out, const char *path, lab_ledger_mode mode,
                                       lab_error *err);
void lab_ledger_close(lab_ledger **ledger); /* sets NULL; NULL is fine; rolls back what is open */
const char *lab_ledger_path(const lab_ledger *ledger); /* as given; borrowed */
/* That the file lies in: the file itself, where path is a link to it; borrowed. */
const char *lab_ledger_folder(const lab_ledger *ledger);

/* Hands something to the ledger that lives as long: finish is called when the ledger is closed. */
void lab_ledger_attach(lab_ledger *ledger, void *attached, void (*finish)(void *attached));
void *lab_ledger_attached(const lab_ledger *ledger); /* NULL: nothing */

/* Copies the ledger as it is at this moment to a new file, which SQLite then checks: writers go on
 * meanwhile, and the copy is there whole or not at all. What was at the path is replaced. progress
 * (NULL is fine) hears how many of the pages are copied. */
LAB_CHECKED lab_status lab_ledger_backup(lab_ledger *ledger, const char *file,
                                         void (*progress)(void *context, int64_t done,
                                                          int64_t pages),
                                         void *context, lab_error *err);

/* A transaction that holds the write lock from its first moment. */
LAB_CHECKED lab_status lab_ledger_begin(lab_ledger *ledger, lab_error *err);
LAB_CHECKED lab_status lab_ledger_commit(lab_ledger *ledger, lab_error *err);
void lab_ledger_rollback(lab_ledger *ledger); /* nothing happens where none is open */

/* ---- queries ---- */

/* The statement sql/<kind>/<name>, compiled once for each ledger and kept by it until it is
 * closed: closing a query hands it back. Asking for a name that is not built in is a broken
 * contract. One statement cannot be open twice at once on a ledger; that is one, too. */
LAB_CHECKED lab_status lab_query_open(lab_query **out, lab_ledger *ledger, const char *kind,
                                      const char *name, lab_error *err);
/* One statement that a person wrote. LAB_ERR_CONFIG with SQLite's message where it does not
 * compile, holds more than one statement, would write, or would reach outside the ledger. */
LAB_CHECKED lab_status lab_query_open_text(lab_query **out, lab_ledger *ledger, const char *sql,
                                           lab_error *err);
/* Bytes of the first whole statement of text, its semicolon included; 0 where none has ended. */
isize lab_query_statement(const char *text);
void lab_query_close(lab_query **query); /* resets and unbinds; sets NULL; NULL is fine */

/* Parameters by name, colon included; a name that the statement lacks is a broken contract. */
void lab_query_bind_int(lab_query *query, const char *name, int64_t value);
void lab_query_bind_real(lab_query *query, const char *name, double value); /* NaN binds NULL */
/* :kind and :value as the table point has them: what is not finite is NULL, and its kind tells. */
void lab_query_bind_point(lab_query *query, double value);
void lab_query_bind_text(lab_query *query, const char *name, const char *value); /* NULL: NULL */
void lab_query_bind_null(lab_query *query, const char *name);
int lab_query_parameters(const lab_query *query);
/* The i-th parameter's name (from 0), colon included; NULL behind the last, and where it has none.
 */
const char *lab_query_parameter(const lab_query *query, int i);

/* Steps: *row tells whether there is one to read. After the last the query is reset. */
LAB_CHECKED lab_status lab_query_step(lab_query *query, bool *row, lab_error *err);
/* Runs a statement of which no row is read, and resets it: bind and run again. */
LAB_CHECKED lab_status lab_query_run(lab_query *query, lab_error *err);
void lab_query_reset(lab_query *query);

/* The statement's columns, numbered from 0; names and texts are borrowed until the next step. */
typedef enum { LAB_NULL, LAB_INT, LAB_REAL, LAB_TEXT, LAB_BLOB } lab_type;
int lab_query_columns(const lab_query *query);
const char *lab_query_name(const lab_query *query, int column);
int lab_query_column(const lab_query *query, const char *name); /* must exist */
lab_type lab_query_type(const lab_query *query, int column);    /* of the current row's value */
bool lab_query_is_null(const lab_query *query, int column);
int64_t lab_query_int(const lab_query *query, int column);      /* 0 where it is NULL */
double lab_query_real(const lab_query *query, int column);      /* NaN where it is NULL */
const char *lab_query_text(const lab_query *query, int column); /* "" where it is NULL */
/* Text or a blob with any byte in it, NUL too; borrowed as text is. */
const void *lab_query_bytes(const lab_query *query, int column, isize *bytes);
bool lab_query_reads(const lab_query *query);      /* writes nothing */
const char *lab_query_sql(const lab_query *query); /* its text; borrowed */

/* Ends every statement that has run longer than that many seconds since the limit was set, with
 * LAB_ERR_LEDGER; 0 lifts the limit. */
void lab_ledger_limit(lab_ledger *ledger, double seconds);
/* Ends the statement that runs, with LAB_ERR_LEDGER; may be called from a signal handler. */
void lab_ledger_interrupt(lab_ledger *ledger);
/* How long a statement waits for another process's lock; 20 seconds without this. */
void lab_ledger_patience(lab_ledger *ledger, double seconds);
int64_t lab_ledger_last_id(const lab_ledger *ledger); /* rowid of the last INSERT */
int64_t lab_ledger_changes(const lab_ledger *ledger); /* rows changed by the last statement */

/* Now, in unix microseconds. */
int64_t lab_now_us(void);
#endif
