#include "sweep/expression.h"
#include "base/heap.h"
#include "sweep/clause.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const words_of_sql[] = {"AND",  "OR",   "NOT", "BETWEEN", "IN",   "CASE",
                                           "WHEN", "THEN", "END", "ELSE",    "TRUE", "FALSE"};
static const char *const functions[] = {"abs",  "sqrt",  "pow",   "exp",  "ln",    "log10",
                                        "log2", "round", "floor", "ceil", "trunc", "sign",
                                        "mod",  "min",   "max",   "iif"};
#define IS_ONE_OF(list, word) is_one_of(list, (int)(sizeof(list) / sizeof *(list)), word)

/* What people of other languages write. */
static const struct {
    const char *theirs, *ours;
} others[] = {{"**", "pow(a, b)"},
              {"^", "pow(a, b)"},
              {"%", "mod(a, b)"},
              {"&&", "AND"},
              {"||", "OR"},
              {"?", "iif(condition, a, b)"},
              {"\"", "words in '...'"},
              {"//", "floor(a / b)"}};

static bool is_one_of(const char *const *list, int count, const char *word)
{
    for (int i = 0; i < count; i++)
        if (strcasecmp(list[i], word) == 0) return true;
    return false;
}

bool lab_expression_reserves(const char *name)
{
    return IS_ONE_OF(words_of_sql, name) || IS_ONE_OF(functions, name);
}

/* ---- from words to SQL ---- */

typedef struct {
    lab_expression *out;
    const lab_sweep *sweep;
    const char *c; /* next */
    lab_text sql;
    int depth;       /* of parentheses */
    lab_token token; /* what the last was */
    lab_clauses clauses;
} scanner;

