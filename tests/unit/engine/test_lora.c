/* Low-rank changes: how many, where they begin, and what they leave alone. */
#include "base/rng.h"
#include "check.h"
#include "model/lora.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 12, DEPTH = 2 };

static const vt_trunk_shape shape = {.image_px = 4,
                                     .patch_px = 2,
                                     .channels = 1,
                                     .width = WIDTH,
                                     .depth = DEPTH,
                                     .heads = 3,
                                     .norm_eps = 1e-6};

typedef struct {
    vt_arena arena;
    vt_params params, changes;
    vt_trunk trunk, before;
    vt_lora lora;
    vt_real *loaded;
    vt_bf16 *halves;
} changed;

static void plan(changed *c)
{
    vt_params counted = {0}, small = {0};
    vt_arena none = {0};
    (void)vt_trunk_plan(&shape, &counted, &none);
    vt_lora_plan(&c->lora, &shape, &small, &none);
    c->params = (vt_params){.info = VT_TAKE(&c->arena, vt_param_info, counted.count)};
    c->params.values = VT_TAKE(&c->arena, vt_real, counted.size);
    c->params.halves = c->halves = VT_TAKE(&c->arena, vt_bf16, counted.size);
    c->loaded = VT_TAKE(&c->arena, vt_real, counted.size);
    c->trunk = vt_trunk_plan(&shape, &c->params, &c->arena);
    vt_params before = {.values = c->loaded};
    c->before = vt_trunk_plan(&shape, &before, &c->arena);
    c->changes = (vt_params){.values = VT_TAKE(&c->arena, vt_real, small.size)};
    vt_lora_plan(&c->lora, &shape, &c->changes, &c->arena);
}

static void begin(changed *c)
{
    vt_error err = {{0}};
    *c = (changed){.lora = {.rank = 3, .alpha = 6}};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    plan(c);
    CU_ASSERT_FATAL(vt_arena_open(&c->arena, &err) == VT_OK);
    plan(c);
    vt_params_init(c->loaded, c->params.info, c->params.count, 9);
    memcpy(c->params.values, c->loaded, (size_t)c->params.size * sizeof *c->loaded);
    for (int l = 0; l < DEPTH; l++) vt_lora_init(&c->lora, 1, l);
}

static void merge(const changed *c)
{
    for (int l = 0; l < DEPTH; l++)
        vt_lora_merge(&c->lora, &c->before.blocks.list[l].attn, &c->trunk.blocks.list[l].attn, l);
}

static void rank_8_has_48_parameters_a_channel_and_block(void)
{
    static const struct {
        int width, depth, heads;
        isize count;
    } sizes[] = {{1536, 24, 12, 1769472}, {2048, 24, 16, 2359296}, {4096, 32, 32, 6291456}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vt_trunk_shape big = shape;
        vt_params params = {0};
        vt_arena none = {0};
        vt_lora lora = {.rank = 8, .alpha = 1};
        big.width = sizes[i].width;
        big.depth = sizes[i].depth;
        big.heads = sizes[i].heads;
        vt_lora_plan(&lora, &big, &params, &none);
        CU_ASSERT_EQUAL(params.numbers, (isize)48 * big.width * big.depth);
        CU_ASSERT_EQUAL(params.numbers, sizes[i].count);
    }
}

static void a_change_of_zero_is_none(void)
{
    changed c;
    begin(&c);
    memset(c.trunk.blocks.list[0].attn.qkv.weight.value, 1, 64); /* made anew, not kept */
    merge(&c);
    CU_ASSERT(memcmp(c.params.values, c.loaded, (size_t)c.params.size * sizeof *c.loaded) == 0);
    double largest = 0;
    for (isize i = 0; i < 2 * 3 * WIDTH; i++)
        largest = fmax(largest, fabs((double)c.lora.blocks[1].qv_a.value[i]));
    CU_ASSERT(largest > 0.8 / sqrt(WIDTH) && largest <= 1 / sqrt(WIDTH));
    vt_arena_close(&c.arena);
}

/* W0 + (alpha / r) B A of one entry, in double. */
static double entry(const vt_lora_block *b, const vt_real *w0, isize part, isize row, isize col)
{
    double sum = 0;
    for (isize r = 0; r < 3; r++) {
        isize a = (part == 1 ? 3 : 0) + r, at = (part == 1 ? WIDTH : 0) + row;
        const vt_param *pa = part == 2 ? &b->proj_a : &b->qv_a;
        const vt_param *pb = part == 2 ? &b->proj_b : &b->qv_b;
        sum += (double)pb->value[at * 3 + r] * (double)pa->value[a * WIDTH + col];
    }
    return (double)*w0 + 2 * sum;
}

static void q_v_and_proj_change_and_k_does_not(void)
{
    changed c;
    begin(&c);
    vt_rng rng = vt_rng_at(2, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < c.changes.size; i++) c.changes.values[i] = (vt_real)vt_rng_normal(&rng);
    merge(&c);
    const vt_attn *now = &c.trunk.blocks.list[1].attn, *before = &c.before.blocks.list[1].attn;
    const vt_lora_block *block = &c.lora.blocks[1];
    isize square = WIDTH * WIDTH;
    for (isize i = 0; i < square; i++) {
        isize row = i / WIDTH, col = i % WIDTH;
        const vt_real *w0 = before->qkv.weight.value, *w = now->qkv.weight.value;
        check_near("q", (double)w[i], entry(block, w0 + i, 0, row, col), 1e-4);
        CU_ASSERT(w[square + i] == w0[square + i]);
        check_near("v", (double)w[2 * square + i], entry(block, w0 + 2 * square + i, 1, row, col),
                   1e-4);
        check_near("proj", (double)now->proj.weight.value[i],
                   entry(block, before->proj.weight.value + i, 2, row, col), 1e-4);
        vt_bf16 half;
        vt_kernels_now()->round_bf16(&half, &w[2 * square + i], 1);
        CU_ASSERT(memcmp(&half, &now->qkv.weight.half[2 * square + i], sizeof half) == 0);
    }
    vt_arena_close(&c.arena);
}

SUITE(lora,
      {"rank 8 has 48 parameters a channel and block",
       rank_8_has_48_parameters_a_channel_and_block},
      {"a change of zero is none", a_change_of_zero_is_none},
      {"q, v and proj change and k does not", q_v_and_proj_change_and_k_does_not})
