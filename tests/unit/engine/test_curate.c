#include "base/hash.h"
#include "base/rng.h"
#include "check.h"
#include "curate/curate.h"
#include "curate/faces.h"
#include "curate/look.h"
#include "curate/near.h"
#include "data/jpeg.h"
#include "data/jpeg_write.h"
#include "data/json.h"
#include "data/markers.h"
#include "data_fixture.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 64, ENTRIES = 128, TEXT = 512 };
static vt_error err;

/* ---- what a sample says ---- */

static vt_columns columns_of(const char *json)
{
    return (vt_columns){json, (isize)strlen(json)};
}

static void columns_are_read_from_json(void)
{
    vt_columns_box boxes[VT_COLUMNS_BOXES_MAX];
    char text[TEXT];
    double value = 0;
    isize count = 0;
    vt_columns c =
        columns_of(" {\"uid\": \"ab\\\"c\", \"deep\": {\"score\": 9, \"a\": [[], {}]},\n"
                   "\"score\": -2.5e-1, \"words\": \"0.5\", \"none\": null, \"nan\": NaN, "
                   "\"boxes\": [[0.1, 0.2, 0.3, 0.4], [0,0,1,1]], \"list\": \"[]\"} ");
    CU_ASSERT(vt_columns_valid(&c));
    CU_ASSERT(vt_columns_text(&c, "uid", text, TEXT) == VT_COLUMN_FOUND);
    CU_ASSERT_STRING_EQUAL(text, "ab\\\"c");
    CU_ASSERT(vt_columns_real(&c, "score", &value) == VT_COLUMN_FOUND && value == -0.25);
    CU_ASSERT(vt_columns_real(&c, "words", &value) == VT_COLUMN_FOUND && value == 0.5);
    CU_ASSERT_EQUAL(vt_columns_real(&c, "none", &value), VT_COLUMN_ABSENT);
    CU_ASSERT_EQUAL(vt_columns_real(&c, "nan", &value), VT_COLUMN_ABSENT);
    CU_ASSERT_EQUAL(vt_columns_real(&c, "a", &value), VT_COLUMN_ABSENT);
    CU_ASSERT_EQUAL(vt_columns_real(&c, "boxes", &value), VT_COLUMN_WRONG);
    CU_ASSERT(vt_columns_boxes(&c, "boxes", boxes, &count) == VT_COLUMN_FOUND && count == 2);
    CU_ASSERT(boxes[0].bottom == 0.4 && boxes[1].right == 1);
    CU_ASSERT(vt_columns_boxes(&c, "list", boxes, &count) == VT_COLUMN_FOUND && count == 0);
    CU_ASSERT_EQUAL(vt_columns_boxes(&c, "score", boxes, &count), VT_COLUMN_WRONG);
    static const char *const wrong[] = {"",        "[]",          "{\"a\":1,}",  "{\"a\" 1}",
                                        "{'a':1}", "{\"a\":1}x",  "{\"a\":01x}", "{\"a\":\"b}",
                                        "{\"a\"",  "{\"a\":[1,}", "{\"a\":tru}", "{\"a\":[1]]}"};
    for (int i = 0; i < (int)(sizeof wrong / sizeof *wrong); i++) {
        c = columns_of(wrong[i]);
        CU_ASSERT(!vt_columns_valid(&c));
    }
    static const char *const odd[] = {"{\"a\":[-Infinity, Infinity]}", "{\"caf\xe9\":\"\xff\"}",
                                      "{\"a\":1e999}"}; /* as others write it: good enough */
    for (int i = 0; i < (int)(sizeof odd / sizeof *odd); i++) {
        const char *fault = NULL;
        c = columns_of(odd[i]);
        CU_ASSERT(vt_columns_valid(&c));
        CU_ASSERT_EQUAL(vt_json_skip(c.json, c.json + c.bytes, VT_JSON_STRICT, &fault) != NULL,
                        i == 2);
        CU_ASSERT(vt_columns_real(&c, "a", &value) != VT_COLUMN_FOUND);
    }
    static const char *const boxed[] = {"{\"b\":[[1,2,3]]}", "{\"b\":[[0,0,-1,1]]}",
                                        "{\"b\":[[0,0,1,1], 1]}", "{\"b\":\"[[0,0,1,1e999]]\"}"};
    for (int i = 0; i < (int)(sizeof boxed / sizeof *boxed); i++) {
        c = columns_of(boxed[i]);
        CU_ASSERT_EQUAL(vt_columns_boxes(&c, "b", boxes, &count), VT_COLUMN_WRONG);
    }
}

