/* patchlaw import: what others measured, into the ledger. */
#include "base/file.h"
#include "cli/cli.h"
#include "import/bench.h"
#include "import/spool.h"
#include "import/tensorboard.h"
#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Takes files that other programs wrote into the ledger."
    "\vKIND tells what the files are:\n"
    "  bench        measurements of make bench and make bench-peer (JSON, schema\n"
    "               patchlaw-bench-1), for the views bench, bench_vs_peer,\n"
    "               bench_change\n"
    "  runs         CSV: a row a run (hyperparameters and final figures), a row a\n"
    "               point (run, step, metric, value, perhaps split), or a row a\n"
    "               step of one run (step, train_loss, val_loss)\n"
    "  spool        folders that sweep or run --spool writes, finished or not: each\n"
    "               time what is new is added; links beside the ledger lead to the\n"
    "               run folders, which --copy copies where runs are done\n"
    "  tensorboard  event files, or folders of them: a run is a folder that has some\n\n"
    "FILE - is standard input (bench, runs). The same file again changes nothing; a run whose "
    "points are others by now is replaced. A file with a fault is not taken at all, and ends the "
    "command; those before it stay.\n\n"
    "Runs become runs of kind external. Columns of a CSV file are hyperparameters, but for those "
    "named name, seed, params, patches or tokens, flops, images, steps, loss, in a row a run. "
    "--map COLUMN=ROLE names another column's role: one of these, SPLIT/METRIC for a final figure, "
    "key:NAME for a key (key:model.width), or skip. For event files it is TAG=SPLIT/METRIC, and "
    "HPARAM=ROLE. The loss of a run is its last val/loss.\n\n"
    "A run that its file gives no name is called after its folder or file, and is not replaced by "
    "one of the same name from another place: --name tells them apart.\n\n"
    "Examples:\n"
    "  patchlaw import bench bench.json bench-peer.json\n"
    "  patchlaw import spool /nfs/me/demo --ledger runs/ledger.db\n"
    "  ssh host cat bench.json | patchlaw import bench -\n"
    "  patchlaw import runs chinchilla.csv --map 'N=params' --map 'D=tokens'\n"
    "  patchlaw import tensorboard lightning_logs --map 'valid_loss=val/loss'\n"
    "  patchlaw import tensorboard old/logs --name old\n"
    "  patchlaw ls --task external";

enum {
    FILE_MIB_MAX = 16,
    RUNS_MIB_MAX = 1024,
    MAPPINGS_MAX = 64,
    KEY_MAP = 'm',
    KEY_COPY = 'c',
    KEY_NAME = 'n'
};
static const struct argp_option options[] = {
    {"map", KEY_MAP, "COLUMN=ROLE", 0, "What a column, a tag or a hyperparameter means", 0},
    {"name", KEY_NAME, "NAME", 0,
     "The run's name where the file gives none, instead of that of file or folder", 0},
    {"copy", KEY_COPY, NULL, 0,
     "spool: copy the folders of runs that are done, and link to the others", 0},
    {0}};

typedef struct parsed parsed;

static lab_status read_bytes(lab_text *text, const char *path, const char **name, int mib_max,
                             lab_error *err)
{
    bool piped = strcmp(path, "-") == 0;
    *name = piped ? "standard input" : path;
    return piped ? lab_file_read_stream(text, stdin, *name, mib_max, err)
                 : lab_file_read(text, path, mib_max, err);
}

static lab_status import_bench(lab_ledger *ledger, const parsed *p, const char *path,
                               lab_table *table, lab_error *err);
static lab_status import_runs(lab_ledger *ledger, const parsed *p, const char *path,
                              lab_table *table, lab_error *err);
static lab_status import_tensorboard(lab_ledger *ledger, const parsed *p, const char *path,
                                     lab_table *table, lab_error *err);

static lab_status import_spool(lab_ledger *ledger, const parsed *p, const char *path,
                               lab_table *table, lab_error *err);

static const char *const bench_columns[] = {"file", "state", "rows", "sha256", NULL};
static const char *const run_columns[] = {"file",          "runs",   "imported", "replaced",
                                          "already_there", "points", NULL};
static const char *const spool_columns[] = {"spool",   "sweeps", "cells", "attempts", "new",
                                            "no news", "open",   "torn",  NULL};

/* The kinds that doc lists. */
static const struct kind {
    const char *name;
    lab_status (*import)(lab_ledger *ledger, const parsed *p, const char *path, lab_table *table,
                         lab_error *err);
    const char *const *columns;
    bool maps; /* takes --map and --name */
} kinds[] = {{"bench", import_bench, bench_columns, false},
             {"runs", import_runs, run_columns, true},
             {"spool", import_spool, spool_columns, false},
             {"tensorboard", import_tensorboard, run_columns, true}};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct parsed {
    lab_cli_common common;
    const struct kind *kind;
    char **files; /* borrowed from argv */
    int count;
    lab_role_map mappings[MAPPINGS_MAX];
    lab_import_wish wish;
    bool copy;
};

