/* train/probing.h - every layer's probes, for a whole grid of rates, from one frozen forward pass.
 *
 * Taps are the raw outputs of all blocks and the mean of the last probe.average_last of them; on
 * each a bank of attentive and a bank of linear heads learns (model/probe.h). The control
 * "pixels" has one tap, the normalised pixels, and a linear bank without BatchNorm.
 *
 * Protocol. The training split is put into a fixed random order: its first probe.val_images are
 * held back, the next probe.train_images train. The head of a (tap, kind) with the best validation
 * top-1 (ties: lower validation loss, then earlier in the grid) is chosen, and only chosen heads
 * are reported on the test split, which nothing else reads.
 */
#ifndef VT_PROBING_H
#define VT_PROBING_H
#include "train/session.h"

VT_CHECKED vt_status vt_probing(const vt_request *request, int *exit_status, vt_error *err);
/* Writes the model event of the config: flops count the frozen forward and the heads' training. */
VT_CHECKED vt_status vt_probing_plan(const vt_request *request, vt_error *err);
/* Trains the heads on a trunk of random weights for request->seconds, without a folder, and writes
 * a progress event with the rate. */
VT_CHECKED vt_status vt_probing_calibrate(const vt_request *request, vt_error *err);
#endif
