/* plain_aim.h - the whole objective and its gradient in the plainest form: every row of every
 * block, one number at a time, in double precision, on a tape that is read backwards.
 *
 * What the engine adds to it is left out: no row is skipped, nothing is kept or made again, no
 * shape is special. Inputs of products go through a rounding, as they do in bf16.
 */
#ifndef PLAIN_AIM_H
#define PLAIN_AIM_H
#include "objective/aim.h"

typedef double plain_round(double x);

/* Mean loss over the pairs of the pass; grads [params->size] its gradient, overwritten, laid out as
 * params' values. pass: causal, or prefix. */
double plain_aim(double *grads, const vt_aim_shape *shape, const vt_params *params,
                 const vt_pass *pass, const vt_real *images, plain_round *round);
#endif
