/* fetch/place.h - the folder of a fetch: whose it is, and what its files are called (README.md). */
#ifndef VT_FETCH_PLACE_H
#define VT_FETCH_PLACE_H
#include "base/hash.h"

enum { VT_PLACE_PATH = 4096, VT_PLACE_SAMPLES_MAX = 1000000 };

typedef struct {
    char folder[VT_PLACE_PATH - 64];
    char list_sha256[VT_SHA256_HEX], columns_sha256[VT_SHA256_HEX]; /* of the list; of its maps */
    isize rows, samples;                                            /* of the list; of a part */
    int lock;
} vt_place;

/* Makes the folder, or goes on in it. Everything but lock is filled before. One process at a time.
 * VT_ERR_CONFIG: it belongs to another list, or to other parts, or is not empty. */
VT_CHECKED vt_status vt_place_open(vt_place *place, vt_error *err);
void vt_place_close(vt_place *place);

isize vt_place_parts(const vt_place *place);
isize vt_place_part_rows(const vt_place *place, isize part);
/* FOLDER/00012ENDING into path of VT_PLACE_PATH bytes. */
void vt_place_path(const vt_place *place, isize part, const char *ending, char *path);
/* The key of a part's row into key of at least 48 bytes. */
void vt_place_key(const vt_place *place, isize part, isize row, char *key);
#endif
