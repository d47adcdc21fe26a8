#include "study/ablation.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/parallel.h"
#include "study/label.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 24 }; /* of a key in one context: of more, not every two are compared */

/* Arms that share all but their seed. */
typedef struct {
    isize first, count; /* of the sorted arms */
} group;

/* Two values in one context. */
typedef struct {
    group a, b;
    isize context;
} meeting;

/* Arms of one key, outcome, task and protocol. */
typedef struct {
    isize first, end;      /* of the sorted arms */
    const char **contexts; /* [context_count], owned: what tells each from the others */
    meeting *meetings;     /* [count], owned: by values, then context */
    isize context_count, count, capacity;
    const char *protocol;
} block;

struct lab_ablation {
    lab_index names; /* every text of the arms, once */
    lab_arm *arms;   /* owned, as all below */
    lab_contrast *contrasts;
    isize arm_count, arm_capacity, count, capacity;
    isize left_out; /* meetings beyond VALUES_MAX */
};

static void *room(void *items, isize count, isize *capacity, isize bytes)
{
    if (count < *capacity) return items;
    isize wider = *capacity * 2 + 64;
    items = lab_heap_grow(items, *capacity * bytes, wider * bytes);
    *capacity = wider;
    return items;
}

void lab_ablation_open(lab_ablation **out)
{
    *out = lab_heap_take(sizeof **out);
}

void lab_ablation_close(lab_ablation **out)
{
    lab_ablation *ablation = *out;
    *out = NULL;
    if (!ablation) return;
    for (isize i = 0; i < ablation->count; i++) lab_contrast_finish(&ablation->contrasts[i]);
    lab_heap_free(ablation->contrasts);
    lab_heap_free(ablation->arms);
    lab_index_finish(&ablation->names);
    lab_heap_free(ablation);
}

void lab_ablation_add(lab_ablation *ablation, const lab_arm *arm)
{
    if (!isfinite(arm->y)) return;
    ablation->arms = room(ablation->arms, ablation->arm_count, &ablation->arm_capacity,
                          (isize)sizeof *ablation->arms);
    lab_arm *kept = &ablation->arms[ablation->arm_count++];
    *kept = *arm;
    kept->key = lab_index_keep(&ablation->names, arm->key);
    kept->value = lab_index_keep(&ablation->names, arm->value);
    kept->run = lab_index_keep(&ablation->names, arm->run);
    kept->task = lab_index_keep(&ablation->names, arm->task);
    kept->context = lab_index_keep(&ablation->names, arm->context);
    kept->outcome = lab_index_keep(&ablation->names, arm->outcome);
    kept->protocol = lab_index_keep(&ablation->names, arm->protocol);
}

/* ---- order ---- */

/* Texts of one ablation are the same where their addresses are. */
static int by_text(const char *a, const char *b)
{
    return a == b ? 0 : strcmp(a, b);
}

/* As numbers where both are; numbers stand before words, of which nan is one: it has no order. */
static int by_value(const char *a, const char *b)
{
    char *end_a, *end_b;
    if (a == b) return 0;
    double number_a = strtod(a, &end_a), number_b = strtod(b, &end_b);
    bool is_a = *a && !*end_a && !isnan(number_a), is_b = *b && !*end_b && !isnan(number_b);
    if (is_a != is_b) return is_a ? -1 : 1;
    if (is_a && number_a != number_b) return number_a < number_b ? -1 : 1;
    return strcmp(a, b);
}

/* Losses first. */
static int by_outcome(const char *a, const char *b)
{
    int order = (strcmp(a, "loss") != 0) - (strcmp(b, "loss") != 0);
    return order ? order : by_text(a, b);
}

static int by_block(const lab_arm *a, const lab_arm *b)
{
    int order = by_text(a->key, b->key);
    if (!order) order = by_outcome(a->outcome, b->outcome);
    if (!order) order = by_text(a->task, b->task);
    return order ? order : by_text(a->protocol, b->protocol);
}