static void json_that_nests_too_deep_is_refused(void)
{
    char text[TEXT] = "{\"a\":";
    for (int depth = 1; depth < 100; depth++) {
        memset(text + 5, '[', (size_t)depth);
        memset(text + 5 + depth, ']', (size_t)depth);
        memcpy(text + 5 + 2 * depth, "}", 2);
        vt_columns c = columns_of(text);
        CU_ASSERT_EQUAL(vt_columns_valid(&c), depth < 64);
    }
}

/* ---- markers ---- */

/* Puts an EXIF segment with an orientation behind the first marker. */
static isize turned(unsigned char *out, const unsigned char *jpeg, isize bytes, int orientation,
                    int little)
{
    unsigned char exif[36] = {0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0};
    static const unsigned char big[26] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12,
                                          0,   3,   0, 0,  0, 1, 0, 0, 0, 0, 0, 0};
    static const unsigned char small[26] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1,
                                            3,   0,   1,  0, 0, 0, 0, 0, 0, 0, 0,    0};
    memcpy(exif + 10, little ? small : big, 26);
    exif[little ? 28 : 29] = (unsigned char)orientation;
    memcpy(out, jpeg, 2);
    memcpy(out + 2, exif, sizeof exif);
    memcpy(out + 2 + sizeof exif, jpeg + 2, (size_t)bytes - 2);
    return bytes + (isize)sizeof exif;
}

static void markers_tell_size_and_orientation(void)
{
    unsigned char jpeg[FIXTURE_JPEG_MAX], out[FIXTURE_JPEG_MAX + 64];
    isize bytes = fixture_jpeg(jpeg, 40, 24, 3, 1);
    for (int orientation = 0; orientation < 11; orientation++)
        for (int little = 0; little < 2; little++) {
            isize all = turned(out, jpeg, bytes, orientation, little);
            vt_markers m = vt_markers_read(out, all);
            CU_ASSERT(m.height == 24 && m.width == 40 && m.components == 3 && m.precision == 8);
            CU_ASSERT_EQUAL(m.orientation, orientation >= 1 && orientation <= 8 ? orientation : 1);
            for (isize cut = 0; cut < all; cut++) (void)vt_markers_read(out, cut);
        }
}

/* Each orientation of EXIF is where row 0 and column 0 of the stored image are in the upright one.
 */
static void every_orientation_is_turned_upright(void)
{
    enum { HIGH = 2, WIDE = 3 };
    static const unsigned char stored[HIGH * WIDE] = {1, 2, 3, 4, 5, 6};
    static const unsigned char upright[9][6] = {{0},
                                                {1, 2, 3, 4, 5, 6},
                                                {3, 2, 1, 6, 5, 4},
                                                {6, 5, 4, 3, 2, 1},
                                                {4, 5, 6, 1, 2, 3},
                                                {1, 4, 2, 5, 3, 6},
                                                {4, 1, 5, 2, 6, 3},
                                                {6, 3, 5, 2, 4, 1},
                                                {3, 6, 2, 5, 1, 4}};
    for (int orientation = 1; orientation <= 8; orientation++) {
        unsigned char out[6];
        vt_upright_copy(out, stored, HIGH, WIDE, 1, orientation);
        CU_ASSERT_EQUAL(memcmp(out, upright[orientation], 6), 0);
    }
}

/* ---- faces ---- */

