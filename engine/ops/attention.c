/* Compiled once for each instruction set (see the Makefile): VT_ISA names the functions.
 *
 * Queries go through in blocks of up to BLOCK. The scores of a block are kept as [keys, BLOCK]: the
 * queries lie in vector lanes, so the softmax over keys needs no sum across lanes, and each of the
 * seven products has one form,
 *     c[rows, lanes] (+)= a[rows, inner] b[inner, lanes],
 * numbers of a broadcast against vectors of b, whatever order a is stored in. Below, s and p are
 * such [keys, BLOCK] arrays, x_t is the transpose [d, BLOCK] of a block of rows x.
 */
#include "ops/attention.h"
#include "ops/attention_tile.h"
#include <math.h>
#include <string.h>

#ifndef VT_ISA
#define VT_ISA portable
#endif
#define PASTE(a, b) a##b
#define NAME(a, b)  PASTE(a, b)

#if defined(__AVX512F__)
#define VECTOR 64
#elif defined(__AVX__)
#define VECTOR 32
#else
#define VECTOR 16
#endif

/* A tile of ROWS x VECS vectors, a row of b and a broadcast number fit the vector registers. */
enum {
    LANES = VECTOR / sizeof(vt_real),
    ROWS = 6,
    VECS = VECTOR == 64 ? 4 : 2,
    BLOCK = VT_ATTENTION_BLOCK,
    CHUNK = VT_ATTENTION_CHUNK,
};
typedef vt_real vector __attribute__((vector_size(VECTOR), aligned(sizeof(vt_real)), may_alias));

/* ---- scalar functions that vectorise ---- */

#ifdef VT_F64

static inline vt_real exp_fast(vt_real x)
{
    return exp(x);
}

static inline vt_real log_of(vt_real x)
{
    return log(x);
}

#else

/* exp by x = n ln 2 + r: 2^n goes into the exponent, e^r is a polynomial on |r| <= ln 2 / 2
 * (coefficients of Cephes' expf; relative error 2e-7). Clamped to the finite range. */
