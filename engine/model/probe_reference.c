#include "model/probe_reference.h"
#include <math.h>
#include <string.h>

void vt_probe_reference_plan(vt_probe_reference *reference, const vt_probe_shape *shape,
                             vt_arena *arena)
{
    isize width = shape->width, square = width * width, images = shape->images;
    isize features = images * shape->tokens * width, scores = images * shape->tokens * shape->heads;
    isize logits = images * shape->classes, classifier = shape->classes * width;
    vt_probe_reference *r = reference;
    *r = (vt_probe_reference){.shape = *shape};
    r->mean = VT_TAKE(arena, double, width);
    r->var = VT_TAKE(arena, double, width);
    r->x = VT_TAKE(arena, double, features);
    r->k = VT_TAKE(arena, double, features);
    r->v = VT_TAKE(arena, double, features);
    r->score = VT_TAKE(arena, double, scores);
    r->dscore = VT_TAKE(arena, double, scores);
    r->out = VT_TAKE(arena, double, images *width);
    r->dout = VT_TAKE(arena, double, images *width);
    r->logits = VT_TAKE(arena, double, logits);
    r->dk = VT_TAKE(arena, double, features);
    r->dv = VT_TAKE(arena, double, features);
    r->dquery = VT_TAKE(arena, double, width);
    r->dwk = VT_TAKE(arena, double, square);
    r->dwv = VT_TAKE(arena, double, square);
    r->dlinear = VT_TAKE(arena, double, classifier);
}

void vt_probe_reference_measure(vt_probe_reference *reference, const vt_real *x)
{
    isize width = reference->shape.width;
    isize rows = reference->shape.images * reference->shape.tokens;
    for (isize c = 0; c < width; c++) {
        double mean = 0, var = 0;
        for (isize r = 0; r < rows; r++) mean += (double)x[r * width + c] / (double)rows;
        for (isize r = 0; r < rows; r++)
            var += pow((double)x[r * width + c] - mean, 2) / (double)rows;
        reference->mean[c] = mean;
        reference->var[c] = var;
    }
}

/* y [rows, outs] = x [rows, ins] weight [outs, ins]^T */
static void linear(double *y, const double *x, const vt_real *weight, isize rows, isize ins,
                   isize outs)
{
    for (isize r = 0; r < rows; r++) {
        for (isize o = 0; o < outs; o++) {
            double sum = 0;
            for (isize i = 0; i < ins; i++) sum += (double)weight[o * ins + i] * x[r * ins + i];
            y[r * outs + o] = sum;
        }
    }
}

/* dweight [outs, ins] = dy [rows, outs]^T x [rows, ins] */
static void linear_gradient(double *dweight, const double *dy, const double *x, isize rows,
                            isize ins, isize outs)
{
    memset(dweight, 0, (size_t)(outs * ins) * sizeof *dweight);
    for (isize r = 0; r < rows; r++)
        for (isize o = 0; o < outs; o++)
            for (isize i = 0; i < ins; i++)
                dweight[o * ins + i] += dy[r * outs + o] * x[r * ins + i];
}

static void softmax(double *row, isize n)
{
    double top = row[0], sum = 0;
    for (isize i = 1; i < n; i++) top = fmax(top, row[i]);
    for (isize i = 0; i < n; i++) sum += row[i] = exp(row[i] - top);
    for (isize i = 0; i < n; i++) row[i] /= sum;
}

void vt_probe_reference_forward(vt_probe_reference *reference, const vt_real *x,
                                const vt_real *head)
{
    const vt_probe_shape *s = &reference->shape;
    isize width = s->width, tokens = s->tokens, rows = s->images * tokens, d = width / s->heads;
    const vt_real *query = head, *wk = query + width, *wv = wk + width * width;
    for (isize i = 0; i < rows * width; i++)
        reference->x[i] =
            ((double)x[i] - reference->mean[i % width]) / sqrt(reference->var[i % width] + 1e-6);
    linear(reference->k, reference->x, wk, rows, width, width);
    linear(reference->v, reference->x, wv, rows, width, width);
    memset(reference->out, 0, (size_t)(s->images * width) * sizeof *reference->out);
    for (isize bh = 0; bh < s->images * s->heads; bh++) {
        isize b = bh / s->heads, h = bh % s->heads;
        double *score = reference->score + bh * tokens;
        for (isize t = 0; t < tokens; t++) {
            const double *k = reference->k + (b * tokens + t) * width + h * d;
            score[t] = 0;
            for (isize c = 0; c < d; c++) score[t] += (double)query[h * d + c] * k[c];
            score[t] /= sqrt((double)d);
        }
        softmax(score, tokens);
        for (isize t = 0; t < tokens; t++)
            for (isize c = h * d; c < (h + 1) * d; c++)
                reference->out[b * width + c] +=
                    score[t] * reference->v[(b * tokens + t) * width + c];
    }
    linear(reference->logits, reference->out, wv + width * width, s->images, width, s->classes);
}

/* Of one head of one image: dscore, and the d columns of dv, dk and dquery that it owns. */
static void attention_backward(vt_probe_reference *reference, const vt_real *query, isize b,
                               isize h)
{
    const vt_probe_shape *s = &reference->shape;
    isize width = s->width, tokens = s->tokens, d = width / s->heads;
    const double *score = reference->score + (b * s->heads + h) * tokens;
    double *dscore = reference->dscore + (b * s->heads + h) * tokens, mean = 0;
    const double *dout = reference->dout + b * width;
    for (isize t = 0; t < tokens; t++) {
        isize row = (b * tokens + t) * width;
        dscore[t] = 0;
        for (isize c = h * d; c < (h + 1) * d; c++) {
            reference->dv[row + c] = score[t] * dout[c];
            dscore[t] += dout[c] * reference->v[row + c];
        }
        mean += score[t] * dscore[t];
    }
    for (isize t = 0; t < tokens; t++) {
        isize row = (b * tokens + t) * width;
        dscore[t] = score[t] * (dscore[t] - mean);
        for (isize c = h * d; c < (h + 1) * d; c++) {
            reference->dk[row + c] = dscore[t] * (double)query[c] / sqrt((double)d);
            reference->dquery[c] += dscore[t] * reference->k[row + c] / sqrt((double)d);
        }
    }
}

void vt_probe_reference_backward(vt_probe_reference *reference, const double *dlogits,
                                 const vt_real *head)
{
    const vt_probe_shape *s = &reference->shape;
    isize width = s->width, rows = s->images * s->tokens;
    const vt_real *classifier = head + width + 2 * width * width;
    linear_gradient(reference->dlinear, dlogits, reference->out, s->images, width, s->classes);
    memset(reference->dout, 0, (size_t)(s->images * width) * sizeof *reference->dout);
    for (isize b = 0; b < s->images; b++)
        for (isize k = 0; k < s->classes; k++)
            for (isize c = 0; c < width; c++)
                reference->dout[b * width + c] +=
                    dlogits[b * s->classes + k] * (double)classifier[k * width + c];
    memset(reference->dquery, 0, (size_t)width * sizeof *reference->dquery);
    for (isize b = 0; b < s->images; b++)
        for (isize h = 0; h < s->heads; h++) attention_backward(reference, head, b, h);
    linear_gradient(reference->dwk, reference->dk, reference->x, rows, width, width);
    linear_gradient(reference->dwv, reference->dv, reference->x, rows, width, width);
}
