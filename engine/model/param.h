/* model/param.h - parameters: flat buffers, and the table that says what lies where.
 *
 * A module's plan function takes its parameters from a vt_params in a fixed order. The same plan
 * runs to count (no buffers), to build the table, and to make another view: over the same values
 * with another gradient buffer, or with none (frozen).
 *
 * Shards that share a gradient buffer add to it in their order, one gate for each parameter: see
 * par/turns.h. The first one overwrites, so the buffer is never cleared.
 */
#ifndef VT_PARAM_H
#define VT_PARAM_H
#include "base/arena.h"
#include "par/turns.h"

/* Letters in shape comments, everywhere in the engine:
 *   B images   T tokens per image   N = B*T rows   C width   I/O linear in/out
 *   H heads    P values per patch   K classes      L blocks                       */

typedef enum {
    VT_INIT_ZERO,
    VT_INIT_ONE,
    VT_INIT_XAVIER,    /* uniform, +-sqrt(6 / (fan_in + fan_out)) */
    VT_INIT_QKV,       /* xavier over each of the three [C, C] parts */
    VT_INIT_CONV_BIAS, /* uniform, +-1/sqrt(fan_in), fan_in given in `fan` */
    VT_INIT_NORMAL     /* normal, standard deviation 0.02 */
} vt_init;

typedef struct {
    vt_real *value, *grad; /* [rows, cols]; grad NULL = frozen; both borrowed from the buffers */
    isize rows, cols;
    vt_bf16 *half;   /* [rows, cols] value in bf16, for products to read; NULL: they read value */
    vt_turns *turns; /* NULL: one shard alone, which adds to what it finds */
    isize gate;
} vt_param;

enum { VT_PARAM_NAME = 96 };

typedef struct {
    char name[VT_PARAM_NAME]; /* as published, "trunk.blocks.3.attn.qkv.weight" */
    isize offset;             /* into the flat buffers, in elements; a multiple of 16 */
    isize rows, cols, fan;
    isize shape[4]; /* as published; dims of them are used */
    int dims;
    int decay; /* 1: weight decay applies */
    vt_init init;
} vt_param_info;

typedef struct {
    vt_real *values, *grads; /* flat, borrowed; NULL: not wanted */
    vt_bf16 *halves;         /* flat, borrowed; NULL: products in full precision */
    vt_turns *turns;         /* a gate for each parameter, borrowed; NULL: see vt_param */
    vt_param_info *info;     /* [info_count] filled where not NULL */
    const char *prefix;      /* of the names that are taken; NULL: none */
    isize count, size;       /* parameters so far, elements so far (padding included) */
    isize numbers;           /* elements so far without padding: what is called N */
} vt_params;

/* The next parameter. info: name, rows, cols, fan, shape, dims, init are the caller's; the rest
 * is filled in. Decay applies unless the name holds bias, pos_embed, norm or gamma. */
vt_param vt_param_take(vt_params *params, vt_param_info info);

/* A matrix or vector in the usual shapes; format makes the name. */
vt_param vt_param_matrix(vt_params *params, isize rows, isize cols, vt_init init,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));
vt_param vt_param_vector(vt_params *params, isize cols, vt_init init, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Around an addition to the gradient, which must not be frozen. begin waits for the turn and
 * returns 1 when there is something to add to, 0 when the gradient is to be overwritten. */
int vt_param_begin(const vt_param *param, isize turn);
void vt_param_end(const vt_param *param);

/* Fills values by the table: a pure function of (seed, parameter's number). */
void vt_params_init(vt_real *values, const vt_param_info *info, isize count, uint64_t seed);
#endif
