#include "ops/limits.h"
#include "ops/amx.h"
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Chains that do not wait for one another: more than the latency of an FMA times its rate. */
enum { CHAINS = 12, ROUNDS = 20000 };

static double now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* A loop returns the operations that it did; *sink keeps its result alive. */
typedef double loop(float *sink);

static double rate_of(loop *run, double seconds)
{
    float sink = 0;
    double done = 0, from = now(), spent = 0;
    while (spent < seconds) {
        done += run(&sink);
        spent = now() - from;
    }
    volatile float kept = sink;
    (void)kept;
    return done / spent;
}

static double fma_portable(float *sink)
{
    float sum[CHAINS] = {0};
    for (int r = 0; r < ROUNDS; r++)
        for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * 0.999F + 1e-3F;
    for (int i = 0; i < CHAINS; i++) *sink += sum[i];
    return 2.0 * CHAINS * ROUNDS;
}

#if defined(__x86_64__)

/* Each chain starts elsewhere, or a compiler computes one of them for all. */
#define CHAIN_LOOP(type, start, step)                                                              \
    type s0 = start(0), s1 = start(1), s2 = start(2), s3 = start(3), s4 = start(4);                \
    type s5 = start(5), s6 = start(6), s7 = start(7), s8 = start(8), s9 = start(9);                \
    type s10 = start(10), s11 = start(11);                                                         \
    for (int r = 0; r < ROUNDS; r++) {                                                             \
        s0 = step(s0), s1 = step(s1), s2 = step(s2), s3 = step(s3), s4 = step(s4), s5 = step(s5);  \
        s6 = step(s6), s7 = step(s7), s8 = step(s8), s9 = step(s9), s10 = step(s10);               \
        s11 = step(s11);                                                                           \
    }
#define START_256(i) _mm256_set1_ps((i)*0.1F)
#define START_512(i) _mm512_set1_ps((i)*0.1F)

__attribute__((target("avx2,fma"))) static double fma_avx2(float *sink)
{
    __m256 x = _mm256_set1_ps(0.999F), y = _mm256_set1_ps(1e-3F);
#define STEP(s) _mm256_fmadd_ps(s, x, y)
    CHAIN_LOOP(__m256, START_256, STEP)
#undef STEP
    __m256 sum = (s0 + s1) + (s2 + s3) + (s4 + s5) + (s6 + s7) + (s8 + s9) + (s10 + s11);
    *sink += _mm256_cvtss_f32(sum);
    return 2.0 * 8 * CHAINS * ROUNDS;
}

__attribute__((target("avx512f"))) static double fma_avx512(float *sink)
{
    __m512 x = _mm512_set1_ps(0.999F), y = _mm512_set1_ps(1e-3F);
#define STEP(s) _mm512_fmadd_ps(s, x, y)
    CHAIN_LOOP(__m512, START_512, STEP)
#undef STEP
    __m512 sum = (s0 + s1) + (s2 + s3) + (s4 + s5) + (s6 + s7) + (s8 + s9) + (s10 + s11);
    *sink += _mm512_cvtss_f32(sum);
    return 2.0 * 16 * CHAINS * ROUNDS;
}

__attribute__((target("avx512f,avx512bf16"))) static double dot_bf16(float *sink)
{
    __m512bh x = (__m512bh)_mm512_set1_epi16(0x3f00), y = (__m512bh)_mm512_set1_epi16(0x3a00);
#define STEP(s) _mm512_dpbf16_ps(s, x, y)
    CHAIN_LOOP(__m512, START_512, STEP)
#undef STEP
    __m512 sum = (s0 + s1) + (s2 + s3) + (s4 + s5) + (s6 + s7) + (s8 + s9) + (s10 + s11);
    *sink += _mm512_cvtss_f32(sum);
    return 2.0 * 32 * CHAINS * ROUNDS;
}

/* Four sums of 16 x 16: more than the latency of the instruction times its rate. */
VT_AMX_TARGET static double dot_amx(float *sink)
{
    float sum[16 * 16] = {0};
    _tile_loadconfig(&vt_amx_full);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    for (int r = 0; r < ROUNDS; r++) {
        _tile_dpbf16ps(0, 4, 5);
        _tile_dpbf16ps(1, 4, 5);
        _tile_dpbf16ps(2, 4, 5);
        _tile_dpbf16ps(3, 4, 5);
    }
    _tile_stored(0, sum, sizeof *sum * 16);
    _tile_release();
    *sink += sum[0];
    return 2.0 * 16 * 16 * 32 * 4 * ROUNDS;
}

#endif

double vt_limit_fma(double seconds)
{
    loop *best = fma_portable;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best = fma_avx2;
    if (__builtin_cpu_supports("avx512f")) best = fma_avx512;
#endif
    return rate_of(best, seconds);
}

double vt_limit_bf16(double seconds)
{
#if defined(__x86_64__)
    if (vt_amx_here()) return rate_of(dot_amx, seconds);
    if (__builtin_cpu_supports("avx512bf16")) return rate_of(dot_bf16, seconds);
#endif
    (void)seconds;
    return 0;
}

double vt_limit_stream(float *arrays, isize count, double seconds)
{
    float *sum = arrays, *a = arrays + count, *b = arrays + 2 * count;
    double done = 0, from = now(), spent = 0;
    while (spent < seconds) {
        for (isize i = 0; i < count; i++) sum[i] = a[i] + b[i];
        done += 12.0 * (double)count;
        spent = now() - from;
    }
    return done / spent;
}
