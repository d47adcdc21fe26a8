/* codes/vq.h - an autoencoder of patches whose middle is a code: VQ-VAE without a convolution.
 *
 *     z = encoder(x)         x [N, P] patches, z [N, D]
 *     code = the nearest of K entries [K, D] to z, q = that entry
 *     pred = decoder(q)      [N, P]
 *
 * Encoder and decoder are fc2(gelu(fc1(.))) with biases. The loss of a batch is (van den Oord,
 * Vinyals and Kavukcuoglu, 2017)
 *
 *     mean over rows and values of (pred - x)^2
 *       + commitment * mean over rows and values of (z - q)^2, in which q is a constant
 *
 * and the gradient goes straight through the choice of a code: that of q is taken for that of z.
 * Entries have no gradient: they follow the means of their rows (codes/vq_learn.h).
 */
#ifndef VT_VQ_H
#define VT_VQ_H
#include "codes/codes.h"
#include "model/layers.h"

typedef struct {
    isize P, hidden, D, K;
} vt_vq_shape;

typedef struct {
    vt_linear fc1, fc2;
} vt_vq_half;

typedef struct {
    vt_vq_shape shape;
    vt_vq_half encoder, decoder;
} vt_vq;

/* What a worker needs for up to N rows. */
typedef struct {
    struct {
        vt_real *hidden, *active; /* [N, hidden] before and behind the GELU */
    } encoder, decoder;
    vt_real *z, *q;      /* [N, D] */
    vt_real *pred;       /* [N, P] */
    vt_real *dpred, *dz; /* [N, P], [N, D] */
} vt_vq_saved;

enum { VT_VQ_PARAMS = 8 };
/* Parameters in the order encoder, decoder, named codes.encoder.fc1.weight and so on. */
vt_vq vt_vq_plan(const vt_vq_shape *shape, vt_params *params);
vt_vq_saved vt_vq_saved_plan(const vt_vq_shape *shape, isize N, vt_arena *arena);

void vt_vq_encode(const vt_vq *vq, const vt_vq_saved *saved, const vt_real *x, isize N);
void vt_vq_decode(const vt_vq *vq, const vt_vq_saved *saved, isize N); /* from saved->q */

typedef struct {
    double error, commitment; /* sums of squares of pred - x, of z - q */
} vt_vq_loss;

/* Of N rows, encoded and decoded, among batch; sets the gradient of the batch's loss. */
vt_vq_loss vt_vq_loss_of(const vt_vq *vq, const vt_vq_saved *saved, const vt_real *x, isize N,
                         isize batch, double commitment);
/* Adds the parameters' gradients, in the turn of t. Overwrites what saved holds. */
void vt_vq_backward(const vt_vq *vq, const vt_vq_saved *saved, const vt_real *x, isize N,
                    const vt_scratch *t);
#endif