static void faces_cannot_be_had_back(void)
{
    enum { BOX = 36, BLOCK = 6, FROM = 10 };
    unsigned char one[SIDE * SIDE * 3], two[SIDE * SIDE * 3], was[SIDE * SIDE * 3];
    fixture_pixels(one, (isize)sizeof one, 3);
    memcpy(was, one, sizeof was);
    memcpy(two, one, sizeof two);
    /* Another face whose blocks have the same sums: rows of each block in another order. */
    for (int y = 0; y < BOX; y++)
        for (int x = 0; x < BOX * 3; x++) {
            int other = y / BLOCK * BLOCK + (BLOCK - 1 - y % BLOCK);
            two[((FROM + y) * SIDE + FROM) * 3 + x] = was[((FROM + other) * SIDE + FROM) * 3 + x];
        }
    CU_ASSERT_NOT_EQUAL(memcmp(one, two, sizeof one), 0);
    vt_face face = {FROM, FROM, FROM + BOX, FROM + BOX};
    vt_face_blur(one, SIDE, SIDE, 3, &face);
    vt_face_blur(two, SIDE, SIDE, 3, &face);
    CU_ASSERT_EQUAL(memcmp(one, two, sizeof one), 0);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int inside = y >= FROM && y < FROM + BOX && x >= FROM && x < FROM + BOX;
            if (!inside)
                CU_ASSERT_EQUAL(memcmp(one + (y * SIDE + x) * 3, was + (y * SIDE + x) * 3, 3), 0);
        }
}

static void boxes_grow_and_stay_within_the_image(void)
{
    vt_face face = vt_face_of(0.2, 0.2, 0.6, 0.6, 100, 200);
    CU_ASSERT(face.left == 32 && face.right == 128 && face.top == 16 && face.bottom == 64);
    static const double wild[][4] = {
        {-5, -5, 9, 9}, {0.99, 0.99, 1, 1}, {2, 2, 3, 3}, {0, 0, 0, 0}};
    for (int i = 0; i < 4; i++) {
        unsigned char pixels[20 * 30] = {0};
        face = vt_face_of(wild[i][0], wild[i][1], wild[i][2], wild[i][3], 20, 30);
        CU_ASSERT(face.left >= 0 && face.right <= 30 && face.top >= 0 && face.bottom <= 20);
        vt_face_blur(pixels, 20, 30, 1, &face);
    }
}

/* ---- perceptual hashes ---- */

/* Smooth random pictures: a few waves of low frequency. */
static void picture(unsigned char *pixels, int height, int width, uint64_t seed)
{
    vt_rng rng = vt_rng_at(seed, VT_RNG_TEST, 7, 0);
    double wave[8][4];
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 2; k++) wave[i][k] = floor(1 + 5 * vt_rng_unit(&rng));
        wave[i][2] = 6.28 * vt_rng_unit(&rng);
        wave[i][3] = 5 + 20 * vt_rng_unit(&rng);
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double value = 128;
            for (int i = 0; i < 8; i++)
                value +=
                    wave[i][3] *
                    cos(3.14 * (wave[i][0] * x / width + wave[i][1] * y / height) + wave[i][2]);
            pixels[y * width + x] = (unsigned char)fmin(255, fmax(0, value));
        }
}

static int alike(const vt_phash *a, const vt_phash *b)
{
    return vt_phash_distance(a->bits, b->bits) <= VT_PHASH_NEAR &&
           vt_phash_cosine(a->shape, b->shape) >= VT_PHASH_ALIKE;
}

static void a_hash_stays_when_an_image_is_scaled_and_differs_between_pictures(void)
{
    enum { COUNT = 40 };
    static unsigned char pixels[200 * 300];
    vt_phash hash[COUNT], scaled;
    vt_phasher *phasher = NULL;
    CU_ASSERT_EQUAL_FATAL(vt_phasher_open(&phasher, &err), VT_OK);
    for (int i = 0; i < COUNT; i++) {
        picture(pixels, 200, 300, (uint64_t)i);
        CU_ASSERT_EQUAL(vt_phash_of(&hash[i], phasher, pixels, 200, 300, 1, &err), VT_OK);
        picture(pixels, 50, 75, (uint64_t)i);
        CU_ASSERT_EQUAL(vt_phash_of(&scaled, phasher, pixels, 50, 75, 1, &err), VT_OK);
        CU_ASSERT(!hash[i].flat && alike(&hash[i], &scaled));
        for (int k = 0; k < i; k++) CU_ASSERT(!alike(&hash[i], &hash[k]));
    }
    memset(pixels, 77, sizeof pixels);
    CU_ASSERT_EQUAL(vt_phash_of(&scaled, phasher, pixels, 200, 300, 1, &err), VT_OK);
    CU_ASSERT(scaled.flat);
    vt_phasher_close(&phasher);
}

