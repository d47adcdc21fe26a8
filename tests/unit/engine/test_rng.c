/* The generator's bits against its authors' vectors, and what is made of the bits. */
#include "base/rng.h"
#include "check.h"
#include "core_fixture.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- bits ---- */

static uint64_t inverse(uint64_t odd) /* modulo 2^64, by Newton's iteration */
{
    uint64_t x = odd;
    for (int i = 0; i < 6; i++) x *= 2 - odd * x;
    return x;
}

/* x with splitmix64's mixer of x == mixed: what makes any key and counter reachable by a name. */
static uint64_t unmix(uint64_t mixed)
{
    uint64_t x = mixed ^ (mixed >> 31) ^ (mixed >> 62);
    x *= inverse(0x94D049BB133111EBu);
    x ^= (x >> 27) ^ (x >> 54);
    x *= inverse(0xBF58476D1CE4E5B9u);
    return x ^ (x >> 30) ^ (x >> 60);
}

/* The stream whose next four words are Philox4x32-10 of this counter and key, last word first. */
static vt_rng stream_of(const uint32_t counter[4], const uint32_t key[2])
{
    uint64_t wide_key = (uint64_t)key[1] << 32 | key[0];
    uint64_t place = (uint64_t)counter[3] << 32 | counter[2];
    vt_rng rng = vt_rng_at(unmix(wide_key) - 0x9E3779B97F4A7C15u * VT_RNG_TEST, VT_RNG_TEST,
                           unmix(place) - 0x632BE59BD9B4E019u, counter[1]);
    rng.position = counter[0];
    return rng;
}

static void philox_gives_its_published_vectors(void)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vt_rng rng = stream_of(cases[i].counter, cases[i].key);
        for (int w = 3; w >= 0; w--) CU_ASSERT_EQUAL(vt_rng_bits(&rng), cases[i].want[w]);
        CU_ASSERT_EQUAL(rng.position, cases[i].counter[0] + 1);
    }
}

static void draws_keep_their_values(void)
{
    vt_rng rng = vt_rng_at(42, VT_RNG_AUGMENT, 3, 17);
    CU_ASSERT_EQUAL(vt_rng_bits(&rng), 0x36a2ec46);
    CU_ASSERT_EQUAL(vt_rng_bits64(&rng), 0xcd735fe9195c0d72);
    CU_ASSERT_EQUAL(vt_rng_below(&rng, 1000), 206);
    CU_ASSERT_EQUAL(vt_rng_unit(&rng), 0x1.b940cd7a433bap-1);
    check_near("normal", vt_rng_normal(&rng), 0.91341719031554058, 1e-14);
    static const uint64_t order[10] = {4, 9, 7, 2, 8, 5, 6, 3, 0, 1};
    for (uint64_t i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(vt_rng_permute(42, VT_RNG_ORDER, 1, 10, i), order[i]);
}

static void every_part_of_a_name_makes_another_stream(void)
{
    vt_rng rngs[] = {
        vt_rng_at(1, VT_RNG_TEST, 2, 3),
        vt_rng_at(2, VT_RNG_TEST, 2, 3),
        vt_rng_at(1, VT_RNG_INIT, 2, 3),
        vt_rng_at(1, VT_RNG_TEST, 3, 3),
        vt_rng_at(1, VT_RNG_TEST, 2, 4),
        vt_rng_at(1, VT_RNG_TEST, 3, 2),
        vt_rng_at(1, VT_RNG_TEST, 2, 3 + (UINT64_C(1) << 32)),
        vt_rng_at(1, VT_RNG_TEST, 2 + (UINT64_C(1) << 32), 3),
        vt_rng_at(1 + (UINT64_C(1) << 32), VT_RNG_TEST, 2, 3),
    };
    enum { STREAMS = sizeof rngs / sizeof *rngs, DRAWS = 400 };
    static uint32_t drawn[STREAMS][DRAWS];
    for (int s = 0; s < STREAMS; s++)
        for (int i = 0; i < DRAWS; i++) drawn[s][i] = vt_rng_bits(&rngs[s]);
    for (int a = 0; a < STREAMS; a++) {
        for (int b = 0; b < a; b++) {
            int equal_bits = 0, equal_words = 0;
            for (int i = 0; i < DRAWS; i++) {
                equal_words += drawn[a][i] == drawn[b][i];
                equal_bits += 32 - __builtin_popcount(drawn[a][i] ^ drawn[b][i]);
            }
            /* 12800 fair coins: a deviation of 6 sigma is 340. */
            CU_ASSERT_EQUAL(equal_words, 0);
            CU_ASSERT(abs(equal_bits - 16 * DRAWS) < 340);
        }
    }
}

static void the_same_name_gives_the_same_stream(void)
{
    vt_rng a = vt_rng_at(9, VT_RNG_TEST, 1, 1), b = vt_rng_at(9, VT_RNG_TEST, 1, 1);
    for (int i = 0; i < 100; i++) CU_ASSERT_EQUAL(vt_rng_bits(&a), vt_rng_bits(&b));
    vt_rng kept = a;
    uint64_t next = vt_rng_bits64(&a);
    CU_ASSERT_EQUAL(vt_rng_bits64(&kept), next);
}

/* ---- distributions ---- */

static void bits_are_fair_and_bits_of_a_word_do_not_know_one_another(void)
{
    enum { DRAWS = 20000 };
    static int ones[32], both[32];
    vt_rng rng = vt_rng_at(5, VT_RNG_TEST, 0, 0);
    memset(ones, 0, sizeof ones);
    memset(both, 0, sizeof both);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t bits = vt_rng_bits(&rng);
        for (int k = 0; k < 32; k++) {
            ones[k] += (int)(bits >> k & 1);
            both[k] += (int)((bits >> k ^ bits >> (k + 1) % 32) & 1);
        }
    }
    for (int k = 0; k < 32; k++) { /* sigma is 71 */
        CU_ASSERT(abs(ones[k] - DRAWS / 2) < 360);
        CU_ASSERT(abs(both[k] - DRAWS / 2) < 360);
    }
}

