#include "bench/products.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "train/machine.h"

enum { ALIKE = 4 }; /* blocks of trunk and of head, at most */

/* That go through the trunk: an image's last one predicts nothing. */
static isize tokens(const bench_shape *shape)
{
    return bench_tokens(shape) - 1;
}

static isize widest(const bench_shape *shape)
{
    isize values = bench_patch_values(shape), wide = 4 * (isize)shape->width;
    return values > wide ? values : wide;
}

static void plan(bench_products *p)
{
    vt_arena *arena = &p->arena;
    isize T = tokens(&p->shape), N = p->images * T, wide = widest(&p->shape);
    isize C = p->shape.width;
    int workers = vt_pool_workers(p->pool);
    p->buffers = VT_TAKE(arena, bench_product_buffers, workers);
    for (int w = 0; w < workers; w++) {
        bench_product_buffers b = {0};
        b.x = VT_TAKE(arena, vt_real, N * wide);
        b.y = VT_TAKE(arena, vt_real, N * wide);
        b.dy = VT_TAKE(arena, vt_real, N * wide);
        b.weight = VT_TAKE(arena, vt_real, wide * C);
        b.grad = VT_TAKE(arena, vt_real, wide * C);
        b.score = VT_TAKE(arena, vt_real, T * T);
        if (p->precision == BENCH_BF16) {
            b.half_x = VT_TAKE(arena, vt_bf16, N * wide);
            b.half_dy = VT_TAKE(arena, vt_bf16, N * wide);
            b.half_weight = VT_TAKE(arena, vt_bf16, wide * C);
        }
        if (p->buffers) p->buffers[w] = b;
    }
}

/* Numbers of both signs, since a product of zeros may run cooler. */
static void fill(vt_real *x, vt_bf16 *half, isize count)
{
    for (isize i = 0; i < count; i++) x[i] = (vt_real)(i % 13 - 6) * (vt_real)0.01;
    if (half) vt_kernels_now()->round_bf16(half, x, count);
}

vt_status bench_products_open(bench_products *out, const bench_shape *shape,
                              const vt_learner *learner, vt_pool *pool, vt_error *err)
{
    isize rows = 0, T = tokens(shape);
    for (isize b = 0; b < shape->batch; b++) rows += bench_tokens(shape) - learner->draws[b];
    *out = (bench_products){.shape = *shape,
                            .precision = vt_config_bf16(&learner->config) ? BENCH_BF16 : BENCH_FP32,
                            .images = shape->batch / shape->shards,
                            .R = rows / shape->shards,
                            .pool = pool};
    plan(out);
    vt_status status = vt_arena_open(&out->arena, err);
    if (status != VT_OK) return status;
    plan(out);
    isize wide = widest(shape), N = out->images * T;
    for (int w = 0; w < vt_pool_workers(pool); w++) {
        bench_product_buffers *b = &out->buffers[w];
        fill(b->x, b->half_x, N * wide);
        fill(b->dy, b->half_dy, N * wide);
        fill(b->weight, b->half_weight, wide * shape->width);
    }
    return VT_OK;
}

void bench_products_close(bench_products *products)
{
    vt_arena_close(&products->arena);
}

/* y = x Wᵀ, dW += dyᵀ x, dx = dy W; W [O, I] */
static void linear(bench_product_buffers *b, isize N, isize I, isize O, int dx)
{
    vt_extent forward = {N, O, I}, weights = {O, I, N}, back = {N, I, O};
    if (b->half_x) {
        vt_factor_bf16 x = {b->half_x, I, VT_N}, w = {b->half_weight, I, VT_N};
        vt_factor_bf16 dy = {b->half_dy, O, VT_N};
        vt_gemm_bf16(b->y, O, forward, x, (vt_factor_bf16){w.data, I, VT_T}, 0);
        vt_gemm_bf16(b->grad, I, weights, (vt_factor_bf16){dy.data, O, VT_T}, x, 1);
        if (dx) vt_gemm_bf16(b->y, I, back, dy, w, 0);
    } else {
        vt_factor x = {b->x, I, VT_N}, w = {b->weight, I, VT_N}, dy = {b->dy, O, VT_N};
        vt_gemm(b->y, O, forward, x, (vt_factor){w.data, I, VT_T}, 0);
        vt_gemm(b->grad, I, weights, (vt_factor){dy.data, O, VT_T}, x, 1);
        if (dx) vt_gemm(b->y, I, back, dy, w, 0);
    }
    b->flops += (dx ? 6.0 : 4.0) * (double)(N * I * O);
}

/* One head of one image, M query rows: score = q kᵀ, mixed = score v; dv = scoreᵀ dmixed,
 * dscore = dmixed vᵀ, dq = dscore k, dk = dscoreᵀ q. q, k, v have rows 3C apart. */
static void head(bench_product_buffers *b, isize M, isize T, isize d, isize C)
{
    vt_factor q = {b->x, 3 * C, VT_N}, mixed = {b->dy, C, VT_N};
    vt_factor score = {b->score, T, VT_N}, turned = {b->score, T, VT_T};
    vt_factor k = {b->x + C, 3 * C, VT_N}, v = {b->x + 2 * C, 3 * C, VT_N};
    vt_factor k_turned = {k.data, 3 * C, VT_T}, v_turned = {v.data, 3 * C, VT_T};
    vt_gemm(b->score, T, (vt_extent){M, T, d}, q, k_turned, 0);
    vt_gemm(b->y, C, (vt_extent){M, d, T}, score, v, 0);
    vt_gemm(b->y, 3 * C, (vt_extent){T, d, M}, turned, mixed, 0);
    vt_gemm(b->score, T, (vt_extent){M, T, d}, mixed, v_turned, 0);
    vt_gemm(b->y, 3 * C, (vt_extent){M, d, T}, score, k, 0);
    vt_gemm(b->y, 3 * C, (vt_extent){T, d, M}, turned, q, 0);
    b->flops += 12.0 * (double)(M * T * d);
}

static void shard_turn(void *context, isize index, int worker)
{
    const bench_products *p = context;
    bench_product_buffers *b = &p->buffers[index];
    isize T = tokens(&p->shape), N = p->images * T, C = p->shape.width;
    isize values = bench_patch_values(&p->shape);
    (void)worker;
    b->flops = 0;
    isize depth = vt_min(p->shape.depth, ALIKE), head_depth = vt_min(p->shape.head_depth, ALIKE);
    linear(b, N, values, C, 0);
    for (isize l = 0; l < depth; l++) {
        isize R = l < depth - 1 ? N : p->R;
        linear(b, N, C, 3 * C, 1);
        for (isize i = 0; i < p->images * p->shape.heads; i++)
            head(b, R / p->images, T, C / p->shape.heads, C);
        linear(b, R, C, C, 1);
        linear(b, R, C, 4 * C, 1);
        linear(b, R, 4 * C, C, 1);
    }
    linear(b, p->R, C, C, 1);
    for (isize l = 0; l < head_depth; l++) {
        linear(b, p->R, C, 4 * C, 1);
        linear(b, p->R, 4 * C, C, 1);
    }
    linear(b, p->R, C, values, 1);
}

double bench_products_rate(bench_products *p)
{
    int workers = vt_pool_workers(p->pool);
    double from = vt_clock_wall(), flops = 0;
    vt_pool_for(p->pool, workers, shard_turn, p);
    double took = vt_clock_wall() - from;
    for (int w = 0; w < workers; w++) flops += p->buffers[w].flops;
    return flops / took;
}
