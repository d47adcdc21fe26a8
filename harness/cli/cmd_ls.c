/* patchlaw ls: runs. */
#include "cli/cli.h"
#include <stdio.h>

static const char doc[] = "Lists runs."
                          "\vExamples:\n"
                          "  patchlaw ls\n"
                          "  patchlaw ls --state failed\n"
                          "  patchlaw ls --sweep demo --task pretrain --csv\n"
                          "For any other question: patchlaw sql 'SELECT * FROM runs WHERE ...'";

enum { KEY_STATE = 's', KEY_TASK = 't', KEY_SWEEP = 0x300 };
static const struct argp_option options[] = {
    {"state", KEY_STATE, "STATE", 0,
     "Only queued, running, done, stopped, diverged, failed, killed, orphaned or superseded", 0},
    {"task", KEY_TASK, "TASK", 0, "Only pretrain, probe or external", 0},
    {"sweep", KEY_SWEEP, "NAME", 0, "Only the runs of this sweep", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    const char *state, *task, *sweep;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_STATE:
        p->state = text;
        return 0;
    case KEY_TASK:
        p->task = text;
        return 0;
    case KEY_SWEEP:
        p->sweep = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int lab_cmd_ls(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_query *query = NULL;
    lab_table table = {0};
    lab_error err;
    bool more = false;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    lab_cli_reap(p.common.ledger);
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    if (status == LAB_OK) status = lab_query_open(&query, ledger, "queries", "show_list", &err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":state", p.state);
        lab_query_bind_text(query, ":task", p.task);
        lab_query_bind_text(query, ":sweep", p.sweep);
        status = lab_cli_rows(query, 0, &table, &more, &err);
    }
    if (status == LAB_OK) lab_table_print(&table, p.common.form, stdout);
    lab_table_finish(&table);
    lab_query_close(&query);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
