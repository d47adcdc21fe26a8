#include "check.h"
#include "data/import.h"
#include "data/jpeg.h"
#include "data/shrink.h"
#include "data_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD = 3073, CIFAR_FILES = 7 };
static unsigned char bytes[1 << 20], jpeg[FIXTURE_JPEG_MAX];
static vt_error err;
static vt_import_report report;

/* Imports into folder/out and opens what came out; NULL where the import refused. */
static vt_dataset *import(const char *folder, vt_import_options options)
{
    char out[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_dataset *dataset = NULL;
    fixture_path(out, folder, "out");
    options.data_folder = out;
    if (!options.name) options.name = "set";
    if (vt_import(&options, &report, &err) != VT_OK) return NULL;
    fixture_path(path, out, options.name);
    CU_ASSERT_EQUAL(vt_dataset_verify(path, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_dataset_open(&dataset, path, &err), VT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    CU_ASSERT_STRING_EQUAL(vt_dataset_about(dataset)->sha256, report.sha256);
    return dataset;
}

static void refused(const char *folder, vt_import_options options, const char *why)
{
    char out[FIXTURE_PATH];
    vt_dataset *dataset = import(folder, options);
    if (dataset) (void)printf("\n    not refused: %s\n", why);
    CU_ASSERT_PTR_NULL(dataset);
    if (!strstr(err.text, why)) (void)printf("\n    \"%s\" lacks \"%s\"\n", err.text, why);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, why));
    fixture_path(out, folder, "out");
    CU_ASSERT(fixture_files(out) <= 0); /* nothing is left behind */
    vt_dataset_close(&dataset);
}

/* ---- IDX ---- */

typedef struct {
    isize images, labels;      /* counts that the headers say */
    isize cut, more;           /* bytes taken from, and added to, the training images */
    unsigned char kind, label; /* third magic byte; label of the last training image */
} idx_shape;

static const idx_shape IDX_GOOD = {.images = 7, .labels = 7, .kind = 8, .label = 2};

static void idx_put(const char *folder, const char *stem, isize count, int gzip)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s%s", stem, gzip ? ".gz" : "");
    if (gzip)
        fixture_gzip(folder, name, bytes, count);
    else
        fixture_write(folder, name, bytes, count);
}

