/* patchlaw compare RUN RUN...: what differs. */
#include "base/heap.h"
#include "base/text.h"
#include "cli/cli.h"
#include "launch/record.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char doc[] = "Compares runs: the keys whose values differ, and the results that do."
                          "\vExamples:\n"
                          "  patchlaw compare 3fa9c1 77b0e2\n"
                          "  patchlaw compare 3fa9c1 77b0e2 10ffee --markdown";

typedef struct {
    lab_cli_common common;
    char **runs; /* argc places */
    int count;
} parsed;

/* A line of the table: a key or result, and its value in each run ("" where it has none). */
typedef struct {
    char *name, **values; /* owned */
    bool result;
} line;

typedef struct {
    line *lines; /* owned */
    isize count;
    int runs;
} comparison;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case ARGP_KEY_ARG:
        p->runs[p->count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (p->count < 2) argp_error(state, "which runs? Two at least; patchlaw ls lists them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void put(comparison *c, int run, const char *name, const char *value, bool result)
{
    isize i = 0;
    while (i < c->count && (c->lines[i].result != result || strcmp(c->lines[i].name, name) != 0))
        i++;
    if (i == c->count) {
        isize bytes = (isize)sizeof *c->lines;
        c->lines = lab_heap_grow(c->lines, c->count * bytes, (c->count + 1) * bytes);
        c->lines[i].name = lab_heap_text(name);
        c->lines[i].values = lab_heap_take(c->runs * (isize)sizeof(char *));
        c->lines[i].result = result;
        c->count++;
    }
    if (!c->lines[i].values[run]) c->lines[i].values[run] = lab_heap_text(value);
}

static bool differs(const comparison *c, const line *l)
{
    for (int r = 1; r < c->runs; r++) {
        const char *a = l->values[0], *b = l->values[r];
        if ((a == NULL) != (b == NULL) || (a && strcmp(a, b) != 0)) return true;
    }
    return false;
}

static lab_status read_keys(lab_ledger *ledger, comparison *c, int run, const char *hash,
                            lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "show_config", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":hash", hash);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row)
        put(c, run, lab_query_text(query, 0), lab_query_text(query, 1), false);
    lab_query_close(&query);
    return status;
}

static lab_status read_results(lab_ledger *ledger, comparison *c, int run, const char *hash,
                               lab_error *err)
{
    static const char *const columns[] = {
        "kind",     "state", "params_trunk", "params_total", "flops_total",
        "images",   "loss",  "attempts",     "wall_s",       "cpu_s",
        "rss_peak", "host",  "blas_kernel",  "git_commit"};
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "show_run", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        status = lab_query_step(query, &row, err);
    }
    for (size_t i = 0; status == LAB_OK && row && i < sizeof columns / sizeof *columns; i++) {
        int column = lab_query_column(query, columns[i]);
        if (!lab_query_is_null(query, column))
            put(c, run, columns[i], lab_query_text(query, column), true);
    }
    lab_query_close(&query);
    if (status == LAB_OK) status = lab_query_open(&query, ledger, "queries", "show_finals", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":hash", hash);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        char name[128];
        (void)snprintf(name, sizeof name, "last %s/%s", lab_query_text(query, 0),
                       lab_query_text(query, 1));
        put(c, run, name, lab_query_text(query, 5), true);
    }
    lab_query_close(&query);
    return status;
}

static lab_status read_best(lab_ledger *ledger, comparison *c, int run, const char *hash,
                            lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "show_best", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":run", lab_run_of(hash).text);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        bool alone = lab_query_is_null(query, 3); /* else only probes of one setting share a line */
        lab_text name = {0};
        char value[128];
        lab_text_add(&name, "best %s probe%s%s", lab_query_text(query, 0), alone ? "" : ", ",
                     alone ? "" : lab_query_text(query, 3));
        (void)snprintf(value, sizeof value, "%.4f (%s)", lab_query_real(query, 2),
                       lab_query_text(query, 1));
        put(c, run, lab_text_of(&name), value, true);
        lab_text_finish(&name);
    }
    lab_query_close(&query);
    return status;
}

static void print(const comparison *c, char (*hashes)[65], lab_form form)
{
    lab_table table = {0};
    lab_table_column(&table, "what");
    for (int r = 0; r < c->runs; r++) lab_table_column(&table, lab_run_of(hashes[r]).text);
    for (int result = 0; result < 2; result++)
        for (isize i = 0; i < c->count; i++) {
            if (c->lines[i].result != (result == 1) || !differs(c, &c->lines[i])) continue;
            lab_table_text(&table, c->lines[i].name);
            for (int r = 0; r < c->runs; r++) {
                if (c->lines[i].values[r])
                    lab_table_text(&table, c->lines[i].values[r]);
                else
                    lab_table_null(&table);
            }
        }
    lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
}

static void finish(comparison *c)
{
    for (isize i = 0; i < c->count; i++) {
        for (int r = 0; r < c->runs; r++) lab_heap_free(c->lines[i].values[r]);
        lab_heap_free(c->lines[i].values);
        lab_heap_free(c->lines[i].name);
    }
    lab_heap_free(c->lines);
}

int lab_cmd_compare(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {0, parse_option, "RUN RUN...", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults(), .runs = lab_heap_take(argc * (isize)sizeof *p.runs)};
    lab_ledger *ledger = NULL;
    lab_error err;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    comparison c = {.runs = p.count};
    char(*hashes)[65] = lab_heap_take(p.count * (isize)sizeof *hashes);
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    for (int r = 0; status == LAB_OK && r < p.count; r++) {
        status = lab_cli_find(ledger, p.runs[r], hashes[r], &err);
        if (status == LAB_OK) status = read_keys(ledger, &c, r, hashes[r], &err);
        if (status == LAB_OK) status = read_results(ledger, &c, r, hashes[r], &err);
        if (status == LAB_OK) status = read_best(ledger, &c, r, hashes[r], &err);
    }
    if (status == LAB_OK) print(&c, hashes, p.common.form);
    finish(&c);
    lab_ledger_close(&ledger);
    lab_heap_free(hashes);
    lab_heap_free(p.runs);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
