/* Which image stands where: every image once an epoch, another order each time, fixed choices. */
#include "check.h"
#include "core_fixture.h"
#include "data_fixture.h"
#include "objective/aim.h"
#include "train/feed.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = CORE_PX * CORE_PX, IMAGES = 23, TOKENS = 16 };

static core_data data;
static vt_view_scratch *scratch;
static vt_error err;

static void begin(void)
{
    core_data_open(&data);
    CU_ASSERT_EQUAL_FATAL(vt_view_scratch_open(&scratch, &err), VT_OK);
}

static void end(void)
{
    vt_view_scratch_close(&scratch);
    core_data_close(&data);
}

/* A feed whose training images are the stored ones, unless crop_min or flip says otherwise. */
static vt_feed feed_of(uint64_t seed, isize first, isize count)
{
    vt_feed feed = {.dataset = data.dataset,
                    .seed = seed,
                    .split = VT_SPLIT_TRAIN,
                    .first = first,
                    .count = count};
    feed.view =
        (vt_view){.image_px = CORE_PX, .channels = 1, .crop_min = 1, .crop_max = 1, .augment = 1};
    vt_view_normalise(&feed.view, vt_dataset_about(data.dataset));
    return feed;
}

/* The index in the training split of the image with these pixels and label, -1 if there is none. */
static isize index_of(const vt_feed *feed, const vt_real *pixels, int32_t label)
{
    for (isize i = 0; i < IMAGES; i++) {
        vt_image image = fixture_image(data.dataset, VT_SPLIT_TRAIN, i);
        double worst = 0;
        for (int p = 0; p < PIXELS; p++) {
            double want = (image.data[p] / 255.0 - feed->view.mean[0]) / feed->view.std[0];
            worst = fmax(worst, fabs((double)pixels[p] - want));
        }
        if (worst < 1e-5 && image.label == label) return i;
    }
    return -1;
}

static isize train_index(const vt_feed *feed, isize place)
{
    vt_real pixels[PIXELS];
    int32_t label = -1;
    CU_ASSERT_EQUAL(vt_feed_train(feed, place, pixels, &label, scratch, &err), VT_OK);
    return index_of(feed, pixels, label);
}

static isize eval_index(const vt_feed *feed, isize place)
{
    vt_real pixels[PIXELS];
    int32_t label = -1;
    CU_ASSERT_EQUAL(vt_feed_eval(feed, place, pixels, &label, scratch, &err), VT_OK);
    return index_of(feed, pixels, label);
}

static void an_epoch_has_every_image_once_in_its_own_order(void)
{
    isize order[3][IMAGES];
    begin();
    vt_feed feed = feed_of(1, 0, IMAGES), other = feed_of(2, 0, IMAGES);
    for (isize epoch = 0; epoch < 3; epoch++) {
        int seen[IMAGES] = {0};
        for (isize i = 0; i < IMAGES; i++) {
            isize index = train_index(&feed, epoch * IMAGES + i);
            CU_ASSERT_FATAL(index >= 0);
            CU_ASSERT_EQUAL(seen[index]++, 0);
            order[epoch][i] = index;
        }
    }
    CU_ASSERT(memcmp(order[0], order[1], sizeof order[0]) != 0);
    CU_ASSERT(memcmp(order[1], order[2], sizeof order[0]) != 0);
    int same = 0;
    for (isize i = 0; i < IMAGES; i++) same += train_index(&other, i) == order[0][i];
    CU_ASSERT(same < 8); /* another seed, another order */
    end();
}

static void a_subset_is_a_fixed_random_choice(void)
{
    begin();
    vt_feed few = feed_of(1, 0, 6), other = feed_of(9, 0, 6), rest = feed_of(1, 6, IMAGES - 6);
    isize chosen[IMAGES];
    int taken[IMAGES] = {0}, moved = 0;
    for (isize i = 0; i < 6; i++) {
        chosen[i] = eval_index(&few, i);
        CU_ASSERT_EQUAL(chosen[i], vt_feed_choice(VT_SPLIT_TRAIN, IMAGES, i));
        CU_ASSERT_EQUAL(chosen[i], eval_index(&other, i)); /* whatever the seed */
        moved += chosen[i] != i;
        taken[chosen[i]]++;
    }
    CU_ASSERT(moved >= 3);
    for (isize epoch = 0; epoch < 3; epoch++) {
        int seen[IMAGES] = {0};
        for (isize i = 0; i < 6; i++) seen[train_index(&few, epoch * 6 + i)]++;
        for (isize i = 0; i < IMAGES; i++) CU_ASSERT_EQUAL(seen[i], taken[i]);
    }
    for (isize i = 0; i < IMAGES - 6; i++) taken[train_index(&rest, i)]++;
    for (isize i = 0; i < IMAGES; i++) CU_ASSERT_EQUAL(taken[i], 1); /* the two share none */
    end();
}

static void choices_differ_between_the_splits(void)
{
    int same = 0;
    for (isize i = 0; i < 200; i++)
        same += vt_feed_choice(VT_SPLIT_TRAIN, 200, i) == vt_feed_choice(VT_SPLIT_TEST, 200, i);
    CU_ASSERT(same < 12);
}

