/* train/tuner.h - a trunk that learns to classify, whole or by low-rank changes (model/lora.h),
 * together with an attentive head on the mean of its last blocks.
 *
 * A step: each shard goes forward and keeps its activations; the head learns from the features of
 * the whole batch, as its statistics are the whole batch's, and gives their gradient; each shard
 * goes backward, and adds to one gradient in its order (par/turns.h); the optimiser takes its step.
 * So a step has the same bits for any number of workers. It keeps the activations of a whole batch.
 *
 * The trunk's gradient and the head's are clipped each by itself, to probe.clip_norm.
 */
#ifndef VT_TUNER_H
#define VT_TUNER_H
#include "model/lora.h"
#include "model/probe.h"
#include "optim/adamw.h"
#include "train/features.h"

typedef struct {
    vt_features *features;  /* borrowed; of VT_TAPS_LAST: its values are those that learn */
    int low_rank;           /* 1: LoRA */
    vt_trunk trunk, before; /* the values that learn, with gradients where they do; as loaded */
    vt_params params;       /* values: as loaded; grads: of the whole batch */
    vt_turns *turns;
    vt_trunk_saved *saved; /* [shards] */
    vt_real *dx;           /* [B*T, D] gradient of each averaged block's output */
    vt_real **dtokens;     /* [workers] of [tokens of a shard, D]; NULL without a class token */
    vt_bank head;          /* of one head */
    vt_lora lora;
    vt_params changes; /* LoRA's parameters */
    vt_optim optim;    /* of what learns of the trunk */
    vt_real *kept, *kept_head;
    vt_arena table, arena;
} vt_tuner;

/* Storage for a trunk that features holds or will hold. */
VT_CHECKED vt_status vt_tuner_open(vt_tuner *out, vt_features *features, vt_error *err);
void vt_tuner_close(vt_tuner *tuner);

/* Parameters that learn, the head's counted. */
int64_t vt_tuner_trained(const vt_features *features, int64_t classes);
/* Floating-point operations of one image's training, trunk and head, as vt_cost counts them. */
int64_t vt_tuner_flops(const vt_features *features, int64_t classes);

/* Remembers the trunk that features holds now: what each training starts from. */
void vt_tuner_load(vt_tuner *tuner);
/* That trunk, a fresh head, no moments. */
void vt_tuner_reset(vt_tuner *tuner);
/* Step number step, from 0, with the rates of trunk and head; *loss is the batch's mean in nats. A
 * gradient that is not finite leaves the trunk alone. */
VT_CHECKED vt_status vt_tuner_step(vt_tuner *tuner, int64_t step, double lr, double head_lr,
                                   double *loss, vt_error *err);
/* Keeps trunk and head as they are now; and takes what was kept last. */
void vt_tuner_keep(vt_tuner *tuner);
void vt_tuner_restore(vt_tuner *tuner);
#endif
