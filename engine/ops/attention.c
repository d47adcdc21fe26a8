/* Compiled once for each instruction set (see the Makefile).
 *
 * Queries go through in blocks of up to BLOCK. The scores of a block are kept as [keys, BLOCK]: the
 * queries lie in vector lanes, so the softmax over keys needs no sum across lanes, and each of the
 * seven products has one form,
 *     c[rows, lanes] = from[rows, lanes] + a[rows, inner] b[inner, lanes],
 * numbers of a broadcast against vectors of b, whatever order a is stored in. Below, s and p are
 * such [keys, BLOCK] arrays, x_t is the transpose [d, BLOCK] of a block of rows x.
 */
#include "ops/attention.h"
#include "base/isa.h"
#include "ops/attention_size.h"
#include "ops/simd.h"
#include "ops/tile.h"
#include <math.h>
#include <string.h>

enum { BLOCK = VT_ATTENTION_BLOCK, CHUNK = VT_ATTENTION_CHUNK };

static inline vt_real log_of(vt_real x)
{
#ifdef VT_F64
    return log(x);
#else
    return logf(x);
#endif
}

static inline isize larger(isize a, isize b)
{
    return a > b ? a : b;
}

/* ---- a block of queries ---- */

/* Rows of d numbers, ld apart, that are read or written in whole vectors. */
typedef struct {
    const vt_real *at;
    isize ld;
} source;
typedef struct {
    vt_real *at;
    isize ld;
} target;

typedef struct {
    const vt_attention *a;
    isize row, count; /* the queries row .. row + count - 1, which lie in lanes from 0 */
    isize keys;       /* that any of them sees */
} block;

static block block_at(const vt_attention *a, isize row)
{
    isize count = vt_min(BLOCK, a->to - row);
    return (block){a, row, count, larger(row + count, a->prefix)};
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
                        b->a->d, NULL, 0},
              rows, b->count - l);
    }
}

/* y[l, c] (+)= sum over the keys j in from .. to - 1 that l sees of p[j - from, l] x[j, c] */
static void mix(target y, const block *b, isize from, isize to, const vt_real *p, source x, int add)
{
    isize rows;
    for (isize l = 0; l < b->count; l += rows) {
        rows = part(b->count - l, ROWS);
        isize inner = vt_min(lane_limit(b, l + rows - 1), to) - from;
        strip((product){y.at + l * y.ld, y.ld, p + l, 1, BLOCK, x.at + from * x.ld, x.ld,
                        larger(inner, 0), add ? y.at + l * y.ld : NULL, y.ld},
              rows, b->a->d);
    }
}

/* y[j, c] (+)= sum over the lanes l that see j of p[j - from, l] x[l, c], for from <= j < to */
static void spread(target y, const block *b, isize from, isize to, const vt_real *p, source x,
                   int add)
{
    isize rows;
    for (isize j = from; j < to; j += rows, p += rows * BLOCK) {
        rows = part(to - j, ROWS);
        isize l = lane_first(b, j);
        strip((product){y.at + j * y.ld, y.ld, p + l, BLOCK, 1, x.at + l * x.ld, x.ld, b->count - l,
                        add ? y.at + j * y.ld : NULL, y.ld},
              rows, b->a->d);
    }
}

/* ---- packing ---- */

/* x [rows, d] as it lies where d fills its vectors, or else in room, with zeros behind d. */
static source whole(vt_real *room, const vt_real *x, isize ld, isize rows, isize d)
{
    isize width = VT_ATTENTION_WIDTH(d);
    if (d % LANES == 0) return (source){x, ld};
    for (isize r = 0; r < rows; r++) {
#pragma omp simd
        for (isize c = 0; c < width; c++) room[r * width + c] = c < d ? x[r * ld + c] : 0;
    }
    return (source){room, width};
}

/* Where y [rows, d] is made: its own place, or else room, from which finish brings it. */
static target place(vt_real *room, vt_real *y, isize ld, isize d)
{
    return d % LANES == 0 ? (target){y, ld} : (target){room, VT_ATTENTION_WIDTH(d)};
}

