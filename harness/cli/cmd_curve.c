/* patchlaw curve RUN...: curves in the terminal. */
#include "base/heap.h"
#include "base/terminal.h"
#include "cli/cli.h"
#include "cli/plot.h"
#include "launch/record.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Plots a curve of one run or several. Values that are not finite are gaps, counted below the "
    "plot."
    "\vExamples:\n"
    "  patchlaw curve 3fa9c1\n"
    "  patchlaw curve 3fa9c1 77b0e2 --split val --metric loss_causal --x flops --log-x --log-y\n"
    "  patchlaw curve 3fa9c1 --metric grad_norm --csv";

enum {
    KEY_METRIC = 'm',
    KEY_SPLIT = 's',
    KEY_X = 'x',
    KEY_LOG_X = 0x300,
    KEY_LOG_Y,
    RUNS_MAX = 26
};
static const struct argp_option options[] = {
    {"metric", KEY_METRIC, "NAME", 0, "What is plotted (default loss)", 0},
    {"split", KEY_SPLIT, "NAME", 0, "train (default) or val", 0},
    {"x", KEY_X, "AXIS", 0, "Against step (default), images or flops", 0},
    {"log-x", KEY_LOG_X, NULL, 0, "Logarithmic horizontal axis", 0},
    {"log-y", KEY_LOG_Y, NULL, 0, "Logarithmic vertical axis", 0},
    {0}};

typedef struct {
    lab_cli_common common;
    const char *runs[RUNS_MAX], *metric, *split, *x;
    int count;
    bool log_x, log_y;
} parsed;

typedef struct {
    char run[16];
    lab_point *points; /* owned */
    isize count, capacity, not_finite;
    double last;
    int64_t last_step, first_bad;
} curve;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case KEY_METRIC:
        p->metric = text;
        return 0;
    case KEY_SPLIT:
        p->split = text;
        return 0;
    case KEY_X:
        if (strcmp(text, "step") != 0 && strcmp(text, "images") != 0 && strcmp(text, "flops") != 0)
            argp_error(state, "--x: '%s' is none of step, images, flops", text);
        p->x = text;
        return 0;
    case KEY_LOG_X:
        p->log_x = true;
        return 0;
    case KEY_LOG_Y:
        p->log_y = true;
        return 0;
    case ARGP_KEY_ARG:
        if (p->count == RUNS_MAX) argp_error(state, "%d runs at most", RUNS_MAX);
        p->runs[p->count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (p->count == 0) argp_error(state, "which RUN? patchlaw ls lists them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void put_point(curve *c, lab_point point)
{
    if (c->count == c->capacity) {
        isize bytes = (isize)sizeof *c->points, capacity = c->capacity * 2 + 256;
        c->points = lab_heap_grow(c->points, c->capacity * bytes, capacity * bytes);
        c->capacity = capacity;
    }
    c->points[c->count++] = point;
}

static double value_of(const lab_query *row)
{
    int64_t kind = lab_query_int(row, 4);
    if (kind == 0) return lab_query_real(row, 3);
    return kind == 1 ? (double)NAN : kind == 2 ? (double)INFINITY : -(double)INFINITY;
}

static void put_row(lab_table *table, const curve *c, const lab_query *row)
{
    lab_table_text(table, c->run);
    for (int column = 0; column < 3; column++) {
        if (lab_query_is_null(row, column))
            lab_table_null(table);
        else
            lab_table_int(table, lab_query_int(row, column));
    }
    lab_table_number(table, value_of(row), NULL);
}

static lab_status say_missing(lab_ledger *ledger, const parsed *p, const char *hash, lab_error *err)
{
    lab_query *query = NULL;
    lab_text names = {0};
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "show_metrics", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":hash", hash);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row)
        lab_text_add(&names, " %s/%s", lab_query_text(query, 0), lab_query_text(query, 1));
    lab_query_close(&query);
    if (status == LAB_OK)
        status = lab_fail(err, LAB_ERR_MISSING, "%.12s: has no curve %s/%s; it has%s", hash,
                          p->split, p->metric, names.length ? lab_text_of(&names) : " none yet");
    lab_text_finish(&names);
    return status;
}