static inline float exp_fast(float x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float shifted = x * 1.44269504088896341f + shift; /* n stands in its lowest bits */
    float n = shifted - shift;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t bits = 0;
    float power = 0;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static inline float log_of(float x)
{
    return logf(x);
}

#endif

static inline isize larger(isize a, isize b)
{
    return a > b ? a : b;
}

static inline isize vectors(isize lanes)
{
    return (lanes + LANES - 1) / LANES;
}

/* The first part of n, when n is cut into the fewest parts of at most `most`, evenly. */
static inline isize part(isize n, isize most)
{
    isize parts = (n + most - 1) / most;
    return (n + parts - 1) / parts;
}

/* ---- the product ---- */

typedef struct {
    vt_real *c;
    isize ld_c;
    const vt_real *a;
    isize a_row, a_inner; /* distance of two numbers of a along its rows, along the inner index */
    const vt_real *b;
    isize ld_b, inner;
    int add; /* to what c holds; otherwise c is overwritten */
} product;

#define UNROLL _Pragma("GCC unroll 8")

static inline __attribute__((always_inline)) void tile(const product *p, int rows, int vecs)
{
    vector sum[ROWS][VECS];
    const vt_real *a = p->a, *b = p->b;
    isize a_row = p->a_row, a_inner = p->a_inner, ld_b = p->ld_b;
    UNROLL for (int r = 0; r < rows; r++)
    {
        UNROLL for (int v = 0; v < vecs; v++)
        {
            vector zero = {0};
            sum[r][v] = p->add ? *(const vector *)(p->c + r * p->ld_c + v * LANES) : zero;
        }
    }
    for (isize k = p->inner; k > 0; k--) {
        vector b_k[VECS];
        UNROLL for (int v = 0; v < vecs; v++) b_k[v] = *(const vector *)(b + v * LANES);
        UNROLL for (int r = 0; r < rows; r++)
        {
            vt_real a_rk = a[r * a_row];
            UNROLL for (int v = 0; v < vecs; v++) sum[r][v] += a_rk * b_k[v];
        }
        a += a_inner;
        b += ld_b;
    }
    UNROLL for (int r = 0; r < rows; r++)
    {
        UNROLL for (int v = 0; v < vecs; v++) * (vector *)(p->c + r * p->ld_c + v * LANES) =
            sum[r][v];
    }
}

typedef void tile_of(const product *p);
#define TILE(R, V)                                                                                 \
    static void tile_##R##_##V(const product *p)                                                   \
    {                                                                                              \
        tile(p, R, V);                                                                             \
    }
#define TILES(V) TILE(1, V) TILE(2, V) TILE(3, V) TILE(4, V) TILE(5, V) TILE(6, V)
#define TILE_ROW(V)                                                                                \
    {                                                                                              \
        tile_1_##V, tile_2_##V, tile_3_##V, tile_4_##V, tile_5_##V, tile_6_##V                     \
    }

TILES(1)
TILES(2)
#if VECTOR == 64
TILES(3)
TILES(4)
#endif

static tile_of *const tiles[VECS][ROWS] = {
    TILE_ROW(1),
    TILE_ROW(2),
#if VECTOR == 64
    TILE_ROW(3),
    TILE_ROW(4),
#endif
};

/* The product in rows <= ROWS and in whole vectors that cover the lanes. */
static void strip(product p, isize rows, isize lanes)
{
    for (isize left = vectors(lanes), vecs = 0; left > 0; left -= vecs) {
        vecs = part(left, VECS);
        tiles[vecs - 1][rows - 1](&p);
        p.c += vecs * LANES;
        p.b += vecs * LANES;
    }
}

/* ---- a block of queries ---- */

typedef struct {
    const vt_attention *a;
    isize row, count; /* the queries row .. row + count - 1, which lie in lanes from 0 */
    isize keys;       /* that any of them sees */
    isize width;      /* distance of two packed rows */
} block;

static block block_at(const vt_attention *a, isize row)
{
    isize count = vt_min(BLOCK, a->to - row);
    return (block){a, row, count, larger(row + count, a->prefix), VT_ATTENTION_WIDTH(a->d)};
}

/* The first lane that sees key j < keys. */
static isize lane_first(const block *b, isize j)
{
    return j < b->a->prefix ? 0 : larger(j - b->row, 0);
}

/* How many keys the lane sees, a lane beyond count as the last one. */
static isize lane_limit(const block *b, isize lane)
{
    return vt_min(larger(b->row + lane + 1, b->a->prefix), b->keys);
}

/* s[j - from, l] = sum over c of x[j, c] y_t[c, l], for the keys j in from .. to - 1. Lanes before
 * the first that sees a key of the tile are left as they are. */
static void score(vt_real *s, const block *b, isize from, isize to, const vt_real *x,
                  const vt_real *y_t)
{
    isize ld = b->a->ld, rows;
    for (isize j = from; j < to; j += rows) {
        rows = part(to - j, ROWS);
        isize l = lane_first(b, j) / LANES * LANES;
        strip((product){s + (j - from) * BLOCK + l, BLOCK, x + j * ld, ld, 1, y_t + l, BLOCK,
                        b->a->d, 0},
              rows, b->count - l);
    }
}

/* y[l, c] (+)= sum over the keys j in from .. to - 1 that l sees of p[j - from, l] x[j, c] */
static void mix(vt_real *y, const block *b, isize from, isize to, const vt_real *p,
                const vt_real *x, int add)
{
    isize width = b->width, rows;
    for (isize l = 0; l < b->count; l += rows) {
        rows = part(b->count - l, ROWS);
        isize inner = vt_min(lane_limit(b, l + rows - 1), to) - from;
        strip((product){y + l * width, width, p + l, 1, BLOCK, x + from * width, width,
                        larger(inner, 0), add},
              rows, b->a->d);
    }
}

/* y[j, c] += sum over the lanes l that see j of p[j - from, l] x[l, c], for the keys as above */
static void spread(vt_real *y, const block *b, isize from, isize to, const vt_real *p,
                   const vt_real *x)
{
    isize width = b->width, rows;
    for (isize j = from; j < to; j += rows) {
        rows = part(to - j, ROWS);
        isize l = lane_first(b, j);
        strip((product){y + j * width, width, p + (j - from) * BLOCK + l, BLOCK, 1, x + l * width,
                        width, b->count - l, 1},
              rows, b->a->d);
    }
}

/* ---- packing ---- */

/* y [rows, width] = x, with zeros from d on. */
static void pack(vt_real *y, isize width, const vt_real *x, isize ld, isize rows, isize d)
{
    for (isize r = 0; r < rows; r++) {
        memcpy(y + r * width, x + r * ld, (size_t)d * sizeof *y);
        memset(y + r * width + d, 0, (size_t)(width - d) * sizeof *y);
    }
}

static void unpack(vt_real *y, isize ld, const vt_real *x, isize width, isize rows, isize d)
{
    for (isize r = 0; r < rows; r++) memcpy(y + r * ld, x + r * width, (size_t)d * sizeof *y);
}

static void clear(vt_real *y, isize ld, isize from, isize to, isize d)
{
    for (isize r = from; r < to; r++) memset(y + r * ld, 0, (size_t)d * sizeof *y);
}

typedef vt_real four
    __attribute__((vector_size(4 * sizeof(vt_real)), aligned(sizeof(vt_real)), may_alias));

static inline void transpose_4(vt_real *y, const vt_real *x, isize ld)
{
    const four a = *(const four *)x, b = *(const four *)(x + ld);
    const four c = *(const four *)(x + 2 * ld), d = *(const four *)(x + 3 * ld);
    four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    *(four *)y = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(four *)(y + BLOCK) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)(y + 2 * BLOCK) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(four *)(y + 3 * BLOCK) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* y [d, BLOCK] = xᵀ, with zeros in the lanes from count to the end of their vector. */
static void transpose(vt_real *y, const vt_real *x, isize ld, isize count, isize d)
{
    isize whole = count / 4 * 4, even = d / 4 * 4, end = vectors(count) * LANES;
    for (isize l = 0; l < whole; l += 4) {
        for (isize c = 0; c < even; c += 4) transpose_4(y + c * BLOCK + l, x + l * ld + c, ld);
        for (isize c = even; c < d; c++)
            for (isize u = l; u < l + 4; u++) y[c * BLOCK + u] = x[u * ld + c];
    }
    if (whole == end) return;
    for (isize c = 0; c < d; c++) {
        for (isize l = whole; l < count; l++) y[c * BLOCK + l] = x[l * ld + c];
        for (isize l = count; l < end; l++) y[c * BLOCK + l] = 0;
    }
}

/* ---- softmax ---- */

/* Of the keys from .. to - 1, each vector of lanes meets first those that all its lanes see, then
 * those that some see, then a few that none sees but tiles reach: these hold 0. */
typedef struct {
    isize all, some, none;
} span;

static span span_of(const block *b, isize lane, isize from, isize to)
{
    isize all = lane_limit(b, lane), some = lane_limit(b, lane + LANES - 1);
    isize none = vt_min(some + ROWS - 1, b->keys);
    return (span){larger(vt_min(all, to) - from, 0), larger(vt_min(some, to) - from, 0),
                  larger(vt_min(none, to) - from, 0)};
}

/* One vector of lanes, in place: p = exp(scale (s - top)) and lse, norm = 1 / sum of p. */
static void softmax(vt_real *s, vt_real *lse, vt_real *norm, const block *b, isize lane)
{
    const span keys = span_of(b, lane, 0, b->keys);
    const vt_real scale = b->a->scale;
    const isize seen = b->row + lane; /* lane l sees key j where j <= seen + l */
    vt_real top[LANES], sum[LANES] = {0};
    memcpy(top, s, sizeof top);
    for (isize j = 1; j < keys.all; j++) {
#pragma omp simd
        for (int l = 0; l < LANES; l++)
            top[l] = s[j * BLOCK + l] > top[l] ? s[j * BLOCK + l] : top[l];
    }
    for (isize j = keys.all; j < keys.some; j++) {
        for (int l = 0; l < LANES; l++)
            if (j <= seen + l && s[j * BLOCK + l] > top[l]) top[l] = s[j * BLOCK + l];
    }
    for (isize j = 0; j < keys.all; j++) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            s[j * BLOCK + l] = exp_fast(scale * (s[j * BLOCK + l] - top[l]));
            sum[l] += s[j * BLOCK + l];
        }
    }
    for (isize j = keys.all; j < keys.some; j++) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            vt_real p = exp_fast(scale * (s[j * BLOCK + l] - top[l]));
            s[j * BLOCK + l] = j <= seen + l ? p : 0;
            sum[l] += s[j * BLOCK + l];
        }
    }
    for (isize j = keys.some; j < keys.none; j++)
        for (int l = 0; l < LANES; l++) s[j * BLOCK + l] = 0;
    for (int l = 0; l < LANES; l++) lse[l] = scale * top[l] + log_of(sum[l]);
    for (int l = 0; l < LANES; l++) norm[l] = 1 / sum[l];
}

