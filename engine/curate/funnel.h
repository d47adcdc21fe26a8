/* curate/funnel.h - what a curation did, counted: how many images went into each step and came out,
 * why the others did not, and which were pictures of a test split.
 *
 * Kept in the data set's folder twice: funnel.json for programs (format at the top of funnel.c) and
 * funnel.txt for people. Neither is part of the content hash.
 */
#ifndef VT_FUNNEL_H
#define VT_FUNNEL_H
#include "base/hash.h"
#include "curate/options.h"
#include "data/buffer.h"

enum { VT_FUNNEL_TEXT = 128, VT_FUNNEL_KEY = 256 };

typedef struct {
    vt_step step;
    int drops; /* 1: these images end here; 0: they are counted and go on */
    isize images;
    char text[VT_FUNNEL_TEXT];
} vt_funnel_reason;

typedef struct {
    char name[VT_FUNNEL_TEXT], sha256[VT_SHA256_HEX]; /* of the data set; "" where it is this one */
    isize images, hits;                               /* of its test split */
} vt_funnel_test;

typedef struct {
    char key[VT_FUNNEL_KEY]; /* of the training image; "" until it is known */
    isize place;             /* in the source */
    isize test, image;       /* number of the test; of the image in that split */
    int distance;            /* bits of the perceptual hash; -1: the bytes are the same */
    double cosine;
} vt_funnel_hit;

typedef struct {
    vt_step step;
    char key[VT_FUNNEL_KEY];
    isize at; /* of its text in pictures, which ends with a NUL */
} vt_funnel_thumb;

typedef struct {
    int ran[VT_STEP_COUNT];
    char note[VT_STEP_COUNT][VT_FUNNEL_TEXT]; /* why a step did not run, or what it ran with */
    isize images;                             /* of the training split that went in */
    isize tests_kept; /* images of the source's own test split, which go round the funnel */
    isize changed[2]; /* kept images that were turned upright; whose faces were blurred */
    vt_buffer reasons, tests, hits, thumbs; /* owned, of the types above */
    vt_buffer pictures;                     /* owned: JPEGs in base64 */
    isize reason_count, test_count, hit_count, thumb_count, picture_bytes;
} vt_funnel; /* zero-initialised is empty */

/* Counts images by reason, which is made where there is none. */
VT_CHECKED vt_status vt_funnel_count(vt_funnel *funnel, vt_step step, int drops, const char *text,
                                     isize images, vt_error *err);
VT_CHECKED vt_status vt_funnel_add_test(vt_funnel *funnel, const vt_funnel_test *test,
                                        vt_error *err);
VT_CHECKED vt_status vt_funnel_add_hit(vt_funnel *funnel, const vt_funnel_hit *hit, vt_error *err);
VT_CHECKED vt_status vt_funnel_add_thumb(vt_funnel *funnel, vt_step step, const char *key,
                                         const unsigned char *jpeg, isize bytes, vt_error *err);
isize vt_funnel_in(const vt_funnel *funnel, vt_step step); /* STEP_COUNT: what is kept */

/* Writes both files into folder. sha256: of the data set. */
VT_CHECKED vt_status vt_funnel_write(const vt_funnel *funnel, const vt_curate_options *options,
                                     const char *sha256, const char *folder, vt_error *err);
void vt_funnel_finish(vt_funnel *funnel);
#endif
