/* Every objective's gradient of every parameter, by central differences in double precision, as a
 * learner's step has it: of a batch in shards, with the choices that it draws. */
#include "base/rng.h"
#include "check.h"
#include "objective_case.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DRAWS = 3 };

static void open_learner(vt_learner *l, const vt_config *config, const vt_codebook *codebook)
{
    vt_error err;
    vt_rng rng = vt_rng_at(7, VT_RNG_TEST, 0, 0);
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_learner_open(l, config, NULL, &err), VT_OK);
    l->codebook = codebook;
    vt_learner_reset(l, 11);
    for (isize i = 0; i < l->params.size; i++)
        l->params.values[i] += (vt_real)(0.1 * vt_rng_normal(&rng));
    for (isize i = 0; i < OBJECTIVE_BATCH * l->pixels; i++)
        l->images[i] = (vt_real)vt_rng_normal(&rng);
    for (isize i = 0; i < OBJECTIVE_BATCH; i++)
        vt_learner_draw(l, i, vt_rng_at(5, VT_RNG_PREFIX, 1, (uint64_t)i));
}

/* A step at a rate of 0 changes no parameter and leaves the gradient behind; what is kept beside
 * the parameters is put back, so that targets stand still. */
static double loss_of(vt_learner *l)
{
    static vt_real kept[1 << 15];
    size_t bytes = (size_t)l->state.size * sizeof *kept;
    CU_ASSERT_FATAL(bytes <= sizeof kept);
    if (bytes > 0) memcpy(kept, l->state.values, bytes);
    double loss = vt_learner_step(l, 0, 1).loss;
    if (bytes > 0) memcpy(l->state.values, kept, bytes);
    return loss;
}

/* Of the loss along one parameter, by differences of fourth order: what a temperature of 0.04 bends
 * shows in those of second order. */
static double slope_at(vt_learner *l, isize at)
{
    static const double weights[4] = {1, -8, 8, -1}, steps[4] = {-2, -1, 1, 2};
    const double h = 1e-5;
    vt_real kept = l->params.values[at];
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        l->params.values[at] = (vt_real)((double)kept + steps[i] * h);
        sum += weights[i] * loss_of(l);
    }
    l->params.values[at] = kept;
    (void)loss_of(l);
    return sum / (12 * h);
}

static void check_param(vt_learner *l, const vt_param_info *info, vt_rng *rng)
{
    for (int draw = 0; draw < DRAWS; draw++) {
        isize at = info->offset + (isize)vt_rng_below(rng, (uint64_t)(info->rows * info->cols));
        double slope = slope_at(l, at);
        check_near(info->name, (double)l->optim.sums[0][at], slope, 1e-8 + 1e-6 * fabs(slope));
    }
}

static void gradients_are_the_slopes_of_the_loss(void)
{
    for (int c = 0; c < OBJECTIVE_CASES; c++)
        for (int recompute = 0; recompute < 2; recompute++) {
            vt_config config = objective_case_config(&objective_cases[c]);
            vt_rng rng = vt_rng_at(3, VT_RNG_TEST, 1, (uint64_t)c);
            vt_codebook codebook;
            vt_learner l;
            unsigned before = CU_get_number_of_failure_records();
            config.train_recompute = recompute;
            objective_case_codebook(&codebook, &config);
            open_learner(&l, &config, &codebook);
            for (isize p = 0; p < l.params.count; p++) check_param(&l, &l.params.info[p], &rng);
            if (CU_get_number_of_failure_records() > before)
                (void)printf("    in the case: %s\n", objective_cases[c].what);
            vt_learner_close(&l);
            vt_codebook_close(&codebook);
        }
}

SUITE(grad_objective,
      {"gradients are the slopes of the loss", gradients_are_the_slopes_of_the_loss})
