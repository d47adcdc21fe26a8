#include "base/file.h"
#include "check.h"
#include "data/dataset.h"
#include "data/import.h"
#include "data/mix.h"
#include "data_fixture.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES_MOST = 1000, SIDE = 16 };
static vt_error err;

static vt_mix mix_of(double first, double second, int replacement)
{
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    double weights[VT_MIX_SOURCES] = {first, second, 1 - first - second};
    vt_mix mix = {.name = "mix", .replacement = replacement, .sources = 3};
    for (int i = 0; i < 3; i++)
        mix.source[i] = (vt_mix_source){.name = "abc", .sha256 = hash, .images = 300 / (1 + 3 * i)};
    CU_ASSERT_EQUAL(vt_mix_weigh(&mix, weights, &err), VT_OK);
    return mix;
}

static void weights_become_parts_of_a_million(void)
{
    vt_mix mix = mix_of(1.0 / 3, 1.0 / 3, 0);
    CU_ASSERT_EQUAL(mix.source[0].parts + mix.source[1].parts + mix.source[2].parts, VT_MIX_PARTS);
    for (int i = 0; i < 3; i++)
        CU_ASSERT(mix.source[i].parts == 333333 || mix.source[i].parts == 333334);
    mix = mix_of(0.8, 0.199, 0);
    CU_ASSERT(mix.source[0].parts == 800000 && mix.source[1].parts == 199000);
    const double wrong[][3] = {{0.5, 0.4, 0.2}, {0.9, 0.0999, 0.0001}, {1.2, 0.1, -0.3}};
    for (int i = 0; i < 3; i++) {
        double weights[VT_MIX_SOURCES] = {wrong[i][0], wrong[i][1], wrong[i][2]};
        CU_ASSERT_EQUAL(vt_mix_weigh(&mix, weights, &err), VT_ERR_CONFIG);
    }
}

/* At the end of a block all samples of a source up to some number are drawn, and no other. */
static void every_image_is_drawn_once_before_any_is_drawn_twice(void)
{
    vt_mix mix = mix_of(0.7, 0.2, 0);
    static int times[3][IMAGES_MOST];
    memset(times, 0, sizeof times);
    for (isize block = 1; block <= 12; block++) {
        for (isize i = 0; i < VT_MIX_BLOCK; i++) {
            vt_mix_place at = vt_mix_at(&mix, 5, (block - 1) * VT_MIX_BLOCK + i);
            CU_ASSERT_FATAL(at.image >= 0 && at.image < mix.source[at.source].images);
            times[at.source][at.image]++;
        }
        for (int s = 0; s < 3; s++) {
            isize sum = 0, images = mix.source[s].images;
            int least = times[s][0], most = least;
            for (isize i = 0; i < images; i++) {
                sum += times[s][i];
                if (times[s][i] < least) least = times[s][i];
                if (times[s][i] > most) most = times[s][i];
            }
            CU_ASSERT(most - least <= 1);
            double wanted = (double)(block * VT_MIX_BLOCK * mix.source[s].parts) / VT_MIX_PARTS;
            CU_ASSERT(fabs((double)sum - wanted) <= 1);
        }
    }
}

static void what_is_drawn_is_counted(void)
{
    for (int replacement = 0; replacement < 2; replacement++) {
        vt_mix mix = mix_of(0.55, 0.3, replacement);
        isize counted[VT_MIX_SOURCES] = {0}, told[VT_MIX_SOURCES] = {0}, places = 12345;
        for (isize i = 0; i < places; i++) counted[vt_mix_at(&mix, 9, i).source]++;
        vt_mix_drawn(&mix, 9, places, told);
        for (int s = 0; s < 3; s++) {
            CU_ASSERT_EQUAL(counted[s], told[s]);
            double p = (double)mix.source[s].parts / VT_MIX_PARTS, n = (double)places;
            CU_ASSERT(fabs((double)told[s] - n * p) < 5 * sqrt(n * p * (1 - p)));
        }
    }
}

static void a_place_is_a_function_of_seed_and_number(void)
{
    for (int replacement = 0; replacement < 2; replacement++) {
        vt_mix mix = mix_of(0.5, 0.3, replacement);
        int same = 0;
        for (isize i = 4999; i >= 0; i--) {
            vt_mix_place at = vt_mix_at(&mix, 1, i), again = vt_mix_at(&mix, 1, i);
            vt_mix_place other = vt_mix_at(&mix, 2, i);
            CU_ASSERT(at.source == again.source && at.image == again.image);
            same += at.source == other.source && at.image == other.image;
        }
        CU_ASSERT(same < 250);
    }
}

/* ---- as a data set ---- */

static void source_make(const char *folder, const char *name, const char *const classes[2],
                        int images)
{
    char source[FIXTURE_PATH], file[FIXTURE_PATH], data[FIXTURE_PATH];
    unsigned char jpeg[FIXTURE_JPEG_MAX];
    vt_import_report report;
    fixture_path(source, folder, "source");
    fixture_path(data, folder, "data");
    for (int i = 0; i < images; i++) {
        isize bytes = fixture_jpeg(jpeg, SIDE, SIDE, 3, (uint64_t)(1000 * images + i));
        (void)snprintf(file, sizeof file, "source/%s/%s/%d.jpg", i % 3 ? "train" : "test",
                       classes[i % 2], i);
        fixture_write(folder, file, jpeg, bytes);
    }
    vt_import_options options = {.name = name, .data_folder = data, .path = source};
    CU_ASSERT_EQUAL(vt_import(&options, &report, &err), VT_OK);
    fixture_remove(source);
}

