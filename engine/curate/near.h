/* curate/near.h - which of many images are the same picture as one: multi-index hashing.
 *
 * A hash (phash.h) is cut into three words of 21, 21 and 22 bits. Of hashes that differ in at most
 * 8 bits one word at least differs in at most two (Norouzi, Punjani and Fleet 2012), so that
 * looking at the lists of all such words finds them; what is found is confirmed by its shape. An
 * image takes 84 bytes; its three lists are short until there are many millions.
 *
 * Adding belongs to one thread; between additions any number of threads may look.
 */
#ifndef VT_NEAR_H
#define VT_NEAR_H
#include "curate/phash.h"
#include "data/buffer.h"

typedef struct {
    vt_buffer heads;  /* int32_t, a list a value of each word: newest image of the list, + 1 */
    vt_buffer nexts;  /* int32_t [count, words]: the one before it, + 1 */
    vt_buffer bits;   /* uint64_t [count] */
    vt_buffer shapes; /* signed char [count, VT_PHASH_BITS] */
    isize count;
} vt_near; /* zero-initialised is empty */

/* Numbers are given from 0 on; at most 2^31 - 2. Flat images are never near to any. */
VT_CHECKED vt_status vt_near_add(vt_near *near, const vt_phash *hash, vt_error *err);

typedef struct {
    isize number; /* -1: none */
    int distance; /* bits that differ */
    double cosine;
} vt_near_found;
/* The first that was added of those that are the same picture (phash.h); any, where that is the
 * question: the number is a function of what was added, and of hash. */
vt_near_found vt_near_first(const vt_near *near, const vt_phash *hash);
void vt_near_finish(vt_near *near);
#endif
