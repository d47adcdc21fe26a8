/* wire/keys.h - every configuration key: the one table that validation, --help, the
 * documentation, the dotted overrides and the engine's config struct come from.
 *
 * WIRE_KEYS(K) expands K(type, field, "name", task, "unit", "default", min, max, "choices", "help")
 *
 *   type     INT REAL FLAG TEXT CHOICE REALS (a list of reals, at most WIRE_REALS_MAX)
 *   task     PRETRAIN, PROBE or BOTH: which resolved configs carry the key; or one of these with
 *            _OPTIONAL behind it
 *   default  in canonical spelling; that of an optional key never changes
 *   min max  inclusive bounds of INT, REAL and each of REALS; unused by the rest
 *   choices  of CHOICE, separated by '|'
 *
 * A resolved config is text: every key of its task, sorted by name in byte order, one
 * "name: value" line each, ended by LF. Values are canonical: INT in decimal; REAL and REALS with
 * the fewest digits that read back to the same double, lists as [a, b]; FLAG true or false; TEXT
 * of letters, digits and ._/- only, "" when empty. Its SHA-256 is the cell's identity, so nothing
 * that leaves the bits of a result alone (workers, folders) is a key.
 *
 * An optional key has no line where its value is the default. So a key that is added as optional,
 * with the default that all configs had without it, leaves the identity of each of them as it was;
 * and a text with such a line is none that was resolved: one config, one spelling. Keys that are
 * added are therefore optional; those that are not stay so.
 */
#ifndef WIRE_KEYS_H
#define WIRE_KEYS_H
#include "wire/objectives.h"

/* The tasks of a key: bits. */
enum {
    WIRE_PRETRAIN = 1,
    WIRE_PROBE = 2,
    WIRE_BOTH = 3,
    WIRE_OPTIONAL = 4,
    WIRE_PRETRAIN_OPTIONAL = WIRE_PRETRAIN | WIRE_OPTIONAL,
    WIRE_PROBE_OPTIONAL = WIRE_PROBE | WIRE_OPTIONAL,
    WIRE_BOTH_OPTIONAL = WIRE_BOTH | WIRE_OPTIONAL
};

#define WIRE_REALS_MAX 16
#define WIRE_TEXT_MAX  128 /* bytes of a TEXT value, NUL included */

