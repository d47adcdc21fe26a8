/* data/import.h - makes a data set from what people have.
 *
 * The new data set is written into DATA/.NAME.partial, which is renamed to DATA/NAME when it is
 * whole, so that a data set is there or is not. Every JPEG is decoded once here, so that training
 * meets none that fails. What cannot be used is named in the log, counted, and left out.
 */
#ifndef VT_IMPORT_H
#define VT_IMPORT_H
#include "base/hash.h"
#include "data/source.h"

enum { VT_IMPORT_NAMED = 10, VT_IMPORT_NAME_BYTES = 256 };

typedef enum {
    VT_FORMAT_AUTO,   /* by what is found at path */
    VT_FORMAT_IDX,    /* idx.h: path is a folder */
    VT_FORMAT_CIFAR,  /* cifar.h: path is the .tar.gz, or a folder */
    VT_FORMAT_FOLDER, /* files.h: path holds train/, test/, val/, or those are given apart */
    VT_FORMAT_TAR,    /* the same in tars; folders and tars may be mixed by leaving it AUTO */
    VT_FORMAT_WEB,    /* web.h: path is a tar or a folder of tars */
    VT_FORMAT_COUNT
} vt_format;

typedef struct {
    isize images, skipped; /* so far */
} vt_import_progress;

/* Text is borrowed for the call. */
typedef struct {
    const char *name;               /* letters, digits, . _ -; not beginning with a dot */
    const char *data_folder;        /* made where it is missing */
    const char *path;               /* NULL where train is given */
    const char *train, *test, *val; /* NULL: below path. See vt_part for val */
    vt_format format;
    const char *const *class_names; /* IDX: NULL: 0, 1, ...; web: one; NULL: "web" */
    isize classes;
    isize shard_bytes; /* size at which the next shard begins; 0 and above 256 MiB mean 256 MiB */
    int pixels; /* not 0: pixels with so many on their shorter side, see shrink.h; else as found */
    int strict; /* 1: refuse at the first image that would be skipped */
    void (*progress)(void *context, const vt_import_progress *progress); /* each image; or NULL */
    void *context;
} vt_import_options;

typedef struct {
    isize images[VT_SPLIT_COUNT], skipped[VT_SKIP_COUNT], skipped_total;
    char first[VT_IMPORT_NAMED][VT_IMPORT_NAME_BYTES]; /* of the skipped, "NAME: reason" */
    isize classes;
    char sha256[VT_SHA256_HEX];
    int existed; /* 1: the same content was there already, and nothing was written */
} vt_import_report;

const char *vt_format_name(vt_format format); /* auto, idx, cifar, folder, tar, web */

/* VT_ERR_CONFIG: the options are wrong, or NAME is there with other content. VT_ERR_FORMAT: the
 * source is damaged, has no training image, or strict met an image to skip. The report is filled
 * as far as the import came, also on failure. */
VT_CHECKED vt_status vt_import(const vt_import_options *options, vt_import_report *report,
                               vt_error *err);
#endif
