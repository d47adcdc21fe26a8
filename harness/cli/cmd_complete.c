/* patchlaw complete: what may stand behind a subcommand, one a line, for shells; its options come
 * from its own --help. share/bash-completion/completions/patchlaw asks. */
#include "cli/cli.h"
#include "cli/sql.h"
#include "law/law.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *command;
    unsigned kinds;
    const char *behind; /* put behind each */
} takes[] = {
    {"ablation", LAB_NAMES_KEYS, ""}, {"compare", LAB_NAMES_RUNS, ""},
    {"curve", LAB_NAMES_RUNS, ""},    {"fit", LAB_NAMES_SAVED, ""},
    {"plan", LAB_NAMES_SAVED, ""},    {"run", LAB_NAMES_KEYS, "="},
    {"show", LAB_NAMES_RUNS, ""},     {"sql", LAB_NAMES_SAVED | LAB_NAMES_COMMANDS, ""},
    {"sweep", LAB_NAMES_KEYS, "="},
};

/* Whatever cannot be read, a shell that completes a word gets no message. */
static void print_names(unsigned kinds, const char *behind)
{
    lab_ledger *ledger = NULL;
    lab_names names = {0};
    lab_error ignored;
    const char *path = lab_cli_defaults().ledger;
    if (access(path, R_OK) == 0 &&
        lab_ledger_open(&ledger, path, LAB_LEDGER_READ, &ignored) != LAB_OK)
        return;
    if (lab_names_read(&names, ledger, kinds, &ignored) == LAB_OK)
        for (isize i = 0; i < names.count; i++) (void)printf("%s%s\n", names.names[i], behind);
    lab_names_finish(&names);
    lab_ledger_close(&ledger);
}

int lab_cmd_complete(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "fit") == 0)
        for (int i = 0; lab_law_at(i); i++) (void)printf("%s\n", lab_law_at(i)->name);
    for (size_t i = 0; argc == 2 && i < sizeof takes / sizeof *takes; i++)
        if (strcmp(takes[i].command, argv[1]) == 0) print_names(takes[i].kinds, takes[i].behind);
    return LAB_EXIT_DONE;
}
