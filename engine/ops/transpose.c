#include "ops/transpose.h"

/* ---- a tile in registers ---- */

enum { TILE = 16 };

#if defined(__x86_64__) && !defined(VT_F64)

/* Every cache line of x is read once and every one of y written once, whatever the distances. */
typedef float lanes __attribute__((vector_size(64), aligned(4)));
#define PICK __builtin_shufflevector

/* Numbers, then pairs, of two rows side by side within each quarter; then whole quarters. */
#define LOW_1(a, b)  PICK(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH_1(a, b) PICK(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_2(a, b)  PICK(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_2(a, b) PICK(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN_4(a, b) PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_4(a, b)  PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)

static inline __attribute__((always_inline)) void turn(float *y, isize ld_y, const float *x,
                                                       isize ld_x)
{
    lanes r[TILE], t[TILE];
#pragma GCC unroll 16
    for (int i = 0; i < TILE; i++) r[i] = *(const lanes *)(x + i * ld_x);
#pragma GCC unroll 8
    for (int i = 0; i < TILE; i += 2) {
        t[i] = LOW_1(r[i], r[i + 1]);
        t[i + 1] = HIGH_1(r[i], r[i + 1]);
    }
    /* r[4 g + j]: rows 4 g .. 4 g + 3; quarter q holds column 4 q + j of them */
#pragma GCC unroll 4
    for (int i = 0; i < TILE; i += 4) {
        r[i] = LOW_2(t[i], t[i + 2]);
        r[i + 1] = HIGH_2(t[i], t[i + 2]);
        r[i + 2] = LOW_2(t[i + 1], t[i + 3]);
        r[i + 3] = HIGH_2(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        lanes even_0 = EVEN_4(r[j], r[4 + j]), even_1 = EVEN_4(r[8 + j], r[12 + j]);
        lanes odd_0 = ODD_4(r[j], r[4 + j]), odd_1 = ODD_4(r[8 + j], r[12 + j]);
        *(lanes *)(y + j * ld_y) = EVEN_4(even_0, even_1);
        *(lanes *)(y + (4 + j) * ld_y) = EVEN_4(odd_0, odd_1);
        *(lanes *)(y + (8 + j) * ld_y) = ODD_4(even_0, even_1);
        *(lanes *)(y + (12 + j) * ld_y) = ODD_4(odd_0, odd_1);
    }
}

__attribute__((target("avx512f"))) static void turn_tile_avx512(float *y, isize ld_y,
                                                                const float *x, isize ld_x)
{
    turn(y, ld_y, x, ld_x);
}

static void turn_tile(float *y, isize ld_y, const float *x, isize ld_x)
{
    turn(y, ld_y, x, ld_x);
}

typedef void tile_turner(float *y, isize ld_y, const float *x, isize ld_x);

static tile_turner *best_turner(void)
{
    return __builtin_cpu_supports("avx512f") ? turn_tile_avx512 : turn_tile;
}

#else

typedef void tile_turner(vt_real *y, isize ld_y, const vt_real *x, isize ld_x);

static void turn_tile(vt_real *y, isize ld_y, const vt_real *x, isize ld_x)
{
    for (int i = 0; i < TILE; i++)
        for (int j = 0; j < TILE; j++) y[j * ld_y + i] = x[i * ld_x + j];
}

static tile_turner *best_turner(void)
{
    return turn_tile;
}

#endif

/* ---- a matrix ---- */

void vt_transpose(vt_real *y, isize ld_y, const vt_real *x, isize ld_x, isize rows, isize cols)
{
    tile_turner *turner = best_turner();
    isize whole_rows = rows / TILE * TILE, whole_cols = cols / TILE * TILE;
    for (isize r = 0; r < whole_rows; r += TILE)
        for (isize c = 0; c < whole_cols; c += TILE)
            turner(y + c * ld_y + r, ld_y, x + r * ld_x + c, ld_x);
    for (isize r = 0; r < rows; r++)
        for (isize c = r < whole_rows ? whole_cols : 0; c < cols; c++)
            y[c * ld_y + r] = x[r * ld_x + c];
}