static void finish(vt_real *y, isize ld, target made, isize rows, isize d)
{
    if (made.at == y) return;
    for (isize r = 0; r < rows; r++) {
#pragma omp simd
        for (isize c = 0; c < d; c++) y[r * ld + c] = made.at[r * made.ld + c];
    }
}

static void clear(vt_real *y, isize ld, isize from, isize to, isize d)
{
    for (isize r = from; r < to; r++) memset(y + r * ld, 0, (size_t)d * sizeof *y);
}

typedef vt_real four
    __attribute__((vector_size(4 * sizeof(vt_real)), aligned(sizeof(vt_real)), may_alias));

/* y [4, 4], rows BLOCK apart, = the transpose of the four rows at x. */
static inline void transpose_4(vt_real *y, const vt_real *const x[4])
{
    const four a = *(const four *)x[0], b = *(const four *)x[1];
    const four c = *(const four *)x[2], d = *(const four *)x[3];
    four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    *(four *)y = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(four *)(y + BLOCK) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)(y + 2 * BLOCK) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(four *)(y + 3 * BLOCK) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* y [d, BLOCK] = xᵀ. Lanes behind the last row, to the end of their vector, repeat it. */
static void transpose(vt_real *y, const vt_real *x, isize ld, isize count, isize d)
{
    isize last = count - 1, end = vectors(count) * LANES;
    for (isize l = 0; l < end; l += 4) {
        const vt_real *row[4];
        isize c = 0;
        for (int u = 0; u < 4; u++) row[u] = x + vt_min(l + u, last) * ld;
        for (; c + 4 <= d; c += 4) {
            const vt_real *at[4] = {row[0] + c, row[1] + c, row[2] + c, row[3] + c};
            transpose_4(y + c * BLOCK + l, at);
        }
        for (; c < d; c++)
            for (int u = 0; u < 4; u++) y[c * BLOCK + l + u] = row[u][c];
    }
}

/* ---- softmax ---- */

/* Of the keys from .. to - 1, counted from `from`, a vector of lanes meets first those that all its
 * lanes see, then those that some see, then a few that none sees but tiles reach: these hold 0. */
typedef struct {
    isize all, some, none; /* where each kind ends */
    isize seen;            /* lane l sees key j where j <= seen + l, or j < all */
} span;

static span span_of(const block *b, isize lane, isize from, isize to)
{
    isize all = lane_limit(b, lane), some = lane_limit(b, lane + LANES - 1);
    isize none = vt_min(some + ROWS - 1, b->keys);
    return (span){larger(vt_min(all, to) - from, 0), larger(vt_min(some, to) - from, 0),
                  larger(vt_min(none, to) - from, 0), b->row + lane - from};
}

/* The lanes of key j that do not see it are those before this one. */
static inline int hidden_at(const span *keys, isize j)
{
    return j < keys->all ? 0 : (int)(j - keys->seen);
}

/* One vector of lanes, in place: p = exp(scale (s - top)) and lse, norm = 1 / sum of p. */
static void softmax(vt_real *s, vt_real *lse, vt_real *norm, const block *b, isize lane)
{
    const span keys = span_of(b, lane, 0, b->keys);
    const vt_real scale = b->a->scale;
    vt_real top[LANES], sum[LANES] = {0};
    memcpy(top, s, sizeof top);
    for (isize j = 1; j < keys.some; j++) {
        const int hidden = hidden_at(&keys, j);
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            vt_real x = l < hidden ? top[l] : s[j * BLOCK + l];
            top[l] = x > top[l] ? x : top[l];
        }
    }
    for (isize j = 0; j < keys.some; j++) {
        const int hidden = hidden_at(&keys, j);
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            vt_real p = exp_fast(scale * (s[j * BLOCK + l] - top[l]));
            s[j * BLOCK + l] = l < hidden ? 0 : p;
            sum[l] += s[j * BLOCK + l];
        }
    }
    for (isize j = keys.some; j < keys.none; j++)
        for (int l = 0; l < LANES; l++) s[j * BLOCK + l] = 0;
    for (int l = 0; l < LANES; l++) lse[l] = scale * top[l] + log_of(sum[l]);
    for (int l = 0; l < LANES; l++) norm[l] = 1 / sum[l];
}

