/* model/probe.h - banks of probe heads that learn side by side from one frozen feature tensor.
 *
 * A tap is a feature tensor x [B*T, D]: B images, T tokens each, width D. A bank is G heads of one
 * kind on one tap, one head for each point of a grid of learning rates and weight decays. The heads
 * share x and therefore its batch statistics; parameters, gradient clip, AdamW state and learning
 * rate are each head's own, so a head that diverges leaves the others alone.
 *
 *   attentive  BatchNorm without affine part over the channels of all B*T tokens; k, v = Linear
 *              D -> D without bias; one learned query cut into H heads of d = D/H channels;
 *              softmax over T of q.k/sqrt(d), weighted sum of v; Linear D -> K without bias
 *   linear     mean over T; BatchNorm without affine part over B; Linear D -> K with bias
 *
 * BatchNorm: eps 1e-6; training normalises by the batch's biased variance and moves the running
 * statistics by 0.1 towards the batch's mean and unbiased variance; scoring uses the running ones.
 * A batch with one value a channel has no unbiased variance, so its biased one (0) is taken.
 *
 * The attentive head is computed in a form that is equal, but costs O(T D H) an image instead of
 * O(T D^2): with m, s the channel mean and deviation, and W_h the d rows of W that head h owns,
 *
 *   score_t = q_h . W_k,h (x_t - m)/s = (W_k,h^T q_h / s) . x_t - const    softmax drops const
 *   out_h   = W_v,h sum_t a_t (x_t - m)/s = W_v,h ((sum_t a_t x_t) - m)/s  as sum_t a_t = 1
 *
 * so neither k nor v of a token ever exists. model/probe_reference.h has the plain form.
 *
 * One bank uses one thread; different banks may run on different threads. Nothing allocates after
 * vt_bank_plan. Results do not depend on which thread runs what. Numbers that are not finite are
 * not an error: they come out as the head's loss and give it an accuracy of 0.
 */
#ifndef VT_PROBE_H
#define VT_PROBE_H
#include "base/arena.h"

typedef enum { VT_PROBE_ATTENTIVE, VT_PROBE_LINEAR } vt_probe_kind;

typedef struct {
    vt_probe_kind kind;
    isize images_max;         /* B of the largest batch */
    isize tokens, width;      /* T, D */
    isize heads;              /* H, divides width; linear: not read */
    isize classes;            /* K */
    int normalise;            /* 0: no BatchNorm, for features that are normalised already */
    isize count;              /* G */
    const double *decays;     /* [G] weight decay, borrowed as long as the bank; biases have none */
    double beta1, beta2, eps; /* AdamW */
    double clip_norm;         /* 2-norm that a head's gradient is scaled down to; 0: left alone */
    /* Every head of the bank starts from the same weights, of the stream (seed, VT_RNG_PROBE,
     * stream), so that rates and decays are compared and nothing else. */
    uint64_t seed, stream;
} vt_bank_options;

/* A head's parameters are contiguous, in this order:
 *   attentive  query [D] | k [D, D] | v [D, D] | linear [K, D]
 *   linear     weight [K, D] | bias [K]
 * state is what a resume needs, with steps: values, m, v, running_mean, running_var in one piece.
 */
typedef struct {
    vt_bank_options options;
    isize params;   /* P of one head */
    int64_t steps;  /* AdamW steps taken */
    vt_real *state; /* [state_count] */
    isize state_count;
    vt_real *values, *m, *v, *grads;     /* [G, P] */
    vt_real *running_mean, *running_var; /* [D] */
    vt_real *mean, *rstd;                /* [D] that the last forward normalised by */
    vt_real *u, *du;                     /* [G*H, D] W_k,h^T q_h / (s sqrt(d)), and gradient */
    vt_real *score, *dscore;             /* [G*H, B*T] attention weights, after softmax */
    vt_real *pooled, *dpooled;           /* [B, G*H, D], normalised; linear: pooled [B, D] */
    vt_real *out, *dout;                 /* [G, B, D] what the classifier reads */
    vt_real *logits, *dlogits;           /* [G, B, K], B of the last forward */
    vt_real *chunk;                      /* [D] partial sums */
    double *sums;                        /* [2, D] */
} vt_bank;

typedef enum {
    VT_BANK_TRAIN, /* batch statistics; moves the running ones */
    VT_BANK_SCORE  /* running statistics */
} vt_bank_mode;

/* Counts of one head over the batches scored so far. Ties: vt_logits_rank. */
typedef struct {
    double loss;                /* sum over images, nats */
    int64_t images, top1, top5; /* top5: among the first min(5, K) */
} vt_bank_total;

/* Carves bank from arena. A head's count, width, ... are >= 1, heads divides width (asserted). */
void vt_bank_plan(vt_bank *bank, const vt_bank_options *options, vt_arena *arena);
/* Initial parameters, moments 0, running mean 0 and variance 1. k, v and the attentive classifier:
 * Xavier uniform; query: normal 0.02; linear probe: weight normal 0.01, bias 0. */
void vt_bank_init(vt_bank *bank);
/* Parameters of head g in values, or their gradients in grads. */
vt_real *vt_bank_head(const vt_bank *bank, vt_real *all, isize g);

/* One training step of every head on x [images*T, D], labels [images], 1 <= images <= images_max:
 * forward, losses [G] (mean over the batch, nats), backward, update with lrs [G]. */
void vt_bank_step(vt_bank *bank, const vt_real *x, const int32_t *labels, isize images,
                  const double *lrs, double *losses);
/* Adds a held-out batch to totals [G]. */
void vt_bank_score(vt_bank *bank, const vt_real *x, const int32_t *labels, isize images,
                   vt_bank_total *totals);

/* The parts of a step: logits; losses and dlogits; grads (overwritten) from the dlogits of the same
 * x; clip and AdamW. */
void vt_bank_forward(vt_bank *bank, const vt_real *x, isize images, vt_bank_mode mode);
void vt_bank_loss(vt_bank *bank, const int32_t *labels, isize images, double *losses);
void vt_bank_backward(vt_bank *bank, const vt_real *x, isize images);
void vt_bank_update(vt_bank *bank, const double *lrs);
/* Of attentive heads, behind forward in training and backward: dx [images*T, D], the gradient of
 * the sum of the heads' losses by x. It goes through the batch's statistics as well. */
void vt_bank_input_gradient(vt_bank *bank, const vt_real *x, isize images, vt_real *dx);
#endif
