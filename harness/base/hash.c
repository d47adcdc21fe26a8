#include "base/hash.h"
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static lab_sha256 in_hex(const unsigned char *digest, unsigned length)
{
    lab_sha256 out;
    LAB_ASSERT(length == 32);
    for (unsigned i = 0; i < length; i++) (void)snprintf(out.hex + 2 * i, 3, "%02x", digest[i]);
    return out;
}

lab_sha256 lab_sha256_of(const void *data, isize bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    LAB_ASSERT(EVP_Digest(data, (size_t)bytes, digest, &length, EVP_sha256(), NULL) == 1);
    return in_hex(digest, length);
}

lab_status lab_sha256_of_file(lab_sha256 *out, const char *path, lab_error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE], buffer[65536];
    unsigned length = 0;
    size_t bytes = 0;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return lab_fail(err, errno == ENOENT ? LAB_ERR_MISSING : LAB_ERR_IO, "%s: %s", path,
                        strerror(errno));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    LAB_ASSERT(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    while ((bytes = fread(buffer, 1, sizeof buffer, file)) > 0)
        LAB_ASSERT(EVP_DigestUpdate(context, buffer, bytes) == 1);
    LAB_ASSERT(EVP_DigestFinal_ex(context, digest, &length) == 1);
    EVP_MD_CTX_free(context);
    bool bad = ferror(file) != 0;
    (void)fclose(file);
    *out = in_hex(digest, length);
    return bad ? lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", path, strerror(errno))
               : LAB_OK;
}
