/* Products of bf16 factors by the CPU's matrix unit (AMX): a register holds 16 rows of 64 bytes,
 * and one instruction multiplies 16 x 32 numbers by 32 x 16 and adds to 16 x 16 sums. Both factors
 * are copied so that edges are 0 and rows lie close together.
 */
#include "ops/gemm_backend.h"
#include "ops/gemm_tiles.h"
#if defined(__x86_64__) && !defined(VT_F64)
#include "ops/amx.h"
#include "ops/panel_bf16.h"
#include "ops/transpose.h"
#include <immintrin.h>
#include <string.h>

/* A block of the result is 2 x 2 registers. Rows of the first factor's copy are a cache line longer
 * than they need, so that 16 of them do not meet in the same places of the cache. */
enum { SIDE = 16, BLOCK = 2 * SIDE, DEEP = 32, ROWS = 512, DEPTH = 512, LD_A = DEPTH + DEEP };

typedef struct {
    vt_bf16 a[ROWS * LD_A];
    float pairs[DEPTH / 2 * VT_PANEL];
    float edge[BLOCK * BLOCK];
} space;
static _Thread_local _Alignas(64) space own;

/* The compiler does not know that the tile instructions read memory. */
#define STORES_END_HERE __asm__ volatile("" ::: "memory")

/* c [BLOCK, BLOCK] (+)= a [BLOCK, depth] pairs [depth / 2, BLOCK], depth a multiple of DEEP. */
VT_AMX_TARGET static void block(float *c, isize ld_c, const vt_bf16 *a, const float *pairs,
                                isize depth, int add)
{
    const size_t c_row = (size_t)ld_c * sizeof *c, a_row = LD_A * sizeof *a;
    const size_t b_row = VT_PANEL * sizeof *pairs;
    STORES_END_HERE;
    if (add) {
        _tile_loadd(0, c, c_row);
        _tile_loadd(1, c + SIDE, c_row);
        _tile_loadd(2, c + SIDE * ld_c, c_row);
        _tile_loadd(3, c + SIDE * ld_c + SIDE, c_row);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (isize k = 0; k < depth; k += DEEP, a += DEEP, pairs += DEEP / 2 * VT_PANEL) {
        _tile_loadd(6, pairs, b_row);
        _tile_loadd(4, a, a_row);
        _tile_loadd(7, pairs + SIDE, b_row);
        _tile_loadd(5, a + SIDE * LD_A, a_row);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, c_row);
    _tile_stored(1, c + SIDE, c_row);
    _tile_stored(2, c + SIDE * ld_c, c_row);
    _tile_stored(3, c + SIDE * ld_c + SIDE, c_row);
}

/* A block of which only rows x cols belong to the result. */
static void edge_block(float *c, isize ld_c, isize rows, isize cols, const vt_bf16 *a,
                       const float *pairs, isize depth, int add)
{
    for (isize r = 0; add && r < rows; r++)
        memcpy(own.edge + r * BLOCK, c + r * ld_c, (size_t)cols * sizeof *c);
    block(own.edge, BLOCK, a, pairs, depth, add);
    for (isize r = 0; r < rows; r++)
        memcpy(c + r * ld_c, own.edge + r * BLOCK, (size_t)cols * sizeof *c);
}

/* ---- copies ---- */

/* Rows i .. i + rows and numbers k .. k + depth of op(a) into own.a, 0 up to whole. */
static void pack_a(vt_factor_bf16 a, isize i, isize rows, isize k, isize depth, isize whole)
{
    for (isize r = 0; a.trans == VT_N && r < rows; r++)
        memcpy(own.a + r * LD_A, a.data + (i + r) * a.ld + k, (size_t)depth * sizeof *own.a);
    for (isize r = 0; a.trans == VT_T && r < rows; r += VT_PANEL) {
        isize lanes = vt_min(VT_PANEL, rows - r);
        vt_panel_pack(own.pairs, (vt_factor_bf16){a.data, a.ld, VT_N}, k, depth, i + r, lanes);
        vt_transpose((void *)(own.a + r * LD_A), LD_A / 2, own.pairs, VT_PANEL, (depth + 1) / 2,
                     lanes);
    }
    for (isize r = 0; depth < whole && r < rows; r++)
        memset(own.a + r * LD_A + depth, 0, (size_t)(whole - depth) * sizeof *own.a);
}

static void pack_b(vt_factor_bf16 b, isize k, isize depth, isize j, isize lanes, isize whole)
{
    isize have = (depth + 1) / 2;
    vt_panel_pack(own.pairs, b, k, depth, j, lanes);
    memset(own.pairs + have * VT_PANEL, 0,
           (size_t)(whole / 2 - have) * VT_PANEL * sizeof *own.pairs);
}

/* ---- products ---- */

VT_AMX_TARGET static void configure(void)
{
    _tile_loadconfig(&vt_amx_full);
}

VT_AMX_TARGET static void release(void)
{
    _tile_release();
}

/* c [rows, lanes] (+)= own.a own.pairs */
static void strips(float *c, isize ld_c, isize rows, isize lanes, isize depth, int add)
{
    for (isize r = 0; r < rows; r += BLOCK)
        for (isize l = 0; l < lanes; l += BLOCK) {
            float *at = c + r * ld_c + l;
            const vt_bf16 *a = own.a + r * LD_A;
            isize high = vt_min(BLOCK, rows - r), wide = vt_min(BLOCK, lanes - l);
            if (high == BLOCK && wide == BLOCK)
                block(at, ld_c, a, own.pairs + l, depth, add);
            else
                edge_block(at, ld_c, high, wide, a, own.pairs + l, depth, add);
        }
}

void vt_gemm_tiles_amx(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a, vt_factor_bf16 b,
                       vt_start start)
{
    vt_real beta = vt_gemm_beta(y, ld_y, extent, start);
    configure();
    for (isize k = 0; k < extent.inner; k += DEPTH) {
        isize depth = vt_min(DEPTH, extent.inner - k);
        isize whole = (depth + DEEP - 1) / DEEP * DEEP;
        int add = k > 0 || beta != 0;
        for (isize i = 0; i < extent.rows; i += ROWS) {
            isize rows = vt_min(ROWS, extent.rows - i);
            pack_a(a, i, rows, k, depth, whole);
            for (isize j = 0; j < extent.cols; j += VT_PANEL) {
                isize lanes = vt_min(VT_PANEL, extent.cols - j);
                pack_b(b, k, depth, j, lanes, whole);
                strips(y + i * ld_y + j, ld_y, rows, lanes, whole, add);
            }
        }
    }
    release();
}

int vt_gemm_tiles_amx_here(void)
{
    return vt_gemm_tiles_bf16_here() && vt_amx_here();
}

#else

void vt_gemm_tiles_amx(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a, vt_factor_bf16 b,
                       vt_start start)
{
    vt_real beta = vt_gemm_beta(y, ld_y, extent, start);
    vt_gemm_bf16_reference(y, ld_y, extent, a, b, beta);
}

int vt_gemm_tiles_amx_here(void)
{
    return 0;
}

#endif
