#include "base/rng.h"
#include "model/probe_internal.h"
#include "ops/kernels.h"
#include "ops/softmax_xent.h"
#include <math.h>
#include <string.h>

/* ---- where things lie ---- */

vt_probe_layout vt_probe_layout_of(const vt_bank_options *o)
{
    isize width = o->width;
    if (o->kind == VT_PROBE_LINEAR) return (vt_probe_layout){.bias = o->classes * width};
    return (vt_probe_layout){
        .k = width, .v = width + width * width, .classifier = width + 2 * width * width};
}

static isize params_of(const vt_bank_options *o)
{
    vt_probe_layout at = vt_probe_layout_of(o);
    isize classifier = o->classes * o->width;
    return at.classifier + classifier + (o->kind == VT_PROBE_LINEAR ? o->classes : 0);
}

isize vt_probe_poolings(const vt_bank_options *o)
{
    return o->kind == VT_PROBE_LINEAR ? 1 : o->count * o->heads;
}

vt_real *vt_bank_head(const vt_bank *bank, vt_real *all, isize g)
{
    return all + g * bank->params;
}

void vt_bank_plan(vt_bank *bank, const vt_bank_options *options, vt_arena *arena)
{
    const vt_bank_options *o = options;
    VT_ASSERT(o->images_max >= 1 && o->tokens >= 1 && o->width >= 1 && o->classes >= 1);
    VT_ASSERT(o->count >= 1 && o->decays);
    VT_ASSERT(o->kind == VT_PROBE_LINEAR || (o->heads >= 1 && o->width % o->heads == 0));
    *bank = (vt_bank){.options = *o, .params = params_of(o)};
    isize all = o->count * bank->params, width = o->width;
    bank->state_count = 3 * all + 2 * width;
    bank->state = VT_TAKE(arena, vt_real, bank->state_count);
    if (bank->state) {
        bank->values = bank->state;
        bank->m = bank->values + all;
        bank->v = bank->m + all;
        bank->running_mean = bank->v + all;
        bank->running_var = bank->running_mean + width;
    }
    bank->grads = VT_TAKE(arena, vt_real, all);
    bank->mean = VT_TAKE(arena, vt_real, width);
    bank->rstd = VT_TAKE(arena, vt_real, width);
    bank->chunk = VT_TAKE(arena, vt_real, width);
    bank->sums = VT_TAKE(arena, double, 2 * width);
    isize poolings = vt_probe_poolings(o), images = o->images_max;
    bank->pooled = VT_TAKE(arena, vt_real, images * poolings * width);
    bank->logits = VT_TAKE(arena, vt_real, o->count * images * o->classes);
    bank->dlogits = VT_TAKE(arena, vt_real, o->count * images * o->classes);
    if (o->kind == VT_PROBE_LINEAR) return;
    bank->u = VT_TAKE(arena, vt_real, poolings * width);
    bank->du = VT_TAKE(arena, vt_real, poolings * width);
    bank->score = VT_TAKE(arena, vt_real, poolings * images * o->tokens);
    bank->dscore = VT_TAKE(arena, vt_real, poolings * images * o->tokens);
    bank->dpooled = VT_TAKE(arena, vt_real, images * poolings * width);
    bank->out = VT_TAKE(arena, vt_real, o->count * images * width);
    bank->dout = VT_TAKE(arena, vt_real, o->count * images * width);
}

/* ---- initial values ---- */

static void draw_uniform(vt_real *values, isize rows, isize cols, vt_rng rng)
{
    double bound = sqrt(6.0 / (double)(rows + cols)); /* Xavier */
    for (isize i = 0; i < rows * cols; i++)
        values[i] = (vt_real)(bound * (2 * vt_rng_unit(&rng) - 1));
}

static void draw_normal(vt_real *values, isize count, double deviation, vt_rng rng)
{
    for (isize i = 0; i < count; i++) values[i] = (vt_real)(deviation * vt_rng_normal(&rng));
}

void vt_bank_init(vt_bank *bank)
{
    const vt_bank_options *o = &bank->options;
    vt_probe_layout at = vt_probe_layout_of(o);
    isize width = o->width, classes = o->classes;
    memset(bank->state, 0, (size_t)bank->state_count * sizeof *bank->state);
    bank->steps = 0;
    for (isize c = 0; c < width; c++) {
        bank->running_var[c] = bank->rstd[c] = 1;
        bank->mean[c] = 0;
    }
    for (isize g = 0; g < o->count; g++) {
        vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_rng stream[4]; /* query, k, v, classifier */
        for (uint64_t i = 0; i < 4; i++) stream[i] = vt_rng_at(o->seed, VT_RNG_PROBE, o->stream, i);
        if (o->kind == VT_PROBE_LINEAR) {
            draw_normal(head + at.classifier, classes * width, 0.01, stream[3]);
            continue;
        }
        draw_normal(head + at.query, width, 0.02, stream[0]);
        draw_uniform(head + at.k, width, width, stream[1]);
        draw_uniform(head + at.v, width, width, stream[2]);
        draw_uniform(head + at.classifier, classes, width, stream[3]);
    }
}

/* ---- linear ---- */

