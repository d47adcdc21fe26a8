/* objective/target.h - what is predicted of a patch: its pixels, or its code of a codebook.
 *
 * Pixels: P values, with or without normalisation (objective/patch.h), by the mean over the values
 * of the squared error. Codes: a head gives K logits, by cross-entropy in nats against the code
 * that the codebook gives to those same P values. Keys target.kind, target.codes, target.norm_pix.
 */
#ifndef VT_TARGET_H
#define VT_TARGET_H
#include "codes/codebook.h"
#include "config/config.h"
#include "objective/patch.h"

typedef struct {
    isize channels, P;
    int norm_pix;            /* 1: patches are normalised one by one */
    int coded;               /* 1: codes, of a codebook of this shape */
    vt_codebook_shape codes; /* learnt by the trainer before the first step */
} vt_target;

vt_target vt_target_of(const vt_config *config);
isize vt_target_values(const vt_target *target); /* that a head predicts: P, or K */

/* For up to N targets. */
typedef struct {
    vt_real *patches; /* [N, P] in the order row, column, channel */
    int32_t *codes;   /* [N] */
    vt_real *dpred;   /* [N, values] */
    vt_codes_scratch scratch;
} vt_target_saved;
vt_target_saved vt_target_saved_plan(const vt_target *target, isize N, vt_arena *arena);

/* count targets from number first on, of patches [count, P] in the order channel, row, column. */
void vt_target_fill(const vt_target *target, const vt_target_saved *saved, isize first,
                    const vt_real *patches, isize count);
/* The codes of the first N, once they are filled; codebook NULL: pixels have none. */
void vt_target_code(const vt_target *target, const vt_target_saved *saved, isize N,
                    const vt_codebook *codebook);
/* The sum of the losses of pred [N, values] to targets first .. first + N - 1; saved->dpred of
 * these becomes the gradient of sum / pairs_batch. */
double vt_target_loss(const vt_target *target, const vt_target_saved *saved, isize first,
                      const vt_real *pred, isize N, isize pairs_batch);
/* The patch [P] that a prediction [values] stands for: itself, or that of its greatest logit. */
const vt_real *vt_target_patch(const vt_target *target, const vt_codebook *codebook,
                               const vt_real *pred);
/* Floating-point operations in products of N targets. */
int64_t vt_target_flops(const vt_target *target, isize N);
#endif
