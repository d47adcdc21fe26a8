/* The ledger: its schema, its statements, and what it refuses. */
#include "base/embedded.h"
#include "base/text.h"
#include "check.h"
#include "ledger/internal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static lab_error err;

static lab_ledger *memory(void)
{
    lab_ledger *ledger = NULL;
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) == LAB_OK);
    return ledger;
}

static void every_statement_compiles(void)
{
    lab_ledger *ledger = memory();
    int compiled = 0;
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        int script = strncmp(file->name, "ledger_connect", 14) == 0;
        if (strcmp(file->kind, "migrations") == 0 || strcmp(file->kind, "views") == 0 || script)
            continue;
        lab_query *query = NULL;
        if (lab_query_open(&query, ledger, file->kind, file->name, &err) != LAB_OK) {
            (void)printf("\n    %s/%s: %s\n", file->kind, file->name, err.text);
            CU_FAIL("does not compile");
            continue;
        }
        compiled++;
        int reads = strcmp(file->kind, "checks") == 0 || strcmp(file->kind, "reports") == 0 ||
                    strncmp(file->name, "saved_", 6) == 0;
        if (reads && !lab_query_reads(query)) {
            (void)printf("\n    %s/%s writes\n", file->kind, file->name);
            CU_FAIL("writes");
        }
        lab_query_close(&query);
    }
    CU_ASSERT(compiled > 20);
    lab_ledger_close(&ledger);
}

static void every_view_can_be_read(void)
{
    lab_ledger *ledger = memory();
    int views = 0;
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        if (strcmp(file->kind, "views") != 0) continue;
        char sql[128];
        (void)snprintf(sql, sizeof sql, "SELECT * FROM %s", file->name);
        lab_query *query = NULL;
        lab_status status = lab_query_open_text(&query, ledger, sql, &err);
        if (status == LAB_OK) status = lab_query_run(query, &err);
        if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
        CU_ASSERT(status == LAB_OK);
        lab_query_close(&query);
        views++;
    }
    CU_ASSERT(views == 10);
    lab_ledger_close(&ledger);
}

SUITE(ledger, {"every statement compiles", every_statement_compiles},
      {"every view can be read", every_view_can_be_read})
