/* Who sees whom: the masks by hand, and what must not reach what. */
#include "check.h"
#include "core_fixture.h"
#include "model/attention.h"
#include <math.h>
#include <string.h>

static void ranges_are_those_of_the_masks(void)
{
    static const int32_t prefix[] = {1, 3, 4};
    static const struct {
        vt_mask_kind mask;
        vt_rows_wanted wanted;
        isize seen[3], from[3], to, rows;
    } cases[] = {
        {VT_MASK_PREFIX, VT_ROWS_ALL, {1, 3, 4}, {0, 0, 0}, 4, 12},
        {VT_MASK_CAUSAL, VT_ROWS_ALL, {1, 1, 1}, {0, 0, 0}, 4, 12},
        {VT_MASK_NONE, VT_ROWS_ALL, {4, 4, 4}, {0, 0, 0}, 4, 12},
        {VT_MASK_PREFIX, VT_ROWS_PREDICTING, {1, 3, 4}, {0, 2, 3}, 3, 3 + 1 + 0},
        {VT_MASK_CAUSAL, VT_ROWS_PREDICTING, {1, 1, 1}, {0, 0, 0}, 3, 9},
        {VT_MASK_PREFIX, VT_ROWS_PREDICTING_TO_LAST, {1, 3, 4}, {0, 2, 3}, 4, 4 + 2 + 1},
        {VT_MASK_CAUSAL, VT_ROWS_PREDICTING_TO_LAST, {1, 1, 1}, {0, 0, 0}, 4, 12},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        vt_pass pass = {
            .B = 3, .T = 4, .mask = cases[c].mask, .prefix_len = prefix, .wanted = cases[c].wanted};
        for (isize image = 0; image < 3; image++) {
            vt_range range = vt_pass_range(&pass, image);
            CU_ASSERT_EQUAL(vt_pass_seen(&pass, image), cases[c].seen[image]);
            CU_ASSERT(range.from == cases[c].from[image] && range.to == cases[c].to);
        }
        CU_ASSERT_EQUAL(vt_pass_rows(&pass), cases[c].rows);
        pass.B = 0;
        CU_ASSERT_EQUAL(vt_pass_rows(&pass), 0);
    }
}

/* ---- three tokens by hand ---- */

enum { T = 3, C = 4 };

static vt_param param(vt_real *value, isize rows, isize cols)
{
    return (vt_param){.value = value, .rows = rows, .cols = cols};
}

/* Token t is the unit vector t, so column t of the weights is what the token makes. Two heads of
 * two channels. Head 0: q = 0, √2 ln 2, 0 and k = 0, 1, 2, so that row 1 weighs its keys 1 : 2 : 4
 * and the others weigh theirs alike; v = 7, 14, 28. Head 1: all alike; v = 3, 6, 12. proj swaps the
 * heads, so y = (head 1, 0, head 0, 0). */
static void three_tokens_mix_as_worked_by_hand(void)
{
    static const struct {
        vt_mask_kind mask;
        int32_t prefix;
        double head_0[T], head_1[T];
    } cases[] = {
        {VT_MASK_NONE, 0, {49 / 3.0, 21, 49 / 3.0}, {7, 7, 7}},    /* (7 + 28 + 112) / 7 = 21 */
        {VT_MASK_CAUSAL, 0, {7, 35 / 3.0, 49 / 3.0}, {3, 4.5, 7}}, /* (7 + 28) / 3 */
        {VT_MASK_PREFIX, 1, {7, 35 / 3.0, 49 / 3.0}, {3, 4.5, 7}},
        {VT_MASK_PREFIX, 2, {21 / 2.0, 35 / 3.0, 49 / 3.0}, {4.5, 4.5, 7}},
        {VT_MASK_PREFIX, 3, {49 / 3.0, 21, 49 / 3.0}, {7, 7, 7}},
    };
    vt_real qkv[3 * C * C] = {0}, proj[C * C] = {0}, x[T * C] = {0}, y[T * C];
    vt_real saved_qkv[T * 3 * C], mixed[T * C], lse[2 * T];
    vt_attn attn = {{.weight = param(qkv, 3 * C, C)}, {.weight = param(proj, C, C)}, 2};
    vt_attn_saved saved = {saved_qkv, mixed, lse};
    static _Alignas(64) vt_real work[1 << 14];
    vt_scratch scratch = {.attention = work};
    CU_ASSERT_FATAL(vt_attn_work(T, &attn) <= 1 << 14);
    for (int i = 0; i < C; i++) proj[i * C + (i + 2) % C] = 1;
    for (int t = 0; t < T; t++) {
        x[t * C + t] = 1;
        qkv[t] = t == 1 ? (vt_real)(sqrt(2) * log(2)) : 0;
        qkv[C * C + t] = (vt_real)t;
        qkv[2 * C * C + t] = (vt_real)(7 << t);
        qkv[2 * C * C + 2 * C + t] = (vt_real)(3 << t);
    }
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        vt_pass pass = {.B = 1,
                        .T = T,
                        .mask = cases[c].mask,
                        .prefix_len = &cases[c].prefix,
                        .wanted = VT_ROWS_ALL};
        memset(y, 0, sizeof y);
        vt_attn_forward(&attn, &saved, &pass, x, y, &scratch);
        for (int t = 0; t < T; t++) {
            check_near("head 0", (double)y[t * C + 2], cases[c].head_0[t], 1e-5);
            check_near("head 1", (double)y[t * C], cases[c].head_1[t], 1e-5);
            CU_ASSERT(y[t * C + 1] == 0 && y[t * C + 3] == 0);
        }
    }
}

