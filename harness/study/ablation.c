#include "study/ablation.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/parallel.h"
#include "study/label.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Arms that share all but their seed. */
typedef struct {
    isize first, count; /* of the sorted arms; count 0: none */
} group;

/* Arms of one key, outcome, task and way of probing: a group for each context and value. */
typedef struct {
    isize first, end;                /* of the sorted arms */
    const char **values, **contexts; /* [value_count], [context_count], owned; both in order */
    isize value_count, context_count;
    group *groups; /* [context_count, value_count], owned */
    char **labels; /* [context_count], owned by the ablation */
    const char *probe;
} block;

struct lab_ablation {
    lab_index names; /* every text of the arms, once */
    lab_arm *arms;   /* owned, as all below */
    lab_contrast *contrasts;
    char **labels;
    isize arm_count, arm_capacity, count, capacity, label_count, label_capacity;
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
    for (isize i = 0; i < ablation->label_count; i++) lab_heap_free(ablation->labels[i]);
    lab_heap_free(ablation->contrasts);
    lab_heap_free(ablation->labels);
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
    kept->probe = lab_index_keep(&ablation->names, arm->probe);
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
static int by_block(const lab_arm *a, const lab_arm *b)
{
    int order = by_text(a->key, b->key);
    if (!order) order = (*a->probe != 0) - (*b->probe != 0);
    if (!order) order = by_text(a->outcome, b->outcome);
    if (!order) order = by_text(a->task, b->task);
    return order ? order : by_text(a->probe, b->probe);
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

static int compare_values(const void *a, const void *b)
{
    return by_value(*(const char *const *)a, *(const char *const *)b);
}

/* ---- blocks ---- */

static isize place_of(const block *b, const char *value)
{
    const char *const *found =
        bsearch(&value, b->values, (size_t)b->value_count, sizeof *b->values, compare_values);
    LAB_ASSERT(found);
    return found - (const char *const *)b->values;
}

static void list_values(block *b, const lab_arm *arms)
{
    isize kept = 0;
    b->values = lab_heap_take((b->end - b->first) * (isize)sizeof *b->values);
    for (isize i = b->first; i < b->end; i++) b->values[i - b->first] = arms[i].value;
    qsort(b->values, (size_t)(b->end - b->first), sizeof *b->values, compare_values);
    for (isize i = 0; i < b->end - b->first; i++)
        if (i == 0 || b->values[i] != b->values[i - 1]) b->values[kept++] = b->values[i];
    b->value_count = kept;
}

static void block_init(block *b, lab_ablation *ablation)
{
    const lab_arm *arms = ablation->arms;
    isize context = -1;
    list_values(b, arms);
    for (isize i = b->first; i < b->end; i++)
        b->context_count += i == b->first || arms[i].context != arms[i - 1].context;
    b->contexts = lab_heap_take(b->context_count * (isize)sizeof *b->contexts);
    b->groups = lab_heap_take(b->context_count * b->value_count * (isize)sizeof *b->groups);
    for (isize i = b->first; i < b->end; i++) {
        if (i == b->first || arms[i].context != arms[i - 1].context)
            b->contexts[++context] = arms[i].context;
        group *g = &b->groups[context * b->value_count + place_of(b, arms[i].value)];
        if (g->count++ == 0) g->first = i;
    }
    b->labels = lab_heap_take(b->context_count * (isize)sizeof *b->labels);
    lab_label_apart(b->labels, b->contexts, b->context_count);
    for (isize i = 0; i < b->context_count; i++) {
        ablation->labels = room(ablation->labels, ablation->label_count, &ablation->label_capacity,
                                (isize)sizeof *ablation->labels);
        ablation->labels[ablation->label_count++] = b->labels[i];
    }
}

static void block_finish(block *b)
{
    lab_heap_free(b->values);
    lab_heap_free(b->contexts);
    lab_heap_free(b->groups);
    lab_heap_free(b->labels);
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
    *c = (lab_contrast){.context = "", .probe = b->probe, .contexts = 1, .whole = true};
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

static void add_in_context(lab_ablation *ablation, const block *b, isize context, const group *ga,
                           const group *gb)
{
    isize smaller = ga->count < gb->count ? ga->count : gb->count;
    bool paired = match(ablation->arms, ga, gb, NULL, NULL) == smaller;
    lab_contrast *c =
        new_contrast(ablation, b, paired ? smaller : ga->count, paired ? smaller : gb->count);
    c->groups.paired = paired;
    c->context = b->labels[context];
    if (paired) {
        (void)match(ablation->arms, ga, gb, c->arms, c->arms + smaller);
    } else {
        for (isize i = 0; i < ga->count; i++) c->arms[i] = &ablation->arms[ga->first + i];
        for (isize i = 0; i < gb->count; i++)
            c->arms[ga->count + i] = &ablation->arms[gb->first + i];
    }
    fill_in(c);
}

/* Over all contexts that have pairs, where these are several. */
static bool add_over_contexts(lab_ablation *ablation, const block *b, isize va, isize vb)
{
    isize pairs = 0, contexts = 0, at = 0;
    for (isize k = 0; k < b->context_count; k++) {
        const group *g = &b->groups[k * b->value_count];
        isize n = match(ablation->arms, &g[va], &g[vb], NULL, NULL);
        pairs += n;
        contexts += n > 0;
    }
    if (contexts < 2) return false;
    lab_contrast *c = new_contrast(ablation, b, pairs, pairs);
    for (isize k = 0; k < b->context_count; k++) {
        const group *g = &b->groups[k * b->value_count];
        at += match(ablation->arms, &g[va], &g[vb], c->arms + at, c->arms + pairs + at);
    }
    c->contexts = contexts;
    c->groups.paired = true;
    fill_in(c);
    return true;
}

static void add_pair(lab_ablation *ablation, const block *b, isize va, isize vb)
{
    bool over = add_over_contexts(ablation, b, va, vb);
    for (isize k = 0; k < b->context_count; k++) {
        const group *g = &b->groups[k * b->value_count];
        if (g[va].count == 0 || g[vb].count == 0) continue;
        add_in_context(ablation, b, k, &g[va], &g[vb]);
        ablation->contrasts[ablation->count - 1].whole = !over;
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

/* What tells the ways of probing of one key and outcome apart, for each of the blocks. */
static void label_probes(lab_ablation *ablation, block *blocks, isize count)
{
    const char **probes = lab_heap_take(count * (isize)sizeof *probes);
    char **labels = lab_heap_take(count * (isize)sizeof *labels);
    for (isize i = 0; i < count; i++) probes[i] = ablation->arms[blocks[i].first].probe;
    lab_label_apart(labels, probes, count);
    for (isize i = 0; i < count; i++) {
        blocks[i].probe = lab_index_keep(&ablation->names, labels[i]);
        lab_heap_free(labels[i]);
    }
    lab_heap_free(labels);
    lab_heap_free(probes);
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
        label_probes(ablation, blocks + i, end - i);
    }
    for (isize i = 0; i < count; i++) {
        block_init(&blocks[i], ablation);
        for (isize va = 0; va < blocks[i].value_count; va++)
            for (isize vb = va + 1; vb < blocks[i].value_count; vb++)
                add_pair(ablation, &blocks[i], va, vb);
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

isize lab_ablation_count(const lab_ablation *ablation)
{
    return ablation->count;
}

const lab_contrast *lab_ablation_at(const lab_ablation *ablation, isize i)
{
    LAB_ASSERT(i >= 0 && i < ablation->count);
    return &ablation->contrasts[i];
}