static void units_lie_in_the_half_open_interval(void)
{
    enum { DRAWS = 40000, BINS = 16 };
    vt_rng rng = vt_rng_at(6, VT_RNG_TEST, 0, 0);
    double counts[BINS] = {0}, chi = 0, least = 1, most = 0;
    for (int i = 0; i < DRAWS; i++) {
        double u = vt_rng_unit(&rng);
        CU_ASSERT_FATAL(u >= 0 && u < 1);
        counts[(int)(u * BINS)]++;
        least = fmin(least, u);
        most = fmax(most, u);
    }
    for (int b = 0; b < BINS; b++) {
        double expected = (double)DRAWS / BINS;
        chi += (counts[b] - expected) * (counts[b] - expected) / expected;
    }
    CU_ASSERT(chi < 50); /* 15 degrees of freedom: p is 1e-5 */
    CU_ASSERT(least < 1e-3 && most > 1 - 1e-3);
    /* The greatest word there is: still below 1. */
    vt_rng top = {.have = 2, .word = {~0u, ~0u}};
    CU_ASSERT_EQUAL(vt_rng_unit(&top), 1 - 0x1p-53);
}

static void draws_below_n_are_uniform(void)
{
    static const uint64_t limits[] = {1, 2, 3, 7, 10, 100};
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        enum { DRAWS = 30000 };
        uint64_t n = limits[l];
        double counts[100] = {0}, chi = 0, expected = (double)DRAWS / (double)n;
        vt_rng rng = vt_rng_at(7, VT_RNG_TEST, n, 0);
        for (int i = 0; i < DRAWS; i++) {
            uint64_t drawn = vt_rng_below(&rng, n);
            CU_ASSERT_FATAL(drawn < n);
            counts[drawn]++;
        }
        for (uint64_t i = 0; i < n; i++)
            chi += (counts[i] - expected) * (counts[i] - expected) / expected;
        double freedom = (double)n - 1;
        CU_ASSERT(chi <= freedom + 5 * sqrt(2 * freedom) + 5);
    }
}

/* With n = 3 2^62, taking bits mod n without refusing would give the lowest third twice as often.
 */
static void draws_below_a_huge_n_are_not_biased(void)
{
    enum { DRAWS = 3000 };
    uint64_t n = UINT64_C(3) << 62;
    int low = 0;
    vt_rng rng = vt_rng_at(8, VT_RNG_TEST, 0, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t drawn = vt_rng_below(&rng, n);
        CU_ASSERT_FATAL(drawn < n);
        low += drawn < UINT64_C(1) << 62;
    }
    CU_ASSERT(abs(low - DRAWS / 3) < 130); /* sigma is 26; the biased count is 1500 */
}

static void below_none(void)
{
    vt_rng rng = vt_rng_at(0, VT_RNG_TEST, 0, 0);
    (void)vt_rng_below(&rng, 0);
}

static void permute_beyond_the_end(void)
{
    (void)vt_rng_permute(0, VT_RNG_TEST, 0, 5, 5);
}

static void draws_from_nothing_are_stopped(void)
{
    CU_ASSERT(core_aborts(below_none));
    CU_ASSERT(core_aborts(permute_beyond_the_end));
}

