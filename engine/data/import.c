#include "data/import.h"
#include "base/log.h"
#include "data/buffer.h"
#include "data/jpeg.h"
#include "data/open.h"
#include "data/shrink.h"
#include "data/store.h"
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

typedef struct {
    const vt_import_options *options;
    vt_import_report *report;
    vt_store *store;
    vt_source *source;
    vt_jpeg *jpeg;
    vt_buffer pixels; /* of a decoded JPEG */
    vt_shrink *shrink;
} import;

static vt_status skip(import *self, const vt_item *item, vt_skip reason, const char *detail,
                      vt_error *err)
{
    vt_import_report *report = self->report;
    const char *text = vt_skip_text(reason);
    if (self->options->strict) {
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: %s%s%.120s (without strict it is left out)",
                       item->name, text, *detail ? ": " : "", detail);
    }
    vt_log("skipped: %s: %s%s%s", item->name, text, *detail ? ": " : "", detail);
    if (report->skipped_total < VT_IMPORT_NAMED)
        (void)snprintf(report->first[report->skipped_total], VT_IMPORT_NAME_BYTES, "%.200s: %s",
                       item->name, text);
    report->skipped[reason]++;
    report->skipped_total++;
    return VT_OK;
}

/* *reason to leave the JPEG out, with *why; or NONE: image has its size, self->pixels its pixels.
 */
static vt_status jpeg_check(import *self, vt_image *image, vt_skip *reason, vt_error *why,
                            vt_error *err)
{
    *reason = vt_jpeg_measure(image, self->jpeg, why);
    if (*reason != VT_SKIP_NONE) return VT_OK;
    isize bytes = (isize)image->height * image->width * image->channels;
    vt_status status = vt_buffer_reserve(&self->pixels, bytes, err);
    if (status != VT_OK) return status;
    if (vt_jpeg_decode(self->pixels.data, self->jpeg, image, why) != VT_OK)
        *reason = VT_SKIP_DAMAGED;
    return VT_OK;
}

static vt_status item_put(import *self, vt_item *item, vt_error *err)
{
    vt_error why = {{0}};
    vt_image *image = &item->image;
    const unsigned char *pixels = image->data;
    vt_skip reason = item->skip;
    vt_status status = VT_OK;
    if (reason == VT_SKIP_NONE && image->jpeg) {
        status = jpeg_check(self, image, &reason, &why, err);
        pixels = self->pixels.data;
    }
    if (status != VT_OK) return status;
    if (reason != VT_SKIP_NONE) return skip(self, item, reason, why.text, err);
    if (self->options->pixels > 0) {
        status = vt_shrink_run(image, pixels, self->options->pixels, self->shrink, err);
        if (status != VT_OK) return status;
        pixels = image->data;
    }
    vt_pixels sums = {0};
    if (item->split == VT_SPLIT_TRAIN)
        vt_pixels_put(&sums, pixels, (isize)image->height * image->width, image->channels);
    self->report->images[item->split]++;
    return vt_store_put(self->store, item->split, image, &sums, err);
}

static vt_status items_put(import *self, vt_error *err)
{
    const vt_import_options *o = self->options;
    const vt_import_report *report = self->report;
    int more = 1;
    vt_status status = VT_OK;
    while (status == VT_OK) {
        vt_item item;
        status = vt_source_next(self->source, &item, &more, err);
        if (status != VT_OK || !more) break;
        status = item_put(self, &item, err);
        vt_import_progress now = {.images = report->images[0] + report->images[1],
                                  .skipped = report->skipped_total};
        if (o->progress) o->progress(o->context, &now);
    }
    if (status == VT_OK && report->images[VT_SPLIT_TRAIN] == 0) {
        status = vt_fail(err, VT_ERR_FORMAT,
                         "%.200s: no image for the training split (%td skipped); wanted: "
                         "train/CLASS/NAME.jpg, or --train PATH with CLASS/NAME.jpg",
                         o->path ? o->path : o->train, report->skipped_total);
    }
    return status;
}

static vt_status options_check(const vt_import_options *o, vt_error *err)
{
    if (!o->path && !o->train)
        return vt_fail(err, VT_ERR_CONFIG, "nothing to import: give a path, or train and test");
    if (o->path && o->train)
        return vt_fail(err, VT_ERR_CONFIG, "give a path or a training path, not both");
    return VT_OK;
}

static vt_status run(import *self, vt_error *err)
{
    const vt_import_options *o = self->options;
    char spool[PATH_BYTES + 8];
    vt_status status = options_check(o, err);
    if (status == VT_OK)
        status = vt_store_open(&self->store, o->data_folder, o->name, o->shard_bytes, err);
    if (status != VT_OK) return status;
    (void)snprintf(spool, sizeof spool, "%s/spool", vt_store_folder(self->store));
    status = vt_jpeg_open(&self->jpeg, err);
    if (status == VT_OK) status = vt_shrink_open(&self->shrink, err);
    if (status == VT_OK) status = vt_source_open(&self->source, o, spool, err);
    if (status == VT_OK) status = items_put(self, err);
    if (status != VT_OK) return status;
    self->report->classes = self->source->classes;
    status = vt_store_end(self->store, self->source->class_names, self->source->classes, err);
    if (status != VT_OK) return status;
    self->report->existed = vt_store_existed(self->store);
    (void)snprintf(self->report->sha256, VT_SHA256_HEX, "%s", vt_store_sha256(self->store));
    vt_source_close(&self->source); /* its spool lies in the folder that is kept */
    return vt_store_keep(self->store, err);
}

vt_status vt_import(const vt_import_options *options, vt_import_report *report, vt_error *err)
{
    *report = (vt_import_report){0};
import self = {.options = options, .report = report };
    vt_status status = run(&self, err);
    vt_source_close(&self.source);
    vt_store_close(&self.store);
    vt_jpeg_close(&self.jpeg);
    vt_shrink_close(&self.shrink);
    vt_buffer_finish(&self.pixels);
    return status;
}
