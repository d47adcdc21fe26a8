#include "ops/gemm_backend.h"
#include "ops/kernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- three loops ---- */

/* The number itself: bf16 is a subset of vt_real. */
static vt_real real_of(vt_bf16 number)
{
    uint32_t bits = (uint32_t)number << 16;
    float single;
    memcpy(&single, &bits, sizeof single);
    return single;
}

typedef struct {
    isize row, col;
} steps;

/* From one element of op(matrix) to the next one down, and to the next one right. */
static steps steps_of(isize ld, vt_trans trans)
{
    return trans == VT_N ? (steps){ld, 1} : (steps){1, ld};
}

void vt_gemm_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                       vt_real beta)
{
    steps in_a = steps_of(a.ld, a.trans), in_b = steps_of(b.ld, b.trans);
    for (isize i = 0; i < extent.rows; i++) {
        for (isize j = 0; j < extent.cols; j++) {
            vt_real sum = 0;
            for (isize k = 0; k < extent.inner; k++)
                sum += a.data[i * in_a.row + k * in_a.col] * b.data[k * in_b.row + j * in_b.col];
            vt_real *at = &y[i * ld_y + j];
            *at = sum + (beta == 0 ? 0 : beta * *at);
        }
    }
}

void vt_gemm_bf16_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                            vt_factor_bf16 b, vt_real beta)
{
    steps in_a = steps_of(a.ld, a.trans), in_b = steps_of(b.ld, b.trans);
    for (isize i = 0; i < extent.rows; i++) {
        for (isize j = 0; j < extent.cols; j++) {
            vt_real sum = 0;
            for (isize k = 0; k < extent.inner; k++)
                sum += real_of(a.data[i * in_a.row + k * in_a.col]) *
                       real_of(b.data[k * in_b.row + j * in_b.col]);
            vt_real *at = &y[i * ld_y + j];
            *at = sum + (beta == 0 ? 0 : beta * *at);
        }
    }
}

/* ---- where sums start ---- */

vt_real vt_gemm_beta(vt_real *y, isize ld_y, vt_extent extent, vt_start start)
{
    if (!start.data) return 0;
    for (isize i = 0; start.data != y && i < extent.rows; i++)
        memcpy(y + i * ld_y, start.data + i * start.ld, (size_t)extent.cols * sizeof *y);
    return 1;
}

/* ---- the choice ---- */

static void product_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                              vt_start start)
{
    vt_gemm_reference(y, ld_y, extent, a, b, vt_gemm_beta(y, ld_y, extent, start));
}

static void product_bf16_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                                   vt_factor_bf16 b, vt_start start)
{
    vt_gemm_bf16_reference(y, ld_y, extent, a, b, vt_gemm_beta(y, ld_y, extent, start));
}

static const vt_gemm_backend reference = {"reference", "reference", "loops", product_reference,
                                          product_bf16_reference};
static const vt_gemm_backend *chosen = &reference;

#ifndef VT_GEMM_REFERENCE

static void product_tiles(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                          vt_start start)
{
    vt_kernels_now()->gemm_tiles(y, ld_y, extent, a, b, start);
}

static const vt_gemm_backend tiles = {"tiles", "tiles", "tiles", product_tiles, NULL};

static const vt_gemm_backend *best_library(void)
{
    const vt_gemm_backend *library = NULL;
#ifdef VT_ONEDNN
    library = vt_gemm_onednn();
#endif
    return library ? library : vt_gemm_openblas();
}

/* A second factor of so many numbers lies in the cache beside the core, and tiles need no copy of
 * it. Libraries copy a transpose slowly, tiles fast: but a copy wants rows that it pays for. */
enum { TILES_NUMBERS = 1 << 15, TILES_ROWS = 24 };

static int suits_tiles(vt_extent extent, vt_factor a, vt_factor b)
{
    if (vt_kernels_now() == &vt_kernels_portable) return 0;
    if (a.trans == VT_N && b.trans == VT_T) return extent.rows >= TILES_ROWS;
    return extent.cols <= TILES_NUMBERS / extent.inner;
}

static void product_mixed(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                          vt_start start)
{
    vt_gemm_product *product = suits_tiles(extent, a, b) ? product_tiles : best_library()->product;
    product(y, ld_y, extent, a, b, start);
}

static void product_widened(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                            vt_factor_bf16 b, vt_start start);

/* Tiles write a result of few columns with less ado than libraries; of more, as fast. */
static int suits_tiles_bf16(vt_extent extent, vt_factor_bf16 a)
{
    return a.trans == VT_N && extent.rows >= TILES_ROWS && extent.cols <= extent.inner;
}

static void product_bf16_mixed(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                               vt_factor_bf16 b, vt_start start)
{
    vt_gemm_bf16_product *product = best_library()->product_bf16;
    if (!product) product = product_widened;
    if (suits_tiles_bf16(extent, a)) product = vt_gemm_tiles_bf16;
    product(y, ld_y, extent, a, b, start);
}

static const vt_gemm_backend *mixed(void)
{
    static vt_gemm_backend self = {.name = "mixed", .product = product_mixed};
    static char library[160];
    const vt_gemm_backend *best = best_library();
    (void)snprintf(library, sizeof library, "%s and tiles", best->library);
    self.library = library;
    self.kernel = best->kernel;
    self.product_bf16 = best->product_bf16;
    if (vt_gemm_tiles_bf16_here()) self.product_bf16 = product_bf16_mixed;
    if (vt_gemm_tiles_amx_here()) self.product_bf16 = vt_gemm_tiles_amx;
    return &self;
}

#endif

