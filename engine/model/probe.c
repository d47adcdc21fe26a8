#include "model/probe.h"
#include "base/rng.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "ops/softmax_xent.h"
#include <math.h>
#include <string.h>

static const double NORM_EPS = 1e-6, NORM_MOMENTUM = 0.1;

enum { CHUNK_ROWS = 64 }; /* summed in vt_real before a double takes over */

/* ---- where things lie ---- */

/* Where a head's parameters start in its block; bias is read by linear heads alone. */
typedef struct {
    isize query, k, v, classifier, bias;
} layout;

static layout layout_of(const vt_bank_options *o)
{
    isize width = o->width;
    if (o->kind == VT_PROBE_LINEAR) return (layout){.bias = o->classes * width};
    return (layout){
        .k = width, .v = width + width * width, .classifier = width + 2 * width * width};
}

static isize params_of(const vt_bank_options *o)
{
    layout at = layout_of(o);
    isize classifier = o->classes * o->width;
    return at.classifier + classifier + (o->kind == VT_PROBE_LINEAR ? o->classes : 0);
}

/* Rows of pooled that one image has: every attention head of every probe head, or the mean alone.
 */
static isize poolings_of(const vt_bank_options *o)
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
    isize poolings = poolings_of(o), images = o->images_max;
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
    layout at = layout_of(o);
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

/* ---- batch normalisation ---- */

/* mean, rstd of x [rows, D], and the running statistics' step towards them. */
static void measure(vt_bank *bank, const vt_real *x, isize rows)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize width = bank->options.width;
    vt_real *chunk = bank->chunk, *mean = bank->mean;
    double *sums = bank->sums;
    memset(sums, 0, (size_t)width * sizeof *sums);
    for (isize r = 0; r < rows; r += CHUNK_ROWS) {
        memset(chunk, 0, (size_t)width * sizeof *chunk);
        kernels->sum_rows(chunk, x + r * width, vt_min(CHUNK_ROWS, rows - r), width);
        for (isize c = 0; c < width; c++) sums[c] += (double)chunk[c];
    }
    for (isize c = 0; c < width; c++) mean[c] = (vt_real)(sums[c] / (double)rows);
    memset(sums, 0, (size_t)width * sizeof *sums);
    for (isize first = 0; first < rows; first += CHUNK_ROWS) {
        memset(chunk, 0, (size_t)width * sizeof *chunk);
        for (isize r = first; r < vt_min(first + CHUNK_ROWS, rows); r++) {
            const vt_real *x_r = x + r * width;
            for (isize c = 0; c < width; c++) chunk[c] += (x_r[c] - mean[c]) * (x_r[c] - mean[c]);
        }
        for (isize c = 0; c < width; c++) sums[c] += (double)chunk[c];
    }
    double others = rows > 1 ? (double)(rows - 1) : 1;
    for (isize c = 0; c < width; c++) {
        double running_mean = (double)bank->running_mean[c], step = NORM_MOMENTUM;
        double running_var = (double)bank->running_var[c];
        bank->rstd[c] = (vt_real)(1 / sqrt(sums[c] / (double)rows + NORM_EPS));
        bank->running_mean[c] = (vt_real)((1 - step) * running_mean + step * (double)mean[c]);
        bank->running_var[c] = (vt_real)((1 - step) * running_var + step * sums[c] / others);
    }
}

/* Sets mean and rstd for x [rows, D]; without BatchNorm they stay 0 and 1. */
static void statistics(vt_bank *bank, const vt_real *x, isize rows, vt_bank_mode mode)
{
    if (!bank->options.normalise) return;
    if (mode == VT_BANK_TRAIN) {
        measure(bank, x, rows);
        return;
    }
    for (isize c = 0; c < bank->options.width; c++) {
        bank->mean[c] = bank->running_mean[c];
        bank->rstd[c] = (vt_real)(1 / sqrt((double)bank->running_var[c] + NORM_EPS));
    }
}

