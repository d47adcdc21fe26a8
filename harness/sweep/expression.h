/* sweep/expression.h - what derive and where compute, as SQLite evaluates it.
 *
 *   numbers      7, 0.5, 1e-3: reals all, so 7 / 2 is 3.5; words in quotes: 'bf16'
 *   names        of sweep/symbol.h; flags are 1 and 0, choices and texts are words
 *   + - * /  < <= > >= = == <> !=  AND OR NOT  BETWEEN a AND b  IN (a, b)  TRUE FALSE
 *   CASE WHEN condition THEN a ELSE b END
 *   abs sqrt pow exp ln log10 log2 round floor ceil trunc sign mod(a, b) min max
 *   iif(condition, a, b)
 *
 * A comparison of a comparison (a < b < c), or of a number with a quoted one, is refused: clause.h.
 * Nothing else is let through to SQLite: no statement, table or function that could read, write or
 * change its mind. log is left out, since to some it is natural and to SQLite it is decadic.
 */
#ifndef LAB_EXPRESSION_H
#define LAB_EXPRESSION_H
#include "ledger/ledger.h"
#include "sweep/symbol.h"

enum { LAB_EXPRESSION_BYTES = 2000, LAB_EXPRESSION_NAMES = 64 };

typedef struct {
    lab_symbol symbols[LAB_EXPRESSION_NAMES]; /* that it names, each once */
    int symbol_count;
    char *words;              /* as written; owned */
    char name[LAB_VAR_BYTES]; /* "where", "optim.steps", "isoflop.steps_min" ... */
    char place[200];          /* "FILE:LINE:COLUMN" */
    lab_query *query;         /* owned */
} lab_expression;

/* Compiles words, which stand at a node and are for what name says, on a ledger in memory that
 * outlives the expression. LAB_ERR_CONFIG with place and cure. lab_expression_finish is due also
 * after a failure. */
typedef struct {
    const char *name, *words;
    lab_node at;
} lab_expression_text;
LAB_CHECKED lab_status lab_expression_init(lab_expression *out, lab_ledger *calculator,
                                           const lab_sweep *sweep, lab_expression_text text,
                                           lab_error *err);
void lab_expression_finish(lab_expression *expression);
/* Writes "PLACE: name: 'words': sentence" and returns LAB_ERR_CONFIG. */
lab_status lab_expression_fail(const lab_expression *expression, lab_error *err, const char *format,
                               ...) __attribute__((format(printf, 3, 4)));
/* Its value, which is a finite number, or text that is borrowed until the next call. */
LAB_CHECKED lab_status lab_expression_value(lab_expression *expression, const lab_draft *draft,
                                            const lab_plan *plan, lab_operand *out, lab_error *err);
/* Whether a name of one's own would be taken for a part of an expression. */
bool lab_expression_reserves(const char *name);
#endif