/* clang-format off */
#define WIRE_KEYS(K) \
    K(CHOICE, task, "task", BOTH, "", "pretrain", 0, 0, "pretrain|probe", \
      "what the run does: pre-train a trunk, or probe a frozen one") \
    K(INT, seed, "seed", BOTH, "", "0", 0, 9007199254740991.0, "", \
      "of every random number: initial weights, order of images, crops, prefixes") \
    K(TEXT, data_name, "data.name", BOTH, "", "fashion-mnist", 0, 0, "", \
      "data set: a folder below the data folder, made by patchlaw data import") \
    K(TEXT, data_sha256, "data.sha256", BOTH, "", "\"\"", 0, 0, "", \
      "content hash of the data set; filled in when the config is resolved") \
    K(INT, data_image_px, "data.image_px", BOTH, "px", "28", 1, 4096, "", \
      "height and width of the image that the trunk sees") \
    K(INT, data_channels, "data.channels", BOTH, "", "1", 1, 3, "", \
      "1 (grey) or 3 (RGB); images of the other kind are converted") \
    K(REAL, data_crop_min, "data.crop_min", PRETRAIN, "fraction", "0.4", 0.01, 1, "", \
      "least area of the random resized crop of pre-training; 1 crops as evaluation does") \
    K(REAL, data_flip, "data.flip", PRETRAIN, "probability", "0.5", 0, 1, "", \
      "of a horizontal flip of a pre-training image") \
    K(REAL, data_jitter, "data.jitter", PRETRAIN_OPTIONAL, "probability", "0", 0, 1, "", \
      "of a change of brightness, contrast, saturation and hue of a pre-training image") \
    K(REAL, data_grey, "data.grey", PRETRAIN_OPTIONAL, "probability", "0", 0, 1, "", \
      "that a pre-training image loses its colours") \
    K(REAL, data_blur, "data.blur", PRETRAIN_OPTIONAL, "probability", "0", 0, 1, "", \
      "of a Gaussian blur of a pre-training image") \
    K(REAL, data_solarize, "data.solarize", PRETRAIN_OPTIONAL, "probability", "0", 0, 1, "", \
      "that the bright half of a pre-training image's values is inverted") \
    K(INT, data_small_crops, "data.small_crops", PRETRAIN_OPTIONAL, "crops", "8", 0, 14, "", \
      "small crops of an image that a student sees besides the two whole ones (dino and its kin)") \
    K(INT, data_small_px, "data.small_px", PRETRAIN_OPTIONAL, "px", "16", 1, 4096, "", \
      "height and width of a small crop; a multiple of model.patch_px") \
    K(REAL, data_small_min, "data.small_min", PRETRAIN_OPTIONAL, "fraction", "0.05", 0.01, 1, "", \
      "least area of a small crop; the greatest is data.crop_min") \
    K(INT, data_images_max, "data.images_max", PRETRAIN, "images", "0", 0, 1e12, "", \
      "pre-train on this many images of the training split; 0 takes all") \
    K(INT, model_patch_px, "model.patch_px", BOTH, "px", "4", 1, 1024, "", \
      "side of a patch; divides data.image_px") \
    K(INT, model_width, "model.width", BOTH, "channels", "64", 4, 65536, "", \
      "of the trunk; a multiple of 4 and of model.heads") \
    K(INT, model_depth, "model.depth", BOTH, "blocks", "4", 1, 1024, "", \
      "number of the trunk's blocks") \
    K(INT, model_heads, "model.heads", BOTH, "", "2", 1, 1024, "", \
      "attention heads") \
    K(REAL, model_norm_eps, "model.norm_eps", BOTH, "", "1e-06", 1e-12, 1, "", \
      "epsilon of every LayerNorm") \
    K(CHOICE, model_precision, "model.precision", BOTH, "", "fp32", 0, 0, "fp32|bf16", \
      "of the factors of matrix products; sums, parameters and everything else are fp32") \
    K(CHOICE, model_attention, "model.attention", PRETRAIN, "", "prefix", 0, 0, "prefix|causal", \
      "mask in pre-training: a random prefix sees itself whole, or strictly causal") \
    K(CHOICE, model_order, "model.order", BOTH_OPTIONAL, "", "raster", 0, 0, \
      "raster|reverse|columns|columns_reverse|spiral|checkerboard|random", \
      "in which the patches of an image are predicted, or seen under probe.attention: causal") \
    K(CHOICE, objective_name, "objective.name", BOTH_OPTIONAL, "", "aim", 0, 0, \
      WIRE_OBJECTIVE_CHOICES, &("" WIRE_OBJECTIVE_HELP)[2]) \
    K(INT, head_width, "head.width", PRETRAIN, "channels", "64", 4, 65536, "", \
      "of the head; a multiple of 4") \
    K(INT, head_depth, "head.depth", PRETRAIN, "blocks", "4", 0, 1024, "", \
      "blocks of the head") \
    K(FLAG, head_norm_skip, "head.norm_skip", PRETRAIN, "", "false", 0, 0, "", \
      "each head block first adds LayerNorm(x) to x, as the published training code does") \
    K(CHOICE, head_kind, "head.kind", PRETRAIN_OPTIONAL, "", "mlp", 0, 0, "mlp|none|transformer", \
      "what stands between trunk and prediction: residual MLPs, nothing, or attention too") \
    K(INT, head_heads, "head.heads", PRETRAIN_OPTIONAL, "", "4", 1, 1024, "", \
      "attention heads of a transformer head") \
    K(INT, head_bottleneck, "head.bottleneck", PRETRAIN_OPTIONAL, "channels", "64", 1, 65536, "", \
      "of a distillation head, before its prototypes") \
    K(INT, head_prototypes, "head.prototypes", PRETRAIN_OPTIONAL, "", "1024", 2, 1048576, "", \
      "outputs of a distillation head") \
    K(REAL, head_freeze, "head.freeze", PRETRAIN_OPTIONAL, "fraction", "0.01", 0, 1, "", \
      "share of the steps before a distillation head's last layer begins to learn") \
    K(REAL, student_temperature, "student.temperature", PRETRAIN_OPTIONAL, "", "0.1", 0.001, 100, \
      "", "that the student's logits are divided by") \
    K(REAL, teacher_temperature, "teacher.temperature", PRETRAIN_OPTIONAL, "", "0.07", 0.01, 100, \
      "", "that the teacher's logits are divided by, after teacher.warmup") \
    K(REAL, teacher_temperature_start, "teacher.temperature_start", PRETRAIN_OPTIONAL, "", "0.04", \
      0.01, 100, "", "the same at the first step") \
    K(REAL, teacher_warmup, "teacher.warmup", PRETRAIN_OPTIONAL, "fraction", "0.1", 0, 1, "", \
      "share of the steps in which the teacher's temperature changes linearly") \
    K(REAL, teacher_momentum, "teacher.momentum", PRETRAIN_OPTIONAL, "", "0.996", 0, 1, "", \
      "share of itself that the teacher keeps in the first step; grows to 1 along half a cosine") \
    K(CHOICE, teacher_centring, "teacher.centring", PRETRAIN_OPTIONAL, "", "own", 0, 0, \
      "own|centre|sinkhorn", \
      "what keeps a teacher from saying the same of all images; own: as its objective has it") \
    K(REAL, teacher_centre_momentum, "teacher.centre_momentum", PRETRAIN_OPTIONAL, "", "0.9", 0, \
      1, "", "share of itself that the teacher's centre keeps in a step") \
    K(REAL, koleo_weight, "koleo.weight", PRETRAIN_OPTIONAL, "", "0.1", 0, 1000, "", \
      "of dinov2's KoLeo loss, which spreads class tokens; 0 leaves it out") \
    K(FLAG, target_norm_pix, "target.norm_pix", PRETRAIN, "", "true", 0, 0, "", \
      "targets are patches normalised one by one, else raw normalised pixels") \
    K(CHOICE, target_kind, "target.kind", PRETRAIN_OPTIONAL, "", "pixels", 0, 0, \
      "pixels|kmeans|vq", "what is predicted of a patch: its pixels, or its code of a code book") \
    K(INT, target_codes, "target.codes", PRETRAIN_OPTIONAL, "codes", "512", 2, 65536, "", \
      "size of the code book") \
    K(REAL, mask_ratio, "mask.ratio", PRETRAIN_OPTIONAL, "fraction", "0.75", 0.01, 0.99, "", \
      "of the patches that a masked objective hides") \
    K(INT, optim_steps, "optim.steps", PRETRAIN, "steps", "1000", 1, 1e12, "", \
      "optimiser steps of the whole schedule") \
    K(INT, optim_batch_images, "optim.batch_images", PRETRAIN, "images", "64", 1, 1e9, "", \
      "images of one step, over all shards") \
    K(REAL, optim_lr_peak, "optim.lr_peak", PRETRAIN, "", "0.001", 0, 100, "", \
      "learning rate at the end of the warm-up") \
    K(REAL, optim_lr_start, "optim.lr_start", PRETRAIN, "", "1e-06", 0, 100, "", \
      "learning rate of the first step") \
    K(REAL, optim_lr_final, "optim.lr_final", PRETRAIN, "", "0", 0, 100, "", \
      "learning rate that the cosine ends in") \
    K(REAL, optim_warmup, "optim.warmup", PRETRAIN, "fraction", "0.025", 0, 1, "", \
      "share of the steps in which the learning rate rises linearly") \
    K(REAL, optim_beta1, "optim.beta1", PRETRAIN, "", "0.9", 0, 0.999999, "", \
      "AdamW: decay of the first moment") \
    K(REAL, optim_beta2, "optim.beta2", PRETRAIN, "", "0.95", 0, 0.9999999, "", \
      "AdamW: decay of the second moment") \
    K(REAL, optim_eps, "optim.eps", PRETRAIN, "", "1e-08", 1e-20, 1, "", \
      "AdamW: added to the root of the second moment") \
    K(REAL, optim_weight_decay, "optim.weight_decay", PRETRAIN, "", "0.05", 0, 10, "", \
      "AdamW: decoupled decay; none on biases and norms") \
    K(REAL, optim_weight_decay_growth, "optim.weight_decay_growth", PRETRAIN_OPTIONAL, "", "1", \
      0, 1e6, "", \
      "decay of the last step in that of the first, along half a cosine; 1 keeps it constant") \
    K(REAL, optim_clip_norm, "optim.clip_norm", PRETRAIN, "", "1", 0, 1e30, "", \
      "global 2-norm that the gradient is scaled down to; 0 leaves it alone") \
    K(FLAG, optim_clip_each, "optim.clip_each", PRETRAIN_OPTIONAL, "", "false", 0, 0, "", \
      "optim.clip_norm bounds each parameter tensor's gradient by itself, as DINO does") \
    K(INT, train_shards, "train.shards", BOTH, "shards", "8", 1, 4096, "", \
      "parts that a batch is cut into: they fix the bits, whatever the number of workers") \
    K(INT, train_sums, "train.sums", PRETRAIN, "buffers", "1", 1, 4096, "", \
      "gradient buffers that the shards share: more take memory and serve more workers") \
    K(FLAG, train_recompute, "train.recompute", PRETRAIN, "", "false", 0, 0, "", \
      "compute a block's activations again for backward: less memory, more time, the same bits") \
    K(INT, train_log_every, "train.log_every", PRETRAIN, "steps", "10", 1, 1e12, "", \
      "steps between two points of the training curve") \
    K(INT, train_eval_every, "train.eval_every", PRETRAIN, "steps", "0", 0, 1e12, "", \
      "steps between two validations; 0 validates at the end alone") \
    K(INT, train_checkpoint_every, "train.checkpoint_every", PRETRAIN, "steps", "200", \
      1, 1e12, "", "steps between two checkpoints; the last step always writes one") \
    K(INT, eval_images, "eval.images", PRETRAIN, "images", "2000", 1, 1e12, "", \
      "held-out images of the validation loss: a fixed random choice from the test split") \
    K(INT, eval_chunks, "eval.chunks", PRETRAIN_OPTIONAL, "chunks", "0", 0, 64, "", \
      "equal parts of the sequence whose causal validation losses are recorded, too") \
    K(TEXT, probe_trunk, "probe.trunk", PROBE, "", "untrained", 0, 0, "", \
      "cell hash of the pre-training run; or a control: untrained (random weights) or pixels") \
    K(INT, probe_average_last, "probe.average_last", PROBE, "blocks", "6", 1, 1024, "", \
      "one more tap reads the mean of this many last blocks, of all where there are fewer") \
    K(CHOICE, probe_attention, "probe.attention", PROBE_OPTIONAL, "", "bidirectional", 0, 0, \
      "bidirectional|causal", "mask of the frozen trunk that the probes read") \
    K(REAL, probe_crop_min, "probe.crop_min", PROBE, "fraction", "1", 0.01, 1, "", \
      "least area of the random resized crop of the probes' images; 1 crops as evaluation does") \
    K(REAL, probe_flip, "probe.flip", PROBE, "probability", "0", 0, 1, "", \
      "of a horizontal flip of the probes' training images") \
    K(INT, probe_epochs, "probe.epochs", PROBE, "epochs", "4", 1, 1e6, "", \
      "passes over the probe's training images") \
    K(INT, probe_batch_images, "probe.batch_images", PROBE, "images", "256", 1, 1e9, "", \
      "images of one step") \
    K(REALS, probe_lrs, "probe.lrs", PROBE, "", "[0.0003, 0.001, 0.003]", 0, 100, "", \
      "learning rates of the grid") \
    K(REALS, probe_weight_decays, "probe.weight_decays", PROBE, "", "[0.05, 0.1]", 0, 10, "", \
      "weight decays of the grid") \
    K(REAL, probe_lr_final, "probe.lr_final", PROBE, "", "1e-05", 0, 100, "", \
      "learning rate that the probes' cosine ends in") \
    K(REAL, probe_warmup, "probe.warmup", PROBE, "fraction", "0.05", 0, 1, "", \
      "share of the probes' steps in which the learning rate rises linearly") \
    K(REAL, probe_clip_norm, "probe.clip_norm", PROBE, "", "3", 0, 1e30, "", \
      "2-norm that each head's gradient is scaled down to; 0 leaves it alone") \
    K(INT, probe_train_images, "probe.train_images", PROBE, "images", "0", 0, 1e12, "", \
      "images that the probes learn from; 0 takes all but the validation part") \
    K(INT, probe_val_images, "probe.val_images", PROBE, "images", "5000", 1, 1e12, "", \
      "images of the training split held back to choose learning rate and decay") \
    K(INT, probe_knn_images, "probe.knn_images", PROBE_OPTIONAL, "images", "0", 0, 1e12, "", \
      "training images that k-NN compares with, at every tap; 0: no k-NN") \
    K(INT, probe_test_images, "probe.test_images", PROBE, "images", "0", 0, 1e12, "", \
      "images of the test split that are scored; 0 takes all") \
    K(CHOICE, tune_method, "tune.method", PROBE_OPTIONAL, "", "frozen", 0, 0, "frozen|lora|full", \
      "what of the trunk learns: nothing, low-rank changes of its attention, or all of it") \
    K(INT, tune_rank, "tune.rank", PROBE_OPTIONAL, "", "8", 1, 4096, "", \
      "LoRA: rank of the change of each matrix") \
    K(REAL, tune_alpha, "tune.alpha", PROBE_OPTIONAL, "", "1", 0, 1e6, "", \
      "LoRA: changes are scaled by tune.alpha / tune.rank") \
    K(REALS, tune_lrs, "tune.lrs", PROBE_OPTIONAL, "", "[0.0003, 0.001, 0.003]", 0, 100, "", \
      "learning rates of the trunk or of its changes: one training for each") \
    K(REAL, tune_head_lr, "tune.head_lr", PROBE_OPTIONAL, "", "0.003", 0, 100, "", \
      "learning rate of the attentive head that learns with the trunk") \
    K(REAL, tune_weight_decay, "tune.weight_decay", PROBE_OPTIONAL, "", "0.05", 0, 10, "", \
      "weight decay of trunk and head; none on biases and norms")
/* clang-format on */

#endif
