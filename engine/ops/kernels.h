/* ops/kernels.h - the loops between matrix products, one table for each instruction set.
 *
 * kernels.c, and what its tables hold of other files, is compiled once for each instruction set of
 * the CPU family, and the best table that this CPU can run is chosen at start
 * (VT_ISA=portable|avx2|avx512 in the environment chooses a lesser one). Results differ in the last
 * bits between tables, never between calls, so a run's record names its table.
 *
 * Rows are contiguous. "d" + name is the gradient of name. Nothing here allocates or fails.
 */
#ifndef VT_KERNELS_H
#define VT_KERNELS_H
#include "ops/attention.h"
#include "ops/gelu.h"
#include "ops/gemm_tiles.h"
#include "ops/norm_rows.h"

typedef struct {
    double lr, beta1, beta2, eps;
    double decay;        /* decoupled weight decay; 0 for biases and norms */
    double grad_scale;   /* clip factor, multiplies every gradient first */
    double bias1, bias2; /* 1 - beta^t of this step, t from 1 */
} vt_adamw;

typedef struct {
    vt_real sharp; /* 1 / temperature */
    vt_real mass;  /* what the target's shares sum to */
    vt_real scale; /* of the gradient */
} vt_soft_xent;

typedef struct {
    const char *name; /* portable, avx2, avx512 */

    vt_gelu_forward *gelu_forward; /* see ops/gelu.h */
    vt_gelu_backward *gelu_backward;

    /* row[0..n) = softmax(scale * row[0..n)), row[n..cols) = 0; n >= 1. */
    void (*softmax_row)(vt_real *row, isize n, isize cols, vt_real scale);
    /* ds[0..n) = scale p (ds - sum_k p_k ds_k), ds[n..cols) = 0: of the row above, in place. */
    void (*softmax_row_backward)(vt_real *ds, const vt_real *p, isize n, isize cols, vt_real scale);

    vt_norm_rows_forward *norm_forward; /* see ops/norm_rows.h */
    vt_norm_rows_apply *norm_apply;
    vt_norm_rows_backward *norm_backward;

    void (*add)(vt_real *y, const vt_real *a, const vt_real *b, isize n);      /* y = a + b */
    void (*fill_rows)(vt_real *y, const vt_real *row, isize rows, isize cols); /* y[r] = row */
    /* y[r] += table[r mod period] for each row. */
    void (*add_rows)(vt_real *y, const vt_real *table, isize rows, isize cols, isize period);
    void (*sum_rows)(vt_real *sum, const vt_real *x, isize rows, isize cols); /* sum += rows */

    /* y[r] += table[row_of[r]]; y[r] = x[row_of[r]]; y[row_of[r]] = x[r], for each of rows. */
    void (*add_rows_at)(vt_real *y, const vt_real *table, const int32_t *row_of, isize rows,
                        isize cols);
    void (*gather_rows)(vt_real *y, const vt_real *x, const int32_t *row_of, isize rows,
                        isize cols);
    void (*scatter_rows)(vt_real *y, const vt_real *x, const int32_t *row_of, isize rows,
                         isize cols);

    /* returns sum (pred - target)^2 and sets dpred = scale (pred - target). */
    double (*squared_error)(vt_real *dpred, const vt_real *pred, const vt_real *target, isize n,
                            vt_real scale);
    double (*sum_squares)(const vt_real *x, isize n);
    /* The cross-entropy of softmax(sharp logits) to shares that sum to mass: returns
     * sum_k target_k -log softmax(sharp logits)_k, in nats, and sets d to scale times its gradient
     * in the logits; d may be logits. */
    double (*soft_xent)(vt_real *d, const vt_real *logits, const vt_real *target, isize n,
                        const vt_soft_xent *shape);
    /* row = exp(scale (row - top)), for scale (row - top) <= 88. */
    void (*exp_row)(vt_real *row, isize n, vt_real scale, vt_real top);
    void (*follow)(vt_real *y, const vt_real *x, isize n, vt_real rate); /* y += rate (x - y) */
    /* Where the greatest of x [n] stands, the first of equal ones; within 0 .. n-1 even where x
     * holds NaN. n >= 1. */
    isize (*greatest)(const vt_real *x, isize n);
    void (*scale)(vt_real *x, isize n, vt_real by); /* x *= by */
    /* To the nearest, of two the even one; beyond the largest, infinity; no number stays none;
     * subnormal numbers become 0. The same bits from every table. */
    void (*round_bf16)(vt_bf16 *y, const vt_real *x, isize n);
    /* half [n]: the new value, rounded so, or NULL. */
    void (*adamw)(vt_real *value, vt_bf16 *half, vt_real *m, vt_real *v, const vt_real *grad,
                  isize n, const vt_adamw *step);

    vt_attention_forward *attention_forward; /* of one head: see ops/attention.h */
    vt_attention_backward *attention_backward;
    vt_gemm_tiles *gemm_tiles; /* see ops/gemm_tiles.h */
} vt_kernels;

extern const vt_kernels vt_kernels_portable, vt_kernels_avx2, vt_kernels_avx512;

/* The table in use. vt_kernels_setup is called once, before threads; it returns 0 when VT_ISA names
 * no table that this CPU can run, and chooses the best one then. */
const vt_kernels *vt_kernels_now(void);
int vt_kernels_setup(void);
/* The i-th table that this CPU can run, from the plainest, NULL after the last: for tests. */
const vt_kernels *vt_kernels_at(int i);
#endif
