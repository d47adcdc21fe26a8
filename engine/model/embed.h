/* model/embed.h - from pixels to tokens: patch embedding, norm, mask and class token, positions.
 *
 * tokens = norm(patches W^T + bias), the mask token in place of those that are masked, then the
 * fixed sincos position of each patch's place in the image (aim.md 1.2), a smaller image's spread
 * over the whole grid; in front of each image's the class token, which has no position, where the
 * trunk has one (aim.md 9).
 */
#ifndef VT_EMBED_H
#define VT_EMBED_H
#include "model/attention.h"

typedef struct {
    int image_px, patch_px, channels; /* patch_px divides image_px */
    int small_px; /* of smaller images that go through as well, as patch_px divides; 0: none do */
    int width, depth, heads; /* width: a multiple of 4 and of heads */
    double norm_eps;
    int class_token; /* 1: token 0 of each image stands for the whole of it */
    int mask_token;  /* 1: there is a mask token, learnt */
} vt_trunk_shape;

isize vt_trunk_patches(const vt_trunk_shape *shape); /* of an image */
isize vt_trunk_tokens(const vt_trunk_shape *shape);  /* T: patches, and the class token */
isize vt_patch_values(const vt_trunk_shape *shape);  /* P = channels * patch_px^2 */

typedef struct {
    vt_trunk_shape shape;
    vt_linear patch; /* [C, P]; P in the order channel, row, column */
    vt_norm norm;
    vt_param class_token, mask_token; /* [1, C] where the shape has them */
    vt_real *pos;                     /* [patches, C], arena; equal for all views */
    vt_real *small_pos; /* [small patches, C] the same of small images, spread over the grid */
} vt_embed;

/* N' = B*T' patch tokens, without class tokens. */
typedef struct {
    vt_real *patches;  /* [N', P] in the order of the tokens */
    vt_real *embedded; /* [N', C] before the norm */
    vt_norm_stat stat;
    int32_t *place_of; /* [N'] place of each in the grid of its image, raster order */
} vt_embed_saved;

/* pos is computed when the arena has a base. */
vt_embed vt_embed_plan(const vt_trunk_shape *shape, vt_params *params, vt_arena *arena);
vt_embed_saved vt_embed_saved_plan(const vt_trunk_shape *shape, isize B, vt_arena *arena);
/* images [B, channels, px, px] normalised pixels, px as the pass's side says; more of them where
 * pass->image_of says so. tokens [N, C]. */
void vt_embed_forward(const vt_embed *embed, const vt_embed_saved *saved, const vt_pass *pass,
                      const vt_real *images, vt_real *tokens, const vt_scratch *t);
/* t->dx: the gradient of tokens; overwritten. */
void vt_embed_backward(const vt_embed *embed, const vt_embed_saved *saved, const vt_pass *pass,
                       const vt_scratch *t);

/* Floating-point operations of a pass, forward; backward does as many: images have no gradient. */
int64_t vt_embed_flops(const vt_trunk_shape *shape, const vt_pass *pass);

/* table [rows*cols, C]: [sin(c w) | cos(c w) | sin(r w) | cos(r w)] with w_j = 10000^(-j/(C/4)),
 * row r and column c of the patch grid: the first half encodes the column (aim.md 1.2). C: a
 * multiple of 4. */
void vt_sincos(vt_real *table, isize rows, isize cols, isize C);
/* The same of side x side patches that lie spread over a grid of over x over ones, patch i at
 * (i + 1/2) over / side - 1/2: as DINO resizes its positions for small crops, with half pixels. */
void vt_sincos_spread(vt_real *table, isize side, isize over, isize C);
/* patch [P], in the order channel, row, column, of an image with `side` patches along a side; place
 * in raster order. */
void vt_patch_take(vt_real *patch, const vt_real *image, isize place, isize side,
                   const vt_trunk_shape *shape);
/* patches [B*T, P], each in the order channel, row, column: what the embedding multiplies. */
void vt_patchify(vt_real *patches, const vt_real *images, isize B, const vt_trunk_shape *shape);
#endif
