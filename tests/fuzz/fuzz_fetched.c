/* What a fetch finds in its folder: a spool, of which whole records are taken and none else; a
 * states file with its tar, which is accepted or refused. By the first byte. */
#include "fetch/finished.h"
#include "fetch/spool.h"
#include "fuzz.h"
#include <stdio.h>
#include <string.h>

static vt_error err;

static vt_status hear(void *context, const vt_record *record, int64_t body, vt_error *error)
{
    isize *heard = context;
    (void)error;
    if (record->row < 0 || record->state >= VT_STATE_COUNT || body <= 0) abort();
    if (record->kept != 0 && record->kept != record->bytes) abort();
    ++*heard;
    return VT_OK;
}

static void read_spool(const uint8_t *data, size_t size)
{
    isize heard[2] = {0};
    vt_spool spool;
    const char *path = fuzz_file(0, data, size);
    for (int i = 0; i < 2; i++) {
        if (vt_spool_open(&spool, path, hear, &heard[i], &err) != VT_OK) abort();
        if (spool.end > (int64_t)size) abort();
        vt_spool_close(&spool);
    }
    if (heard[0] != heard[1]) abort();
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
}

static void read_states(const uint8_t *data, size_t size)
{
    vt_place place = {.rows = 3, .samples = 2, .lock = -1};
    char path[VT_PLACE_PATH];
    int found = 0, again[VT_STATE_COUNT] = {[VT_STATE_HTTP_5XX] = 1};
    vt_tally tally = {.bytes = 0};
    (void)snprintf(place.folder, sizeof place.folder, "%s", fuzz_folder());
    vt_place_path(&place, 0, ".tsv", path);
    write_file(path, data, size);
    vt_place_path(&place, 0, ".tar", path);
    write_file(path, data, size);
    if (vt_finished_look(&place, 0, &found, &tally, &err) != VT_OK) return;
    isize rows = 0;
    for (int s = 0; s < VT_STATE_COUNT; s++) rows += tally.rows[s];
    if (!found || rows != 2) abort();
    if (vt_finished_reopen(&place, 0, again, &err) == VT_OK && !vt_finished_under_way(&place, 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    (data[0] % 2 ? read_states : read_spool)(data + 1, size - 1);
    return 0;
}
