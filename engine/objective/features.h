/* objective/features.h - what a trunk makes of each image of a batch, kept to tell a collapse. */
#ifndef VT_FEATURES_H
#define VT_FEATURES_H
#include "base/arena.h"

typedef struct {
    vt_real *rows; /* [B, C] */
    isize C;
} vt_features;

vt_features vt_features_plan(isize B, isize C, vt_arena *arena);
/* The mean of count rows [count, C] of an image. */
void vt_features_keep(const vt_features *features, isize image, const vt_real *rows, isize count);
/* sqrt of the sum over channels of the variance over B images of x / |x|: 0 where all are the same,
 * at most 1. */
double vt_features_std(const vt_features *features, isize B);
#endif
