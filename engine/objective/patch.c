#include "objective/patch.h"
#include <math.h>

void vt_patch_moments(const vt_real *patch, isize P, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (isize i = 0; i < P; i++) sum += (double)patch[i];
    sum /= (double)P;
    for (isize i = 0; i < P; i++) squares += ((double)patch[i] - sum) * ((double)patch[i] - sum);
    *mean = sum;
    *deviation = sqrt((P > 1 ? squares / (double)(P - 1) : 0) + 1e-6);
}

void vt_patch_targets(vt_real *target, const vt_real *patches, isize N, isize channels, isize P,
                      int norm_pix)
{
    isize pixels = P / channels;
    for (isize n = 0; n < N; n++) {
        const vt_real *from = patches + n * P;
        vt_real *to = target + n * P;
        double mean = 0, deviation = 1;
        if (norm_pix) vt_patch_moments(from, P, &mean, &deviation);
        vt_real shift = (vt_real)mean, scale = (vt_real)(1 / deviation);
        for (isize channel = 0; channel < channels; channel++)
            for (isize i = 0; i < pixels; i++)
                to[i * channels + channel] = (from[channel * pixels + i] - shift) * scale;
    }
}

void vt_patch_restore(vt_real *pixels, const vt_real *prediction, const vt_real *patch, isize place,
                      const vt_trunk_shape *shape, int norm_pix)
{
    isize p = shape->patch_px, px = shape->image_px, side = px / p, channels = shape->channels;
    isize top = place / side * p, left = place % side * p;
    double mean = 0, deviation = 1;
    if (norm_pix) vt_patch_moments(patch, vt_patch_values(shape), &mean, &deviation);
    for (isize y = 0; y < p; y++)
        for (isize x = 0; x < p; x++)
            for (isize c = 0; c < channels; c++)
                pixels[(c * px + top + y) * px + left + x] =
                    (vt_real)(mean + deviation * (double)*prediction++);
}
