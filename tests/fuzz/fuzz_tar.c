/* Any tar lists to safe paths alone, and every listed file can be read. */
#include "data/jpeg.h"
#include "data/tar.h"
#include "fuzz.h"
#include <string.h>

static void item_check(const vt_source *source, vt_item *item, vt_jpeg *jpeg)
{
    vt_error err;
    unsigned sum = 0;
    for (const char *p = item->name; *p; p++)
        if ((unsigned char)*p < 32) abort();
    if (item->skip != VT_SKIP_NONE) return;
    if (strstr(item->name, "/../") || item->image.label >= source->classes) abort();
    for (isize b = 0; b < item->image.bytes; b++) sum += item->image.data[b];
    if (sum == 1 || vt_jpeg_measure(&item->image, jpeg, &err) != VT_SKIP_NONE) return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vt_jpeg *jpeg;
    char spool[128];
    vt_error err;
    vt_files *files = NULL;
    vt_source *source = NULL;
    int more = 1;
    const char *path = fuzz_file(0, data, size);
    (void)snprintf(spool, sizeof spool, "%s/spool", fuzz_folder());
    if (!jpeg && vt_jpeg_open(&jpeg, &err) != VT_OK) abort();
    vt_status status = vt_files_open(&files, spool, &err);
    if (status == VT_OK) status = vt_tar_list(files, path, VT_PART_NAMED, &err);
    if (status == VT_OK) status = vt_files_start(&source, &files, &err);
    while (status == VT_OK && more) {
        vt_item item;
        status = vt_source_next(source, &item, &more, &err);
        if (status == VT_OK && more) item_check(source, &item, jpeg);
    }
    vt_source_close(&source);
    vt_files_close(&files);
    return 0;
}
