/* A manifest that parses holds what its header promises. */
#include "data/manifest.h"
#include "fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vt_error err;
    vt_manifest manifest;
    if (vt_manifest_parse(&manifest, "index.txt", data, (isize)size, &err) != VT_OK) return 0;
    for (isize i = 0; i < manifest.classes; i++)
        if (strlen(manifest.class_names[i]) == 0) abort();
    for (isize i = 0; i < manifest.shards; i++)
        if (manifest.shard[i].file.images < 1 || strlen(manifest.shard[i].file.sha256) != 64)
            abort();
    for (int c = 0; c < 3; c++)
        if (!(manifest.std[c] > 0)) abort();
    vt_manifest_finish(&manifest);
    return 0;
}
