/* patchlaw show RUN: everything about one run. */
#include "base/text.h"
#include "cli/cli.h"
#include "launch/record.h"
#include <stdio.h>

static const char doc[] = "Shows a run: state, cost, config, attempts, data, curves, probes, files."
                          "\vA run is named by the first digits of its hash.\n\n"
                          "Examples:\n"
                          "  patchlaw show 3fa9c1\n"
                          "  patchlaw show 3fa9c1 --json";

typedef struct {
    lab_cli_common common;
    const char *run;
} parsed;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    parsed *p = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &p->common;
        state->child_inputs[1] = &p->common;
        return 0;
    case ARGP_KEY_ARG:
        if (p->run) argp_error(state, "one run at a time; patchlaw compare takes several");
        p->run = text;
        return 0;
    case ARGP_KEY_END:
        if (!p->run) argp_error(state, "which RUN? patchlaw ls lists them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct {
    const char *query, *parameter, *heading, *json;
} parts[] = {
    {"show_config", ":hash", "Config", "config"},
    {"show_attempts", ":hash", "Attempts", "attempts"},
    {"show_data", ":hash", "Data", "data"},
    {"show_finals", ":hash", "Curves and their last values", "curves"},
    {"show_probes", ":run", "Probes (the chosen head of each tap)", "probes"},
    {"show_children", ":run", "Probed by", "children"},
    {"show_artifacts", ":hash", "Files", "files"},
};

/* The one row of show_run, a line a column. */
static lab_status print_facts(lab_ledger *ledger, const char *hash, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "show_run", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        status = lab_query_step(query, &row, err);
    }
    for (int c = 0; status == LAB_OK && row && c < lab_query_columns(query); c++)
        if (!lab_query_is_null(query, c))
            (void)printf("%-13s %s\n", lab_query_name(query, c), lab_query_text(query, c));
    lab_query_close(&query);
    return status;
}

static lab_status print_json(lab_ledger *ledger, const char *hash, const char *run, lab_error *err)
{
    (void)printf("{\"run\": ");
    lab_status status = lab_cli_print(ledger, "show_run", ":hash", hash, NULL, LAB_FORM_JSON, err);
    for (size_t i = 0; status == LAB_OK && i < sizeof parts / sizeof *parts; i++) {
        (void)printf(", \"%s\": ", parts[i].json);
        status = lab_cli_print(ledger, parts[i].query, parts[i].parameter,
                               parts[i].parameter[1] == 'r' ? run : hash, NULL, LAB_FORM_JSON, err);
    }
    (void)printf("}\n");
    return status;
}

int lab_cmd_show(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&lab_cli_ledger_argp, 0, NULL, 0}, {&lab_cli_form_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {0, parse_option, "RUN", doc, children, 0, 0};
    parsed p = {.common = lab_cli_defaults()};
    lab_ledger *ledger = NULL;
    lab_error err;
    char hash[65];
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) return LAB_EXIT_USAGE;
    lab_cli_reap(p.common.ledger);
    lab_status status = lab_ledger_open(&ledger, p.common.ledger, LAB_LEDGER_READ, &err);
    if (status == LAB_OK) status = lab_cli_find(ledger, p.run, hash, &err);
    if (status == LAB_OK && p.common.form == LAB_FORM_JSON) {
        status = print_json(ledger, hash, lab_run_of(hash).text, &err);
    } else if (status == LAB_OK) {
        lab_run_name run = lab_run_of(hash);
        status = print_facts(ledger, hash, &err);
        for (size_t i = 0; status == LAB_OK && i < sizeof parts / sizeof *parts; i++)
            status = lab_cli_print(ledger, parts[i].query, parts[i].parameter,
                                   parts[i].parameter[1] == 'r' ? run.text : hash, parts[i].heading,
                                   p.common.form, &err);
    }
    lab_ledger_close(&ledger);
    return status == LAB_OK ? LAB_EXIT_DONE : lab_cli_fail(status, &err);
}
