/* codes/codebook.h - K codes for patches, learnt from patches, and kept in a file.
 *
 * Two kinds: the nearest of K centres (codes/kmeans.h), or the nearest of K entries to what an
 * encoder makes of the patch (codes/vq.h). Either way a code stands for a patch of P values: the
 * centre, or what the decoder makes of the entry.
 *
 * The file is a safetensors file that appears whole or not at all: codes.patches [K, P]; of a VQ
 * codebook codes.entries [K, D] and the autoencoder's parameters; and notes: format, kind, codes,
 * values, hidden, width, config (SHA-256 of the resolved config), error, perplexity, used. Learning
 * keeps no state, so one that was stopped begins anew, and gives the same bits.
 */
#ifndef VT_CODEBOOK_H
#define VT_CODEBOOK_H
#include "base/hash.h"
#include "codes/vq.h"
#include "par/pool.h"

#define VT_CODEBOOK_FILE "codebook.safetensors"

typedef enum { VT_CODES_KMEANS, VT_CODES_VQ } vt_codes_kind;

typedef struct {
    vt_codes_kind kind;
    vt_vq_shape vq; /* K and P of either kind; hidden and D are 0 for k-means */
} vt_codebook_shape;

typedef struct {
    vt_codebook_shape shape;
    vt_real *patches; /* [K, P] what each code stands for */
    vt_real *entries; /* VQ: [K, D] */
    vt_real *values;  /* VQ: the autoencoder's parameters */
    vt_vq vq;
    vt_param_info info[VT_VQ_PARAMS];
    double error;      /* mean squared error per value of the patches that it was learnt from */
    double perplexity; /* of their codes */
    isize used;        /* codes that one of them has */
    vt_arena arena;
} vt_codebook;

/* count patches [count, P], numbered from first on, as the codes will see them: a pure function of
 * the number. */
typedef vt_status vt_codes_sample(void *context, vt_real *patches, isize first, isize count,
                                  vt_error *err);

typedef struct {
    vt_codebook_shape shape;
    isize patches; /* to learn from, 1 .. 2^31 - 1: all of them are in memory */
    uint64_t seed;
    vt_pool *pool;           /* borrowed; NULL: one worker */
    vt_codes_sample *sample; /* called by one thread, first to last */
    vt_codes_tell *tell;     /* may be NULL */
    void *context;           /* of both */
} vt_codebook_options;

vt_codebook_shape vt_codebook_shape_of(vt_codes_kind kind, isize K, isize P);
int vt_codebook_shape_same(const vt_codebook_shape *a, const vt_codebook_shape *b);
/* Patches that such a codebook learns from, where so many are there. */
isize vt_codebook_patches(const vt_codebook_shape *shape, isize there);

/* Memory for a codebook of the shape, all zeros. */
VT_CHECKED vt_status vt_codebook_open(vt_codebook *out, const vt_codebook_shape *shape,
                                      vt_error *err);

/* VT_ERR_CANCELLED: tell said so. On failure nothing is left to close. */
VT_CHECKED vt_status vt_codebook_learn(vt_codebook *out, const vt_codebook_options *options,
                                       vt_error *err);
/* VT_ERR_FORMAT: not a codebook, or damaged. VT_ERR_CONFIG: another config's, unless that is NULL.
 * sha256 is the note that the file carries of itself. */
VT_CHECKED vt_status vt_codebook_read(vt_codebook *out, const char *path, const char *config,
                                      vt_error *err);
/* bytes and sha256 are of the whole file. */
VT_CHECKED vt_status vt_codebook_write(const vt_codebook *codebook, const char *path,
                                       const char *config, isize *bytes, char sha256[VT_SHA256_HEX],
                                       vt_error *err);
void vt_codebook_close(vt_codebook *codebook);

/* What a worker needs to look codes up. */
typedef struct {
    vt_vq_saved saved;
    vt_real *offsets;   /* [K] see vt_points */
    vt_real *distances; /* [block, K] */
} vt_codes_scratch;
vt_codes_scratch vt_codes_scratch_plan(const vt_codebook_shape *shape, vt_arena *arena);

/* codes [N] of patches [N, P], any N. */
void vt_codebook_assign(const vt_codebook *codebook, int32_t *codes, const vt_real *patches,
                        isize N, const vt_codes_scratch *scratch);
/* Floating-point operations in products, multiply and add counted as two, that N codes cost. */
int64_t vt_codebook_flops(const vt_codebook_shape *shape, isize N);
/* [P], the codebook's own. */
const vt_real *vt_codebook_decode(const vt_codebook *codebook, int32_t code);
#endif