static void idx_write(const char *folder, const idx_shape *shape, int gzip)
{
    for (int split = 0; split < 2; split++) {
        isize images = split ? 3 : shape->images, labels = split ? 3 : shape->labels;
        const unsigned char head[16] = {0, 0, 8, 3, 0, 0, 0, (unsigned char)images,
                                        0, 0, 0, 5, 0, 0, 0, 4};
        memcpy(bytes, head, 16);
        bytes[2] = split ? 8 : shape->kind;
        fixture_pixels(bytes + 16, 20 * 8, (uint64_t)split);
        isize length = 16 + 20 * images + (split ? 0 : shape->more - shape->cut);
        idx_put(folder, split ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte", length, gzip);
        bytes[3] = 1;
        bytes[7] = (unsigned char)labels;
        bytes[2] = 8;
        for (isize i = 0; i < labels; i++) bytes[8 + i] = (unsigned char)(i % 3);
        if (!split) bytes[8 + labels - 1] = shape->label;
        idx_put(folder, split ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte", 8 + labels,
                gzip);
    }
}

static void idx_files_are_read_plain_and_gzipped(void)
{
    char sha256[2][VT_SHA256_HEX];
    for (int gzip = 0; gzip < 2; gzip++) {
        static const char *const names[] = {"a", "b", "c"};
        char folder[FIXTURE_PATH];
        unsigned char want[7 * 20];
        fixture_folder(folder);
        idx_write(folder, &IDX_GOOD, gzip);
        vt_dataset *dataset =
            import(folder, (vt_import_options){.path = folder, .class_names = names, .classes = 3});
        CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
        CU_ASSERT(report.images[VT_SPLIT_TRAIN] == 7 && report.images[VT_SPLIT_TEST] == 3);
        CU_ASSERT_STRING_EQUAL(vt_dataset_about(dataset)->class_names[1], "b");
        fixture_pixels(want, sizeof want, 0);
        for (isize i = 0; i < 7; i++) {
            vt_image image = fixture_image(dataset, VT_SPLIT_TRAIN, i);
            CU_ASSERT(image.height == 5 && image.width == 4 && image.channels == 1);
            CU_ASSERT_EQUAL(image.label, i == 6 ? 2 : i % 3);
            CU_ASSERT_EQUAL(memcmp(image.data, want + i * 20, 20), 0);
        }
        memcpy(sha256[gzip], report.sha256, VT_SHA256_HEX);
        vt_dataset_close(&dataset);
        fixture_remove(folder);
    }
    CU_ASSERT_STRING_EQUAL(sha256[0], sha256[1]);
}

static void idx_refused(const idx_shape *shape, int gzip, isize classes, const char *why)
{
    static const char *const names[] = {"a", "b", "c"};
    char folder[FIXTURE_PATH];
    fixture_folder(folder);
    idx_write(folder, shape, gzip);
    refused(folder,
            (vt_import_options){
                .path = folder, .classes = classes, .class_names = classes ? names : NULL},
            why);
    fixture_remove(folder);
}

static void damaged_idx_files_are_refused(void)
{
    for (int gzip = 0; gzip < 2; gzip++) {
        idx_shape shape = IDX_GOOD;
        shape.kind = 9;
        idx_refused(&shape, gzip, 0, "magic");
        shape = IDX_GOOD;
        shape.labels = 6;
        idx_refused(&shape, gzip, 0, "7 images, but train-labels-idx1-ubyte has 6");
        shape = IDX_GOOD;
        shape.cut = 1;
        idx_refused(&shape, gzip, 0, "shorter");
        shape.cut = 0;
        shape.more = 1;
        idx_refused(&shape, gzip, 0, "longer");
        shape = IDX_GOOD;
        shape.label = 3;
        idx_refused(&shape, gzip, 3, "label 3, but there are 3 classes");
    }
}

static void a_gzip_cut_short_is_refused(void)
{
    char folder[FIXTURE_PATH];
    fixture_folder(folder);
    idx_write(folder, &IDX_GOOD, 1);
    isize length = fixture_read(folder, "train-images-idx3-ubyte.gz", bytes, sizeof bytes);
    fixture_write(folder, "train-images-idx3-ubyte.gz", bytes, length - 20);
    refused(folder, (vt_import_options){.path = folder}, "train-images-idx3-ubyte.gz");
    fixture_remove(folder);
}

static void a_gzip_bomb_is_bounded(void)
{
    enum { ZEROS = 70 << 20 };
    char folder[FIXTURE_PATH];
    const unsigned char head[8] = {0, 0, 8, 1, 0x0F, 0, 0, 0}; /* 251 million labels */
    unsigned char *zeros = calloc(1, ZEROS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zeros);
    fixture_folder(folder);
    idx_write(folder, &IDX_GOOD, 1);
    memcpy(zeros, head, sizeof head);
    fixture_gzip(folder, "train-labels-idx1-ubyte.gz", zeros, ZEROS);
    free(zeros);
    refused(folder, (vt_import_options){.path = folder}, "times its size");
    fixture_remove(folder);
}

/* ---- CIFAR ---- */

static unsigned char batches[6][2 * RECORD];
static const char META[] = "plane\ncar\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n";

static void cifar_make(fixture_entry entries[CIFAR_FILES])
{
    static const char *const names[CIFAR_FILES] = {
        "cifar-10-batches-bin/data_batch_1.bin", "cifar-10-batches-bin/batches.meta.txt",
        "cifar-10-batches-bin/data_batch_3.bin", "cifar-10-batches-bin/test_batch.bin",
        "cifar-10-batches-bin/data_batch_5.bin", "cifar-10-batches-bin/data_batch_4.bin",
        "cifar-10-batches-bin/data_batch_2.bin"}; /* out of order, as distributed */
    static const int batch[CIFAR_FILES] = {0, -1, 2, 5, 4, 3, 1};
    for (int b = 0; b < 6; b++) {
        fixture_pixels(batches[b], sizeof batches[b], (uint64_t)b);
        batches[b][0] = (unsigned char)b;
        batches[b][RECORD] = 9;
    }
    for (int i = 0; i < CIFAR_FILES; i++) {
        entries[i] = (fixture_entry){.name = names[i], .data = META, .bytes = sizeof META - 1};
        if (batch[i] < 0) continue;
        entries[i].data = batches[batch[i]];
        entries[i].bytes = sizeof batches[0];
    }
}

static void cifar_is_read_from_archive_and_folder(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH], sha256[VT_SHA256_HEX];
    fixture_entry entries[CIFAR_FILES];
    fixture_folder(folder);
    cifar_make(entries);
    fixture_path(path, folder, "cifar.tar.gz");
    fixture_tar(path, 1, entries, CIFAR_FILES);
    vt_dataset *dataset = import(folder, (vt_import_options){.path = path});
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    CU_ASSERT(report.images[VT_SPLIT_TRAIN] == 10 && report.images[VT_SPLIT_TEST] == 2);
    CU_ASSERT_STRING_EQUAL(vt_dataset_about(dataset)->class_names[9], "truck");
    for (isize i = 0; i < 12; i++) {
        int test = i >= 10;
        vt_image image =
            fixture_image(dataset, test ? VT_SPLIT_TEST : VT_SPLIT_TRAIN, test ? i - 10 : i);
        const unsigned char *record = batches[i / 2] + i % 2 * RECORD;
        CU_ASSERT_EQUAL(image.label, record[0]);
        CU_ASSERT(image.channels == 3 && image.height == 32 && image.width == 32 && !image.jpeg);
        isize wrong = 0;
        for (isize p = 0; p < 1024; p++)
            for (isize c = 0; c < 3; c++)
                wrong += image.data[3 * p + c] != record[1 + 1024 * c + p];
        CU_ASSERT_EQUAL(wrong, 0);
    }
    memcpy(sha256, report.sha256, sizeof sha256);
    vt_dataset_close(&dataset);
    for (int i = 0; i < CIFAR_FILES; i++)
        fixture_write(folder, entries[i].name, entries[i].data, entries[i].bytes);
    dataset = import(folder, (vt_import_options){.path = folder, .name = "again"});
    CU_ASSERT_PTR_NOT_NULL(dataset);
    CU_ASSERT_STRING_EQUAL(report.sha256, sha256);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

static void damaged_cifar_archives_are_refused(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    fixture_entry entries[CIFAR_FILES];
    vt_import_options options = {.path = path};
    fixture_folder(folder);
    fixture_path(path, folder, "cifar.tar.gz");
    cifar_make(entries);
    fixture_tar(path, 1, entries, CIFAR_FILES - 1);
    refused(folder, options, "data_batch_2.bin is missing");
    entries[2].bytes--;
    fixture_tar(path, 1, entries, CIFAR_FILES);
    refused(folder, options, "data_batch_3.bin: 6145 bytes");
    cifar_make(entries);
    batches[3][RECORD] = 10;
    fixture_tar(path, 1, entries, CIFAR_FILES);
    refused(folder, options, "data_batch_4.bin: record 1 has label 10");
    cifar_make(entries);
    entries[1].bytes = 6;
    fixture_tar(path, 1, entries, CIFAR_FILES);
    refused(folder, options, "names 1 classes");
    cifar_make(entries);
    fixture_tar(path, 1, entries, CIFAR_FILES);
    isize length = fixture_read(folder, "cifar.tar.gz", bytes, sizeof bytes);
    fixture_write(folder, "cifar.tar.gz", bytes, length / 2);
    refused(folder, options, "cifar.tar.gz");
    fixture_remove(folder);
}

/* ---- folders and tars ---- */

enum { FILES = 14 };
static unsigned char pictures[FILES][FIXTURE_JPEG_MAX];
static fixture_entry pictured[FILES];
static char picture_names[FILES][32];

/* train: 6 of b, 4 of a, each in turn; test: 2 of each. */
static void pictures_make(int with_part)
{
    for (int i = 0; i < FILES; i++) {
        int test = i >= 10, b = test ? i % 2 : i < 6;
        isize length = fixture_jpeg(pictures[i], 9 + i, 8, i % 3 == 2 ? 1 : 3, (uint64_t)i);
        (void)snprintf(picture_names[i], sizeof picture_names[i], "%s%s/%04d.jpg",
                       !with_part ? "./"
                       : test     ? "test/"
                                  : "train/",
                       b ? "b" : "a", i);
        pictured[i] = (fixture_entry){.name = picture_names[i], .data = pictures[i]};
        pictured[i].bytes = length;
    }
}

static void a_tar_may_have_a_folder_around_all(void)
{
    char folder[FIXTURE_PATH], tar[FIXTURE_PATH], sha256[VT_SHA256_HEX];
    static char names[FILES][48];
    fixture_folder(folder);
    fixture_path(tar, folder, "all.tar");
    pictures_make(1);
    for (int wrapped = 0; wrapped < 3; wrapped++) { /* by no folder, one, two */
        static const char *const around[] = {"", "set-2/", "a/set/"};
        for (int i = 0; i < FILES; i++) {
            (void)snprintf(names[i], sizeof names[i], "%s%.31s", around[wrapped], picture_names[i]);
            pictured[i].name = names[i];
        }
        fixture_tar(tar, 0, pictured, FILES);
        vt_dataset *dataset =
            import(folder, (vt_import_options){.path = tar, .name = wrapped ? "one" : "none"});
        CU_ASSERT_EQUAL(dataset == NULL, wrapped == 2);
        if (wrapped == 0) memcpy(sha256, report.sha256, sizeof sha256);
        if (wrapped == 1) CU_ASSERT_STRING_EQUAL(report.sha256, sha256);
        vt_dataset_close(&dataset);
    }
    fixture_remove(folder);
}

/* What is stored is what a decoder and shrink.h make of the file: all of them are 8 px high. */
static void pixels_are_stored_in_place_of_jpegs(void)
{
    char folder[FIXTURE_PATH], tar[FIXTURE_PATH];
    vt_jpeg *codec = NULL;
    vt_shrink *shrink = NULL;
    fixture_folder(folder);
    fixture_path(tar, folder, "all.tar");
    pictures_make(1);
    fixture_tar(tar, 0, pictured, FILES);
    CU_ASSERT_EQUAL(vt_jpeg_open(&codec, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_shrink_open(&shrink, &err), VT_OK);
    vt_dataset *files = import(folder, (vt_import_options){.path = tar, .name = "files"});
    for (int px = 5; px <= 9; px += 4) {
        const char *name = px < 8 ? "smaller" : "as-large";
        vt_dataset *dataset =
            import(folder, (vt_import_options){.path = tar, .name = name, .pixels = px});
        isize wrong = 0;
        CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
        CU_ASSERT_STRING_NOT_EQUAL(vt_dataset_about(files)->sha256, report.sha256);
        for (isize i = 0; i < 10; i++) {
            vt_image file = fixture_image(files, VT_SPLIT_TRAIN, i);
            vt_image image = fixture_image(dataset, VT_SPLIT_TRAIN, i);
            CU_ASSERT_EQUAL(vt_jpeg_decode(bytes, codec, &file, &err), VT_OK);
            CU_ASSERT_EQUAL(vt_shrink_run(&file, bytes, px, shrink, &err), VT_OK);
            CU_ASSERT(!image.jpeg && image.label == file.label && image.bytes == file.bytes);
            CU_ASSERT(image.height == (px < 8 ? px : 8) && image.width == file.width);
            wrong += memcmp(image.data, file.data, (size_t)image.bytes) != 0;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        vt_dataset_close(&dataset);
    }
    vt_shrink_close(&shrink);
    vt_jpeg_close(&codec);
    vt_dataset_close(&files);
    fixture_remove(folder);
}

static void a_folder_and_its_tar_are_the_same_data_set(void)
{
    char folder[FIXTURE_PATH], tree[FIXTURE_PATH], tar[FIXTURE_PATH], sha256[VT_SHA256_HEX];
    fixture_folder(folder);
    fixture_path(tree, folder, "tree");
    fixture_path(tar, folder, "all.tar");
    pictures_make(1);
    for (int i = 0; i < FILES; i++) {
        char name[FIXTURE_PATH];
        (void)snprintf(name, sizeof name, "tree/%s", picture_names[i]);
        fixture_write(folder, name, pictured[i].data, pictured[i].bytes);
    }
    vt_dataset *dataset = import(folder, (vt_import_options){.path = tree});
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    CU_ASSERT(report.images[VT_SPLIT_TRAIN] == 10 && report.images[VT_SPLIT_TEST] == 4);
    CU_ASSERT(report.skipped_total == 0 && vt_dataset_about(dataset)->channels == 3);
    CU_ASSERT_STRING_EQUAL(vt_dataset_about(dataset)->class_names[0], "a");
    isize seen = 0, moved = 0;
    for (isize i = 0; i < 10; i++) { /* the width tells the file */
        vt_image image = fixture_image(dataset, VT_SPLIT_TRAIN, i);
        isize file = image.width - 9;
        CU_ASSERT_FATAL(file >= 0 && file < 10);
        CU_ASSERT_EQUAL(image.label, file < 6);
        CU_ASSERT_EQUAL(image.channels, file % 3 == 2 ? 1 : 3);
        CU_ASSERT_EQUAL(image.bytes, pictured[file].bytes);
        CU_ASSERT_EQUAL(memcmp(image.data, pictures[file], (size_t)image.bytes), 0);
        seen |= (isize)1 << file;
        moved += i > 0 && image.label < fixture_image(dataset, VT_SPLIT_TRAIN, i - 1).label;
    }
    CU_ASSERT_EQUAL(seen, 1023);
    CU_ASSERT(moved > 0); /* not sorted by class */
    vt_dataset_close(&dataset);
    memcpy(sha256, report.sha256, sizeof sha256);
    for (int gzip = 0; gzip < 2; gzip++) {
        fixture_tar(tar, gzip, pictured, FILES);
        dataset = import(folder, (vt_import_options){.path = tar, .name = gzip ? "gz" : "tar"});
        CU_ASSERT_PTR_NOT_NULL(dataset);
        CU_ASSERT_STRING_EQUAL(report.sha256, sha256);
        vt_dataset_close(&dataset);
    }
    fixture_remove(folder);
}

static void the_content_hash_does_not_see_shards_nor_order_in_the_tar(void)
{
    char folder[FIXTURE_PATH], train[FIXTURE_PATH], test[FIXTURE_PATH], out[FIXTURE_PATH];
    char sha256[VT_SHA256_HEX];
    fixture_folder(folder);
    fixture_path(train, folder, "train.tar");
    fixture_path(test, folder, "test.tar");
    pictures_make(0);
    fixture_tar(train, 0, pictured, 10);
    fixture_tar(test, 0, pictured + 10, 4);
    vt_import_options options = {.train = train, .test = test, .name = "one"};
    vt_dataset *dataset = import(folder, options);
    CU_ASSERT_PTR_NOT_NULL(dataset);
    fixture_path(out, folder, "out/one");
    CU_ASSERT_EQUAL(fixture_files(out), 3);
    memcpy(sha256, report.sha256, sizeof sha256);
    vt_dataset_close(&dataset);
    options.name = "many";
    options.shard_bytes = 2000;
    fixture_entry first = pictured[0];
    pictured[0] = pictured[9];
    pictured[9] = first;
    fixture_tar(train, 0, pictured, 10);
    dataset = import(folder, options);
    CU_ASSERT_PTR_NOT_NULL(dataset);
    fixture_path(out, folder, "out/many");
    CU_ASSERT(fixture_files(out) > 5);
    CU_ASSERT_STRING_EQUAL(report.sha256, sha256);
    vt_dataset_close(&dataset);
    pictures[3][30] ^= 1; /* one bit of a quantisation table: still a good JPEG */
    options.name = "other";
    fixture_tar(train, 0, pictured, 10);
    dataset = import(folder, options);
    CU_ASSERT_PTR_NOT_NULL(dataset);
    CU_ASSERT_EQUAL(report.skipped_total, 0);
    CU_ASSERT_STRING_NOT_EQUAL(report.sha256, sha256);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

enum { ODD = 15 };
/* Training tar with one good image of each class and one of every kind of trouble. */
static isize odd_make(fixture_entry odd[ODD])
{
    static unsigned char good[FIXTURE_JPEG_MAX], grey[FIXTURE_JPEG_MAX], ink[FIXTURE_JPEG_MAX];
    static unsigned char marked[FIXTURE_JPEG_MAX];
    isize good_bytes = fixture_jpeg(good, 16, 16, 3, 1);
    isize grey_bytes = fixture_jpeg(grey, 9, 9, 1, 2);
    isize ink_bytes = fixture_jpeg(ink, 8, 8, 4, 3);
    memcpy(marked, good, (size_t)good_bytes);
    memset(marked + good_bytes - 40, 0xFF, 30);
    fixture_entry list[ODD] = {{.name = "a/good.jpg", .data = good, .bytes = good_bytes},
                               {.name = "./b/grey.jpg", .data = grey, .bytes = grey_bytes},
                               {.name = "a/cut.jpg", .data = good, .bytes = good_bytes - 9},
                               {.name = "a/marked.jpg", .data = marked, .bytes = good_bytes},
                               {.name = "a/note.txt", .data = "hello", .bytes = 5},
                               {.name = "a/empty.jpg", .data = "", .bytes = 0},
                               {.name = "a/ink.jpg", .data = ink, .bytes = ink_bytes},
                               {.name = "../b/up.jpg", .data = good, .bytes = good_bytes},
                               {.name = "a/../up.jpg", .data = good, .bytes = good_bytes},
                               {.name = "/a/root.jpg", .data = good, .bytes = good_bytes},
                               {.name = "top.jpg", .data = good, .bytes = good_bytes},
                               {.name = "a/deep/x.jpg", .data = good, .bytes = good_bytes},
                               {.name = "a/link.jpg", .link = "/etc/passwd"},
                               {.name = "a/twice.jpg", .data = grey, .bytes = grey_bytes},
                               {.name = "a/twice.jpg", .data = good, .bytes = good_bytes}};
    memcpy(odd, list, sizeof list);
    return ODD;
}

static void what_cannot_be_used_is_named_counted_and_left_out(void)
{
    char folder[FIXTURE_PATH], train[FIXTURE_PATH], test[FIXTURE_PATH];
    fixture_entry odd[ODD];
    fixture_folder(folder);
    fixture_path(train, folder, "train.tar");
    fixture_path(test, folder, "test.tar");
    isize count = odd_make(odd);
    fixture_tar(train, 0, odd, count);
    fixture_entry tests[2] = {odd[0], odd[0]};
    tests[1].name = "c/unknown.jpg";
    fixture_tar(test, 0, tests, 2);
    vt_dataset *dataset = import(folder, (vt_import_options){.train = train, .test = test});
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    CU_ASSERT_EQUAL(report.images[VT_SPLIT_TRAIN], 3); /* good, grey, the second twice */
    CU_ASSERT_EQUAL(report.images[VT_SPLIT_TEST], 1);
    CU_ASSERT_EQUAL(report.classes, 2);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_DAMAGED], 2);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_FOREIGN], 2);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_COLOUR], 1);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_PATH], 5);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_LINK], 1);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_TWICE], 1);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_CLASS], 1);
    CU_ASSERT_EQUAL(report.skipped_total, 13);
    CU_ASSERT_PTR_NOT_NULL(strstr(report.first[VT_IMPORT_NAMED - 1], "train.tar/"));
    for (isize i = 0; i < 3; i++)
        if (fixture_image(dataset, VT_SPLIT_TRAIN, i).channels == 1)
            CU_ASSERT_EQUAL(fixture_image(dataset, VT_SPLIT_TRAIN, i).label, 1);
    vt_dataset_close(&dataset);
    fixture_path(test, folder, "up.jpg");
    CU_ASSERT_NOT_EQUAL(access(test, F_OK), 0);
    fixture_remove(folder);
}

