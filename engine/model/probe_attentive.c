/* Attentive heads: a learnt query of each attention head pools the tokens, values and a linear
 * classifier follow. Queries and keys are folded into one vector, so that x is read as it is. */
#include "model/probe_internal.h"
#include "ops/kernels.h"
#include <math.h>

static vt_real query_scale(const vt_bank_options *o)
{
    isize d = o->width / o->heads;
    return (vt_real)(1 / sqrt((double)d));
}

/* u_h = W_k,h^T q_h / (s sqrt(d)) of every head. */
static void fold_queries(vt_bank *bank)
{
    const vt_bank_options *o = &bank->options;
    vt_probe_layout at = vt_probe_layout_of(o);
    isize width = o->width, d = width / o->heads;
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        for (isize h = 0; h < o->heads; h++)
            vt_gemm(bank->u + (g * o->heads + h) * width, width, (vt_extent){1, width, d},
                    vt_probe_plain(head + at.query + h * d, d),
                    vt_probe_plain(head + at.k + h * d * width, width), 0);
    }
    vt_probe_scale(bank, bank->u, o->count * o->heads, query_scale(o));
}

/* score = softmax over T of u x^T; pooled = (score x - mean) rstd. */
static void pool(vt_bank *bank, const vt_real *x, isize images)
{
    const vt_kernels *kernels = vt_kernels_now();
    const vt_bank_options *o = &bank->options;
    isize width = o->width, tokens = o->tokens, rows = images * tokens;
    isize poolings = vt_probe_poolings(o);
    vt_gemm(bank->score, rows, (vt_extent){poolings, rows, width}, vt_probe_plain(bank->u, width),
            vt_probe_transposed(x, width), 0);
    for (isize i = 0; i < poolings * images; i++)
        kernels->softmax_row(bank->score + i * tokens, tokens, tokens, 1);
    for (isize b = 0; b < images; b++)
        vt_gemm(bank->pooled + b * poolings * width, width, (vt_extent){poolings, width, tokens},
                vt_probe_plain(bank->score + b * tokens, rows),
                vt_probe_plain(x + b * tokens * width, width), 0);
    vt_probe_normalise(bank, bank->pooled, images * poolings);
}

void vt_probe_attentive_forward(vt_bank *bank, const vt_real *x, isize images, vt_bank_mode mode)
{
    const vt_bank_options *o = &bank->options;
    vt_probe_layout at = vt_probe_layout_of(o);
    isize width = o->width, d = width / o->heads, stride = vt_probe_poolings(o) * width;
    vt_probe_statistics(bank, x, images * o->tokens, mode);
    fold_queries(bank);
    pool(bank, x, images);
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *out = bank->out + g * images * width;
        for (isize h = 0; h < o->heads; h++)
            vt_gemm(out + h * d, width, (vt_extent){images, d, width},
                    vt_probe_plain(bank->pooled + (g * o->heads + h) * width, stride),
                    vt_probe_transposed(head + at.v + h * d * width, width), 0);
        vt_gemm(bank->logits + g * images * o->classes, o->classes,
                (vt_extent){images, o->classes, width}, vt_probe_plain(out, width),
                vt_probe_transposed(head + at.classifier, width), 0);
    }
}

/* forward was  logits = out linear^T, out_h = pooled_h W_v,h^T
 * so now       dlinear = dlogits^T out, dout = dlogits linear,
 *              dW_v,h = dout_h^T pooled_h, dpooled_h = dout_h W_v,h */
