/* patchlaw doctor: the ledger's checks, each a query that must return no row. */
#include "base/embedded.h"
#include "cli/cli.h"
#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Checks the ledger against itself: SQLite's own integrity check, and every "
    "query of sql/checks, each of which must find nothing."
    "\vExamples:\n"
    "  patchlaw doctor --ledger runs/ledger.db\n"
    "  patchlaw doctor --json\n\n"
    "Exit codes: 0 nothing found; 1 something found.";

enum { KEY_JSON = 0x400 };
static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "Print JSON: an object with the rows that each check found", 0},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    lab_cli_common *common = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = common;
        return 0;
    case KEY_JSON:
        common->form = LAB_FORM_JSON;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static lab_status check(lab_ledger *ledger, const lab_embedded *file, lab_form form, int *found,
                        lab_error *err)
{
    lab_query *query = NULL;
    lab_table table = {0};
    bool more = false;
    lab_status status = lab_query_open(&query, ledger, file->kind, file->name, err);
    if (status == LAB_OK) status = lab_cli_rows(query, 0, &table, &more, err);
    if (status == LAB_OK && (table.count > 0 || form == LAB_FORM_JSON)) {
        int bytes = (int)strcspn(file->text, "\n");
        if (form == LAB_FORM_JSON)
            (void)printf("\"%s\": ", file->name);
        else
            (void)printf("%.*s\n", bytes, file->text);
        lab_table_print(&table, form, stdout);
    }
    *found += table.count > 0;
    lab_table_finish(&table);
    lab_query_close(&query);
    return status;
}

int lab_cmd_doctor(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "", doc, children, 0, 0};
    lab_cli_common common = lab_cli_defaults();
    lab_ledger *ledger = NULL;
    lab_error err;
    int checks = 0, found = 0;
    if (argp_parse(&argp, argc, argv, 0, NULL, &common) != 0) return LAB_EXIT_USAGE;
    bool json = common.form == LAB_FORM_JSON;
    lab_cli_reap(common.ledger);
    lab_status status = lab_ledger_open(&ledger, common.ledger, LAB_LEDGER_READ, &err);
    for (const lab_embedded *file = lab_sql; status == LAB_OK && file->kind; file++) {
        if (strcmp(file->kind, "checks") != 0) continue;
        if (json) (void)printf(checks == 0 ? "{" : ", ");
        status = check(ledger, file, common.form, &found, &err);
        checks++;
    }
    if (json && checks > 0) (void)printf("}\n");
    lab_ledger_close(&ledger);
    if (status != LAB_OK) return lab_cli_fail(status, &err);
    if (!json) (void)printf("%d checks, %d of them found something\n", checks, found);
    return found > 0 ? LAB_EXIT_FAILED : LAB_EXIT_DONE;
}