static void the_index_finds_what_a_search_through_all_finds(void)
{
    enum { COUNT = 3000, ASKED = 600 };
    static vt_phash all[COUNT];
    vt_near near = {.count = 0};
    vt_rng rng = vt_rng_at(1, VT_RNG_TEST, 8, 0);
    int found = 0;
    for (int i = 0; i < COUNT; i++) {
        all[i].bits = vt_rng_bits64(&rng);
        if (i % 3 == 0 && i > 0) { /* near to an earlier one, by 0 .. 11 bits */
            all[i] = all[vt_rng_below(&rng, (uint64_t)i)];
            for (int k = 0; k < i % 12; k++) all[i].bits ^= UINT64_C(1) << vt_rng_below(&rng, 64);
        }
        for (int k = 0; k < VT_PHASH_BITS; k++)
            if (i % 3 || i == 0) all[i].shape[k] = (signed char)vt_rng_bits(&rng);
        all[i].flat = i % 50 == 49;
        CU_ASSERT_EQUAL(vt_near_add(&near, &all[i], &err), VT_OK);
    }
    for (int i = 0; i < ASKED; i++) {
        vt_phash wanted = all[vt_rng_below(&rng, COUNT)];
        for (int k = 0; k < i % 10; k++) wanted.bits ^= UINT64_C(1) << vt_rng_below(&rng, 64);
        isize first = -1;
        for (int k = 0; k < COUNT && first < 0 && !wanted.flat; k++)
            if (!all[k].flat && alike(&all[k], &wanted)) first = k;
        CU_ASSERT_EQUAL(vt_near_first(&near, &wanted).number, first);
        found += first >= 0;
    }
    CU_ASSERT(found > ASKED / 2);
    vt_near_finish(&near);
}

/* ---- the whole ---- */

typedef struct {
    char folder[FIXTURE_PATH], web[FIXTURE_PATH], data[FIXTURE_PATH];
    fixture_entry entries[ENTRIES];
    isize count;
    void *owned[ENTRIES];
    char names[ENTRIES][64];
} scene;

static void scene_open(scene *s)
{
    memset(s, 0, sizeof *s);
    fixture_folder(s->folder);
    fixture_path(s->web, s->folder, "web/00000.tar");
    fixture_path(s->data, s->folder, "data");
    fixture_write(s->folder, "web/readme", "x", 1);
}

static void entry_add(scene *s, const char *key, const char *ending, const void *data, isize bytes)
{
    CU_ASSERT_FATAL(s->count < ENTRIES);
    isize i = s->count++;
    (void)snprintf(s->names[i], sizeof s->names[i], "%s.%s", key, ending);
    s->owned[i] = malloc((size_t)bytes + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s->owned[i]);
    memcpy(s->owned[i], data, (size_t)bytes);
    s->entries[i] = (fixture_entry){s->names[i], s->owned[i], bytes, NULL};
}

/* A sample with its hash; more: further members, with a comma before them. */
static void sample_add(scene *s, const char *key, const void *jpeg, isize bytes, const char *more)
{
    char json[TEXT], hex[VT_SHA256_HEX];
    CU_ASSERT_EQUAL(vt_sha256_of(jpeg, bytes, hex, &err), VT_OK);
    int length =
        snprintf(json, sizeof json, "{\"uid\":\"%s\",\"sha256\":\"%s\"%s}", key, hex, more);
    entry_add(s, key, "jpg", jpeg, bytes);
    entry_add(s, key, "json", json, length);
    entry_add(s, key, "txt", "a caption", 9);
}

static isize picture_jpeg(vt_buffer *out, int height, int width, uint64_t seed, int quality)
{
    static unsigned char pixels[256 * 256];
    isize bytes = 0;
    picture(pixels, height, width, seed);
    CU_ASSERT_EQUAL(vt_jpeg_write(out, &bytes, pixels, height, width, 1, quality, &err), VT_OK);
    return bytes;
}

static void picture_add(scene *s, const char *key, uint64_t seed, const char *more)
{
    vt_buffer out = {0};
    isize bytes = picture_jpeg(&out, 80, 80, seed, 90);
    sample_add(s, key, out.data, bytes, more);
    vt_buffer_finish(&out);
}

static void scene_close(scene *s)
{
    for (isize i = 0; i < s->count; i++) free(s->owned[i]);
    fixture_remove(s->folder);
}

