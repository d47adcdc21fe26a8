/* Matrix products of every back end against the three loops, and those against numbers worked by
 * hand. */
#include "check.h"
#include "core_fixture.h"
#include "ops/gemm_backend.h"
#include "ops/gemm_tiles.h"
#include "par/pool.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Chooses back end i; 0 behind the last one, and then the choice is again what it was before. */
static int use_backend(int i)
{
    static char kept[32];
    const char *name = vt_gemm_at(i), *before = getenv("VT_GEMM");
    if (i == 0) (void)snprintf(kept, sizeof kept, "%s", before ? before : "");
    CU_ASSERT_EQUAL(setenv("VT_GEMM", name ? name : kept, 1), 0);
    CU_ASSERT_EQUAL(vt_gemm_setup(), 1);
    return name != NULL;
}

static void the_environment_chooses_the_back_end(void)
{
    const char *best = vt_gemm_at(0);
    CU_ASSERT_STRING_EQUAL(best, "reference");
    for (int i = 0; use_backend(i); i++) {
        best = vt_gemm_at(i);
        int onednn = strncmp(vt_gemm_library(), "oneDNN ", 7) == 0;
        int openblas = strncmp(vt_gemm_library(), "OpenBLAS ", 9) == 0;
        int mixed = strcmp(best, "mixed") == 0;
        CU_ASSERT_EQUAL(mixed, strstr(vt_gemm_library(), " and tiles") != NULL);
        CU_ASSERT(mixed || onednn == (strcmp(best, "onednn") == 0));
        CU_ASSERT(mixed || openblas == (strcmp(best, "openblas") == 0));
        CU_ASSERT(strlen(vt_gemm_kernel()) > 0);
        CU_ASSERT(strcmp(vt_gemm_bf16_kernel(), vt_gemm_kernel()) == 0 ||
                  strcmp(vt_gemm_bf16_kernel(), "fp32") == 0);
    }
    char kept[32], library[128];
    const char *before = getenv("VT_GEMM");
    (void)snprintf(kept, sizeof kept, "%s", before);
    CU_ASSERT_EQUAL(setenv("VT_GEMM", best, 1), 0);
    CU_ASSERT_EQUAL(vt_gemm_setup(), 1);
    (void)snprintf(library, sizeof library, "%s", vt_gemm_library());
    CU_ASSERT_EQUAL(setenv("VT_GEMM", "abacus", 1), 0);
    CU_ASSERT_EQUAL(vt_gemm_setup(), 0);
    CU_ASSERT_STRING_EQUAL(vt_gemm_library(), library);
    CU_ASSERT_EQUAL(unsetenv("VT_GEMM"), 0);
    CU_ASSERT_EQUAL(vt_gemm_setup(), 1);
    CU_ASSERT_STRING_EQUAL(vt_gemm_library(), library);
    CU_ASSERT_EQUAL(setenv("VT_GEMM", kept, 1), 0);
    CU_ASSERT_EQUAL(vt_gemm_setup(), 1);
}

/* ---- numbers ---- */

enum { ROOM = 70000 };
static vt_real a[ROOM], b[ROOM], y_before[ROOM], bias[ROOM], got[ROOM], want[ROOM], sizes[ROOM];
static vt_bf16 a_half[ROOM], b_half[ROOM], a_size[ROOM], b_size[ROOM]; /* _size: without the sign */

/* The bf16 number next to it towards 0. */
static vt_bf16 half_of(vt_real number)
{
    float single = (float)number;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    return (vt_bf16)(bits >> 16);
}

static void fill(void)
{
    core_fill(a, ROOM, 1);
    core_fill(b, ROOM, 2);
    core_fill(y_before, ROOM, 3);
    core_fill(bias, ROOM, 4);
    for (int i = 0; i < ROOM; i++) {
        a_half[i] = half_of(a[i]);
        b_half[i] = half_of(b[i]);
        a_size[i] = a_half[i] & 0x7fff;
        b_size[i] = b_half[i] & 0x7fff;
    }
}

