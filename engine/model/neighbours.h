/* model/neighbours.h - a k-nearest-neighbours classifier over a bank of features, as DINO's
 * evaluation has it (Caron et al., 2021, arXiv 2104.14294, section 4.1 and its code).
 *
 * The feature of an image is the mean of its tokens, scaled to length 1, so that a product of two
 * is their cosine. The k images of the bank that are most like it vote for their labels, each with
 * the weight exp(cosine / 0.07). There is nothing to train; k is chosen as rates are.
 *
 * Similarities are products with a block of the bank at a time, and only the nearest are kept: what
 * is stored is the bank itself, [M, D]. Of two equally near the one that was kept first comes
 * first. One classifier uses one thread, and its results do not depend on which. An image whose
 * feature is not finite has no neighbours: it comes out as an infinite loss and an accuracy of 0.
 */
#ifndef VT_NEIGHBOURS_H
#define VT_NEIGHBOURS_H
#include "model/probe.h"

enum { VT_NEIGHBOURS_KS = 4 };

typedef struct {
    isize images_max;    /* B of the largest batch */
    isize tokens, width; /* T, D */
    isize classes;       /* K */
    isize bank;          /* M, >= 1 */
} vt_neighbours_options;

typedef struct {
    vt_neighbours_options options;
    isize ks[VT_NEIGHBOURS_KS]; /* ascending: those of 10, 20, 100, 200 that are <= M; M if none */
    int k_count;
    isize kept;        /* images in the bank so far */
    vt_real *bank;     /* [M, D] features */
    int32_t *labels;   /* [M] */
    vt_real *queries;  /* [B, D] features of a batch */
    vt_real *products; /* [B, images of a block] */
    vt_real *near;     /* [B, k] similarities, descending */
    int32_t *near_at;  /* [B, k] places in the bank */
    isize *near_count; /* [B] */
    double *votes;     /* [K] */
    vt_real *ranked;   /* [K] */
} vt_neighbours;

void vt_neighbours_plan(vt_neighbours *neighbours, const vt_neighbours_options *options,
                        vt_arena *arena);
void vt_neighbours_clear(vt_neighbours *neighbours);
/* Puts images into the bank, behind those that are there: x [images*T, D], labels [images]. */
void vt_neighbours_keep(vt_neighbours *neighbours, const vt_real *x, const int32_t *labels,
                        isize images);
/* Adds a held-out batch to totals, one for each of ks. The loss is that of the votes' shares. */
void vt_neighbours_score(vt_neighbours *neighbours, const vt_real *x, const int32_t *labels,
                         isize images, vt_bank_total *totals);
#endif