static void strict_refuses_at_the_first_bad_image(void)
{
    char folder[FIXTURE_PATH], train[FIXTURE_PATH];
    fixture_entry odd[ODD];
    fixture_folder(folder);
    fixture_path(train, folder, "train.tar");
    (void)odd_make(odd);
    fixture_tar(train, 0, odd, 3);
    refused(folder, (vt_import_options){.train = train, .strict = 1}, "a/cut.jpg: damaged JPEG");
    CU_ASSERT_EQUAL(report.skipped_total, 0);
    fixture_remove(folder);
}

static void links_in_folders_are_not_followed(void)
{
    char folder[FIXTURE_PATH], train[FIXTURE_PATH], link[FIXTURE_PATH];
    isize length = fixture_jpeg(jpeg, 8, 8, 3, 1);
    fixture_folder(folder);
    fixture_path(train, folder, "train");
    fixture_write(folder, "train/a/one.jpg", jpeg, length);
    fixture_write(folder, "elsewhere.jpg", jpeg, length);
    fixture_path(link, folder, "train/a/two.jpg");
    CU_ASSERT_EQUAL(symlink("../../elsewhere.jpg", link), 0);
    fixture_path(link, folder, "train/b");
    CU_ASSERT_EQUAL(symlink("..", link), 0);
    vt_dataset *dataset = import(folder, (vt_import_options){.train = train});
    CU_ASSERT_PTR_NOT_NULL(dataset);
    CU_ASSERT(report.images[VT_SPLIT_TRAIN] == 1 && report.images[VT_SPLIT_TEST] == 0);
    CU_ASSERT_EQUAL(report.skipped[VT_SKIP_LINK] + report.skipped[VT_SKIP_PATH], 2);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

static void validation_images_join_training_or_stand_in_for_the_test(void)
{
    char folder[FIXTURE_PATH], train[FIXTURE_PATH], test[FIXTURE_PATH], val[FIXTURE_PATH];
    fixture_folder(folder);
    fixture_path(train, folder, "train.tar");
    fixture_path(test, folder, "test.tar");
    fixture_path(val, folder, "val.tar");
    pictures_make(0);
    fixture_tar(train, 0, pictured, 8);
    fixture_tar(val, 0, pictured + 8, 2);
    fixture_tar(test, 0, pictured + 10, 4);
    vt_import_options options = {.train = train, .test = test, .val = val, .name = "both"};
    vt_dataset *dataset = import(folder, options);
    CU_ASSERT(report.images[VT_SPLIT_TRAIN] == 10 && report.images[VT_SPLIT_TEST] == 4);
    vt_dataset_close(&dataset);
    options.test = NULL;
    options.name = "val";
    dataset = import(folder, options);
    CU_ASSERT(report.images[VT_SPLIT_TRAIN] == 8 && report.images[VT_SPLIT_TEST] == 2);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

/* ---- the target ---- */

static void the_same_content_again_is_already_there(void)
{
    char folder[FIXTURE_PATH], out[FIXTURE_PATH];
    fixture_folder(folder);
    fixture_path(out, folder, "out");
    idx_write(folder, &IDX_GOOD, 0);
    vt_import_options options = {.path = folder};
    vt_dataset *dataset = import(folder, options);
    CU_ASSERT(dataset && !report.existed);
    vt_dataset_close(&dataset);
    dataset = import(folder, options);
    CU_ASSERT(dataset && report.existed);
    vt_dataset_close(&dataset);
    idx_shape other = IDX_GOOD;
    other.label = 1;
    idx_write(folder, &other, 0);
    CU_ASSERT_PTR_NULL(import(folder, options));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "other content"));
    CU_ASSERT_EQUAL(fixture_files(out), 1); /* the old one alone */
    idx_write(folder, &IDX_GOOD, 0);
    dataset = import(folder, options);
    CU_ASSERT(dataset && report.existed);
    vt_dataset_close(&dataset);
    fixture_write(out, "set/index.txt", "x", 1);
    CU_ASSERT_PTR_NULL(import(folder, options));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "remove it first"));
    fixture_remove(folder);
}