static vt_curate_options options_of(const scene *s, const char *name, int workers)
{
    vt_curate_options o = {.unsafe_column = "punsafe",
                           .unsafe_above = 0.5,
                           .boxes_column = "face_bboxes",
                           .score_column = "score",
                           .keep = 0.5,
                           .workers = workers};
    o.source = (vt_import_options){.name = name, .data_folder = s->data};
    return o;
}

static vt_status curate(scene *s, vt_curate_options o, vt_curate_report *report)
{
    char web[FIXTURE_PATH];
    fixture_tar(s->web, 0, s->entries, s->count);
    fixture_path(web, s->folder, "web");
    o.source.path = web;
    return vt_curate(&o, report, &err);
}

static isize counted(const vt_curate_report *r, vt_step step, const char *reason)
{
    const vt_funnel_reason *reasons = r->funnel.reasons.data;
    for (isize i = 0; i < r->funnel.reason_count; i++)
        if (reasons[i].step == step && strcmp(reasons[i].text, reason) == 0)
            return reasons[i].images;
    return 0;
}

/* Twelve good pictures with scores, and one of everything that is dropped. */
static void scene_fill(scene *s)
{
    unsigned char jpeg[FIXTURE_JPEG_MAX], out[FIXTURE_JPEG_MAX + 64];
    vt_buffer buffer = {0};
    isize bytes = 0;
    for (int i = 0; i < 12; i++) {
        char key[16], more[TEXT];
        (void)snprintf(key, sizeof key, "good%02d", i);
        (void)snprintf(more, sizeof more, ",\"punsafe\":0.1,\"score\":%d,\"face_bboxes\":%s",
                       30 - i, i == 2 ? "[[0.2,0.2,0.6,0.6]]" : "[]");
        picture_add(s, key, (uint64_t)(100 + i), more);
    }
    picture_add(s, "same", 104, ",\"punsafe\":0,\"score\":1");
    bytes = picture_jpeg(&buffer, 60, 60, 105, 60);
    sample_add(s, "near", buffer.data, bytes, ",\"punsafe\":0,\"score\":1");
    picture_add(s, "unsafe", 200, ",\"punsafe\":0.9,\"score\":50");
    picture_add(s, "unscored", 201, ",\"score\":50");
    picture_add(s, "boxes", 202, ",\"punsafe\":0,\"score\":50,\"face_bboxes\":[[1]]");
    bytes = fixture_jpeg(jpeg, 40, 40, 3, 9);
    sample_add(s, "cut", jpeg, bytes / 2, "");
    entry_add(s, "json", "jpg", jpeg, bytes);
    entry_add(s, "json", "json", "{", 1);
    entry_add(s, "differs", "jpg", jpeg, bytes);
    entry_add(s, "differs", "json", "{\"sha256\":\"00\"}", 15);
    entry_add(s, "alone", "json", "{}", 2);
    bytes = fixture_jpeg(jpeg, 40, 40, 4, 9);
    sample_add(s, "cmyk", jpeg, bytes, "");
    bytes = fixture_jpeg(jpeg, 40, 40, 3, 10);
    for (isize i = 0; i + 9 < bytes; i++) /* the frame's height and width become absurd */
        if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) memset(jpeg + i + 5, 0xFF, 4);
    sample_add(s, "huge", jpeg, bytes, "");
    bytes = fixture_jpeg(jpeg, 40, 40, 3, 11);
    for (isize i = 0; i + 9 < bytes; i++)
        if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) jpeg[i + 4] = 12;
    sample_add(s, "deep", jpeg, bytes, "");
    bytes = picture_jpeg(&buffer, 90, 60, 300, 90);
    bytes = turned(out, buffer.data, bytes, 6, 1);
    sample_add(s, "turned", out, bytes, ",\"punsafe\":0,\"score\":60");
    vt_buffer_finish(&buffer);
}

