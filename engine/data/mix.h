/* data/mix.h - a data set that is only a recipe: other data sets, and how often to draw from each.
 *
 * DATA/NAME/mix.txt (format at the top of mix.c). Which sample stands where is a pure function of
 * (seed, place). Weights are parts of VT_MIX_PARTS.
 *
 *   without replacement   of each block of VT_MIX_BLOCK places a source has its share, to the next
 *                         whole sample, in an order of the block's own; the n-th sample that is
 *                         drawn from a source of N images is image n mod N of its epoch n / N,
 *                         which has an order of its own. So every image of a source is drawn once
 *                         before any is drawn twice, but for neighbours of a block.
 *   with replacement      each place draws its source by probability, and an image evenly.
 */
#ifndef VT_MIX_H
#define VT_MIX_H
#include "base/hash.h"
#include "data/buffer.h"

enum { VT_MIX_SOURCES = 16, VT_MIX_PARTS = 1000000, VT_MIX_BLOCK = 1000 };

typedef struct {
    const char *name, *sha256; /* of a data set; borrowed from text */
    isize parts;               /* at least VT_MIX_PARTS / VT_MIX_BLOCK */
    isize images;              /* of its training split; 0 until it is opened */
} vt_mix_source;

typedef struct {
    const char *name;           /* borrowed from text */
    char sha256[VT_SHA256_HEX]; /* content hash: of replacement, and of hash and parts of each
                                   source */
    int replacement;
    int sources; /* 1 .. VT_MIX_SOURCES; their parts are VT_MIX_PARTS in all */
    vt_mix_source source[VT_MIX_SOURCES];
    vt_buffer text; /* owned, where it was read */
} vt_mix;           /* zero-initialised is valid to finish */

/* Gives weights that sum to 1 within 1e-6 their parts: the nearest whole numbers that do, the
 * largest remainders first. VT_ERR_CONFIG: they do not, or one is below 0.001. */
VT_CHECKED vt_status vt_mix_weigh(vt_mix *mix, const double weights[VT_MIX_SOURCES], vt_error *err);
VT_CHECKED vt_status vt_mix_hash(vt_mix *mix, vt_error *err); /* sets sha256 */

int vt_mix_found(const char *folder); /* 1: it holds a recipe */
/* VT_ERR_FORMAT names path and line. */
VT_CHECKED vt_status vt_mix_parse(vt_mix *out, const char *path, const void *text, isize bytes,
                                  vt_error *err);
VT_CHECKED vt_status vt_mix_read(vt_mix *out, const char *folder, vt_error *err);
VT_CHECKED vt_status vt_mix_write(const vt_mix *mix, const char *folder, vt_error *err);
void vt_mix_finish(vt_mix *mix);

typedef struct {
    int source;
    isize image; /* of the source's training split */
} vt_mix_place;
vt_mix_place vt_mix_at(const vt_mix *mix, uint64_t seed, isize place);
/* How many of the first places are drawn from each source. */
void vt_mix_drawn(const vt_mix *mix, uint64_t seed, isize places, isize drawn[VT_MIX_SOURCES]);
#endif