/* One vector of lanes and the keys of a chunk, in place: s becomes p = exp(scale s - lse), and ds,
 * which holds dp, becomes scale p (dp - dot). A share is at most 1, whatever lse was rounded to. */
static void softmax_backward(vt_real *s, vt_real *ds, const block *b, isize lane, const span *keys,
                             isize from, const vt_real *lse, const vt_real *dot)
{
    const vt_real scale = b->a->scale;
    const isize seen = b->row + lane - from;
    for (isize j = 0; j < keys->all; j++) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            vt_real x = scale * s[j * BLOCK + l] - lse[l];
            vt_real p = exp_fast(x > 0 ? 0 : x);
            s[j * BLOCK + l] = p;
            ds[j * BLOCK + l] = scale * p * (ds[j * BLOCK + l] - dot[l]);
        }
    }
    for (isize j = keys->all; j < keys->some; j++) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            vt_real x = scale * s[j * BLOCK + l] - lse[l];
            vt_real p = exp_fast(x > 0 ? 0 : x), g = scale * p * (ds[j * BLOCK + l] - dot[l]);
            s[j * BLOCK + l] = j <= seen + l ? p : 0;
            ds[j * BLOCK + l] = j <= seen + l ? g : 0;
        }
    }
    for (isize j = keys->some; j < keys->none; j++)
        for (int l = 0; l < LANES; l++) s[j * BLOCK + l] = ds[j * BLOCK + l] = 0;
}