static void crops_are_fresh_each_epoch_and_the_same_again(void)
{
    vt_real first[PIXELS], again[PIXELS];
    int32_t label = 0;
    begin();
    vt_feed feed = feed_of(1, 0, 1); /* one image: every place is a new epoch of it */
    feed.view.crop_min = 0.3;
    feed.view.flip = 0.5;
    int equal = 0;
    for (isize epoch = 0; epoch < 20; epoch++) {
        CU_ASSERT_EQUAL(vt_feed_train(&feed, epoch, first, &label, scratch, &err), VT_OK);
        CU_ASSERT_EQUAL(vt_feed_train(&feed, epoch + 7, again, &label, scratch, &err), VT_OK);
        equal += core_same(first, again, PIXELS);
        CU_ASSERT_EQUAL(vt_feed_train(&feed, epoch, again, &label, scratch, &err), VT_OK);
        CU_ASSERT(core_same(first, again, PIXELS));
    }
    CU_ASSERT(equal < 3);
    CU_ASSERT_EQUAL(vt_feed_eval(&feed, 0, again, &label, scratch, &err), VT_OK);
    CU_ASSERT(index_of(&feed, again, label) >= 0); /* evaluation crops nothing */
    end();
}

static int32_t prefix_of(isize tokens, vt_rng rng)
{
    vt_config config = vt_config_default("pretrain");
    int32_t prefix = 0;
    config.model_patch_px = 1;
    for (config.data_image_px = 1; config.data_image_px * config.data_image_px < tokens;)
        config.data_image_px++;
    vt_objective_aim.draw(&config, &prefix, rng, 0);
    return prefix;
}

static void prefixes_are_uniform_and_fresh_each_step(void)
{
    enum { STEPS = 600, SLOTS = 20 };
    vt_feed feed = {.seed = 3}, other = {.seed = 4};
    double counts[TOKENS + 1] = {0}, chi = 0, expected = (double)STEPS * SLOTS / (TOKENS - 1);
    int same_step = 0, same_slot = 0, same_seed = 0;
    for (isize step = 0; step < STEPS; step++)
        for (isize slot = 0; slot < SLOTS; slot++) {
            int32_t prefix = prefix_of(TOKENS, vt_feed_choices(&feed, step, slot));
            CU_ASSERT_FATAL(prefix >= 1 && prefix <= TOKENS - 1);
            CU_ASSERT_EQUAL(prefix_of(TOKENS, vt_feed_choices(&feed, step, slot)), prefix);
            counts[prefix]++;
            same_step += prefix_of(TOKENS, vt_feed_choices(&feed, step + 1, slot)) == prefix;
            same_slot += prefix_of(TOKENS, vt_feed_choices(&feed, step, slot + 1)) == prefix;
            same_seed += prefix_of(TOKENS, vt_feed_choices(&other, step, slot)) == prefix;
        }
    for (int p = 1; p < TOKENS; p++)
        chi += (counts[p] - expected) * (counts[p] - expected) / expected;
    CU_ASSERT(chi < 50); /* 14 degrees of freedom */
    /* One in 15 agrees by chance: 800 of 12000, sigma 27. */
    CU_ASSERT(abs(same_step - 800) < 140 && abs(same_slot - 800) < 140 &&
              abs(same_seed - 800) < 140);
}

static void a_held_out_image_keeps_its_prefix(void)
{
    begin();
    vt_feed feed = feed_of(1, 0, IMAGES), other = feed_of(2, 0, 5), shifted = feed_of(1, 5, 10);
    int different = 0;
    for (isize i = 0; i < 5; i++) {
        int32_t prefix = prefix_of(TOKENS, vt_feed_choices_eval(&feed, i));
        CU_ASSERT(prefix >= 1 && prefix <= TOKENS - 1);
        CU_ASSERT_EQUAL(prefix_of(TOKENS, vt_feed_choices_eval(&other, i)), prefix);
        CU_ASSERT_EQUAL(prefix_of(TOKENS, vt_feed_choices_eval(&shifted, i)),
                        prefix_of(TOKENS, vt_feed_choices_eval(&feed, 5 + i)));
        different += prefix != prefix_of(TOKENS, vt_feed_choices_eval(&feed, i + 1));
    }
    CU_ASSERT(different > 0);
    end();
}

static void read_beyond_the_end(void)
{
    vt_real pixels[PIXELS];
    int32_t label = 0;
    vt_feed feed = feed_of(1, 0, 6);
    (void)!vt_feed_eval(&feed, 6, pixels, &label, scratch, &err);
}

static void an_evaluation_does_not_start_over(void)
{
    begin();
    CU_ASSERT(core_aborts(read_beyond_the_end));
    end();
}

SUITE(feed,
      {"an epoch has every image once, in its own order",
       an_epoch_has_every_image_once_in_its_own_order},
      {"a subset is a fixed random choice", a_subset_is_a_fixed_random_choice},
      {"choices differ between the splits", choices_differ_between_the_splits},
      {"crops are fresh each epoch, and the same again",
       crops_are_fresh_each_epoch_and_the_same_again},
      {"prefixes are uniform and fresh each step", prefixes_are_uniform_and_fresh_each_step},
      {"a held-out image keeps its prefix", a_held_out_image_keeps_its_prefix},
      {"an evaluation does not start over", an_evaluation_does_not_start_over})
