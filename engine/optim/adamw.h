/* optim/adamw.h - one optimiser step over flat buffers: add up the sums, clip, update.
 *
 * The buffers are cut into pieces that lie within one parameter; pieces are independent, and their
 * sums of squares are added in order, so any number of workers gives the same bits. Decoupled
 * weight decay as in AdamW (Loshchilov and Hutter, 2019), moments corrected for their bias,
 * gradients first scaled by clip_norm / (norm + 1e-6) where norm exceeds it: the norm of all, or of
 * each parameter by itself.
 */
#ifndef VT_ADAMW_H
#define VT_ADAMW_H
#include "model/param.h"
#include "ops/kernels.h"
#include "par/pool.h"

typedef struct {
    isize offset, count; /* elements */
    int decay;           /* 1: weight decay applies */
    isize param;         /* which one it is of */
} vt_piece;

typedef struct {
    vt_real *value, *m, *v; /* [size] flat, borrowed */
    vt_bf16 *half;          /* [size] value in bf16, borrowed; NULL: not wanted */
    vt_real **sums;         /* [sum_count] of [size] gradients, borrowed; added up in the first */
    int sum_count;
    vt_piece *pieces; /* [piece_count], arena */
    isize piece_count;
    double *squares; /* [piece_count], arena */
    double *scales;  /* [parameters], arena: what each one's gradient is multiplied by */
    isize param_count;
} vt_optim;

typedef struct {
    double lr, beta1, beta2, eps, weight_decay;
    double clip_norm; /* 0: leave the gradient alone */
    int clip_each;    /* 1: each parameter by its own norm */
    int64_t step;     /* from 1: of the bias correction */
} vt_optim_step_options;

/* Pieces of info [count]; fills what is the arena's alone. */
void vt_optim_plan(vt_optim *optim, const vt_param_info *info, isize count, vt_arena *arena);
/* Returns the gradient's global 2-norm before clipping. Non-finite gradients leave the parameters
 * untouched, and the norm says so. */
double vt_optim_step(vt_optim *optim, vt_pool *pool, const vt_optim_step_options *options);
#endif
