/* A codebook of either kind: learnt with the same bits by any number of workers and in a second
 * attempt, its codes all in use, its file read back as it was written, and nothing else taken for
 * one. */
#include "base/file.h"
#include "base/rng.h"
#include "check.h"
#include "codes/codebook.h"
#include "codes/vq_learn.h"
#include "core_fixture.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { K = 24, P = 6, PATCHES = 600 };

/* Patches of as many kinds as there are codes, each a little off its kind. */
static void patch_at(vt_real *out, isize number)
{
    vt_rng kind = vt_rng_at(1, VT_RNG_TEST, 0, (uint64_t)(number * 7 % K));
    vt_rng off = vt_rng_at(1, VT_RNG_TEST, 1, (uint64_t)number);
    for (int c = 0; c < P; c++)
        out[c] = (vt_real)(2 * vt_rng_normal(&kind) + 0.1 * vt_rng_normal(&off));
}

typedef struct {
    int samples, told, stop_at, fail;
} source;

static vt_status sample(void *context, vt_real *patches, isize first, isize count, vt_error *err)
{
    source *s = context;
    s->samples++;
    if (s->fail) return vt_fail(err, VT_ERR_IO, "no patches there");
    for (isize i = 0; i < count; i++) patch_at(patches + i * P, first + i);
    return VT_OK;
}

static int tell(void *context, const vt_codes_progress *progress)
{
    source *s = context;
    CU_ASSERT(progress->error >= 0 && progress->done <= progress->of);
    CU_ASSERT(progress->perplexity >= 1 && progress->perplexity <= K + 1e-9);
    return ++s->told == s->stop_at;
}

/* A VQ codebook small enough for a test to learn it some times over. */
static vt_codebook_options options_of(vt_codes_kind kind, source *context)
{
    vt_codebook_options options = {.shape = vt_codebook_shape_of(kind, K, P),
                                   .patches = PATCHES,
                                   .seed = 3,
                                   .sample = sample,
                                   .tell = tell,
                                   .context = context};
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    if (kind == VT_CODES_VQ) {
        options.shape.vq.hidden = 20;
        options.shape.vq.D = 5;
    }
    return options;
}

static void learn(vt_codebook *out, vt_codes_kind kind, int workers)
{
    source context = {0};
    vt_codebook_options options = options_of(kind, &context);
    vt_error err = {0};
    if (workers) CU_ASSERT_EQUAL_FATAL(vt_pool_open(&options.pool, workers, &err), VT_OK);
    CU_ASSERT_EQUAL_FATAL(vt_codebook_learn(out, &options, &err), VT_OK);
    CU_ASSERT(context.told > 0);
    vt_pool_close(&options.pool);
}

static isize parameters_of(const vt_codebook *c)
{
    vt_params counted = {0};
    if (c->shape.kind == VT_CODES_VQ) (void)vt_vq_plan(&c->shape.vq, &counted);
    return counted.size;
}

static int same(const vt_codebook *a, const vt_codebook *b)
{
    int vq = a->shape.kind == VT_CODES_VQ;
    return vt_codebook_shape_same(&a->shape, &b->shape) &&
           core_same(a->patches, b->patches, (isize)K * P) &&
           (!vq || (core_same(a->entries, b->entries, K * a->shape.vq.D) &&
                    core_same(a->values, b->values, parameters_of(a)))) &&
           a->error == b->error && a->perplexity == b->perplexity && a->used == b->used;
}

static void assign(const vt_codebook *c, int32_t *codes, const vt_real *patches, isize count)
{
    vt_arena arena = {0};
    vt_error err;
    (void)vt_codes_scratch_plan(&c->shape, &arena);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&arena, &err), VT_OK);
    vt_codes_scratch scratch = vt_codes_scratch_plan(&c->shape, &arena);
    vt_codebook_assign(c, codes, patches, count, &scratch);
    vt_arena_close(&arena);
}

/* ---- learning ---- */