static void every_step_counts_what_it_drops(void)
{
    static scene s;
    vt_curate_report r;
    scene_open(&s);
    scene_fill(&s);
    CU_ASSERT_EQUAL_FATAL(curate(&s, options_of(&s, "web", 2), &r), VT_OK);
    CU_ASSERT_EQUAL(r.funnel.images, 25);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_READ, "not a JPEG"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_READ, "unreadable JSON"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_VERIFY, "other bytes than declared"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_DECODE, "damaged JPEG"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_DECODE, "CMYK"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_DECODE, "too large"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_DECODE, "12 bits a sample"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_DECODE, "to be turned upright"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_UNSAFE, "above the threshold"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_UNSAFE, "no score"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_BLUR, "boxes that cannot be read"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_BLUR, "with faces"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_EXACT, "the same bytes as another"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_NEAR, "the same picture as another"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_RANK, "below the share that is kept"), 6);
    CU_ASSERT(r.images[VT_SPLIT_TRAIN] == 7 && r.funnel.changed[0] == 1 &&
              r.funnel.changed[1] == 1);
    CU_ASSERT(!r.funnel.ran[VT_STEP_TEST]);
    vt_funnel_finish(&r.funnel);
    scene_close(&s);
}

static void the_result_is_the_same_for_any_number_of_workers(void)
{
    static scene s;
    static char json[2][1 << 17];
    char hash[VT_SHA256_HEX] = "";
    scene_open(&s);
    scene_fill(&s);
    for (int i = 0; i < 2; i++) {
        vt_curate_report r;
        char web[FIXTURE_PATH];
        CU_ASSERT_EQUAL_FATAL(curate(&s, options_of(&s, "web", 1 + 4 * i), &r), VT_OK);
        if (i > 0) CU_ASSERT_STRING_EQUAL(hash, r.sha256);
        memcpy(hash, r.sha256, sizeof hash);
        fixture_path(web, s.folder, "data/web");
        isize bytes = fixture_read(web, "funnel.json", json[i], (isize)sizeof json[i] - 1);
        CU_ASSERT(bytes > 1000);
        CU_ASSERT_EQUAL(vt_dataset_verify(web, &err), VT_OK);
        vt_funnel_finish(&r.funnel);
        fixture_remove(web);
    }
    CU_ASSERT_STRING_EQUAL(json[0], json[1]);
    scene_close(&s);
}

/* Turned images are stored upright; faces are not in what is stored, nor in any picture. */
static void what_is_stored_is_upright_and_blurred(void)
{
    static scene s;
    static unsigned char pixels[256 * 256 * 3];
    vt_curate_report r;
    vt_dataset *dataset = NULL;
    vt_jpeg *jpeg = NULL;
    char path[FIXTURE_PATH];
    scene_open(&s);
    scene_fill(&s);
    vt_curate_options o = options_of(&s, "web", 2);
    o.skip[VT_STEP_RANK] = 1;
    CU_ASSERT_EQUAL_FATAL(curate(&s, o, &r), VT_OK);
    fixture_path(path, s.folder, "data/web");
    CU_ASSERT_EQUAL_FATAL(vt_dataset_open(&dataset, path, &err), VT_OK);
    CU_ASSERT_EQUAL_FATAL(vt_jpeg_open(&jpeg, &err), VT_OK);
    vt_image face = fixture_image(dataset, VT_SPLIT_TRAIN, 2);
    CU_ASSERT_EQUAL(vt_jpeg_decode(pixels, jpeg, &face, &err), VT_OK);
    int most = 0, wide = face.width * face.channels;
    for (int y = 20; y < 44; y++) /* within blocks of 7 px there is next to no detail left */
        for (int x = 20; x < 44; x++) {
            int step =
                abs(pixels[y * wide + x + 1] - 2 * pixels[y * wide + x] + pixels[y * wide + x - 1]);
            if (step > most) most = step;
        }
    CU_ASSERT(most <= 24);
    vt_image upright = fixture_image(dataset, VT_SPLIT_TRAIN, r.images[VT_SPLIT_TRAIN] - 1);
    CU_ASSERT(upright.height == 60 && upright.width == 90);
    CU_ASSERT_EQUAL(vt_markers_read(upright.data, upright.bytes).orientation, 1);
    vt_jpeg_close(&jpeg);
    vt_dataset_close(&dataset);
    vt_funnel_finish(&r.funnel);
    scene_close(&s);
}

