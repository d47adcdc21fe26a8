/* base/hash.h - SHA-256 (libcrypto) of whatever is recorded by its content. */
#ifndef LAB_HASH_H
#define LAB_HASH_H
#include "base/error.h"

typedef struct {
    char hex[65]; /* lower case, NUL-terminated */
} lab_sha256;

lab_sha256 lab_sha256_of(const void *data, isize bytes);
/* Of a whole file. LAB_ERR_MISSING (no such file), LAB_ERR_IO. */
LAB_CHECKED lab_status lab_sha256_of_file(lab_sha256 *out, const char *path, lab_error *err);
#endif
