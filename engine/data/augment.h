/* data/augment.h - what a training view goes through after its crop and flip: a list of operations
 * on colour and sharpness, each with its probability.
 *
 * Formulas are those of torchvision's transforms on tensors, here on values in [0, 255]:
 *
 *   JITTER    brightness, contrast, saturation, hue (ColorJitter): in an order drawn anew, blends
 *             with black, with the mean luma, with the luma of the pixel, by factors uniform in
 *             [max(0, 1 - amount), 1 + amount]; and the hue turned by a part of the circle uniform
 *             in [-amount, amount], amount <= 1/2. An amount of 0 leaves its part out.
 *   GREY      every channel becomes the luma of the pixel
 *   BLUR      Gaussian, sigma uniform in [amount[0], amount[1]] px; weights beyond three sigma are
 *             left out, and the border is mirrored without its edge
 *   SOLARIZE  values from amount[0] (in [0, 1]) on are turned upside down
 *
 * On one channel saturation, hue and GREY change nothing.
 */
#ifndef VT_AUGMENT_H
#define VT_AUGMENT_H
#include "base/rng.h"
#include "data/buffer.h"

typedef enum { VT_OP_JITTER, VT_OP_GREY, VT_OP_BLUR, VT_OP_SOLARIZE } vt_op_kind;

enum { VT_OPS_MAX = 8 };

typedef struct {
    vt_op_kind kind;
    double probability;
    double amount[4];
} vt_op;

typedef struct {
    vt_op op[VT_OPS_MAX]; /* in the order in which they happen */
    int count;
} vt_ops;

/* planes: [channels, px, px], changed in place. What happens follows from *rng alone. spare:
 * working memory that grows as asked. VT_ERR_MEMORY only. */
VT_CHECKED vt_status vt_ops_run(vt_real *planes, int channels, isize px, const vt_ops *ops,
                                vt_rng *rng, vt_buffer *spare, vt_error *err);

/* The parts, for those who know what they want: factors and amounts as drawn above. */
void vt_op_brightness(vt_real *planes, int channels, isize pixels, double factor);
void vt_op_contrast(vt_real *planes, int channels, isize pixels, double factor,
                    vt_real *spare /* [pixels] */);
void vt_op_saturation(vt_real *planes, int channels, isize pixels, double factor,
                      vt_real *spare /* [pixels] */);
void vt_op_hue(vt_real *planes, int channels, isize pixels, double turn);
void vt_op_grey(vt_real *planes, int channels, isize pixels);
void vt_op_solarize(vt_real *planes, int channels, isize pixels, double threshold);
/* spare: [vt_op_blur_spare(px, sigma)] */
isize vt_op_blur_spare(isize px, double sigma);
void vt_op_blur(vt_real *planes, int channels, isize px, double sigma, vt_real *spare);
#endif
