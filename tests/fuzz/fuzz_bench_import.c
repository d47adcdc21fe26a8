/* Side: harness. A benchmark's file: whatever is accepted is whole in the ledger, in which no check
 * finds anything; whatever is refused leaves no row. */
#include "base/embedded.h"
#include "fuzz.h"
#include "import/bench.h"
#include <string.h>

static lab_ledger *ledger;
static lab_error err;

static int64_t rows(void)
{
    lab_query *query = NULL;
    bool row = false;
    if (lab_query_open_text(&query, ledger, "SELECT count(*) FROM bench", &err) != LAB_OK ||
        lab_query_step(query, &row, &err) != LAB_OK || !row)
        abort();
    int64_t count = lab_query_int(query, 0);
    lab_query_close(&query);
    return count;
}

static void nothing_found(void)
{
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        lab_query *query = NULL;
        bool row = false;
        if (strcmp(file->kind, "checks") != 0) continue;
        if (lab_query_open(&query, ledger, file->kind, file->name, &err) != LAB_OK ||
            lab_query_step(query, &row, &err) != LAB_OK || row)
            abort();
        lab_query_close(&query);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lab_imported out;
    lab_text text = {0};
    if (!ledger && lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) != LAB_OK) abort();
    lab_text_bytes(&text, data, (isize)size);
    lab_status status = lab_import_bench(ledger, "fuzz", &text, &out, &err);
    lab_text_finish(&text);
    if (status != LAB_OK && (status != LAB_ERR_FORMAT || rows() != 0)) abort();
    if (status != LAB_OK) return 0;
    if (out.known || out.rows < 1 || rows() != out.rows) abort();
    nothing_found();
    lab_ledger_close(&ledger); /* the next input meets an empty one */
    return 0;
}
