/* Whatever points.tsv holds: what is kept are whole point lines up to the step, sent as they stand,
 * and opening again keeps the same. The first byte is the step. */
#include "fuzz.h"
#include "train/history.h"
#include <fcntl.h>
#include <string.h>

enum { ROOM = 1 << 16 };

static ssize_t file_read(const char *name, char *out)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    FILE *file = fopen(path, "rb");
    if (!file) abort();
    ssize_t got = (ssize_t)fread(out, 1, ROOM, file);
    (void)fclose(file);
    return got;
}

static void file_write(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
}

static ssize_t open_at(int64_t step, char *kept)
{
    static char sent[ROOM];
    char path[128];
    vt_error err;
    vt_history history;
    (void)snprintf(path, sizeof path, "%s/sent", fuzz_folder());
    vt_sink sink = {.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    if (vt_history_open(&history, fuzz_folder(), step, &sink, &err) != VT_OK) abort();
    vt_history_close(&history);
    (void)close(sink.fd);
    ssize_t bytes = file_read("points.tsv", kept);
    if (file_read("sent", sent) != bytes || memcmp(sent, kept, (size_t)bytes) != 0) abort();
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char kept[ROOM], again[ROOM];
    if (size < 1 || size > ROOM) return 0;
    int64_t step = data[0] - 1;
    file_write("points.tsv", data + 1, size - 1);
    ssize_t bytes = open_at(step, kept);
    if (bytes > (ssize_t)size - 1 || memcmp(kept, data + 1, (size_t)bytes) != 0) abort();
    if (bytes > 0 && (kept[bytes - 1] != '\n' || memcmp(kept, "point\t", 6) != 0 || step < 0))
        abort();
    if (open_at(step, again) != bytes || memcmp(again, kept, (size_t)bytes) != 0) abort();
    return 0;
}