static int by_place(const void *left, const void *right)
{
    const lab_arm *a = left, *b = right;
    int order = by_block(a, b);
    if (!order) order = by_text(a->context, b->context);
    if (!order) order = by_value(a->value, b->value);
    if (!order) order = a->seeded != b->seeded ? b->seeded - a->seeded : 0;
    if (!order) order = a->seed != b->seed ? (a->seed < b->seed ? -1 : 1) : 0;
    return order ? order : by_text(a->run, b->run);
}

static int by_meeting(const void *left, const void *right, void *of)
{
    const meeting *m = left, *n = right;
    const lab_arm *arms = of;
    int order = by_value(arms[m->a.first].value, arms[n->a.first].value);
    if (!order) order = by_value(arms[m->b.first].value, arms[n->b.first].value);
    return order ? order : (m->context > n->context) - (m->context < n->context);
}

/* ---- blocks ---- */

/* The groups of one context: each two; of too many, neighbours and each with the first. */
static void meet(block *b, const group *groups, isize count, isize context, isize *left_out)
{
    for (isize i = 0; i + 1 < count; i++) {
        isize end = i == 0 || count <= VALUES_MAX ? count : i + 2;
        for (isize j = i + 1; j < end; j++) {
            b->meetings = room(b->meetings, b->count, &b->capacity, (isize)sizeof *b->meetings);
            b->meetings[b->count++] = (meeting){groups[i], groups[j], context};
        }
        *left_out += count - end;
    }
}

/* Each text becomes what tells it from the others. */
static void tell_apart(lab_ablation *ablation, const char **texts, isize count)
{
    char **labels = lab_heap_take(count * (isize)sizeof *labels);
    lab_label_apart(labels, texts, count);
    for (isize i = 0; i < count; i++) {
        texts[i] = lab_index_keep(&ablation->names, labels[i]);
        lab_heap_free(labels[i]);
    }
    lab_heap_free(labels);
}

static void block_init(block *b, lab_ablation *ablation)
{
    lab_arm *arms = ablation->arms;
    isize most = b->end - b->first, count = 0;
    group *groups = lab_heap_take(most * (isize)sizeof *groups);
    b->contexts = lab_heap_take(most * (isize)sizeof *b->contexts);
    for (isize i = b->first; i < b->end; i++) {
        bool next = i == b->first || arms[i].context != arms[i - 1].context;
        if (next && i > b->first) meet(b, groups, count, b->context_count - 1, &ablation->left_out);
        if (next) {
            b->contexts[b->context_count++] = arms[i].context;
            count = 0;
        }
        if (next || arms[i].value != arms[i - 1].value) groups[count++] = (group){i, 0};
        groups[count - 1].count++;
    }
    meet(b, groups, count, b->context_count - 1, &ablation->left_out);
    lab_heap_free(groups);
    if (b->count > 1) qsort_r(b->meetings, (size_t)b->count, sizeof *b->meetings, by_meeting, arms);
    tell_apart(ablation, b->contexts, b->context_count);
}

static void block_finish(block *b)
{
    lab_heap_free(b->contexts);
    lab_heap_free(b->meetings);
}

/* ---- contrasts ---- */

static bool repeats_a_seed(const lab_arm *arms, const group *g)
{
    for (isize i = g->first; i < g->first + g->count; i++)
        if (!arms[i].seeded || (i > g->first && arms[i].seed == arms[i - 1].seed)) return true;
    return false;
}

/* Counts the seeds that both groups have once, and writes their arms; NULL writes none. */
static isize match(const lab_arm *arms, const group *a, const group *b, const lab_arm **of_a,
                   const lab_arm **of_b)
{
    isize n = 0, i = a->first, j = b->first;
    if (repeats_a_seed(arms, a) || repeats_a_seed(arms, b)) return 0;
    while (i < a->first + a->count && j < b->first + b->count) {
        if (arms[i].seed == arms[j].seed) {
            if (of_a) of_a[n] = &arms[i];
            if (of_b) of_b[n] = &arms[j];
            n++;
        }
        bool further = arms[i].seed <= arms[j].seed;
        j += arms[j].seed <= arms[i].seed;
        i += further;
    }
    return n;
}