static void backward_to_pooled(vt_bank *bank, isize images)
{
    const vt_bank_options *o = &bank->options;
    vt_probe_layout at = vt_probe_layout_of(o);
    isize width = o->width, d = width / o->heads, stride = vt_probe_poolings(o) * width;
    isize classes = o->classes;
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *dhead = vt_bank_head(bank, bank->grads, g);
        const vt_real *dlogits = bank->dlogits + g * images * classes;
        vt_real *dout = bank->dout + g * images * width;
        vt_gemm(dhead + at.classifier, width, (vt_extent){classes, width, images},
                vt_probe_transposed(dlogits, classes),
                vt_probe_plain(bank->out + g * images * width, width), 0);
        vt_gemm(dout, width, (vt_extent){images, width, classes}, vt_probe_plain(dlogits, classes),
                vt_probe_plain(head + at.classifier, width), 0);
        for (isize h = 0; h < o->heads; h++) {
            isize pooling = (g * o->heads + h) * width, block = at.v + h * d * width;
            vt_gemm(dhead + block, width, (vt_extent){d, width, images},
                    vt_probe_transposed(dout + h * d, width),
                    vt_probe_plain(bank->pooled + pooling, stride), 0);
            vt_gemm(bank->dpooled + pooling, stride, (vt_extent){images, width, d},
                    vt_probe_plain(dout + h * d, width), vt_probe_plain(head + block, width), 0);
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
    isize poolings = vt_probe_poolings(o);
    vt_probe_scale(bank, bank->dpooled, images * poolings, 1);
    for (isize b = 0; b < images; b++)
        vt_gemm(bank->dscore + b * tokens, rows, (vt_extent){poolings, tokens, width},
                vt_probe_plain(bank->dpooled + b * poolings * width, width),
                vt_probe_transposed(x + b * tokens * width, width), 0);
    for (isize i = 0; i < poolings * images; i++)
        kernels->softmax_row_backward(bank->dscore + i * tokens, bank->score + i * tokens, tokens,
                                      tokens, 1);
    vt_gemm(bank->du, width, (vt_extent){poolings, width, rows}, vt_probe_plain(bank->dscore, rows),
            vt_probe_plain(x, width), 0);
}

/* forward was  u_h = W_k,h^T q_h rstd / sqrt(d)
 * so now, with du_h times rstd / sqrt(d):  dW_k,h = q_h du_h^T, dq_h = W_k,h du_h */
static void unfold_queries(vt_bank *bank)
{
    const vt_bank_options *o = &bank->options;
    vt_probe_layout at = vt_probe_layout_of(o);
    isize width = o->width, d = width / o->heads;
    vt_probe_scale(bank, bank->du, o->count * o->heads, query_scale(o));
    for (isize g = 0; g < o->count; g++) {
        const vt_real *head = vt_bank_head(bank, bank->values, g);
        vt_real *dhead = vt_bank_head(bank, bank->grads, g);
        for (isize h = 0; h < o->heads; h++) {
            const vt_real *du = bank->du + (g * o->heads + h) * width;
            isize block = at.k + h * d * width;
            vt_gemm(dhead + block, width, (vt_extent){d, width, 1},
                    vt_probe_plain(head + at.query + h * d, 1), vt_probe_plain(du, width), 0);
            vt_gemm(dhead + at.query + h * d, 1, (vt_extent){d, 1, width},
                    vt_probe_plain(head + block, width), vt_probe_plain(du, 1), 0);
        }
    }
}

void vt_probe_attentive_backward(vt_bank *bank, const vt_real *x, isize images)
{
    backward_to_pooled(bank, images);
    backward_to_queries(bank, x, images);
    unfold_queries(bank);
}

/* forward was  score = softmax(u x^T), pooled = (score x - mean) rstd
 * so now       dx = dscore^T u + score^T (dpooled rstd), and what comes by the statistics
 * where dpooled has been scaled by rstd already. */
void vt_bank_input_gradient(vt_bank *bank, const vt_real *x, isize images, vt_real *dx)
{
    const vt_bank_options *o = &bank->options;
    isize width = o->width, tokens = o->tokens, rows = images * tokens;
    isize poolings = vt_probe_poolings(o);
    VT_ASSERT(o->kind == VT_PROBE_ATTENTIVE);
    vt_gemm(dx, width, (vt_extent){rows, width, poolings}, vt_probe_transposed(bank->dscore, rows),
            vt_probe_plain(bank->u, width), 0);
    for (isize b = 0; b < images; b++)
        vt_gemm(dx + b * tokens * width, width, (vt_extent){tokens, width, poolings},
                vt_probe_transposed(bank->score + b * tokens, rows),
                vt_probe_plain(bank->dpooled + b * poolings * width, width), 1);
    if (o->normalise) vt_probe_through_statistics(bank, x, rows, dx);
}