/* ---- what must not reach what ---- */

enum { B = 2, TOKENS = 7, WIDTH = 12, HEADS = 3, ROWS = B * TOKENS };

typedef struct {
    vt_real qkv[3 * WIDTH * WIDTH], proj[WIDTH * WIDTH];
    vt_real saved_qkv[ROWS * 3 * WIDTH], mixed[ROWS * WIDTH], lse[HEADS * ROWS];
    vt_real x[ROWS * WIDTH], y[ROWS * WIDTH], again[ROWS * WIDTH];
    vt_real wide[ROWS * 4 * WIDTH], active[ROWS * 4 * WIDTH];
    _Alignas(64) vt_real work[1 << 14];
    vt_attn attn;
    vt_attn_saved saved;
    vt_scratch scratch;
    int32_t prefix[B];
} bench;

static bench *bench_init(void)
{
    static bench b;
    b = (bench){.prefix = {3, 5}};
    core_fill(b.qkv, 3 * WIDTH * WIDTH, 1);
    core_fill(b.proj, WIDTH * WIDTH, 2);
    core_fill(b.x, ROWS * WIDTH, 3);
    /* Scores of about 1: larger ones would give some keys a share too small to be seen. */
    for (int i = 0; i < 3 * WIDTH * WIDTH; i++) b.qkv[i] *= (vt_real)0.3;
    b.attn = (vt_attn){
        {.weight = param(b.qkv, 3 * WIDTH, WIDTH)}, {.weight = param(b.proj, WIDTH, WIDTH)}, HEADS};
    b.saved = (vt_attn_saved){b.saved_qkv, b.mixed, b.lse};
    b.scratch = (vt_scratch){.wide = b.wide, .active = b.active, .attention = b.work};
    CU_ASSERT_FATAL(vt_attn_work(TOKENS, &b.attn) <= (isize)(sizeof b.work / sizeof *b.work));
    return &b;
}

static vt_pass pass_of(const bench *b, vt_mask_kind mask, vt_rows_wanted wanted)
{
    return (vt_pass){.B = B, .T = TOKENS, .mask = mask, .prefix_len = b->prefix, .wanted = wanted};
}

/* y [R, C] is the attention's output alone. */
static void forward(bench *b, const vt_pass *pass, vt_real *y)
{
    memset(y, 0, sizeof b->y);
    vt_attn_forward(&b->attn, &b->saved, pass, b->x, y, &b->scratch);
}

/* Which rows of the output change, as a bit set, when row `moved` of the input does. */
static unsigned reach(bench *b, vt_mask_kind mask, isize moved)
{
    vt_pass pass = pass_of(b, mask, VT_ROWS_ALL);
    unsigned rows = 0;
    forward(b, &pass, b->y);
    for (isize c = 0; c < WIDTH; c++) b->x[moved * WIDTH + c] += 1;
    forward(b, &pass, b->again);
    for (isize c = 0; c < WIDTH; c++) b->x[moved * WIDTH + c] -= 1;
    for (isize r = 0; r < ROWS; r++)
        if (!core_same(b->y + r * WIDTH, b->again + r * WIDTH, WIDTH)) rows |= 1u << r;
    return rows;
}

static unsigned bits(int from, int to)
{
    unsigned set = 0;
    for (int i = from; i < to; i++) set |= 1u << i;
    return set;
}

static void a_token_reaches_only_those_that_see_it(void)
{
    for (int image = 0; image < B; image++) {
        int first = image * TOKENS, end = first + TOKENS;
        for (int t = 0; t < TOKENS; t++) {
            bench *b = bench_init();
            int own = first + t, from = t < b->prefix[image] ? first : own;
            CU_ASSERT_EQUAL(reach(b, VT_MASK_NONE, own), bits(first, end));
            CU_ASSERT_EQUAL(reach(b, VT_MASK_CAUSAL, own), bits(own, end));
            CU_ASSERT_EQUAL(reach(b, VT_MASK_PREFIX, own), bits(from, end));
        }
    }
}

/* One key has the whole share, so the mixture is its value, and the denominator its score. */
static void the_first_row_of_a_causal_mask_sees_itself_alone(void)
{
    enum { D = WIDTH / HEADS };
    bench *b = bench_init();
    vt_pass pass = pass_of(b, VT_MASK_CAUSAL, VT_ROWS_ALL);
    forward(b, &pass, b->y);
    for (int image = 0; image < B; image++) {
        const vt_real *row = b->saved_qkv + image * TOKENS * 3 * WIDTH;
        CU_ASSERT(core_same(b->mixed + image * TOKENS * WIDTH, row + 2 * WIDTH, WIDTH));
        for (int h = 0; h < HEADS; h++) {
            double score = 0;
            for (int d = h * D; d < h * D + D; d++)
                score += (double)row[d] * (double)row[WIDTH + d];
            check_near("lse", (double)b->lse[h * ROWS + image * TOKENS], score / sqrt(D),
                       core_bound(1e-5, 1e-13));
        }
    }
}