/* A share is at most 1, whatever lse was rounded to. */
static inline vt_real share(vt_real x)
{
    vt_real p = exp_fast(x);
    return x > 0 ? 1 : p;
}

/* One vector of lanes and the keys of a chunk, in place: s becomes p = exp(scale s - lse), and ds,
 * which holds dp, becomes scale p (dp - dot). */
static void softmax_backward(vt_real *s, vt_real *ds, const span *keys, vt_real scale,
                             const vt_real *lse, const vt_real *dot)
{
    for (isize j = 0; j < keys->some; j++) {
        const int hidden = hidden_at(keys, j);
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            vt_real p = share(scale * s[j * BLOCK + l] - lse[l]);
            vt_real g = scale * p * (ds[j * BLOCK + l] - dot[l]);
            s[j * BLOCK + l] = l < hidden ? 0 : p;
            ds[j * BLOCK + l] = l < hidden ? 0 : g;
        }
    }
    for (isize j = keys->some; j < keys->none; j++)
        for (int l = 0; l < LANES; l++) s[j * BLOCK + l] = ds[j * BLOCK + l] = 0;
}

/* ---- forward ---- */

static isize keys_of(const vt_attention *a) /* that any query sees */
{
    return a->from < a->to ? larger(a->to, a->prefix) : 0;
}

void VT_ISA_OWN(vt_attention_forward)(const vt_attention *a, vt_real *out, vt_real *lse,
                                      const vt_real *q, const vt_real *k, const vt_real *v,
                                      vt_real *work)
{
    const isize width = VT_ATTENTION_WIDTH(a->d);
    vt_real *s = work, *q_t = s + a->T * BLOCK, *v_room = q_t + a->d * BLOCK;
    vt_real *y_room = v_room + a->T * width, lse_block[BLOCK], norm[BLOCK];
    const source v_rows = whole(v_room, v, a->ld, keys_of(a), a->d);
    for (isize row = a->from; row < a->to; row += BLOCK) {
        const block b = block_at(a, row);
        vt_real *out_block = out + (row - a->from) * a->ld_out;
        const target y = place(y_room, out_block, a->ld_out, a->d);
        transpose(q_t, q + row * a->ld, a->ld, b.count, a->d);
        score(s, &b, 0, b.keys, k, q_t);
        for (isize l = 0; l < b.count; l += LANES) softmax(s + l, lse_block + l, norm + l, &b, l);
        memcpy(lse + (row - a->from), lse_block, (size_t)b.count * sizeof *lse);
        mix(y, &b, 0, b.keys, s, v_rows, 0);
        for (isize l = 0; l < b.count; l++) {
#pragma omp simd
            for (isize c = 0; c < a->d; c++) y.at[l * y.ld + c] *= norm[l];
        }
        finish(out_block, a->ld_out, y, b.count, a->d);
    }
}

/* ---- backward ---- */

typedef struct {
    vt_real *s, *ds;                       /* [CHUNK, BLOCK] */
    vt_real *q_t, *dout_t;                 /* [d, BLOCK] */
    vt_real *q_room, *dout_room, *dq_room; /* [BLOCK, width] */
    vt_real *k_room, *dk_room, *dv_room;   /* [T, width] */
    source k;
    target dk, dv; /* [T, d] */
    isize known;   /* keys that earlier blocks saw */
} scratch;

