/* patchlaw: the program that a person types. */
#include "build.h"
#include "cli/cli.h"
#include "config/key.h"
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {
    {"sweep", lab_cmd_sweep, "launch or continue a grid of runs, each with its probes"},
    {"run", lab_cmd_run, "launch or continue one run"},
    {"status", lab_cmd_status, "progress of every sweep, and what runs now"},
    {"ls", lab_cmd_ls, "list runs"},
    {"show", lab_cmd_show, "everything about one run"},
    {"compare", lab_cmd_compare, "what differs between runs: keys and results"},
    {"ablation", lab_cmd_ablation, "what each key does, all else equal but the seed"},
    {"curve", lab_cmd_curve, "plot curves in the terminal"},
    {"sql", lab_cmd_sql, "read-only SQL on the ledger, and saved queries"},
    {"fit", lab_cmd_fit, "a scaling law, its intervals, and what speaks against it"},
    {"plan", lab_cmd_plan,
     "the best use of a budget, the runs to make next, and how they came out"},
    {"import", lab_cmd_import,
     "take measurements, runs of other programs, or a spool into the ledger"},
    {"export", lab_cmd_export, "runs, curves and probes as CSV, JSONL or TensorBoard files"},
    {"merge", lab_cmd_merge, "take other ledgers into this one"},
    {"backup", lab_cmd_backup, "copy the ledger while it is in use"},
    {"imagine", lab_cmd_imagine, "a picture of what a trained model predicts"},
    {"report", lab_cmd_report, "figures and tables on one HTML page"},
    {"data", lab_cmd_data, "fetch, import, inspect and verify data sets"},
    {"keys", lab_cmd_keys, "every key of a config, its default and range"},
    {"doctor", lab_cmd_doctor, "check the ledger, its runs and their files"},
    {"gc", lab_cmd_gc, "remove files that no run needs"},
    {"complete", lab_cmd_complete, NULL}, /* for shells: the last, and in no list */
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *out)
{
    (void)fprintf(out,
                  "Usage: patchlaw COMMAND [OPTION...]\n"
                  "Trains small autoregressive image models, probes every layer, keeps every run\n"
                  "in one SQLite ledger, and turns them into scaling laws.\n\n");
    for (int i = 0; i < COMMANDS && commands[i].what; i++)
        (void)fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].what);
    (void)fprintf(
        out,
        "\n  patchlaw COMMAND --help    options and examples of a command\n"
        "  patchlaw --version         version, commit and build\n\n"
        "Environment: PATCHLAW_LEDGER (default runs/ledger.db), PATCHLAW_DATA (data),\n"
        "PATCHLAW_ENGINE (patchlaw-engine beside this program, else on PATH), NO_COLOR.\n\n"
        "Exit codes: 0 done; 1 a run failed or a check found something; 2 command line, config\n"
        "or query; 3 files, memory, ledger or engine; 128 + N stopped by signal N,\n"
        "as 130 by Ctrl-C (call again to resume).\n");
}

static void print_version(FILE *out)
{
    (void)fprintf(out, "patchlaw %s (commit %.12s%s)\n%s\n", VT_VERSION, VT_COMMIT,
                  VT_DIRTY ? ", with local changes" : "", VT_BUILD);
}

static void print_version_argp(FILE *out, struct argp_state *state)
{
    (void)state;
    print_version(out);
}

int main(int argc, char **argv)
{
    char name[64];
    const char *command = argc > 1 ? argv[1] : "";
    argp_program_version_hook = print_version_argp;
    argp_err_exit_status = LAB_EXIT_USAGE;
    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0 ||
        strcmp(command, "help") == 0) {
        print_help(stdout);
        return LAB_EXIT_DONE;
    }
    if (strcmp(command, "--version") == 0 || strcmp(command, "-V") == 0) {
        print_version(stdout);
        return LAB_EXIT_DONE;
    }
    if (strcmp(command, "complete") == 0 && argc == 2) {
        for (int i = 0; i < COMMANDS && commands[i].what; i++)
            (void)printf("%s\n", commands[i].name);
        return LAB_EXIT_DONE;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, command) != 0) continue;
        (void)snprintf(name, sizeof name, "patchlaw %s", command);
        argv[1] = name;
        return commands[i].run(argc - 1, argv + 1);
    }
    if (*command)
        (void)fprintf(stderr, "patchlaw: error: '%s' is no command; patchlaw --help lists them\n",
                      command);
    else
        print_help(stderr);
    return LAB_EXIT_USAGE;
}
