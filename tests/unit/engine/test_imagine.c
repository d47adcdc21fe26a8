/* What a model makes of an image: predictions back in pixels, where they belong, standing on what
 * they say they stand on; and its loss along the sequence. */
#include "base/file.h"
#include "check.h"
#include "core_fixture.h"
#include "data/png.h"
#include "ops/gemm.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 4, SIDE = 6, PATCH = 2, TOKENS = 9, PIXELS = SIDE * SIDE };

static vt_learner l;

static void open_learner(int norm_pix, int shards)
{
    vt_error err;
    vt_aim_shape shape = core_shape();
    shape.norm_pix = norm_pix;
    vt_config config = core_shape_config(&shape);
    config.optim_batch_images = BATCH;
    config.eval_chunks = 3;
    config.train_shards = shards;
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_learner_open(&l, &config, NULL, &err), VT_OK);
    vt_learner_reset(&l, 5);
    core_fill(l.images, BATCH * PIXELS, 8);
    for (int i = 0; i < BATCH; i++) l.draws[i] = 2 + 2 * i; /* 2, 4, 6, 8 of 9 */
}

typedef struct {
    vt_real pixels[BATCH * PIXELS];
    int32_t given[BATCH * TOKENS];
} picture;

static picture imagine(int own)
{
    picture p;
    vt_imagined out = {own, p.pixels, p.given};
    memcpy(p.pixels, l.images, sizeof p.pixels);
    CU_ASSERT_EQUAL_FATAL(vt_learner_imagine(&l, BATCH, &out), 1);
    return p;
}

/* The patch of raster place t that a pixel is in. */
static int place_of(int pixel)
{
    return pixel / SIDE / PATCH * (SIDE / PATCH) + pixel % SIDE / PATCH;
}

static void a_patch_goes_back_to_where_it_was(void)
{
    vt_trunk_shape shape = {.image_px = 6, .patch_px = 3, .channels = 3};
    enum { VALUES = 27, PATCHES = 4 };
    vt_real image[PATCHES * VALUES], patches[PATCHES * VALUES], targets[PATCHES * VALUES];
    core_fill(image, PATCHES * VALUES, 3);
    vt_patchify(patches, image, 1, &shape);
    for (int norm_pix = 0; norm_pix < 2; norm_pix++) {
        vt_real back[PATCHES * VALUES] = {0};
        vt_patch_targets(targets, patches, PATCHES, 3, VALUES, norm_pix);
        for (int t = 0; t < PATCHES; t++)
            vt_patch_restore(back, targets + t * VALUES, patches + t * VALUES, t, &shape, norm_pix);
        for (int i = 0; i < PATCHES * VALUES; i++)
            check_near("pixel", (double)back[i], (double)image[i], core_bound(1e-5, 1e-13));
    }
}

static void what_is_given_stays_and_the_rest_is_predicted(void)
{
    for (int own = 0; own < 2; own++) {
        open_learner(1, 1);
        picture p = imagine(own);
        for (int b = 0; b < BATCH; b++)
            for (int i = 0; i < PIXELS; i++) {
                int given = place_of(i) < l.draws[b], at = b * PIXELS + i;
                CU_ASSERT_EQUAL(p.given[b * TOKENS + place_of(i)], given);
                CU_ASSERT_EQUAL(p.pixels[at] == l.images[at], given);
            }
        vt_learner_close(&l);
    }
}

/* With raw targets not even a moment of the hidden part is read. */
static void a_continuation_stands_on_the_prefix_alone(void)
{
    open_learner(0, 1);
    picture own = imagine(1), other = imagine(0);
    for (int b = 0; b < BATCH; b++)
        for (int i = 0; i < PIXELS; i++) { /* the first prediction stands on the prefix in both */
            int place = place_of(i), at = b * PIXELS + i;
            if (place <= l.draws[b]) CU_ASSERT_EQUAL(own.pixels[at], other.pixels[at]);
            if (place >= l.draws[b]) l.images[at] = 7;
        }
    picture again = imagine(1), moved = imagine(0);
    CU_ASSERT(core_same(again.pixels, own.pixels, BATCH * PIXELS));
    CU_ASSERT(!core_same(moved.pixels, other.pixels, BATCH * PIXELS));
    vt_learner_close(&l);
}

static void the_losses_along_the_sequence_add_up(void)
{
    static const int shards[] = {1, 3, 4};
    double first[TOKENS];
    for (int s = 0; s < 3; s++) {
        open_learner(1, shards[s]);
        for (int loss = 0; loss < 2; loss++) {
            double by_token[TOKENS], sum = 0;
            vt_part_loss part = vt_learner_evaluate(&l, BATCH, loss);
            vt_learner_by_token(&l, by_token);
            for (int t = 0; t < TOKENS; t++) sum += by_token[t];
            check_near("sum", sum / part.sum, 1, core_bound(1e-6, 1e-13));
            CU_ASSERT_EQUAL(by_token[0], 0); /* nothing predicts the first patch */
            CU_ASSERT_EQUAL(by_token[1] > 0, loss == VT_AIM_CAUSAL); /* in each prefix here */
            if (loss == VT_AIM_CAUSAL && s == 0) memcpy(first, by_token, sizeof first);
            for (int t = 1; loss == VT_AIM_CAUSAL && t < TOKENS; t++)
                check_near("token", by_token[t] / first[t], 1, core_bound(1e-5, 1e-13));
        }
        vt_learner_close(&l);
    }
}

static void a_picture_is_written_whole_or_not_at_all(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH], sha256[65];
    static const unsigned char pixels[2 * 3 * 3] = {255, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const unsigned char magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    vt_error err;
    vt_map map;
    isize bytes = 0;
    fixture_folder(folder);
    fixture_path(path, folder, "x.png");
    for (int channels = 1; channels <= 3; channels += 2) {
        CU_ASSERT_EQUAL(vt_png_write(path, pixels, 3, 2, channels, &bytes, sha256, &err), VT_OK);
        CU_ASSERT_EQUAL_FATAL(vt_map_open(&map, path, &err), VT_OK);
        CU_ASSERT(map.bytes == bytes && memcmp(map.data, magic, sizeof magic) == 0);
        CU_ASSERT(map.data[19] == 3 && map.data[23] == 2); /* width and height */
        CU_ASSERT_EQUAL(map.data[25], channels == 1 ? 0 : 2);
        vt_map_close(&map);
    }
    fixture_path(path, folder, "none/x.png");
    CU_ASSERT_EQUAL(vt_png_write(path, pixels, 3, 2, 3, &bytes, sha256, &err), VT_ERR_IO);
    fixture_remove(folder);
}

SUITE(imagine, {"a patch goes back to where it was", a_patch_goes_back_to_where_it_was},
      {"what is given stays and the rest is predicted",
       what_is_given_stays_and_the_rest_is_predicted},
      {"a continuation stands on the prefix alone", a_continuation_stands_on_the_prefix_alone},
      {"the losses along the sequence add up", the_losses_along_the_sequence_add_up},
      {"a picture is written whole or not at all", a_picture_is_written_whole_or_not_at_all})
