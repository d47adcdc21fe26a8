/* codes/codes.h - rows and their codes: the nearest of K points, who shares one, how many are used.
 *
 * Points are rows of D values; the code of a row x is the k for which |x - point_k| is least, the
 * lowest k among equal ones. |x|^2 does not decide, so the greatest of x point_k - |point_k|^2 / 2
 * is looked for, with a matrix product for a block of rows. Where two points are equally near to
 * within rounding, which of them is taken may differ between blocks of different sizes.
 */
#ifndef VT_CODES_H
#define VT_CODES_H
#include "base/base.h"

enum { VT_CODES_BLOCK = 128 }; /* rows that are looked up at once */

typedef struct {
    const vt_real *values;  /* [K, D], borrowed */
    const vt_real *offsets; /* [K], borrowed: see vt_points_offsets */
    isize K, D;
} vt_points;

/* offsets [K] of points [K, D]: -|point|^2 / 2. */
void vt_points_offsets(vt_real *offsets, const vt_real *points, isize K, isize D);
/* codes [N] of x [N, D]. scratch [VT_CODES_BLOCK, K]. */
void vt_nearest(int32_t *codes, const vt_points *points, const vt_real *x, isize N,
                vt_real *scratch);
/* The same by the definition, in double precision: what tests compare with. */
void vt_nearest_reference(int32_t *codes, const vt_points *points, const vt_real *x, isize N);

/* order [n]: the rows sorted by their code, those of one code as they came; those of code k stand
 * from first[k] on, before first[k + 1]. first [K + 1]. */
void vt_rows_by_code(int32_t *order, int32_t *first, const int32_t *codes, isize n, isize K);

/* How many codes are in use, from first [K + 1] as above. */
typedef struct {
    isize used;        /* codes with a row */
    double perplexity; /* exp of the entropy of their shares: 1 .. K */
} vt_codes_use;
vt_codes_use vt_codes_use_of(const int32_t *first, isize K);

/* What is told while codes are learnt. */
typedef struct {
    int64_t done, of;  /* rounds or steps */
    double error;      /* mean over patches and values of (patch - what its code stands for)^2 */
    double perplexity; /* of the codes that this error is of */
} vt_codes_progress;
/* Anything but 0: stop learning, which then ends with VT_ERR_CANCELLED. */
typedef int vt_codes_tell(void *context, const vt_codes_progress *progress);
#endif
