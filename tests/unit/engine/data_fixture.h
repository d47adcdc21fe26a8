/* data_fixture.h - inputs for the tests of engine/data: files, JPEGs, archives, made on the spot.
 *
 * What cannot be made fails the running test's assertion; the rest of it then means nothing.
 */
#ifndef DATA_FIXTURE_H
#define DATA_FIXTURE_H
#include "data/dataset.h"

enum { FIXTURE_PATH = 512, FIXTURE_JPEG_MAX = 1 << 16 };

/* A new folder below $TMPDIR, else /tmp; fixture_remove takes it away with all it holds. */
void fixture_folder(char folder[FIXTURE_PATH]);
void fixture_remove(const char *folder);
/* folder/name into path. */
void fixture_path(char path[FIXTURE_PATH], const char *folder, const char *name);
/* Writes a file, and the folders above it. */
void fixture_write(const char *folder, const char *name, const void *data, isize bytes);
isize fixture_read(const char *folder, const char *name, void *data, isize room); /* -1: none */
void fixture_flip(const char *folder, const char *name, isize at); /* one bit; < 0: from the end */
isize fixture_files(const char *folder);                           /* how many entries it has */

/* Pixels that differ from seed to seed. */
void fixture_pixels(unsigned char *pixels, isize count, uint64_t seed);
/* A JPEG of smooth random colours; channels 1, 3, or 4 for CMYK. Gives its bytes. */
isize fixture_jpeg(unsigned char jpeg[FIXTURE_JPEG_MAX], int width, int height, int channels,
                   uint64_t seed);

/* A JPEG of given pixels, at quality 90. sampling: 444, 422, 440, 420 or 411, of colour. */
typedef struct {
    const unsigned char *pixels; /* [height, width, channels] */
    int width, height, channels, sampling, progressive;
} fixture_picture;
isize fixture_jpeg_of(unsigned char jpeg[FIXTURE_JPEG_MAX], const fixture_picture *picture);
vt_image fixture_image(const vt_dataset *dataset, vt_split split, isize index);

typedef struct {
    const char *name;
    const void *data;
    isize bytes;
    const char *link; /* not NULL: a symbolic link to it */
} fixture_entry;
void fixture_tar(const char *path, int gzip, const fixture_entry *entries, isize count);
void fixture_gzip(const char *folder, const char *name, const void *data, isize bytes);
/* Path of a file of the shared test data; 0 if it is not there (and the test says so). */
int fixture_shared(char path[FIXTURE_PATH], const char *name);
#endif
