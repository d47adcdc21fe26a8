/* patchlaw-bench-law: how fast scaling laws are fitted, beside SciPy. */
#include "bench/arguments.h"
#include "bench/law/suites.h"
#include "bench/ledger/machine.h"
#include "build.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char doc[] =
    "Measures fits of L = E + A N^-alpha + B D^-beta to 240 runs on one core, beside SciPy.\v"
    "Suites (all when none is named):\n"
    "  warm      one fit from the optimum of rows drawn again; target 1 ms\n"
    "  draws     4000 refits of a bootstrap; target 2 s\n"
    "  starts    a fit from 4500 starts; target 3 s; the share that reaches the optimum\n\n"
    "Columns: n measurements; of: what was measured beside it, or target, which is the\n"
    "most that it may be. Exit status: 0 good, 2 bad command, 3 system.\n\n"
    "Examples:\n"
    "  patchlaw-bench-law warm draws --repeats 9\n"
    "  patchlaw-bench-law --json law.json";

enum {
    JSON = 'j',
    REPEATS = 'n',
    FOLDER = 'f',
    REFITS = 'r',
    STARTS = 's',
    PEERS = 'p',
    PYTHON = 0x100,
    USAGE = 2,
    SYSTEM = 3
};

static const struct argp_option options[] = {
    {"json", JSON, "FILE", 0, "write all rows there, too", 0},
    {"repeats", REPEATS, "N", 0, "measurements of a quantity (default 5)", 0},
    {"refits", REFITS, "N", 0, "of a bootstrap (default 4000)", 0},
    {"starts", STARTS, "N", 0, "of a fit (default 4500)", 0},
    {"peers", PEERS, "N", 0, "searches of SciPy's in a measurement (default 40)", 0},
    {"folder", FOLDER, "PATH", 0, "make files below it (default: the current folder)", 0},
    {"python", PYTHON, "PATH", 0, "that finds SciPy (default /usr/bin/python3)", 0},
    {0}};

static const struct {
    const char *name;
    bench_law_suite *run;
} suites[] = {{"warm", bench_law_warm}, {"draws", bench_law_draws}, {"starts", bench_law_starts}};
enum { SUITES = sizeof suites / sizeof *suites };

typedef struct {
    bench_law_request request;
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
    switch (key) {
    case JSON:
        p->json = text;
        return 0;
    case REPEATS:
        p->request.repeats = bench_number(text, BENCH_SAMPLES, state);
        return 0;
    case REFITS:
        p->request.refits = bench_number(text, 1000000, state);
        return 0;
    case STARTS:
        p->request.starts = bench_number(text, 1000000, state);
        return 0;
    case PEERS:
        p->request.peers = bench_number(text, 1000000, state);
        return 0;
    case FOLDER:
        p->request.folder = text;
        return 0;
    case PYTHON:
        p->request.scipy.python = text;
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
        if (p->wanted[i] || !p->any) status = suites[i].run(&p->request, err);
    if (status == LAB_OK && p->json)
        status = bench_write_here(&table, VT_VERSION, VT_COMMIT, VT_DIRTY, p->json, err);
    return status;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "[SUITE]...", doc, 0, 0, 0};
    lab_error err = {""};
    parsed p = {.request = {.repeats = 5,
                            .refits = 4000,
                            .starts = 4500,
                            .peers = 40,
                            .folder = ".",
                            .scipy = {"scipy", "python3-scipy", "/usr/bin/python3",
                                      "bench/law/peer_scipy.py"}}};
    argp_err_exit_status = USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return USAGE;
    lab_status status = measure(&p, &err);
    if (status == LAB_OK) return 0;
    (void)fprintf(stderr, "patchlaw-bench-law: %s\n", err.text);
    return SYSTEM;
}
