/* SHA-256 against the published test vectors of FIPS 180-4. */
#include "base/hash.h"
#include "check.h"
#include <string.h>

static void the_published_digests_come_out(void)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char hex[VT_SHA256_HEX] = {0};
        vt_error err = {0};
        isize bytes = (isize)strlen(cases[i].text);
        CU_ASSERT_EQUAL(vt_sha256_of(cases[i].text, bytes, hex, &err), VT_OK);
        CU_ASSERT_STRING_EQUAL(hex, cases[i].digest);
    }
}

static void pieces_give_the_digest_of_the_whole(void)
{
    char data[1000], whole[VT_SHA256_HEX], pieces[VT_SHA256_HEX];
    vt_error err = {0};
    for (size_t i = 0; i < sizeof data; i++) data[i] = (char)(i * 7);
    CU_ASSERT_EQUAL(vt_sha256_of(data, sizeof data, whole, &err), VT_OK);
    for (isize piece = 1; piece < 200; piece += 37) {
        vt_sha256 hash = {0};
        vt_status status = vt_sha256_open(&hash, &err);
        for (isize at = 0; at < (isize)sizeof data && status == VT_OK; at += piece)
            status = vt_sha256_put(&hash, data + at, vt_min(piece, (isize)sizeof data - at), &err);
        CU_ASSERT_EQUAL(vt_sha256_put(&hash, NULL, 0, &err), VT_OK);
        CU_ASSERT_EQUAL(status, VT_OK);
        CU_ASSERT_EQUAL(vt_sha256_finish(&hash, pieces, &err), VT_OK);
        vt_sha256_close(&hash);
        CU_ASSERT_PTR_NULL(hash.context);
        CU_ASSERT_STRING_EQUAL(pieces, whole);
    }
}

SUITE(hash, {"the published digests come out", the_published_digests_come_out},
      {"pieces give the digest of the whole", pieces_give_the_digest_of_the_whole})
