/* The file format: written to the byte, read back, and refused where it is not what it should be.
 */
#include "check.h"
#include "core_fixture.h"
#include "model/safetensors.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static vt_error err;
static char folder[FIXTURE_PATH], path[FIXTURE_PATH];

static void begin(void)
{
    fixture_folder(folder);
    fixture_path(path, folder, "x.safetensors");
}

/* ---- files made by hand ---- */

static unsigned char file_bytes[1 << 16];

/* A file of this header and payload; padding is put behind the header, as writers do. */
static void put_file(const char *header, const void *payload, isize payload_bytes)
{
    isize length = (isize)strlen(header);
    memset(file_bytes, 0, 8);
    for (int i = 0; i < 4; i++) file_bytes[i] = (unsigned char)(length >> (8 * i));
    memcpy(file_bytes + 8, header, (size_t)length);
    if (payload_bytes > 0) memcpy(file_bytes + 8 + length, payload, (size_t)payload_bytes);
    fixture_write(folder, "x.safetensors", file_bytes, 8 + length + payload_bytes);
}

static vt_safetensors *open_file(void)
{
    vt_safetensors *file = NULL;
    if (vt_safetensors_open(&file, path, &err) != VT_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    return file;
}

static void refused(const char *header, isize payload_bytes, const char *why)
{
    static const char zeros[64];
    vt_safetensors *file = (vt_safetensors *)file_bytes; /* not NULL: open must clear it */
    put_file(header, zeros, payload_bytes);
    vt_status status = vt_safetensors_open(&file, path, &err);
    if (status != VT_ERR_FORMAT || !strstr(err.text, why))
        (void)printf("\n    %s: \"%s\" lacks \"%s\"\n", header, status ? err.text : "", why);
    CU_ASSERT(status == VT_ERR_FORMAT && file == NULL && strstr(err.text, why) != NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
}

/* ---- writing ---- */

static void what_is_written_is_read_back(void)
{
    vt_real matrix[6], scalar[1] = {(vt_real)-7.25}, odd[3] = {(vt_real)NAN, (vt_real)INFINITY, 0};
    vt_real got[6];
    core_fill(matrix, 6, 1);
    vt_tensor tensors[] = {{"a.weight", matrix, {2, 3}, 2},
                           {"one", scalar, {0}, 0},
                           {"none", matrix, {0, 5}, 2},
                           {"odd", odd, {3, 1, 1, 1}, 4}};
    vt_note notes[] = {{"step", "12"}, {"quote\"d", "back\\slash and\nline"}};
    vt_safetensors_content content = {tensors, 4, notes, 2};
    char sha256[VT_SHA256_HEX], want[VT_SHA256_HEX];
    isize bytes = 0;
    begin();
    CU_ASSERT_EQUAL_FATAL(vt_safetensors_write(path, &content, &bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(fixture_read(folder, "x.safetensors", file_bytes, sizeof file_bytes), bytes);
    CU_ASSERT_EQUAL(vt_sha256_of(file_bytes, bytes, want, &err), VT_OK);
    CU_ASSERT_STRING_EQUAL(sha256, want);
    CU_ASSERT_EQUAL(fixture_files(folder), 1); /* no partial file */
    vt_safetensors *file = open_file();
    CU_ASSERT_EQUAL(vt_safetensors_verify(file, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_safetensors_count(file, "a.weight"), 6);
    CU_ASSERT_EQUAL(vt_safetensors_count(file, "one"), 1);
    CU_ASSERT_EQUAL(vt_safetensors_count(file, "none"), 0);
    CU_ASSERT_EQUAL(vt_safetensors_count(file, "two"), -1);
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "a.weight", got, 6, &err), VT_OK);
    CU_ASSERT(core_same(got, matrix, 6));
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "one", got, 1, &err), VT_OK);
    CU_ASSERT_EQUAL(got[0], scalar[0]);
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "none", got, 0, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "odd", got, 3, &err), VT_OK);
    CU_ASSERT(isnan(got[0]) && isinf(got[1]) && got[2] == 0);
    CU_ASSERT_STRING_EQUAL(vt_safetensors_note(file, "step"), "12");
    CU_ASSERT_STRING_EQUAL(vt_safetensors_note(file, "quote\"d"), "back\\slash and\nline");
    CU_ASSERT_PTR_NULL(vt_safetensors_note(file, "other"));
    vt_safetensors_close(&file);
    CU_ASSERT_PTR_NULL(file);
    vt_safetensors_close(&file);
    fixture_remove(folder);
}