/* Patches of one kind get one code, of two kinds two, and the code stands for a patch like them. */
static void kinds_of_patches_become_codes(void)
{
    for (int kind = 0; kind < 2; kind++) {
        static vt_real patches[PATCHES * P];
        static int32_t codes[PATCHES];
        vt_codebook c;
        learn(&c, (vt_codes_kind)kind, 2);
        for (isize i = 0; i < PATCHES; i++) patch_at(patches + i * P, i);
        assign(&c, codes, patches, PATCHES);
        double error = 0;
        int split = 0;
        for (isize i = 0; i < PATCHES; i++) {
            const vt_real *decoded = vt_codebook_decode(&c, codes[i]);
            split += codes[i] != codes[i % K];
            for (int v = 0; v < P; v++) {
                double gap = (double)patches[i * P + v] - (double)decoded[v];
                error += gap * gap / (PATCHES * P);
            }
        }
        check_near("error", error, c.error, 1e-5);
        CU_ASSERT(c.error < (kind == VT_CODES_VQ ? 0.3 : 0.1)); /* the variance is 4 */
        CU_ASSERT(split < PATCHES / 4);
        CU_ASSERT(c.used > K * 3 / 4 && c.perplexity > K / 2.0 && c.perplexity <= K + 1e-9);
        vt_codebook_close(&c);
    }
}

static void any_number_of_workers_gives_the_same_bits(void)
{
    for (int kind = 0; kind < 2; kind++) {
        vt_codebook alone, other;
        learn(&alone, (vt_codes_kind)kind, 0);
        for (int workers = 1; workers < 5; workers++) {
            learn(&other, (vt_codes_kind)kind, workers);
            CU_ASSERT(same(&alone, &other));
            vt_codebook_close(&other);
        }
        vt_codebook_close(&alone);
    }
}

static void the_seed_decides(void)
{
    for (int kind = 0; kind < 2; kind++) {
        vt_codebook one, other;
        vt_error err;
        source context = {0};
        vt_codebook_options options = options_of((vt_codes_kind)kind, &context);
        learn(&one, (vt_codes_kind)kind, 0);
        options.seed++;
        CU_ASSERT_EQUAL_FATAL(vt_codebook_learn(&other, &options, &err), VT_OK);
        CU_ASSERT(!core_same(one.patches, other.patches, (isize)K * P));
        vt_codebook_close(&one);
        vt_codebook_close(&other);
    }
}

static void learning_that_is_stopped_leaves_nothing(void)
{
    for (int kind = 0; kind < 2; kind++) {
        vt_codebook c;
        vt_error err = {0};
        source context = {.stop_at = 2};
        vt_codebook_options options = options_of((vt_codes_kind)kind, &context);
        CU_ASSERT_EQUAL(vt_codebook_learn(&c, &options, &err), VT_ERR_CANCELLED);
        CU_ASSERT_EQUAL(context.told, 2);
        CU_ASSERT_PTR_NULL(c.arena.base);
        context = (source){.fail = 1};
        CU_ASSERT_EQUAL(vt_codebook_learn(&c, &options, &err), VT_ERR_IO);
        CU_ASSERT_STRING_EQUAL(err.text, "no patches there");
        CU_ASSERT_PTR_NULL(c.arena.base);
    }
}

static void few_patches_are_enough(void)
{
    for (int kind = 0; kind < 2; kind++) {
        vt_codebook c;
        vt_error err = {0};
        int32_t code = -1;
        vt_real patch[P];
        source context = {0};
        vt_codebook_options options = options_of((vt_codes_kind)kind, &context);
        options.patches = 2;
        CU_ASSERT_EQUAL_FATAL(vt_codebook_learn(&c, &options, &err), VT_OK);
        patch_at(patch, 0);
        assign(&c, &code, patch, 1);
        CU_ASSERT(code >= 0 && code < K);
        CU_ASSERT(isfinite(c.error) && c.error < 1);
        vt_codebook_close(&c);
    }
}

/* Where all rows are one row, the lowest of the equal entries has them all. The others are dead
 * after some steps and start anew, at the row as the encoder now makes it; else they would stand
 * where they began. */
static void codes_that_nobody_has_start_anew(void)
{
    enum { D = 5 };
    static vt_real row[P], values[1 << 12], first[K * D], later[K * D];
    vt_vq_options options = {.shape = {P, 20, D, K},
                             .n = 1,
                             .batch = 256,
                             .steps = 1,
                             .lr = 2e-3,
                             .commitment = 0.25,
                             .keep = 0.5,
                             .seed = 9};
    vt_error err;
    int moved = 0;
    patch_at(row, 0);
    CU_ASSERT_EQUAL_FATAL(vt_vq_learn(values, first, row, &options, &err), VT_OK);
    options.steps = 8;
    CU_ASSERT_EQUAL_FATAL(vt_vq_learn(values, later, row, &options, &err), VT_OK);
    for (int k = 1; k < K; k++) CU_ASSERT(core_same(first + k * D, first + D, D));
    for (int k = 0; k < K; k++) moved += !core_same(later + k * D, first + k * D, D);
    CU_ASSERT_EQUAL(moved, K);
}

