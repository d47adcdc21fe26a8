#include "launch/replaced.h"
#include "base/text.h"
#include "launch/host.h"
#include <string.h>
#include <sys/stat.h>

typedef struct {
    int64_t cell_id;
    lab_text path;
    int64_t bytes, written_at;
    lab_text sha256;
} known;

static lab_status read_known(known *out, lab_ledger *ledger, const char *hash, bool *found,
                             lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "cell_checkpoint", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        status = lab_query_step(query, found, err);
    }
    if (status == LAB_OK && *found) {
        out->cell_id = lab_query_int(query, 0);
        lab_text_add(&out->path, "%s/%s/%s", lab_ledger_folder(ledger), lab_query_text(query, 1),
                     lab_query_text(query, 2));
        out->bytes = lab_query_int(query, 3);
        lab_text_put(&out->sha256, lab_query_text(query, 4));
        out->written_at = lab_query_int(query, 5);
    }
    lab_query_close(&query);
    return status;
}

static bool looks_other(const known *k, struct stat *info)
{
    if (stat(lab_text_of(&k->path), info) != 0) return false;
    int64_t changed = (int64_t)info->st_mtim.tv_sec * 1000000 + info->st_mtim.tv_nsec / 1000;
    return (int64_t)info->st_size != k->bytes || changed > k->written_at;
}

static lab_status note(lab_ledger *ledger, const known *k, const lab_sha256 *hash, int64_t bytes,
                       lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "cell_replaced", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":cell_id", k->cell_id);
        lab_query_bind_text(query, ":sha256", hash->hex);
        lab_query_bind_int(query, ":bytes", bytes);
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

lab_status lab_record_replaced(lab_ledger *ledger, const char *hash, bool *replaced, lab_error *err)
{
    known k = {0};
    struct stat info;
    lab_sha256 now;
    lab_error ignored;
    bool found = false;
    *replaced = false;
    lab_status status = read_known(&k, ledger, hash, &found, err);
    if (status == LAB_OK && found && looks_other(&k, &info) &&
        lab_sha256_of_file(&now, lab_text_of(&k.path), &ignored) == LAB_OK)
        *replaced = strcmp(now.hex, lab_text_of(&k.sha256)) != 0;
    if (*replaced) status = note(ledger, &k, &now, (int64_t)info.st_size, err);
    lab_text_finish(&k.path);
    lab_text_finish(&k.sha256);
    return status;
}
