#include "objective/teacher.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { PIECE = 1 << 14 };

typedef struct {
    vt_real *teacher;
    const vt_real *student;
    isize size;
    vt_real rate;
} following;

/* A broken order of parameters would average what does not belong together. */
static void check_places(const vt_params *state, const vt_params *params)
{
    VT_ASSERT(state->count >= params->count);
    for (isize p = 0; p < params->count; p++) {
        const vt_param_info *of = &state->info[p], *from = &params->info[p];
        VT_ASSERT(of->offset == from->offset && of->rows == from->rows && of->cols == from->cols);
    }
}

void vt_teacher_start(vt_params *state, const vt_params *params)
{
    check_places(state, params);
    memset(state->values, 0, (size_t)state->size * sizeof *state->values);
    memcpy(state->values, params->values, (size_t)params->size * sizeof *state->values);
}

double vt_teacher_momentum(double momentum, double progress)
{
    static const double pi = 3.14159265358979323846;
    return 1 - (1 - momentum) * (1 + cos(pi * progress)) / 2;
}

static void follow_turn(void *context, isize piece, int worker)
{
    const following *f = context;
    isize from = piece * PIECE;
    (void)worker;
    vt_kernels_now()->follow(f->teacher + from, f->student + from, vt_min(PIECE, f->size - from),
                             f->rate);
}

void vt_teacher_follow(vt_params *state, const vt_params *params, double momentum, double progress,
                       vt_pool *pool)
{
    following f = {.teacher = state->values,
                   .student = params->values,
                   .size = params->size,
                   .rate = (vt_real)(1 - vt_teacher_momentum(momentum, progress))};
    vt_pool_for(pool, (f.size + PIECE - 1) / PIECE, follow_turn, &f);
}