static void pictures_of_test_splits_are_left_out_and_listed(void)
{
    static scene s;
    vt_buffer out = {0};
    vt_curate_report r;
    vt_import_report imported;
    char source[FIXTURE_PATH];
    scene_open(&s);
    isize bytes = picture_jpeg(&out, 80, 80, 500, 90);
    fixture_write(s.folder, "known/train/a/1.jpg", out.data, bytes);
    bytes = picture_jpeg(&out, 80, 80, 101, 90); /* the same bytes as good01 */
    fixture_write(s.folder, "known/test/a/1.jpg", out.data, bytes);
    bytes = picture_jpeg(&out, 120, 120, 103, 50); /* the same picture as good03 */
    fixture_write(s.folder, "known/test/a/2.jpg", out.data, bytes);
    fixture_path(source, s.folder, "known");
    vt_import_options options = {.name = "known", .data_folder = s.data, .path = source};
    CU_ASSERT_EQUAL_FATAL(vt_import(&options, &imported, &err), VT_OK);
    scene_fill(&s);
    CU_ASSERT_EQUAL_FATAL(curate(&s, options_of(&s, "web", 2), &r), VT_OK);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_TEST, "in the test split of known"), 2);
    CU_ASSERT_EQUAL_FATAL(r.funnel.hit_count, 2);
    const vt_funnel_hit *hits = r.funnel.hits.data;
    CU_ASSERT_STRING_EQUAL(hits[0].key, "good01");
    CU_ASSERT_STRING_EQUAL(hits[1].key, "good03");
    CU_ASSERT(hits[0].distance == -1 && hits[1].distance >= 0 && hits[0].image != hits[1].image);
    vt_buffer_finish(&out);
    vt_funnel_finish(&r.funnel);
    scene_close(&s);
}

static void hostile_archives_make_nothing(void)
{
    static scene s;
    char path[FIXTURE_PATH];
    vt_curate_report r;
    scene_open(&s);
    for (int i = 0; i < 3; i++) picture_add(&s, i ? "b/../../../evil" : "/etc/evil", 1, "");
    s.entries[s.count++] = (fixture_entry){"link.jpg", "", 0, "/etc/passwd"};
    fixture_tar(s.web, 0, s.entries, s.count);
    vt_curate_options o = options_of(&s, "web", 1);
    o.source.format = VT_FORMAT_WEB;
    CU_ASSERT_EQUAL(curate(&s, o, &r), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "stays"));
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_READ, "link or device"), 1);
    CU_ASSERT_EQUAL(counted(&r, VT_STEP_READ, "not class/NAME"), 9);
    fixture_path(path, s.folder, "data");
    CU_ASSERT_EQUAL(fixture_files(path), 0);
    CU_ASSERT_EQUAL(fixture_files(s.folder), 2); /* web and data */
    vt_funnel_finish(&r.funnel);
    static unsigned char zeros[90 << 20]; /* a bomb: it unpacks to 256 times its size and more */
    s.entries[0] = (fixture_entry){"big.jpg", zeros, (isize)sizeof zeros, NULL};
    fixture_tar(s.web, 1, s.entries, 1);
    fixture_path(path, s.folder, "web");
    o.source.path = path;
    CU_ASSERT_EQUAL(vt_curate(&o, &r, &err), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "times its size"));
    fixture_path(path, s.folder, "data");
    CU_ASSERT_EQUAL(fixture_files(path), 0);
    vt_funnel_finish(&r.funnel);
    scene_close(&s);
}

SUITE(curate, {"columns are read from JSON", columns_are_read_from_json},
      {"JSON that nests too deep is refused", json_that_nests_too_deep_is_refused},
      {"markers tell size and orientation", markers_tell_size_and_orientation},
      {"every orientation is turned upright", every_orientation_is_turned_upright},
      {"faces cannot be had back", faces_cannot_be_had_back},
      {"boxes grow and stay within the image", boxes_grow_and_stay_within_the_image},
      {"a hash stays when an image is scaled and differs between pictures",
       a_hash_stays_when_an_image_is_scaled_and_differs_between_pictures},
      {"the index finds what a search through all finds",
       the_index_finds_what_a_search_through_all_finds},
      {"every step counts what it drops", every_step_counts_what_it_drops},
      {"the result is the same for any number of workers",
       the_result_is_the_same_for_any_number_of_workers},
      {"what is stored is upright and blurred", what_is_stored_is_upright_and_blurred},
      {"pictures of test splits are left out and listed",
       pictures_of_test_splits_are_left_out_and_listed},
      {"hostile archives make nothing", hostile_archives_make_nothing})