static void a_product_worked_by_hand(void)
{
    /* [1 2 3; 4 5 6] [7 8; 9 10; 11 12] = [58 64; 139 154] */
    static const vt_real plain_a[] = {1, 2, 3, 4, 5, 6}, turned_a[] = {1, 4, 2, 5, 3, 6};
    static const vt_real plain_b[] = {7, 8, 9, 10, 11, 12}, turned_b[] = {7, 9, 11, 8, 10, 12};
    static const vt_real product[] = {58, 64, 139, 154};
    const vt_factor lefts[] = {{plain_a, 3, VT_N}, {turned_a, 2, VT_T}};
    const vt_factor rights[] = {{plain_b, 2, VT_N}, {turned_b, 3, VT_T}};
    const vt_extent extent = {2, 2, 3};
    for (int backend = 0; use_backend(backend); backend++) {
        for (int c = 0; c < 4; c++) {
            vt_factor left = lefts[c / 2], right = rights[c % 2];
            vt_bf16 left_half[6], right_half[6];
            for (int i = 0; i < 6; i++) left_half[i] = half_of(left.data[i]);
            for (int i = 0; i < 6; i++) right_half[i] = half_of(right.data[i]);
            vt_real y[4] = {1, 1, 1, 1}, y_half[4] = {1, 1, 1, 1};
            vt_gemm(y, 2, extent, left, right, 1);
            vt_gemm_bf16(y_half, 2, extent, (vt_factor_bf16){left_half, left.ld, left.trans},
                         (vt_factor_bf16){right_half, right.ld, right.trans}, 1);
            for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(y[i], product[i] + 1);
            for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(y_half[i], product[i] + 1);
        }
    }
}

/* ---- against the three loops ---- */

typedef enum { NOTHING, ITSELF, ROW } origin; /* what sums start from */

typedef struct {
    vt_extent extent;
    isize wider; /* ld beyond the width */
    vt_trans a, b;
    origin start;
} problem;
enum { CASES = 24 }; /* of an extent: longer rows, transposes, starts */

typedef struct {
    isize a, b, y;
} distances;

static distances distances_of(const problem *p)
{
    vt_extent e = p->extent;
    isize width_a = p->a == VT_N ? e.inner : e.rows, width_b = p->b == VT_N ? e.cols : e.inner;
    return (distances){width_a + p->wider, width_b + p->wider, e.cols + p->wider};
}

static void name_problem(char label[160], const problem *p, const char *precision)
{
    vt_extent e = p->extent;
    (void)snprintf(label, 160, "%.9s %s [%td,%td] [%td,%td] trans %d %d wider %td start %d",
                   vt_gemm_library(), precision, e.rows, e.inner, e.inner, e.cols, p->a, p->b,
                   p->wider, (int)p->start);
}

/* What y holds before: NaN where it is to be overwritten; want, what sums start from. */
static void fill_results(const problem *p)
{
    memcpy(got, y_before, sizeof got);
    isize ld = distances_of(p).y;
    for (isize i = 0; i < p->extent.rows && p->start != ITSELF; i++)
        for (isize j = 0; j < p->extent.cols; j++) got[i * ld + j] = (vt_real)NAN;
    memcpy(want, got, sizeof want);
    for (isize i = 0; i < p->extent.rows && p->start == ROW; i++)
        for (isize j = 0; j < p->extent.cols; j++) want[i * ld + j] = bias[j];
}

static vt_start start_of(const problem *p)
{
    const vt_real *starts[] = {[NOTHING] = NULL, [ITSELF] = got, [ROW] = bias};
    return (vt_start){starts[p->start], p->start == ROW ? 0 : distances_of(p).y};
}

static vt_real beta_of(const problem *p)
{
    return p->start == NOTHING ? 0 : 1;
}

static void by_gemm(vt_real *y, isize ld_y, vt_extent extent, vt_factor left, vt_factor right,
                    vt_start start)
{
    if (start.data == bias)
        vt_gemm_on_row(y, ld_y, extent, left, right, bias);
    else
        vt_gemm(y, ld_y, extent, left, right, start.data ? 1 : 0);
}

