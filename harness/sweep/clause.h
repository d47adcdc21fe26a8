/* sweep/clause.h - comparisons that SQL lets through, and that mean something else than they say:
 *
 *   16 < model.width < 64    compares 1 or 0 with 64
 *   model.width < '64'       every number is less than any word
 *
 * A clause is what stands between AND, OR, commas, the words of CASE and the ends of parentheses.
 */
#ifndef LAB_CLAUSE_H
#define LAB_CLAUSE_H
#include "base/text.h"

enum { LAB_CLAUSES_MAX = 64 }; /* one in another */

typedef enum {
    LAB_TOKEN_NUMBER, /* or the name of one, or of a function */
    LAB_TOKEN_WORDS,  /* the name of a key whose values are words */
    LAB_TOKEN_QUOTED,
    LAB_TOKEN_SQL /* its words, operators, parentheses and commas */
} lab_token;

typedef struct {
    const char *start, *sign, *behind, *again; /* NULL: not yet; its first comparison, what stands
                                                  behind that, its second */
    const char *quoted;                        /* a word in quotes that reads as a number */
    bool words;                                /* it names a key of words */
    bool between, in;                          /* whose AND or list comes next */
    bool list;                                 /* stands in the list of an IN over numbers */
} lab_clause;

typedef struct {
    lab_clause open[LAB_CLAUSES_MAX]; /* the outermost first */
    int depth;
} lab_clauses;

/* Takes the next token, from start to end. false where a clause that ends there, or this token, is
 * such a mistake: complaint takes a sentence with the cure. */
LAB_CHECKED bool lab_clauses_take(lab_clauses *clauses, lab_token token, const char *start,
                                  const char *end, lab_text *complaint);
/* The end of the text. */
LAB_CHECKED bool lab_clauses_end(lab_clauses *clauses, const char *end, lab_text *complaint);
#endif
