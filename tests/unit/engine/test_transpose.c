/* Tiles, edges and distances: every number at its place, and none written elsewhere. */
#include "check.h"
#include "core_fixture.h"
#include "ops/transpose.h"

enum { LARGEST = 70, LD_MAX = LARGEST + 9 };

static void check_transpose(isize rows, isize cols, isize ld_y, isize ld_x)
{
    static vt_real x[LARGEST * LD_MAX], y[LARGEST * LD_MAX];
    isize wrong = 0;
    core_fill(x, LARGEST * LD_MAX, (uint64_t)(rows * 100 + cols));
    for (isize i = 0; i < LARGEST * LD_MAX; i++) y[i] = 7;
    vt_transpose(y, ld_y, x, ld_x, rows, cols);
    for (isize c = 0; c < LARGEST; c++)
        for (isize r = 0; r < ld_y; r++) {
            int inside = c < cols && r < rows;
            wrong += y[c * ld_y + r] != (inside ? x[r * ld_x + c] : 7);
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void every_number_comes_to_its_place(void)
{
    static const isize sizes[] = {0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 65, LARGEST};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    for (int i = 0; i < SIZES; i++)
        for (int j = 0; j < SIZES; j++) {
            check_transpose(sizes[i], sizes[j], sizes[i], sizes[j]);
            check_transpose(sizes[i], sizes[j], sizes[i] + 3, sizes[j] + 9);
        }
}

SUITE(transpose, {"every number comes to its place", every_number_comes_to_its_place})