static void by_gemm_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 left,
                         vt_factor_bf16 right, vt_start start)
{
    if (start.data == bias)
        vt_gemm_bf16_on_row(y, ld_y, extent, left, right, bias);
    else
        vt_gemm_bf16(y, ld_y, extent, left, right, start.data ? 1 : 0);
}

/* Everything around the result keeps its value; inside, how far got is from want in units of size,
 * which is NULL for 1 everywhere. */
static double worst_gap(const problem *p, const vt_real *size)
{
    isize ld = distances_of(p).y;
    double worst = 0;
    for (isize i = 0; i < ROOM; i++) {
        int inside = ld > 0 && i / ld < p->extent.rows && i % ld < p->extent.cols;
        double gap = fabs((double)got[i] - (double)want[i]);
        if (inside && size && gap > 0) gap /= (double)size[i];
        if (!inside && gap > 0) gap = HUGE_VAL;
        if (!(gap <= worst)) worst = gap;
    }
    return worst;
}

static void check_problem(const problem *p)
{
    char label[160];
    distances ld = distances_of(p);
    vt_factor left = {a, ld.a, p->a}, right = {b, ld.b, p->b};
    name_problem(label, p, "vt_real");
    fill_results(p);
    by_gemm(got, ld.y, p->extent, left, right, start_of(p));
    vt_gemm_reference(want, ld.y, p->extent, left, right, beta_of(p));
    /* Sums of products of normal numbers, in another order: 2e-5 for 40 of them. */
    double longer = fmax(1, (double)p->extent.inner / 40);
    check_near(label, worst_gap(p, NULL), 0, longer * core_bound(2e-5, 1e-13));
}

/* Products of bf16 numbers are exact, so both results differ from the sum by at most one rounding
 * for each of its inner + 1 terms, of at most half a unit of the sum of sizes each. */
static void check_problem_bf16(const problem *p, const char *name, vt_gemm_bf16_product *product)
{
    char label[160];
    distances ld = distances_of(p);
    vt_factor_bf16 left = {a_half, ld.a, p->a}, right = {b_half, ld.b, p->b};
    name_problem(label, p, name);
    fill_results(p);
    for (isize i = 0; i < ROOM; i++) sizes[i] = (vt_real)fabs((double)want[i]);
    product(got, ld.y, p->extent, left, right, start_of(p));
    vt_gemm_bf16_reference(want, ld.y, p->extent, left, right, beta_of(p));
    left.data = a_size;
    right.data = b_size;
    vt_gemm_bf16_reference(sizes, ld.y, p->extent, left, right, beta_of(p));
    double unit = core_bound(0x1p-24, 0x1p-53);
    check_near(label, worst_gap(p, sizes), 0, 2 * (double)(p->extent.inner + 1) * unit);
}

/* Some deeper and wider than a panel of tiles, with and without whole vectors. */
static const vt_extent extents[] = {{70, 130, 40}, {9, 64, 780}, {40, 67, 771}, {25, 16, 33},
                                    {1, 1, 1},     {1, 7, 3},    {5, 1, 9},     {3, 5, 1},
                                    {7, 3, 17},    {16, 16, 16}, {13, 31, 29},  {33, 17, 40},
                                    {4, 4, 0},     {0, 5, 3},    {5, 0, 3}};
enum { EXTENTS = sizeof extents / sizeof *extents };

static void products_equal_the_three_loops(void)
{
    fill();
    for (int backend = 0; use_backend(backend); backend++)
        for (int e = 0; e < EXTENTS; e++)
            for (int c = 0; c < CASES; c++) {
                problem p = {extents[e], c & 1 ? 5 : 0, c & 2 ? VT_T : VT_N, c & 4 ? VT_T : VT_N,
                             (origin)(c / 8)};
                check_problem(&p);
            }
}

static const vt_extent large[] = {
    {257, 3, 260}, {3, 259, 257}, {30, 60, 520}, {517, 35, 34}, {9, 34, 1030}};
enum { LARGE = sizeof large / sizeof *large };

/* With and without longer rows and transposes, from each start. */
static problem case_bf16(int e, int c)
{
    return (problem){e < EXTENTS ? extents[e] : large[e - EXTENTS], c & 1 ? 5 : 0,
                     c & 2 ? VT_T : VT_N, c & 4 ? VT_T : VT_N, (origin)(c / 8)};
}

