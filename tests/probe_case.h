/* probe_case.h - a bank of probe heads on random features, and the comparison of its attentive
 * heads with the plain form: wanted by the unit tests (float) and the gradient tests (double). */
#ifndef PROBE_CASE_H
#define PROBE_CASE_H
#include "base/rng.h"
#include "check.h"
#include "model/probe.h"
#include "model/probe_reference.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>

typedef struct {
    vt_arena arena;
    vt_bank bank;
    vt_probe_reference plain;
    vt_real *x;           /* [images_max*T, D] */
    int32_t *labels;      /* [images_max] */
    double *losses, *lrs; /* [G] */
    double *dlogits;      /* [images_max, K] */
} probe_case;

static const double probe_case_decays[8] = {0.0, 0.1, 0.05, 0.2, 0.0, 0.3, 0.1, 0.0};

static inline vt_bank_options probe_case_options(vt_probe_kind kind, vt_probe_shape shape)
{
    return (vt_bank_options){.kind = kind,
                             .images_max = shape.images,
                             .tokens = shape.tokens,
                             .width = shape.width,
                             .heads = shape.heads,
                             .classes = shape.classes,
                             .normalise = 1,
                             .count = 3,
                             .decays = probe_case_decays,
                             .beta1 = 0.9,
                             .beta2 = 0.999,
                             .eps = 1e-8,
                             .clip_norm = 3,
                             .seed = 7,
                             .stream = 0};
}

static inline void probe_case_plan(probe_case *c, const vt_bank_options *o)
{
    vt_probe_shape shape = {o->images_max, o->tokens, o->width, o->heads, o->classes};
    vt_bank_plan(&c->bank, o, &c->arena);
    if (o->kind == VT_PROBE_ATTENTIVE) vt_probe_reference_plan(&c->plain, &shape, &c->arena);
    isize features = o->images_max * o->tokens * o->width, logits = o->images_max * o->classes;
    c->x = VT_TAKE(&c->arena, vt_real, features);
    c->labels = VT_TAKE(&c->arena, int32_t, o->images_max);
    c->losses = VT_TAKE(&c->arena, double, o->count);
    c->lrs = VT_TAKE(&c->arena, double, o->count);
    c->dlogits = VT_TAKE(&c->arena, double, logits);
}