static void normalise_rows(vt_bank *bank, vt_real *rows_data, isize rows)
{
    isize width = bank->options.width;
    const vt_real *restrict mean = bank->mean, *restrict rstd = bank->rstd;
    for (isize r = 0; r < rows; r++) {
        vt_real *restrict row = rows_data + r * width;
        for (isize c = 0; c < width; c++) row[c] = (row[c] - mean[c]) * rstd[c];
    }
}

static void scale_rows(vt_bank *bank, vt_real *rows_data, isize rows, vt_real scale)
{
    isize width = bank->options.width;
    const vt_real *restrict rstd = bank->rstd;
    for (isize r = 0; r < rows; r++) {
        vt_real *restrict row = rows_data + r * width;
        for (isize c = 0; c < width; c++) row[c] *= rstd[c] * scale;
    }
}

/* ---- attentive ---- */

static vt_factor plain(const vt_real *data, isize ld)
{
    return (vt_factor){data, ld, VT_N};
}

static vt_factor transposed(const vt_real *data, isize ld)
{
    return (vt_factor){data, ld, VT_T};
}

static vt_real query_scale(const vt_bank_options *o)
{
    isize d = o->width / o->heads;
    return (vt_real)(1 / sqrt((double)d));
}

/* u_h = W_k,h^T q_h / (s sqrt(d)) of every head. */
static void fold_queries(vt_bank *bank)
{
    const vt_bank_options *o = &bank->options;
    layout at = layout_of(o);
    isize width = o->width, d = width / o->heads;
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        for (isize h = 0; h < o->heads; h++)
            vt_gemm(bank->u + (g * o->heads + h) * width, width, (vt_extent){1, width, d},
                    plain(head + at.query + h * d, d), plain(head + at.k + h * d * width, width),
                    0);
    }
    scale_rows(bank, bank->u, o->count * o->heads, query_scale(o));
}

/* score = softmax over T of u x^T; pooled = (score x - mean) rstd. */
static void pool(vt_bank *bank, const vt_real *x, isize images)
{
    const vt_kernels *kernels = vt_kernels_now();
    const vt_bank_options *o = &bank->options;
    isize width = o->width, tokens = o->tokens, rows = images * tokens;
    isize poolings = poolings_of(o);
    vt_gemm(bank->score, rows, (vt_extent){poolings, rows, width}, plain(bank->u, width),
            transposed(x, width), 0);
    for (isize i = 0; i < poolings * images; i++)
        kernels->softmax_row(bank->score + i * tokens, tokens, tokens, 1);
    for (isize b = 0; b < images; b++)
        vt_gemm(bank->pooled + b * poolings * width, width, (vt_extent){poolings, width, tokens},
                plain(bank->score + b * tokens, rows), plain(x + b * tokens * width, width), 0);
    normalise_rows(bank, bank->pooled, images * poolings);
}

static void attentive_forward(vt_bank *bank, const vt_real *x, isize images, vt_bank_mode mode)
{
    const vt_bank_options *o = &bank->options;
    layout at = layout_of(o);
    isize width = o->width, d = width / o->heads, stride = poolings_of(o) * width;
    statistics(bank, x, images * o->tokens, mode);
    fold_queries(bank);
    pool(bank, x, images);
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *out = bank->out + g * images * width;
        for (isize h = 0; h < o->heads; h++)
            vt_gemm(out + h * d, width, (vt_extent){images, d, width},
                    plain(bank->pooled + (g * o->heads + h) * width, stride),
                    transposed(head + at.v + h * d * width, width), 0);
        vt_gemm(bank->logits + g * images * o->classes, o->classes,
                (vt_extent){images, o->classes, width}, plain(out, width),
                transposed(head + at.classifier, width), 0);
    }
}

