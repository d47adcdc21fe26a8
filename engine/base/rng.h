/* base/rng.h - random numbers as a pure function of where they are used.
 *
 * There is no generator state: a stream is named by (seed, purpose, step, index), and a draw by
 * its position in the stream. So any worker can draw any number, in any order, again after a
 * resume, and get the same bits. The bits come from Philox4x32-10 (Salmon et al., SC 2011):
 * key = (seed, purpose), counter = (step, index, position).
 */
#ifndef VT_RNG_H
#define VT_RNG_H
#include "base/base.h"

typedef enum {
    VT_RNG_INIT = 1, /* weights: step = parameter's number, index = 0 */
    VT_RNG_ORDER,    /* order of images: step = epoch */
    VT_RNG_AUGMENT,  /* views: step = epoch + view 2^32, index = image */
    VT_RNG_PREFIX,   /* prefix length: step, index = image in the batch */
    VT_RNG_EVAL,     /* fixed prefix of a held-out image: index = image */
    VT_RNG_SPLIT,    /* which training images are held back for choosing */
    VT_RNG_PROBE,    /* a probe's initial weights: step = head's number */
    VT_RNG_TEST,     /* tests */
    VT_RNG_CODES,    /* a codebook: step = 0 for seeds, of learning else, index = place in it */
    VT_RNG_LORA,     /* low-rank changes: step = block, index = matrix */
    VT_RNG_PATCHES,  /* that a codebook is learnt from: step = image's place in training */
    VT_RNG_PLACES,   /* the random order of a grid's patches */
    VT_RNG_MASK,     /* which of a batch's crops are masked, and how much: step */
    VT_RNG_MIX       /* sources of a mix: index = place, or step = block of places */
} vt_rng_purpose;

typedef struct {
    uint64_t seed, step, index;
    uint32_t purpose, position, have;
    uint32_t word[4];
} vt_rng;

vt_rng vt_rng_at(uint64_t seed, vt_rng_purpose purpose, uint64_t step, uint64_t index);
uint32_t vt_rng_bits(vt_rng *rng);
uint64_t vt_rng_bits64(vt_rng *rng);
uint64_t vt_rng_below(vt_rng *rng, uint64_t n); /* uniform in [0, n), n >= 1, unbiased */
double vt_rng_unit(vt_rng *rng);                /* uniform in [0, 1), 53 bits */
double vt_rng_normal(vt_rng *rng);              /* mean 0, variance 1 (Box-Muller) */

/* The permutation of 0..n-1 that (seed, purpose, step) names, at position: a four-round Feistel
 * network over the next power of four, walked until it falls below n. n >= 1. */
uint64_t vt_rng_permute(uint64_t seed, vt_rng_purpose purpose, uint64_t step, uint64_t n,
                        uint64_t position);
#endif