static void a_file_is_the_published_format_to_the_byte(void)
{
    static const vt_real data[] = {1, 2, 3};
    vt_tensor tensors[] = {{"ab", data, {1, 2}, 2}, {"c", data + 2, {1}, 1}};
    vt_note note = {"k", "v"};
    vt_safetensors_content content = {tensors, 2, &note, 1};
    char sha256[VT_SHA256_HEX], digest[VT_SHA256_HEX], want[512];
    int wide = sizeof(vt_real) == 8;
    isize bytes = 0;
    begin();
    CU_ASSERT_EQUAL(vt_safetensors_write(path, &content, &bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(fixture_read(folder, "x.safetensors", file_bytes, sizeof file_bytes), bytes);
    /* The digest is that of the file with its own digits read as 0. */
    memcpy(digest, file_bytes + 35, 64);
    memset(file_bytes + 35, '0', 64);
    CU_ASSERT_EQUAL(vt_sha256_of(file_bytes, bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(memcmp(digest, sha256, 64), 0);
    int length = snprintf(want, sizeof want,
                          "{\"__metadata__\":{\"sha256\":\"%064d\",\"k\":\"v\"},"
                          "\"ab\":{\"dtype\":\"%s\",\"shape\":[1,2],\"data_offsets\":[0,%d]},"
                          "\"c\":{\"dtype\":\"%s\",\"shape\":[1],\"data_offsets\":[%d,%d]}}",
                          0, wide ? "F64" : "F32", wide ? 16 : 8, wide ? "F64" : "F32",
                          wide ? 16 : 8, wide ? 24 : 12);
    isize header = file_bytes[0] | file_bytes[1] << 8;
    for (int i = 2; i < 8; i++) CU_ASSERT_EQUAL(file_bytes[i], 0);
    CU_ASSERT(header >= length && header < length + 64 && (8 + header) % 64 == 0);
    CU_ASSERT_EQUAL(memcmp(file_bytes + 8, want, (size_t)length), 0);
    for (isize i = length; i < header; i++) CU_ASSERT_EQUAL(file_bytes[8 + i], ' ');
    CU_ASSERT_EQUAL(bytes, 8 + header + (isize)sizeof data);
    CU_ASSERT_EQUAL(memcmp(file_bytes + 8 + header, data, sizeof data), 0);
    fixture_remove(folder);
}

static void many_tensors_make_a_long_header(void)
{
    enum { MANY = 300 };
    static char names[MANY][64];
    static vt_tensor tensors[MANY];
    static vt_real data[MANY], got;
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    core_fill(data, MANY, 5);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof names[i], "trunk.blocks.%d.attn.qkv.weight", i);
        tensors[i] = (vt_tensor){names[i], data + i, {1}, 1};
    }
    vt_safetensors_content content = {tensors, MANY, NULL, 0};
    begin();
    CU_ASSERT_EQUAL_FATAL(vt_safetensors_write(path, &content, &bytes, sha256, &err), VT_OK);
    vt_safetensors *file = open_file();
    for (int i = 0; i < MANY; i++) {
        CU_ASSERT_EQUAL(vt_safetensors_read(file, names[i], &got, 1, &err), VT_OK);
        CU_ASSERT_EQUAL(got, data[i]);
    }
    vt_safetensors_close(&file);
    fixture_remove(folder);
}

static void a_file_that_cannot_be_written_is_named(void)
{
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_safetensors_content content = {0};
    begin();
    fixture_path(path, folder, "none/x.safetensors");
    CU_ASSERT_EQUAL(vt_safetensors_write(path, &content, &bytes, sha256, &err), VT_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "none/x.safetensors"));
    fixture_remove(folder);
}

/* ---- reading ---- */

static void every_dtype_is_converted(void)
{
    struct {
        double f64[2];
        int64_t i64[2];
        float f32[2];
        unsigned char boolean[3];
    } payload = {{0.1, -2e30}, {-5, 1 << 20}, {0.5f, -3}, {0, 1, 255}};
    vt_real got[3];
    begin();
    put_file("{ \"d\" : {\"shape\":[2],\"data_offsets\":[0,16],\"dtype\":\"F64\"} ,\n"
             "\"i\":{\"dtype\":\"I64\",\"shape\":[1,2],\"data_offsets\":[16,32]},\t"
             "\"f\":{\"dtype\":\"F32\",\"shape\":[2,1,1],\"data_offsets\":[32,40]},"
             "\"b\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[40,43]}}  \n",
             &payload, 43);
    vt_safetensors *file = open_file();
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "d", got, 2, &err), VT_OK);
    CU_ASSERT(got[0] == (vt_real)0.1 && got[1] == (vt_real)-2e30);
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "i", got, 2, &err), VT_OK);
    CU_ASSERT(got[0] == -5 && got[1] == 1 << 20);
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "f", got, 2, &err), VT_OK);
    CU_ASSERT(got[0] == (vt_real)0.5 && got[1] == -3);
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "b", got, 3, &err), VT_OK);
    CU_ASSERT(got[0] == 0 && got[1] == 1 && got[2] == 1);
    vt_safetensors_close(&file);
    fixture_remove(folder);
}

