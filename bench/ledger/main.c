/* patchlaw-bench-ledger: how fast the ledger is, beside plain SQLite and Optuna. */
#include "bench/arguments.h"
#include "bench/ledger/machine.h"
#include "bench/ledger/suites.h"
#include "build.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Measures the ledger beside plain SQLite and Optuna, on one file system.\v"
    "Suites (all but large when none is named):\n"
    "  commit    points committed one by one, a second; the least that SQLite can do\n"
    "            in the same pattern, and Optuna's SQLite storage, turn by turn\n"
    "  size      bytes that a point takes in the file: curves side by side, and in turn\n"
    "  many      how long a point's commit takes while 8 processes write\n"
    "  grid      300 cells expanded, recorded and claimed; Optuna's grid of no-ops\n"
    "  ask       list, filter, curve and every view of 1000 runs, as calls and processes\n"
    "  large     every view of 10000 runs of 10000 points: takes minutes, and 3 GB\n\n"
    "Columns: w processes, n measurements; of: what was measured beside it, or target,\n"
    "which is the most that it may be. Exit status: 0 good, 2 bad command, 3 system.\n\n"
    "Examples:\n"
    "  patchlaw-bench-ledger commit many --repeats 9\n"
    "  patchlaw-bench-ledger large --runs 1000 --points 1000 --json ledger.json";

enum {
    JSON = 'j',
    REPEATS = 'n',
    SECONDS = 's',
    FOLDER = 'f',
    RUNS = 'r',
    POINTS = 'p',
    PATCHLAW = 0x100,
    PYTHON,
    USAGE = 2,
    SYSTEM = 3
};

static const struct argp_option options[] = {
    {"json", JSON, "FILE", 0, "write all rows there, too", 0},
    {"repeats", REPEATS, "N", 0, "measurements of a quantity (default 7)", 0},
    {"seconds", SECONDS, "S", 0, "of a turn of commits; twice that of many (default 1)", 0},
    {"folder", FOLDER, "PATH", 0, "make ledgers below it (default: the current folder)", 0},
    {"runs", RUNS, "N", 0, "ask, large: that many runs", 0},
    {"points", POINTS, "N", 0, "size, ask, large: points of the longest curve", 0},
    {"patchlaw", PATCHLAW, "PATH", 0, "the program (default: beside this one)", 0},
    {"python", PYTHON, "PATH", 0, "that finds Optuna (default /usr/bin/python3)", 0},
    {0}};

static const struct {
    const char *name;
    bench_ledger_suite *run;
} suites[] = {{"commit", bench_ledger_commit}, {"size", bench_ledger_size},
              {"many", bench_ledger_many},     {"grid", bench_ledger_grid},
              {"ask", bench_ledger_ask},       {"large", bench_ledger_large}};
enum { SUITES = sizeof suites / sizeof *suites, LARGE = SUITES - 1 };

typedef struct {
    bench_ledger_request request;
    bool wanted[SUITES], any;
    const char *json;
} parsed;

static void take_suite(parsed *p, const char *text, struct argp_state *state)
{
    for (int i = 0; i < SUITES; i++) {
        if (strcmp(text, suites[i].name) != 0) continue;
        p->wanted[i] = p->any = true;
        return;
    }
    argp_error(state, "%s: no such suite", text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    char *end = NULL;
    switch (key) {
    case JSON:
        p->json = text;
        return 0;
    case REPEATS:
        p->request.repeats = bench_number(text, BENCH_SAMPLES, state);
        return 0;
    case SECONDS:
        p->request.seconds = strtod(text, &end);
        if (end == text || *end || !(p->request.seconds >= 0 && p->request.seconds < 1000))
            argp_error(state, "%s: no seconds", text);
        return 0;
    case FOLDER:
        p->request.folder = text;
        return 0;
    case RUNS:
        p->request.runs = bench_number(text, 1000000, state);
        return 0;
    case POINTS:
        p->request.points = bench_number(text, 1000000, state);
        return 0;
    case PATCHLAW:
        p->request.patchlaw = text;
        return 0;
    case PYTHON:
        p->request.optuna.python = text;
        return 0;
    case ARGP_KEY_ARG:
        take_suite(p, text, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static lab_status measure(parsed *p, lab_error *err)
{
    static bench_table table;
    lab_status status = LAB_OK;
    p->request.table = &table;
    for (int i = 0; i < SUITES && status == LAB_OK; i++)
        if (p->wanted[i] || (!p->any && i != LARGE)) status = suites[i].run(&p->request, err);
    if (status == LAB_OK && p->json)
        status = bench_write_here(&table, VT_VERSION, VT_COMMIT, VT_DIRTY, p->json, err);
    return status;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "[SUITE]...", doc, 0, 0, 0};
    char beside[4096];
    lab_error err = {""};
    parsed p = {.request = {.repeats = 7,
                            .seconds = 1,
                            .folder = ".",
                            .patchlaw = beside,
                            .optuna = {"optuna", "python3-optuna", "/usr/bin/python3",
                                       "bench/ledger/peer_optuna.py"}}};
    ssize_t length = readlink("/proc/self/exe", beside, sizeof beside - 16);
    beside[length > 0 ? length : 0] = 0;
    char *slash = strrchr(beside, '/');
    (void)snprintf(slash ? slash + 1 : beside, 16, "patchlaw");
    argp_err_exit_status = USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return USAGE;
    lab_status status = measure(&p, &err);
    if (status == LAB_OK) return 0;
    (void)fprintf(stderr, "patchlaw-bench-ledger: %s\n", err.text);
    return SYSTEM;
}