lab_status lab_expression_fail(const lab_expression *x, lab_error *err, const char *format, ...)
{
    char sentence[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    return lab_fail(err, LAB_ERR_CONFIG, "%s: %s: '%.300s': %s", x->place, x->name, x->words,
                    sentence);
}

static lab_status scan_number(scanner *s, lab_error *err)
{
    const char *start = s->c;
    bool whole = true;
    while (isdigit((unsigned char)*s->c)) s->c++;
    if (*s->c == '.') {
        whole = false;
        s->c++;
        while (isdigit((unsigned char)*s->c)) s->c++;
    }
    if (*s->c == 'e' || *s->c == 'E') {
        whole = false;
        s->c += 1 + (s->c[1] == '+' || s->c[1] == '-');
        if (!isdigit((unsigned char)*s->c))
            return lab_expression_fail(s->out, err, "%.40s is no number", start);
        while (isdigit((unsigned char)*s->c)) s->c++;
    }
    if (isalnum((unsigned char)*s->c) || *s->c == '_' || *s->c == '.')
        return lab_expression_fail(s->out, err, "%.40s is no number", start);
    lab_text_bytes(&s->sql, start, s->c - start);
    if (whole) lab_text_put(&s->sql, ".0");
    return LAB_OK;
}

static lab_status name_unknown(const scanner *s, const char *name, bool call, lab_error *err)
{
    lab_nearest nearest = call ? lab_nearest_to(name) : lab_symbol_nearest(s->sweep, name);
    char cure[200];
    if (strcmp(name, "log") == 0)
        return lab_expression_fail(s->out, err, "log is ambiguous; write ln, log10 or log2");
    for (size_t i = 0; call && i < sizeof functions / sizeof *functions; i++)
        lab_nearest_offer(&nearest, functions[i]);
    if (*nearest.name)
        (void)snprintf(cure, sizeof cure, "; the nearest is %s", nearest.name);
    else
        (void)snprintf(cure, sizeof cure, "%s",
                       call ? "; see patchlaw sweep --help for those that there are"
                            : "; a word that is a value goes into quotes, 'bf16'");
    return lab_expression_fail(s->out, err, "unknown %s %s%s", call ? "function" : "name", name,
                               cure);
}

/* Puts a parameter in the place of a name. */
static lab_status put_symbol(scanner *s, const char *name, lab_error *err)
{
    lab_expression *x = s->out;
    lab_symbol symbol = lab_symbol_find(s->sweep, name);
    int i = 0;
    if (symbol == LAB_SYMBOL_NONE) return name_unknown(s, name, false, err);
    if (symbol < LAB_SYMBOL_VAR && !(lab_key_at((lab_key_id)symbol)->task & LAB_TASK_PRETRAIN))
        return lab_expression_fail(x, err, "%s is a key of probes; here are pre-training cells",
                                   name);
    while (i < x->symbol_count && x->symbols[i] != symbol) i++;
    if (i == LAB_EXPRESSION_NAMES)
        return lab_expression_fail(x, err, "holds more than %d names", LAB_EXPRESSION_NAMES);
    if (i == x->symbol_count) x->symbols[x->symbol_count++] = symbol;
    lab_text_add(&s->sql, ":s%d", i);
    if (symbol < LAB_SYMBOL_VAR && lab_symbol_is_words((lab_key_id)symbol))
        s->token = LAB_TOKEN_WORDS;
    return LAB_OK;
}

static lab_status scan_word(scanner *s, lab_error *err)
{
    char name[LAB_VAR_BYTES];
    const char *start = s->c;
    while (isalnum((unsigned char)*s->c) || *s->c == '_' || *s->c == '.') s->c++;
    int bytes = snprintf(name, sizeof name, "%.*s", (int)(s->c - start), start);
    const char *next = s->c + strspn(s->c, " \n");
    if (bytes >= LAB_VAR_BYTES)
        return lab_expression_fail(s->out, err, "no name is as long as %s...", name);
    if (IS_ONE_OF(words_of_sql, name)) {
        s->token = LAB_TOKEN_SQL;
    } else {
        if (*next != '(') return put_symbol(s, name, err);
        if (!IS_ONE_OF(functions, name)) return name_unknown(s, name, true, err);
    }
    lab_text_put(&s->sql, name);
    return LAB_OK;
}

static lab_status scan_quoted(scanner *s, lab_error *err)
{
    const char *start = s->c, *end = strchr(s->c + 1, '\'');
    if (!end) return lab_expression_fail(s->out, err, "the quote at %.40s does not end", start);
    s->c = end + 1;
    s->token = LAB_TOKEN_QUOTED;
    lab_text_bytes(&s->sql, start, s->c - start);
    return LAB_OK;
}

static lab_status scan_sign(scanner *s, lab_error *err)
{
    static const char *const pairs[] = {"<=", ">=", "<>", "!=", "=="};
    size_t length = 1;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(s->c, others[i].theirs, strlen(others[i].theirs)) == 0)
            return lab_expression_fail(s->out, err, "%s has no meaning here; write %s",
                                       others[i].theirs, others[i].ours);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (strncmp(s->c, pairs[i], 2) == 0) length = 2;
    if (length == 1 && !strchr("+-*/(),<>=", *s->c))
        return lab_expression_fail(s->out, err, "what begins at %.40s has no meaning here", s->c);
    s->depth += *s->c == '(' ? 1 : *s->c == ')' ? -1 : 0;
    if (s->depth < 0)
        return lab_expression_fail(s->out, err, "a parenthesis is closed that was not open");
    lab_text_bytes(&s->sql, s->c, (isize)length);
    s->token = LAB_TOKEN_SQL;
    s->c += length;
    return LAB_OK;
}

static lab_status scan_token(scanner *s, lab_error *err)
{
    const char *start = s->c;
    lab_text complaint = {0};
    lab_status status = LAB_OK;
    s->token = LAB_TOKEN_NUMBER;
    if (isdigit((unsigned char)*s->c) || (*s->c == '.' && isdigit((unsigned char)s->c[1])))
        status = scan_number(s, err);
    else if (isalpha((unsigned char)*s->c) || *s->c == '_')
        status = scan_word(s, err);
    else if (*s->c == '\'')
        status = scan_quoted(s, err);
    else
        status = scan_sign(s, err);
    if (status == LAB_OK && !lab_clauses_take(&s->clauses, s->token, start, s->c, &complaint))
        status = lab_expression_fail(s->out, err, "%s", lab_text_of(&complaint));
    lab_text_finish(&complaint);
    return status;
}

static lab_status scan(scanner *s, lab_error *err)
{
    lab_status status = LAB_OK;
    lab_text complaint = {0};
    for (; status == LAB_OK && *s->c; lab_text_put(&s->sql, " ")) {
        if (*s->c == ' ' || *s->c == '\n')
            s->c++;
        else
            status = scan_token(s, err);
    }
    if (status == LAB_OK && s->depth > 0)
        return lab_expression_fail(s->out, err,
                                   "a parenthesis is not closed; inside {...} an expression with "
                                   "commas goes into double quotes, for a comma ends it there");
    if (status == LAB_OK && !lab_clauses_end(&s->clauses, s->c, &complaint))
        status = lab_expression_fail(s->out, err, "%s", lab_text_of(&complaint));
    lab_text_finish(&complaint);
    return status;
}

