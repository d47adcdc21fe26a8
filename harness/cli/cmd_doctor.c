/* patchlaw doctor: the ledger's checks, each a query that must return no row. */
#include "base/embedded.h"
#include "cli/cli.h"
#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Checks the ledger against itself: SQLite's own integrity check, and every "
    "query of sql/checks, each of which must find nothing."
    "\vExample:\n"
    "  patchlaw doctor --ledger runs/ledger.db\n\n"
    "Exit codes: 0 nothing found; 1 something found.";

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    (void)text;
    if (key != ARGP_KEY_INIT) return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

static lab_status check(lab_ledger *ledger, const lab_embedded *file, int *found, lab_error *err)
{
    lab_query *query = NULL;
    lab_table table = {0};
    bool more = false;
    lab_status status = lab_query_open(&query, ledger, file->kind, file->name, err);
    if (status == LAB_OK) status = lab_cli_rows(query, 0, &table, &more, err);
    if (status == LAB_OK && table.count > 0) {
        int bytes = (int)strcspn(file->text, "\n");
        (void)printf("%.*s\n", bytes, file->text);
        lab_table_print(&table, LAB_FORM_TABLE, stdout);
        (*found)++;
    }
    lab_table_finish(&table);
    lab_query_close(&query);
    return status;
}

int lab_cmd_doctor(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {0, parse_option, "", doc, children, 0, 0};
    lab_cli_common common = lab_cli_defaults();
    lab_ledger *ledger = NULL;
    lab_error err;
    int checks = 0, found = 0;
    if (argp_parse(&argp, argc, argv, 0, NULL, &common) != 0) return LAB_EXIT_USAGE;
    lab_cli_reap(common.ledger);
    lab_status status = lab_ledger_open(&ledger, common.ledger, LAB_LEDGER_READ, &err);
    for (const lab_embedded *file = lab_sql; status == LAB_OK && file->kind; file++) {
        if (strcmp(file->kind, "checks") != 0) continue;
        status = check(ledger, file, &found, &err);
        checks++;
    }
    lab_ledger_close(&ledger);
    if (status != LAB_OK) return lab_cli_fail(status, &err);
    (void)printf("%d checks, %d of them found something\n", checks, found);
    return found > 0 ? LAB_EXIT_FAILED : LAB_EXIT_DONE;
}