static scratch scratch_in(vt_real *work, const vt_attention *a)
{
    isize width = VT_ATTENTION_WIDTH(a->d);
    scratch t = {.s = work};
    t.ds = t.s + CHUNK * BLOCK;
    t.q_t = t.ds + CHUNK * BLOCK;
    t.dout_t = t.q_t + a->d * BLOCK;
    t.q_room = t.dout_t + a->d * BLOCK;
    t.dout_room = t.q_room + BLOCK * width;
    t.dq_room = t.dout_room + BLOCK * width;
    t.k_room = t.dq_room + BLOCK * width;
    t.dk_room = t.k_room + a->T * width;
    t.dv_room = t.dk_room + a->T * width;
    return t;
}

static vt_real dot(const vt_real *x, const vt_real *y, isize n)
{
    vt_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (isize i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* A key's gradient is overwritten by the first block that sees it, the others add to it. */
static void spread_on(target y, const scratch *t, const block *b, isize from, isize to,
                      const vt_real *p, source x)
{
    isize known = larger(from, vt_min(t->known, to));
    spread(y, b, from, known, p, x, 1);
    spread(y, b, known, to, p + (known - from) * BLOCK, x, 0);
}

/* forward was  s = q kᵀ, p = softmax(scale s), out = p v
 * so now       dv = pᵀ dout, dp = dout vᵀ, ds = scale p (dp - sum of dout out),
 *              dq = ds k, dk = dsᵀ q
 * for the queries of one block. */
static void block_backward(scratch *t, const block *b, const vt_attention_saved *saved,
                           const vt_real *dout, target dq)
{
    const vt_attention *a = b->a;
    const isize first = b->row - a->from;
    const vt_real *q = saved->q + b->row * a->ld, *out = saved->out + first * a->ld_out;
    vt_real lse[BLOCK] = {0}, dots[BLOCK] = {0};
    dout += first * a->ld_out;
    const source q_rows = whole(t->q_room, q, a->ld, b->count, a->d);
    const source dout_rows = whole(t->dout_room, dout, a->ld_out, b->count, a->d);
    transpose(t->q_t, q, a->ld, b->count, a->d);
    transpose(t->dout_t, dout, a->ld_out, b->count, a->d);
    for (isize l = 0; l < b->count; l++) {
        lse[l] = saved->lse[first + l];
        dots[l] = dot(dout + l * a->ld_out, out + l * a->ld_out, a->d);
    }
    for (isize from = 0; from < b->keys; from += CHUNK) {
        isize to = vt_min(from + CHUNK, b->keys);
        score(t->s, b, from, to, saved->k, t->q_t);
        score(t->ds, b, from, to, saved->v, t->dout_t);
        for (isize l = 0; l < b->count; l += LANES) {
            span keys = span_of(b, l, from, to);
            softmax_backward(t->s + l, t->ds + l, &keys, a->scale, lse + l, dots + l);
        }
        spread_on(t->dv, t, b, from, to, t->s, dout_rows);
        spread_on(t->dk, t, b, from, to, t->ds, q_rows);
        mix(dq, b, from, to, t->ds, t->k, from > 0);
    }
    t->known = b->keys;
}

void VT_ISA_OWN(vt_attention_backward)(const vt_attention *a, vt_real *dq, vt_real *dk, vt_real *dv,
                                       const vt_attention_saved *saved, const vt_real *dout,
                                       vt_real *work)
{
    const isize keys = keys_of(a), ld = a->ld, d = a->d;
    scratch t = scratch_in(work, a);
    t.k = whole(t.k_room, saved->k, ld, keys, d);
    t.dk = place(t.dk_room, dk, ld, d);
    t.dv = place(t.dv_room, dv, ld, d);
    for (isize row = a->from; row < a->to; row += BLOCK) {
        const block b = block_at(a, row);
        const target made = place(t.dq_room, dq + row * ld, ld, d);
        block_backward(&t, &b, saved, dout, made);
        finish(dq + row * ld, ld, made, b.count, d);
    }
    finish(dk, ld, t.dk, keys, d);
    finish(dv, ld, t.dv, keys, d);
    clear(dk, ld, keys, a->T, d);
    clear(dv, ld, keys, a->T, d);
    clear(dq, ld, 0, a->from, d);
    clear(dq, ld, a->to, a->T, d);
}
