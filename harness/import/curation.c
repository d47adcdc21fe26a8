#include "import/curation.h"
#include "base/file.h"
#include "base/hash.h"

enum { MIB_MAX = 256 };

static lab_status run_named(lab_ledger *ledger, const char *name, const lab_text *json,
                            const lab_sha256 *hash, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", name, err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":json", lab_text_of(json));
        lab_query_bind_text(query, ":record", hash->hex);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

/* *known: 1 where the record is there already. LAB_ERR_FORMAT: it is none. */
static lab_status check(lab_ledger *ledger, const lab_text *json, const lab_sha256 *hash,
                        bool *known, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "curation_check", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":json", lab_text_of(json));
        lab_query_bind_text(query, ":record", hash->hex);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && !(row && lab_query_int(query, 0) == 1))
        status = lab_fail(err, LAB_ERR_FORMAT, "not a record of this version of a curation");
    *known = status == LAB_OK && lab_query_int(query, 1) == 1;
    lab_query_close(&query);
    return status;
}

static lab_status add(lab_ledger *ledger, const lab_text *json, const lab_sha256 *hash,
                      lab_error *err)
{
    static const char *const parts[] = {"curation_add_steps", "curation_add_reasons",
                                        "curation_add_tests", "curation_add_hits",
                                        "curation_add_thumbs"};
    lab_query *query = NULL;
    lab_status status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = lab_query_open(&query, ledger, "queries", "curation_add", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":json", lab_text_of(json));
        lab_query_bind_text(query, ":record", hash->hex);
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    for (size_t i = 0; status == LAB_OK && i < sizeof parts / sizeof *parts; i++)
        status = run_named(ledger, parts[i], json, hash, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

lab_status lab_curation_record(lab_ledger *ledger, const char *folder, bool *known, lab_error *err)
{
    lab_text path = {0}, json = {0};
    *known = false;
    lab_text_add(&path, "%s/funnel.json", folder);
    lab_status status = lab_file_read(&json, lab_text_of(&path), MIB_MAX, err);
    if (status == LAB_OK) {
        lab_sha256 hash = lab_sha256_of(lab_text_of(&json), json.length);
        status = check(ledger, &json, &hash, known, err);
        if (status == LAB_OK && !*known) status = add(ledger, &json, &hash, err);
        if (status != LAB_OK) lab_error_context(err, "%s", lab_text_of(&path));
    }
    lab_text_finish(&path);
    lab_text_finish(&json);
    return status;
}
