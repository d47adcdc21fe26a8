#include "model/lora.h"
#include "base/rng.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

void vt_lora_plan(vt_lora *lora, const vt_trunk_shape *shape, vt_params *params, vt_arena *arena)
{
    isize C = shape->width, r = lora->rank;
    lora->width = shape->width;
    lora->depth = shape->depth;
    lora->blocks = VT_TAKE(arena, vt_lora_block, shape->depth);
    for (int l = 0; l < shape->depth; l++) {
        const char *qkv = "trunk.blocks.%d.attn.qkv.lora_%c";
        const char *proj = "trunk.blocks.%d.attn.proj.lora_%c";
        vt_lora_block block;
        block.qv_a = vt_param_matrix(params, 2 * r, C, VT_INIT_ZERO, qkv, l, 'A');
        block.qv_b = vt_param_matrix(params, 2 * C, r, VT_INIT_ZERO, qkv, l, 'B');
        block.proj_a = vt_param_matrix(params, r, C, VT_INIT_ZERO, proj, l, 'A');
        block.proj_b = vt_param_matrix(params, C, r, VT_INIT_ZERO, proj, l, 'B');
        if (lora->blocks) lora->blocks[l] = block;
    }
}

static void draw(const vt_param *a, uint64_t seed, int l, uint64_t matrix)
{
    vt_rng rng = vt_rng_at(seed, VT_RNG_LORA, (uint64_t)l, matrix);
    double bound = 1 / sqrt((double)a->cols);
    for (isize i = 0; i < a->rows * a->cols; i++)
        a->value[i] = (vt_real)(bound * (2 * vt_rng_unit(&rng) - 1));
}

void vt_lora_init(const vt_lora *lora, uint64_t seed, int l)
{
    const vt_lora_block *block = &lora->blocks[l];
    draw(&block->qv_a, seed, l, 0);
    draw(&block->proj_a, seed, l, 1);
    memset(block->qv_b.value, 0, (size_t)(block->qv_b.rows * block->qv_b.cols) * sizeof(vt_real));
    memset(block->proj_b.value, 0,
           (size_t)(block->proj_b.rows * block->proj_b.cols) * sizeof(vt_real));
}

/* One square matrix that is changed: where it begins in its weight, in A and in B. */
typedef struct {
    const vt_param *a, *b;
    isize weight, a_at, b_at;
} part;

static part part_of(const vt_lora *lora, int l, int i)
{
    const vt_lora_block *block = &lora->blocks[l];
    isize C = lora->width, r = lora->rank;
    if (i == 2) return (part){.a = &block->proj_a, .b = &block->proj_b};
    return (part){.a = &block->qv_a,
                  .b = &block->qv_b,
                  .weight = i == 0 ? 0 : 2 * C * C, /* rows q, k, v */
                  .a_at = i * r * C,
                  .b_at = i * C * r};
}

static const vt_param *weight_of(const vt_attn *attn, int i)
{
    return i == 2 ? &attn->proj.weight : &attn->qkv.weight;
}

static void scale(vt_real *values, isize count, double factor)
{
    for (isize i = 0; i < count; i++) values[i] *= (vt_real)factor;
}

/* W = W0 + s B A, as W = s (B A) + W0: where B is 0, that is W0. */
void vt_lora_merge(const vt_lora *lora, const vt_attn *base, const vt_attn *to, int l)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize C = lora->width, r = lora->rank;
    for (int i = 0; i < 3; i++) {
        part p = part_of(lora, l, i);
        const vt_param *weight = weight_of(to, i);
        vt_real *w = weight->value + p.weight;
        vt_gemm(w, C, (vt_extent){C, C, r}, (vt_factor){p.b->value + p.b_at, r, VT_N},
                (vt_factor){p.a->value + p.a_at, C, VT_N}, 0);
        scale(w, C * C, lora->alpha / (double)r);
        kernels->add(w, w, weight_of(base, i)->value + p.weight, C * C);
        if (weight->half) kernels->round_bf16(weight->half + p.weight, w, C * C);
    }
}

/* was W = W0 + s B A, so now dA = s B^T dW, dB = s dW A^T */
void vt_lora_backward(const vt_lora *lora, const vt_attn *of, int l)
{
    isize C = lora->width, r = lora->rank;
    double s = lora->alpha / (double)r;
    for (int i = 0; i < 3; i++) {
        part p = part_of(lora, l, i);
        vt_factor dw = {weight_of(of, i)->grad + p.weight, C, VT_N};
        vt_real *da = p.a->grad + p.a_at, *db = p.b->grad + p.b_at;
        vt_gemm(da, C, (vt_extent){r, C, C}, (vt_factor){p.b->value + p.b_at, r, VT_T}, dw, 0);
        vt_gemm(db, r, (vt_extent){C, r, C}, dw, (vt_factor){p.a->value + p.a_at, C, VT_T}, 0);
        scale(da, r * C, s);
        scale(db, C * r, s);
    }
}
