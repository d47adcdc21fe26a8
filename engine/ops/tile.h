/* ops/tile.h - a product small enough to be summed in registers, for the instruction set that the
 * including file is compiled for.
 *
 *     c[rows, lanes] = from[rows, lanes] + a[rows, inner] b[inner, lanes]
 *
 * Numbers of a are broadcast against vectors of b, so a may be stored in any order; b, c and from
 * have contiguous rows of whole vectors: what lies beyond the lanes that are asked for, up to the
 * end of their vector, is read and written too.
 */
#ifndef VT_OPS_TILE_H
#define VT_OPS_TILE_H
#include "ops/simd.h"

/* A tile of ROWS x VECS vectors, a row of b and a broadcast number fit the vector registers. */
enum {
    ROWS = 6,
    VECS = VECTOR == 64 ? 4 : 2,
};

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

typedef struct {
    vt_real *c;
    isize ld_c;
    const vt_real *a;
    isize a_row, a_inner; /* distance of two numbers of a along its rows, along the inner index */
    const vt_real *b;
    isize ld_b, inner;
    const vt_real *from; /* what sums start from: c itself, one row with ld_from 0; NULL: 0 */
    isize ld_from;
} product;

/* Everything but the inner loop is unrolled, so that sum lies in registers. */
static inline __attribute__((always_inline)) void tile(const product *p, int rows, int vecs)
{
    vector sum[ROWS][VECS];
    const vt_real *a = p->a, *b = p->b;
    isize a_row = p->a_row, a_inner = p->a_inner, ld_b = p->ld_b, ld_c = p->ld_c;
    const vt_real *from = p->from;
    isize ld_from = p->ld_from;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) {
            vector zero = {0};
            sum[r][v] = from ? *(const vector *)(from + r * ld_from + v * LANES) : zero;
        }
    }
    for (isize k = p->inner; k > 0; k--, a += a_inner, b += ld_b) {
        vector b_k[VECS];
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) b_k[v] = *(const vector *)(b + v * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
#pragma GCC unroll 8
            for (int v = 0; v < vecs; v++) sum[r][v] += a[r * a_row] * b_k[v];
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 8
        for (int v = 0; v < vecs; v++) *(vector *)(p->c + r * ld_c + v * LANES) = sum[r][v];
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
static inline void strip(product p, isize rows, isize lanes)
{
    for (isize left = vectors(lanes), vecs = 0; left > 0; left -= vecs) {
        vecs = part(left, VECS);
        tiles[vecs - 1][rows - 1](&p);
        p.c += vecs * LANES;
        p.b += vecs * LANES;
        if (p.from) p.from += vecs * LANES;
    }
}
#endif
