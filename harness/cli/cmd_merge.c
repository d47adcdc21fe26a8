/* patchlaw merge: other ledgers into this one. */
#include "cli/cli.h"
#include "move/merge.h"
#include <stdio.h>
#include <sys/stat.h>

static const char doc[] =
    "Takes the sweeps, runs and measurements of other ledgers into this one, each in one "
    "transaction. The others are only read, and may be of an older schema."
    "\vSweeps and runs are known by their hashes, attempts by their UUID: merging the same again "
    "changes nothing, and which of two ledgers takes the other does not matter, but for conflicts. "
    "A run that is done in one ledger and not in the other is done; of one that is done in "
    "neither, the points that came further stay. One that is done in both, with other points, "
    "probe results or another checkpoint, is a conflict: it is reported, and this ledger's stays; "
    "but an attempt that one of them knows as superseded gives way to the later one.\n\n"
    "Examples:\n"
    "  patchlaw merge /mnt/node1/ledger.db /mnt/node2/ledger.db\n"
    "  patchlaw merge other.db --dry-run\n"
    "  patchlaw merge other/ledger.db --copy-artifacts --ledger all/ledger.db\n\n"
    "Exit codes: 0 merged; 1 merged but for conflicts, or files that could not be copied.";

enum { KEY_DRY = 'n', KEY_COPY = 0x300, KEY_JSON };
static const struct argp_option options[] = {
    {"dry-run", KEY_DRY, NULL, 0, "Only tell what would come, from each ledger alone", 0},
    {"copy-artifacts", KEY_COPY, NULL, 0,
     "Copy the folders of runs, too, with their checkpoints (by SHA-256)", 0},
    {"json", KEY_JSON, NULL, 0, "Print JSON: an object with ledgers, conflicts and troubles", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    lab_merge_wish wish;
    char **others; /* borrowed from argv */
    int count;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        return 0;
    case KEY_DRY:
        p->wish.dry_run = true;
        return 0;
    case KEY_COPY:
        p->wish.copy = true;
        return 0;
    case KEY_JSON:
        p->common.form = LAB_FORM_JSON;
        return 0;
    case ARGP_KEY_ARGS:
        p->others = state->argv + state->next;
        p->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name a ledger to take: patchlaw merge OTHER.db");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static lab_status refuse_itself(const parsed *p, lab_error *err)
{
    struct stat ours, theirs;
    for (int i = 0; i < p->count; i++)
        if (stat(p->common.ledger, &ours) == 0 && stat(p->others[i], &theirs) == 0 &&
            ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
            return lab_fail(err, LAB_ERR_CONFIG,
                            "%s: is the ledger that would take it; name "
                            "another, or another target with --ledger",
                            p->others[i]);
    return LAB_OK;
}

static void add_row(lab_table *table, const char *other, const lab_merged *m)
{
    lab_table_text(table, other);
    lab_table_int(table, m->sweeps);
    lab_table_int(table, m->cells);
    lab_table_int(table, m->attempts);
    lab_table_int(table, m->facts);
    lab_table_int(table, m->bench_files);
    lab_table_int(table, m->conflicts);
    lab_table_int(table, m->folders);
}

static void print(const lab_table *ledgers, const lab_table *conflicts, const lab_table *troubles,
                  lab_form form)
{
    bool json = form == LAB_FORM_JSON;
    if (json) (void)printf("{\"ledgers\": ");
    lab_table_print(ledgers, form, stdout);
    if (json) (void)printf(", \"conflicts\": ");
    if (!json && conflicts->count > 0)
        (void)printf("\nDone in both ledgers, but not equal; what was here stays:\n");
    if (json || conflicts->count > 0) lab_table_print(conflicts, form, stdout);
    if (json) (void)printf(", \"troubles\": ");
    if (!json && troubles->count > 0) (void)printf("\nNot copied:\n");
    if (json || troubles->count > 0) lab_table_print(troubles, form, stdout);
    if (json) (void)printf("}\n");
}

int lab_cmd_merge(int argc, char **argv)
{
    static const char *const names[] = {"ledger", "sweeps",      "runs",      "attempts",
                                        "facts",  "bench_files", "conflicts", "folders"};
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "OTHER...", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_table ledgers = {0}, conflicts = {0}, troubles = {0};
    lab_error err;
    bool good = true;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) lab_table_column(&ledgers, names[i]);
    lab_merge_columns(&conflicts);
    lab_table_column(&troubles, "trouble");
    lab_status status = refuse_itself(&p, &err);
    if (status == LAB_OK)
        status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_WRITE, &err);
    for (int i = 0; status == LAB_OK && i < p.count; i++) {
        lab_merged merged;
        p.wish.other = p.others[i];
        status = lab_merge(ledger, &p.wish, &merged, &conflicts, &troubles, &err);
        if (status != LAB_OK) break;
        add_row(&ledgers, p.others[i], &merged);
        good = good && merged.conflicts == 0 && merged.troubles == 0;
    }
    if (status == LAB_OK || ledgers.count > 0)
        print(&ledgers, &conflicts, &troubles, p.common.form);
    lab_table_finish(&ledgers);
    lab_table_finish(&conflicts);
    lab_table_finish(&troubles);
    lab_ledger_close(&ledger);
    if (status != LAB_OK) return lab_cli_fail(status, &err);
    return good ? LAB_EXIT_DONE : LAB_EXIT_FAILED;
}
