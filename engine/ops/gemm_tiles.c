/* Compiled once for each instruction set (see the Makefile).
 *
 * Products by tiles in registers (ops/tile.h). The second factor goes through in panels as wide as
 * a tile; a panel that is stored as its transpose, or is not whole vectors wide, is first copied
 * into the order that tiles read. Each number of the result is added up in the order of the inner
 * index, whatever the shapes: its bits depend on its own row and column alone.
 */
#include "ops/gemm_tiles.h"
#include "base/isa.h"
#include "ops/tile.h"
#include "ops/transpose.h"
#include <string.h>

/* A panel of 192 KiB with AVX-512, a quarter with AVX2: in the cache behind the nearest. Where it
 * ends short of the inner index, the result is fetched again. */
enum { PANEL = VECS * LANES, DEPTH = 768 };

typedef struct {
    vt_real panel[DEPTH * PANEL];
    vt_real edge[ROWS * PANEL]; /* of the result, where a row ends within a vector */
} space;
static _Thread_local _Alignas(64) space own;

/* Rows k .. k + depth and columns j .. j + lanes of op(b), in the order that tiles read: in place,
 * or in own.panel. *ld is the distance of its rows. */
static const vt_real *panel_of(vt_factor b, isize k, isize depth, isize j, isize lanes, isize *ld)
{
    if (b.trans == VT_N && lanes % LANES == 0) {
        *ld = b.ld;
        return b.data + k * b.ld + j;
    }
    *ld = PANEL;
    if (b.trans == VT_T) {
        vt_transpose(own.panel, PANEL, b.data + j * b.ld + k, b.ld, lanes, depth);
    } else {
        const vt_real *from = b.data + k * b.ld + j;
        for (isize r = 0; r < depth; r++)
            memcpy(own.panel + r * PANEL, from + r * b.ld, (size_t)lanes * sizeof *from);
    }
    return own.panel; /* what lies beyond lanes is multiplied too, and dropped with its vector */
}

/* Tiles write whole vectors: where lanes are not, into the edge, and what is wanted goes back. */
static void edge_strip(product p, isize rows, isize lanes)
{
    vt_real *c = p.c;
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

/* The result is often far from the core: its next rows come nearer while these are summed. */
static void fetch_rows(const vt_real *c, isize ld_c, isize rows, isize lanes)
{
    for (isize r = 0; r < rows; r++)
        for (isize l = 0; l < lanes; l += 64 / (isize)sizeof *c)
            __builtin_prefetch(c + r * ld_c + l, 1);
}

void VT_ISA_OWN(vt_gemm_tiles)(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                               vt_start start)
{
    isize a_row = a.trans == VT_N ? a.ld : 1, a_inner = a.trans == VT_N ? 1 : a.ld;
    for (isize k = 0; k < extent.inner; k += DEPTH) {
        isize depth = vt_min(DEPTH, extent.inner - k);
        for (isize j = 0; j < extent.cols; j += PANEL) {
            isize lanes = vt_min(PANEL, extent.cols - j);
            product p = {.ld_c = ld_y,
                         .a_row = a_row,
                         .a_inner = a_inner,
                         .inner = depth,
                         .ld_from = k > 0 ? ld_y : start.ld};
            p.b = panel_of(b, k, depth, j, lanes, &p.ld_b);
            for (isize i = 0, rows = 0; i < extent.rows; i += rows) {
                rows = part(extent.rows - i, ROWS);
                p.c = y + i * ld_y + j;
                p.from = k > 0 ? p.c : start.data ? start.data + i * start.ld + j : NULL;
                p.a = a.data + i * a_row + k * a_inner;
                fetch_rows(p.c + rows * ld_y, ld_y, vt_min(rows, extent.rows - i - rows), lanes);
                if (lanes % LANES == 0)
                    strip(p, rows, lanes);
                else
                    edge_strip(p, rows, lanes);
            }
        }
    }
}