/* ---- the file ---- */

static void path_of(char path[FIXTURE_PATH])
{
    (void)snprintf(path, FIXTURE_PATH, "/tmp/patchlaw-codebook-%d.safetensors", (int)getpid());
}

static void a_file_gives_back_what_was_written(void)
{
    for (int kind = 0; kind < 2; kind++) {
        char path[FIXTURE_PATH], sha256[VT_SHA256_HEX], again[VT_SHA256_HEX];
        static vt_real patches[PATCHES * P];
        static int32_t codes[PATCHES], codes_read[PATCHES];
        vt_codebook c, read;
        vt_error err = {0};
        isize bytes = 0;
        path_of(path);
        learn(&c, (vt_codes_kind)kind, 0);
        CU_ASSERT_EQUAL_FATAL(vt_codebook_write(&c, path, "abc", &bytes, sha256, &err), VT_OK);
        CU_ASSERT(bytes > K * P * (isize)sizeof(vt_real));
        CU_ASSERT_EQUAL_FATAL(vt_codebook_read(&read, path, "abc", &err), VT_OK);
        CU_ASSERT(same(&c, &read));
        for (isize i = 0; i < PATCHES; i++) patch_at(patches + i * P, i + 5);
        assign(&c, codes, patches, PATCHES);
        assign(&read, codes_read, patches, PATCHES);
        CU_ASSERT(memcmp(codes, codes_read, sizeof codes) == 0);
        vt_codebook_close(&read);
        CU_ASSERT_EQUAL(vt_codebook_read(&read, path, "abd", &err), VT_ERR_CONFIG);
        CU_ASSERT(strstr(err.text, "use another folder") != NULL);
        CU_ASSERT_EQUAL_FATAL(vt_codebook_write(&c, path, "abc", &bytes, again, &err), VT_OK);
        CU_ASSERT_STRING_EQUAL(again, sha256);
        vt_codebook_close(&c);
        CU_ASSERT_EQUAL(unlink(path), 0);
    }
}

/* A file of other tensors or notes, or with a byte changed, is refused, and why is said. */
static void anything_else_is_refused(void)
{
    char path[FIXTURE_PATH], sha256[VT_SHA256_HEX];
    vt_codebook c, read;
    vt_error err = {0};
    isize bytes = 0;
    path_of(path);
    learn(&c, VT_CODES_VQ, 0);
    vt_real kept = c.entries[3];
    c.entries[3] = (vt_real)NAN;
    CU_ASSERT_EQUAL_FATAL(vt_codebook_write(&c, path, "abc", &bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_codebook_read(&read, path, "abc", &err), VT_ERR_FORMAT);
    CU_ASSERT(strstr(err.text, "not finite") != NULL);
    c.entries[3] = kept;
    c.shape.vq.K--;
    CU_ASSERT_EQUAL_FATAL(vt_codebook_write(&c, path, "abc", &bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_codebook_read(&read, path, "abc", &err), VT_OK); /* it fits: one code less */
    vt_codebook_close(&read);
    c.shape.vq.K++;
    c.shape.vq.D--; /* entries are read as another width's, the encoder's own shape tells */
    CU_ASSERT_EQUAL_FATAL(vt_codebook_write(&c, path, "abc", &bytes, sha256, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_codebook_read(&read, path, "abc", &err), VT_ERR_FORMAT);
    c.shape.vq.D++;
    CU_ASSERT_EQUAL_FATAL(vt_codebook_write(&c, path, "abc", &bytes, sha256, &err), VT_OK);
    FILE *file = fopen(path, "r+");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT(fseek(file, -5, SEEK_END) == 0 && fputc(77, file) == 77 && fclose(file) == 0);
    CU_ASSERT_EQUAL(vt_codebook_read(&read, path, "abc", &err), VT_ERR_FORMAT);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(vt_codebook_read(&read, path, "abc", &err), VT_ERR_IO);
    vt_codebook_close(&c);
}

SUITE(codebook, {"kinds of patches become codes", kinds_of_patches_become_codes},
      {"any number of workers gives the same bits", any_number_of_workers_gives_the_same_bits},
      {"the seed decides", the_seed_decides},
      {"learning that is stopped leaves nothing", learning_that_is_stopped_leaves_nothing},
      {"few patches are enough", few_patches_are_enough},
      {"codes that nobody has start anew", codes_that_nobody_has_start_anew},
      {"a file gives back what was written", a_file_gives_back_what_was_written},
      {"anything else is refused", anything_else_is_refused})
