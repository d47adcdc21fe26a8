#include "study/contrast.h"
#include "base/heap.h"
#include "study/way.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_loss(const lab_contrast *contrast)
{
    return strcmp(contrast->a->outcome, "loss") == 0;
}

/* Of so many ascending seeds keeps those that the arms have, ascending too; returns how many. */
static isize keep_common(int64_t *seeds, isize n, const lab_arm *const *arms, isize count)
{
    isize kept = 0;
    for (isize i = 0, j = 0; i < n; i++) {
        while (j < count && arms[j]->seed < seeds[i]) j++;
        if (j < count && arms[j]->seed == seeds[i]) seeds[kept++] = seeds[i];
    }
    return kept;
}

void lab_contrast_pool(lab_contrast *contrast, const isize *pairs)
{
    lab_contrast *c = contrast;
    const lab_arm **a = c->arms, **b = c->arms + c->arms_a;
    isize shared = pairs[0], kept = 0, at = 0;
    int64_t *seeds = lab_heap_take(shared * (isize)sizeof *seeds);
    for (isize i = 0; i < shared; i++) seeds[i] = a[i]->seed;
    for (isize k = 0; k < c->contexts; at += pairs[k++])
        shared = keep_common(seeds, shared, a + at, pairs[k]);
    c->by_seed = shared > 1 || shared * c->contexts == c->arms_a;
    isize n = c->by_seed ? shared : c->contexts;
    c->groups = (lab_groups){.a = c->y, .b = c->y + n, .n_a = n, .n_b = n, .paired = true};
    at = 0;
    for (isize k = 0; k < c->contexts; at += pairs[k++])
        for (isize i = at, seed = 0; i < at + pairs[k]; i++) {
            if (c->by_seed && (seed == shared || a[i]->seed != seeds[seed])) continue;
            isize place = c->by_seed ? seed++ : k;
            double of = (double)(c->by_seed ? c->contexts : pairs[k]);
            c->y[place] += a[i]->y / of;
            c->y[n + place] += b[i]->y / of;
            a[kept] = a[i];
            b[kept++] = b[i];
        }
    for (isize i = 0; i < kept; i++) a[kept + i] = b[i];
    c->arms_a = c->arms_b = kept;
    c->a = c->arms[0];
    c->b = c->arms[kept];
    lab_heap_free(seeds);
}

void lab_contrast_compute(lab_contrast *contrast, double confidence)
{
    lab_effect *effect = &contrast->effect;
    lab_effect_compute(effect, &contrast->groups, confidence);
    if (contrast->a->compares) return;
    effect->reason = "losses do not compare: the key decides what they are of";
    effect->p = effect->interval.low = effect->interval.high = (double)NAN;
}

void lab_contrast_weigh(lab_contrast *contrast)
{
    const lab_groups *groups = &contrast->groups;
    double *work = lab_heap_take((groups->n_a + groups->n_b) * (isize)sizeof *work);
    if (contrast->a->compares)
        contrast->permutation = lab_effect_permute(groups, 0, work);
    else
        contrast->permutation = (lab_permutation){.p = (double)NAN};
    contrast->detectable = lab_effect_detectable(&contrast->effect);
    contrast->seeds = lab_effect_seeds(&contrast->effect, contrast->effect.difference);
    lab_heap_free(work);
}

void lab_contrast_judge(lab_contrast *contrast, double confidence)
{
    const lab_effect *effect = &contrast->effect;
    if (!contrast->a->compares)
        contrast->verdict = LAB_CONTRAST_APART;
    else if (contrast->groups.n_a < 2 || contrast->groups.n_b < 2)
        contrast->verdict = LAB_CONTRAST_ONE_SEED;
    else if (effect->reason)
        contrast->verdict = LAB_CONTRAST_NO_INTERVAL;
    else if (!(contrast->p_holm < 1 - confidence))
        contrast->verdict = LAB_CONTRAST_UNCLEAR;
    else
        contrast->verdict = effect->difference < 0 ? LAB_CONTRAST_LOWER : LAB_CONTRAST_HIGHER;
}

void lab_contrast_finish(lab_contrast *contrast)
{
    lab_heap_free(contrast->arms);
    lab_heap_free(contrast->y);
    *contrast = (lab_contrast){0};
}

const char *lab_contrast_outcome(const lab_contrast *contrast)
{
    static const char *const probes[LAB_WAYS] = {
        "attentive probe, test top-1", "linear probe, test top-1", "k-NN probe, test top-1",
        "LoRA, test top-1", "fine-tuning, test top-1"};
    if (is_loss(contrast))
        return strcmp(contrast->a->task, "external") == 0 ? "final loss" : "final causal loss";
    return probes[lab_way_of(contrast->a->outcome)];
}

void lab_contrast_n(lab_text *out, const lab_contrast *contrast)
{
    const lab_groups *g = &contrast->groups;
    if (contrast->by_seed)
        lab_text_add(out, "%td %s over %td contexts", g->n_a, g->n_a == 1 ? "seed" : "seeds",
                     contrast->contexts);
    else if (contrast->contexts > 1)
        lab_text_add(out, "%td contexts", contrast->contexts);
    else if (g->paired)
        lab_text_add(out, "%td %s of seeds", g->n_a, g->n_a == 1 ? "pair" : "pairs");
    else
        lab_text_add(out, "%td and %td seeds", g->n_a, g->n_b);
}

lab_short lab_contrast_amount(const lab_contrast *contrast, double amount, bool sign)
{
    lab_short out = {"-"};
    if (isnan(amount)) return out;
    if (is_loss(contrast))
        (void)snprintf(out.text, sizeof out.text, sign ? "%+.4g" : "%.4g", amount);
    else
        (void)snprintf(out.text, sizeof out.text, sign ? "%+.2f" : "%.2f", 100 * amount);
    return out;
}

bool lab_contrast_better(const lab_contrast *contrast)
{
    return (contrast->verdict == LAB_CONTRAST_LOWER) == is_loss(contrast);
}

void lab_contrast_words(lab_text *out, const lab_contrast *contrast)
{
    const lab_effect *effect = &contrast->effect;
    bool lower = contrast->verdict == LAB_CONTRAST_LOWER;
    switch (contrast->verdict) {
    case LAB_CONTRAST_LOWER:
    case LAB_CONTRAST_HIGHER:
        lab_text_add(out, "%s by %s%s (%s)", lower ? "lower" : "higher",
                     lab_contrast_amount(contrast, fabs(effect->difference), false).text,
                     is_loss(contrast) ? "" : " points",
                     lab_contrast_better(contrast) ? "better" : "worse");
        return;
    case LAB_CONTRAST_UNCLEAR:
        lab_text_put(out, "not distinguishable");
        if (effect->p < contrast->p_holm && effect->interval.low * effect->interval.high > 0)
            lab_text_add(out, " as one of %td tests", contrast->family);
        return;
    case LAB_CONTRAST_ONE_SEED:
        lab_text_put(out, "one seed: nothing can be said");
        return;
    case LAB_CONTRAST_NO_INTERVAL:
    case LAB_CONTRAST_APART:
        lab_text_put(out, effect->reason);
        return;
    }
}