static const vt_gemm_backend *backend_at(int i)
{
    if (i == 0) return &reference;
#ifndef VT_GEMM_REFERENCE
    const vt_gemm_backend *onednn = NULL;
#ifdef VT_ONEDNN
    onednn = vt_gemm_onednn();
#endif
    if (i == 1) return &tiles;
    if (i == 2) return vt_gemm_openblas();
    if (i == 3) return onednn ? onednn : mixed();
    if (i == 4) return onednn ? mixed() : NULL;
#endif
    return NULL;
}

const char *vt_gemm_at(int i)
{
    const vt_gemm_backend *backend = backend_at(i);
    return backend ? backend->name : NULL;
}

int vt_gemm_setup(void)
{
    const char *wanted = getenv("VT_GEMM");
    int named = !wanted || !*wanted;
    for (int i = 0; backend_at(i); i++) {
        chosen = backend_at(i);
        if (wanted && strcmp(chosen->name, wanted) == 0) return 1;
    }
    return named;
}

const char *vt_gemm_library(void)
{
    return chosen->library;
}

const char *vt_gemm_kernel(void)
{
    return chosen->kernel;
}

const char *vt_gemm_bf16_kernel(void)
{
    return chosen->product_bf16 ? chosen->kernel : "fp32";
}

/* ---- products ---- */

/* 1 where there is nothing to multiply, with y = start done. */
static int settled(vt_real *y, isize ld_y, vt_extent extent, vt_start start)
{
    if (extent.rows == 0 || extent.cols == 0) return 1;
    if (extent.inner > 0) return 0;
    if (vt_gemm_beta(y, ld_y, extent, start) != 0) return 1;
    for (isize i = 0; i < extent.rows; i++)
        memset(y + i * ld_y, 0, (size_t)extent.cols * sizeof *y);
    return 1;
}

/* A row of op(matrix) [rows, cols] as stored is no longer than ld. */
static int fits(isize ld, vt_trans trans, isize rows, isize cols)
{
    return ld >= (trans == VT_N ? cols : rows);
}

static void multiply(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                     vt_start start)
{
    if (settled(y, ld_y, extent, start)) return;
    VT_ASSERT(fits(ld_y, VT_N, extent.rows, extent.cols));
    VT_ASSERT(fits(a.ld, a.trans, extent.rows, extent.inner));
    VT_ASSERT(fits(b.ld, b.trans, extent.inner, extent.cols));
    chosen->product(y, ld_y, extent, a, b, start);
}

static vt_start start_of(const vt_real *y, isize ld_y, vt_real beta)
{
    VT_ASSERT(beta == 0 || beta == 1);
    return (vt_start){beta == 0 ? NULL : y, ld_y};
}

void vt_gemm(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b, vt_real beta)
{
    multiply(y, ld_y, extent, a, b, start_of(y, ld_y, beta));
}

void vt_gemm_on_row(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                    const vt_real *row)
{
    multiply(y, ld_y, extent, a, b, (vt_start){row, 0});
}

/* Factors are widened piece by piece, so that what that takes does not grow with the matrices. */
enum { PIECE = 256 };
static _Thread_local _Alignas(64) vt_real piece_a[PIECE * PIECE], piece_b[PIECE * PIECE];

/* op(f)[row .. row + rows, col .. col + cols], widened into piece. */
static vt_factor widen(vt_real *piece, vt_factor_bf16 f, isize row, isize col, isize rows,
                       isize cols)
{
    steps in_f = steps_of(f.ld, f.trans);
    const vt_bf16 *from = f.data + row * in_f.row + col * in_f.col;
    isize count = f.trans == VT_N ? rows : cols, width = f.trans == VT_N ? cols : rows;
    for (isize r = 0; r < count; r++)
        for (isize c = 0; c < width; c++) piece[r * width + c] = real_of(from[r * f.ld + c]);
    return (vt_factor){piece, width, f.trans};
}

static void product_widened(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                            vt_factor_bf16 b, vt_start start)
{
    vt_real beta = vt_gemm_beta(y, ld_y, extent, start);
    for (isize i = 0; i < extent.rows; i += PIECE) {
        for (isize k = 0; k < extent.inner; k += PIECE) {
            vt_extent part = {.rows = vt_min(PIECE, extent.rows - i),
                              .inner = vt_min(PIECE, extent.inner - k)};
            vt_factor left = widen(piece_a, a, i, k, part.rows, part.inner);
            for (isize j = 0; j < extent.cols; j += PIECE) {
                part.cols = vt_min(PIECE, extent.cols - j);
                vt_factor right = widen(piece_b, b, k, j, part.inner, part.cols);
                vt_real *to = y + i * ld_y + j;
                chosen->product(to, ld_y, part, left, right, start_of(to, ld_y, k == 0 ? beta : 1));
            }
        }
    }
}

static void multiply_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                          vt_factor_bf16 b, vt_start start)
{
    if (settled(y, ld_y, extent, start)) return;
    VT_ASSERT(fits(ld_y, VT_N, extent.rows, extent.cols));
    VT_ASSERT(fits(a.ld, a.trans, extent.rows, extent.inner));
    VT_ASSERT(fits(b.ld, b.trans, extent.inner, extent.cols));
    vt_gemm_bf16_product *product = chosen->product_bf16 ? chosen->product_bf16 : product_widened;
    product(y, ld_y, extent, a, b, start);
}

void vt_gemm_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a, vt_factor_bf16 b,
                  vt_real beta)
{
    multiply_bf16(y, ld_y, extent, a, b, start_of(y, ld_y, beta));
}

void vt_gemm_bf16_on_row(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                         vt_factor_bf16 b, const vt_real *row)
{
    multiply_bf16(y, ld_y, extent, a, b, (vt_start){row, 0});
}
