/* bench/photo.h - JPEGs to read: invented ones, or those of a folder.
 *
 * Invented ones are noise whose octaves are equally strong, as in photographs, with less of the
 * finest grain, 224 to 500 px wide and high, at quality 89 with colour at half the resolution. The
 * same ones everywhere.
 */
#ifndef BENCH_PHOTO_H
#define BENCH_PHOTO_H
#include "data/dataset.h"

enum { BENCH_PHOTOS_MAX = 512 };

typedef struct {
    char folder[4096];                /* where they lie as files, 000.jpg and so on; "": nowhere */
    vt_image image[BENCH_PHOTOS_MAX]; /* JPEGs */
    int count, own;                   /* own: the folder is removed at close */
} bench_photos;

/* folder NULL: invented ones, count of them, written below $TMPDIR or /tmp. Else its .jpg, .jpeg
 * and .JPEG files in order of name, count at most. Those that do not decode are an error. */
VT_CHECKED vt_status bench_photos_open(bench_photos *out, const char *folder, int count,
                                       vt_error *err);
void bench_photos_close(bench_photos *photos);
#endif
