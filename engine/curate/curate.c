#include "curate/curate.h"
#include "base/heap.h"
#include "curate/batch.h"
#include "curate/decide.h"
#include "data/open.h"
#include "data/store.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096, WORKERS_MAX = 1024, RECORDS_MAX = INT32_MAX - 1 };

typedef struct {
    const vt_curate_options *options;
    vt_curate_report *report;
    vt_funnel *funnel;
    vt_pool *pool;
    vt_looker *lookers[WORKERS_MAX];
    vt_store *store;
    vt_source *source;
    vt_batch batch;
    vt_tests tests;
    vt_buffer records; /* vt_record [count] */
    isize count;
    isize hit;                          /* of the funnel, the first whose key is not known */
    isize done;                         /* samples of both readings */
    vt_status status[VT_BATCH_SAMPLES]; /* of a batch, as what follows */
    vt_error err[VT_BATCH_SAMPLES];
    vt_look look[VT_BATCH_SAMPLES];
    vt_image image[VT_BATCH_SAMPLES];
    vt_pixels sums[VT_BATCH_SAMPLES];
    vt_buffer out[VT_BATCH_SAMPLES]; /* owned; of what was made anew */
    isize thumb[VT_BATCH_SAMPLES];   /* bytes in out; 0: none */
} curation;

static vt_record *record(const curation *c, isize i)
{
    return (vt_record *)c->records.data + i;
}

static vt_status source_open(curation *c, vt_error *err)
{
    char spool[PATH_BYTES];
    vt_source_close(&c->source);
    int length = snprintf(spool, sizeof spool, "%s/spool", vt_store_folder(c->store));
    if (length < 0 || (size_t)length >= sizeof spool)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", vt_store_folder(c->store));
    return vt_source_open(&c->source, &c->options->source, spool, err);
}

static void progress(curation *c)
{
    const vt_import_options *o = &c->options->source;
    vt_import_progress now = {.images = ++c->done};
    if (o->progress) o->progress(o->context, &now);
}

/* The first failure of a batch, in the order of its samples. */
static vt_status batch_status(const curation *c, vt_error *err)
{
    for (isize i = 0; i < c->batch.count; i++) {
        if (c->status[i] == VT_OK) continue;
        *err = c->err[i];
        return c->status[i];
    }
    return VT_OK;
}

/* ---- the first reading ---- */

static void look_turn(void *context, isize i, int worker)
{
    curation *c = context;
    c->status[i] =
        vt_look_at(&c->look[i], c->lookers[worker], c->options, &c->batch.item[i], &c->err[i]);
}

static vt_status look_count(curation *c, const vt_look *look, vt_error *err)
{
    vt_status status = VT_OK;
    c->funnel->images++;
    if (look->dropped != VT_STEP_COUNT)
        return vt_funnel_count(c->funnel, look->dropped, 1, look->reason, 1, err);
    if (!look->declared && !c->options->skip[VT_STEP_VERIFY])
        status =
            vt_funnel_count(c->funnel, VT_STEP_VERIFY, 0, "without a declared SHA-256", 1, err);
    if (status == VT_OK && look->progressive)
        status = vt_funnel_count(c->funnel, VT_STEP_DECODE, 0, "progressive", 1, err);
    if (status == VT_OK && look->orientation != 1)
        status = vt_funnel_count(c->funnel, VT_STEP_DECODE, 0, "to be turned upright", 1, err);
    return status;
}

static vt_status look_keep(curation *c, const vt_look *look, const vt_item *item, vt_error *err)
{
    isize bytes = (isize)sizeof(vt_record);
    if (c->count == RECORDS_MAX)
        return vt_fail(err, VT_ERR_FORMAT, "more than %d samples; curate them in parts",
                       (int)RECORDS_MAX);
    vt_status status = vt_buffer_reserve(&c->records, (c->count + 1) * bytes, err);
    if (status != VT_OK) return status;
    vt_record *r = record(c, c->count++);
    *r = (vt_record){.bits = look->hash.bits,
                     .unsafe = look->unsafe,
                     .score = look->score,
                     .flat = (unsigned char)(look->hash.flat || look->dropped != VT_STEP_COUNT),
                     .boxes_told = (unsigned char)look->boxes_told,
                     .faces = (unsigned char)look->faces,
                     .boxes_wrong = (unsigned char)look->boxes_wrong,
                     .dropped = (unsigned char)look->dropped,
                     .test = item->split == VT_SPLIT_TEST};
    memcpy(r->shape, look->hash.shape, sizeof r->shape);
    memcpy(r->sha256, look->sha256, sizeof r->sha256);
    memcpy(r->uid, look->uid, sizeof r->uid);
    return r->test ? VT_OK : look_count(c, look, err);
}

static vt_status look_at_all(curation *c, vt_error *err)
{
    vt_status status = source_open(c, err);
    while (status == VT_OK) {
        status = vt_batch_read(&c->batch, c->source, err);
        if (status != VT_OK || c->batch.count == 0) break;
        vt_pool_for(c->pool, c->batch.count, look_turn, c);
        status = batch_status(c, err);
        for (isize i = 0; i < c->batch.count && status == VT_OK; i++) {
            status = look_keep(c, &c->look[i], &c->batch.item[i], err);
            progress(c);
        }
    }
    return status;
}

