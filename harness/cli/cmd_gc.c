/* patchlaw gc: what no run needs. */
#include "base/text.h"
#include "cli/cli.h"
#include "upkeep/garbage.h"
#include <stdio.h>

static const char doc[] =
    "Removes what no run needs from the ledger's folder, and free space from the ledger."
    "\vThat is: folders of runs that the ledger does not know; files *.partial that were written "
    "more than an hour ago; backups before a migration, beyond the newest three; pages of the "
    "ledger that hold nothing. Never: what the ledger names, a folder in which an engine works or "
    "of a spool, "
    "what a link points to, and folders of runs where another ledger lies in the same folder. "
    "A run's folder is shared by its attempts, so one that failed leaves nothing to remove: its "
    "checkpoint is where the next goes on.\n\n"
    "Examples:\n"
    "  patchlaw gc --dry-run\n"
    "  patchlaw gc --ledger runs/ledger.db --json";

enum { KEY_DRY = 'n' };
static const struct argp_option options[] = {
    {"dry-run", KEY_DRY, NULL, 0, "Only tell what would go, and how many bytes", 0}, {0}};

typedef struct {
    lab_cli_common common;
    bool dry_run;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_DRY:
        p->dry_run = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void add_row(lab_table *table, const char *path, const char *what, int64_t bytes,
                    const char *state)
{
    lab_table_text(table, path);
    lab_table_text(table, what);
    lab_table_int(table, bytes);
    lab_table_text(table, state);
}

static lab_status free_bytes(lab_ledger *ledger, int64_t *bytes, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *bytes = 0;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_free", err);
    if (status == LAB_OK) status = lab_query_step(query, &row, err);
    if (status == LAB_OK && row) *bytes = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

static lab_status shrink(lab_table *table, lab_ledger *ledger, bool dry_run, lab_error *err)
{
    lab_query *query = NULL;
    int64_t bytes = 0;
    lab_status status = free_bytes(ledger, &bytes, err);
    if (status != LAB_OK || bytes == 0) return status;
    if (!dry_run) status = lab_query_open(&query, ledger, "queries", "ledger_vacuum", err);
    if (status == LAB_OK && !dry_run) status = lab_query_run(query, err);
    lab_query_close(&query);
    if (status == LAB_OK)
        add_row(table, lab_ledger_path(ledger), "free space in the ledger", bytes,
                dry_run ? "would go" : "removed");
    return status;
}

static lab_status remove_all(lab_table *table, lab_ledger *ledger, const lab_garbage *garbage,
                             bool dry_run, lab_error *err)
{
    static const char *const words[] = {[LAB_GARBAGE_FOLDER] = "folder of no run",
                                        [LAB_GARBAGE_PARTIAL] = "file that was never finished",
                                        [LAB_GARBAGE_BACKUP] = "old backup before a migration"};
    lab_status status = LAB_OK;
    for (isize i = 0; status == LAB_OK && i < garbage->count; i++) {
        const lab_garbage_item *item = &garbage->items[i];
        bool removed = false;
        if (!dry_run) status = lab_garbage_remove(item, ledger, &removed, err);
        if (status == LAB_OK)
            add_row(table, item->path, words[item->kind], item->bytes,
                    dry_run   ? "would go"
                    : removed ? "removed"
                              : "in use by now");
    }
    return status;
}

int lab_cmd_gc(int argc, char **argv)
{
    static const char *const names[] = {"path", "what", "bytes", "state"};
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_garbage garbage = {0};
    lab_table table = {0};
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) lab_table_column(&table, names[i]);
    /* Nothing is made where there is no ledger: a reader first. */
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    if (status == LAB_OK && !p.dry_run) {
        lab_ledger_close(&ledger);
        status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_WRITE, &err);
    }
    if (status == LAB_OK) status = lab_garbage_find(&garbage, ledger, &err);
    if (status == LAB_OK && garbage.shared)
        (void)fprintf(stderr,
                      "patchlaw: %s is a ledger, too: folders of runs that this one does not "
                      "know may be its, and stay\n",
                      garbage.shared);
    if (status == LAB_OK) status = remove_all(&table, ledger, &garbage, p.dry_run, &err);
    if (status == LAB_OK) status = shrink(&table, ledger, p.dry_run, &err);
    if (status == LAB_OK || table.count > 0) lab_table_print(&table, p.common.form, stdout);
    lab_table_finish(&table);
    lab_garbage_finish(&garbage);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