static void a_missing_tensor_and_a_wrong_count_are_named(void)
{
    static const float payload[2] = {1, 2};
    vt_real got[3] = {7, 7, 7};
    begin();
    put_file("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", payload, 8);
    vt_safetensors *file = open_file();
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "y", got, 2, &err), VT_ERR_FORMAT);
    CU_ASSERT(strstr(err.text, "no tensor y") && strstr(err.text, path));
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "x", got, 3, &err), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "x has 2 elements, want 3"));
    CU_ASSERT_EQUAL(vt_safetensors_read(file, "x", got, 1, &err), VT_ERR_FORMAT);
    CU_ASSERT(got[0] == 7 && got[2] == 7);
    CU_ASSERT_EQUAL(vt_safetensors_verify(file, &err), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no sha256"));
    vt_safetensors_close(&file);
    fixture_remove(folder);
}

static void damaged_headers_are_refused(void)
{
#define TENSOR(rest) "{\"x\":{\"dtype\":\"F32\"," rest "}"
    static const struct {
        const char *header, *why;
    } cases[] = {
        {"", "no object"},
        {"[]", "no object"},
        {"{", "a string is missing"},
        {"{}x", "something stands behind"},
        {"{\"x\"}", "colon"},
        {"{\"x\":1}", "not an object"},
        {"{\"x", "no end"},
        {"{\"x\\", "no end"},
        {"{\"\\u0041\":{}}", "escape"},
        {"{\"x\":{\"dtype\":\"F16\"}}", "dtype"},
        {"{\"x\":{\"dtype\":3}}", "a string is missing"},
        {"{\"x\":{\"colour\":\"F32\"}}", "a field other than"},
        {"{\"x\":{\"dtype\":\"F32\"}}", "lacks a field"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}}", "lacks a field"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[0,8]"), "no end"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[0,8]},") "}", "a string is missing"},
        {TENSOR("\"shape\":2,\"data_offsets\":[0,8]}"), "not a list"},
        {TENSOR("\"shape\":[2,\"data_offsets\":[0,8]}"), "a number is missing"},
        {TENSOR("\"shape\":[-2],\"data_offsets\":[0,8]}"), "a number is missing"},
        {TENSOR("\"shape\":[2 3],\"data_offsets\":[0,8]}"), "shape has no end"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[8]}"), "one number"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[0,8,9]}"), "no end"},
        {TENSOR("\"shape\":[2],\"data_offsets\":8}"), "not a list"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[0,4]}"), "offsets do not fit"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[0,12]}"), "offsets do not fit"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[8,0]}"), "offsets do not fit"},
        {TENSOR("\"shape\":[2],\"data_offsets\":[12,20]}"), "offsets do not fit"},
        {TENSOR("\"shape\":[0],\"data_offsets\":[17,17]}"), "offsets do not fit"},
        {TENSOR("\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}"), "too large"},
        {TENSOR("\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}"), "too large"},
        {TENSOR("\"shape\":[4294967296,4294967296,2],\"data_offsets\":[0,0]}"), "too large"},
        {TENSOR("\"shape\":[0],\"data_offsets\":[9223372036854775807,9223372036854775807]}"),
         "too large"},
        {"{\"__metadata__\":[]}", "not an object"},
        {"{\"__metadata__\":{\"a\":1}}", "a string is missing"},
        {"{\"__metadata__\":{\"a\":\"b\"}", "no end"},
        {"{\"__metadata__\":{\"a\":\"b\"", "no end"},
        {"{\"__metadata__\":{\"a\" \"b\"}}", "colon"},
    };