/* The source's own test split, first of all. */
static vt_status own_tests_add(curation *c, vt_error *err)
{
    vt_funnel_test own = {.hits = 0};
    (void)snprintf(own.name, sizeof own.name, "%.100s", c->options->source.name);
    for (isize i = 0; i < c->count; i++)
        own.images += record(c, i)->test && record(c, i)->dropped == VT_STEP_COUNT;
    c->funnel->tests_kept = own.images;
    if (own.images == 0) return VT_OK;
    isize image = 0, test = c->funnel->test_count;
    vt_status status = vt_funnel_add_test(c->funnel, &own, err);
    for (isize i = 0; i < c->count && status == VT_OK; i++) {
        const vt_record *r = record(c, i);
        if (!r->test || r->dropped != VT_STEP_COUNT) continue;
        vt_phash hash = {.bits = r->bits, .flat = r->flat};
        memcpy(hash.shape, r->shape, sizeof hash.shape);
        status = vt_tests_add(&c->tests, test, image++, r->sha256, &hash, err);
    }
    return status;
}

/* There will be no funnel to look at, so that the sentence says what was dropped. */
static vt_status nothing_stays(const curation *c, vt_error *err)
{
    const vt_import_options *o = &c->options->source;
    const vt_funnel_reason *reason = c->funnel->reasons.data;
    char why[240] = "";
    size_t used = 0;
    for (isize i = 0; i < c->funnel->reason_count && used < sizeof why; i++)
        if (reason[i].drops)
            used += (size_t)snprintf(why + used, sizeof why - used, "%s%s %td (%s)",
                                     used > 0 ? ", " : "", vt_step_name(reason[i].step),
                                     reason[i].images, reason[i].text);
    return vt_fail(err, VT_ERR_FORMAT,
                   "%.100s: none of %td images stays: %s; --skip leaves a step out",
                   o->path ? o->path : o->train, c->funnel->images, why);
}

static vt_status decide(curation *c, vt_error *err)
{
    const vt_curate_options *o = c->options;
    vt_status status = VT_OK;
    for (vt_step s = VT_STEP_READ; s <= VT_STEP_DECODE; s++) c->funnel->ran[s] = !o->skip[s];
    if (o->skip[VT_STEP_VERIFY])
        (void)snprintf(c->funnel->note[VT_STEP_VERIFY], VT_FUNNEL_TEXT, "left out as asked");
    if (!o->skip[VT_STEP_TEST]) {
        status = own_tests_add(c, err);
        if (status == VT_OK)
            status = vt_tests_read(&c->tests, c->funnel, o->source.data_folder, o->source.name,
                                   c->lookers, c->pool, err);
    }
    if (status == VT_OK) status = vt_tests_sort(&c->tests, err);
    vt_decision d = {.record = c->records.data,
                     .count = c->count,
                     .options = o,
                     .funnel = c->funnel,
                     .tests = &c->tests,
                     .pool = c->pool};
    if (status == VT_OK) status = vt_decide(&d, err);
    isize thumbs[VT_STEP_COUNT] = {0};
    for (isize i = 0; i < c->count; i++) {
        vt_record *r = record(c, i);
        int shown = !r->test && r->dropped > VT_STEP_DECODE && r->dropped < VT_STEP_COUNT;
        r->thumb = shown && thumbs[r->dropped]++ < VT_CURATE_THUMBS;
    }
    if (status == VT_OK && vt_funnel_in(c->funnel, VT_STEP_COUNT) == 0)
        return nothing_stays(c, err);
    return status;
}

/* ---- the second reading ---- */

typedef struct {
    curation *curation;
    isize first; /* record of the batch's first sample */
} second;

static void prepare_turn(void *context, isize i, int worker)
{
    const second *s = context;
    curation *c = s->curation;
    const vt_record *r = record(c, s->first + i);
    const vt_item *item = &c->batch.item[i];
    c->status[i] = VT_OK;
    c->thumb[i] = 0;
    if (r->dropped == VT_STEP_COUNT) {
        int blur = r->faces && !c->options->skip[VT_STEP_BLUR];
        c->status[i] = vt_look_prepare(&c->image[i], &c->sums[i], &c->out[i], c->lookers[worker],
                                       c->options, item, blur, &c->err[i]);
    } else if (r->thumb) {
        c->status[i] = vt_look_thumbnail(&c->out[i], &c->thumb[i], c->lookers[worker], c->options,
                                         item, r->dropped == VT_STEP_UNSAFE, &c->err[i]);
    }
}

