/* Whatever the archive holds, a webdataset is read to its end or refused, and makes nothing. */
#include "data/web.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vt_error err;
    vt_source *source = NULL;
    int more = 1;
    const char *path = fuzz_file(0, data, size);
    if (vt_web_open(&source, path, "web", &err) != VT_OK) return 0;
    while (more) {
        vt_item item;
        vt_status status = vt_source_next(source, &item, &more, &err);
        if (status != VT_OK) break;
        if (more && item.skip == VT_SKIP_NONE && (item.image.bytes < 0 || !item.key)) abort();
    }
    vt_source_close(&source);
    return 0;
}
