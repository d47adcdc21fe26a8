/* Side: harness. Files of a spool. The first byte tells which: a sweep, an attempt, or an attempt
 * whose first line is there. What is accepted reads the same once more; what is refused is said to
 * be damaged. */
#include "base/heap.h"
#include "fuzz.h"
#include "launch/replay.h"
#include "launch/spool.h"
#include <string.h>

static lab_error err;
static char hash[65];

static lab_status data(void *context, const char *name, char *hex, lab_error *why)
{
    (void)context, (void)name, (void)why;
    (void)snprintf(hex, 65, "%064d", 7);
    return LAB_OK;
}

/* A ledger of one cell. */
static lab_ledger *ledger_of_one(void)
{
    lab_ledger *ledger = NULL;
    lab_sweep sweep;
    lab_config *config = lab_heap_take(sizeof *config);
    lab_config_init(config);
    if (lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) != LAB_OK ||
        lab_sweep_single(&sweep, config, "", (lab_data_source){data, NULL, NULL}, &err) != LAB_OK ||
        lab_record_sweep(ledger, &sweep, &err) != LAB_OK)
        abort();
    (void)snprintf(hash, sizeof hash, "%s", sweep.cells[0].hash.hex);
    lab_sweep_finish(&sweep);
    lab_heap_free(config);
    return ledger;
}

static int64_t count(lab_ledger *ledger)
{
    lab_query *query = NULL;
    bool row = false;
    const char *sql = "SELECT 1000 * (SELECT count(*) FROM attempt) + (SELECT count(*) FROM point)"
                      " + (SELECT count(*) FROM probe_result) + (SELECT count(*) FROM artifact)";
    if (lab_query_open_text(&query, ledger, sql, &err) != LAB_OK ||
        lab_query_step(query, &row, &err) != LAB_OK || !row)
        abort();
    int64_t rows = lab_query_int(query, 0);
    lab_query_close(&query);
    return rows;
}

static void attempt(lab_ledger *ledger, const lab_text *text)
{
    lab_replay_how how = {.hash = hash, .folder = "run"};
    lab_replay first = {0}, again = {0};
    const char *path = fuzz_file(0, (const uint8_t *)lab_text_of(text), (size_t)text->length);
    if (lab_ledger_begin(ledger, &err) != LAB_OK) abort();
    lab_status status = lab_replay_file(&first, ledger, path, &how, &err);
    if (status != LAB_OK && status != LAB_ERR_FORMAT && status != LAB_ERR_LEDGER) abort();
    int64_t rows = status == LAB_OK ? count(ledger) : 0;
    if (status == LAB_OK && lab_replay_file(&again, ledger, path, &how, &err) != LAB_OK) abort();
    if (status == LAB_OK && (again.attempt_id != first.attempt_id || count(ledger) != rows))
        abort();
    lab_ledger_rollback(ledger);
}

static void sweep(lab_text *text)
{
    lab_sweep out;
    lab_status status = lab_spool_sweep_parse(&out, "fuzz", text, &err);
    if (status != LAB_OK && status != LAB_ERR_FORMAT) abort();
    lab_sweep_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static lab_ledger *ledger;
    lab_text text = {0};
    if (!ledger) ledger = ledger_of_one();
    if (size == 0) return 0;
    if (bytes[0] == '2') {
        lab_event claim = {.kind = LAB_LINE_CLAIM, .at = 1};
        lab_event_set_int(&claim, "version", LAB_SPOOL_VERSION);
        lab_event_set_text(&claim, "uuid", "one");
        lab_event_set_text(&claim, "hash", hash);
        lab_event_set_text(&claim, "host", "here");
        lab_line_put(&text, &claim);
    }
    lab_text_bytes(&text, bytes + 1, (isize)size - 1);
    if (bytes[0] == '0')
        sweep(&text);
    else
        attempt(ledger, &text);
    lab_text_finish(&text);
    return 0;
}
