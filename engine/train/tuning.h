/* train/tuning.h - the command of a probe that changes its trunk: tune.method lora or full.
 *
 * For each of tune.lrs the trunk learns anew from its checkpoint, with the steps, images and
 * augmentation of probes (train/tuner.h). The training with the best validation top-1 (ties: lower
 * validation loss, then earlier in the list) is chosen, and scored on the test split.
 */
#ifndef VT_TUNING_H
#define VT_TUNING_H
#include "train/session.h"

VT_CHECKED vt_status vt_tuning(const vt_request *request, int *exit_status, vt_error *err);
/* Writes the model event: flops count all trainings. */
VT_CHECKED vt_status vt_tuning_plan(const vt_request *request, vt_error *err);
/* Trains a trunk of random weights for request->seconds, without a folder, and writes a progress
 * event with the rate. */
VT_CHECKED vt_status vt_tuning_calibrate(const vt_request *request, vt_error *err);
#endif
