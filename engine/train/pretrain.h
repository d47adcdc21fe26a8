/* train/pretrain.h - the commands that train a trunk. */
#ifndef VT_PRETRAIN_H
#define VT_PRETRAIN_H
#include "train/session.h"

/* Trains from the folder's checkpoint, or from the beginning, to the last step. *exit_status is
 * that of wire/exit.h when the status is VT_OK. */
VT_CHECKED vt_status vt_pretrain(const vt_request *request, int *exit_status, vt_error *err);
/* Writes the model event of the config alone; reads no data. */
VT_CHECKED vt_status vt_pretrain_plan(const vt_request *request, vt_error *err);
/* Trains for request->seconds without a folder and writes progress events with the rate. */
VT_CHECKED vt_status vt_pretrain_calibrate(const vt_request *request, vt_error *err);
#endif
