/* Labels and images of the training split from the fuzzer, of the test split fixed. The first two
 * bytes say how many of the others are the labels file. */
#include "data/idx.h"
#include "fuzz.h"

static void file_write(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7};
    static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 1, 0};
    vt_error err;
    vt_source *source = NULL;
    int more = 1;
    if (size < 2) return 0;
    size_t cut = (size_t)(data[0] | data[1] << 8);
    data += 2;
    size -= 2;
    if (cut > size) cut = size;
    file_write("train-labels-idx1-ubyte", data, cut);
    file_write("train-images-idx3-ubyte", data + cut, size - cut);
    file_write("t10k-labels-idx1-ubyte", labels, sizeof labels);
    file_write("t10k-images-idx3-ubyte", images, sizeof images);
    vt_status status = vt_idx_open(&source, fuzz_folder(), NULL, 0, &err);
    while (status == VT_OK && more) {
        vt_item item;
        status = vt_source_next(source, &item, &more, &err);
        if (status == VT_OK && more && item.image.label >= source->classes) abort();
    }
    vt_source_close(&source);
    return 0;
}
