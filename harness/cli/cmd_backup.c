/* patchlaw backup: a copy of the ledger while it is in use. */
#include "base/terminal.h"
#include "base/text.h"
#include "cli/cli.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char doc[] =
    "Copies the ledger, as it is at one moment, to FILE; sweeps may run meanwhile. SQLite checks "
    "the copy before it takes its name."
    "\vWithout FILE the copy lies beside the ledger: LEDGER.TIME.backup, in UTC. It is a ledger "
    "itself, whose runs' folders stay where they are: to restore it, end what runs, then put it "
    "in the place of the ledger.\n\n"
    "Examples:\n"
    "  patchlaw backup\n"
    "  patchlaw backup /mnt/disk/ledger.db --force\n"
    "  patchlaw ls --ledger runs/ledger.db.20260131T120000Z.backup";

enum { KEY_FORCE = 'f' };
static const struct argp_option options[] = {
    {"force", KEY_FORCE, NULL, 0, "Replace FILE where it is there", 0}, {0}};

typedef struct {
    lab_cli_common common;
    const char *file;
    bool force;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_FORCE:
        p->force = true;
        return 0;
    case ARGP_KEY_ARG:
        if (p->file) argp_error(state, "one FILE, please; '%s' is a second", text);
        p->file = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void name_by_time(lab_text *name, const char *ledger)
{
    char text[32];
    struct tm utc;
    time_t now = time(NULL);
    (void)gmtime_r(&now, &utc);
    (void)strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
    lab_text_add(name, "%s.%s.backup", ledger, text);
}

static lab_status may_write(const parsed *p, const char *file, lab_error *err)
{
    struct stat there, ledger;
    if (stat(file, &there) != 0) return LAB_OK;
    if (stat(p->common.ledger, &ledger) == 0 && there.st_dev == ledger.st_dev &&
        there.st_ino == ledger.st_ino)
        return lab_fail(err, LAB_ERR_CONFIG, "%s: is the ledger itself; name another file", file);
    if (!S_ISREG(there.st_mode))
        return lab_fail(err, LAB_ERR_CONFIG, "%s: is no file; name one to write", file);
    if (p->force) return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s: is there already; name another file, or replace it with --force", file);
}

static void show_progress(void *context, int64_t done, int64_t pages)
{
    int *shown = context;
    int percent = pages > 0 ? (int)(100 * done / pages) : 100;
    if (percent == *shown || !lab_terminal_is(STDERR_FILENO)) return;
    (void)fprintf(stderr, "\rcopying %3d %%%s", percent, percent == 100 ? "\n" : "");
    *shown = percent;
}

static void print_copy(const char *file, lab_form form)
{
    struct stat info;
    lab_table table = {0};
    lab_table_column(&table, "file");
    lab_table_column(&table, "bytes");
    lab_table_text(&table, file);
    lab_table_int(&table, stat(file, &info) == 0 ? (int64_t)info.st_size : 0);
    lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
}

int lab_cmd_backup(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "[FILE]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_text name = {0};
    lab_error err;
    int shown = -1;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    if (!p.file) name_by_time(&name, p.common.ledger);
    const char *file = p.file ? p.file : lab_text_of(&name);
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_AS_IS, &err);
    if (status == LAB_OK) status = may_write(&p, file, &err);
    if (status == LAB_OK) status = lab_ledger_backup(ledger, file, show_progress, &shown, &err);
    if (status == LAB_OK) print_copy(file, p.common.form);
    lab_ledger_close(&ledger);
    lab_text_finish(&name);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
