#include "bench/ledger/plain_sqlite.h"
#include "base/heap.h"
#include "bench/ledger/suites.h"
#include <sqlite3.h>

struct bench_plain {
    sqlite3 *db;
    sqlite3_stmt *begin, *insert, *commit;
};

static const char *text_of(const char *name)
{
    return lab_embedded_find(lab_bench_sql, "plain", name)->text;
}

static lab_status fail(const bench_plain *plain, lab_error *err)
{
    return lab_fail(err, LAB_ERR_LEDGER, "plain SQLite: %s", sqlite3_errmsg(plain->db));
}

static lab_status prepare(bench_plain *plain, sqlite3_stmt **out, const char *name, lab_error *err)
{
    int code =
        sqlite3_prepare_v3(plain->db, text_of(name), -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return code == SQLITE_OK ? LAB_OK : fail(plain, err);
}

lab_status bench_plain_open(bench_plain **out, const char *path, lab_error *err)
{
    lab_status status = LAB_OK;
    bench_plain *plain = lab_heap_take(sizeof *plain);
    *out = NULL;
    *plain = (bench_plain){0};
    if (sqlite3_open_v2(path, &plain->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(plain->db, text_of("open"), NULL, NULL, NULL) != SQLITE_OK)
        status = fail(plain, err);
    if (status == LAB_OK) status = prepare(plain, &plain->begin, "begin", err);
    if (status == LAB_OK) status = prepare(plain, &plain->insert, "insert", err);
    if (status == LAB_OK) status = prepare(plain, &plain->commit, "commit", err);
    if (status == LAB_OK) {
        *out = plain;
        plain = NULL;
    }
    bench_plain_close(&plain);
    return status;
}

void bench_plain_close(bench_plain **out)
{
    bench_plain *plain = *out;
    *out = NULL;
    if (!plain) return;
    (void)sqlite3_finalize(plain->begin);
    (void)sqlite3_finalize(plain->insert);
    (void)sqlite3_finalize(plain->commit);
    (void)sqlite3_close(plain->db);
    lab_heap_free(plain);
}

static bool run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE;
}

lab_status bench_plain_commit(bench_plain *plain, int64_t step, int series, double value,
                              lab_error *err)
{
    (void)sqlite3_bind_int(plain->insert, 1, series);
    (void)sqlite3_bind_int64(plain->insert, 2, step);
    (void)sqlite3_bind_double(plain->insert, 3, value);
    if (run(plain->begin) && run(plain->insert) && run(plain->commit)) return LAB_OK;
    return fail(plain, err);
}
