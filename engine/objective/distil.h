/* objective/distil.h - self-distillation: what DINO, iBOT and DINOv2 share (aim.md 9).
 *
 * A student sees two whole crops of an image and some small ones; its teacher, a moving average of
 * it, the whole ones. The class token's output for each crop is to give what the teacher's gives
 * for each other whole crop, with equal weight for each of the 2 (1 + small) pairs. With `patches`,
 * blocks of the student's whole crops are masked, and its output for a masked patch is to give the
 * teacher's for that patch, which sees it: mean over the masked patches of a crop, then over crops.
 * With `koleo`, class tokens of a shard's images spread out, those of each whole crop by
 * themselves. All are means over images; their sum is the loss.
 *
 * An image's small crops and its whole ones share nothing but the teacher's targets, so they are
 * learnt in two passes, one after the other, in the same storage.
 *
 * Collapse is told by what measure gives, in nats of K prototypes. A teacher that says the same of
 * every image has teacher_entropy = teacher_entropy_mean: both 0 where one prototype takes all,
 * both log K where all are alike; teacher_kl then goes to 0, and so does feature_std. A healthy
 * one is sure of an image, and of another one for others: low teacher_entropy, and
 * teacher_entropy_mean near log K.
 */
#ifndef VT_DISTIL_H
#define VT_DISTIL_H
#include "objective/distil_head.h"
#include "objective/features.h"
#include "objective/koleo.h"
#include "objective/objective.h"
#include "objective/sinkhorn.h"
#include "objective/teacher.h"

enum { VT_DISTIL_WHOLE = 2 }; /* whole crops */

/* What an objective makes of these parts: its recipe. */
typedef struct {
    int patches;  /* 1: masked patches are learnt, too */
    int untied;   /* 1: by a head of their own */
    int sinkhorn; /* 1: targets by Sinkhorn-Knopp, unless teacher.centring says otherwise */
    int koleo;    /* 1: class tokens spread out, as koleo.weight says */
} vt_distil_recipe;

/* The most patches of a crop that are masked, and the least where any is, as shares. */
#define VT_DISTIL_MASK_LEAST 0.1
#define VT_DISTIL_MASK_MOST  0.5

typedef struct {
    vt_trunk trunk;
    vt_distil_head head, patch_head; /* the same where they are tied */
} vt_distil_net;

typedef struct {
    vt_distil_net student, teacher;
    vt_param centre, patch_centre; /* [1, K]; without centring: none */
} vt_distil;

/* Numbers that all of them follow from. */
typedef struct {
    const vt_distil_recipe *recipe;
    vt_trunk_shape trunk;
    vt_distil_head_shape head;
    isize small, small_tokens; /* small crops; tokens of one */
    isize tokens, patches;     /* of a whole crop */
    isize most;                /* masked patches of a crop at most; 0 without patches */
    int sinkhorn;
    double koleo;
} vt_distil_shape;

/* One worker's. */
typedef struct {
    vt_trunk_saved trunk;
    vt_distil_head_saved head;
    vt_koleo_work koleo;
    vt_real *rows, *drows; /* [R, C] what the heads read: class tokens, then masked patches */
    vt_real *target;       /* [K] */
    int32_t *row_of;       /* [R] where each stands among the rows that leave the trunk */
    int32_t *crop_of;      /* [R] whole crop that it is of; of a small crop: its image's first */
    int32_t *nth;          /* [R] which of its crop's masked patches; of class tokens: -1 */
    int32_t *image_of;     /* of the pass, as are these: */
    int32_t *masked;
    vt_range *range;
    double *losses; /* [B] */
} vt_distil_saved;

/* What stands for a loss of an image. */
enum { VT_DISTIL_CLASS, VT_DISTIL_PATCH, VT_DISTIL_KOLEO, VT_DISTIL_LOSSES };

