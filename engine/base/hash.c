#include "base/hash.h"
#include <openssl/evp.h>
#include <string.h>

vt_status vt_sha256_open(vt_sha256 *hash, vt_error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(context);
        return vt_fail(err, VT_ERR_MEMORY, "libcrypto cannot start a SHA-256");
    }
    hash->context = context;
    return VT_OK;
}

vt_status vt_sha256_put(vt_sha256 *hash, const void *data, isize bytes, vt_error *err)
{
    if (bytes > 0 && EVP_DigestUpdate(hash->context, data, (size_t)bytes) != 1)
        return vt_fail(err, VT_ERR_MEMORY, "libcrypto cannot continue a SHA-256");
    return VT_OK;
}

vt_status vt_sha256_finish(vt_sha256 *hash, char hex[VT_SHA256_HEX], vt_error *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    if (EVP_DigestFinal_ex(hash->context, digest, &bytes) != 1 || bytes != 32)
        return vt_fail(err, VT_ERR_MEMORY, "libcrypto cannot finish a SHA-256");
    for (unsigned int i = 0; i < bytes; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = '\0';
    return VT_OK;
}

void vt_sha256_close(vt_sha256 *hash)
{
    EVP_MD_CTX_free(hash->context);
    hash->context = NULL;
}

vt_status vt_sha256_of(const void *data, isize bytes, char hex[VT_SHA256_HEX], vt_error *err)
{
    vt_sha256 hash = {0};
    vt_status status = vt_sha256_open(&hash, err);
    if (status == VT_OK) status = vt_sha256_put(&hash, data, bytes, err);
    if (status == VT_OK) status = vt_sha256_finish(&hash, hex, err);
    vt_sha256_close(&hash);
    return status;
}