/* forward was  logits = out linear^T, out_h = pooled_h W_v,h^T
 * so now       dlinear = dlogits^T out, dout = dlogits linear,
 *              dW_v,h = dout_h^T pooled_h, dpooled_h = dout_h W_v,h */
static void backward_to_pooled(vt_bank *bank, isize images)
{
    const vt_bank_options *o = &bank->options;
    layout at = layout_of(o);
    isize width = o->width, d = width / o->heads, stride = poolings_of(o) * width;
    isize classes = o->classes;
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *dhead = vt_bank_head(bank, bank->grads, g);
        const vt_real *dlogits = bank->dlogits + g * images * classes;
        vt_real *dout = bank->dout + g * images * width;
        vt_gemm(dhead + at.classifier, width, (vt_extent){classes, width, images},
                transposed(dlogits, classes), plain(bank->out + g * images * width, width), 0);
        vt_gemm(dout, width, (vt_extent){images, width, classes}, plain(dlogits, classes),
                plain(head + at.classifier, width), 0);
        for (isize h = 0; h < o->heads; h++) {
            isize pooling = (g * o->heads + h) * width, block = at.v + h * d * width;
            vt_gemm(dhead + block, width, (vt_extent){d, width, images},
                    transposed(dout + h * d, width), plain(bank->pooled + pooling, stride), 0);
            vt_gemm(bank->dpooled + pooling, stride, (vt_extent){images, width, d},
                    plain(dout + h * d, width), plain(head + block, width), 0);
        }
    }
}

/* forward was  score = softmax(u x^T), pooled = (score x - mean) rstd
 * so now       dscore = softmax'((dpooled rstd) x^T), du = dscore x
 * where mean drops out: it shifts every dscore of a softmax alike, and a row of dscore sums to 0.
 */
static void backward_to_queries(vt_bank *bank, const vt_real *x, isize images)
{
    const vt_kernels *kernels = vt_kernels_now();
    const vt_bank_options *o = &bank->options;
    isize width = o->width, tokens = o->tokens, rows = images * tokens;
    isize poolings = poolings_of(o);
    scale_rows(bank, bank->dpooled, images * poolings, 1);
    for (isize b = 0; b < images; b++)
        vt_gemm(bank->dscore + b * tokens, rows, (vt_extent){poolings, tokens, width},
                plain(bank->dpooled + b * poolings * width, width),
                transposed(x + b * tokens * width, width), 0);
    for (isize i = 0; i < poolings * images; i++)
        kernels->softmax_row_backward(bank->dscore + i * tokens, bank->score + i * tokens, tokens,
                                      tokens, 1);
    vt_gemm(bank->du, width, (vt_extent){poolings, width, rows}, plain(bank->dscore, rows),
            plain(x, width), 0);
}

/* forward was  u_h = W_k,h^T q_h rstd / sqrt(d)
 * so now, with du_h times rstd / sqrt(d):  dW_k,h = q_h du_h^T, dq_h = W_k,h du_h */
static void unfold_queries(vt_bank *bank)
{
    const vt_bank_options *o = &bank->options;
    layout at = layout_of(o);
    isize width = o->width, d = width / o->heads;
    scale_rows(bank, bank->du, o->count * o->heads, query_scale(o));
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *dhead = vt_bank_head(bank, bank->grads, g);
        for (isize h = 0; h < o->heads; h++) {
            const vt_real *du = bank->du + (g * o->heads + h) * width;
            isize block = at.k + h * d * width;
            vt_gemm(dhead + block, width, (vt_extent){d, width, 1},
                    plain(head + at.query + h * d, 1), plain(du, width), 0);
            vt_gemm(dhead + at.query + h * d, 1, (vt_extent){d, 1, width},
                    plain(head + block, width), plain(du, 1), 0);
        }
    }
}

/* Takes out of dx what the statistics do not let through: with y the normalised x,
 *   y = (x - mean) rstd, so dx = rstd (dy - mean of dy - y mean of (dy y)), and dx holds rstd dy */
