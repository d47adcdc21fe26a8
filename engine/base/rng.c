#include "base/rng.h"
#include <math.h>

static const double PI = 3.14159265358979323846;

static void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Spreads a 64-bit name over 32 bits where the counter has only 32 for it (splitmix64's mixer). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

vt_rng vt_rng_at(uint64_t seed, vt_rng_purpose purpose, uint64_t step, uint64_t index)
{
    return (vt_rng){.seed = seed, .step = step, .index = index, .purpose = (uint32_t)purpose};
}

uint32_t vt_rng_bits(vt_rng *rng)
{
    if (rng->have == 0) {
        uint64_t seed = mix(rng->seed + 0x9E3779B97F4A7C15u * rng->purpose);
        uint64_t place = mix(rng->step + 0x632BE59BD9B4E019u);
        uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
        uint32_t counter[4] = {rng->position++, (uint32_t)rng->index,
                               (uint32_t)place ^ (uint32_t)(rng->index >> 32),
                               (uint32_t)(place >> 32)};
        philox(counter, key, rng->word);
        rng->have = 4;
    }
    return rng->word[--rng->have];
}

uint64_t vt_rng_bits64(vt_rng *rng)
{
    uint64_t high = vt_rng_bits(rng);
    return high << 32 | vt_rng_bits(rng);
}

uint64_t vt_rng_below(vt_rng *rng, uint64_t n)
{
    VT_ASSERT(n >= 1);
    uint64_t reject = (UINT64_MAX - n + 1) % n; /* 2^64 mod n */
    uint64_t bits = 0;
    do bits = vt_rng_bits64(rng);
    while (bits < reject);
    return bits % n;
}

double vt_rng_unit(vt_rng *rng)
{
    return (double)(vt_rng_bits64(rng) >> 11) * 0x1p-53;
}

double vt_rng_normal(vt_rng *rng)
{
    double radius = sqrt(-2.0 * log(1.0 - vt_rng_unit(rng)));
    return radius * cos(2.0 * PI * vt_rng_unit(rng));
}

uint64_t vt_rng_permute(uint64_t seed, vt_rng_purpose purpose, uint64_t step, uint64_t n,
                        uint64_t position)
{
    VT_ASSERT(n >= 1 && position < n);
    int half = 1;
    while (half < 32 && (UINT64_C(1) << (2 * half)) < n) half++;
    uint64_t mask = (UINT64_C(1) << half) - 1;
    uint64_t key = mix(seed + 0x9E3779B97F4A7C15u * (uint64_t)purpose) ^ mix(step + 1);
    uint64_t x = position;
    do {
        uint64_t left = x >> half, right = x & mask;
        for (uint64_t round = 0; round < 4; round++) {
            uint64_t next = left ^ (mix(key + right * 4 + round) & mask);
            left = right;
            right = next;
        }
        x = left << half | right;
    } while (x >= n);
    return x;
}
