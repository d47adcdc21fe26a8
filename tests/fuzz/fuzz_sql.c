/* Side: harness. A script of statements and dot commands, as patchlaw sql reads it: whatever it
 * says, the ledger is the same afterwards. */
#include "cli/sql.h"
#include "fuzz.h"
#include <stdio.h>
#include <string.h>

enum { BYTES_MAX = 4096 };
static lab_ledger *ledger;

/* Objects and schema number. */
static int64_t state(void)
{
    lab_query *query = NULL;
    lab_error err;
    bool row = false;
    int64_t value = -1;
    if (lab_query_open(&query, ledger, "queries", "ledger_version", &err) == LAB_OK &&
        lab_query_step(query, &row, &err) == LAB_OK && row)
        value = lab_query_int(query, 1) * 10000 + lab_query_int(query, 2);
    lab_query_close(&query);
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static int64_t before;
    lab_error err;
    if (!ledger) {
        if (!freopen("/dev/null", "w", stdout)) abort();
        if (lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) != LAB_OK) abort();
        before = state();
    }
    if (bytes > BYTES_MAX) return 0;
    lab_session session = {.ledger = ledger, .rows = 10, .seconds = 1};
    lab_text text = {0}, pending = {0}, line = {0};
    lab_text_bytes(&text, data, (isize)bytes);
    lab_status status = LAB_OK;
    for (const char *c = lab_text_of(&text); status == LAB_OK && *c && !session.quit;) {
        size_t length = strcspn(c, "\n");
        lab_text_clear(&line);
        lab_text_bytes(&line, c, (isize)length);
        c += length + (c[length] == '\n');
        status = lab_session_line(&session, &pending, lab_text_of(&line), &err);
    }
    if (status == LAB_OK) status = lab_session_end(&session, &pending, &err);
    lab_ledger_limit(ledger, 0);
    lab_text_finish(&text);
    lab_text_finish(&pending);
    lab_text_finish(&line);
    if (state() != before) abort();
    return 0;
}
