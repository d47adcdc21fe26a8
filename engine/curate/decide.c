#include "curate/decide.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

static int stays(const vt_record *r)
{
    return r->dropped == VT_STEP_COUNT && !r->test;
}

static vt_status drop(vt_decision *d, isize i, vt_step step, const char *reason, vt_error *err)
{
    d->record[i].dropped = (unsigned char)step;
    return vt_funnel_count(d->funnel, step, 1, reason, 1, err);
}

/* Whether a step is to run; a note says why it does not. */
static int runs(vt_decision *d, vt_step step, int possible, const char *why)
{
    char *note = d->funnel->note[step];
    int run = possible && !d->options->skip[step];
    d->funnel->ran[step] = run;
    if (d->options->skip[step])
        (void)snprintf(note, VT_FUNNEL_TEXT, "left out as asked");
    else if (!possible)
        (void)snprintf(note, VT_FUNNEL_TEXT, "%s", why);
    return run;
}

/* ---- columns ---- */

static vt_status unsafe_step(vt_decision *d, vt_error *err)
{
    const char *column = d->options->unsafe_column;
    int found = 0;
    vt_status status = VT_OK;
    for (isize i = 0; i < d->count; i++) found = found || !isnan(d->record[i].unsafe);
    if (!runs(d, VT_STEP_UNSAFE, found, "no --unsafe")) return VT_OK;
    (void)snprintf(d->funnel->note[VT_STEP_UNSAFE], VT_FUNNEL_TEXT, "%.60s at most %g", column,
                   d->options->unsafe_above);
    for (isize i = 0; i < d->count && status == VT_OK; i++) {
        const vt_record *r = d->record + i;
        if (!stays(r)) continue;
        if (isnan(r->unsafe))
            status = drop(d, i, VT_STEP_UNSAFE, "no score", err);
        else if (r->unsafe > d->options->unsafe_above)
            status = drop(d, i, VT_STEP_UNSAFE, "above the threshold", err);
    }
    return status;
}

static vt_status blur_step(vt_decision *d, vt_error *err)
{
    char why[VT_FUNNEL_TEXT];
    int found = 0;
    vt_status status = VT_OK;
    for (isize i = 0; i < d->count; i++)
        found = found || d->record[i].faces || d->record[i].boxes_wrong;
    (void)snprintf(why, sizeof why, "the source has no boxes in %.60s", d->options->boxes_column);
    if (!runs(d, VT_STEP_BLUR, found, why)) return VT_OK;
    for (isize i = 0; i < d->count && status == VT_OK; i++) {
        const vt_record *r = d->record + i;
        if (!stays(r)) continue;
        if (r->boxes_wrong)
            status = drop(d, i, VT_STEP_BLUR, "boxes that cannot be read", err);
        else if (r->faces)
            status = vt_funnel_count(d->funnel, VT_STEP_BLUR, 0, "with faces", 1, err);
    }
    return status;
}

/* ---- the same image ---- */

/* Who stays of equal images comes first. */
static int compare_order(const void *left, const void *right, void *records)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    const vt_record *r = (const vt_record *)records + a, *o = (const vt_record *)records + b;
    int scored = !isnan(r->score), other = !isnan(o->score);
    if (scored != other) return other - scored;
    if (scored && r->score != o->score) return r->score > o->score ? -1 : 1;
    int order = memcmp(r->uid, o->uid, VT_LOOK_ID);
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_bytes(const void *left, const void *right, void *records)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    const vt_record *r = records;
    int order = memcmp(r[a].sha256, r[b].sha256, VT_LOOK_ID);
    return order != 0 ? order : compare_order(left, right, records);
}

/* The numbers of what stays, sorted. */
static vt_status list_find(vt_decision *d, vt_buffer *list, isize *count,
                           int (*compare)(const void *, const void *, void *), vt_error *err)
{
    vt_status status = vt_buffer_reserve(list, d->count * (isize)sizeof(int32_t), err);
    if (status != VT_OK) return status;
    int32_t *numbers = list->data;
    *count = 0;
    for (isize i = 0; i < d->count; i++)
        if (stays(d->record + i)) numbers[(*count)++] = (int32_t)i;
    if (*count > 1) qsort_r(numbers, (size_t)*count, sizeof *numbers, compare, d->record);
    return VT_OK;
}

