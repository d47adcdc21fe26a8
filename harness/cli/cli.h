/* cli/cli.h - what the subcommands share: options, exit codes, rows. */
#ifndef LAB_CLI_H
#define LAB_CLI_H
#include "base/error.h"
#include "base/table.h"
#include "ledger/ledger.h"
#include <argp.h>

/* Exit codes of patchlaw. */
enum {
    LAB_EXIT_DONE = 0,
    LAB_EXIT_FAILED = 1, /* a run failed, or a check found something */
    LAB_EXIT_USAGE = 2,  /* command line, config or query */
    LAB_EXIT_SYSTEM = 3  /* files, memory, ledger, engine */
};

/* One file each; argv[0] is "patchlaw NAME". Gives the exit code. */
int lab_cmd_sweep(int argc, char **argv);
int lab_cmd_run(int argc, char **argv);
int lab_cmd_status(int argc, char **argv);
int lab_cmd_ls(int argc, char **argv);
int lab_cmd_show(int argc, char **argv);
int lab_cmd_compare(int argc, char **argv);
int lab_cmd_ablation(int argc, char **argv);
int lab_cmd_curve(int argc, char **argv);
int lab_cmd_sql(int argc, char **argv);
int lab_cmd_data(int argc, char **argv);
int lab_cmd_keys(int argc, char **argv);
int lab_cmd_fit(int argc, char **argv);
int lab_cmd_plan(int argc, char **argv);
int lab_cmd_import(int argc, char **argv);
int lab_cmd_report(int argc, char **argv);
int lab_cmd_doctor(int argc, char **argv);
int lab_cmd_backup(int argc, char **argv);
int lab_cmd_merge(int argc, char **argv);
int lab_cmd_export(int argc, char **argv);
int lab_cmd_imagine(int argc, char **argv);
int lab_cmd_gc(int argc, char **argv);
int lab_cmd_complete(int argc, char **argv);

/* ---- options of many commands, as argp children ---- */

typedef struct {
    const char *ledger; /* filled in by lab_cli_defaults */
    lab_form form;
} lab_cli_common;
extern const struct argp lab_cli_ledger_argp; /* --ledger; input: lab_cli_common */
extern const struct argp lab_cli_form_argp;   /* --json --csv --markdown; the same */
/* $PATCHLAW_LEDGER, else runs/ledger.db; a table. */
lab_cli_common lab_cli_defaults(void);
/* A whole number from min to max; ends the program with a usage error otherwise. */
int lab_cli_int(struct argp_state *state, const char *option, const char *text, int min, int max);
/* A number above and below those; the same. */
double lab_cli_real(struct argp_state *state, const char *option, const char *text, double above,
                    double below);

/* ---- the rest ---- */

/* Prints the sentence and gives the exit code for it. */
int lab_cli_fail(lab_status status, const lab_error *err);
/* Marks attempts whose process is gone, where there are any and the ledger can be written. */
void lab_cli_reap(const char *ledger);
/* The hash of the one run that starts with prefix. LAB_ERR_MISSING or LAB_ERR_CONFIG (more than
 * one) say what to do. */
LAB_CHECKED lab_status lab_cli_find(lab_ledger *ledger, const char *prefix, char hash[65],
                                    lab_error *err);
/* Puts a query's columns and rows into an empty table, rows_max at most (0: all); *more tells
 * whether there were others. Reals are shown with six digits. */
LAB_CHECKED lab_status lab_cli_rows(lab_query *query, isize rows_max, lab_table *table, bool *more,
                                    lab_error *err);
/* Runs a named query, whose parameter (or NULL) is bound to value, and prints its rows under a
 * heading (or NULL); nothing where there are none and a heading is given. */
LAB_CHECKED lab_status lab_cli_print(lab_ledger *ledger, const char *name, const char *parameter,
                                     const char *value, const char *heading, lab_form form,
                                     lab_error *err);
#endif
