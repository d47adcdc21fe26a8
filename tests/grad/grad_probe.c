/* Probe heads in double: gradients of the loss against central differences, for every kind of
 * parameter of both kinds of head, and the folded attention against the plain one. */
#include "probe_case.h"

static const double STEP = 1e-5;

static double loss_of(probe_case *c, isize g)
{
    vt_bank_forward(&c->bank, c->x, c->bank.options.images_max, VT_BANK_TRAIN);
    vt_bank_loss(&c->bank, c->labels, c->bank.options.images_max, c->losses);
    return c->losses[g];
}

static void check_every_parameter(vt_probe_kind kind, vt_probe_shape shape)
{
    vt_bank_options options = probe_case_options(kind, shape);
    options.count = 2;
    probe_case c;
    probe_case_open(&c, &options);
    probe_case_spread(&c);
    (void)loss_of(&c, 0);
    vt_bank_backward(&c.bank, c.x, options.images_max);
    double size = 0;
    for (isize i = 0; i < options.count * c.bank.params; i++) {
        vt_real *value = &c.bank.values[i], kept = *value;
        isize g = i / c.bank.params;
        *value = kept + (vt_real)STEP;
        double above = loss_of(&c, g);
        *value = kept - (vt_real)STEP;
        double below = loss_of(&c, g);
        *value = kept;
        check_near("gradient", (double)c.bank.grads[i], (above - below) / (2 * STEP), 2e-9);
        size = fmax(size, fabs((double)c.bank.grads[i]));
    }
    CU_ASSERT(size > 1e-3);
    vt_arena_close(&c.arena);
}

static void attentive_gradients_match_differences(void)
{
    check_every_parameter(VT_PROBE_ATTENTIVE, (vt_probe_shape){4, 5, 6, 2, 3});
    check_every_parameter(VT_PROBE_ATTENTIVE, (vt_probe_shape){3, 4, 5, 1, 4});
    check_every_parameter(VT_PROBE_ATTENTIVE, (vt_probe_shape){2, 7, 3, 3, 2});
}

/* By every feature: a head's tokens, and the statistics that it shares with all others. */
static void check_every_input(vt_probe_shape shape, int normalise)
{
    vt_bank_options options = probe_case_options(VT_PROBE_ATTENTIVE, shape);
    options.count = 2;
    options.normalise = normalise;
    probe_case c;
    static vt_real dx[512];
    isize count = shape.images * shape.tokens * shape.width;
    CU_ASSERT_FATAL(count <= 512);
    probe_case_open(&c, &options);
    probe_case_spread(&c);
    (void)loss_of(&c, 0);
    vt_bank_backward(&c.bank, c.x, shape.images);
    vt_bank_input_gradient(&c.bank, c.x, shape.images, dx);
    double size = 0;
    for (isize i = 0; i < count; i++) {
        vt_real kept = c.x[i];
        c.x[i] = kept + (vt_real)STEP;
        double above = loss_of(&c, 0) + c.losses[1];
        c.x[i] = kept - (vt_real)STEP;
        double below = loss_of(&c, 0) + c.losses[1];
        c.x[i] = kept;
        check_near("gradient", (double)dx[i], (above - below) / (2 * STEP), 2e-9);
        size = fmax(size, fabs((double)dx[i]));
    }
    CU_ASSERT(size > 1e-3);
    vt_arena_close(&c.arena);
}

static void gradients_by_features_match_differences(void)
{
    for (int normalise = 0; normalise < 2; normalise++) {
        check_every_input((vt_probe_shape){4, 5, 6, 2, 3}, normalise);
        check_every_input((vt_probe_shape){3, 4, 5, 1, 4}, normalise);
        check_every_input((vt_probe_shape){2, 7, 3, 3, 2}, normalise);
    }
}

static void linear_gradients_match_differences(void)
{
    check_every_parameter(VT_PROBE_LINEAR, (vt_probe_shape){5, 4, 7, 1, 3});
    check_every_parameter(VT_PROBE_LINEAR, (vt_probe_shape){4, 1, 9, 1, 2});
}

static void folded_attention_equals_the_plain_form(void)
{
    probe_case_compare_shapes(1e-11);
}

SUITE(probe_gradients,
      {"attentive gradients match differences", attentive_gradients_match_differences},
      {"gradients by features match differences", gradients_by_features_match_differences},
      {"linear gradients match differences", linear_gradients_match_differences},
      {"folded attention equals the plain form", folded_attention_equals_the_plain_form})
