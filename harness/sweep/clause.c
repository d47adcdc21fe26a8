#include "sweep/clause.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is(const char *word, const char *start, const char *end)
{
    return (isize)strlen(word) == end - start &&
           strncasecmp(word, start, (size_t)(end - start)) == 0;
}

static bool is_one_of(const char *const *words, const char *start, const char *end)
{
    for (; *words; words++)
        if (is(*words, start, end)) return true;
    return false;
}

/* Whether it is a decimal number in quotes. */
static bool reads_as_number(const char *start, const char *end)
{
    char *stop = NULL;
    const char *c = start + 1;
    if (!isdigit((unsigned char)*c) && !strchr("+-.", *c)) return false;
    (void)strtod(c, &stop);
    return stop > c && stop + 1 == end;
}

static void put_trimmed(const char *start, const char *end, lab_text *text)
{
    while (start < end && isspace((unsigned char)*start)) start++;
    while (start < end && isspace((unsigned char)end[-1])) end--;
    lab_text_bytes(text, start, end - start);
}

static bool complain_quoted(const char *quoted, lab_text *complaint)
{
    int bytes = (int)strcspn(quoted + 1, "'");
    lab_text_add(complaint, "compares a number with the word '%.*s'; write %.*s without quotes",
                 bytes, quoted + 1, bytes, quoted + 1);
    return false;
}

/* The clause ends here, and another of its kind begins. */
static bool end_clause(lab_clause *clause, const char *end, lab_text *complaint)
{
    lab_clause ended = *clause;
    *clause = (lab_clause){.list = ended.list};
    if (ended.quoted && ((ended.sign && !ended.words) || ended.list))
        return complain_quoted(ended.quoted, complaint);
    if (!ended.sign || !ended.again) return true;
    lab_text_put(complaint, "compares what a comparison gives, which is 1 or 0; ");
    if (isalpha((unsigned char)*ended.sign)) {
        lab_text_put(complaint, "join the two by AND");
    } else {
        lab_text_put(complaint, "write ");
        put_trimmed(ended.start, ended.again, complaint);
        lab_text_put(complaint, " AND ");
        put_trimmed(ended.behind, end, complaint);
    }
    lab_text_put(complaint, ", or use parentheses where that is meant");
    return false;
}

static bool push(lab_clauses *clauses, lab_text *complaint)
{
    lab_clause *clause = &clauses->open[clauses->depth];
    if (clauses->depth + 1 == LAB_CLAUSES_MAX) {
        lab_text_add(complaint, "nests more than %d deep", LAB_CLAUSES_MAX - 1);
        return false;
    }
    clauses->open[++clauses->depth] = (lab_clause){.list = clause->in && !clause->words};
    clause->in = false;
    return true;
}

static bool pop(lab_clauses *clauses, const char *end, lab_text *complaint)
{
    bool good = end_clause(&clauses->open[clauses->depth], end, complaint);
    clauses->depth -= clauses->depth > 0;
    return good;
}

static bool take_sql(lab_clauses *clauses, const char *start, const char *end, lab_text *complaint)
{
    static const char *const comparisons[] = {
        "<", "<=", ">", ">=", "=", "==", "!=", "<>", "BETWEEN", "IN", NULL};
    static const char *const ends[] = {"AND", "OR", "WHEN", "THEN", "ELSE", ",", NULL};
    lab_clause *clause = &clauses->open[clauses->depth];
    if (is("(", start, end) || is("CASE", start, end)) return push(clauses, complaint);
    if (is(")", start, end) || is("END", start, end)) return pop(clauses, start, complaint);
    if (is("NOT", start, end) && clause->start == start) clause->start = NULL;
    if (clause->between && is("AND", start, end))
        clause->between = false;
    else if (is_one_of(ends, start, end))
        return end_clause(clause, start, complaint);
    if (!is_one_of(comparisons, start, end)) return true;
    clause->between |= is("BETWEEN", start, end);
    clause->in |= is("IN", start, end);
    if (!clause->sign) {
        clause->sign = start;
        clause->behind = end;
    } else if (!clause->again) {
        clause->again = start;
    }
    return true;
}

bool lab_clauses_take(lab_clauses *clauses, lab_token token, const char *start, const char *end,
                      lab_text *complaint)
{
    lab_clause *clause = &clauses->open[clauses->depth];
    if (!clause->start) clause->start = start;
    if (token == LAB_TOKEN_WORDS) clause->words = true;
    if (token == LAB_TOKEN_QUOTED && !clause->quoted && reads_as_number(start, end))
        clause->quoted = start;
    return token != LAB_TOKEN_SQL || take_sql(clauses, start, end, complaint);
}

bool lab_clauses_end(lab_clauses *clauses, const char *end, lab_text *complaint)
{
    return end_clause(&clauses->open[clauses->depth], end, complaint);
}
