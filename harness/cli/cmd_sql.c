/* patchlaw sql: read-only SQL, saved queries, the schema; one answer, a script, or a prompt. */
#include "base/file.h"
#include "cli/cli.h"
#include "cli/sql.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Runs one SQL statement on the ledger, or a saved query by its name. Nothing can be written. "
    "Parameters of a query, like :width, are given behind it as width=64; 007, 123456789e12 (12 "
    "hex digits name a run) and a value 'in quotes' are text. Without a query it is a prompt on a "
    "terminal, and else reads statements from standard input.\v"
    "What to ask: patchlaw sql .tables and .schema [NAME] tell. Besides SQLite's functions there "
    "are corr(x, y), spearman(x, y), kendall(x, y), partial_corr(x, y, z), rank_partial(x, y, z), "
    "slope(x, y), power_law(x, y), quantile(x, p), mean_ci(x [, level]), bootstrap_ci(x [, level]) "
    "and welch(x, which). The same file answers plain sqlite3, which gets them by .load "
    "lib/patchlaw/patchlaw_sql.so.\n\n"
    "Examples:\n"
    "  patchlaw sql\n"
    "  patchlaw sql .schema runs\n"
    "  patchlaw sql --list\n"
    "  patchlaw sql best_layer\n"
    "  patchlaw sql 'SELECT run, loss FROM runs WHERE width = :w' w=64\n"
    "  patchlaw sql --save narrow 'SELECT run FROM runs WHERE width <= :w'\n"
    "  patchlaw sql narrow w=64 --json\n"
    "  patchlaw sql scaling --csv > scaling.csv\n\n"
    "Exit codes: 0 done; 1 there were more rows than the 1000 that are printed without --rows, "
    "and stderr says so; 2 bad query; 3 out of time, or the ledger cannot be read.";

enum { KEY_LIST = 'l', KEY_ROWS = 'n', KEY_SECONDS = 0x300, KEY_SHOW, KEY_SAVE, KEY_DELETE };
enum { ROWS_DEFAULT = 1000, SECONDS_DEFAULT = 30, WORDS_MAX = 64, SCRIPT_MIB_MAX = 64 };

static const struct argp_option options[] = {
    {"list", KEY_LIST, NULL, 0, "List the saved queries", 0},
    {"show", KEY_SHOW, NULL, 0, "Print the text of the saved query instead of running it", 0},
    {"save", KEY_SAVE, "NAME", 0,
     "Keep the query in the ledger under NAME, in place of another of yours; a comment in its "
     "first line says what it is for. Without a query it comes from standard input",
     0},
    {"delete", KEY_DELETE, "NAME", 0, "Delete the query that was kept under NAME", 0},
    {"rows", KEY_ROWS, "N", 0, "Print N rows at most (default 1000; 0 prints all)", 0},
    {"seconds", KEY_SECONDS, "S", 0, "Give up after S seconds (default 30; 0 never)", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    const char *save, *forget;
    char *words[WORDS_MAX]; /* the query, and what stands behind it */
    int count, rows, seconds;
    bool list, show;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_LIST:
        p->list = true;
        return 0;
    case KEY_SHOW:
        p->show = true;
        return 0;
    case KEY_SAVE:
        p->save = text;
        return 0;
    case KEY_DELETE:
        p->forget = text;
        return 0;
    case KEY_ROWS:
        p->rows = lab_cli_int(state, "--rows", text, 0, 1000000000);
        return 0;
    case KEY_SECONDS:
        p->seconds = lab_cli_int(state, "--seconds", text, 0, 1000000);
        return 0;
    case ARGP_KEY_ARG:
        if (p->count == WORDS_MAX) argp_error(state, "more than %d parameters", WORDS_MAX - 1);
        p->words[p->count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (p->show && p->count == 0) argp_error(state, "--show which query?");
        if (p->save && p->count > 1) argp_error(state, "--save takes one query, in quotes");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* An empty ledger in memory has the schema, and answers what needs no rows. */
static lab_status open_ledger(lab_ledger **ledger, const char *path, lab_error *err)
{
    lab_ledger_mode mode = strcmp(path, ":memory:") == 0 ? LAB_LEDGER_MEMORY : LAB_LEDGER_READ;
    return lab_ledger_open(ledger, path, mode, err);
}

static lab_status script(lab_session *session, lab_error *err)
{
    lab_text text = {0}, line = {0}, pending = {0};
    lab_status status = lab_file_read_stream(&text, stdin, "standard input", SCRIPT_MIB_MAX, err);
    for (const char *c = lab_text_of(&text); status == LAB_OK && !session->quit && *c;) {
        size_t bytes = strcspn(c, "\n");
        lab_text_clear(&line);
        lab_text_bytes(&line, c, (isize)bytes);
        c += bytes + (c[bytes] == '\n');
        status = lab_session_line(session, &pending, lab_text_of(&line), err);
    }
    if (status == LAB_OK && !session->quit) status = lab_session_end(session, &pending, err);
    lab_text_finish(&text);
    lab_text_finish(&line);
    lab_text_finish(&pending);
    return status;
}

/* *cut: rows were left out, and nobody had asked for that. */
static lab_status answer(parsed *p, bool *cut, lab_error *err)
{
    lab_session session = {.form = p->common.form,
                           .rows = p->rows < 0 ? ROWS_DEFAULT : p->rows,
                           .seconds = p->seconds};
    lab_text saved = {0};
    lab_status status = open_ledger(&session.ledger, p->common.ledger, err);
    if (status == LAB_OK && p->show) {
        status = lab_saved_find(session.ledger, p->words[0], &saved, err);
        (void)printf("%s%s", lab_text_of(&saved),
                     saved.length > 0 && saved.data[saved.length - 1] != '\n' ? "\n" : "");
    } else if (status == LAB_OK && p->list)
        status = lab_saved_list(session.ledger, session.form, err);
    else if (status == LAB_OK && p->count > 0)
        status = lab_session_answer(&session, p->words[0], p->words + 1, p->count - 1, err);
    else if (status == LAB_OK && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        lab_session_prompt(&session);
    else if (status == LAB_OK)
        status = script(&session, err);
    *cut = session.cut && p->rows < 0;
    lab_text_finish(&saved);
    lab_ledger_close(&session.ledger);
    return status;
}

static lab_status save(const parsed *p, lab_error *err)
{
    lab_text text = {0};
    lab_status status = LAB_OK;
    if (p->count > 0)
        lab_text_put(&text, p->words[0]);
    else
        status = lab_file_read_stream(&text, stdin, "standard input", SCRIPT_MIB_MAX, err);
    if (status == LAB_OK)
        status = lab_saved_add(p->common.ledger, p->save, lab_text_of(&text), err);
    lab_text_finish(&text);
    return status;
}

int lab_cmd_sql(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        options, parse_option, "[QUERY | NAME [PARAMETER=VALUE ...]]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(), .rows = -1, .seconds = SECONDS_DEFAULT};
    lab_error err;
    lab_status status;
    bool cut = false;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    if (p.save)
        status = save(&p, &err);
    else if (p.forget)
        status = lab_saved_delete(p.common.ledger, p.forget, &err);
    else if (p.list && access(p.common.ledger, F_OK) != 0)
        status = lab_saved_list(NULL, p.common.form, &err);
    else
        status = answer(&p, &cut, &err);
    if (status != LAB_OK) return lab_cli_fail(status, &err);
    return cut ? LAB_EXIT_FAILED : LAB_EXIT_DONE;
}
