#include "curate/phash.h"
#include "base/heap.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, KEPT = 9, BITS = VT_PHASH_BITS };
static const double PI = 3.14159265358979323846;
static const double FLAT =
    16; /* of a coefficient of 32 x 32 values in 0 .. 255: half a grey level */

struct vt_phasher {
    vt_resizer *resizer;
    double cosine[KEPT][SIDE];
    vt_real planes[3 * SIDE * SIDE];
};

vt_status vt_phasher_open(vt_phasher **out, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_phasher), err);
    if (status != VT_OK) return status;
    vt_phasher *phasher = block;
    status = vt_resizer_open(&phasher->resizer, err);
    if (status != VT_OK) goto done;
    for (int u = 0; u < KEPT; u++)
        for (int x = 0; x < SIDE; x++)
            phasher->cosine[u][x] =
                sqrt((u == 0 ? 1.0 : 2.0) / SIDE) * cos(PI * u * (2 * x + 1) / (2.0 * SIDE));
    *out = phasher;
    phasher = NULL;
done:
    vt_phasher_close(&phasher);
    return status;
}

void vt_phasher_close(vt_phasher **phasher)
{
    if (!*phasher) return;
    vt_resizer_close(&(*phasher)->resizer);
    void *block = *phasher;
    vt_heap_free(&block);
    *phasher = NULL;
}

static double luma(const vt_phasher *p, int at, int channels)
{
    const vt_real *v = p->planes + at;
    if (channels == 1) return (double)v[0];
    return 0.299 * (double)v[0] + 0.587 * (double)v[SIDE * SIDE] +
           0.114 * (double)v[2 * SIDE * SIDE];
}

/* out: [KEPT, KEPT], rows by vertical frequency. */
static void transform(const vt_phasher *p, int channels, double out[KEPT][KEPT])
{
    double rows[SIDE][KEPT];
    for (int y = 0; y < SIDE; y++)
        for (int u = 0; u < KEPT; u++) {
            double sum = 0;
            for (int x = 0; x < SIDE; x++) sum += p->cosine[u][x] * luma(p, y * SIDE + x, channels);
            rows[y][u] = sum;
        }
    for (int v = 0; v < KEPT; v++)
        for (int u = 0; u < KEPT; u++) {
            double sum = 0;
            for (int y = 0; y < SIDE; y++) sum += p->cosine[v][y] * rows[y][u];
            out[v][u] = sum;
        }
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static vt_phash bits_of(double all[KEPT][KEPT])
{
    double kept[BITS], sorted[BITS];
    vt_phash hash = {0};
    for (int i = 0; i < BITS; i++) kept[i] = all[i / 8][i % 8];
    kept[0] = all[0][8];
    memcpy(sorted, kept, sizeof sorted);
    qsort(sorted, BITS, sizeof *sorted, compare);
    double most = fmax(fabs(sorted[0]), fabs(sorted[BITS - 1]));
    double median = (sorted[BITS / 2 - 1] + sorted[BITS / 2]) / 2;
    for (int i = 0; i < BITS; i++) {
        if (kept[i] > median) hash.bits |= UINT64_C(1) << i;
        if (most > 0) hash.shape[i] = (signed char)lround(127 * kept[i] / most);
    }
    hash.flat = most < FLAT;
    return hash;
}

double vt_phash_cosine(const signed char a[VT_PHASH_BITS], const signed char b[VT_PHASH_BITS])
{
    int product = 0, left = 0, right = 0;
    for (int i = 0; i < BITS; i++) {
        product += a[i] * b[i];
        left += a[i] * a[i];
        right += b[i] * b[i];
    }
    if (left == 0 || right == 0) return 0;
    return product / sqrt((double)left * right);
}

vt_status vt_phash_of(vt_phash *out, vt_phasher *phasher, const unsigned char *pixels, int height,
                      int width, int channels, vt_error *err)
{
    double all[KEPT][KEPT];
    vt_resize_job job = {.pixels = pixels,
                         .row_bytes = (isize)width * channels,
                         .channels = channels,
                         .rows = vt_span_whole(0, height, SIDE),
                         .columns = vt_span_whole(0, width, SIDE)};
    vt_status status = vt_resizer_run(phasher->planes, phasher->resizer, &job, err);
    if (status != VT_OK) return status;
    transform(phasher, channels, all);
    *out = bits_of(all);
    return VT_OK;
}
