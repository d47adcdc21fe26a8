/* One statement, saved query or dot command after the other, and the lines that they come in. */
#include "base/embedded.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/sql.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters ---- */

static bool is_integer(const char *words, long long *value)
{
    char again[32];
    *value = strtoll(words, NULL, 10);
    (void)snprintf(again, sizeof again, "%lld", *value);
    return strcmp(again, words) == 0;
}

/* Not what only looks like one: 0 before more digits is no number's way, and 12 hex digits are a
 * run's name, even if the one letter among them is an e. */
static bool is_real(const char *words, double *value)
{
    char *end = NULL;
    const char *digits = words + strspn(words, "+-");
    if (digits[0] == '0' && isdigit((unsigned char)digits[1])) return false;
    if (strlen(words) == 12 && strspn(words, "0123456789abcdef") == 12) return false;
    *value = strtod(words, &end);
    return *words && !*end && isfinite(*value) && strspn(words, "0123456789+-.eE") == strlen(words);
}

/* A number where it reads as one, else text; 'in quotes' is text. */
static void bind(lab_query *query, const char *name, const char *words)
{
    long long integer;
    double real;
    size_t bytes = strlen(words);
    lab_text text = {0};
    if (bytes >= 2 && words[0] == '\'' && words[bytes - 1] == '\'')
        lab_text_bytes(&text, words + 1, (isize)bytes - 2);
    else
        lab_text_put(&text, words);
    if (text.length == (isize)bytes && is_integer(words, &integer))
        lab_query_bind_int(query, name, integer);
    else if (text.length == (isize)bytes && is_real(words, &real))
        lab_query_bind_real(query, name, real);
    else
        lab_query_bind_text(query, name, lab_text_of(&text));
    lab_text_finish(&text);
}

/* The value behind "name=" among the arguments, or NULL. */
static const char *value_of(const char *name, char *const *arguments, int count)
{
    size_t bytes = strlen(name);
    for (int i = 0; i < count; i++)
        if (strncmp(arguments[i], name, bytes) == 0 && arguments[i][bytes] == '=')
            return arguments[i] + bytes + 1;
    return NULL;
}

static lab_status argument_check(const lab_query *query, const char *argument, lab_error *err)
{
    char name[LAB_NEAREST_BYTES];
    size_t bytes = strcspn(argument, "=");
    (void)snprintf(name, sizeof name, "%.*s", (int)bytes, argument);
    lab_nearest nearest = lab_nearest_to(name);
    if (!argument[bytes])
        return lab_fail(err, LAB_ERR_CONFIG,
                        "'%.80s': behind the query stand its parameters, as name=value; a query "
                        "with blanks in it goes into quotes",
                        argument);
    for (int i = 0; lab_query_parameter(query, i); i++) {
        if (strcmp(lab_query_parameter(query, i) + 1, name) == 0) return LAB_OK;
        lab_nearest_offer(&nearest, lab_query_parameter(query, i) + 1);
    }
    return lab_fail(err, LAB_ERR_CONFIG, "the query has no parameter '%.80s'%s%s", name,
                    *nearest.name ? "; the nearest is " : "", nearest.name);
}

static lab_status bind_all(lab_query *query, char *const *arguments, int count, lab_error *err)
{
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < lab_query_parameters(query); i++) {
        const char *name = lab_query_parameter(query, i);
        if (!name || *name == '?')
            return lab_fail(err, LAB_ERR_CONFIG, "a parameter needs a name: write :width, not ?");
        const char *value = value_of(name + 1, arguments, count);
        if (!value)
            return lab_fail(err, LAB_ERR_CONFIG,
                            "the query has a parameter %s: give it as %s=VALUE behind the query",
                            name, name + 1);
        bind(query, name, value);
    }
    for (int i = 0; status == LAB_OK && i < count; i++)
        status = argument_check(query, arguments[i], err);
    return status;
}

/* ---- statements ---- */

static lab_status print_rows(lab_session *session, lab_query *query, lab_error *err)
{
    lab_table table = {0};
    bool more = false;
    lab_ledger_limit(session->ledger, session->seconds);
    lab_status status = lab_cli_rows(query, session->rows, &table, &more, err);
    if (status == LAB_OK && table.columns > 0) lab_table_print(&table, session->form, stdout);
    if (status == LAB_OK && more) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "patchlaw: there are more rows than these %d; --rows 0 prints all\n",
                      session->rows);
        session->cut = true;
    }
    lab_table_finish(&table);
    return status;
}

static lab_status statement(lab_session *session, const char *text, char *const *arguments,
                            int count, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open_text(&query, session->ledger, text, err);
    if (status == LAB_ERR_CONFIG) lab_names_hint(session->ledger, text, err);
    if (status == LAB_OK) status = bind_all(query, arguments, count, err);
    if (status == LAB_OK) status = print_rows(session, query, err);
    lab_query_close(&query);
    return status;
}

/* ---- dot commands ---- */

static const char *const forms[] = {"table", "csv", "json", "markdown"}; /* as in lab_form */

static lab_status set_form(lab_session *session, const char *word, lab_error *err)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i], word) == 0) {
            session->form = (lab_form)i;
            return LAB_OK;
        }
    return lab_fail(err, LAB_ERR_CONFIG, ".mode table, csv, json or markdown");
}

