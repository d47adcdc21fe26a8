/* patchlaw import: what others measured, into the ledger. */
#include "base/file.h"
#include "cli/cli.h"
#include "import/bench.h"
#include "import/spool.h"
#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Takes files that other programs wrote into the ledger."
    "\vKIND tells what the files are:\n"
    "  bench    measurements of make bench and make bench-peer (JSON, schema\n"
    "           patchlaw-bench-1), for the views bench, bench_vs_peer, bench_change\n"
    "  spool    folders that sweep or run --spool writes, finished or not: each\n"
    "           time what is new is added; links beside the ledger lead to the run\n"
    "           folders, which --copy copies where runs are done\n\n"
    "FILE - is standard input. A file is known by its SHA-256: the same one again changes nothing. "
    "One with a fault is not taken at all, and ends the command; those before it stay.\n\n"
    "Examples:\n"
    "  patchlaw import bench bench.json bench-peer.json\n"
    "  patchlaw import spool /nfs/me/demo --ledger runs/ledger.db\n"
    "  ssh host cat bench.json | patchlaw import bench -\n"
    "  patchlaw sql bench_vs_peer";

enum { BENCH_MIB_MAX = 16 };

static lab_status import_bench(lab_ledger *ledger, const char *path, lab_imported *out,
                               lab_error *err)
{
    lab_text text = {0};
    bool piped = strcmp(path, "-") == 0;
    const char *name = piped ? "standard input" : path;
    lab_status status = piped ? lab_file_read_stream(&text, stdin, name, BENCH_MIB_MAX, err)
                              : lab_file_read(&text, path, BENCH_MIB_MAX, err);
    if (status == LAB_OK) status = lab_import_bench(ledger, name, &text, out, err);
    lab_text_finish(&text);
    return status;
}

/* The kinds that doc lists. */
static const struct kind {
    const char *name;
    /* NULL: import_spools */
    lab_status (*import)(lab_ledger *ledger, const char *path, lab_imported *out, lab_error *err);
} kinds[] = {{"bench", import_bench}, {"spool", NULL}};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct {
    lab_cli_common common;
    const struct kind *kind;
    char **files; /* borrowed from argv */
    int count;
    bool copy;
} parsed;

static const struct argp_option options[] = {
    {"copy", 'c', NULL, 0, "spool: copy the folders of runs that are done, and link to the others",
     0},
    {0}};

static void find_kind(parsed *p, const char *name, struct argp_state *state)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0) p->kind = &kinds[i];
    if (!p->kind) argp_error(state, "'%s' is no kind of file to import; --help lists them", name);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case 'c':
        p->copy = true;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
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
        if (p->count == 0) argp_error(state, "name a kind and a file: patchlaw import bench FILE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void add_row(lab_table *table, const char *file, const lab_imported *imported)
{
    lab_table_text(table, file);
    lab_table_text(table, imported->known ? "already there" : "imported");
    lab_table_int(table, imported->rows);
    lab_table_text(table, imported->hash.hex);
}

static lab_status import_files(const parsed *p, lab_ledger *ledger, lab_table *table,
                               lab_error *err)
{
    static const char *const names[] = {"file", "state", "rows", "sha256"};
    lab_status status = LAB_OK;
    for (int i = 0; i < 4; i++) lab_table_column(table, names[i]);
    for (int i = 0; status == LAB_OK && i < p->count; i++) {
        lab_imported imported;
        status = p->kind->import(ledger, p->files[i], &imported, err);
        if (status == LAB_OK) add_row(table, p->files[i], &imported);
    }
    return status;
}

static lab_status import_spools(const parsed *p, lab_ledger *ledger, lab_table *table,
                                lab_error *err)
{
    static const char *const names[] = {"spool", "sweeps",  "cells", "attempts",
                                        "new",   "no news", "open",  "torn"};
    lab_status status = LAB_OK;
    for (int i = 0; i < 8; i++) lab_table_column(table, names[i]);
    for (int i = 0; status == LAB_OK && i < p->count; i++) {
        lab_imported_spool got;
        status = lab_import_spool(ledger, p->files[i], p->copy, &got, err);
        if (status != LAB_OK) break;
        const int counts[] = {got.sweeps, got.cells, got.attempts, got.added,
                              got.known,  got.open,  got.torn};
        lab_table_text(table, p->files[i]);
        for (int c = 0; c < 7; c++) lab_table_int(table, counts[c]);
    }
    return status;
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
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_WRITE, &err);
    if (status == LAB_OK)
        status = (p.kind->import ? import_files : import_spools)(&p, ledger, &table, &err);
    if (status == LAB_OK || table.count > 0) lab_table_print(&table, p.common.form, stdout);
    lab_table_finish(&table);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
