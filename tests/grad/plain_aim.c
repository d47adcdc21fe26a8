#include "plain_aim.h"
#include "check.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NODES = 256, NUMBERS = 1 << 20 };

/* A value on the tape, and what it was made from. */
typedef struct node {
    void (*backward)(const struct node *y); /* adds to the gradients of a and b */
    struct node *a, *b;
    const double *weight, *bias; /* of the parameters; bias NULL: none */
    double *dweight, *dbias;
    int rows, cols, heads, prefix;
    double eps;
    double *x, *dx; /* [rows, cols] */
} node;

static node nodes[NODES];
static double numbers[NUMBERS];
static int node_count;
static isize number_count;

static const vt_params *model;
static double *model_grads;
static plain_round *rounded;
static double model_eps;

static node *push(int rows, int cols, node *a, void (*backward)(const node *y))
{
    CU_ASSERT_FATAL(node_count < NODES && number_count + 2 * rows * cols <= NUMBERS);
    node *y = &nodes[node_count++];
    *y = (node){.backward = backward, .a = a, .rows = rows, .cols = cols};
    y->x = numbers + number_count;
    y->dx = y->x + rows * cols;
    number_count += 2 * rows * cols;
    memset(y->x, 0, 2 * (size_t)(rows * cols) * sizeof *y->x);
    return y;
}

/* name.part: where it lies, or -1. */
static isize place(const char *name, const char *part)
{
    char whole[VT_PARAM_NAME];
    (void)snprintf(whole, sizeof whole, "%s.%s", name, part);
    for (isize p = 0; p < model->count; p++)
        if (strcmp(model->info[p].name, whole) == 0) return model->info[p].offset;
    return -1;
}

static void take_params(node *y, const char *name)
{
    static double values[NUMBERS];
    isize weight = place(name, "weight"), bias = place(name, "bias");
    CU_ASSERT_FATAL(weight >= 0 && model->size <= NUMBERS);
    for (isize i = 0; i < model->size; i++) values[i] = (double)model->values[i];
    y->weight = values + weight;
    y->dweight = model_grads + weight;
    if (bias < 0) return;
    y->bias = values + bias;
    y->dbias = model_grads + bias;
}

/* ---- linear ---- */

static void linear_backward(const node *y)
{
    int in = y->a->cols;
    for (int r = 0; r < y->rows; r++)
        for (int o = 0; o < y->cols; o++) {
            double dy = y->dx[r * y->cols + o];
            if (y->bias) y->dbias[o] += dy;
            for (int i = 0; i < in; i++) {
                y->dweight[o * in + i] += rounded(dy) * rounded(y->a->x[r * in + i]);
                y->a->dx[r * in + i] += rounded(dy) * rounded(y->weight[o * in + i]);
            }
        }
}

static node *linear(node *x, int cols, const char *name)
{
    node *y = push(x->rows, cols, x, linear_backward);
    take_params(y, name);
    for (int r = 0; r < x->rows; r++)
        for (int o = 0; o < cols; o++) {
            double sum = y->bias ? y->bias[o] : 0;
            for (int i = 0; i < x->cols; i++)
                sum += rounded(x->x[r * x->cols + i]) * rounded(y->weight[o * x->cols + i]);
            y->x[r * cols + o] = sum;
        }
    return y;
}

/* ---- norm ---- */

static void moments(const double *x, int count, double eps, double *mean, double *rstd)
{
    double variance = 0;
    *mean = 0;
    for (int c = 0; c < count; c++) *mean += x[c] / count;
    for (int c = 0; c < count; c++) variance += (x[c] - *mean) * (x[c] - *mean) / count;
    *rstd = 1 / sqrt(variance + eps);
}

static void norm_backward(const node *y)
{
    for (int r = 0; r < y->rows; r++) {
        const double *x = y->a->x + r * y->cols, *dy = y->dx + r * y->cols;
        double mean, rstd, g_mean = 0, gh_mean = 0;
        moments(x, y->cols, y->eps, &mean, &rstd);
        for (int c = 0; c < y->cols; c++) {
            double h = (x[c] - mean) * rstd;
            y->dweight[c] += dy[c] * h;
            y->dbias[c] += dy[c];
            g_mean += dy[c] * y->weight[c] / y->cols;
            gh_mean += dy[c] * y->weight[c] * h / y->cols;
        }
        for (int c = 0; c < y->cols; c++)
            y->a->dx[r * y->cols + c] +=
                rstd * (dy[c] * y->weight[c] - g_mean - (x[c] - mean) * rstd * gh_mean);
    }
}

static node *norm(node *x, double eps, const char *name)
{
    node *y = push(x->rows, x->cols, x, norm_backward);
    y->eps = eps;
    take_params(y, name);
    for (int r = 0; r < x->rows; r++) {
        double mean, rstd;
        moments(x->x + r * x->cols, x->cols, eps, &mean, &rstd);
        for (int c = 0; c < x->cols; c++)
            y->x[r * x->cols + c] =
                (x->x[r * x->cols + c] - mean) * rstd * y->weight[c] + y->bias[c];
    }
    return y;
}