static vt_status sample_put(curation *c, isize place, isize i, vt_error *err)
{
    const vt_record *r = record(c, place);
    const vt_item *item = &c->batch.item[i];
    vt_funnel_hit *hits = c->funnel->hits.data;
    if (c->hit < c->funnel->hit_count && hits[c->hit].place == place)
        (void)snprintf(hits[c->hit++].key, VT_FUNNEL_KEY, "%.200s", item->key);
    if (c->thumb[i] > 0)
        return vt_funnel_add_thumb(c->funnel, (vt_step)r->dropped, item->key, c->out[i].data,
                                   c->thumb[i], err);
    if (r->dropped != VT_STEP_COUNT) return VT_OK;
    vt_split split = r->test ? VT_SPLIT_TEST : VT_SPLIT_TRAIN;
    int made = c->image[i].data == c->out[i].data, faces = r->faces && made;
    c->funnel->changed[1] += faces && !c->options->skip[VT_STEP_BLUR];
    c->funnel->changed[0] += made && !(faces && !c->options->skip[VT_STEP_BLUR]);
    return vt_store_put(c->store, split, &c->image[i], &c->sums[i], err);
}

static vt_status store_all(curation *c, vt_error *err)
{
    second s = {.curation = c};
    vt_status status = source_open(c, err);
    while (status == VT_OK) {
        status = vt_batch_read(&c->batch, c->source, err);
        if (status != VT_OK || c->batch.count == 0) break;
        if (s.first + c->batch.count > c->count) break;
        vt_pool_for(c->pool, c->batch.count, prepare_turn, &s);
        status = batch_status(c, err);
        for (isize i = 0; i < c->batch.count && status == VT_OK; i++) {
            status = sample_put(c, s.first + i, i, err);
            progress(c);
        }
        s.first += c->batch.count;
    }
    if (status == VT_OK && (c->batch.count > 0 || s.first != c->count))
        status = vt_fail(err, VT_ERR_FORMAT, "the source changed while it was read; try again");
    return status;
}

/* ---- the whole ---- */

static vt_status options_check(const vt_curate_options *o, vt_error *err)
{
    if (!o->source.path && !o->source.train)
        return vt_fail(err, VT_ERR_CONFIG, "nothing to curate: which SOURCE?");
    if (!(o->keep > 0 && o->keep <= 1))
        return vt_fail(err, VT_ERR_CONFIG, "--keep: %g is not in (0, 1]", o->keep);
    if (o->skip[VT_STEP_READ] || o->skip[VT_STEP_DECODE])
        return vt_fail(err, VT_ERR_CONFIG,
                       "steps read and decode cannot be left out: a data set holds images that "
                       "decode, so that no training stops at one that does not");
    if (o->workers < 1 || o->workers > WORKERS_MAX)
        return vt_fail(err, VT_ERR_CONFIG, "--workers: %d is not in 1..%d", o->workers,
                       (int)WORKERS_MAX);
    return VT_OK;
}

static vt_status run(curation *c, vt_error *err)
{
    const vt_import_options *o = &c->options->source;
    vt_curate_report *report = c->report;
    vt_status status = options_check(c->options, err);
    if (status == VT_OK)
        status = vt_store_open(&c->store, o->data_folder, o->name, o->shard_bytes, err);
    if (status == VT_OK) status = vt_pool_open(&c->pool, c->options->workers, err);
    for (int w = 0; w < c->options->workers && status == VT_OK; w++)
        status = vt_looker_open(&c->lookers[w], err);
    if (status == VT_OK) status = look_at_all(c, err);
    if (status == VT_OK) status = decide(c, err);
    if (status == VT_OK) status = store_all(c, err);
    if (status != VT_OK) return status;
    report->classes = c->source->classes;
    status = vt_store_end(c->store, c->source->class_names, c->source->classes, err);
    vt_source_close(&c->source); /* its spool lies in the folder that is kept */
    if (status != VT_OK) return status;
    for (vt_split s = 0; s < VT_SPLIT_COUNT; s++) report->images[s] = vt_store_images(c->store, s);
    report->existed = vt_store_existed(c->store);
    (void)snprintf(report->sha256, VT_SHA256_HEX, "%s", vt_store_sha256(c->store));
    status = vt_funnel_write(c->funnel, c->options, report->sha256, vt_store_folder(c->store), err);
    return status == VT_OK ? vt_store_keep(c->store, err) : status;
}

vt_status vt_curate(const vt_curate_options *options, vt_curate_report *report, vt_error *err)
{
    void *block = NULL;
    *report = (vt_curate_report){.classes = 0};
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(curation), err);
    if (status != VT_OK) return status;
    curation *c = block;
    c->options = options;
    c->report = report;
    c->funnel = &report->funnel;
    status = run(c, err);
    vt_source_close(&c->source);
    vt_store_close(&c->store);
    for (int w = 0; w < WORKERS_MAX; w++) vt_looker_close(&c->lookers[w]);
    vt_pool_close(&c->pool);
    vt_batch_finish(&c->batch);
    vt_tests_finish(&c->tests);
    vt_buffer_finish(&c->records);
    for (int i = 0; i < VT_BATCH_SAMPLES; i++) vt_buffer_finish(&c->out[i]);
    vt_heap_free(&block);
    return status;
}