/* A gradient at one row of the output flows to the rows that it sees, and to no other. */
static void gradients_flow_back_along_the_mask_alone(void)
{
    static vt_real dy[ROWS * WIDTH], dx[ROWS * WIDTH];
    for (int mask = 0; mask < 3; mask++) {
        for (isize row = 0; row < ROWS; row++) {
            bench *b = bench_init();
            vt_pass pass = pass_of(b, (vt_mask_kind)mask, VT_ROWS_ALL);
            isize image = row / TOKENS, own = row % TOKENS + 1, all = vt_pass_seen(&pass, image);
            memset(dy, 0, sizeof dy);
            core_fill(dy + row * WIDTH, WIDTH, 4);
            forward(b, &pass, b->y);
            vt_attn_backward(&b->attn, &b->saved, &pass, b->x, dy, dx, &b->scratch);
            for (isize r = 0; r < ROWS; r++) {
                double sum = 0;
                for (isize c = 0; c < WIDTH; c++) sum += fabs((double)dx[r * WIDTH + c]);
                int seen = r / TOKENS == image && r % TOKENS < (own > all ? own : all);
                CU_ASSERT_EQUAL(sum > 0, seen);
            }
        }
    }
}

static double gap(const vt_real *a, const vt_real *b, isize count)
{
    double worst = 0;
    for (isize i = 0; i < count; i++) {
        double g = fabs((double)a[i] - (double)b[i]);
        if (!(g <= worst)) worst = g;
    }
    return worst;
}

/* The rows wanted, side by side, are those of a whole pass; and a gradient of theirs gives what the
 * whole pass makes of it with zeros in the other rows. */
static void rows_that_are_not_wanted_change_nothing(void)
{
    static vt_real dy[ROWS * WIDTH], dy_all[ROWS * WIDTH], dx[ROWS * WIDTH], dx_all[ROWS * WIDTH];
    static const int32_t prefixes[][B] = {{3, 5}, {1, TOKENS - 1}, {TOKENS - 1, 1}, {TOKENS, 2}};
    const double bound = core_bound(1e-5, 1e-13);
    for (int c = 0; c < 5; c++) {
        bench *b = bench_init();
        vt_mask_kind mask = c < 4 ? VT_MASK_PREFIX : VT_MASK_CAUSAL;
        memcpy(b->prefix, prefixes[c % 4], sizeof b->prefix);
        vt_pass all = pass_of(b, mask, VT_ROWS_ALL), some = pass_of(b, mask, VT_ROWS_PREDICTING);
        isize row = 0;
        forward(b, &all, b->y);
        memset(dy_all, 0, sizeof dy_all);
        core_fill(dy, ROWS * WIDTH, 4);
        for (isize image = 0; image < B; image++) {
            vt_range range = vt_pass_range(&some, image);
            isize count = range.to - range.from;
            memcpy(dy_all + (image * TOKENS + range.from) * WIDTH, dy + row * WIDTH,
                   (size_t)(count * WIDTH) * sizeof *dy);
            row += count;
        }
        vt_attn_backward(&b->attn, &b->saved, &all, b->x, dy_all, dx_all, &b->scratch);
        forward(b, &some, b->again);
        row = 0;
        for (isize image = 0; image < B; image++) {
            vt_range range = vt_pass_range(&some, image);
            for (isize t = range.from; t < range.to; t++, row++)
                check_near("row",
                           gap(b->y + (image * TOKENS + t) * WIDTH, b->again + row * WIDTH, WIDTH),
                           0, bound);
        }
        CU_ASSERT_EQUAL(row, vt_pass_rows(&some));
        for (isize i = row * WIDTH; i < ROWS * WIDTH; i++) CU_ASSERT_EQUAL(b->again[i], 0);
        memcpy(dx, b->x, sizeof dx); /* in the place of x */
        vt_attn_backward(&b->attn, &b->saved, &some, dx, dy, dx, &b->scratch);
        check_near("gradient", gap(dx, dx_all, ROWS * WIDTH), 0, bound);
    }
}

SUITE(attention, {"ranges are those of the masks", ranges_are_those_of_the_masks},
      {"three tokens mix as worked by hand", three_tokens_mix_as_worked_by_hand},
      {"a token reaches only those that see it", a_token_reaches_only_those_that_see_it},
      {"the first row of a causal mask sees itself alone",
       the_first_row_of_a_causal_mask_sees_itself_alone},
      {"gradients flow back along the mask alone", gradients_flow_back_along_the_mask_alone},
      {"rows that are not wanted change nothing", rows_that_are_not_wanted_change_nothing})
