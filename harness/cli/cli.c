#include "cli/cli.h"
#include "base/terminal.h"
#include "base/text.h"
#include "launch/record.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_LEDGER = 0x100, KEY_JSON, KEY_CSV, KEY_MARKDOWN };

lab_cli_common lab_cli_defaults(void)
{
    const char *ledger = getenv("PATCHLAW_LEDGER");
    return (lab_cli_common){ledger && *ledger ? ledger : "runs/ledger.db", LAB_FORM_TABLE};
}

static error_t parse_common(int key, char *text, struct argp_state *state)
{
    lab_cli_common *common = state->input;
    switch (key) {
    case KEY_LEDGER:
        common->ledger = text;
        return 0;
    case KEY_JSON:
        common->form = LAB_FORM_JSON;
        return 0;
    case KEY_CSV:
        common->form = LAB_FORM_CSV;
        return 0;
    case KEY_MARKDOWN:
        common->form = LAB_FORM_MARKDOWN;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option ledger_options[] = {
    {"ledger", KEY_LEDGER, "FILE", 0, "The ledger (default: $PATCHLAW_LEDGER, else runs/ledger.db)",
     0},
    {0}};
static const struct argp_option form_options[] = {
    {"json", KEY_JSON, NULL, 0, "Print JSON: a list with an object for each row", 0},
    {"csv", KEY_CSV, NULL, 0, "Print CSV", 0},
    {"markdown", KEY_MARKDOWN, NULL, 0, "Print a Markdown table", 0},
    {0}};
const struct argp lab_cli_ledger_argp = {ledger_options, parse_common, 0, 0, 0, 0, 0};
const struct argp lab_cli_form_argp = {form_options, parse_common, 0, 0, 0, 0, 0};

int lab_cli_int(struct argp_state *state, const char *option, const char *text, int min, int max)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < min || value > max)
        argp_error(state, "%s: '%s' is not a whole number from %d to %d", option, text, min, max);
    return (int)value;
}

double lab_cli_real(struct argp_state *state, const char *option, const char *text, double above,
                    double below)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (!*text || *end || !(value > above && value < below))
        argp_error(state, "%s: '%s' is no number above %g and below %g", option, text, above,
                   below);
    return value;
}

int lab_cli_fail(lab_status status, const lab_error *err)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "%spatchlaw: error:%s %s\n", lab_terminal_ink(STDERR_FILENO, LAB_RED),
                  lab_terminal_ink(STDERR_FILENO, LAB_PLAIN), err->text);
    return status == LAB_ERR_CONFIG || status == LAB_ERR_MISSING ? LAB_EXIT_USAGE : LAB_EXIT_SYSTEM;
}

void lab_cli_reap(const char *path)
{
    lab_ledger *ledger = NULL;
    lab_error ignored; /* a ledger that cannot be written now is shown as it is */
    int reaped = 0;
    if (access(path, W_OK) != 0) return;
    lab_status status = lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &ignored);
    if (status == LAB_OK) {
        lab_ledger_patience(ledger, 0);
        status = lab_record_reap(ledger, NULL, &reaped, &ignored);
    }
    if (status == LAB_OK && reaped > 0)
        (void)fprintf(stderr, "patchlaw: %d attempt%s whose process is gone marked as orphaned\n",
                      reaped, reaped == 1 ? "" : "s");
    lab_ledger_close(&ledger);
}

