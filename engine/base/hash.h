/* base/hash.h - SHA-256 (libcrypto) of whatever is recorded by its content. */
#ifndef VT_HASH_H
#define VT_HASH_H
#include "base/error.h"

#define VT_SHA256_HEX 65 /* bytes of a digest in hex, NUL included */

typedef struct {
    void *context; /* owned; NULL when closed */
} vt_sha256;

VT_CHECKED vt_status vt_sha256_open(vt_sha256 *hash, vt_error *err);
VT_CHECKED vt_status vt_sha256_put(vt_sha256 *hash, const void *data, isize bytes, vt_error *err);
VT_CHECKED vt_status vt_sha256_finish(vt_sha256 *hash, char hex[VT_SHA256_HEX], vt_error *err);
void vt_sha256_close(vt_sha256 *hash);

/* All at once. */
VT_CHECKED vt_status vt_sha256_of(const void *data, isize bytes, char hex[VT_SHA256_HEX],
                                  vt_error *err);
#endif
