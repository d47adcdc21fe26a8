/* train/coding.h - the codebook of a run, where target.kind asks for one.
 *
 * It lies in the run's folder. Where it does not, it is learnt from the training images, before the
 * first step: of the image at each place of training's order (train/feed.h), as training is shown
 * it, some patches drawn by (seed, place). So it can be learnt again, with the same bits.
 */
#ifndef VT_CODING_H
#define VT_CODING_H
#include "train/trainer.h"

/* Reads the folder's codebook, or learns it and writes it there (folder NULL: nowhere), and gives
 * it to the trainer; does nothing where targets are pixels. Overwrites the learner's images.
 * listener may be NULL. VT_ERR_CONFIG: the checkpoint that the trainer loaded was trained with
 * another one. VT_ERR_CANCELLED: listener said so. */
VT_CHECKED vt_status vt_coding_open(vt_trainer *trainer, const char *folder,
                                    vt_codes_tell *listener, void *context, vt_error *err);
#endif
