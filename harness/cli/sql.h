/* cli/sql.h - what patchlaw sql is made of: a session that answers, names, saved queries, a prompt.
 *
 *     lab_session session = {.form = LAB_FORM_TABLE, .rows = 1000, .seconds = 30};
 *     status = lab_ledger_open(&session.ledger, path, LAB_LEDGER_READ, err);
 *     if (status == LAB_OK) status = lab_session_answer(&session, "best_layer", NULL, 0, err);
 *     lab_ledger_close(&session.ledger);
 */
#ifndef LAB_SQL_H
#define LAB_SQL_H
#include "base/error.h"
#include "base/table.h"
#include "base/text.h"
#include "ledger/ledger.h"

typedef struct {
    lab_ledger *ledger;
    lab_form form;
    int rows, seconds; /* at most; 0: no limit */
    bool quit;         /* .quit was given */
    bool cut;          /* an answer had more rows than were printed */
} lab_session;

/* Prints the answer to one statement or saved query, with parameters "name=value", or does a dot
 * command, whose arguments they are then. */
LAB_CHECKED lab_status lab_session_answer(lab_session *session, const char *query,
                                          char *const *arguments, int count, lab_error *err);
/* Takes a line of a script or of a person: answers what it completes. pending is empty in the
 * beginning and holds what waits for its semicolon. */
LAB_CHECKED lab_status lab_session_line(lab_session *session, lab_text *pending, const char *line,
                                        lab_error *err);
/* Answers what is left in pending without a semicolon. */
LAB_CHECKED lab_status lab_session_end(lab_session *session, lab_text *pending, lab_error *err);
/* Reads lines with editing, history and completion until the end of input. */
void lab_session_prompt(lab_session *session);

/* ---- saved queries: those of sql/queries/saved, and those in the ledger ---- */

/* Appends the text of the query of that name; LAB_ERR_MISSING where there is none. */
LAB_CHECKED lab_status lab_saved_find(lab_ledger *ledger, const char *name, lab_text *text,
                                      lab_error *err);
/* Prints name, origin and purpose of each; ledger NULL: of those that are built in. */
LAB_CHECKED lab_status lab_saved_list(lab_ledger *ledger, lab_form form, lab_error *err);
/* Writes to the ledger at path. */
LAB_CHECKED lab_status lab_saved_add(const char *path, const char *name, const char *query,
                                     lab_error *err);
LAB_CHECKED lab_status lab_saved_delete(const char *path, const char *name, lab_error *err);

/* ---- names ---- */

enum {
    LAB_NAMES_OBJECTS = 1, /* tables and views */
    LAB_NAMES_COLUMNS = 2,
    LAB_NAMES_FUNCTIONS = 4,
    LAB_NAMES_SAVED = 8,
    LAB_NAMES_RUNS = 16,
    LAB_NAMES_KEYS = 32,     /* of a config */
    LAB_NAMES_WORDS = 64,    /* of SQL */
    LAB_NAMES_COMMANDS = 128 /* .help and the like */
};
typedef struct {
    char **names; /* owned */
    isize count, capacity;
} lab_names;
/* Appends names of those kinds; ledger NULL: what is known without one. */
LAB_CHECKED lab_status lab_names_read(lab_names *names, lab_ledger *ledger, unsigned kinds,
                                      lab_error *err);
void lab_names_finish(lab_names *names);
/* Adds to a sentence of SQLite about a name that is not there which one is the nearest. */
void lab_names_hint(lab_ledger *ledger, const char *query, lab_error *err);

/* ---- the schema, with the comments of sql/ ---- */

/* Prints columns, types and comments of a table or view, or of all (NULL). Markdown is a page. */
LAB_CHECKED lab_status lab_schema_print(lab_ledger *ledger, const char *object, lab_form form,
                                        lab_error *err);
/* Prints tables and views and what a row of each is. */
LAB_CHECKED lab_status lab_schema_list(lab_ledger *ledger, lab_form form, lab_error *err);
/* What is said of a column, by the object itself or by one that it reads; "" where nothing is. */
const char *lab_schema_comment(const char *object, const char *column);
#endif