static void help(void)
{
    (void)printf(
        ".schema [NAME]   columns, types and meaning of a table or view, or of all\n"
        ".tables          tables and views, and what a row of each is\n"
        ".queries         saved queries; NAME [width=64 ...] runs one\n"
        ".mode FORM       table, csv, json or markdown\n"
        ".help            this list\n"
        ".quit            end\n\n"
        "Statements end with a semicolon. Besides SQLite's functions there are corr(x, y),\n"
        "spearman(x, y), kendall(x, y), partial_corr(x, y, z), rank_partial(x, y, z),\n"
        "slope(x, y), power_law(x, y), quantile(x, p), mean_ci(x [, level]),\n"
        "bootstrap_ci(x [, level]) and welch(x, which).\n");
}

static lab_status command(lab_session *session, const char *name, const char *argument,
                          lab_error *err)
{
    if (strcmp(name, ".schema") == 0)
        return lab_schema_print(session->ledger, argument, session->form, err);
    if (strcmp(name, ".tables") == 0) return lab_schema_list(session->ledger, session->form, err);
    if (strcmp(name, ".queries") == 0) return lab_saved_list(session->ledger, session->form, err);
    if (strcmp(name, ".mode") == 0) return set_form(session, argument ? argument : "", err);
    if (strcmp(name, ".quit") == 0 || strcmp(name, ".exit") == 0) {
        session->quit = true;
        return LAB_OK;
    }
    if (strcmp(name, ".help") == 0) {
        help();
        return LAB_OK;
    }
    return lab_fail(err, LAB_ERR_CONFIG, "'%.80s' is no command; .help lists them", name);
}

lab_status lab_session_answer(lab_session *session, const char *query, char *const *arguments,
                              int count, lab_error *err)
{
    lab_text saved = {0};
    lab_status status;
    lab_ledger_limit(session->ledger, session->seconds);
    if (*query == '.') return command(session, query, count > 0 ? arguments[0] : NULL, err);
    if (strpbrk(query, " \t\r\n();")) return statement(session, query, arguments, count, err);
    status = lab_saved_find(session->ledger, query, &saved, err);
    if (status == LAB_OK) status = statement(session, lab_text_of(&saved), arguments, count, err);
    lab_text_finish(&saved);
    return status;
}

/* ---- lines ---- */

enum { ARGUMENTS_MAX = 32 };

/* A dot command, or the name of a saved query and its parameters, cut at blanks. */
static lab_status one_line(lab_session *session, char *line, lab_error *err)
{
    char *words[ARGUMENTS_MAX] = {NULL};
    int count = 0;
    for (char *end = line + strlen(line); end > line && strchr(" \t\r;", end[-1]);) *--end = 0;
    for (char *c = line; *c && count < ARGUMENTS_MAX;) {
        while (isspace((unsigned char)*c)) *c++ = 0;
        if (*c) words[count++] = c;
        while (*c && !isspace((unsigned char)*c)) c++;
    }
    if (count == 0) return LAB_OK;
    return lab_session_answer(session, words[0], words + 1, count - 1, err);
}

/* Whether the line is whole without a semicolon. */
static bool stands_alone(const lab_session *session, const char *line)
{
    char word[LAB_NEAREST_BYTES];
    lab_text text = {0};
    lab_error ignored;
    const char *start = line + strspn(line, " \t");
    if (*start == '.') return true;
    (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(start, " \t\r;"), start);
    bool saved = *word && lab_saved_find(session->ledger, word, &text, &ignored) == LAB_OK;
    lab_text_finish(&text);
    return saved;
}

/* Whether there is nothing but blanks, semicolons and comments. */
static bool is_blank(const char *text)
{
    const char *end = NULL;
    for (text += strspn(text, " \t\r\n;"); *text; text += strspn(text, " \t\r\n;")) {
        if (strncmp(text, "--", 2) == 0)
            text += strcspn(text, "\n");
        else if (strncmp(text, "/*", 2) == 0 && (end = strstr(text + 2, "*/")))
            text = end + 2;
        else
            return false;
    }
    return true;
}

lab_status lab_session_line(lab_session *session, lab_text *pending, const char *line,
                            lab_error *err)
{
    lab_text part = {0}, rest = {0};
    lab_status status = LAB_OK;
    isize bytes = 0;
    lab_ledger_limit(session->ledger,
                     session->seconds); /* what came before may have run out of it */
    if (pending->length == 0 && !is_blank(line) && stands_alone(session, line)) {
        lab_text_put(&part, line);
        status = one_line(session, part.data, err);
        lab_text_finish(&part);
        return status;
    }
    if (pending->length == 0 && is_blank(line)) return LAB_OK;
    lab_text_put(pending, line);
    lab_text_put(pending, "\n");
    while (status == LAB_OK && (bytes = lab_query_statement(lab_text_of(pending))) > 0) {
        lab_text_clear(&part);
        lab_text_clear(&rest);
        lab_text_bytes(&part, pending->data, bytes);
        lab_text_put(&rest, pending->data + bytes);
        lab_text_clear(pending);
        lab_text_put(pending, lab_text_of(&rest));
        if (!is_blank(lab_text_of(&part)))
            status = statement(session, lab_text_of(&part), NULL, 0, err);
    }
    if (status != LAB_OK || is_blank(lab_text_of(pending))) lab_text_clear(pending);
    lab_text_finish(&part);
    lab_text_finish(&rest);
    return status;
}

lab_status lab_session_end(lab_session *session, lab_text *pending, lab_error *err)
{
    if (is_blank(lab_text_of(pending))) return LAB_OK;
    return statement(session, lab_text_of(pending), NULL, 0, err);
}
