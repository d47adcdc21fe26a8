/* train/checkpoint.h - everything that a run needs to go on as if nothing had happened.
 *
 * A safetensors file: the parameters under their published names, the optimiser's moments as
 * optim.m.NAME and optim.v.NAME, and notes: format, config (SHA-256 of the resolved config), step
 * (steps done: the data position follows from it), steps (of the whole run), points and validated
 * (see vt_trainer), arithmetic (vector and BLAS kernels), and codebook (SHA-256 of its
 * file) where targets are codes. It appears whole or not at all.
 */
#ifndef VT_CHECKPOINT_H
#define VT_CHECKPOINT_H
#include "model/safetensors.h"
#include "train/trainer.h"

#define VT_CHECKPOINT_FILE "checkpoint.safetensors"

VT_CHECKED vt_status vt_checkpoint_write(const vt_trainer *trainer, const char *folder,
                                         isize *bytes, char sha256[VT_SHA256_HEX], vt_error *err);
/* *found 0 and VT_OK when the folder has none. VT_ERR_CONFIG: it is another config's. */
VT_CHECKED vt_status vt_checkpoint_load(vt_trainer *trainer, const char *folder, int *found,
                                        vt_error *err);
/* VT_ERR_CONFIG unless the checkpoint is the last one of the run of that config hash. */
VT_CHECKED vt_status vt_checkpoint_is_of(const char *path, const char *config, vt_error *err);
/* Bytes and hash of the folder's checkpoint as it lies there. */
VT_CHECKED vt_status vt_checkpoint_describe(const char *folder, isize *bytes,
                                            char sha256[VT_SHA256_HEX], vt_error *err);
/* The trunk's parameters alone, into values laid out by info [count]; sha256 is of the whole file.
 * It is verified where it carries its own hash, as every checkpoint of this program does. */
VT_CHECKED vt_status vt_checkpoint_trunk(const char *path, vt_real *values,
                                         const vt_param_info *info, isize count,
                                         char sha256[VT_SHA256_HEX], vt_error *err);
#endif
