/* patchlaw status: every sweep, and what runs now. */
#include "base/heap.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/cli.h"
#include "launch/board.h"
#include "launch/host.h"
#include "launch/record.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char doc[] = "Shows every sweep with its cells by state, and the runs that run now."
                          "\vExamples:\n"
                          "  patchlaw status\n"
                          "  patchlaw status --watch\n"
                          "  patchlaw status --json";

static const struct argp_option options[] = {
    {"watch", 'w', NULL, 0, "Look again every second, until nothing runs", 0}, {0}};

typedef struct {
    lab_cli_common common;
    bool watch;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case 'w':
        p->watch = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* For how long it has run. Here that is a matter of its process; another machine has told when it
 * began by a clock that may not be ours. */
static double ran_s(const lab_query *row)
{
    lab_host here = lab_host_here();
    int64_t pid = lab_query_int(row, lab_query_column(row, "pid"));
    int64_t started = lab_query_int(row, lab_query_column(row, "pid_started"));
    if (strcmp(lab_query_text(row, lab_query_column(row, "boot_id")), here.boot_id) == 0 &&
        lab_process_started(pid) == started)
        return lab_ticks_ago_s(started);
    return fmax(0, (double)(lab_now_us() - lab_query_int(row, 4)) * 1e-6);
}

/* The row of show_running, a line. */
static void describe(const lab_query *row, bool alive, lab_text *text)
{
    double step = lab_query_real(row, 2), steps = lab_query_real(row, 3);
    double ran = ran_s(row);
    double new_steps = step - lab_query_real(row, 5), silent_s = lab_query_real(row, 6);
    double fraction = steps > 0 ? step / steps : 0;
    lab_text_add(text, "  %s %-9s ", lab_query_text(row, 0), lab_query_text(row, 1));
    lab_board_bar(text, fraction, 16);
    lab_text_add(text, " %3.0f%%  ", 100 * fraction);
    if (!alive) {
        lab_text_put(text, "its process is gone\n");
        return;
    }
    lab_text_add(text, "%s so far", lab_short_seconds(ran).text);
    if (new_steps > 0 && steps > 0 && ran > 0)
        lab_text_add(text, ", %.3g steps/s, about %s left", new_steps / ran,
                     lab_short_seconds((steps - step) * ran / new_steps).text);
    if (silent_s > 30)
        lab_text_add(text, ", launcher silent for %s", lab_short_seconds(silent_s).text);
    lab_text_put(text, "\n");
}

/* *alive counts those whose process is there; the text has the others, too. */
static lab_status running(lab_ledger *ledger, lab_text *text, int *alive, lab_error *err)
{
    lab_query *query = NULL;
    lab_cell_state state;
    bool row = false;
    *alive = 0;
    lab_status status = lab_query_open(&query, ledger, "queries", "show_running", err);
    if (status == LAB_OK) lab_query_bind_int(query, ":now", lab_now_us());
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        status = lab_record_state(ledger, lab_query_text(query, 7), &state, err);
        if (status != LAB_OK) break;
        describe(query, state.alive, text);
        *alive += state.alive;
    }
    lab_query_close(&query);
    return status;
}

static lab_status look(const parsed *p, int *count, lab_error *err)
{
    lab_ledger *ledger = NULL;
    lab_text text = {0};
    lab_status status = lab_ledger_open(&ledger, p->common.ledger, LAB_LEDGER_READ, err);
    if (status == LAB_OK && p->watch && lab_terminal_is(STDOUT_FILENO))
        (void)printf("\x1b[H\x1b[J");
    if (status == LAB_OK)
        status = lab_cli_print(ledger, "show_sweeps", NULL, NULL, NULL, p->common.form, err);
    if (status == LAB_OK) status = running(ledger, &text, count, err);
    if (status == LAB_OK && p->common.form == LAB_FORM_TABLE)
        (void)printf("\n%s", text.length > 0 ? lab_text_of(&text) : "Nothing runs.\n");
    (void)fflush(stdout);
    lab_text_finish(&text);
    lab_ledger_close(&ledger);
    return status;
}

int lab_cmd_status(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_error err;
    lab_status status = LAB_OK;
    int count = 0, idle = 0;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    do {
        lab_cli_reap(p.common.ledger);
        status = look(&p, &count, &err);
        idle = count > 0 ? 0 : idle + 1; /* between two runs of a sweep nothing runs, either */
        if (p.watch && status == LAB_OK && idle < 2) (void)sleep(1);
    } while (p.watch && status == LAB_OK && idle < 2);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
