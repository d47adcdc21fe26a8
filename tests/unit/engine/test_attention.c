/* Who sees whom: the masks by hand, and what must not reach what. */
#include "check.h"
#include "core_fixture.h"
#include "model/attention.h"
#include <math.h>
#include <string.h>

static void limits_are_those_of_the_masks(void)
{
    static const int32_t prefix[] = {1, 3, 4};
    static const isize want[3][4] = {{1, 2, 3, 4}, {3, 3, 3, 4}, {4, 4, 4, 4}};
    vt_pass pass = {3, 4, VT_MASK_PREFIX, prefix};
    for (isize image = 0; image < 3; image++)
        for (isize row = 0; row < 4; row++) {
            pass.mask = VT_MASK_PREFIX;
            CU_ASSERT_EQUAL(vt_pass_limit(&pass, image, row), want[image][row]);
            pass.mask = VT_MASK_CAUSAL;
            CU_ASSERT_EQUAL(vt_pass_limit(&pass, image, row), row + 1);
            pass.mask = VT_MASK_NONE;
            CU_ASSERT_EQUAL(vt_pass_limit(&pass, image, row), 4);
        }
}

/* ---- three tokens by hand ---- */

enum { T = 3, C = 4 };

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
    vt_real saved_qkv[T * 3 * C], share[2 * T * T], mixed[T * C];
    vt_attn attn = {{.weight = {qkv, NULL, 3 * C, C}}, {.weight = {proj, NULL, C, C}}, 2};
    vt_attn_saved saved = {saved_qkv, share, mixed};
    for (int i = 0; i < C; i++) proj[i * C + (i + 2) % C] = 1;
    for (int t = 0; t < T; t++) {
        x[t * C + t] = 1;
        qkv[t] = t == 1 ? (vt_real)(sqrt(2) * log(2)) : 0;
        qkv[C * C + t] = (vt_real)t;
        qkv[2 * C * C + t] = (vt_real)(7 << t);
        qkv[2 * C * C + 2 * C + t] = (vt_real)(3 << t);
    }
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        vt_pass pass = {1, T, cases[c].mask, &cases[c].prefix};
        vt_attn_forward(&attn, &saved, &pass, x, y);
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
    vt_real saved_qkv[ROWS * 3 * WIDTH], share[B * HEADS * TOKENS * TOKENS], mixed[ROWS * WIDTH];
    vt_real x[ROWS * WIDTH], y[ROWS * WIDTH], again[ROWS * WIDTH];
    vt_attn attn;
    vt_attn_saved saved;
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
    b.attn = (vt_attn){{.weight = {b.qkv, NULL, 3 * WIDTH, WIDTH}},
                       {.weight = {b.proj, NULL, WIDTH, WIDTH}},
                       HEADS};
    b.saved = (vt_attn_saved){b.saved_qkv, b.share, b.mixed};
    return &b;
}

/* Which rows of the output change, as a bit set, when row `moved` of the input does. */
static unsigned reach(bench *b, vt_mask_kind mask, isize moved)
{
    vt_pass pass = {B, TOKENS, mask, b->prefix};
    unsigned rows = 0;
    vt_attn_forward(&b->attn, &b->saved, &pass, b->x, b->y);
    for (isize c = 0; c < WIDTH; c++) b->x[moved * WIDTH + c] += 1;
    vt_attn_forward(&b->attn, &b->saved, &pass, b->x, b->again);
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

static void the_first_row_of_a_causal_mask_sees_itself_alone(void)
{
    bench *b = bench_init();
    vt_pass pass = {B, TOKENS, VT_MASK_CAUSAL, NULL};
    vt_attn_forward(&b->attn, &b->saved, &pass, b->x, b->y);
    for (int h = 0; h < B * HEADS; h++)
        for (int k = 0; k < TOKENS; k++) CU_ASSERT_EQUAL(b->share[h * TOKENS * TOKENS + k], k == 0);
}

/* A gradient at one row of the output flows to the rows that it sees, and to no other. */
static void gradients_flow_back_along_the_mask_alone(void)
{
    static vt_real dqkv[ROWS * 3 * WIDTH], dmixed[ROWS * WIDTH], dshare[TOKENS * TOKENS];
    static vt_real dy[ROWS * WIDTH], dx[ROWS * WIDTH];
    vt_attn_scratch scratch = {dqkv, dmixed, dshare};
    for (int mask = 0; mask < 3; mask++) {
        for (isize row = 0; row < ROWS; row++) {
            bench *b = bench_init();
            vt_pass pass = {B, TOKENS, (vt_mask_kind)mask, b->prefix};
            isize image = row / TOKENS, limit = vt_pass_limit(&pass, image, row % TOKENS);
            memset(dy, 0, sizeof dy);
            core_fill(dy + row * WIDTH, WIDTH, 4);
            vt_attn_forward(&b->attn, &b->saved, &pass, b->x, b->y);
            vt_attn_backward(&b->attn, &b->saved, &pass, b->x, dy, dx, &scratch);
            for (isize r = 0; r < ROWS; r++) {
                double sum = 0;
                for (isize c = 0; c < WIDTH; c++) sum += fabs((double)dx[r * WIDTH + c]);
                int seen = r / TOKENS == image && r % TOKENS < limit;
                CU_ASSERT_EQUAL(sum > 0, seen);
            }
        }
    }
}

SUITE(attention, {"limits are those of the masks", limits_are_those_of_the_masks},
      {"three tokens mix as worked by hand", three_tokens_mix_as_worked_by_hand},
      {"a token reaches only those that see it", a_token_reaches_only_those_that_see_it},
      {"the first row of a causal mask sees itself alone",
       the_first_row_of_a_causal_mask_sees_itself_alone},
      {"gradients flow back along the mask alone", gradients_flow_back_along_the_mask_alone})
