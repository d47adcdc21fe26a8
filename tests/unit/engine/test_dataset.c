#include "check.h"
#include "data/dataset.h"
#include "data/import.h"
#include "data/manifest.h"
#include "data/names.h"
#include "data/pixels.h"
#include "data/shard.h"
#include "data_fixture.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TRAIN = 23, TEST = 5, HEIGHT = 6, WIDTH = 5, PIXELS = HEIGHT * WIDTH };
static unsigned char file[1 << 16], text[1 << 16];
static vt_error err;

/* ---- shards ---- */

static void shard_make(const char *path, isize images)
{
    vt_shard_writer *writer = NULL;
    vt_shard_summary summary;
    unsigned char pixels[64];
    CU_ASSERT_EQUAL(vt_shard_writer_open(&writer, path, &err), VT_OK);
    for (isize i = 0; i < images; i++) {
        vt_image image = {.data = pixels, .label = (int32_t)i, .height = 2, .width = 3};
        image.jpeg = i % 3 == 2;
        image.channels = i % 2 ? 3 : 1;
        image.bytes = image.jpeg ? 17 : 6 * image.channels;
        fixture_pixels(pixels, image.bytes, (uint64_t)i);
        CU_ASSERT_EQUAL(vt_shard_writer_put(writer, &image, &err), VT_OK);
    }
    CU_ASSERT_EQUAL(vt_shard_writer_commit(writer, &summary, &err), VT_OK);
    CU_ASSERT_EQUAL(summary.images, images);
    vt_shard_writer_close(&writer);
}

