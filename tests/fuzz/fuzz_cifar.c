/* Any archive is refused, or gives records with labels below ten. */
#include "data/cifar.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vt_error err;
    vt_source *source = NULL;
    int more = 1;
    const char *path = fuzz_file(0, data, size);
    (void)vt_cifar_found(path);
    vt_status status = vt_cifar_open(&source, path, &err);
    while (status == VT_OK && more) {
        vt_item item;
        status = vt_source_next(source, &item, &more, &err);
        if (status == VT_OK && more && item.image.label >= source->classes) abort();
    }
    vt_source_close(&source);
    return 0;
}
