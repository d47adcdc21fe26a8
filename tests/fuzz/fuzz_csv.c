/* Side: harness. A CSV file of runs: whatever is accepted is in the ledger, in which no check finds
 * anything, and is known when it comes again; whatever is refused leaves no row. */
#include "base/embedded.h"
#include "fuzz.h"
#include "import/runs.h"
#include <string.h>

static lab_ledger *ledger;
static lab_error err;

static void hear(void *context, const char *sentence)
{
    (void)context;
    if (!*sentence) abort();
}

static int64_t cells(void)
{
    lab_query *query = NULL;
    bool row = false;
    if (lab_query_open_text(&query, ledger, "SELECT count(*) FROM runs", &err) != LAB_OK ||
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
        if (strcmp(file->kind, "checks") != 0 || strcmp(file->name, "integrity") == 0) continue;
        if (lab_query_open(&query, ledger, file->kind, file->name, &err) != LAB_OK ||
            lab_query_step(query, &row, &err) != LAB_OK || row)
            abort();
        lab_query_close(&query);
    }
}

static const char place[] = "/dev/null"; /* is there: runs without a name have that of their file */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lab_imported_runs out;
    lab_text text = {0};
    lab_import_wish wish = {.say = hear};
    if (!ledger && lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) != LAB_OK) abort();
    lab_text_bytes(&text, data, (isize)size);
    lab_status status = lab_import_runs(ledger, place, &text, &wish, &out, &err);
    if (status != LAB_OK && (status != LAB_ERR_FORMAT || cells() != 0)) abort();
    if (status == LAB_OK) {
        if (out.runs < 1 || out.added != out.runs || cells() != out.runs) abort();
        nothing_found();
        if (lab_import_runs(ledger, place, &text, &wish, &out, &err) != LAB_OK || out.added != 0 ||
            out.replaced != 0)
            abort();
        lab_ledger_close(&ledger); /* the next input meets an empty one */
    }
    lab_text_finish(&text);
    return 0;
}