static void normals_have_the_moments_of_a_normal(void)
{
    enum { DRAWS = 40000 };
    double sum[5] = {0}, tail = 0;
    vt_rng rng = vt_rng_at(9, VT_RNG_TEST, 0, 0);
    for (int i = 0; i < DRAWS; i++) {
        double x = vt_rng_normal(&rng), power = 1;
        CU_ASSERT_FATAL(isfinite(x));
        for (int p = 1; p < 5; p++) sum[p] += (power *= x);
        tail += fabs(x) > 1.959963984540054;
    }
    /* Five sigmas of each estimate over 40000 draws. */
    check_near("mean", sum[1] / DRAWS, 0, 0.025);
    check_near("variance", sum[2] / DRAWS, 1, 0.036);
    check_near("third moment", sum[3] / DRAWS, 0, 0.1);
    check_near("fourth moment", sum[4] / DRAWS, 3, 0.25);
    check_near("share beyond 1.96", tail / DRAWS, 0.05, 0.0055);
    /* A unit of exactly 0 is the radius's edge case. */
    vt_rng edge = {.have = 4};
    CU_ASSERT_EQUAL(vt_rng_normal(&edge), 0);
}

/* ---- permutations ---- */

static int is_permutation(uint64_t step, uint64_t n)
{
    static unsigned char seen[1 << 16];
    memset(seen, 0, sizeof seen);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t to = vt_rng_permute(3, VT_RNG_ORDER, step, n, i);
        if (to >= n || seen[to]++) return 0;
    }
    return 1;
}

static void every_place_is_taken_once(void)
{
    static const uint64_t larger[] = {255, 256, 257, 1000, 1023, 1024, 1025, 4096, 4097, 60000};
    for (uint64_t n = 1; n <= 200; n++)
        for (uint64_t step = 0; step < 3; step++) CU_ASSERT(is_permutation(step, n));
    for (size_t i = 0; i < sizeof larger / sizeof *larger; i++)
        CU_ASSERT(is_permutation(i, larger[i]));
    uint64_t huge = UINT64_MAX;
    CU_ASSERT_NOT_EQUAL(vt_rng_permute(3, VT_RNG_ORDER, 0, huge, 0),
                        vt_rng_permute(3, VT_RNG_ORDER, 0, huge, 1));
}

static void seeds_purposes_and_steps_shuffle_differently(void)
{
    enum { N = 1000 };
    int same_step = 0, same_seed = 0, same_purpose = 0, unmoved = 0;
    for (uint64_t i = 0; i < N; i++) {
        uint64_t to = vt_rng_permute(3, VT_RNG_ORDER, 5, N, i);
        same_step += to == vt_rng_permute(3, VT_RNG_ORDER, 6, N, i);
        same_seed += to == vt_rng_permute(4, VT_RNG_ORDER, 5, N, i);
        same_purpose += to == vt_rng_permute(3, VT_RNG_SPLIT, 5, N, i);
        unmoved += to == i;
    }
    /* Two random permutations agree in one place on average; 12 is beyond 1e-8. */
    CU_ASSERT(same_step < 12 && same_seed < 12 && same_purpose < 12 && unmoved < 12);
}

/* The share of images that keep their neighbour, and the mean place that the first tenth lands in:
 * an order that runs along with the file would show in both. */
static void permutations_forget_the_order(void)
{
    enum { N = 4000 };
    double neighbours = 0, landed = 0;
    for (uint64_t i = 0; i + 1 < N; i++)
        neighbours += vt_rng_permute(3, VT_RNG_ORDER, 0, N, i) + 1 ==
                      vt_rng_permute(3, VT_RNG_ORDER, 0, N, i + 1);
    for (uint64_t i = 0; i < N / 10; i++)
        landed += (double)vt_rng_permute(3, VT_RNG_ORDER, 0, N, i);
    CU_ASSERT(neighbours < 12);
    check_near("mean place of the first tenth", landed / (N / 10.0), N / 2.0, 5 * 0.29 * N / 20);
}

SUITE(rng, {"Philox gives its published vectors", philox_gives_its_published_vectors},
      {"draws keep their values", draws_keep_their_values},
      {"every part of a name makes another stream", every_part_of_a_name_makes_another_stream},
      {"the same name gives the same stream", the_same_name_gives_the_same_stream},
      {"bits are fair, and bits of a word do not know one another",
       bits_are_fair_and_bits_of_a_word_do_not_know_one_another},
      {"units lie in the half-open interval", units_lie_in_the_half_open_interval},
      {"draws below n are uniform", draws_below_n_are_uniform},
      {"draws below a huge n are not biased", draws_below_a_huge_n_are_not_biased},
      {"draws from nothing are stopped", draws_from_nothing_are_stopped},
      {"normals have the moments of a normal", normals_have_the_moments_of_a_normal},
      {"every place is taken once", every_place_is_taken_once},
      {"seeds, purposes and steps shuffle differently",
       seeds_purposes_and_steps_shuffle_differently},
      {"permutations forget the order", permutations_forget_the_order})