static vt_status exact_step(vt_decision *d, vt_error *err)
{
    vt_buffer list = {0};
    isize count = 0, first = 0;
    if (!runs(d, VT_STEP_EXACT, 1, "")) return VT_OK;
    vt_status status = list_find(d, &list, &count, compare_bytes, err);
    const int32_t *numbers = list.data;
    for (isize i = 1; i < count && status == VT_OK; i++) {
        const vt_record *a = d->record + numbers[first], *b = d->record + numbers[i];
        if (memcmp(a->sha256, b->sha256, VT_LOOK_ID) == 0)
            status = drop(d, numbers[i], VT_STEP_EXACT, "the same bytes as another", err);
        else
            first = i;
    }
    vt_buffer_finish(&list);
    return status;
}

static vt_phash hash_of(const vt_record *r)
{
    vt_phash hash = {.bits = r->bits, .flat = r->flat};
    memcpy(hash.shape, r->shape, sizeof hash.shape);
    return hash;
}

/* A block of images in their order, held against all before it. */
typedef struct {
    const vt_decision *decision;
    const int32_t *numbers;
    const vt_near *near;
    isize found[BLOCK]; /* -1: none */
} near_block;

static void near_turn(void *context, isize i, int worker)
{
    near_block *b = context;
    (void)worker;
    vt_phash hash = hash_of(b->decision->record + b->numbers[i]);
    b->found[i] = vt_near_first(b->near, &hash).number;
}

static int same_picture(const vt_record *a, const vt_record *b)
{
    return !a->flat && !b->flat && vt_phash_distance(a->bits, b->bits) <= VT_PHASH_NEAR &&
           vt_phash_cosine(a->shape, b->shape) >= VT_PHASH_ALIKE;
}

/* Those of the block that nothing before it equals, held against each other and added. */
static vt_status block_settle(vt_decision *d, near_block *b, vt_near *near, isize count,
                              vt_error *err)
{
    int32_t added[BLOCK];
    isize adding = 0;
    vt_status status = VT_OK;
    for (isize i = 0; i < count && status == VT_OK; i++) {
        const vt_record *own = d->record + b->numbers[i];
        int twice = b->found[i] >= 0;
        for (isize k = 0; k < adding && !twice; k++)
            twice = same_picture(d->record + added[k], own);
        if (twice)
            status = drop(d, b->numbers[i], VT_STEP_NEAR, "the same picture as another", err);
        if (twice) continue;
        vt_phash hash = hash_of(own);
        added[adding++] = b->numbers[i];
        status = vt_near_add(near, &hash, err);
    }
    return status;
}

static vt_status near_step(vt_decision *d, vt_error *err)
{
    vt_buffer list = {0}, room = {0};
    vt_near near = {.count = 0};
    isize count = 0;
    if (!runs(d, VT_STEP_NEAR, 1, "")) return VT_OK;
    (void)snprintf(d->funnel->note[VT_STEP_NEAR], VT_FUNNEL_TEXT,
                   "at most %d of 64 bits, cosine at least %g", VT_PHASH_NEAR, VT_PHASH_ALIKE);
    vt_status status = list_find(d, &list, &count, compare_order, err);
    if (status == VT_OK) status = vt_buffer_reserve(&room, (isize)sizeof(near_block), err);
    near_block *b = room.data;
    for (isize first = 0; first < count && status == VT_OK; first += BLOCK) {
        isize some = vt_min(BLOCK, count - first);
        b->decision = d;
        b->numbers = (const int32_t *)list.data + first;
        b->near = &near;
        vt_pool_for(d->pool, some, near_turn, b);
        status = block_settle(d, b, &near, some, err);
    }
    vt_near_finish(&near);
    vt_buffer_finish(&list);
    vt_buffer_finish(&room);
    return status;
}

/* ---- test splits ---- */

typedef struct {
    const vt_decision *decision;
    isize first;
    vt_funnel_hit hit[BLOCK];
    int found[BLOCK];
} test_block;

static void test_turn(void *context, isize i, int worker)
{
    test_block *b = context;
    const vt_record *r = b->decision->record + b->first + i;
    (void)worker;
    b->found[i] = 0;
    if (!stays(r)) return;
    vt_phash hash = hash_of(r);
    b->found[i] = vt_tests_find(b->decision->tests, r->sha256, &hash, &b->hit[i]);
}