static lab_status import_bench(lab_ledger *ledger, const parsed *p, const char *path,
                               lab_table *table, lab_error *err)
{
    lab_text text = {0};
    lab_imported imported;
    const char *name = NULL;
    (void)p;
    lab_status status = read_bytes(&text, path, &name, FILE_MIB_MAX, err);
    if (status == LAB_OK) status = lab_import_bench(ledger, name, &text, &imported, err);
    if (status == LAB_OK) {
        lab_table_text(table, path);
        lab_table_text(table, imported.known ? "already there" : "imported");
        lab_table_int(table, imported.rows);
        lab_table_text(table, imported.hash.hex);
    }
    lab_text_finish(&text);
    return status;
}

static void add_runs(lab_table *table, const char *path, const lab_imported_runs *imported)
{
    lab_table_text(table, path);
    lab_table_int(table, imported->runs);
    lab_table_int(table, imported->added);
    lab_table_int(table, imported->replaced);
    lab_table_int(table, imported->runs - imported->added - imported->replaced);
    lab_table_int(table, imported->points);
    if (imported->again > 0)
        (void)fprintf(stderr,
                      "patchlaw: %s: %td points were given again for their step; the later "
                      "ones count\n",
                      path, imported->again);
}

/* The same rows under other keys are other runs: a file that is imported again with another mapping
 * would stand in every fit twice. */
static lab_status tell_others(lab_ledger *ledger, const char *name, isize runs, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "external_of_source", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":source", name);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row && lab_query_int(query, 0) > runs)
        (void)fprintf(stderr,
                      "patchlaw: note: %s: %lld more runs of a file of this name are here, with "
                      "other keys (another --map, or another file): a fit of all runs takes both; "
                      "leave some out in its query, or begin a ledger anew\n",
                      name, (long long)(lab_query_int(query, 0) - runs));
    lab_query_close(&query);
    return status;
}

static lab_status import_runs(lab_ledger *ledger, const parsed *p, const char *path,
                              lab_table *table, lab_error *err)
{
    lab_text text = {0};
    lab_imported_runs imported;
    const char *name = NULL;
    lab_status status = read_bytes(&text, path, &name, RUNS_MIB_MAX, err);
    if (status == LAB_OK) status = lab_import_runs(ledger, name, &text, &p->wish, &imported, err);
    if (status == LAB_OK) status = tell_others(ledger, name, imported.runs, err);
    if (status == LAB_OK) add_runs(table, path, &imported);
    lab_text_finish(&text);
    return status;
}

static lab_status import_tensorboard(lab_ledger *ledger, const parsed *p, const char *path,
                                     lab_table *table, lab_error *err)
{
    lab_imported_runs imported;
    lab_status status = lab_import_tensorboard(ledger, path, &p->wish, &imported, err);
    if (status == LAB_OK) add_runs(table, path, &imported);
    return status;
}

static lab_status import_spool(lab_ledger *ledger, const parsed *p, const char *path,
                               lab_table *table, lab_error *err)
{
    lab_imported_spool got;
    lab_status status = lab_import_spool(ledger, path, p->copy, &got, err);
    if (status != LAB_OK) return status;
    const int counts[] = {got.sweeps, got.cells, got.attempts, got.added,
                          got.known,  got.open,  got.torn};
    lab_table_text(table, path);
    for (int c = 0; c < 7; c++) lab_table_int(table, counts[c]);
    return LAB_OK;
}

static void say(void *context, const char *sentence)
{
    (void)context;
    (void)fprintf(stderr, "patchlaw: %s\n", sentence);
}

static void find_kind(parsed *p, const char *name, struct argp_state *state)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0) p->kind = &kinds[i];
    if (!p->kind) argp_error(state, "'%s' is no kind of file to import; --help lists them", name);
}

static void add_mapping(parsed *p, const char *words, struct argp_state *state)
{
    lab_error err;
    if (p->wish.count == MAPPINGS_MAX)
        argp_error(state, "--map: %d of them at most", MAPPINGS_MAX);
    else if (lab_role_map_read(&p->mappings[p->wish.count], words, &err) != LAB_OK)
        argp_error(state, "%s", err.text);
    else
        p->wish.count++;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case KEY_COPY:
        p->copy = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_NAME:
        p->wish.name = text;
        return 0;
    case KEY_MAP:
        add_mapping(p, text, state);
        return 0;
    case ARGP_KEY_ARG:
        if (p->kind) return ARGP_ERR_UNKNOWN; /* the rest comes as ARGP_KEY_ARGS */
        find_kind(p, text, state);
        return 0;
    case ARGP_KEY_ARGS:
        p->files = state->argv + state->next;
        p->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (p->count == 0)
            argp_error(state, "name a kind and a file: patchlaw import bench FILE");
        else if (!p->kind->maps && p->wish.count > 0)
            argp_error(state, "--map: files of kind %s need none", p->kind->name);
        else if (p->wish.name && (!p->kind->maps || p->count > 1))
            argp_error(state, "--name: is for one FILE of kind runs or tensorboard");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int lab_cmd_import(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "KIND FILE...", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_table table = {0};
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    p.wish.mappings = p.mappings;
    p.wish.say = say;
    for (int i = 0; p.kind->columns[i]; i++) lab_table_column(&table, p.kind->columns[i]);
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_WRITE, &err);
    for (int i = 0; status == LAB_OK && i < p.count; i++)
        status = p.kind->import(ledger, &p, p.files[i], &table, &err);
    if (status == LAB_OK || table.count > 0) lab_table_print(&table, p.common.form, stdout);
    lab_table_finish(&table);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