static void through_statistics(vt_bank *bank, const vt_real *x, isize rows, vt_real *dx)
{
    isize width = bank->options.width;
    double *shift = bank->sums, *along = bank->sums + width, count = (double)rows;
    memset(bank->sums, 0, (size_t)(2 * width) * sizeof *bank->sums);
    for (isize i = 0; i < rows * width; i++) {
        isize c = i % width;
        shift[c] += (double)dx[i];
        along[c] += (double)(dx[i] * (x[i] - bank->mean[c]) * bank->rstd[c]);
    }
    for (isize i = 0; i < rows * width; i++) {
        isize c = i % width;
        vt_real y = (x[i] - bank->mean[c]) * bank->rstd[c];
        dx[i] -= (vt_real)(shift[c] / count) + y * (vt_real)(along[c] / count);
    }
}

/* forward was  score = softmax(u x^T), pooled = (score x - mean) rstd
 * so now       dx = dscore^T u + score^T (dpooled rstd), and what comes by the statistics
 * where dpooled has been scaled by rstd already. */
void vt_bank_input_gradient(vt_bank *bank, const vt_real *x, isize images, vt_real *dx)
{
    const vt_bank_options *o = &bank->options;
    isize width = o->width, tokens = o->tokens, rows = images * tokens;
    isize poolings = poolings_of(o);
    VT_ASSERT(o->kind == VT_PROBE_ATTENTIVE);
    vt_gemm(dx, width, (vt_extent){rows, width, poolings}, transposed(bank->dscore, rows),
            plain(bank->u, width), 0);
    for (isize b = 0; b < images; b++)
        vt_gemm(dx + b * tokens * width, width, (vt_extent){tokens, width, poolings},
                transposed(bank->score + b * tokens, rows),
                plain(bank->dpooled + b * poolings * width, width), 1);
    if (o->normalise) through_statistics(bank, x, rows, dx);
}

/* ---- linear ---- */

static void linear_forward(vt_bank *bank, const vt_real *x, isize images, vt_bank_mode mode)
{
    const vt_kernels *kernels = vt_kernels_now();
    const vt_bank_options *o = &bank->options;
    layout at = layout_of(o);
    isize width = o->width, tokens = o->tokens, classes = o->classes;
    memset(bank->pooled, 0, (size_t)(images * width) * sizeof *bank->pooled);
    for (isize b = 0; b < images; b++)
        kernels->sum_rows(bank->pooled + b * width, x + b * tokens * width, tokens, width);
    for (isize i = 0; i < images * width; i++) bank->pooled[i] /= (vt_real)tokens;
    statistics(bank, bank->pooled, images, mode);
    normalise_rows(bank, bank->pooled, images);
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *logits = bank->logits + g * images * classes;
        kernels->fill_rows(logits, head + at.bias, images, classes);
        vt_gemm(logits, classes, (vt_extent){images, classes, width}, plain(bank->pooled, width),
                transposed(head + at.classifier, width), 1);
    }
}

/* forward was  logits = pooled weight^T + bias
 * so now       dweight = dlogits^T pooled, dbias = sum of dlogits' rows */
static void linear_backward(vt_bank *bank, isize images)
{
    const vt_bank_options *o = &bank->options;
    layout at = layout_of(o);
    isize width = o->width, classes = o->classes;
    for (isize g = 0; g < o->count; g++) {
        vt_real *dhead = vt_bank_head(bank, bank->grads, g);
        const vt_real *dlogits = bank->dlogits + g * images * classes;
        vt_gemm(dhead + at.classifier, width, (vt_extent){classes, width, images},
                transposed(dlogits, classes), plain(bank->pooled, width), 0);
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
        attentive_forward(bank, x, images, mode);
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
    backward_to_pooled(bank, images);
    backward_to_queries(bank, x, images);
    unfold_queries(bank);
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
