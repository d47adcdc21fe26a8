#include "base/hash.h"
#include <openssl/evp.h>
#include <stdio.h>

lab_sha256 lab_sha256_of(const void *data, isize bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    LAB_ASSERT(EVP_Digest(data, (size_t)bytes, digest, &length, EVP_sha256(), NULL) == 1);
    LAB_ASSERT(length == 32);
    lab_sha256 out;
    for (unsigned i = 0; i < length; i++) (void)snprintf(out.hex + 2 * i, 3, "%02x", digest[i]);
    return out;
}