static void bf16_products_equal_the_three_loops(void)
{
    fill();
    for (int backend = 0; use_backend(backend); backend++)
        for (int e = 0; e < EXTENTS + LARGE; e++)
            for (int c = 0; c < CASES; c++) {
                problem p = case_bf16(e, c);
                check_problem_bf16(&p, "bf16", by_gemm_bf16);
            }
}

/* A row that sums start from gives the bits of a result that is filled with it, then added to. */
static void a_row_to_start_from_equals_rows_added_to(void)
{
    fill();
    for (int backend = 0; use_backend(backend); backend++)
        for (int e = 0; e < EXTENTS + LARGE; e++)
            for (int c = 0; c < 8; c++) {
                problem p = case_bf16(e, c + 8 * ROW);
                distances ld = distances_of(&p);
                vt_factor left = {a, ld.a, p.a}, right = {b, ld.b, p.b};
                vt_factor_bf16 left_half = {a_half, ld.a, p.a}, right_half = {b_half, ld.b, p.b};
                fill_results(&p);
                vt_gemm_on_row(got, ld.y, p.extent, left, right, bias);
                vt_gemm(want, ld.y, p.extent, left, right, 1);
                CU_ASSERT(worst_gap(&p, NULL) == 0);
                fill_results(&p);
                vt_gemm_bf16_on_row(got, ld.y, p.extent, left_half, right_half, bias);
                vt_gemm_bf16(want, ld.y, p.extent, left_half, right_half, 1);
                CU_ASSERT(worst_gap(&p, NULL) == 0);
                vt_gemm_on_row(got, ld.y, p.extent, left, right, NULL);
                vt_gemm(want, ld.y, p.extent, left, right, 0);
                CU_ASSERT(worst_gap(&p, NULL) == 0);
            }
}

/* Both kinds where the CPU has both, whichever of them the back ends prefer. */
static void bf16_tiles_equal_the_three_loops(void)
{
    int dots = vt_gemm_tiles_bf16_here(), unit = vt_gemm_tiles_amx_here();
    fill();
    for (int e = 0; e < EXTENTS + LARGE; e++)
        for (int c = 0; c < CASES; c++) {
            problem p = case_bf16(e, c);
            if (p.extent.rows == 0 || p.extent.cols == 0 || p.extent.inner == 0) continue;
            if (dots && p.a == VT_N) check_problem_bf16(&p, "bf16 tiles", vt_gemm_tiles_bf16);
            if (unit) check_problem_bf16(&p, "bf16 tiles, AMX", vt_gemm_tiles_amx);
        }
}

static void nothing_summed_gives_what_sums_start_from(void)
{
    for (int backend = 0; use_backend(backend); backend++) {
        vt_real y[4] = {1, 2, 3, (vt_real)NAN};
        vt_factor none = {NULL, 1, VT_N};
        vt_factor_bf16 none_half = {NULL, 1, VT_N};
        const vt_extent extent = {2, 1, 0};
        vt_gemm(y, 2, extent, none, none, 1);
        CU_ASSERT(y[0] == 1 && y[1] == 2 && y[2] == 3 && isnan(y[3]));
        vt_gemm_bf16(y, 2, extent, none_half, none_half, 1);
        CU_ASSERT(y[0] == 1 && y[1] == 2 && y[2] == 3 && isnan(y[3]));
        y[0] = (vt_real)NAN;
        vt_gemm(y, 2, extent, none, none, 0);
        CU_ASSERT(y[0] == 0 && y[1] == 2 && y[2] == 0 && isnan(y[3]));
        y[0] = (vt_real)NAN;
        vt_gemm_bf16(y, 2, extent, none_half, none_half, 0);
        CU_ASSERT(y[0] == 0 && y[1] == 2 && y[2] == 0 && isnan(y[3]));
    }
}

