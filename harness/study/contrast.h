/* study/contrast.h - what one change of one key did to one outcome, and how sure that is.
 *
 * Two groups of runs that differ in the key and in their seed alone: a with the lesser value, b
 * with the greater. They are paired by seed where all seeds of the smaller group are in the larger
 * one, by stats/effect.h; which is settled before any outcome is looked at. Else the groups compare
 * by Welch's test.
 *
 * Over several contexts (the other keys at other values) the values are not of runs, as pairs of
 * one seed or of one context have their luck in common. Each seed that all of these contexts have
 * gives one pair, of its means over them, where there are two such seeds or more, or no context has
 * another: n counts seeds, which is what the effect is as sure as. Else each context gives one, of
 * the means over its pairs: n counts contexts, and the effect is that of contexts like these.
 * Student's t has n - 1 degrees of freedom.
 */
#ifndef LAB_CONTRAST_H
#define LAB_CONTRAST_H
#include "base/text.h"
#include "stats/effect.h"

typedef enum {
    LAB_CONTRAST_LOWER, /* b is, and the family's chance to say so of nothing is 5 % at most */
    LAB_CONTRAST_HIGHER,
    LAB_CONTRAST_UNCLEAR,     /* it may be the luck of the seeds */
    LAB_CONTRAST_ONE_SEED,    /* on a side at least: that luck is not known */
    LAB_CONTRAST_NO_INTERVAL, /* effect.reason says why */
    LAB_CONTRAST_APART        /* the key decides what the loss is of */
} lab_contrast_verdict;

/* A run's outcome, beside runs with other values of the key. */
typedef struct {
    const char *key, *value, *run; /* borrowed, as all texts here */
    const char *task;              /* pretrain or external */
    const char *context;           /* lines of the other keys */
    const char *outcome;           /* loss, attentive, linear: of these the test top1 */
    const char *protocol; /* lines: how it was probed, or the keys that decide what a loss is of */
    double y;             /* loss, or a share of images; finite */
    int64_t seed;
    bool seeded, compares; /* seeded: the seed is known */
} lab_arm;

typedef struct {
    const lab_arm *a, *b; /* an arm of each side */
    const char *context; /* what tells it from other contexts of the key; "" where there are none */
    const char *protocol; /* the same of protocols */
    isize contexts;       /* 1; more: it is over all of these */
    bool by_seed;         /* over contexts: a pair is a seed; else a context */
    bool whole;           /* the last word on its values: over all contexts, or in the only one */
    const lab_arm **arms; /* [arms_a + arms_b], owned: those of a, then those of b, by context */
    isize arms_a, arms_b; /* n_a and n_b in one context */
    double *y;            /* owned, room for as many as arms: of these, or means over some */
    lab_groups groups;    /* which borrow from y */
    lab_effect effect;
    double p_holm; /* effect.p as one of its family; NaN where there is no p */
    isize family;  /* tests in it that have a p: study/ablation.h */
    lab_contrast_verdict verdict;
    lab_permutation permutation; /* this and what follows: once it is weighed */
    double detectable;           /* lab_effect_detectable */
    ptrdiff_t seeds;             /* lab_effect_seeds of the effect seen; or contexts, as n */
} lab_contrast;

/* Settles groups and by_seed of one over contexts: its arms are pairs, pairs[k] in context k and
 * there by seed, each once. Leaves out arms that no mean is of. */
void lab_contrast_pool(lab_contrast *contrast, const isize *pairs);
/* What the groups tell; p_holm, family and verdict are the caller's to settle. */
void lab_contrast_compute(lab_contrast *contrast, double confidence);
/* p_holm and family are set. */
void lab_contrast_judge(lab_contrast *contrast, double confidence);
/* Permutation, detectable effect and seeds. */
void lab_contrast_weigh(lab_contrast *contrast);
void lab_contrast_finish(lab_contrast *contrast);

/* "final causal loss", "attentive probe, test top-1" */
const char *lab_contrast_outcome(const lab_contrast *contrast);
/* "20 pairs of seeds", "3 and 2 seeds", "3 seeds over 2 contexts", "2 contexts" */
void lab_contrast_n(lab_text *out, const lab_contrast *contrast);
/* An amount of the outcome: losses as they are, accuracies in percent, or, of differences, in
 * percentage points; "-" for NaN. sign: with it. */
lab_short lab_contrast_amount(const lab_contrast *contrast, double amount, bool sign);
/* Of a verdict of lower or higher: whether a reader wants it so. */
bool lab_contrast_better(const lab_contrast *contrast);
/* "lower by 0.0123 (better)", "not distinguishable", "one seed: nothing can be said" ... */
void lab_contrast_words(lab_text *out, const lab_contrast *contrast);
#endif
