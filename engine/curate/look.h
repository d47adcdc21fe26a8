/* curate/look.h - what can be said of one sample without the others, and its image made ready. */
#ifndef VT_LOOK_H
#define VT_LOOK_H
#include "curate/options.h"
#include "curate/phash.h"
#include "data/buffer.h"
#include "data/pixels.h"

enum { VT_LOOK_ID = 16, VT_LOOK_REASON = 48 };

typedef struct {
    vt_step dropped;                  /* READ, VERIFY or DECODE; VT_STEP_COUNT: by none of them */
    char reason[VT_LOOK_REASON];      /* in words */
    unsigned char sha256[VT_LOOK_ID]; /* of the bytes as they came: its first half */
    unsigned char uid[VT_LOOK_ID];    /* of 32 hex digits the value, else the first characters */
    int declared;                     /* 1: it was held against a declared SHA-256 */
    double unsafe, score;             /* NaN: none */
    int boxes_wrong;                  /* 1: there are boxes, and they cannot be read */
    int boxes_told;                   /* 1: there is such a column, of no boxes too */
    int faces;                        /* 1: there are boxes */
    int orientation, progressive;     /* as in data/markers.h */
    vt_phash hash;                    /* of the upright image; unset where it was dropped */
} vt_look;

/* What one thread needs. */
typedef struct vt_looker vt_looker;
VT_CHECKED vt_status vt_looker_open(vt_looker **out, vt_error *err);
void vt_looker_close(vt_looker **looker); /* sets NULL; NULL is fine */

/* VT_ERR_MEMORY only: what is wrong with a sample is in *look. */
VT_CHECKED vt_status vt_look_at(vt_look *look, vt_looker *looker, const vt_curate_options *options,
                                const vt_item *item, vt_error *err);

/* Perceptual hash of a stored image. VT_ERR_FORMAT: it does not decode. */
VT_CHECKED vt_status vt_look_hash(vt_phash *hash, vt_looker *looker, const vt_image *image,
                                  vt_error *err);

/* The image as it is stored: upright, faces blurred where blur is 1; the bytes that came where
 * neither changes it, else a JPEG of quality 95 in out. sums: of its pixels. */
VT_CHECKED vt_status vt_look_prepare(vt_image *image, vt_pixels *sums, vt_buffer *out,
                                     vt_looker *looker, const vt_curate_options *options,
                                     const vt_item *item, int blur, vt_error *err);

/* A picture for people of at most 64 x 64 px, faces blurred; coarse: 1: in 8 x 8 blocks. It is the
 * first *bytes of out; 0: boxes that cannot be read hide it. */
VT_CHECKED vt_status vt_look_thumbnail(vt_buffer *out, isize *bytes, vt_looker *looker,
                                       const vt_curate_options *options, const vt_item *item,
                                       int coarse, vt_error *err);
#endif