/* ---- gelu, sums, positions ---- */

static void gelu_backward(const node *y)
{
    for (int i = 0; i < y->rows * y->cols; i++) {
        double x = y->a->x[i];
        y->a->dx[i] +=
            y->dx[i] * (0.5 * erfc(-x / sqrt(2)) + x * exp(-0.5 * x * x) / sqrt(2 * acos(-1)));
    }
}

static node *gelu(node *x)
{
    node *y = push(x->rows, x->cols, x, gelu_backward);
    for (int i = 0; i < x->rows * x->cols; i++) y->x[i] = 0.5 * x->x[i] * erfc(-x->x[i] / sqrt(2));
    return y;
}

static void add_backward(const node *y)
{
    for (int i = 0; i < y->rows * y->cols; i++) {
        y->a->dx[i] += y->dx[i];
        if (y->b) y->b->dx[i] += y->dx[i];
    }
}

static node *add(node *a, node *b)
{
    node *y = push(a->rows, a->cols, a, add_backward);
    y->b = b;
    for (int i = 0; i < a->rows * a->cols; i++) y->x[i] = a->x[i] + b->x[i];
    return y;
}

static int32_t places[64]; /* of the tokens */

static node *add_positions(node *x, int side)
{
    int C = x->cols, quarter = C / 4;
    node *y = push(x->rows, C, x, add_backward);
    for (int t = 0; t < x->rows; t++)
        for (int c = 0; c < C; c++) {
            int at = c < C / 2 ? places[t] % side : places[t] / side;
            double angle = at * pow(10000, -(double)(c % quarter) / quarter);
            y->x[t * C + c] = x->x[t * C + c] + (c / quarter % 2 ? cos(angle) : sin(angle));
        }
    return y;
}

/* ---- attention ---- */

/* share[k] of row t of a head; keys behind what it sees have 0. */
static void shares(double *share, const node *y, int t, int h)
{
    int C = y->cols, d = C / y->heads, seen = t + 1 > y->prefix ? t + 1 : y->prefix;
    double sum = 0;
    for (int k = 0; k < seen; k++) {
        double score = 0;
        for (int c = h * d; c < h * d + d; c++)
            score += y->a->x[t * 3 * C + c] * y->a->x[k * 3 * C + C + c];
        share[k] = exp(score / sqrt(d));
        sum += share[k];
    }
    for (int k = 0; k < y->rows; k++) share[k] = k < seen ? share[k] / sum : 0;
}

static void attention_backward(const node *y)
{
    int C = y->cols, d = C / y->heads;
    const double *qkv = y->a->x;
    double share[64], dshare[64];
    for (int t = 0; t < y->rows; t++)
        for (int h = 0; h < y->heads; h++) {
            double dot = 0;
            shares(share, y, t, h);
            for (int k = 0; k < y->rows; k++) {
                dshare[k] = 0;
                for (int c = h * d; c < h * d + d; c++) {
                    dshare[k] += y->dx[t * C + c] * qkv[k * 3 * C + 2 * C + c];
                    y->a->dx[k * 3 * C + 2 * C + c] += share[k] * y->dx[t * C + c];
                }
                dot += share[k] * dshare[k];
            }
            for (int k = 0; k < y->rows; k++)
                for (int c = h * d; c < h * d + d; c++) {
                    double dscore = share[k] * (dshare[k] - dot) / sqrt(d);
                    y->a->dx[t * 3 * C + c] += dscore * qkv[k * 3 * C + C + c];
                    y->a->dx[k * 3 * C + C + c] += dscore * qkv[t * 3 * C + c];
                }
        }
}

static node *attention(node *qkv, int heads, int prefix)
{
    int C = qkv->cols / 3, d = C / heads;
    double share[64];
    node *y = push(qkv->rows, C, qkv, attention_backward);
    y->heads = heads;
    y->prefix = prefix;
    CU_ASSERT_FATAL(qkv->rows <= 64);
    for (int t = 0; t < y->rows; t++)
        for (int h = 0; h < heads; h++) {
            shares(share, y, t, h);
            for (int k = 0; k < y->rows; k++)
                for (int c = h * d; c < h * d + d; c++)
                    y->x[t * C + c] += share[k] * qkv->x[k * 3 * C + 2 * C + c];
        }
    return y;
}

/* ---- the model ---- */

static const char *named(const char *format, int l, const char *part)
{
    static char name[VT_PARAM_NAME];
    char whole[VT_PARAM_NAME];
    (void)snprintf(whole, sizeof whole, "%s.%s", format, part);
    const char *number = strchr(whole, '#');
    (void)snprintf(name, sizeof name, "%.*s%d%s", (int)(number - whole), whole, l, number + 1);
    return name;
}

static node *mlp(node *x, const char *block, int l)
{
    node *hidden = linear(x, 4 * x->cols, named(block, l, "mlp.fc1"));
    return linear(gelu(hidden), x->cols, named(block, l, "mlp.fc2"));
}

