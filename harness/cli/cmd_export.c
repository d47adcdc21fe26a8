/* patchlaw export: the ledger's facts for other programs. */
#include "base/heap.h"
#include "base/text.h"
#include "cli/cli.h"
#include "move/export.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Writes what the ledger holds of all runs, or of those named."
    "\vWHAT is one of\n"
    "  runs     a row a run: as the view runs, and its whole config\n"
    "  points   a row a point: run, split, metric, step, value\n"
    "  probes   a row a probe head and split: its scores\n\n"
    "Numbers are exact. What is not finite is written as nan, inf or -inf, a string in JSON. "
    "Format tensorboard (points alone) writes an event file for each run, OUT/RUN/events...: "
    "scalars split/metric in fp32 and the config as hyperparameters. The ledger keeps no time of "
    "a point, so wall times are spread evenly from the run's start to its end.\n\n"
    "Examples:\n"
    "  patchlaw export runs > runs.csv\n"
    "  patchlaw export points 3fa9c1 --format jsonl --out points.jsonl\n"
    "  patchlaw export points --format tensorboard --out tb && tensorboard --logdir tb\n"
    "  patchlaw export points > all.csv && patchlaw import runs all.csv --ledger other.db";

enum { KEY_FORMAT = 'f', KEY_OUT = 'o' };
static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", 0, "csv (default), jsonl or tensorboard", 0},
    {"out", KEY_OUT, "PATH", 0,
     "File to write (default -: standard output); a folder for tensorboard", 0},
    {0}};

typedef enum { FORMAT_CSV, FORMAT_JSONL, FORMAT_TENSORBOARD } format;

typedef struct {
    lab_cli_common common;
    const char *what, *query, *out;
    format format;
    char **runs; /* borrowed from argv */
    int count;
} parsed;

static void read_format(parsed *p, const char *text, struct argp_state *state)
{
    static const char *const words[] = {"csv", "jsonl", "tensorboard"};
    for (int i = 0; i < 3; i++)
        if (strcmp(words[i], text) == 0) {
            p->format = (format)i;
            return;
        }
    argp_error(state, "--format: '%s' is none of csv, jsonl, tensorboard", text);
}

static void read_what(parsed *p, const char *text, struct argp_state *state)
{
    static const char *const words[][2] = {
        {"runs", "export_runs"}, {"points", "export_points"}, {"probes", "export_probes"}};
    p->what = text;
    for (int i = 0; i < 3; i++)
        if (strcmp(words[i][0], text) == 0) p->query = words[i][1];
    if (!p->query) argp_error(state, "'%s' is none of runs, points, probes", text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        return 0;
    case KEY_FORMAT:
        read_format(p, text, state);
        return 0;
    case KEY_OUT:
        p->out = text;
        return 0;
    case ARGP_KEY_ARG:
        if (p->query) return ARGP_ERR_UNKNOWN; /* the rest comes as ARGP_KEY_ARGS */
        read_what(p, text, state);
        return 0;
    case ARGP_KEY_ARGS:
        p->runs = state->argv + state->next;
        p->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (!p->query) argp_error(state, "say what: patchlaw export runs, points or probes");
        if (p->format == FORMAT_TENSORBOARD && strcmp(p->what, "points") != 0)
            argp_error(state, "event files hold curves: patchlaw export points --format "
                              "tensorboard --out FOLDER");
        if (p->format == FORMAT_TENSORBOARD && strcmp(p->out, "-") == 0)
            argp_error(state, "--out: name a folder for the event files");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A file appears whole or not at all. */
static lab_status export_file(lab_ledger *ledger, const parsed *p, const lab_export_wish *wish,
                              lab_error *err)
{
    bool piped = strcmp(p->out, "-") == 0;
    isize rows = 0;
    lab_text partial = {0};
    lab_text_add(&partial, "%s.partial", p->out);
    lab_status status = LAB_OK;
    FILE *out = piped ? stdout : fopen(lab_text_of(&partial), "we");
    if (!out) {
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s", p->out, strerror(errno));
        goto done;
    }
    status =
        lab_export_rows(ledger, wish, p->format == FORMAT_JSONL ? LAB_EXPORT_JSONL : LAB_EXPORT_CSV,
                        out, &rows, err);
    bool good = status != LAB_OK || fflush(out) == 0;
    if (!piped && fclose(out) != 0) good = false;
    if (good && status == LAB_OK && !piped) good = rename(lab_text_of(&partial), p->out) == 0;
    if (!good)
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s", p->out, strerror(errno));
    if (!piped && status != LAB_OK) (void)unlink(lab_text_of(&partial));
    if (!piped && status == LAB_OK) (void)printf("%s: %td %s\n", p->out, rows, p->what);
done:
    lab_text_finish(&partial);
    return status;
}

static lab_status export_folder(lab_ledger *ledger, const parsed *p, const lab_export_wish *wish,
                                lab_error *err)
{
    isize runs = 0, points = 0;
    lab_status status = lab_export_tensorboard(ledger, wish, p->out, &runs, &points, err);
    if (status == LAB_OK)
        (void)printf("%s: %td runs, %td points; wall times are spread evenly from each run's start "
                     "to its end\n",
                     p->out, runs, points);
    return status;
}

int lab_cmd_export(int argc, char **argv)
{
    static const struct argp_child children[] = {{&lab_cli_ledger_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "WHAT [RUN...]", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(), .out = "-"};
    lab_ledger *ledger = NULL;
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    char(*hashes)[65] = lab_heap_take(p.count * (isize)sizeof *hashes);
    const char **named = lab_heap_take(p.count * (isize)sizeof *named);
    lab_export_wish wish = {p.query, named, p.count};
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    for (int i = 0; status == LAB_OK && i < p.count; i++) {
        status = lab_cli_find(ledger, p.runs[i], hashes[i], &err);
        named[i] = hashes[i];
    }
    if (status == LAB_OK)
        status = p.format == FORMAT_TENSORBOARD ? export_folder(ledger, &p, &wish, &err)
                                                : export_file(ledger, &p, &wish, &err);
    lab_ledger_close(&ledger);
    lab_heap_free(named);
    lab_heap_free(hashes);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
