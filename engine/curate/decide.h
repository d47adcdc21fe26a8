/* curate/decide.h - which images stay, from what was seen of each: the steps that need all of them.
 */
#ifndef VT_DECIDE_H
#define VT_DECIDE_H
#include "curate/tests.h"

/* What is kept in memory of an image, 144 bytes. */
typedef struct {
    uint64_t bits;
    signed char shape[VT_PHASH_BITS]; /* as in vt_phash */
    unsigned char sha256[VT_LOOK_ID], uid[VT_LOOK_ID];
    double unsafe, score; /* NaN: none */
    unsigned char flat, faces, boxes_wrong, boxes_told;
    unsigned char dropped; /* vt_step; VT_STEP_COUNT: it stays */
    unsigned char test;  /* 1: of the source's test split, which nothing but READ .. DECODE drops */
    unsigned char thumb; /* 1: a picture of it is wanted */
} vt_record;

typedef struct {
    vt_record *record; /* in the order of the source; dropped by READ .. DECODE is set */
    isize count;
    const vt_curate_options *options;
    vt_funnel *funnel;
    const vt_tests *tests; /* sorted */
    vt_pool *pool;
} vt_decision;

/* Sets dropped, counts in the funnel, and adds its hits, their keys empty. Where several images are
 * the same, the one with the best score stays, of equal ones the first by uid, then by place. A
 * function of the records alone, whatever the number of workers. */
VT_CHECKED vt_status vt_decide(vt_decision *decision, vt_error *err);
#endif
