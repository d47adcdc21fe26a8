/* The attentive probe against the reference tensors: logits with running statistics; logits, loss,
 * gradients and running statistics of one training pass. */
#include "parity.h"
#include "probe_case.h"

enum { IMAGES = 3, TOKENS = 16, WIDTH = 64, HEADS = 4, CLASSES = 10 };
static const isize SQUARE = (isize)WIDTH * WIDTH, FEATURES = (isize)IMAGES * TOKENS * WIDTH;
static const isize LOGITS = (isize)IMAGES * CLASSES, CLASSIFIER = (isize)CLASSES * WIDTH;
static const double TOLERANCE = 2e-5;

/* A bank of two heads, both with the published weights: neither place in a bank is special. */
static int open_probe(probe_case *c, const vt_safetensors *reference)
{
    vt_safetensors *weights = parity_open("attentive probe", "weights.safetensors");
    if (!weights) return 0;
    vt_bank_options options = probe_case_options(
        VT_PROBE_ATTENTIVE, (vt_probe_shape){IMAGES, TOKENS, WIDTH, HEADS, CLASSES});
    options.count = 2;
    probe_case_open(c, &options);
    for (isize g = 0; g < 2; g++) {
        vt_real *head = vt_bank_head(&c->bank, c->bank.values, g);
        parity_read(weights, "head.cls_token", head, WIDTH);
        parity_read(weights, "head.k.weight", head += WIDTH, SQUARE);
        parity_read(weights, "head.v.weight", head += SQUARE, SQUARE);
        parity_read(weights, "head.linear.weight", head + SQUARE, CLASSIFIER);
    }
    parity_read(weights, "head.bn.running_mean", c->bank.running_mean, WIDTH);
    parity_read(weights, "head.bn.running_var", c->bank.running_var, WIDTH);
    parity_read(reference, "probe_input", c->x, FEATURES);
    vt_safetensors_close(&weights);
    return 1;
}

static void logits_with_running_statistics_agree(void)
{
    probe_case c;
    vt_safetensors *reference = parity_open("attentive probe", "reference.safetensors");
    if (!reference || !open_probe(&c, reference)) {
        vt_safetensors_close(&reference);
        return;
    }
    vt_bank_forward(&c.bank, c.x, IMAGES, VT_BANK_SCORE);
    for (isize g = 0; g < 2; g++)
        parity_compare(reference, "logits", c.bank.logits + g * LOGITS, LOGITS, TOLERANCE);
    vt_arena_close(&c.arena);
    vt_safetensors_close(&reference);
}

static void a_training_pass_agrees(void)
{
    probe_case c;
    vt_real labels[IMAGES] = {0};
    vt_safetensors *file = parity_open("attentive probe in training", "reference.safetensors");
    if (!file || !open_probe(&c, file)) {
        vt_safetensors_close(&file);
        return;
    }
    parity_read(file, "probe_train.labels", labels, IMAGES);
    for (isize b = 0; b < IMAGES; b++) c.labels[b] = (int32_t)labels[b];
    vt_bank_forward(&c.bank, c.x, IMAGES, VT_BANK_TRAIN);
    vt_bank_loss(&c.bank, c.labels, IMAGES, c.losses);
    vt_bank_backward(&c.bank, c.x, IMAGES);
    for (isize g = 0; g < 2; g++) {
        const vt_real loss = (vt_real)c.losses[g], *grads = vt_bank_head(&c.bank, c.bank.grads, g);
        parity_compare(file, "probe_train.logits", c.bank.logits + g * LOGITS, LOGITS, TOLERANCE);
        parity_compare(file, "probe_train.loss", &loss, 1, TOLERANCE);
        parity_compare(file, "probe_train.grad.cls_token", grads, WIDTH, TOLERANCE);
        parity_compare(file, "probe_train.grad.k.weight", grads += WIDTH, SQUARE, TOLERANCE);
        parity_compare(file, "probe_train.grad.v.weight", grads += SQUARE, SQUARE, TOLERANCE);
        parity_compare(file, "probe_train.grad.linear.weight", grads + SQUARE, CLASSIFIER,
                       TOLERANCE);
    }
    parity_compare(file, "probe_train.running_mean_after", c.bank.running_mean, WIDTH, TOLERANCE);
    parity_compare(file, "probe_train.running_var_after", c.bank.running_var, WIDTH, TOLERANCE);
    vt_arena_close(&c.arena);
    vt_safetensors_close(&file);
}

SUITE(probe_parity, {"logits with running statistics agree", logits_with_running_statistics_agree},
      {"a training pass agrees", a_training_pass_agrees})
