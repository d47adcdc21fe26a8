/* data/content.h - the hash that names what a data set holds, however it is cut into shards.
 *
 * SHA-256 over, for the training split and then the test split: for each image byte 1, label,
 * height, width, channels, jpeg (4 bytes each), bytes (8), and the stored bytes; then byte 0.
 * Then for each class byte 1, length of its name (8), the name; then byte 0. Little-endian.
 * The name of the data set is no part of it.
 */
#ifndef VT_CONTENT_H
#define VT_CONTENT_H
#include "base/hash.h"
#include "data/dataset.h"

typedef struct {
    vt_sha256 hash;
    vt_split split; /* that the next image belongs to, or a later one */
} vt_content;

VT_CHECKED vt_status vt_content_open(vt_content *content, vt_error *err);
/* Images of the training split come first (asserted). */
VT_CHECKED vt_status vt_content_put(vt_content *content, vt_split split, const vt_image *image,
                                    vt_error *err);
VT_CHECKED vt_status vt_content_finish(vt_content *content, const char *const *class_names,
                                       isize classes, char hex[VT_SHA256_HEX], vt_error *err);
void vt_content_close(vt_content *content);
#endif