/* ---- forward ---- */

void NAME(vt_attention_forward_, VT_ISA)(const vt_attention *a, vt_real *out, vt_real *lse,
                                         const vt_real *q, const vt_real *k, const vt_real *v,
                                         vt_real *work)
{
    const isize width = VT_ATTENTION_WIDTH(a->d);
    vt_real *v_packed = work, *s = v_packed + a->T * width, *q_t = s + a->T * BLOCK;
    vt_real *y = q_t + a->d * BLOCK;
    vt_real lse_block[BLOCK], norm[BLOCK];
    pack(v_packed, width, v, a->ld, a->from < a->to ? larger(a->to, a->prefix) : 0, a->d);
    for (isize row = a->from; row < a->to; row += BLOCK) {
        const block b = block_at(a, row);
        transpose(q_t, q + row * a->ld, a->ld, b.count, a->d);
        score(s, &b, 0, b.keys, k, q_t);
        for (isize l = 0; l < b.count; l += LANES) softmax(s + l, lse_block + l, norm + l, &b, l);
        mix(y, &b, 0, b.keys, s, v_packed, 0);
        memcpy(lse + (row - a->from), lse_block, (size_t)b.count * sizeof *lse);
        for (isize l = 0; l < b.count; l++) {
            vt_real *out_l = out + (row - a->from + l) * a->ld_out;
#pragma omp simd
            for (isize c = 0; c < a->d; c++) out_l[c] = norm[l] * y[l * width + c];
        }
    }
}

/* ---- backward ---- */

typedef struct {
    vt_real *k, *dk, *dv;           /* [T, width] */
    vt_real *s, *ds;                /* [CHUNK, BLOCK] */
    vt_real *q_t, *dout_t;          /* [d, BLOCK] */
    vt_real *q, *dout, *dq;         /* [BLOCK, width] */
    vt_real lse[BLOCK], dot[BLOCK]; /* 0 from count on */
} scratch;