static void a_nan_in_a_factor_reaches_its_row_or_column_alone(void)
{
    for (int backend = 0; use_backend(backend); backend++) {
        vt_real x[9], w[9], y[9], y_half[9];
        vt_bf16 x_half[9], w_half[9];
        core_fill(x, 9, 5);
        core_fill(w, 9, 6);
        x[3] = (vt_real)NAN;      /* row 1 */
        w[2] = (vt_real)INFINITY; /* column 2 */
        for (int i = 0; i < 9; i++) x_half[i] = half_of(x[i]);
        for (int i = 0; i < 9; i++) w_half[i] = half_of(w[i]);
        const vt_extent extent = {3, 3, 3};
        vt_gemm(y, 3, extent, (vt_factor){x, 3, VT_N}, (vt_factor){w, 3, VT_N}, 0);
        vt_gemm_bf16(y_half, 3, extent, (vt_factor_bf16){x_half, 3, VT_N},
                     (vt_factor_bf16){w_half, 3, VT_N}, 0);
        for (int i = 0; i < 9; i++) {
            int row = i / 3 == 1, column = i % 3 == 2;
            CU_ASSERT(row ? isnan(y[i]) : column ? isinf(y[i]) : isfinite(y[i]));
            CU_ASSERT(row ? isnan(y_half[i]) : column ? isinf(y_half[i]) : isfinite(y_half[i]));
        }
    }
}

static void multiply_short_rows(void)
{
    vt_gemm(got, 4, (vt_extent){2, 4, 3}, (vt_factor){a, 2, VT_N}, (vt_factor){b, 4, VT_N}, 0);
}

static void multiply_short_rows_bf16(void)
{
    vt_gemm_bf16(got, 4, (vt_extent){2, 4, 3}, (vt_factor_bf16){a_half, 3, VT_N},
                 (vt_factor_bf16){b_half, 2, VT_T}, 0);
}

static void triple_what_was_there(void)
{
    vt_gemm(got, 4, (vt_extent){2, 4, 3}, (vt_factor){a, 3, VT_N}, (vt_factor){b, 4, VT_N}, 3);
}

static void triple_what_was_there_bf16(void)
{
    vt_gemm_bf16(got, 4, (vt_extent){2, 4, 3}, (vt_factor_bf16){a_half, 3, VT_N},
                 (vt_factor_bf16){b_half, 4, VT_N}, 3);
}

static void a_broken_contract_aborts(void)
{
    CU_ASSERT(core_aborts(multiply_short_rows));
    CU_ASSERT(core_aborts(multiply_short_rows_bf16));
    CU_ASSERT(core_aborts(triple_what_was_there));
    CU_ASSERT(core_aborts(triple_what_was_there_bf16));
}

/* ---- bits ---- */

/* Shapes on both sides of the sizes where libraries change their ways, one of each transposition.
 */
static const problem shapes[] = {
    {{33, 37, 40}, 0, VT_N, VT_T, NOTHING},   {{130, 64, 65}, 3, VT_N, VT_T, NOTHING},
    {{64, 130, 257}, 0, VT_N, VT_N, NOTHING}, {{200, 49, 130}, 1, VT_T, VT_N, NOTHING},
    {{1, 100, 300}, 0, VT_N, VT_T, NOTHING},  {{300, 1, 100}, 2, VT_T, VT_T, NOTHING}};
enum { SHAPES = sizeof shapes / sizeof *shapes, PRECISIONS = 2, TURNS = 48, WORKERS = 4 };
enum { RESULT = 1 << 14 };
static vt_real expected[SHAPES * PRECISIONS][RESULT], results[WORKERS][RESULT];

/* Factors whose place in memory a test moves. */
enum { OFFSETS = 17 };
static _Alignas(64) vt_real a_placed[ROOM + OFFSETS], b_placed[ROOM + OFFSETS];
static _Alignas(64) vt_bf16 a_half_placed[ROOM + OFFSETS], b_half_placed[ROOM + OFFSETS];

static void place(isize offset)
{
    memcpy(a_placed + offset, a, sizeof a);
    memcpy(b_placed + offset, b, sizeof b);
    memcpy(a_half_placed + offset, a_half, sizeof a_half);
    memcpy(b_half_placed + offset, b_half, sizeof b_half);
}