static void the_remains_of_a_killed_import_are_cleared_away(void)
{
    char folder[FIXTURE_PATH], out[FIXTURE_PATH];
    fixture_folder(folder);
    fixture_path(out, folder, "out");
    idx_write(folder, &IDX_GOOD, 0);
    fixture_write(folder, "out/.set.partial/spool.partial", "half", 4);
    fixture_write(folder, "out/.set.partial/train-00007.shard", "half", 4);
    vt_dataset *dataset = import(folder, (vt_import_options){.path = folder});
    CU_ASSERT_PTR_NOT_NULL(dataset);
    CU_ASSERT_EQUAL(fixture_files(out), 1);
    fixture_path(out, folder, "out/set");
    CU_ASSERT_EQUAL(fixture_files(out), 3);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

static void wrong_requests_are_refused(void)
{
    static const char *const names[] = {"a"};
    char folder[FIXTURE_PATH], tar[FIXTURE_PATH], none[FIXTURE_PATH];
    fixture_folder(folder);
    fixture_path(tar, folder, "a.tar");
    fixture_path(none, folder, "none");
    pictures_make(0);
    fixture_tar(tar, 0, pictured, 2);
    refused(folder, (vt_import_options){.path = none}, "cannot open");
    refused(folder, (vt_import_options){.path = folder}, "train/CLASS/NAME.jpg");
    refused(folder, (vt_import_options){.path = tar}, "no image for the training split");
    refused(folder, (vt_import_options){.name = "../x", .train = tar}, "no name");
    refused(folder, (vt_import_options){.name = "", .train = tar}, "no name");
    refused(folder, (vt_import_options){.train = NULL}, "nothing to import");
    refused(folder, (vt_import_options){.path = tar, .train = tar}, "not both");
    refused(folder, (vt_import_options){.train = tar, .classes = 1, .class_names = names},
            "for IDX files, and one for a webdataset");
    refused(folder, (vt_import_options){.train = tar, .format = VT_FORMAT_IDX}, "one path");
    fixture_write(folder, "text.tar", "this is no tar at all, but it is long enough", 44);
    fixture_path(tar, folder, "text.tar");
    refused(folder, (vt_import_options){.train = tar}, "text.tar");
    fixture_remove(folder);
}

/* ---- real data ---- */

static void shared_import(const char *name, const isize want[3])
{
    char folder[FIXTURE_PATH], train[FIXTURE_PATH], test[FIXTURE_PATH], path[FIXTURE_PATH];
    fixture_path(path, name, "train.tar");
    if (!fixture_shared(train, path)) return;
    fixture_path(path, name, "test.tar");
    if (!fixture_shared(test, path)) return;
    fixture_folder(folder);
    vt_dataset *dataset = import(folder, (vt_import_options){.train = train, .test = test});
    CU_ASSERT_PTR_NOT_NULL(dataset);
    CU_ASSERT_EQUAL(report.images[VT_SPLIT_TRAIN], want[0]);
    CU_ASSERT_EQUAL(report.images[VT_SPLIT_TEST], want[1]);
    CU_ASSERT_EQUAL(report.classes, want[2]);
    CU_ASSERT_EQUAL(report.skipped_total, 0);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

static void real_photographs_are_imported(void)
{
    shared_import("data/trashnet-150", (const isize[]){1768, 431, 6});
    shared_import("data/imagenette-224-sub", (const isize[]){4400, 1000, 10});
}

static void fashion_mnist_is_imported(void)
{
    static const char source[] = "/usr/share/datasets/fashion-mnist";
    char folder[FIXTURE_PATH];
    if (access(source, R_OK) != 0) {
        check_skip(source, "Debian's package dataset-fashion-mnist is not installed");
        return;
    }
    fixture_folder(folder);
    vt_dataset *dataset = import(folder, (vt_import_options){.path = source});
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    const vt_dataset_info *info = vt_dataset_about(dataset);
    CU_ASSERT(info->images[VT_SPLIT_TRAIN] == 60000 && info->images[VT_SPLIT_TEST] == 10000);
    CU_ASSERT(info->classes == 10 && info->channels == 1);
    check_near("published mean", info->mean[0], 0.2860, 5e-5);
    check_near("published std", info->std[0], 0.3530, 5e-5);
    CU_ASSERT_EQUAL(fixture_image(dataset, VT_SPLIT_TRAIN, 0).label, 9);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

SUITE(import, {"pixels are stored in place of JPEGs", pixels_are_stored_in_place_of_jpegs},
      {"IDX files are read plain and gzipped", idx_files_are_read_plain_and_gzipped},
      {"damaged IDX files are refused", damaged_idx_files_are_refused},
      {"a gzip cut short is refused", a_gzip_cut_short_is_refused},
      {"a gzip bomb is bounded", a_gzip_bomb_is_bounded},
      {"CIFAR is read from archive and folder", cifar_is_read_from_archive_and_folder},
      {"damaged CIFAR archives are refused", damaged_cifar_archives_are_refused},
      {"a tar may have a folder around all", a_tar_may_have_a_folder_around_all},
      {"a folder and its tar are the same data set", a_folder_and_its_tar_are_the_same_data_set},
      {"the content hash does not see shards nor order in the tar",
       the_content_hash_does_not_see_shards_nor_order_in_the_tar},
      {"what cannot be used is named, counted and left out",
       what_cannot_be_used_is_named_counted_and_left_out},
      {"strict refuses at the first bad image", strict_refuses_at_the_first_bad_image},
      {"links in folders are not followed", links_in_folders_are_not_followed},
      {"validation images join training or stand in for the test",
       validation_images_join_training_or_stand_in_for_the_test},
      {"the same content again is already there", the_same_content_again_is_already_there},
      {"the remains of a killed import are cleared away",
       the_remains_of_a_killed_import_are_cleared_away},
      {"wrong requests are refused", wrong_requests_are_refused},
      {"real photographs are imported", real_photographs_are_imported},
      {"Fashion-MNIST is imported", fashion_mnist_is_imported})