/* Initial heads on features whose channels differ in mean and deviation. Close the arena after. */
static inline void probe_case_open(probe_case *c, const vt_bank_options *o)
{
    vt_error err = {{0}};
    *c = (probe_case){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    probe_case_plan(c, o);
    CU_ASSERT_FATAL(vt_arena_open(&c->arena, &err) == VT_OK);
    probe_case_plan(c, o);
    vt_bank_init(&c->bank);
    vt_rng rng = vt_rng_at(1, VT_RNG_TEST, (uint64_t)o->width, (uint64_t)o->tokens);
    for (isize i = 0; i < o->images_max * o->tokens * o->width; i++) {
        double channel = (double)(i % o->width);
        c->x[i] = (vt_real)(sin(channel) + (0.5 + 0.1 * channel) * vt_rng_normal(&rng));
    }
    for (isize b = 0; b < o->images_max; b++)
        c->labels[b] = (int32_t)vt_rng_below(&rng, (uint64_t)o->classes);
    for (isize g = 0; g < o->count; g++) c->lrs[g] = 0.01;
}

/* Parameters large enough that attention is far from uniform. */
static inline void probe_case_spread(probe_case *c)
{
    const vt_bank_options *o = &c->bank.options;
    vt_rng rng = vt_rng_at(2, VT_RNG_TEST, (uint64_t)o->width, (uint64_t)o->tokens);
    isize query = o->kind == VT_PROBE_ATTENTIVE ? o->width : 0;
    for (isize i = 0; i < o->count * c->bank.params; i++) {
        double size = i % c->bank.params < query ? 1 : 1 / sqrt((double)o->width);
        c->bank.values[i] = (vt_real)(size * vt_rng_normal(&rng));
    }
}

static inline void probe_case_near(const char *what, const vt_real *got, const double *want,
                                   isize count, double tolerance)
{
    double size = 1, worst = 0;
    isize at = 0;
    for (isize i = 0; i < count; i++) size = fmax(size, fabs(want[i]));
    for (isize i = 0; i < count; i++) {
        double gap = fabs((double)got[i] - want[i]);
        if (gap <= worst) continue;
        worst = gap;
        at = i;
        if (isnan(gap)) break;
    }
    check_near(what, (double)got[at], want[at], tolerance * size);
}

/* Logits, losses and every gradient of head g against the plain form, for dlogits of the bank. */
static inline void probe_case_compare(probe_case *c, isize g, double tolerance)
{
    const vt_bank_options *o = &c->bank.options;
    isize width = o->width, square = width * width, logits = o->images_max * o->classes;
    const vt_real *head = vt_bank_head(&c->bank, c->bank.values, g);
    const vt_real *dquery = vt_bank_head(&c->bank, c->bank.grads, g);
    vt_probe_reference_forward(&c->plain, c->x, head);
    probe_case_near("logits", c->bank.logits + g * logits, c->plain.logits, logits, tolerance);
    double loss = 0;
    for (isize b = 0; b < o->images_max; b++) {
        const double *row = c->plain.logits + b * o->classes;
        double sum = 0;
        for (isize k = 0; k < o->classes; k++) sum += exp(row[k] - row[c->labels[b]]);
        loss += log(sum) / (double)o->images_max;
        for (isize k = 0; k < o->classes; k++)
            c->dlogits[b * o->classes + k] =
                (exp(row[k] - row[c->labels[b]]) / sum - (k == c->labels[b])) /
                (double)o->images_max;
    }
    check_near("loss", c->losses[g], loss, tolerance * fmax(1, loss));
    vt_probe_reference_backward(&c->plain, c->dlogits, head);
    const vt_real *dwk = dquery + width, *dwv = dwk + square;
    probe_case_near("dquery", dquery, c->plain.dquery, width, tolerance);
    probe_case_near("dk", dwk, c->plain.dwk, square, tolerance);
    probe_case_near("dv", dwv, c->plain.dwv, square, tolerance);
    probe_case_near("dlinear", dwv + square, c->plain.dlinear, o->classes * width, tolerance);
}

/* The folded form against the plain one on shapes that fit no tile: one token, one image, one head,
 * a head for each channel, odd widths; in training and with running statistics. */
static inline void probe_case_compare_shapes(double tolerance)
{
    static const vt_probe_shape shapes[] = {
        {1, 1, 3, 1, 2},     {1, 5, 6, 6, 3},  {2, 1, 10, 5, 1},  {5, 7, 18, 3, 4},
        {3, 49, 20, 20, 11}, {4, 3, 33, 1, 7}, {9, 16, 64, 4, 10}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        vt_bank_options options = probe_case_options(VT_PROBE_ATTENTIVE, shapes[i]);
        probe_case c;
        probe_case_open(&c, &options);
        probe_case_spread(&c);
        for (int mode = 0; mode < 2; mode++) {
            vt_bank_forward(&c.bank, c.x, options.images_max, mode ? VT_BANK_SCORE : VT_BANK_TRAIN);
            vt_bank_loss(&c.bank, c.labels, options.images_max, c.losses);
            vt_bank_backward(&c.bank, c.x, options.images_max);
            if (!mode) vt_probe_reference_measure(&c.plain, c.x);
            for (isize d = 0; mode && d < options.width; d++) {
                c.plain.mean[d] = (double)c.bank.running_mean[d];
                c.plain.var[d] = (double)c.bank.running_var[d];
            }
            for (isize g = 0; g < options.count; g++) probe_case_compare(&c, g, tolerance);
        }
        vt_arena_close(&c.arena);
    }
}
#endif