/* ---- compiled ---- */

/* SQLite's complaint with the names that a person wrote. */
static lab_status complain(const scanner *s, lab_error *err)
{
    lab_text text = {0};
    for (const char *c = err->text; *c;) {
        char *end = NULL;
        long i = c[0] == ':' && c[1] == 's' ? strtol(c + 2, &end, 10) : 0;
        if (end && end > c + 2 && i >= 0 && i < s->out->symbol_count) {
            lab_text_put(&text, lab_symbol_name(s->sweep, s->out->symbols[i]));
            c = end;
        } else {
            lab_text_bytes(&text, c++, 1);
        }
    }
    lab_status status = lab_expression_fail(
        s->out, err, "is no expression (%s); see patchlaw sweep --help", lab_text_of(&text));
    lab_text_finish(&text);
    return status;
}

static lab_status compile(scanner *s, lab_ledger *calculator, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, calculator, "queries", "sweep_expression", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":expression", lab_text_of(&s->sql));
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK) {
        status = lab_query_open_text(&s->out->query, calculator, lab_query_text(query, 0), err);
        if (status == LAB_ERR_CONFIG) status = complain(s, err);
    }
    lab_query_close(&query);
    return status;
}

lab_status lab_expression_init(lab_expression *out, lab_ledger *calculator, const lab_sweep *sweep,
                               lab_expression_text text, lab_error *err)
{
    lab_text place = {0};
    *out = (lab_expression){.words = lab_heap_text(text.words)};
    scanner s = {.out = out, .sweep = sweep, .c = out->words};
    (void)snprintf(out->name, sizeof out->name, "%s", text.name);
    lab_node_place(text.at, &place);
    (void)snprintf(out->place, sizeof out->place, "%s", lab_text_of(&place));
    lab_text_finish(&place);
    if (strlen(text.words) > LAB_EXPRESSION_BYTES)
        return lab_expression_fail(out, err, "is longer than %d bytes", LAB_EXPRESSION_BYTES);
    if (text.words[strspn(text.words, " \n")] == 0)
        return lab_expression_fail(out, err, "an expression is wanted here");
    lab_status status = scan(&s, err);
    if (status == LAB_OK) status = compile(&s, calculator, err);
    lab_text_finish(&s.sql);
    return status;
}

void lab_expression_finish(lab_expression *x)
{
    lab_query_close(&x->query);
    lab_heap_free(x->words);
    *x = (lab_expression){0};
}

/* Where its names have the values that they have. */
static lab_status fail_value(const lab_expression *x, const lab_draft *draft, const lab_plan *plan,
                             lab_error *err)
{
    lab_text values = {0};
    for (int i = 0; i < x->symbol_count; i++) {
        lab_operand value = lab_symbol_value(draft, plan, x->symbols[i]);
        lab_text_add(&values, "%s %s", i ? "," : " of",
                     value.text ? value.text : lab_short_real(value.number).text);
    }
    lab_status status = lab_expression_fail(
        x, err,
        "has no value%.300s: a division by zero, or a root or logarithm of what has none? "
        "Leave such cells out by where",
        lab_text_of(&values));
    lab_text_finish(&values);
    return status;
}

lab_status lab_expression_value(lab_expression *x, const lab_draft *draft, const lab_plan *plan,
                                lab_operand *out, lab_error *err)
{
    bool row = false;
    lab_query_reset(x->query);
    for (int i = 0; i < x->symbol_count; i++) {
        lab_operand value = lab_symbol_value(draft, plan, x->symbols[i]);
        if (value.text)
            lab_query_bind_text(x->query, lab_query_parameter(x->query, i), value.text);
        else
            lab_query_bind_real(x->query, lab_query_parameter(x->query, i), value.number);
    }
    lab_status status = lab_query_step(x->query, &row, err);
    if (status != LAB_OK) return status;
    lab_type type = lab_query_type(x->query, 0);
    *out = (lab_operand){0};
    if (type == LAB_TEXT)
        out->text = lab_query_text(x->query, 0);
    else
        out->number = lab_query_real(x->query, 0); /* NaN where it is NULL */
    return out->text || isfinite(out->number) ? LAB_OK : fail_value(x, draft, plan, err);
}