static vt_mix recipe(const char *folder, vt_dataset *parts[2], char path[FIXTURE_PATH])
{
    static const char *const names[2] = {"one", "two"};
    double weights[VT_MIX_SOURCES] = {0.75, 0.25};
    vt_mix mix = {.name = "both", .sources = 2};
    for (int i = 0; i < 2; i++) {
        char source[FIXTURE_PATH], name[FIXTURE_PATH];
        (void)snprintf(name, sizeof name, "data/%s", names[i]);
        fixture_path(source, folder, name);
        CU_ASSERT_EQUAL_FATAL(vt_dataset_open(&parts[i], source, &err), VT_OK);
        mix.source[i].name = names[i];
        mix.source[i].sha256 = vt_dataset_about(parts[i])->sha256;
    }
    fixture_path(path, folder, "data/both");
    CU_ASSERT_EQUAL(vt_mix_weigh(&mix, weights, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_mix_hash(&mix, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_folder_make(path, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_mix_write(&mix, path, &err), VT_OK);
    return mix;
}

static void a_mix_is_read_as_any_data_set(void)
{
    static const char *const first[2] = {"ant", "bee"}, *const second[2] = {"bee", "cat"};
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_dataset *parts[2] = {NULL}, *mixed = NULL;
    fixture_folder(folder);
    source_make(folder, "one", first, 30);
    source_make(folder, "two", second, 12);
    vt_mix mix = recipe(folder, parts, path);
    CU_ASSERT_EQUAL(vt_dataset_verify(path, &err), VT_OK);
    CU_ASSERT_EQUAL_FATAL(vt_dataset_open(&mixed, path, &err), VT_OK);
    const vt_dataset_info *info = vt_dataset_about(mixed);
    CU_ASSERT_STRING_EQUAL(info->sha256, mix.sha256);
    CU_ASSERT(info->classes == 3 && info->images[VT_SPLIT_TRAIN] == 28 &&
              info->images[VT_SPLIT_TEST] == 14);
    CU_ASSERT_STRING_EQUAL(info->class_names[2], "cat");
    check_near("mean", info->mean[0],
               0.75 * vt_dataset_about(parts[0])->mean[0] +
                   0.25 * vt_dataset_about(parts[1])->mean[0],
               1e-12);
    for (isize i = 0; i < 28; i++) {
        vt_image image = fixture_image(mixed, VT_SPLIT_TRAIN, i);
        vt_image own = fixture_image(parts[i >= 20], VT_SPLIT_TRAIN, i >= 20 ? i - 20 : i);
        CU_ASSERT(image.bytes == own.bytes && memcmp(image.data, own.data, (size_t)own.bytes) == 0);
        CU_ASSERT_EQUAL(image.label, own.label + (i >= 20));
    }
    for (isize i = 0; i < 100; i++)
        CU_ASSERT(vt_dataset_mixed(mixed, 3, i) >= 0 && vt_dataset_mixed(mixed, 3, i) < 28);
    vt_dataset_close(&mixed);
    for (int i = 0; i < 2; i++) vt_dataset_close(&parts[i]);
    fixture_remove(folder);
}

static void damaged_recipes_and_other_sources_are_refused(void)
{
    static const char *const classes[2] = {"ant", "bee"};
    char folder[FIXTURE_PATH], path[FIXTURE_PATH], text[2048];
    vt_dataset *parts[2] = {NULL}, *mixed = NULL;
    fixture_folder(folder);
    source_make(folder, "one", classes, 9);
    source_make(folder, "two", classes, 12);
    (void)recipe(folder, parts, path);
    for (int i = 0; i < 2; i++) vt_dataset_close(&parts[i]);
    isize bytes = fixture_read(path, "mix.txt", text, (isize)sizeof text);
    CU_ASSERT_FATAL(bytes > 100);
    for (isize i = 0; i < bytes; i++) {
        vt_mix mix;
        char changed[2048];
        memcpy(changed, text, sizeof changed);
        changed[i] ^= 1;
        CU_ASSERT_EQUAL(vt_mix_parse(&mix, "x", changed, bytes, &err), VT_ERR_FORMAT);
        CU_ASSERT_EQUAL(vt_mix_parse(&mix, "x", text, i, &err), VT_ERR_FORMAT);
        vt_mix_finish(&mix);
    }
    char two[FIXTURE_PATH];
    fixture_path(two, folder, "data/two");
    fixture_remove(two);
    CU_ASSERT_EQUAL(vt_dataset_open(&mixed, path, &err), VT_ERR_IO);
    source_make(folder, "two", classes, 15);
    CU_ASSERT_EQUAL(vt_dataset_open(&mixed, path, &err), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "the mix both wants"));
    CU_ASSERT_PTR_NULL(mixed);
    fixture_remove(folder);
}

SUITE(mix, {"weights become parts of a million", weights_become_parts_of_a_million},
      {"every image is drawn once before any is drawn twice",
       every_image_is_drawn_once_before_any_is_drawn_twice},
      {"what is drawn is counted", what_is_drawn_is_counted},
      {"a place is a function of seed and number", a_place_is_a_function_of_seed_and_number},
      {"a mix is read as any data set", a_mix_is_read_as_any_data_set},
      {"damaged recipes and other sources are refused",
       damaged_recipes_and_other_sources_are_refused})