/* A new one with room for so many arms of each side. */
static lab_contrast *new_contrast(lab_ablation *ablation, const block *b, isize n_a, isize n_b)
{
    ablation->contrasts = room(ablation->contrasts, ablation->count, &ablation->capacity,
                               (isize)sizeof *ablation->contrasts);
    lab_contrast *c = &ablation->contrasts[ablation->count++];
    *c = (lab_contrast){.context = "", .protocol = b->protocol, .contexts = 1, .whole = true};
    c->arms_a = n_a;
    c->arms_b = n_b;
    c->arms = lab_heap_take((n_a + n_b) * (isize)sizeof(lab_arm *));
    c->y = lab_heap_take((n_a + n_b) * (isize)sizeof *c->y);
    c->groups = (lab_groups){.a = c->y, .b = c->y + n_a, .n_a = n_a, .n_b = n_b};
    return c;
}

static void fill_in(lab_contrast *c)
{
    for (isize i = 0; i < c->groups.n_a + c->groups.n_b; i++) c->y[i] = c->arms[i]->y;
    c->a = c->arms[0];
    c->b = c->arms[c->groups.n_a];
}

static void add_in_context(lab_ablation *ablation, const block *b, const meeting *m, bool whole)
{
    const group *ga = &m->a, *gb = &m->b;
    isize smaller = ga->count < gb->count ? ga->count : gb->count;
    bool paired = match(ablation->arms, ga, gb, NULL, NULL) == smaller;
    lab_contrast *c =
        new_contrast(ablation, b, paired ? smaller : ga->count, paired ? smaller : gb->count);
    c->groups.paired = paired;
    c->context = b->contexts[m->context];
    c->whole = whole;
    if (paired) {
        (void)match(ablation->arms, ga, gb, c->arms, c->arms + smaller);
    } else {
        for (isize i = 0; i < ga->count; i++) c->arms[i] = &ablation->arms[ga->first + i];
        for (isize i = 0; i < gb->count; i++)
            c->arms[ga->count + i] = &ablation->arms[gb->first + i];
    }
    fill_in(c);
}

/* Over all of these contexts that have pairs, where they are several. */
static bool add_over_contexts(lab_ablation *ablation, const block *b, const meeting *m, isize count)
{
    isize all = 0, contexts = 0, at = 0, *pairs = lab_heap_take(count * (isize)sizeof *pairs);
    for (isize k = 0; k < count; k++) {
        isize n = match(ablation->arms, &m[k].a, &m[k].b, NULL, NULL);
        if (n > 0) pairs[contexts++] = n;
        all += n;
    }
    if (contexts > 1) {
        lab_contrast *c = new_contrast(ablation, b, all, all);
        for (isize k = 0; k < count; k++)
            at += match(ablation->arms, &m[k].a, &m[k].b, c->arms + at, c->arms + all + at);
        c->contexts = contexts;
        lab_contrast_pool(c, pairs);
    }
    lab_heap_free(pairs);
    return contexts > 1;
}

static void add_contrasts(lab_ablation *ablation, const block *b)
{
    const lab_arm *arms = ablation->arms;
    for (isize i = 0, end; i < b->count; i = end) {
        const meeting *m = &b->meetings[i];
        for (end = i; end < b->count &&
                      arms[b->meetings[end].a.first].value == arms[m->a.first].value &&
                      arms[b->meetings[end].b.first].value == arms[m->b.first].value;)
            end++;
        bool over = add_over_contexts(ablation, b, m, end - i);
        for (isize k = i; k < end; k++) add_in_context(ablation, b, &b->meetings[k], !over);
    }
}

/* ---- families ---- */

static bool same_outcome(const lab_contrast *a, const lab_contrast *b)
{
    return a->a->key == b->a->key && a->a->outcome == b->a->outcome;
}

