#include "train/coding.h"
#include "base/file.h"
#include "base/log.h"
#include "objective/target.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PER_IMAGE = 8, PATH_BYTES = 4096 };

typedef struct {
    vt_trainer *trainer;
    vt_trunk_shape shape;
    vt_target target;
    isize per_image;
    vt_arena arena;
    vt_real *patches; /* [T, P] of one image */
    vt_codes_tell *tell;
    void *context;
} coding;

/* The patches among first .. end - 1 that the image at this place of training has, from its pixels.
 */
static void take_patches(const coding *c, vt_real *out, isize first, isize end, isize place,
                         const vt_real *pixels)
{
    isize P = c->target.P, T = vt_trunk_patches(&c->shape);
    vt_patchify(c->patches, pixels, 1, &c->shape);
    for (isize i = 0; i < c->per_image; i++) {
        isize number = place * c->per_image + i;
        if (number < first || number >= end) continue;
        uint64_t at = vt_rng_permute((uint64_t)c->trainer->config.seed, VT_RNG_PATCHES,
                                     (uint64_t)place, (uint64_t)T, (uint64_t)i);
        vt_patch_targets(out + (number - first) * P, c->patches + (isize)at * P, 1,
                         c->target.channels, P, c->target.norm_pix);
    }
}

static vt_status sample(void *context, vt_real *patches, isize first, isize count, vt_error *err)
{
    coding *c = context;
    vt_learner *l = &c->trainer->learner;
    isize end = first + count, last = (end - 1) / c->per_image + 1;
    isize batch = (isize)c->trainer->config.optim_batch_images;
    for (isize from = first / c->per_image; from < last; from += batch) {
        isize images = vt_min(batch, last - from);
        vt_status status = vt_trainer_read_train(c->trainer, from, images, err);
        if (status != VT_OK) return status;
        for (isize i = 0; i < images; i++)
            take_patches(c, patches, first, end, from + i, l->images + i * l->pixels);
    }
    return VT_OK;
}

static int tell(void *context, const vt_codes_progress *progress)
{
    const coding *c = context;
    return c->tell ? c->tell(c->context, progress) : 0;
}

static vt_status learn(coding *c, vt_error *err)
{
    vt_trainer *t = c->trainer;
    isize there = t->train.count * vt_trunk_patches(&c->shape);
    vt_codebook_options options = {.shape = c->target.codes,
                                   .patches = vt_codebook_patches(&c->target.codes, there),
                                   .seed = (uint64_t)t->config.seed,
                                   .pool = t->pool,
                                   .sample = sample,
                                   .tell = tell,
                                   .context = c};
    isize numbers = vt_trunk_patches(&c->shape) * c->target.P;
    c->patches = VT_TAKE(&c->arena, vt_real, numbers);
    vt_status status = vt_arena_open(&c->arena, err);
    if (status != VT_OK) return status;
    c->patches = VT_TAKE(&c->arena, vt_real, numbers);
    status = vt_codebook_learn(&t->codebook, &options, err);
    vt_arena_close(&c->arena);
    if (status == VT_OK)
        vt_log("%td codes learnt from %td patches: error %.4f, perplexity %.1f, %td in use",
               options.shape.vq.K, options.patches, t->codebook.error, t->codebook.perplexity,
               t->codebook.used);
    return status;
}

static vt_status check_shape(const coding *c, const char *path, vt_error *err)
{
    const vt_codebook_shape *has = &c->trainer->codebook.shape, *wanted = &c->target.codes;
    if (vt_codebook_shape_same(has, wanted)) return VT_OK;
    return vt_fail(err, VT_ERR_FORMAT, "%s: is no codebook of this run; remove the file", path);
}

/* The file's hash, which must be the one that the checkpoint notes, if any. */
static vt_status compare(vt_trainer *t, const char *path, vt_error *err)
{
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_status status = vt_file_describe(path, &bytes, sha256, err);
    if (status != VT_OK) return status;
    if (t->codebook_sha256[0] && strcmp(t->codebook_sha256, sha256) != 0)
        return vt_fail(err, VT_ERR_CONFIG,
                       "%s: is codebook %.12s, the checkpoint was trained with %.12s: bring that "
                       "one back, or remove the folder to train from the beginning",
                       path, sha256, t->codebook_sha256);
    memcpy(t->codebook_sha256, sha256, sizeof sha256);
    return VT_OK;
}

static vt_status read_or_learn(coding *c, const char *path, vt_error *err)
{
    vt_trainer *t = c->trainer;
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    if (access(path, F_OK) == 0 || errno != ENOENT) {
        vt_status status = vt_codebook_read(&t->codebook, path, t->config.hash, err);
        return status == VT_OK ? check_shape(c, path, err) : status;
    }
    vt_status status = learn(c, err);
    return status == VT_OK
               ? vt_codebook_write(&t->codebook, path, t->config.hash, &bytes, sha256, err)
               : status;
}

vt_status vt_coding_open(vt_trainer *t, const char *folder, vt_codes_tell *listener, void *context,
                         vt_error *err)
{
    char path[PATH_BYTES];
    coding c = {.trainer = t,
                .shape = vt_objective_trunk(&t->config),
                .target = vt_target_of(&t->config),
                .tell = listener,
                .context = context};
    vt_status status = VT_OK;
    if (!c.target.coded) return VT_OK;
    c.per_image = vt_min(PER_IMAGE, vt_trunk_patches(&c.shape));
    if (folder) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CODEBOOK_FILE);
        status = read_or_learn(&c, path, err);
        if (status == VT_OK) status = compare(t, path, err);
    } else {
        status = learn(&c, err);
    }
    if (status == VT_OK) t->learner.codebook = &t->codebook;
    return status;
}
