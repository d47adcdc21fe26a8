#include "cli/launching.h"
#include "base/heap.h"
#include "launch/estimate.h"
#include "launch/schedule.h"
#include "launch/spool.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_LEDGER = 0x200,
    KEY_DATA,
    KEY_RETRY,
    KEY_MAX_FAILURES,
    KEY_KEEP_GOING,
    KEY_MEMORY,
    KEY_JSON,
    KEY_SPOOL
};

static const struct argp_option options[] = {
    {"ledger", KEY_LEDGER, "FILE", 0,
     "The ledger (default: $PATCHLAW_LEDGER, else runs/ledger.db); run folders lie beside it", 0},
    {"spool", KEY_SPOOL, "DIR", 0,
     "Write event files into this folder, on any filesystem, instead of a ledger; run folders lie "
     "in it, and patchlaw import spool takes it into a ledger, any time",
     0},
    {"data", KEY_DATA, "DIR", 0, "Folder of data sets (default: $PATCHLAW_DATA, else data)", 0},
    {"dry-run", 'n', NULL, 0,
     "Print the cells, what they cost, and what would be skipped and why; start nothing", 0},
    {"jobs", 'j', "N", 0,
     "Runs at once, N at most; auto (the default) packs them into cores and memory, longest first",
     0},
    {"workers", 'w', "N", 0,
     "Threads of each run; auto (the default) deals cores out, one to a run while there are "
     "enough runs. The results are the same",
     0},
    {"memory", KEY_MEMORY, "SIZE", 0,
     "Memory of all runs together, as 4G or 500M (default: nine tenths of what is free)", 0},
    {"retry", KEY_RETRY, "WHICH", 0,
     "Try failed, diverged, killed, pruned or all such runs again (default: leave them)", 0},
    {"max-failures", KEY_MAX_FAILURES, "N", 0, "Start no more runs after N failures", 0},
    {"keep-going", KEY_KEEP_GOING, NULL, 0, "Start the rest after any failure (the default)", 0},
    {"json", KEY_JSON, NULL, 0, "Print the dry run as JSON", 0},
    {0}};

static int retry_of(struct argp_state *state, const char *text)
{
    if (strcmp(text, "failed") == 0) return LAB_RETRY_FAILED;
    if (strcmp(text, "diverged") == 0) return LAB_RETRY_DIVERGED;
    if (strcmp(text, "killed") == 0) return LAB_RETRY_KILLED;
    if (strcmp(text, "pruned") == 0) return LAB_RETRY_PRUNED;
    if (strcmp(text, "all") == 0) return LAB_RETRY_ALL;
    argp_error(state, "--retry: '%s' is none of failed, diverged, killed, pruned, all", text);
    return 0;
}

/* 0: auto */
static int count_of(struct argp_state *state, const char *option, const char *text)
{
    return strcmp(text, "auto") == 0 ? 0 : lab_cli_int(state, option, text, 1, 1024);
}