/* Product kind % SHAPES in precision kind / SHAPES. */
static void multiply(vt_real *y, isize kind, isize offset)
{
    const problem *p = &shapes[kind % SHAPES];
    distances ld = distances_of(p);
    memset(y, 0, RESULT * sizeof *y);
    if (kind < SHAPES)
        vt_gemm(y, ld.y, p->extent, (vt_factor){a_placed + offset, ld.a, p->a},
                (vt_factor){b_placed + offset, ld.b, p->b}, beta_of(p));
    else
        vt_gemm_bf16(y, ld.y, p->extent, (vt_factor_bf16){a_half_placed + offset, ld.a, p->a},
                     (vt_factor_bf16){b_half_placed + offset, ld.b, p->b}, beta_of(p));
}

static void multiply_in_turn(void *same, isize index, int worker)
{
    isize kind = index % (SHAPES * PRECISIONS);
    multiply(results[worker], kind, 0);
    ((int *)same)[index] = core_same(results[worker], expected[kind], RESULT);
}

static void equal_calls_give_equal_bits_on_any_thread(void)
{
    vt_error err;
    vt_pool *pool = NULL;
    fill();
    place(0);
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, WORKERS, &err), VT_OK);
    for (int backend = 0; use_backend(backend); backend++) {
        int same[TURNS] = {0};
        for (int kind = 0; kind < SHAPES * PRECISIONS; kind++) multiply(expected[kind], kind, 0);
        vt_pool_for(pool, TURNS, multiply_in_turn, same);
        for (int turn = 0; turn < TURNS; turn++) CU_ASSERT(same[turn]);
    }
    vt_pool_close(&pool);
}

static void bits_do_not_depend_on_where_a_matrix_stands(void)
{
    static const isize offsets[] = {0, 1, 2, 5, 8, 16};
    fill();
    for (int backend = 0; use_backend(backend); backend++)
        for (int o = 0; o < 6; o++) {
            place(offsets[o]);
            for (int kind = 0; kind < SHAPES * PRECISIONS; kind++) {
                multiply(o == 0 ? expected[kind] : results[0], kind, offsets[o]);
                if (o > 0) CU_ASSERT(core_same(results[0], expected[kind], RESULT));
            }
        }
}

static int threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    CU_ASSERT_FATAL(tasks != NULL);
    int count = 0;
    while (readdir(tasks)) count++;
    (void)closedir(tasks);
    return count;
}

static void multiply_elsewhere(void *context, isize index, int worker)
{
    (void)context;
    (void)index;
    for (int kind = 0; kind < SHAPES * PRECISIONS; kind++) multiply(results[worker], kind, 0);
}

static void a_product_starts_no_thread(void)
{
    vt_error err;
    vt_pool *pool = NULL;
    fill();
    place(0);
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, 2, &err), VT_OK);
    for (int backend = 0; use_backend(backend); backend++) {
        int before = threads();
        vt_pool_for(pool, 8, multiply_elsewhere, NULL);
        CU_ASSERT_EQUAL(threads(), before);
    }
    vt_pool_close(&pool);
}

SUITE(gemm, {"the environment chooses the back end", the_environment_chooses_the_back_end},
      {"a product worked by hand", a_product_worked_by_hand},
      {"products equal the three loops", products_equal_the_three_loops},
      {"bf16 products equal the three loops", bf16_products_equal_the_three_loops},
      {"bf16 tiles equal the three loops", bf16_tiles_equal_the_three_loops},
      {"a row to start from equals rows added to", a_row_to_start_from_equals_rows_added_to},
      {"nothing summed gives what sums start from", nothing_summed_gives_what_sums_start_from},
      {"a NaN in a factor reaches its row or column alone",
       a_nan_in_a_factor_reaches_its_row_or_column_alone},
      {"a broken contract aborts", a_broken_contract_aborts},
      {"equal calls give equal bits on any thread", equal_calls_give_equal_bits_on_any_thread},
      {"bits do not depend on where a matrix stands", bits_do_not_depend_on_where_a_matrix_stands},
      {"a product starts no thread", a_product_starts_no_thread})
