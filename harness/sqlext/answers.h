/* sqlext/answers.h - what each aggregate of sqlext/aggregates.h makes of its rows.
 *
 * An answer is a function that gives one result to SQLite, or none, which is NULL. Rows that it is
 * given are at least one, finite, and without NULL; there may be too few of them. Memory is
 * SQLite's, for the program and the extension alike.
 */
#ifndef LAB_ANSWERS_H
#define LAB_ANSWERS_H
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

enum { LAB_ANSWER_VALUES = 3 };

typedef struct {
    const double *value[LAB_ANSWER_VALUES]; /* [n] each, as many as the aggregate has values */
    ptrdiff_t n;
    double setting; /* p or level, where one is set */
    bool set;
} lab_answer_rows;

typedef struct {
    const char *name;
    int arguments;
    int values; /* of the arguments; one more is a setting, the same in all rows */
    bool ends;  /* a setting may be 0 or 1, too */
    void (*give)(sqlite3_context *context, const lab_answer_rows *rows);
} lab_answer;

/* What SQLite keeps with each aggregate of a connection: its user data. */
typedef struct {
    const lab_answer *what;
    int (*ended)(void *owner); /* see lab_aggregates_register; or NULL */
    void *owner;
} lab_answer_asked;

extern const lab_answer lab_answers[]; /* the last one has no name */

/* Whether the statement shall end; the error is set then. */
bool lab_answer_shall_end(sqlite3_context *context);

/* Sets the error "name: what: found". */
void lab_answer_refuse(sqlite3_context *context, const char *what, const char *found);
#endif