/* Of one key and outcome: those that are whole are a family, the others are another. */
static void adjust(lab_contrast *both, isize count, bool whole, double confidence)
{
    double *p = lab_heap_take(2 * count * (isize)sizeof *p);
    isize tests = 0;
    for (isize i = 0; i < count; i++) {
        p[i] = both[i].whole == whole ? both[i].effect.p : (double)NAN;
        tests += !isnan(p[i]);
    }
    lab_effect_holm(p + count, p, count);
    for (isize i = 0; i < count; i++) {
        if (both[i].whole != whole) continue;
        both[i].p_holm = p[count + i];
        both[i].family = tests;
        lab_contrast_judge(&both[i], confidence);
    }
    lab_heap_free(p);
}

/* Those of one key and outcome. */
static void label_protocols(lab_ablation *ablation, block *blocks, isize count)
{
    const char **protocols = lab_heap_take(count * (isize)sizeof *protocols);
    for (isize i = 0; i < count; i++) protocols[i] = ablation->arms[blocks[i].first].protocol;
    tell_apart(ablation, protocols, count);
    for (isize i = 0; i < count; i++) blocks[i].protocol = protocols[i];
    lab_heap_free(protocols);
}

void lab_ablation_settle(lab_ablation *ablation, double confidence)
{
    const lab_arm *arms = ablation->arms;
    block *blocks = lab_heap_take(ablation->arm_count * (isize)sizeof *blocks);
    isize count = 0;
    if (ablation->arm_count > 1)
        qsort(ablation->arms, (size_t)ablation->arm_count, sizeof *arms, by_place);
    for (isize i = 0; i < ablation->arm_count; i++) {
        if (i == 0 || by_block(&arms[i], &arms[i - 1]) != 0) blocks[count++].first = i;
        blocks[count - 1].end = i + 1;
    }
    for (isize i = 0, end; i < count; i = end) {
        const lab_arm *first = &arms[blocks[i].first];
        for (end = i; end < count && arms[blocks[end].first].key == first->key &&
                      arms[blocks[end].first].outcome == first->outcome;)
            end++;
        label_protocols(ablation, blocks + i, end - i);
    }
    for (isize i = 0; i < count; i++) {
        block_init(&blocks[i], ablation);
        add_contrasts(ablation, &blocks[i]);
        block_finish(&blocks[i]);
    }
    lab_heap_free(blocks);
    for (isize i = 0; i < ablation->count; i++)
        lab_contrast_compute(&ablation->contrasts[i], confidence);
    for (isize i = 0, end; i < ablation->count; i = end) {
        for (end = i; end < ablation->count &&
                      same_outcome(&ablation->contrasts[i], &ablation->contrasts[end]);)
            end++;
        for (int whole = 0; whole < 2; whole++)
            adjust(&ablation->contrasts[i], end - i, whole, confidence);
    }
}

static void weigh(void *context, isize i, int worker)
{
    lab_contrast *const *wanted = context;
    (void)worker;
    lab_contrast_weigh(wanted[i]);
}

void lab_ablation_weigh(lab_ablation *ablation, const bool *wanted)
{
    lab_contrast **list = lab_heap_take(ablation->count * (isize)sizeof(lab_contrast *));
    isize count = 0;
    for (isize i = 0; i < ablation->count; i++)
        if (!wanted || wanted[i]) list[count++] = &ablation->contrasts[i];
    lab_parallel_for(lab_parallel_workers(), count, weigh, list);
    lab_heap_free(list);
}

void lab_ablation_left_out(lab_text *out, const lab_ablation *ablation)
{
    lab_text_clear(out);
    if (ablation->left_out > 0)
        lab_text_add(out,
                     "%td comparisons of two values in one context are not made: where a key has "
                     "more than %d values there, neighbours are compared, and each with the first",
                     ablation->left_out, VALUES_MAX);
}

isize lab_ablation_count(const lab_ablation *ablation)
{
    return ablation->count;
}

const lab_contrast *lab_ablation_at(const lab_ablation *ablation, isize i)
{
    LAB_ASSERT(i >= 0 && i < ablation->count);
    return &ablation->contrasts[i];
}
