/* train/trainer.h - the state of a pre-training run, and one step of it.
 *
 * The trainer reads the images of a step, and a learner (train/learner.h) takes the step. While it
 * does, the images of the next one are read to a second place.
 */
#ifndef VT_TRAINER_H
#define VT_TRAINER_H
#include "optim/schedule.h"
#include "par/ahead.h"
#include "train/feed.h"
#include "train/learner.h"

/* What one worker needs to read images. */
typedef struct {
    vt_view_scratch *scratch;
    vt_status status; /* the first failure it met in a batch */
    vt_error err;
    double seconds; /* of CPU time that it has read for */
} vt_reader;

/* Images that are being read, or have been. */
typedef struct {
    const vt_feed *feed; /* train or held_out; NULL: none */
    isize first, count;  /* places */
    vt_real *images;     /* as vt_objective_crop_at says */
} vt_reading;

typedef struct {
    vt_config config;
    vt_pool *pool; /* borrowed */
    vt_learner learner;
    vt_arena arena;
    vt_ahead *ahead;
    vt_reader *readers;     /* [workers of ahead] */
    vt_reading next;        /* what ahead reads */
    int32_t *labels;        /* [batch]; the objective does not read them */
    double step_s, stall_s; /* seconds that training steps took; that they waited for images */
    double read_s;          /* CPU seconds of reading, up to the images taken last */
    vt_views views;         /* of an image of either feed, where its objective has several crops */
    vt_feed train, held_out;
    vt_codebook codebook;                /* where targets are codes: see train/coding.h */
    char codebook_sha256[VT_SHA256_HEX]; /* of its file; "": there is none */
    double *by_token, *part; /* [T] losses of the last validation by place; of a batch */
    int64_t step;            /* steps done */
    int64_t points;          /* lines of the history up to here; the checkpoint keeps it */
    int64_t validated;       /* step of the last validation, 0: none; the checkpoint keeps it */
    int (*stopping)(const void *context); /* asked now and then in long loops; may be NULL */
    const void *stopping_context;
} vt_trainer;

typedef struct {
    double loss;      /* mean over pairs; not finite: the parameters were left alone */
    double grad_norm; /* before clipping */
    double lr;
} vt_step_result;

/* readers: threads that read ahead, beside those of the pool; 0: all are read between steps. */
VT_CHECKED vt_status vt_trainer_open(vt_trainer *out, const vt_config *config,
                                     const vt_dataset *dataset, vt_pool *pool, int readers,
                                     vt_error *err);
vt_schedule vt_trainer_schedule(const vt_config *config); /* of the learning rate */
/* Parameters as the seed says, moments zero, step 0. */
void vt_trainer_reset(vt_trainer *trainer);
/* One step, and step + 1 when the loss and the gradient are finite. */
VT_CHECKED vt_status vt_trainer_step(vt_trainer *trainer, vt_step_result *result, vt_error *err);
/* One of the objective's losses, its mean over the pairs of eval.images held-out images, each with
 * its fixed choices. VT_ERR_CANCELLED: it was asked to stop. */
VT_CHECKED vt_status vt_trainer_validate(vt_trainer *trainer, int loss, double *value,
                                         vt_error *err);
/* Of the validation just done, the mean loss of each of eval.chunks equal parts of the sequence:
 * targets t with floor(t chunks / T) = c. */
void vt_trainer_chunks(const vt_trainer *trainer, double *means);
/* Training images from place first on, count <= batch of them, with the step's choices, to where
 * the learner looks for a batch. */
VT_CHECKED vt_status vt_trainer_read_train(vt_trainer *trainer, isize first, isize count,
                                           vt_error *err);
/* Held-out images from first on, count <= batch of them, with their choices, to where the learner
 * looks for a batch. */
VT_CHECKED vt_status vt_trainer_read_held_out(vt_trainer *trainer, isize first, isize count,
                                              vt_error *err);
void vt_trainer_close(vt_trainer *trainer);
#endif