static scratch scratch_in(vt_real *work, const vt_attention *a)
{
    isize width = VT_ATTENTION_WIDTH(a->d);
    scratch t = {.k = work};
    t.dk = t.k + a->T * width;
    t.dv = t.dk + a->T * width;
    t.s = t.dv + a->T * width;
    t.ds = t.s + CHUNK * BLOCK;
    t.q_t = t.ds + CHUNK * BLOCK;
    t.dout_t = t.q_t + a->d * BLOCK;
    t.q = t.dout_t + a->d * BLOCK;
    t.dout = t.q + BLOCK * width;
    t.dq = t.dout + BLOCK * width;
    return t;
}

static vt_real dot(const vt_real *x, const vt_real *y, isize n)
{
    vt_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (isize i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* forward was  s = q kᵀ, p = softmax(scale s), out = p v
 * so now       dv = pᵀ dout, dp = dout vᵀ, ds = scale p (dp - sum of dout out), dq = ds k, dk = dsᵀ
 * q for the queries of one block; dk and dv accumulate. */
static void block_backward(scratch *t, const block *b, const vt_attention_saved *saved,
                           const vt_real *dout)
{
    const vt_attention *a = b->a;
    const isize first = b->row - a->from;
    const vt_real *q = saved->q + b->row * a->ld, *out = saved->out + first * a->ld_out;
    dout += first * a->ld_out;
    pack(t->q, b->width, q, a->ld, b->count, a->d);
    pack(t->dout, b->width, dout, a->ld_out, b->count, a->d);
    transpose(t->q_t, q, a->ld, b->count, a->d);
    transpose(t->dout_t, dout, a->ld_out, b->count, a->d);
    memset(t->lse, 0, sizeof t->lse);
    memset(t->dot, 0, sizeof t->dot);
    memcpy(t->lse, saved->lse + first, (size_t)b->count * sizeof *t->lse);
    for (isize l = 0; l < b->count; l++)
        t->dot[l] = dot(dout + l * a->ld_out, out + l * a->ld_out, a->d);
    for (isize from = 0; from < b->keys; from += CHUNK) {
        isize to = vt_min(from + CHUNK, b->keys);
        score(t->s, b, from, to, saved->k, t->q_t);
        score(t->ds, b, from, to, saved->v, t->dout_t);
        for (isize l = 0; l < b->count; l += LANES) {
            span keys = span_of(b, l, from, to);
            softmax_backward(t->s + l, t->ds + l, b, l, &keys, from, t->lse + l, t->dot + l);
        }
        spread(t->dv, b, from, to, t->s, t->dout);
        spread(t->dk, b, from, to, t->ds, t->q);
        mix(t->dq, b, from, to, t->ds, t->k, from > 0);
    }
}

void NAME(vt_attention_backward_, VT_ISA)(const vt_attention *a, vt_real *dq, vt_real *dk,
                                          vt_real *dv, const vt_attention_saved *saved,
                                          const vt_real *dout, vt_real *work)
{
    const isize width = VT_ATTENTION_WIDTH(a->d);
    const isize keys = a->from < a->to ? larger(a->to, a->prefix) : 0;
    scratch t = scratch_in(work, a);
    pack(t.k, width, saved->k, a->ld, keys, a->d);
    clear(t.dk, width, 0, keys, width);
    clear(t.dv, width, 0, keys, width);
    for (isize row = a->from; row < a->to; row += BLOCK) {
        const block b = block_at(a, row);
        block_backward(&t, &b, saved, dout);
        unpack(dq + row * a->ld, a->ld, t.dq, width, b.count, a->d);
    }
    unpack(dk, a->ld, t.dk, width, keys, a->d);
    unpack(dv, a->ld, t.dv, width, keys, a->d);
    clear(dk, a->ld, keys, a->T, a->d);
    clear(dv, a->ld, keys, a->T, a->d);
    clear(dq, a->ld, 0, a->from, a->d);
    clear(dq, a->ld, a->to, a->T, a->d);
}
