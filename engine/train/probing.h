/* train/probing.h - every layer's probes, for a whole grid of rates, from one frozen forward pass.
 *
 * At every tap (train/features.h) a bank of attentive and a bank of linear heads learns, and k-NN
 * classifies where probe.knn_images asks for it (train/stations.h).
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
