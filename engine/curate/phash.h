/* curate/phash.h - a perceptual hash: 64 bits that stay, but for a few, when an image is encoded
 * again, scaled, or cropped by some hundredths.
 *
 * The luma (Rec. 601) is shrunk to 32 x 32 by resize.h; of its two-dimensional cosine transform
 * the 64 coefficients of lowest frequency but the constant one are kept, those of u, v in 0..7 and
 * (8, 0) for (0, 0); a bit says whether a coefficient is above their median (Zauner 2010, pHash).
 * An image whose coefficients all are small has nothing that could be compared.
 *
 * Hashes of different pictures come near to each other once in a million pairs, which among
 * millions of images is often. So the coefficients themselves are kept too, in a byte each, and two
 * images are of one picture when their hashes are near and their coefficients go together.
 */
#ifndef VT_PHASH_H
#define VT_PHASH_H
#include "data/resize.h"

/* Near: at most that many bits differ; together: the cosine of the angle between the coefficients
 * is at least VT_PHASH_ALIKE. `patchlaw-bench near` measures what both find and mistake. */
enum { VT_PHASH_BITS = 64, VT_PHASH_NEAR = 8 };
#define VT_PHASH_ALIKE 0.95

typedef struct {
    uint64_t bits;
    signed char shape[VT_PHASH_BITS]; /* coefficients, the largest scaled to 127 */
    int flat;                         /* 1: one colour, or nearly; the rest means nothing */
} vt_phash;

/* Cosine of the angle between two shapes that are not flat. */
double vt_phash_cosine(const signed char a[VT_PHASH_BITS], const signed char b[VT_PHASH_BITS]);

typedef struct vt_phasher vt_phasher; /* of one thread */
VT_CHECKED vt_status vt_phasher_open(vt_phasher **out, vt_error *err);
void vt_phasher_close(vt_phasher **phasher); /* sets NULL; NULL is fine */

/* pixels: [height, width, channels], channels 1 or 3. VT_ERR_MEMORY only. */
VT_CHECKED vt_status vt_phash_of(vt_phash *out, vt_phasher *phasher, const unsigned char *pixels,
                                 int height, int width, int channels, vt_error *err);

static inline int vt_phash_distance(uint64_t a, uint64_t b)
{
    return __builtin_popcountll(a ^ b);
}
#endif