static int64_t bytes_of(struct argp_state *state, const char *text)
{
    static const char letters[] = "kMGT";
    char *end = NULL;
    double bytes = strtod(text, &end);
    const char *letter = *end ? strchr(letters, *end) : NULL;
    for (const char *c = letters; letter && c <= letter; c++) bytes *= 1024;
    if (end == text || (*end && (!letter || end[1])) || !(bytes >= 1) || bytes > 1e18)
        argp_error(state, "--memory: '%s' is no size, as 500M or 4G", text);
    return (int64_t)bytes;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    lab_launching *o = state->input;
    switch (key) {
    case KEY_LEDGER:
        o->ledger = text;
        return 0;
    case KEY_SPOOL:
        o->spool = text;
        return 0;
    case KEY_DATA:
        o->data = text;
        return 0;
    case 'n':
        o->dry_run = true;
        return 0;
    case 'j':
        o->jobs = count_of(state, "--jobs", text);
        return 0;
    case 'w':
        o->workers = count_of(state, "--workers", text);
        return 0;
    case KEY_MEMORY:
        o->memory = bytes_of(state, text);
        return 0;
    case KEY_RETRY:
        o->retry |= retry_of(state, text);
        return 0;
    case KEY_MAX_FAILURES:
        o->failures_max = lab_cli_int(state, "--max-failures", text, 1, 1000000);
        return 0;
    case KEY_KEEP_GOING:
        o->failures_max = 0;
        return 0;
    case KEY_JSON:
        o->form = LAB_FORM_JSON;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp lab_launching_argp = {options, parse_option, 0, 0, 0, 0, 0};

lab_launching lab_launching_defaults(void)
{
    return (lab_launching){.ledger = lab_cli_defaults().ledger};
}

/* ---- dry run ---- */

enum { TIMED_SHAPES = 4 }; /* of each kind of run */

typedef struct {
    lab_cell_state state;
    lab_action action;
} verdict;

static lab_status judge(lab_ledger *ledger, const lab_sweep *sweep, int retry, verdict *verdicts,
                        lab_error *err)
{
    for (isize i = 0; i < sweep->count; i++) {
        const lab_cell *cell = &sweep->cells[i];
        lab_cell_state parent;
        bool has_parent = cell->parent.hex[0] != 0;
        lab_action parent_action = LAB_SKIP_FAILED;
        lab_status status = lab_record_state(ledger, cell->hash.hex, &verdicts[i].state, err);
        if (status == LAB_OK && has_parent)
            status = lab_record_state(ledger, cell->parent.hex, &parent, err);
        if (status != LAB_OK) return status;
        if (cell->parent_cell >= 0) parent_action = verdicts[cell->parent_cell].action;
        verdicts[i].action = lab_record_decide(&verdicts[i].state, has_parent ? &parent : NULL,
                                               parent_action, retry);
    }
    return LAB_OK;
}

static bool will_run(lab_action action)
{
    return action == LAB_DO_RUN || action == LAB_DO_RESUME || action == LAB_DO_REDO ||
           action == LAB_DO_WAIT;
}

static void explain(const lab_cell *cell, const verdict *v, lab_text *text)
{
    const lab_cell_state *state = &v->state;
    const char *parent = lab_run_of(cell->parent.hex).text;
    switch (v->action) {
    case LAB_DO_RUN:
        lab_text_put(text, "run");
        break;
    case LAB_DO_RESUME:
        /* An engine that outlived its launcher may have gone on to a checkpoint unheard. */
        if (state->step > 0)
            lab_text_add(text, "resume at step %lld or later", (long long)state->step);
        else
            lab_text_put(text, "resume (from its last checkpoint, if it wrote one)");
        lab_text_add(text, ": %s",
                     strcmp(state->state, "running") == 0 || strcmp(state->state, "claimed") == 0
                         ? "its process is gone"
                         : state->state);
        break;
    case LAB_DO_REDO:
        lab_text_add(text, "run again: its trunk %s was replaced", parent);
        break;
    case LAB_DO_WAIT:
        lab_text_add(text, "run after %s", parent);
        break;
    case LAB_DO_WATCH:
        lab_text_add(text, "wait: runs already on %s", state->host);
        break;
    case LAB_SKIP_DONE:
        lab_text_add(text, "skip: done in attempt %lld", (long long)state->attempts);
        break;
    case LAB_SKIP_FAILED:
        lab_text_add(text, "skip: %s in attempt %lld; --retry %s", state->state,
                     (long long)state->attempts, state->state);
        break;
    case LAB_SKIP_PRUNED:
        if (strcmp(state->state, "pruned") == 0)
            lab_text_add(text, "skip: pruned in attempt %lld; --retry pruned",
                         (long long)state->attempts);
        else
            lab_text_add(text, "skip: its trunk %s was pruned", parent);
        break;
    case LAB_SKIP_BLOCKED:
        lab_text_add(text, "blocked: its trunk %s is not done", parent);
        break;
    }
}

/* Share of a cell's work that is still to be done. */
static double left_of(const verdict *v, const lab_estimate *estimate)
{
    if (v->action != LAB_DO_RESUME || v->state.step <= 0 || estimate->steps <= 0) return 1;
    double left = (double)(estimate->steps - v->state.step) / (double)estimate->steps;
    return left > 0 ? left : 0;
}

/* Of one thread; NaN where nothing tells. */
static double seconds_of(const lab_estimates *estimates, isize cell, const verdict *v)
{
    const lab_estimate *estimate = &estimates->cells[cell];
    return lab_rates_core_s(&estimates->rates, &estimate->cost) * left_of(v, estimate);
}

/* Seconds that the launcher would take. */
static double whole_time(const lab_launching *o, const lab_sweep *sweep, const verdict *verdicts,
                         const lab_estimates *estimates)
{
    lab_schedule schedule;
    lab_launch launch = {.jobs = o->jobs, .workers = o->workers, .memory = o->memory};
    lab_schedule_init(&schedule, sweep->count, lab_launch_room(&launch));
    for (isize i = 0; i < sweep->count; i++) {
        double seconds = seconds_of(estimates, i, &verdicts[i]);
        bool open = will_run(verdicts[i].action) && isfinite(seconds);
        schedule.loads[i] =
            (lab_load){.seconds = seconds,
                       .bytes = lab_rates_bytes(&estimates->rates, &estimates->cells[i].cost),
                       .parent = sweep->cells[i].parent_cell,
                       .stage = open ? LAB_OPEN : LAB_SETTLED};
    }
    lab_schedule_sort(&schedule);
    double left = lab_schedule_left(&schedule, NULL, 0);
    lab_schedule_finish(&schedule);
    return left;
}

static void print_dry_run(const lab_sweep *sweep, const verdict *verdicts,
                          const lab_estimates *estimates, lab_form form)
{
    static const char *const names[] = {"run",   "kind", "parent",  "differs", "params",
                                        "FLOPs", "time", "seconds", "what"};
    bool varying[LAB_KEY_COUNT];
    lab_table table = {0};
    for (int i = 0; i < 9; i++) /* people read the time, programs the seconds */
        if (strcmp(names[i], form == LAB_FORM_TABLE ? "seconds" : "time") != 0)
            lab_table_column(&table, names[i]);
    lab_sweep_varying(sweep, varying);
    for (isize i = 0; i < sweep->count; i++) {
        const lab_cell *cell = &sweep->cells[i];
        const lab_estimate *estimate = &estimates->cells[i];
        double seconds = seconds_of(estimates, i, &verdicts[i]);
        lab_text label = {0}, why = {0};
        lab_sweep_label_vars(sweep, cell->vars, &label);
        lab_sweep_label(cell, varying, &label);
        explain(cell, &verdicts[i], &why);
        lab_table_text(&table, lab_run_of(cell->hash.hex).text);
        lab_table_text(&table, lab_cell_kind(cell));
        if (cell->parent.hex[0])
            lab_table_text(&table, lab_run_of(cell->parent.hex).text);
        else
            lab_table_null(&table);
        lab_table_text(&table, lab_text_of(&label));
        if (estimate->planned) {
            double params = (double)estimate->params_total, flops = (double)estimate->flops_total;
            lab_table_number(&table, params, lab_short_count(params).text);
            lab_table_number(&table, flops, lab_short_count(flops).text);
        } else {
            lab_table_null(&table);
            lab_table_null(&table);
        }
        if (isfinite(seconds))
            lab_table_number(&table, seconds, lab_short_seconds(seconds).text);
        else
            lab_table_null(&table);
        lab_table_text(&table, lab_text_of(&why));
        lab_text_finish(&label);
        lab_text_finish(&why);
    }
    lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
}

static void print_totals(const lab_launching *o, const lab_sweep *sweep, const verdict *verdicts,
                         const lab_estimates *estimates)
{
    int run = 0, skip = 0, unknown = 0;
    double flops = 0, seconds = whole_time(o, sweep, verdicts, estimates);
    for (isize i = 0; i < sweep->count; i++) {
        if (!will_run(verdicts[i].action)) {
            skip++;
            continue;
        }
        run++;
        double left = left_of(&verdicts[i], &estimates->cells[i]);
        flops += (double)estimates->cells[i].flops_total * left;
        unknown += !isfinite(seconds_of(estimates, i, &verdicts[i]));
    }
    (void)printf("\n%td cells: %d to run, %d to skip; %s FLOPs", sweep->count, run, skip,
                 lab_short_count(flops).text);
    if (seconds > 0) (void)printf("; about %s", lab_short_seconds(seconds).text);
    (void)printf("\n");
    if (unknown > 0) (void)printf("%d cells without an estimate.\n", unknown);
    if (estimates->recalled > 0)
        (void)printf("Time is scaled by FLOPs from the nearest of %d runs of this ledger.\n",
                     estimates->recalled);
    if (estimates->timed > 0)
        (void)printf("%s is scaled by FLOPs from rates that were measured on %d of %d shapes for "
                     "half a second each. Reading data comes on top.\n",
                     estimates->recalled > 0 ? "That of other kinds of run" : "Time",
                     estimates->timed, estimates->shapes);
}

/* Which rules of the file left cells out, for people: where they cannot spoil what programs read.
 */
static void print_left_out(const lab_sweep *sweep, FILE *file)
{
    isize all = 0;
    for (int i = 0; i < sweep->left_out_count; i++) all += sweep->left_out[i].count;
    if (all > 0) (void)fprintf(file, "%td left out by the file:\n", all);
    for (int i = 0; i < sweep->left_out_count; i++)
        (void)fprintf(file, "  %td by %s\n", sweep->left_out[i].count, sweep->left_out[i].rule);
}

/* Which combination of the file gave no cell of its own, the same way. */
static void print_equal(const lab_sweep *sweep, FILE *file)
{
    const lab_equal *equal = &sweep->equal;
    bool varying[LAB_KEY_COUNT];
    lab_text label = {0};
    if (equal->count == 0) return;
    const lab_cell *cell = &sweep->cells[equal->cell];
    lab_sweep_varying(sweep, varying);
    lab_sweep_label_vars(sweep, equal->vars, &label);
    lab_sweep_label(cell, varying, &label);
    lab_text_add(&label, " is run %s ", lab_run_of(cell->hash.hex).text);
    lab_sweep_label_vars(sweep, cell->vars, &label);
    (void)fprintf(file, "%td %s: %.*s\n", equal->count,
                  equal->count == 1 ? "combination equals another cell"
                                    : "combinations equal other cells, the first of them",
                  (int)label.length - 1, lab_text_of(&label));
    lab_text_finish(&label);
}

lab_status lab_launching_open(lab_ledger **out, const lab_launching *o, bool write, lab_error *err)
{
    bool there = access(o->spool ? o->spool : o->ledger, F_OK) == 0;
    if (o->spool && (write || there)) return lab_spool_open_part(out, o->spool, o->cells, err);
    return lab_ledger_open(out, o->ledger,
                           o->spool ? LAB_LEDGER_MEMORY
                           : write  ? LAB_LEDGER_WRITE
                           : there  ? LAB_LEDGER_READ
                                    : LAB_LEDGER_MEMORY,
                           err);
}

static int dry_run(const lab_launching *o, const lab_engine *engine, const lab_sweep *sweep)
{
    lab_ledger *ledger = NULL;
    lab_error err;
    lab_estimates estimates = {0};
    verdict *verdicts = lab_heap_take(sweep->count * (isize)sizeof *verdicts);
    bool *wanted = lab_heap_take(sweep->count * (isize)sizeof *wanted);
    lab_status status = lab_launching_open(&ledger, o, false, &err);
    if (status == LAB_OK) status = judge(ledger, sweep, o->retry, verdicts, &err);
    for (isize i = 0; i < sweep->count; i++) wanted[i] = will_run(verdicts[i].action);
    if (status == LAB_OK)
        status = lab_estimate_plan(&estimates, engine, sweep, wanted, (lab_until){0}, &err);
    if (status == LAB_OK) status = lab_estimate_recall(&estimates, ledger, &err);
    if (status == LAB_OK)
        status = lab_estimate_time(&estimates, engine, sweep, TIMED_SHAPES, (lab_until){0}, &err);
    if (status == LAB_OK) {
        print_dry_run(sweep, verdicts, &estimates, o->form);
        if (o->form == LAB_FORM_TABLE) print_totals(o, sweep, verdicts, &estimates);
        print_left_out(sweep, o->form == LAB_FORM_TABLE ? stdout : stderr);
        print_equal(sweep, o->form == LAB_FORM_TABLE ? stdout : stderr);
    }
    lab_estimate_finish(&estimates);
    lab_ledger_close(&ledger);
    lab_heap_free(verdicts);
    lab_heap_free(wanted);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}

/* ---- launch ---- */

/* A single run that cannot start, since its trunk was pruned, has not been done. */
static int conclude(const lab_outcome *out, const lab_launching *o, bool single)
{
    (void)printf("%d done, %d done before", out->done, out->skipped);
    if (out->failed) (void)printf(", %d failed", out->failed);
    if (out->failed_before) (void)printf(", %d failed before", out->failed_before);
    if (out->blocked) (void)printf(", %d blocked", out->blocked);
    if (out->pruned) (void)printf(", %d pruned", out->pruned);
    if (out->stopped) (void)printf(", %d stopped or not started", out->stopped);
    (void)printf(" (%s, %s)\n", lab_short_seconds(out->wall_s).text,
                 o->spool ? o->spool : o->ledger);
    if (out->signal) {
        (void)printf("Interrupted: the same command goes on from here.\n");
        return 128 + out->signal;
    }
    if (out->failed + out->failed_before + out->blocked == 0)
        return out->stopped || (single && out->pruned) ? LAB_EXIT_FAILED : LAB_EXIT_DONE;
    (void)printf("%s try them again with --retry failed, diverged, killed "
                 "or all.\n",
                 o->spool ? "After patchlaw import spool, see patchlaw sql failures;"
                          : "See patchlaw sql failures;");
    return LAB_EXIT_FAILED;
}

int lab_launching_go(const lab_launching *o, const lab_engine *engine, const lab_sweep *sweep)
{
    lab_ledger *ledger = NULL;
    lab_error err;
    lab_outcome out = {0};
    if (o->dry_run) return dry_run(o, engine, sweep);
    lab_status status = lab_launching_open(&ledger, o, true, &err);
    if (status == LAB_OK) {
        lab_launch launch = {.ledger = ledger,
                             .engine = engine,
                             .sweep = sweep,
                             .jobs = o->jobs,
                             .workers = o->workers,
                             .memory = o->memory,
                             .retry = o->retry,
                             .failures_max = o->failures_max};
        status = lab_launch_run(&launch, &out, &err);
    }
    lab_ledger_close(&ledger);
    return status == LAB_OK ? conclude(&out, o, !sweep->file) : lab_cli_fail(status, &err);
}
