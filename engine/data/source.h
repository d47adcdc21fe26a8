/* data/source.h - where an import takes its images from: one interface for every format.
 *
 * A source yields its images one by one, all of the training split before all of the test split,
 * always in the same order. What it finds and cannot use is yielded too, with the reason, so that
 * the importer alone names, counts and refuses.
 */
#ifndef VT_SOURCE_H
#define VT_SOURCE_H
#include "data/columns.h"
#include "data/dataset.h"

enum {
    VT_IMAGE_SIDE_MAX = 65500,     /* px; libjpeg's own limit is the same */
    VT_IMAGE_PIXELS_MAX = 1 << 26, /* height * width */
    VT_JPEG_BYTES_MAX = 64 << 20   /* of a JPEG file */
};

typedef enum {
    VT_SKIP_NONE,    /* usable */
    VT_SKIP_DAMAGED, /* a JPEG that does not decode without a complaint */
    VT_SKIP_FOREIGN, /* not a JPEG */
    VT_SKIP_COLOUR,  /* neither grey nor RGB: CMYK, YCCK */
    VT_SKIP_LARGE,   /* beyond the limits above */
    VT_SKIP_CLASS,   /* test image of a class that the training split lacks */
    VT_SKIP_PATH,    /* unsafe, or not class/NAME */
    VT_SKIP_LINK,    /* a link or a device */
    VT_SKIP_COLUMNS, /* what a webdataset says of it is no object of JSON */
    VT_SKIP_TWICE,   /* an archive names it again further on; the last one counts */
    VT_SKIP_COUNT
} vt_skip;

const char *vt_skip_text(vt_skip skip); /* for people, plain words */

typedef struct {
    vt_image image; /* borrowed until the next item; of a JPEG only data, bytes, jpeg, label */
    vt_split split;
    vt_skip skip;     /* not NONE: image is unset */
    const char *name; /* for people; borrowed until the next item */
    const char *key;  /* the sample's name in its source; NULL: it has none; borrowed as name is */
    vt_columns columns; /* what a webdataset says of the sample; json NULL: nothing */
} vt_item;

typedef struct vt_source vt_source;
struct vt_source { /* first member of each format's own struct */
    vt_status (*next)(vt_source *source, vt_item *item, int *more, vt_error *err);
    void (*close)(vt_source *source);
    const char *const *class_names; /* [classes], borrowed until close */
    isize classes;
};

/* *more is 0, and item unset, after the last one. VT_ERR_FORMAT: the source itself is damaged. */
VT_CHECKED vt_status vt_source_next(vt_source *source, vt_item *item, int *more, vt_error *err);
void vt_source_close(vt_source **source); /* sets NULL; NULL is fine */
#endif
