/* curate/tests.h - the images of test splits, so that training images can be held against them. */
#ifndef VT_TESTS_H
#define VT_TESTS_H
#include "curate/funnel.h"
#include "curate/look.h"
#include "curate/near.h"
#include "par/pool.h"

typedef struct {
    vt_near near;       /* numbers are places in list */
    vt_buffer list;     /* entries, private [count] */
    vt_buffer by_bytes; /* int32_t [count]: places in list, by hash */
    isize count;
} vt_tests; /* zero-initialised is empty */

/* Adds the test splits of all data sets in the data folder but that one, in the order of their
 * names, each content once, and lists them in the funnel. lookers: one a worker of the pool. What
 * cannot be read is named in the log and left out. */
VT_CHECKED vt_status vt_tests_read(vt_tests *tests, vt_funnel *funnel, const char *data_folder,
                                   const char *but, vt_looker **lookers, vt_pool *pool,
                                   vt_error *err);
/* Adds image number `image` of test `test` of the funnel. */
VT_CHECKED vt_status vt_tests_add(vt_tests *tests, isize test, isize image,
                                  const unsigned char sha256[VT_LOOK_ID], const vt_phash *hash,
                                  vt_error *err);
/* After the last was added, before the first is found. */
VT_CHECKED vt_status vt_tests_sort(vt_tests *tests, vt_error *err);
/* 1: *hit is the first test image that is the same; any number of threads. */
int vt_tests_find(const vt_tests *tests, const unsigned char sha256[VT_LOOK_ID],
                  const vt_phash *hash, vt_funnel_hit *hit);
void vt_tests_finish(vt_tests *tests);
#endif
