/* patchlaw doctor: the ledger's checks, each of which must find nothing. */
#include "base/embedded.h"
#include "cli/cli.h"
#include "upkeep/health.h"
#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Checks the ledger: SQLite's own integrity check, its schema, every query of sql/checks, the "
    "processes that it believes in, and the files that it names. Changes nothing."
    "\vWhat each check found stands under its name, with the cure. Files are compared by size, "
    "with "
    "--deep by SHA-256, which reads all of them.\n\n"
    "Examples:\n"
    "  patchlaw doctor --ledger runs/ledger.db\n"
    "  patchlaw doctor --deep\n"
    "  patchlaw doctor --json\n\n"
    "Exit codes: 0 nothing found; 1 something found.";

enum { KEY_JSON = 0x400, KEY_DEEP };
static const struct argp_option options[] = {
    {"deep", KEY_DEEP, NULL, 0, "Read every file that the ledger names, and compare its SHA-256",
     0},
    {"json", KEY_JSON, NULL, 0, "Print JSON: an object with the rows that each check found", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    bool deep;
    int checks, found;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        return 0;
    case KEY_DEEP:
        p->deep = true;
        return 0;
    case KEY_JSON:
        p->common.form = LAB_FORM_JSON;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What a check found, under its name or the words that say what it is. */
static void print(parsed *p, const char *name, const char *words, const lab_table *table)
{
    bool json = p->common.form == LAB_FORM_JSON;
    if (json) (void)printf("%s\"%s\": ", p->checks == 0 ? "{" : ", ", name);
    if (!json && table->count > 0) (void)printf("%.*s\n", (int)strcspn(words, "\n"), words);
    if (json || table->count > 0) lab_table_print(table, p->common.form, stdout);
    p->checks++;
    p->found += table->count > 0;
}

static lab_status check_query(parsed *p, lab_ledger *ledger, const lab_embedded *file,
                              lab_error *err)
{
    lab_query *query = NULL;
    lab_table table = {0};
    bool more = false;
    lab_status status = lab_query_open(&query, ledger, file->kind, file->name, err);
    if (status == LAB_OK) status = lab_cli_rows(query, 0, &table, &more, err);
    if (status == LAB_OK) print(p, file->name, file->text, &table);
    lab_table_finish(&table);
    lab_query_close(&query);
    return status;
}

static lab_status check_files(lab_table *table, lab_ledger *ledger, lab_error *err)
{
    return lab_health_files(table, ledger, false, err);
}

static lab_status check_files_deep(lab_table *table, lab_ledger *ledger, lab_error *err)
{
    return lab_health_files(table, ledger, true, err);
}

static lab_status check_health(parsed *p, lab_ledger *ledger, lab_error *err)
{
    const struct {
        const char *name, *words;
        lab_status (*look)(lab_table *table, lab_ledger *ledger, lab_error *err);
    } looks[] = {
        {"schema",
         "-- schema: not as this program's migrations make it; cure: patchlaw merge it into a new "
         "ledger, --ledger NEW.db.",
         lab_health_schema},
        {"stale",
         "-- stale: said to run, but its process is gone; cure: call the sweep again, it goes on.",
         lab_health_stale},
        {"files",
         "-- files: not as the ledger knows them; cure: patchlaw merge --copy-artifacts from a "
         "ledger that has them, or run the sweep again.",
         p->deep ? check_files_deep : check_files},
        {"folders", "-- folders: of runs that the ledger does not know; cure: patchlaw gc.",
         lab_health_folders},
    };
    lab_status status = LAB_OK;
    for (size_t i = 0; status == LAB_OK && i < sizeof looks / sizeof *looks; i++) {
        lab_table table = {0};
        status = looks[i].look(&table, ledger, err);
        if (status == LAB_OK) print(p, looks[i].name, looks[i].words, &table);
        lab_table_finish(&table);
    }
    return status;
}

int lab_cmd_doctor(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    bool json = p.common.form == LAB_FORM_JSON;
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    for (const lab_embedded *file = lab_sql; status == LAB_OK && file->kind; file++)
        if (strcmp(file->kind, "checks") == 0) status = check_query(&p, ledger, file, &err);
    if (status == LAB_OK) status = check_health(&p, ledger, &err);
    if (json && p.checks > 0) (void)printf("}\n");
    lab_ledger_close(&ledger);
    if (status != LAB_OK) return lab_cli_fail(status, &err);
    if (!json) (void)printf("%d checks, %d of them found something\n", p.checks, p.found);
    return p.found > 0 ? LAB_EXIT_FAILED : LAB_EXIT_DONE;
}