/* Of a whole batch. Crop n of these is whole crop n % 2 of image n / 2. */
typedef struct {
    vt_real *targets; /* [2 B, K] of class tokens: the teacher's logits, settled: its shares */
    vt_real *patch_targets; /* [2 B, most, K], settled: those of masked patches without gaps */
    isize *masked;          /* [2 B] masked patches of each crop */
    isize *first;           /* [2 B + 1] settled: row of patch_targets that each crop begins at */
    vt_real *mean, *patch_mean;         /* [K] of the teacher's logits, for its centres */
    vt_features features;               /* [2 B] the student's class tokens */
    double (*losses)[VT_DISTIL_LOSSES]; /* [B] */
    vt_sinkhorn_work work;
} vt_distil_batch;

vt_distil_shape vt_distil_shape_of(const vt_config *config);

/* A shard's crops of one kind on their way through trunk and heads. */
typedef struct {
    int small;
    vt_pass pass; /* its arrays are the worker's; masks are the student's to add */
    const vt_real *images;
    isize classes, count; /* rows that heads read: class tokens, and with masked patches */
} vt_distil_run;

/* Lists the rows, in saved, and the student's masks. */
vt_distil_run vt_distil_run_of(const vt_distil_shape *shape, const vt_shard *shard, int small);

/* Rows from .. to - 1 go through a head together; each of its parameters is met once. */
typedef struct {
    const vt_distil_head *head;
    isize from, to;
} vt_distil_part;

/* Fills parts, and returns how many there are. */
int vt_distil_parts(const vt_distil_shape *shape, const vt_distil_net *net,
                    const vt_distil_run *run, vt_distil_part parts[2]);

/* ---- the objective's functions: see objective.h ---- */

vt_status vt_distil_check(const vt_config *config, vt_error *err);
vt_crops vt_distil_crops(const vt_config *config);
vt_cost vt_distil_cost(const vt_config *config);
isize vt_distil_draws(const vt_config *config); /* [2, patches] masked or not, of a recipe's own */
isize vt_distil_pairs(const vt_config *config, const int32_t *draws); /* one an image */
void *vt_distil_plan(const vt_config *config, vt_params *params, vt_params *state, vt_arena *arena);
void *vt_distil_plan_saved(const vt_config *config, isize B, int recompute, vt_arena *arena);
void *vt_distil_plan_batch(const vt_config *config, isize B, vt_arena *arena);
vt_scratch_size vt_distil_scratch_size(const vt_config *config, isize B);
void vt_distil_start(const vt_whole *whole);
void vt_distil_prepare(const vt_shard *shard);
void vt_distil_settle(const vt_whole *whole);
double vt_distil_learn(const vt_shard *shard);
void vt_distil_finish(const vt_whole *whole);
void vt_distil_measure(const vt_whole *whole, double *values);
vt_part_loss vt_distil_evaluate(const vt_shard *shard, int loss); /* by VT_DISTIL_CLASS and so on */
int64_t vt_distil_flops(const vt_shard *shard, int recompute);

/* What of measure's values there is: the first five for all, three more with patches, one more with
 * koleo. */
#define VT_DISTIL_METRICS                                                                          \
    "loss_class", "teacher_entropy", "teacher_entropy_mean", "teacher_kl", "feature_std"
#define VT_DISTIL_PATCH_METRICS "loss_patch", "patch_entropy", "patch_entropy_mean"

#define VT_DISTIL_FUNCTIONS                                                                        \
    .class_token = 1, .passes = 2, .probed = VT_TEACHER, .check = vt_distil_check,                 \
    .crops = vt_distil_crops, .cost = vt_distil_cost, .draws = vt_distil_draws,                    \
    .pairs = vt_distil_pairs, .plan = vt_distil_plan, .plan_saved = vt_distil_plan_saved,          \
    .plan_batch = vt_distil_plan_batch, .scratch_size = vt_distil_scratch_size,                    \
    .start = vt_distil_start, .prepare = vt_distil_prepare, .settle = vt_distil_settle,            \
    .learn = vt_distil_learn, .finish = vt_distil_finish, .measure = vt_distil_measure,            \
    .evaluate = vt_distil_evaluate, .flops = vt_distil_flops

#endif
