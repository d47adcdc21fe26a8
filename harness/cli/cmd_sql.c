/* patchlaw sql: read-only SQL, and saved queries. */
#include "base/embedded.h"
#include "base/text.h"
#include "cli/cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char doc[] =
    "Runs one SQL statement on the ledger, or a saved query by its name. Nothing can be written."
    "\vThe views to ask: runs, curves, final_loss, probe_layers, best_layer, scaling_points, "
    "loss_vs_accuracy, ablation, sweep_progress, excluded_runs, blocked_probes, bench, "
    "bench_vs_peer, bench_change. The same file answers plain sqlite3.\n\n"
    "Examples:\n"
    "  patchlaw sql --list\n"
    "  patchlaw sql best_layer\n"
    "  patchlaw sql 'SELECT run, depth, loss FROM runs WHERE width = 64 ORDER BY loss'\n"
    "  patchlaw sql scaling --csv > scaling.csv";

enum { KEY_LIST = 'l', KEY_ROWS = 'n', KEY_SECONDS = 0x300, KEY_SHOW, ROWS_DEFAULT = 1000 };
static const char saved_prefix[] = "saved_";

static const struct argp_option options[] = {
    {"list", KEY_LIST, NULL, 0, "List the saved queries", 0},
    {"show", KEY_SHOW, NULL, 0, "Print the text of the saved query instead of running it", 0},
    {"rows", KEY_ROWS, "N", 0, "Print N rows at most (default 1000; 0 prints all)", 0},
    {"seconds", KEY_SECONDS, "S", 0, "Give up after S seconds (default 30; 0 never)", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    const char *query;
    int rows, seconds;
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
    case KEY_ROWS:
        p->rows = lab_cli_int(state, "--rows", text, 0, 1000000000);
        return 0;
    case KEY_SECONDS:
        p->seconds = lab_cli_int(state, "--seconds", text, 0, 1000000);
        return 0;
    case ARGP_KEY_ARG:
        if (p->query) argp_error(state, "one query at a time: put it into quotes");
        p->query = text;
        return 0;
    case ARGP_KEY_END:
        if (!p->query) p->list = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A saved query begins "-- name: what it is for." */
static int print_list(lab_form form)
{
    lab_table table = {0};
    lab_table_column(&table, "name");
    lab_table_column(&table, "what");
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        if (strncmp(file->name, saved_prefix, sizeof saved_prefix - 1) != 0) continue;
        const char *what = strchr(file->text, ':');
        char line[256];
        what = what ? what + 1 + strspn(what + 1, " ") : file->text;
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(what, "\n"), what);
        lab_table_text(&table, file->name + sizeof saved_prefix - 1);
        lab_table_text(&table, line);
    }
    lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
    return LAB_EXIT_DONE;
}

/* A word is the name of a saved query; anything with a space is SQL. */
static lab_status find_text(const char *query, const char **sql, lab_error *err)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s%s", saved_prefix, query);
    const lab_embedded *saved = lab_embedded_find(lab_sql, "queries", name);
    *sql = saved ? saved->text : query;
    if (saved || strpbrk(query, " \t\n")) return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG, "'%s' is no saved query; patchlaw sql --list lists them",
                    query);
}

static lab_status answer(const parsed *p, const char *sql, lab_error *err)
{
    lab_ledger *ledger = NULL;
    lab_query *query = NULL;
    lab_table table = {0};
    bool more = false;
    lab_status status = lab_ledger_open(&ledger, p->common.ledger, LAB_LEDGER_READ, err);
    if (status == LAB_OK) status = lab_query_open_text(&query, ledger, sql, err);
    if (status == LAB_OK) {
        lab_ledger_limit(ledger, p->seconds);
        status = lab_cli_rows(query, p->rows, &table, &more, err);
    }
    if (status == LAB_OK && table.columns > 0) lab_table_print(&table, p->common.form, stdout);
    if (status == LAB_OK && more)
        (void)fprintf(stderr, "patchlaw: there are more rows than these %d; --rows 0 prints all\n",
                      p->rows);
    lab_table_finish(&table);
    lab_query_close(&query);
    lab_ledger_close(&ledger);
    return status;
}

int lab_cmd_sql(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "[QUERY | NAME]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(), .rows = ROWS_DEFAULT, .seconds = 30};
    lab_error err;
    const char *sql = NULL;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    if (p.list) return print_list(p.common.form);
    lab_status status = find_text(p.query, &sql, &err);
    if (status == LAB_OK && p.show)
        (void)printf("%s", sql);
    else if (status == LAB_OK)
        status = answer(&p, sql, &err);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
