/* Curves as TensorBoard's event files. */
#include "base/file.h"
#include "base/heap.h"
#include "base/text.h"
#include "format/tfevents.h"
#include "move/export.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const char *hash;
    double started_s, ended_s; /* unix seconds */
    int64_t steps;             /* of the last point */
} span;

static bool is_number(const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    return *text && *end == 0 && isfinite(value) && !strpbrk(text, "xX");
}

static lab_status put_hparams(lab_ledger *ledger, const span *run, lab_text *file, lab_error *err)
{
    lab_query *query = NULL;
    lab_hparam *hparams = NULL;
    isize count = 0;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "export_keys", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":hash", run->hash);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        isize bytes = (isize)sizeof *hparams;
        hparams = lab_heap_grow(hparams, count * bytes, (count + 1) * bytes);
        hparams[count].name = lab_heap_text(lab_query_text(query, 0));
        hparams[count].value = lab_heap_text(lab_query_text(query, 1));
        hparams[count].number = is_number(hparams[count].value);
        count++;
    }
    lab_query_close(&query);
    if (status == LAB_OK) lab_tfevents_put_hparams(file, hparams, count, run->started_s);
    for (isize i = 0; i < count; i++) {
        lab_heap_free(hparams[i].name);
        lab_heap_free(hparams[i].value);
    }
    lab_heap_free(hparams);
    return status;
}

static lab_status put_points(lab_ledger *ledger, const span *run, lab_text *file, isize *points,
                             lab_error *err)
{
    static const double words[] = {0, (double)NAN, (double)INFINITY, -(double)INFINITY};
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "export_curves", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":hash", run->hash);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        int64_t step = lab_query_int(query, 1), kind = lab_query_int(query, 2);
        double value = kind == 0 ? lab_query_real(query, 3) : words[kind & 3];
        double share = run->steps > 0 ? (double)step / (double)run->steps : 1;
        double wall_s = run->started_s + share * (run->ended_s - run->started_s);
        lab_tfevents_put_scalar(file, lab_query_text(query, 0), step, wall_s, (float)value);
        (*points)++;
    }
    lab_query_close(&query);
    return status;
}

static lab_status write_run(lab_ledger *ledger, const span *run, const char *folder, isize *points,
                            lab_error *err)
{
    lab_text path = {0}, file = {0};
    lab_text_add(&path, "%s/%.12s", folder, run->hash);
    lab_tfevents_put_version(&file, run->started_s);
    lab_status status = lab_folder_make(lab_text_of(&path), err);
    if (status == LAB_OK) status = put_hparams(ledger, run, &file, err);
    if (status == LAB_OK) status = put_points(ledger, run, &file, points, err);
    lab_text_add(&path, "/events.out.tfevents.%010.0f.patchlaw", floor(run->started_s));
    if (status == LAB_OK) status = lab_file_write(lab_text_of(&path), &file, err);
    lab_text_finish(&path);
    lab_text_finish(&file);
    return status;
}

static lab_status write_matching(lab_ledger *ledger, const char *hash, const char *folder,
                                 isize *runs, isize *points, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "export_cells", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":hash", hash);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        span run = {lab_query_text(query, lab_query_column(query, "hash")),
                    (double)lab_query_int(query, lab_query_column(query, "started_at")) / 1e6,
                    (double)lab_query_int(query, lab_query_column(query, "ended_at")) / 1e6,
                    lab_query_int(query, lab_query_column(query, "steps"))};
        status = write_run(ledger, &run, folder, points, err);
        (*runs)++;
    }
    lab_query_close(&query);
    return status;
}

lab_status lab_export_tensorboard(lab_ledger *ledger, const lab_export_wish *wish,
                                  const char *folder, isize *runs, isize *points, lab_error *err)
{
    *runs = *points = 0;
    lab_status status = lab_folder_make(folder, err);
    for (isize i = 0; status == LAB_OK && i < (wish->count > 0 ? wish->count : 1); i++)
        status = write_matching(ledger, wish->count > 0 ? wish->hashes[i] : NULL, folder, runs,
                                points, err);
    return status;
}