#undef TENSOR
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].header, 16, cases[i].why);
    char longer[400] = "{\"";
    memset(longer + 2, 'n', 200);
    (void)strncat(longer, "\":{}}", sizeof longer - strlen(longer) - 1);
    refused(longer, 16, "too long");
    fixture_remove(folder);
}

static void a_file_cut_anywhere_is_refused_or_lacks_nothing(void)
{
    static const vt_real data[] = {1, 2};
    vt_tensor tensor = {"x", data, {2}, 1};
    vt_safetensors_content content = {&tensor, 1, NULL, 0};
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    begin();
    CU_ASSERT_EQUAL(vt_safetensors_write(path, &content, &bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(fixture_read(folder, "x.safetensors", file_bytes, sizeof file_bytes), bytes);
    isize header = 8 + (file_bytes[0] | file_bytes[1] << 8);
    for (isize cut = 0; cut < bytes; cut++) {
        vt_safetensors *file = NULL;
        fixture_write(folder, "x.safetensors", file_bytes, cut);
        CU_ASSERT_EQUAL(vt_safetensors_open(&file, path, &err), VT_ERR_FORMAT);
        CU_ASSERT(file == NULL &&
                  strstr(err.text, cut < header ? "cut short" : "do not fit") != NULL);
    }
    /* A length that the file does not have, up to the largest there is. */
    for (int byte = 2; byte < 8; byte++) {
        vt_safetensors *file = NULL;
        file_bytes[byte] = 0xff;
        fixture_write(folder, "x.safetensors", file_bytes, bytes);
        CU_ASSERT_EQUAL(vt_safetensors_open(&file, path, &err), VT_ERR_FORMAT);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cut short"));
    }
    fixture_path(path, folder, "none");
    vt_safetensors *file = NULL;
    CU_ASSERT_EQUAL(vt_safetensors_open(&file, path, &err), VT_ERR_IO);
    fixture_remove(folder);
}

static void verify_notices_a_flipped_bit_anywhere(void)
{
    static const vt_real data[] = {1, 2, 3};
    vt_tensor tensor = {"x", data, {3}, 1};
    vt_note note = {"step", "2"};
    vt_safetensors_content content = {&tensor, 1, &note, 1};
    char sha256[VT_SHA256_HEX];
    isize bytes = 0, read_on = 0;
    begin();
    CU_ASSERT_EQUAL(vt_safetensors_write(path, &content, &bytes, sha256, &err), VT_OK);
    for (isize at = 0; at < bytes; at++) {
        vt_safetensors *file = NULL;
        fixture_flip(folder, "x.safetensors", at);
        vt_status status = vt_safetensors_open(&file, path, &err);
        read_on += status == VT_OK;
        if (status == VT_OK) status = vt_safetensors_verify(file, &err);
        CU_ASSERT_EQUAL(status, VT_ERR_FORMAT);
        vt_safetensors_close(&file);
        fixture_flip(folder, "x.safetensors", at);
    }
    CU_ASSERT(read_on > (isize)sizeof data); /* all of the payload, and much of the header */
    vt_safetensors *file = open_file();
    CU_ASSERT_EQUAL(vt_safetensors_verify(file, &err), VT_OK);
    vt_safetensors_close(&file);
    fixture_remove(folder);
}

SUITE(safetensors, {"what is written is read back", what_is_written_is_read_back},
      {"a file is the published format to the byte", a_file_is_the_published_format_to_the_byte},
      {"many tensors make a long header", many_tensors_make_a_long_header},
      {"a file that cannot be written is named", a_file_that_cannot_be_written_is_named},
      {"every dtype is converted", every_dtype_is_converted},
      {"a missing tensor and a wrong count are named",
       a_missing_tensor_and_a_wrong_count_are_named},
      {"damaged headers are refused", damaged_headers_are_refused},
      {"a file cut anywhere is refused", a_file_cut_anywhere_is_refused_or_lacks_nothing},
      {"verify notices a flipped bit anywhere", verify_notices_a_flipped_bit_anywhere})
