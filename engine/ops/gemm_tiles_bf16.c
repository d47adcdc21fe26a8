/* Products of bf16 factors by tiles in registers, for CPUs with AVX512_BF16: its instruction adds
 * the products of two pairs at once, so a tile reads pairs of the inner index. Rows of the first
 * factor have them side by side; of the second, a panel is copied into pairs.
 */
#include "ops/gemm_backend.h"
#include "ops/gemm_tiles.h"
#if defined(__x86_64__) && !defined(VT_F64)
#include "ops/panel_bf16.h"
#include <immintrin.h>
#include <string.h>

enum { LANES = 16, ROWS = 6, VECS = VT_PANEL / LANES, PANEL = VT_PANEL, DEPTH = 1024 };

typedef struct {
    float pairs[DEPTH / 2 * PANEL]; /* two bf16 each */
    float edge[ROWS * PANEL];       /* of the result, where a row ends within a vector */
} space;
static _Thread_local _Alignas(64) space own;

/* c[rows, vecs vectors] = from[rows, vecs vectors] + a[rows, depth] own.pairs[depth / 2, PANEL] */
typedef struct {
    float *c;
    isize ld_c;
    const vt_bf16 *a;
    isize ld_a, depth, first; /* first: lane of the panel */
    const float *from;        /* NULL: 0 */
    isize ld_from;
} product;

#define INLINE __attribute__((target("avx512f,avx512bf16"), always_inline)) static inline

/* Adds one pair of the inner index; of bytes 2 it has but one number. */
INLINE void add_pair(__m512 sum[ROWS][VECS], const vt_bf16 *a, isize ld_a, const float *b, int rows,
                     int vecs, size_t bytes)
{
    __m512bh b_k[VECS];
#pragma GCC unroll 8
    for (int v = 0; v < vecs; v++) b_k[v] = (__m512bh)_mm512_loadu_ps(b + v * LANES);
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
        int pair = 0;
        memcpy(&pair, a + r * ld_a, bytes);
        __m512bh a_k = (__m512bh)_mm512_set1_epi32(pair);
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], a_k, b_k[v]);
    }
}

INLINE void tile(const product *p, int rows, int vecs)
{
    __m512 sum[ROWS][VECS];
    const vt_bf16 *a = p->a;
    const float *b = own.pairs + p->first;
    isize ld_a = p->ld_a, ld_c = p->ld_c, ld_from = p->ld_from;
    const float *from = p->from;
    float *c = p->c;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++)
            sum[r][v] =
                from ? _mm512_loadu_ps(from + r * ld_from + v * LANES) : _mm512_setzero_ps();
    for (isize k = p->depth / 2; k > 0; k--, a += 2, b += PANEL)
        add_pair(sum, a, ld_a, b, rows, vecs, 2 * sizeof *a);
    if (p->depth % 2) add_pair(sum, a, ld_a, b, rows, vecs, sizeof *a);
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) _mm512_storeu_ps(c + r * ld_c + v * LANES, sum[r][v]);
}

typedef void tile_of(const product *p);
#define TILE(R, V)                                                                                 \
    __attribute__((target("avx512f,avx512bf16"))) static void tile_##R##_##V(const product *p)     \
    {                                                                                              \
        tile(p, R, V);                                                                             \
    }
#define TILES(V) TILE(1, V) TILE(2, V) TILE(3, V) TILE(4, V) TILE(5, V) TILE(6, V)
TILES(1)
TILES(2)
TILES(3)
TILES(4)
#define TILE_ROW(V)                                                                                \
    {                                                                                              \
        tile_1_##V, tile_2_##V, tile_3_##V, tile_4_##V, tile_5_##V, tile_6_##V                     \
    }
static tile_of *const tiles[VECS][ROWS] = {TILE_ROW(1), TILE_ROW(2), TILE_ROW(3), TILE_ROW(4)};

/* ---- products ---- */

static isize part(isize n, isize most)
{
    isize parts = (n + most - 1) / most;
    return (n + parts - 1) / parts;
}

static void strip(product p, isize rows, isize lanes)
{
    for (isize left = (lanes + LANES - 1) / LANES, vecs = 0; left > 0; left -= vecs) {
        vecs = part(left, VECS);
        tiles[vecs - 1][rows - 1](&p);
        p.c += vecs * LANES;
        p.first += vecs * LANES;
        if (p.from) p.from += vecs * LANES;
    }
}

/* Tiles write whole vectors: where lanes are not, into the edge, and what is wanted goes back. */
static void edge_strip(product p, isize rows, isize lanes)
{
    float *c = p.c;
    isize ld_c = p.ld_c;
    for (isize r = 0; p.from && r < rows; r++)
        memcpy(own.edge + r * PANEL, p.from + r * p.ld_from, (size_t)lanes * sizeof *c);
    if (p.from) p.from = own.edge;
    p.c = own.edge;
    p.ld_c = p.ld_from = PANEL;
    strip(p, rows, lanes);
    for (isize r = 0; r < rows; r++)
        memcpy(c + r * ld_c, own.edge + r * PANEL, (size_t)lanes * sizeof *c);
}

static void fetch_rows(const float *c, isize ld_c, isize rows, isize lanes)
{
    for (isize r = 0; r < rows; r++)
        for (isize l = 0; l < lanes; l += LANES) __builtin_prefetch(c + r * ld_c + l, 1);
}

void vt_gemm_tiles_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                        vt_factor_bf16 b, vt_start start)
{
    for (isize k = 0; k < extent.inner; k += DEPTH) {
        isize depth = vt_min(DEPTH, extent.inner - k);
        for (isize j = 0; j < extent.cols; j += PANEL) {
            isize lanes = vt_min(PANEL, extent.cols - j);
            product p = {
                .ld_c = ld_y, .ld_a = a.ld, .depth = depth, .ld_from = k > 0 ? ld_y : start.ld};
            vt_panel_pack(own.pairs, b, k, depth, j, lanes);
            for (isize i = 0, rows = 0; i < extent.rows; i += rows) {
                rows = part(extent.rows - i, ROWS);
                p.c = y + i * ld_y + j;
                p.from = k > 0 ? p.c : start.data ? start.data + i * start.ld + j : NULL;
                p.a = a.data + i * a.ld + k;
                fetch_rows(p.c + rows * ld_y, ld_y, vt_min(rows, extent.rows - i - rows), lanes);
                if (lanes % LANES == 0)
                    strip(p, rows, lanes);
                else
                    edge_strip(p, rows, lanes);
            }
        }
    }
}

int vt_gemm_tiles_bf16_here(void)
{
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw");
}

#else

void vt_gemm_tiles_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                        vt_factor_bf16 b, vt_start start)
{
    vt_real beta = vt_gemm_beta(y, ld_y, extent, start);
    vt_gemm_bf16_reference(y, ld_y, extent, a, b, beta);
}

int vt_gemm_tiles_bf16_here(void)
{
    return 0;
}

#endif
