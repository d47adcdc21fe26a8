#include "import/bench.h"
#include <string.h>

/* Each finds nothing in a good file; in this order, since each trusts the ones before it. */
static const char *const checks[] = {"bench_schema", "bench_keys", "bench_rows"};

static lab_status open_named(lab_query **out, lab_ledger *ledger, const char *name, lab_error *err)
{
    return lab_query_open(out, ledger, "queries", name, err);
}

/* SQLite ends a text at U+0000, so what stands behind one would be lost without a word. */
static bool holds_nul(const lab_text *text)
{
    const char *words = lab_text_of(text);
    if (memchr(words, 0, (size_t)text->length)) return true;
    for (const char *c = words; (c = strchr(c, '\\')) != NULL; c += 1 + (c[1] != 0))
        if (strncmp(c, "\\u0000", 6) == 0) return true;
    return false;
}

static lab_status check(lab_ledger *ledger, const char *name, const lab_text *text, lab_error *err)
{
    if (holds_nul(text))
        return lab_fail(err, LAB_ERR_FORMAT, "%s: holds the character U+0000, which no text may",
                        name);
    if (!lab_text_is_utf8(text)) return lab_fail(err, LAB_ERR_FORMAT, "%s: is not UTF-8", name);
    lab_status status = LAB_OK;
    for (size_t i = 0; status == LAB_OK && i < sizeof checks / sizeof *checks; i++) {
        lab_query *query = NULL;
        bool row = false;
        status = open_named(&query, ledger, checks[i], err);
        if (status == LAB_OK) {
            lab_query_bind_text(query, ":json", lab_text_of(text));
            status = lab_query_step(query, &row, err);
        }
        if (status == LAB_OK && row)
            status = lab_fail(err, LAB_ERR_FORMAT, "%s: %s", name, lab_query_text(query, 0));
        lab_query_close(&query);
    }
    return status;
}

static lab_status find(lab_ledger *ledger, lab_imported *out, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "bench_find", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":sha256", out->hash.hex);
        status = lab_query_step(query, &out->known, err);
    }
    if (status == LAB_OK && out->known) out->rows = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

static lab_status add_file(lab_ledger *ledger, const char *name, const lab_text *text,
                           const lab_imported *out, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "bench_add_file", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":sha256", out->hash.hex);
        lab_query_bind_text(query, ":file", name);
        lab_query_bind_int(query, ":at", lab_now_us());
        lab_query_bind_text(query, ":json", lab_text_of(text));
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status add_results(lab_ledger *ledger, const lab_text *text, lab_imported *out,
                              lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "bench_add_results", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":bench_file_id", lab_ledger_last_id(ledger));
        lab_query_bind_text(query, ":json", lab_text_of(text));
        status = lab_query_run(query, err);
    }
    out->rows = lab_ledger_changes(ledger);
    lab_query_close(&query);
    return status;
}

lab_status lab_import_bench(lab_ledger *ledger, const char *name, const lab_text *text,
                            lab_imported *out, lab_error *err)
{
    *out = (lab_imported){.hash = lab_sha256_of(lab_text_of(text), text->length)};
    lab_status status = find(ledger, out, err);
    if (status != LAB_OK || out->known) return status;
    status = check(ledger, name, text, err); /* may take a while: without the lock */
    if (status == LAB_OK) status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = find(ledger, out, err);
    if (status == LAB_OK && !out->known) {
        status = add_file(ledger, name, text, out, err);
        if (status == LAB_OK) status = add_results(ledger, text, out, err);
    }
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}