static void linear_forward(vt_bank *bank, const vt_real *x, isize images, vt_bank_mode mode)
{
    const vt_kernels *kernels = vt_kernels_now();
    const vt_bank_options *o = &bank->options;
    vt_probe_layout at = vt_probe_layout_of(o);
    isize width = o->width, tokens = o->tokens, classes = o->classes;
    memset(bank->pooled, 0, (size_t)(images * width) * sizeof *bank->pooled);
    for (isize b = 0; b < images; b++)
        kernels->sum_rows(bank->pooled + b * width, x + b * tokens * width, tokens, width);
    for (isize i = 0; i < images * width; i++) bank->pooled[i] /= (vt_real)tokens;
    vt_probe_statistics(bank, bank->pooled, images, mode);
    vt_probe_normalise(bank, bank->pooled, images);
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *logits = bank->logits + g * images * classes;
        vt_gemm_on_row(logits, classes, (vt_extent){images, classes, width},
                       vt_probe_plain(bank->pooled, width),
                       vt_probe_transposed(head + at.classifier, width), head + at.bias);
    }
}

/* forward was  logits = pooled weight^T + bias
 * so now       dweight = dlogits^T pooled, dbias = sum of dlogits' rows */
static void linear_backward(vt_bank *bank, isize images)
{
    const vt_bank_options *o = &bank->options;
    vt_probe_layout at = vt_probe_layout_of(o);
    isize width = o->width, classes = o->classes;
    for (isize g = 0; g < o->count; g++) {
        vt_real *dhead = vt_bank_head(bank, bank->grads, g);
        const vt_real *dlogits = bank->dlogits + g * images * classes;
        vt_gemm(dhead + at.classifier, width, (vt_extent){classes, width, images},
                vt_probe_transposed(dlogits, classes), vt_probe_plain(bank->pooled, width), 0);
        memset(dhead + at.bias, 0, (size_t)classes * sizeof *dhead);
        vt_kernels_now()->sum_rows(dhead + at.bias, dlogits, images, classes);
    }
}

/* ---- both kinds ---- */

void vt_bank_forward(vt_bank *bank, const vt_real *x, isize images, vt_bank_mode mode)
{
    VT_ASSERT(images >= 1 && images <= bank->options.images_max);
    if (bank->options.kind == VT_PROBE_LINEAR)
        linear_forward(bank, x, images, mode);
    else
        vt_probe_attentive_forward(bank, x, images, mode);
}

void vt_bank_loss(vt_bank *bank, const int32_t *labels, isize images, double *losses)
{
    isize classes = bank->options.classes;
    for (isize g = 0; g < bank->options.count; g++) {
        isize at = g * images * classes;
        double sum = vt_softmax_xent(bank->dlogits + at, bank->logits + at, labels, images, classes,
                                     1 / (vt_real)images);
        losses[g] = sum / (double)images;
    }
}

void vt_bank_backward(vt_bank *bank, const vt_real *x, isize images)
{
    if (bank->options.kind == VT_PROBE_LINEAR) {
        linear_backward(bank, images);
        return;
    }
    vt_probe_attentive_backward(bank, x, images);
}

void vt_bank_update(vt_bank *bank, const double *lrs)
{
    const vt_kernels *kernels = vt_kernels_now();
    const vt_bank_options *o = &bank->options;
    isize biases = o->kind == VT_PROBE_LINEAR ? o->classes : 0, decayed = bank->params - biases;
    bank->steps++;
    for (isize g = 0; g < o->count; g++) {
        vt_real *value = vt_bank_head(bank, bank->values, g), *m = vt_bank_head(bank, bank->m, g);
        vt_real *v = vt_bank_head(bank, bank->v, g), *grad = vt_bank_head(bank, bank->grads, g);
        double scale = o->clip_norm / (sqrt(kernels->sum_squares(grad, bank->params)) + 1e-6);
        vt_adamw step = {.lr = lrs[g],
                         .beta1 = o->beta1,
                         .beta2 = o->beta2,
                         .eps = o->eps,
                         .decay = o->decays[g],
                         .grad_scale = o->clip_norm > 0 && scale < 1 ? scale : 1,
                         .bias1 = 1 - pow(o->beta1, (double)bank->steps),
                         .bias2 = 1 - pow(o->beta2, (double)bank->steps)};
        kernels->adamw(value, NULL, m, v, grad, decayed, &step);
        step.decay = 0;
        kernels->adamw(value + decayed, NULL, m + decayed, v + decayed, grad + decayed, biases,
                       &step);
    }
}

void vt_bank_step(vt_bank *bank, const vt_real *x, const int32_t *labels, isize images,
                  const double *lrs, double *losses)
{
    vt_bank_forward(bank, x, images, VT_BANK_TRAIN);
    vt_bank_loss(bank, labels, images, losses);
    vt_bank_backward(bank, x, images);
    vt_bank_update(bank, lrs);
}

void vt_bank_score(vt_bank *bank, const vt_real *x, const int32_t *labels, isize images,
                   vt_bank_total *totals)
{
    isize classes = bank->options.classes, few = vt_min(5, classes);
    vt_bank_forward(bank, x, images, VT_BANK_SCORE);
    for (isize g = 0; g < bank->options.count; g++) {
        const vt_real *logits = bank->logits + g * images * classes;
        vt_bank_total *total = &totals[g];
        total->images += images;
        total->loss += vt_softmax_xent(bank->dlogits + g * images * classes, logits, labels, images,
                                       classes, 1);
        for (isize b = 0; b < images; b++) {
            isize rank = vt_logits_rank(logits + b * classes, classes, labels[b]);
            total->top1 += rank == 0;
            total->top5 += rank < few;
        }
    }
}
