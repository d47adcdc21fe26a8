/* codes/vq_learn.h - a VQ autoencoder (codes/vq.h) and its entries, learnt from rows of patches.
 *
 * AdamW on batches whose rows are drawn by (seed, step, place in the batch); the rate rises and
 * falls as optim/schedule.h has it, to 0. Entries begin as k-means centres of what the untrained
 * encoder makes of the first rows, and then follow running means of the z that chose them: no
 * learning rate of their own, and no code whose gradient never comes. An entry that few choose any
 * more takes the place of a z of the batch, so that all K codes stay in use.
 *
 * The result is a pure function of (seed, rows, options), for any number of workers.
 */
#ifndef VT_VQ_LEARN_H
#define VT_VQ_LEARN_H
#include "codes/vq.h"
#include "par/pool.h"

typedef struct {
    vt_vq_shape shape;
    isize n, batch; /* rows to draw from; rows of a step */
    int64_t steps;
    double lr, commitment;
    double keep; /* share of a running mean that a step leaves, in [0, 1) */
    uint64_t seed;
    vt_pool *pool;       /* borrowed; NULL: one worker */
    vt_codes_tell *tell; /* now and then; may be NULL */
    void *context;
} vt_vq_options;

/* values: the parameters that vt_vq_plan lays out, entries [K, D]; both are overwritten. From rows
 * [n, P]. VT_ERR_CANCELLED: tell said so. */
VT_CHECKED vt_status vt_vq_learn(vt_real *values, vt_real *entries, const vt_real *rows,
                                 const vt_vq_options *options, vt_error *err);
#endif
