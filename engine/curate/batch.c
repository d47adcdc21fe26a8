#include "curate/batch.h"
#include <string.h>

/* Copies into the batch; gives the place, which is one until all are in. */
static vt_status keep(vt_batch *batch, const void *data, isize bytes, isize *place, vt_error *err)
{
    vt_status status = vt_buffer_reserve(&batch->bytes, batch->used + bytes, err);
    *place = batch->used;
    if (status != VT_OK) return status;
    if (bytes > 0) memcpy((char *)batch->bytes.data + batch->used, data, (size_t)bytes);
    batch->used += bytes;
    return VT_OK;
}

typedef struct {
    isize image, columns, name, key;
} places;

static vt_status item_keep(vt_batch *batch, const vt_item *item, places *at, vt_error *err)
{
    const char *key = item->key ? item->key : item->name;
    isize image = item->skip == VT_SKIP_NONE ? item->image.bytes : 0;
    isize columns = item->columns.json ? item->columns.bytes : 0;
    vt_status status = keep(batch, item->image.data, image, &at->image, err);
    if (status == VT_OK) status = keep(batch, item->columns.json, columns, &at->columns, err);
    if (status == VT_OK)
        status = keep(batch, item->name, (isize)strlen(item->name) + 1, &at->name, err);
    if (status == VT_OK) status = keep(batch, key, (isize)strlen(key) + 1, &at->key, err);
    if (status == VT_OK) batch->item[batch->count++] = *item;
    return status;
}

vt_status vt_batch_read(vt_batch *batch, vt_source *source, vt_error *err)
{
    places at[VT_BATCH_SAMPLES] = {{0}};
    int more = 1;
    vt_status status = VT_OK;
    batch->count = batch->used = 0;
    while (status == VT_OK && batch->count < VT_BATCH_SAMPLES && batch->used < VT_BATCH_BYTES) {
        vt_item item;
        status = vt_source_next(source, &item, &more, err);
        if (status != VT_OK || !more) break;
        status = item_keep(batch, &item, &at[batch->count], err);
    }
    const unsigned char *base = batch->bytes.data;
    for (isize i = 0; i < batch->count; i++) {
        vt_item *item = &batch->item[i];
        item->image.data = base + at[i].image;
        if (item->columns.json) item->columns.json = (const char *)base + at[i].columns;
        item->name = (const char *)base + at[i].name;
        item->key = (const char *)base + at[i].key;
    }
    return status;
}

void vt_batch_finish(vt_batch *batch)
{
    vt_buffer_finish(&batch->bytes);
    batch->count = 0;
}