lab_status lab_cli_find(lab_ledger *ledger, const char *prefix, char hash[65], lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    int found = 0;
    char first[65] = "", second[65] = "";
    hash[0] = 0;
    if (!*prefix || strspn(prefix, "0123456789abcdef") != strlen(prefix) || strlen(prefix) > 64)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "'%.80s' is no run: a run is named by the first "
                        "digits of its hash; patchlaw ls lists them",
                        prefix);
    lab_status status = lab_query_open(&query, ledger, "queries", "cell_match", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":prefix", prefix);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        (void)snprintf(found == 0 ? first : second, 65, "%s", lab_query_text(query, 0));
        found++;
    }
    lab_query_close(&query);
    if (status != LAB_OK) return status;
    if (found == 0)
        return lab_fail(err, LAB_ERR_MISSING,
                        "%s: no run of %s starts with this; patchlaw ls "
                        "lists them",
                        prefix, lab_ledger_path(ledger));
    if (found > 1)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s: is the start of several runs (%.12s, %.12s%s); "
                        "give more digits",
                        prefix, first, second, found > 2 ? ", ..." : "");
    (void)snprintf(hash, 65, "%s", first);
    return LAB_OK;
}

/* Text as it is; a blob, and text that no form could carry (a NUL, or not UTF-8), as SQL writes it.
 */
static void add_bytes(const lab_query *query, int column, lab_table *table)
{
    lab_text text = {0}, hex = {0};
    isize bytes = 0;
    const unsigned char *data = lab_query_bytes(query, column, &bytes);
    lab_text_bytes(&text, data, bytes);
    if (lab_query_type(query, column) == LAB_TEXT && lab_text_is_utf8(&text) &&
        (isize)strlen(lab_text_of(&text)) == bytes) {
        lab_table_text(table, lab_text_of(&text));
    } else {
        lab_text_put(&hex, "X'");
        for (isize i = 0; i < bytes; i++) lab_text_add(&hex, "%02X", data[i]);
        lab_text_put(&hex, "'");
        lab_table_text(table, lab_text_of(&hex));
    }
    lab_text_finish(&text);
    lab_text_finish(&hex);
}

static void add_cell(const lab_query *query, int column, lab_table *table)
{
    char shown[32];
    switch (lab_query_type(query, column)) {
    case LAB_NULL:
        lab_table_null(table);
        break;
    case LAB_INT:
        lab_table_int(table, lab_query_int(query, column));
        break;
    case LAB_REAL:
        (void)snprintf(shown, sizeof shown, "%.6g", lab_query_real(query, column));
        lab_table_number(table, lab_query_real(query, column), shown);
        break;
    case LAB_TEXT:
    case LAB_BLOB:
        add_bytes(query, column, table);
        break;
    }
}

lab_status lab_cli_rows(lab_query *query, isize rows_max, lab_table *table, bool *more,
                        lab_error *err)
{
    bool row = false;
    lab_status status = LAB_OK;
    *more = false;
    for (int c = 0; c < lab_query_columns(query); c++)
        lab_table_column(table, lab_query_name(query, c));
    for (isize rows = 0; (status = lab_query_step(query, &row, err)) == LAB_OK && row; rows++) {
        if (rows_max > 0 && rows == rows_max) {
            *more = true;
            lab_query_reset(query);
            break;
        }
        for (int c = 0; c < lab_query_columns(query); c++) add_cell(query, c, table);
    }
    return status;
}

lab_status lab_cli_print(lab_ledger *ledger, const char *name, const char *parameter,
                         const char *value, const char *heading, lab_form form, lab_error *err)
{
    lab_query *query = NULL;
    lab_table table = {0};
    bool more = false;
    lab_status status = lab_query_open(&query, ledger, "queries", name, err);
    if (status == LAB_OK && parameter) lab_query_bind_text(query, parameter, value);
    if (status == LAB_OK) status = lab_cli_rows(query, 0, &table, &more, err);
    if (status == LAB_OK && (table.count > 0 || !heading)) {
        if (heading)
            (void)printf("\n%s%s%s\n", lab_terminal_ink(STDOUT_FILENO, LAB_BLUE), heading,
                         lab_terminal_ink(STDOUT_FILENO, LAB_PLAIN));
        lab_table_print(&table, form, stdout);
    }
    lab_table_finish(&table);
    lab_query_close(&query);
    return status;
}