static vt_status test_step(vt_decision *d, vt_error *err)
{
    vt_buffer room = {0};
    if (!runs(d, VT_STEP_TEST, d->tests->count > 0, "no data set with a test split is there"))
        return VT_OK;
    vt_status status = vt_buffer_reserve(&room, (isize)sizeof(test_block), err);
    test_block *b = room.data;
    for (isize first = 0; first < d->count && status == VT_OK; first += BLOCK) {
        isize some = vt_min(BLOCK, d->count - first);
        b->decision = d;
        b->first = first;
        vt_pool_for(d->pool, some, test_turn, b);
        for (isize i = 0; i < some && status == VT_OK; i++) {
            char reason[VT_FUNNEL_TEXT];
            if (!b->found[i]) continue;
            vt_funnel_hit *hit = &b->hit[i];
            const vt_funnel_test *tests = d->funnel->tests.data;
            hit->place = first + i;
            (void)snprintf(reason, sizeof reason, "in the test split of %.80s",
                           tests[hit->test].name);
            status = drop(d, first + i, VT_STEP_TEST, reason, err);
            if (status == VT_OK) status = vt_funnel_add_hit(d->funnel, hit, err);
        }
    }
    vt_buffer_finish(&room);
    return status;
}

/* ---- the best ---- */

static vt_status rank_step(vt_decision *d, vt_error *err)
{
    vt_buffer list = {0};
    char why[VT_FUNNEL_TEXT];
    isize count = 0, scored = 0;
    (void)snprintf(why, sizeof why, "the source has no column %.60s", d->options->score_column);
    for (isize i = 0; i < d->count; i++) scored += !isnan(d->record[i].score);
    if (!runs(d, VT_STEP_RANK, scored > 0, why)) return VT_OK;
    vt_status status = list_find(d, &list, &count, compare_order, err);
    const int32_t *numbers = list.data;
    isize kept = (isize)llround(d->options->keep * (double)count);
    if (kept < 1) kept = 1;
    for (isize i = 0; i < count && status == VT_OK; i++) {
        if (isnan(d->record[numbers[i]].score))
            status = drop(d, numbers[i], VT_STEP_RANK, "no score", err);
        else if (i >= kept)
            status = drop(d, numbers[i], VT_STEP_RANK, "below the share that is kept", err);
    }
    (void)snprintf(d->funnel->note[VT_STEP_RANK], VT_FUNNEL_TEXT, "%g by %.60s", d->options->keep,
                   d->options->score_column);
    vt_buffer_finish(&list);
    return status;
}

/* A column that was named must be there: one that no sample knows would keep no image out, leave
 * faces as they are, and choose among equal images by nothing. */
static vt_status columns_check(const vt_decision *d, vt_error *err)
{
    const vt_curate_options *o = d->options;
    const int *skip = o->skip;
    int staying = 0, unsafe = 0, boxes = 0, score = 0;
    for (isize i = 0; i < d->count; i++) {
        const vt_record *r = d->record + i;
        staying = staying || stays(r);
        unsafe = unsafe || !isnan(r->unsafe);
        boxes = boxes || r->boxes_told;
        score = score || !isnan(r->score);
    }
    if (!staying) return VT_OK;
    if (o->unsafe_column && !unsafe && !skip[VT_STEP_UNSAFE])
        return vt_fail(err, VT_ERR_CONFIG, "--unsafe: no sample has a number in the column %.60s",
                       o->unsafe_column);
    if (o->boxes_asked && !boxes && !skip[VT_STEP_BLUR])
        return vt_fail(err, VT_ERR_CONFIG,
                       "--boxes: no sample has boxes, or an empty list of them, in the column "
                       "%.60s",
                       o->boxes_column);
    int chosen = !skip[VT_STEP_EXACT] || !skip[VT_STEP_NEAR] || !skip[VT_STEP_RANK];
    if (o->score_asked && !score && chosen)
        return vt_fail(err, VT_ERR_CONFIG, "--score: no sample has a number in the column %.60s",
                       o->score_column);
    if (o->keep_asked && !score && o->keep < 1 && !skip[VT_STEP_RANK])
        return vt_fail(err, VT_ERR_CONFIG,
                       "--keep: no sample has a number in the column %.60s to rank by; --score "
                       "COLUMN names another",
                       o->score_column);
    return VT_OK;
}

vt_status vt_decide(vt_decision *d, vt_error *err)
{
    static vt_status (*const steps[])(vt_decision *, vt_error *) = {
        unsafe_step, blur_step, exact_step, near_step, test_step, rank_step};
    vt_status status = columns_check(d, err);
    for (int i = 0; i < (int)(sizeof steps / sizeof *steps) && status == VT_OK; i++)
        status = steps[i](d, err);
    return status;
}
