#include "optim/adamw.h"
#include "base/profile.h"
#include <math.h>
#include <string.h>

enum { PIECE_ELEMENTS = 1 << 14 };

void vt_optim_plan(vt_optim *optim, const vt_param_info *info, isize count, vt_arena *arena)
{
    isize pieces = 0;
    for (isize p = 0; p < count; p++)
        pieces += (info[p].rows * info[p].cols + PIECE_ELEMENTS - 1) / PIECE_ELEMENTS;
    optim->piece_count = pieces;
    optim->pieces = VT_TAKE(arena, vt_piece, pieces);
    optim->squares = VT_TAKE(arena, double, pieces);
    optim->scales = VT_TAKE(arena, double, count);
    optim->param_count = count;
    if (!optim->pieces) return;
    isize at = 0;
    for (isize p = 0; p < count; p++) {
        isize total = info[p].rows * info[p].cols;
        for (isize from = 0; from < total; from += PIECE_ELEMENTS)
            optim->pieces[at++] = (vt_piece){
                info[p].offset + from, vt_min(total - from, PIECE_ELEMENTS), info[p].decay, p};
    }
}

/* The first sum takes up the others, in their order; its sum of squares is kept. */
static void reduce_turn(void *context, isize index, int worker)
{
    (void)worker;
    vt_optim *optim = context;
    const vt_kernels *kernels = vt_kernels_now();
    vt_piece piece = optim->pieces[index];
    vt_real *grad = optim->sums[0] + piece.offset;
    int64_t from = vt_profile_from(), bytes = piece.count * (int64_t)sizeof *grad;
    for (int s = 1; s < optim->sum_count; s++)
        kernels->add(grad, grad, optim->sums[s] + piece.offset, piece.count);
    optim->squares[index] = kernels->sum_squares(grad, piece.count);
    vt_profile_add(VT_PART_REDUCE, from, 0, bytes * (3 * optim->sum_count - 2));
}

typedef struct {
    vt_optim *optim;
    vt_adamw step;
    double weight_decay;
} update;

static void update_turn(void *context, isize index, int worker)
{
    (void)worker;
    const update *u = context;
    vt_piece piece = u->optim->pieces[index];
    vt_adamw step = u->step;
    isize at = piece.offset;
    step.decay = piece.decay ? u->weight_decay : 0;
    step.grad_scale = u->optim->scales[piece.param];
    vt_bf16 *half = u->optim->half ? u->optim->half + at : NULL;
    int64_t from = vt_profile_from();
    vt_kernels_now()->adamw(u->optim->value + at, half, u->optim->m + at, u->optim->v + at,
                            u->optim->sums[0] + at, piece.count, &step);
    vt_profile_add(VT_PART_OPTIMISER, from, 0,
                   piece.count * (int64_t)(7 * sizeof(vt_real) + (half ? sizeof *half : 0)));
}

static double scale_of(double squares, double clip)
{
    double norm = sqrt(squares);
    return clip > 0 && norm > clip ? clip / (norm + 1e-6) : 1;
}

/* squares: of the whole gradient. */
static void fill_scales(vt_optim *optim, const vt_optim_step_options *options, double squares)
{
    double *scales = optim->scales;
    for (isize p = 0; p < optim->param_count; p++) scales[p] = options->clip_each ? 0 : squares;
    for (isize i = 0; options->clip_each && i < optim->piece_count; i++)
        scales[optim->pieces[i].param] += optim->squares[i];
    for (isize p = 0; p < optim->param_count; p++)
        scales[p] = scale_of(scales[p], options->clip_norm);
}

double vt_optim_step(vt_optim *optim, vt_pool *pool, const vt_optim_step_options *options)
{
    vt_pool_for(pool, optim->piece_count, reduce_turn, optim);
    double squares = 0;
    for (isize i = 0; i < optim->piece_count; i++) squares += optim->squares[i];
    double norm = sqrt(squares);
    if (!isfinite(norm)) return norm;
    fill_scales(optim, options, squares);
    update u = {
        .optim = optim,
        .weight_decay = options->weight_decay,
        .step = {.lr = options->lr,
                 .beta1 = options->beta1,
                 .beta2 = options->beta2,
                 .eps = options->eps,
                 .bias1 = 1 - pow(options->beta1, (double)options->step),
                 .bias2 = 1 - pow(options->beta2, (double)options->step)},
    };
    vt_pool_for(pool, optim->piece_count, update_turn, &u);
    return norm;
}
