/* A shard that opens can be read to its last byte. */
#include "data/shard.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vt_error err;
    vt_shard *shard = NULL;
    unsigned sum = 0;
    if (vt_shard_open(&shard, fuzz_file(0, data, size), &err) != VT_OK) return 0;
    for (isize i = 0; i < vt_shard_images(shard); i++) {
        vt_image image = vt_shard_image(shard, i);
        if (image.label < 0 || image.height < 1 || image.width < 1) abort();
        if (!image.jpeg && image.bytes != (isize)image.height * image.width * image.channels)
            abort();
        for (isize b = 0; b < image.bytes; b++) sum += image.data[b];
    }
    vt_shard_close(&shard);
    return sum == 1; /* the reads must happen */
}