static node *patches(const vt_trunk_shape *s, const vt_real *image)
{
    int side = s->image_px / s->patch_px, p = s->patch_px, px = s->image_px;
    node *y = push(side * side, s->channels * p * p, NULL, NULL);
    for (int t = 0; t < side * side; t++)
        for (int i = 0; i < y->cols; i++) {
            int channel = i / (p * p), top = places[t] / side * p, left = places[t] % side * p;
            y->x[t * y->cols + i] =
                (double)image[(channel * px + top + i / p % p) * px + left + i % p];
        }
    return y;
}

static node *transformer(node *x, const char *block, int depth, int heads, int prefix)
{
    for (int l = 0; l < depth; l++) {
        node *n = norm(x, model_eps, named(block, l, "norm_1"));
        n = attention(linear(n, 3 * x->cols, named(block, l, "attn.qkv")), heads, prefix);
        x = add(x, linear(n, x->cols, named(block, l, "attn.proj")));
        x = add(x, mlp(norm(x, model_eps, named(block, l, "norm_2")), block, l));
    }
    return x;
}

static node *trunk(const vt_trunk_shape *s, node *x, int prefix)
{
    x = linear(x, s->width, "preprocessor.patchifier.proj");
    x = norm(x, s->norm_eps, "preprocessor.patchifier.norm");
    x = add_positions(x, s->image_px / s->patch_px);
    x = transformer(x, "trunk.blocks.#", s->depth, s->heads, prefix);
    return norm(x, s->norm_eps, "trunk.post_trunk_norm");
}

static node *mlp_blocks(const vt_aim_shape *s, node *x, const char *block)
{
    for (int l = 0; l < s->head_depth; l++) {
        if (s->head_norm_skip) x = add(x, norm(x, model_eps, named(block, l, "norm_1")));
        x = add(x, mlp(norm(x, model_eps, named(block, l, "norm_2")), block, l));
    }
    return x;
}

static node *head(const vt_aim_shape *s, node *x, int values, int prefix)
{
    static const char block[] = "head.decoder_blocks.#";
    if (s->head_kind != VT_DECODER_NONE) {
        x = linear(x, s->head_width, "head.decoder_projection");
        x = add_positions(x, s->trunk.image_px / s->trunk.patch_px);
        x = s->head_kind == VT_DECODER_MLP
                ? mlp_blocks(s, x, block)
                : transformer(x, block, s->head_depth, s->head_heads, prefix);
        x = norm(x, model_eps, "head.decoder_norm");
    }
    return linear(x, values, "head.decoder_pred");
}

/* The i-th value of a patch as a target: channels last, normed where the objective says so. */
static double target(const vt_aim_shape *s, const double *patch, int values, int i)
{
    int channels = s->trunk.channels, area = values / channels;
    double value = patch[i % channels * area + i / channels], mean = 0, squares = 0;
    if (!s->norm_pix) return value;
    for (int k = 0; k < values; k++) mean += patch[k] / values;
    for (int k = 0; k < values; k++) squares += (patch[k] - mean) * (patch[k] - mean);
    return (value - mean) / sqrt(squares / (values - 1) + 1e-6);
}

static double image_loss(const vt_aim_shape *s, const vt_real *image, int prefix, isize pairs)
{
    node_count = 0;
    number_count = 0;
    node *in = patches(&s->trunk, image);
    int P = in->cols;
    node *pred = head(s, trunk(&s->trunk, in, prefix), P, prefix);
    double loss = 0;
    for (int t = prefix; t < in->rows; t++) /* the row before predicts it */
        for (int i = 0; i < P; i++) {
            double error = pred->x[(t - 1) * P + i] - target(s, in->x + t * P, P, i);
            loss += error * error / (double)(P * pairs);
            pred->dx[(t - 1) * P + i] = 2 * error / (double)(P * pairs);
        }
    for (int n = node_count - 1; n > 0; n--) nodes[n].backward(&nodes[n]);
    return loss;
}

double plain_aim(double *grads, const vt_aim_shape *shape, const vt_params *params,
                 const vt_pass *pass, const vt_real *images, plain_round *round)
{
    isize pixels = (isize)shape->trunk.channels * shape->trunk.image_px * shape->trunk.image_px;
    isize pairs = 0;
    double loss = 0;
    model = params;
    model_grads = grads;
    rounded = round;
    model_eps = shape->trunk.norm_eps;
    vt_order_fill(places, shape->order, shape->trunk.image_px / shape->trunk.patch_px);
    memset(grads, 0, (size_t)params->size * sizeof *grads);
    for (isize b = 0; b < pass->B; b++)
        pairs += pass->T - (pass->mask == VT_MASK_PREFIX ? pass->prefix_len[b] : 1);
    for (isize b = 0; b < pass->B; b++)
        loss += image_loss(shape, images + b * pixels,
                           pass->mask == VT_MASK_PREFIX ? pass->prefix_len[b] : 1, pairs);
    return loss;
}