static void a_shard_gives_back_what_was_put(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_shard *shard = NULL;
    fixture_folder(folder);
    fixture_path(path, folder, "a.shard");
    shard_make(path, 7);
    CU_ASSERT_EQUAL(vt_shard_open(&shard, path, &err), VT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(shard);
    CU_ASSERT_EQUAL(vt_shard_images(shard), 7);
    CU_ASSERT_EQUAL(vt_shard_bytes(shard), fixture_read(folder, "a.shard", file, sizeof file));
    for (isize i = 0; i < 7; i++) {
        unsigned char pixels[64];
        vt_image image = vt_shard_image(shard, i);
        fixture_pixels(pixels, image.bytes, (uint64_t)i);
        CU_ASSERT(image.label == i && image.height == 2 && image.width == 3);
        CU_ASSERT(image.jpeg == (i % 3 == 2) && image.channels == (i % 2 ? 3 : 1));
        CU_ASSERT_EQUAL(image.bytes, image.jpeg ? 17 : 6 * image.channels);
        CU_ASSERT_EQUAL(memcmp(image.data, pixels, (size_t)image.bytes), 0);
    }
    vt_shard_close(&shard);
    fixture_remove(folder);
}

static void a_shard_cut_anywhere_is_refused(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_shard *shard = NULL;
    isize accepted = 0;
    fixture_folder(folder);
    fixture_path(path, folder, "a.shard");
    shard_make(path, 3);
    isize bytes = fixture_read(folder, "a.shard", file, sizeof file);
    CU_ASSERT(bytes > 100);
    for (isize keep = 0; keep < bytes; keep++) {
        fixture_write(folder, "a.shard", file, keep);
        accepted += vt_shard_open(&shard, path, &err) != VT_ERR_FORMAT;
        vt_shard_close(&shard);
    }
    CU_ASSERT_EQUAL(accepted, 0);
    fixture_remove(folder);
}

static void a_shard_with_a_wrong_index_or_footer_is_refused(void)
{
    enum { IMAGES = 3, TAIL = 28 * IMAGES + 56 };
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_shard *shard = NULL;
    isize accepted = 0;
    fixture_folder(folder);
    fixture_path(path, folder, "a.shard");
    shard_make(path, IMAGES);
    for (isize at = 1; at <= TAIL; at++) {
        fixture_flip(folder, "a.shard", -at);
        accepted += vt_shard_open(&shard, path, &err) != VT_ERR_FORMAT;
        vt_shard_close(&shard);
        fixture_flip(folder, "a.shard", -at);
    }
    CU_ASSERT_EQUAL(accepted, 0);
    CU_ASSERT_EQUAL(vt_shard_open(&shard, path, &err), VT_OK);
    vt_shard_close(&shard);
    fixture_remove(folder);
}

static void an_uncommitted_shard_leaves_no_file(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_shard_writer *writer = NULL;
    fixture_folder(folder);
    fixture_path(path, folder, "a.shard");
    CU_ASSERT_EQUAL(vt_shard_writer_open(&writer, path, &err), VT_OK);
    CU_ASSERT_EQUAL(fixture_files(folder), 1);
    vt_shard_writer_close(&writer);
    CU_ASSERT_EQUAL(fixture_files(folder), 0);
    fixture_remove(folder);
}

/* ---- data sets ---- */

static isize idx_head(unsigned char *to, int kind, isize count)
{
    const unsigned char head[16] = {
        0, 0, 8,    (unsigned char)kind, 0, 0, 0, (unsigned char)count, 0, 0, 0, HEIGHT, 0,
        0, 0, WIDTH};
    isize bytes = kind == 3 ? 16 : 8;
    memcpy(to, head, (size_t)bytes);
    return bytes;
}

/* IDX files of TRAIN and TEST images; image i of a split has label i % 4. */
static void idx_write(const char *folder)
{
    static const char *const names[2][2] = {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                            {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
    for (int split = 0; split < 2; split++) {
        isize count = split ? TEST : TRAIN, at = idx_head(file, 3, count);
        fixture_pixels(file + at, count * PIXELS, (uint64_t)split);
        fixture_write(folder, names[split][0], file, at + count * PIXELS);
        at = idx_head(file, 1, count);
        for (isize i = 0; i < count; i++) file[at + i] = (unsigned char)(i % 4);
        fixture_write(folder, names[split][1], file, at + count);
    }
}

/* folder/set, made of shards of at most shard_bytes. */
static void dataset_make(char path[FIXTURE_PATH], const char *folder, isize shard_bytes)
{
    vt_import_report report;
    idx_write(folder);
    vt_import_options options = {
        .name = "set", .data_folder = folder, .path = folder, .shard_bytes = shard_bytes};
    CU_ASSERT_EQUAL(vt_import(&options, &report, &err), VT_OK);
    fixture_path(path, folder, "set");
}

static void images_are_found_across_shards(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    unsigned char want[TRAIN * PIXELS];
    vt_dataset *dataset = NULL;
    fixture_folder(folder);
    dataset_make(path, folder, 300); /* four images a shard */
    CU_ASSERT_EQUAL(fixture_files(path), 1 + 6 + 2);
    CU_ASSERT_EQUAL(vt_dataset_open(&dataset, path, &err), VT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    const vt_dataset_info *info = vt_dataset_about(dataset);
    CU_ASSERT(info->images[VT_SPLIT_TRAIN] == TRAIN && info->images[VT_SPLIT_TEST] == TEST);
    CU_ASSERT(info->classes == 4 && info->channels == 1);
    CU_ASSERT_STRING_EQUAL(info->class_names[3], "3");
    for (vt_split split = 0; split < VT_SPLIT_COUNT; split++) {
        fixture_pixels(want, info->images[split] * PIXELS, (uint64_t)split);
        for (isize i = 0; i < info->images[split]; i++) {
            vt_image image = fixture_image(dataset, split, i);
            CU_ASSERT(image.label == i % 4 && image.bytes == PIXELS && !image.jpeg);
            CU_ASSERT_EQUAL(memcmp(image.data, want + i * PIXELS, PIXELS), 0);
        }
    }
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

static void mean_and_std_are_those_of_the_training_pixels(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    unsigned char pixels[TRAIN * PIXELS];
    double mean = 0, variance = 0;
    vt_dataset *dataset = NULL;
    fixture_folder(folder);
    dataset_make(path, folder, 0);
    fixture_pixels(pixels, sizeof pixels, 0);
    for (size_t i = 0; i < sizeof pixels; i++) mean += pixels[i] / 255.0 / sizeof pixels;
    for (size_t i = 0; i < sizeof pixels; i++)
        variance += pow(pixels[i] / 255.0 - mean, 2) / sizeof pixels;
    CU_ASSERT_EQUAL(vt_dataset_open(&dataset, path, &err), VT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dataset);
    const vt_dataset_info *info = vt_dataset_about(dataset);
    check_near("mean", info->mean[0], mean, 1e-12);
    check_near("std", info->std[0], sqrt(variance), 1e-12);
    check_near("luma mean", info->luma_mean, mean, 1e-12);
    CU_ASSERT(info->mean[2] == info->mean[0] && info->std[1] == info->std[0]);
    vt_dataset_close(&dataset);
    fixture_remove(folder);
}

static void colour_statistics_weigh_every_pixel_alike(void)
{
    const unsigned char colour[6] = {255, 0, 51, 255, 255, 51}, grey[2] = {0, 255};
    vt_pixels sums = {.count = 0};
    vt_pixels_put(&sums, colour, 2, 3);
    vt_pixels_put(&sums, grey, 2, 1);
    vt_pixels_summary s = vt_pixels_summarise(&sums);
    check_near("red", s.mean[0], 0.75, 1e-12);
    check_near("green", s.mean[1], 0.5, 1e-12);
    check_near("blue", s.mean[2], 0.35, 1e-12);
    check_near("red std", s.std[0], sqrt(0.1875), 1e-12);
    check_near("luma", s.mean[3], (0.299 + 0.0228 + 0.886 + 0.0228 + 1) / 4, 1e-12);
    vt_pixels flat = {.count = 0};
    vt_pixels_put(&flat, colour, 1, 1);
    CU_ASSERT(vt_pixels_summarise(&flat).std[0] == 1);
}

static void verify_notices_any_flipped_bit(void)
{
    static const char *const names[] = {"index.txt", "train-00000.shard", "test-00000.shard"};
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    fixture_folder(folder);
    dataset_make(path, folder, 0);
    CU_ASSERT_EQUAL(vt_dataset_verify(path, &err), VT_OK);
    for (int n = 0; n < 3; n++) {
        isize bytes = fixture_read(path, names[n], file, sizeof file), missed = 0, unnamed = 0;
        CU_ASSERT(bytes > 100);
        for (isize at = 0; at < bytes; at += 13) {
            fixture_flip(path, names[n], at);
            missed += vt_dataset_verify(path, &err) != VT_ERR_FORMAT;
            unnamed += strstr(err.text, names[n]) == NULL;
            fixture_flip(path, names[n], at);
        }
        CU_ASSERT_EQUAL(missed, 0);
        CU_ASSERT_EQUAL(unnamed, 0);
    }
    CU_ASSERT_EQUAL(vt_dataset_verify(path, &err), VT_OK);
    fixture_remove(folder);
}

static void a_missing_or_exchanged_shard_is_refused(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_dataset *dataset = NULL;
    fixture_folder(folder);
    dataset_make(path, folder, 0);
    isize bytes = fixture_read(path, "train-00000.shard", file, sizeof file);
    isize other = fixture_read(path, "test-00000.shard", text, sizeof text);
    fixture_write(path, "train-00000.shard", text, other);
    CU_ASSERT_EQUAL(vt_dataset_open(&dataset, path, &err), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NULL(dataset);
    fixture_write(path, "train-00000.shard", file, bytes);
    CU_ASSERT_EQUAL(vt_dataset_open(&dataset, path, &err), VT_OK);
    vt_dataset_close(&dataset);
    fixture_path(folder, path, "test-00000.shard");
    CU_ASSERT_EQUAL(remove(folder), 0);
    CU_ASSERT_EQUAL(vt_dataset_open(&dataset, path, &err), VT_ERR_IO);
    *strstr(path, "/set") = '\0';
    CU_ASSERT_EQUAL(vt_dataset_open(&dataset, path, &err), VT_ERR_IO); /* no index.txt */
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "patchlaw data import"));
    fixture_remove(path);
}

/* ---- manifests ---- */

static vt_status manifest_parse(const char *lines)
{
    vt_manifest manifest;
    char all[4096], digest[VT_SHA256_HEX];
    isize bytes = (isize)strlen(lines);
    CU_ASSERT_EQUAL(vt_sha256_of(lines, bytes, digest, &err), VT_OK);
    int length = snprintf(all, sizeof all, "%send %s\n", lines, digest);
    vt_status status = vt_manifest_parse(&manifest, "index.txt", all, length, &err);
    vt_manifest_finish(&manifest);
    return status;
}

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TOP    "patchlaw-dataset 1\nname a\nsha256 " HEX "\n"
#define PLAIN  "channels 1\nmean 0.5 0.5 0.5\nstd 1 1 1\nluma 0.5 1\n"
#define BOTTOM "classes 1\nclass a b\nshards 1\nshard train 3 400 " HEX "\n"

static void a_manifest_is_read_strictly(void)
{
    static const char *const wrong[] = {
        "",
        "\n",
        TOP,
        TOP PLAIN,
        "patchlaw-dataset 2\nname a\nsha256 " HEX "\n" PLAIN BOTTOM,
        " " TOP PLAIN BOTTOM,
        TOP "extra 1\n" PLAIN BOTTOM,
        "patchlaw-dataset 1\nname a\nsha256 0123\n" PLAIN BOTTOM,
        TOP "channels 2\nmean 0 0 0\nstd 1 1 1\nluma 0 1\n" BOTTOM,
        TOP "channels 1\nmean 0 0\nstd 1 1 1\nluma 0 1\n" BOTTOM,
        TOP "channels 1\nmean 0 0 nan\nstd 1 1 1\nluma 0 1\n" BOTTOM,
        TOP "channels 1\nmean 0 0 0\nstd 1 0 1\nluma 0 1\n" BOTTOM,
        TOP "channels 1\nmean 0 0 0\nstd 1 1 1 1\nluma 0 1\n" BOTTOM,
        TOP "channels 1\nmean 0 0 1x\nstd 1 1 1\nluma 0 1\n" BOTTOM,
        TOP PLAIN "classes 2\nclass a b\nshards 1\nshard train 3 400 " HEX "\n",
        TOP PLAIN "classes 0\nshards 1\nshard train 3 400 " HEX "\n",
        TOP PLAIN "classes 01\nclass a b\nshards 1\nshard train 3 400 " HEX "\n",
        TOP PLAIN "classes 999999999999999\nclass a\n",
        TOP PLAIN "classes 1\nclass \nshards 1\nshard train 3 400 " HEX "\n",
        TOP PLAIN "classes 1\nclass a\nshards 1\nshard other 3 400 " HEX "\n",
        TOP PLAIN "classes 1\nclass a\nshards 1\nshard train -3 400 " HEX "\n",
        TOP PLAIN "classes 1\nclass a\nshards 1\nshard train 0 400 " HEX "\n",
        TOP PLAIN "classes 1\nclass a\nshards 1\nshard train 3  400 " HEX "\n",
        TOP PLAIN "classes 1\nclass a\nshards 2\nshard test 3 400 " HEX "\nshard train 3 400 " HEX
                  "\n",
        TOP PLAIN BOTTOM "more\n",
    };
    CU_ASSERT_EQUAL(manifest_parse(TOP PLAIN BOTTOM), VT_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        vt_status status = manifest_parse(wrong[i]);
        if (status != VT_ERR_FORMAT) (void)printf("\n    accepted: %zu\n", i);
        CU_ASSERT_EQUAL(status, VT_ERR_FORMAT);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "index.txt:"));
}

static void a_manifest_reads_back_to_the_same_numbers(void)
{
    char folder[FIXTURE_PATH];
    static const char *const names[] = {"T-shirt/top", "caf\xc3\xa9 au lait"};
    const vt_manifest_shard shards[] = {
        {.split = VT_SPLIT_TRAIN, .file = {.images = 3, .bytes = 400, .sha256 = HEX}},
        {.split = VT_SPLIT_TRAIN, .number = 1, .file = {.images = 4, .bytes = 9, .sha256 = HEX}},
        {.split = VT_SPLIT_TEST, .file = {.images = 5, .bytes = 1, .sha256 = HEX}}};
    vt_manifest out, in = {.name = "a",
                           .sha256 = HEX,
                           .channels = 3,
                           .mean = {1.0 / 3, 1e-9, 0},
                           .std = {0.1, 2.0 / 3, 1},
                           .luma_mean = 1.0 / 7,
                           .luma_std = 1.0 / 11,
                           .classes = 2,
                           .class_names = names,
                           .shards = 3,
                           .shard = shards};
    fixture_folder(folder);
    CU_ASSERT_EQUAL(vt_manifest_write(&in, folder, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_manifest_read(&out, folder, &err), VT_OK);
    CU_ASSERT_EQUAL(memcmp(in.mean, out.mean, sizeof in.mean), 0);
    CU_ASSERT_EQUAL(memcmp(in.std, out.std, sizeof in.std), 0);
    CU_ASSERT(in.luma_mean == out.luma_mean && in.luma_std == out.luma_std);
    CU_ASSERT(out.channels == 3 && out.classes == 2 && out.shards == 3);
    CU_ASSERT_STRING_EQUAL(out.class_names[1], names[1]);
    CU_ASSERT(out.shard[1].number == 1 && out.shard[2].number == 0);
    CU_ASSERT(out.shard[1].file.images == 4 && out.shard[2].split == VT_SPLIT_TEST);
    vt_manifest_finish(&out);
    fixture_remove(folder);
}

static void class_names_are_unique_and_printable(void)
{
    vt_names names = {.count = 0};
    CU_ASSERT_EQUAL(vt_names_add(&names, "one", 3, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_names_add(&names, "two,x", 3, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_names_check(&names, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_names_add(&names, "", 0, &err), VT_ERR_CONFIG);
    CU_ASSERT_EQUAL(vt_names_add(&names, "a\nb", 3, &err), VT_ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(vt_names_list(&names)[1], "two");
    CU_ASSERT_EQUAL(vt_names_add(&names, "one", 3, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_names_check(&names, &err), VT_ERR_CONFIG);
    vt_names_finish(&names);
}

SUITE(dataset, {"a shard gives back what was put", a_shard_gives_back_what_was_put},
      {"a shard cut anywhere is refused", a_shard_cut_anywhere_is_refused},
      {"a shard with a wrong index or footer is refused",
       a_shard_with_a_wrong_index_or_footer_is_refused},
      {"an uncommitted shard leaves no file", an_uncommitted_shard_leaves_no_file},
      {"images are found across shards", images_are_found_across_shards},
      {"mean and std are those of the training pixels",
       mean_and_std_are_those_of_the_training_pixels},
      {"colour statistics weigh every pixel alike", colour_statistics_weigh_every_pixel_alike},
      {"verify notices any flipped bit", verify_notices_any_flipped_bit},
      {"a missing or exchanged shard is refused", a_missing_or_exchanged_shard_is_refused},
      {"a manifest is read strictly", a_manifest_is_read_strictly},
      {"a manifest reads back to the same numbers", a_manifest_reads_back_to_the_same_numbers},
      {"class names are unique and printable", class_names_are_unique_and_printable})
