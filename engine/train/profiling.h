/* train/profiling.h - where a training step's time goes, part by part, each beside its own limit.
 */
#ifndef VT_PROFILING_H
#define VT_PROFILING_H
#include "train/session.h"

/* Trains for request->seconds without a folder and prints a table to standard output, or JSON.
 * Products and attention are compared with what this core multiplies and adds at most, the rest
 * with what it reads and writes at most: from its cache, but for the optimiser, whose numbers come
 * from memory. Limits are measured before the steps. */
VT_CHECKED vt_status vt_profiling_run(const vt_request *request, vt_error *err);
#endif
