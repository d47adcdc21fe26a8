/* base/hash.h - SHA-256 (libcrypto) of whatever is recorded by its content. */
#ifndef LAB_HASH_H
#define LAB_HASH_H
#include "base/base.h"

typedef struct {
    char hex[65]; /* lower case, NUL-terminated */
} lab_sha256;

lab_sha256 lab_sha256_of(const void *data, isize bytes);
#endif
