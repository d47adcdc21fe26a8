#include "data/content.h"
#include "data/little.h"
#include <string.h>

vt_status vt_content_open(vt_content *content, vt_error *err)
{
    *content = (vt_content){0};
    return vt_sha256_open(&content->hash, err);
}

static vt_status end_splits_before(vt_content *content, vt_split split, vt_error *err)
{
    vt_status status = VT_OK;
    for (; content->split < split && status == VT_OK; content->split++)
        status = vt_sha256_put(&content->hash, "\0", 1, err);
    return status;
}

vt_status vt_content_put(vt_content *content, vt_split split, const vt_image *image, vt_error *err)
{
    VT_ASSERT(split >= content->split && split < VT_SPLIT_COUNT);
    unsigned char head[29] = {1};
    vt_little_put(head + 1, 4, (uint64_t)image->label);
    vt_little_put(head + 5, 4, (uint64_t)image->height);
    vt_little_put(head + 9, 4, (uint64_t)image->width);
    vt_little_put(head + 13, 4, (uint64_t)image->channels);
    vt_little_put(head + 17, 4, image->jpeg ? 1 : 0);
    vt_little_put(head + 21, 8, (uint64_t)image->bytes);
    vt_status status = end_splits_before(content, split, err);
    if (status == VT_OK) status = vt_sha256_put(&content->hash, head, (isize)sizeof head, err);
    if (status == VT_OK) status = vt_sha256_put(&content->hash, image->data, image->bytes, err);
    return status;
}

vt_status vt_content_finish(vt_content *content, const char *const *class_names, isize classes,
                            char hex[VT_SHA256_HEX], vt_error *err)
{
    vt_status status = end_splits_before(content, VT_SPLIT_COUNT, err);
    for (isize i = 0; i < classes && status == VT_OK; i++) {
        unsigned char head[9] = {1};
        isize bytes = (isize)strlen(class_names[i]);
        vt_little_put(head + 1, 8, (uint64_t)bytes);
        status = vt_sha256_put(&content->hash, head, (isize)sizeof head, err);
        if (status == VT_OK) status = vt_sha256_put(&content->hash, class_names[i], bytes, err);
    }
    if (status == VT_OK) status = vt_sha256_put(&content->hash, "\0", 1, err);
    if (status == VT_OK) status = vt_sha256_finish(&content->hash, hex, err);
    return status;
}

void vt_content_close(vt_content *content)
{
    vt_sha256_close(&content->hash);
}