static lab_status read_curve(lab_ledger *ledger, const parsed *p, const char *hash, curve *c,
                             lab_table *table, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    int x = strcmp(p->x, "step") == 0 ? 0 : strcmp(p->x, "images") == 0 ? 1 : 2;
    (void)snprintf(c->run, sizeof c->run, "%.12s", hash);
    lab_status status = lab_query_open(&query, ledger, "queries", "show_curve", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        lab_query_bind_text(query, ":split", p->split);
        lab_query_bind_text(query, ":metric", p->metric);
    }
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        double value = value_of(query);
        put_point(c, (lab_point){lab_query_real(query, x), value});
        if (p->common.form != LAB_FORM_TABLE) put_row(table, c, query);
        if (!isfinite(value) && c->not_finite++ == 0) c->first_bad = lab_query_int(query, 0);
        c->last = value;
        c->last_step = lab_query_int(query, 0);
    }
    lab_query_close(&query);
    if (status == LAB_OK && c->count == 0) status = say_missing(ledger, p, hash, err);
    return status;
}

static void print_plot(const parsed *p, const curve *curves)
{
    lab_line lines[RUNS_MAX];
    lab_text text = {0}, y_name = {0};
    isize left_out = 0, not_finite = 0;
    int columns = lab_terminal_width(STDOUT_FILENO) - 12;
    for (int i = 0; i < p->count; i++) lines[i] = (lab_line){curves[i].points, curves[i].count};
    lab_text_add(&y_name, "%s/%s", p->split, p->metric);
    lab_plot_style style = {.columns = columns > 20 ? columns : 20,
                            .rows = 16,
                            .log_x = p->log_x,
                            .log_y = p->log_y,
                            .colour = lab_terminal_colour(STDOUT_FILENO),
                            .x_name = p->x,
                            .y_name = lab_text_of(&y_name)};
    lab_plot_draw(lines, p->count, &style, &text, &left_out);
    for (int i = 0; i < p->count; i++) {
        const curve *c = &curves[i];
        lab_text_add(&text, "%c %s  %td points, last %s at step %lld", 'a' + i, c->run, c->count,
                     lab_short_real(c->last).text, (long long)c->last_step);
        if (c->not_finite > 0)
            lab_text_add(&text, "; %td not finite, the first at step %lld", c->not_finite,
                         (long long)c->first_bad);
        lab_text_put(&text, "\n");
        not_finite += c->not_finite;
    }
    if (left_out > not_finite)
        lab_text_add(&text,
                     "%td points cannot stand on these axes (zero or negative on a log axis, "
                     "or without that cost)\n",
                     left_out - not_finite);
    (void)fputs(lab_text_of(&text), stdout);
    lab_text_finish(&text);
    lab_text_finish(&y_name);
}

int lab_cmd_curve(int argc, char **argv)
{
    static const char *const names[] = {"run", "step", "images", "flops", "value"};
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "RUN...", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(), .metric = "loss", .split = "train", .x = "step"};
    lab_ledger *ledger = NULL;
    lab_table table = {0};
    lab_error err;
    char hash[65];
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    curve *curves = lab_heap_take(p.count * (isize)sizeof *curves);
    for (int i = 0; i < 5; i++) lab_table_column(&table, names[i]);
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    for (int i = 0; status == LAB_OK && i < p.count; i++) {
        status = lab_cli_find(ledger, p.runs[i], hash, &err);
        if (status == LAB_OK) status = read_curve(ledger, &p, hash, &curves[i], &table, &err);
    }
    if (status == LAB_OK && p.common.form == LAB_FORM_TABLE)
        print_plot(&p, curves);
    else if (status == LAB_OK)
        lab_table_print(&table, p.common.form, stdout);
    for (int i = 0; i < p.count; i++) lab_heap_free(curves[i].points);
    lab_heap_free(curves);
    lab_table_finish(&table);
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
