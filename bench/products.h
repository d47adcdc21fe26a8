/* bench/products.h - the matrix products of a training step, and nothing else: what a step would
 * cost if all that is not a product were free.
 *
 * One shard's products, with the numbers of rows that the learner has (no last token; only rows
 * that predict a target go through the head and the last MLP), through the same vt_gemm and
 * vt_gemm_bf16, on buffers whose content does not matter. Attention counts as whole products in
 * fp32, six for each head of each image. Of blocks that are alike only a few are done: what counts
 * is the rate.
 */
#ifndef BENCH_PRODUCTS_H
#define BENCH_PRODUCTS_H
#include "bench/shape.h"

typedef struct {
    vt_real *x, *y, *dy, *weight, *grad, *score;
    vt_bf16 *half_x, *half_dy, *half_weight;
    double flops; /* of the last shard */
} bench_product_buffers;

typedef struct {
    bench_shape shape;
    bench_precision precision;
    isize images, R; /* of a shard: images, rows that predict (the mean over shards) */
    vt_pool *pool;   /* borrowed */
    vt_arena arena;
    bench_product_buffers *buffers; /* [workers] */
} bench_products;

/* learner: already filled, its prefixes count. */
VT_CHECKED vt_status bench_products_open(bench_products *out, const bench_shape *shape,
                                         const vt_learner *learner, vt_pool *pool, vt_error *err);
/* Each worker does a shard's products; floating-point operations a second of all together. */
double bench_products_rate(bench_products *products);
void bench_products_close(bench_products *products);
#endif
