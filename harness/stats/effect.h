/* stats/effect.h - what a change did: two groups of values, a without it and b with it.
 *
 * Paired, where a[i] and b[i] differ in the change alone (one seed of both), the effect is the mean
 * of b[i] - a[i] and Student's t has n - 1 degrees of freedom: what a seed does to both drops out.
 * Else it is the difference of the means, and t is Welch's, with the degrees of freedom of Welch
 * and Satterthwaite (Biometrika 34, 1947): the groups need not scatter alike. Both suppose values
 * that scatter normally, which few seeds cannot show; lab_effect_permute supposes that they could
 * change places and no more, and cannot go below 1 over the number of arrangements.
 *
 * Power is the chance that the two-sided t test at alpha .05 tells an effect of some size from 0,
 * and is asked to be 80 %. It is exact for values that scatter normally with the standard
 * deviations that were seen, Welch's test included, to 1e-4; but those of few seeds are uncertain
 * (of 3 values: the true one is half of it to six times it), and so is what follows from them.
 *
 * Pure functions; nothing is kept.
 */
#ifndef LAB_EFFECT_H
#define LAB_EFFECT_H
#include "stats/mean.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LAB_PERMUTATION_ALL = 20000,   /* arrangements: so many are all looked at */
    LAB_PERMUTATION_DRAWS = 9999,  /* where there are more, so many drawn ones */
    LAB_EFFECT_SEEDS_MAX = 1000000 /* more are not asked for */
};

typedef struct {
    const double *a, *b; /* [n_a], [n_b] */
    ptrdiff_t n_a, n_b;
    bool paired; /* a[i] and b[i] belong together; n_a is n_b */
} lab_groups;

typedef struct {
    lab_mean a, b;
    lab_mean pairs;        /* of b[i] - a[i]; n is 0 where the groups are not paired */
    double difference;     /* mean of b less mean of a, in the unit of the values */
    double se, df;         /* of the difference; NaN where reason is set, as the next two are */
    lab_interval interval; /* Student's, of the difference */
    double p;              /* that |t| is as large or larger where the change does nothing */
    const char *reason;    /* why there is no interval, or NULL */
} lab_effect;

typedef struct {
    double p;               /* NaN where lab_effect.difference is, or a group has fewer than 2 */
    ptrdiff_t arrangements; /* that p counts, the one that was seen among them */
    bool exact;             /* these are all there are */
} lab_permutation;

/* confidence such as 0.95. No interval, and a reason: a value that is not finite, paired groups of
 * different sizes (no difference then, either), fewer than 2 values in a group, values that do not
 * scatter beyond rounding, or so far that their squares are infinite. */
void lab_effect_compute(lab_effect *out, const lab_groups *groups, double confidence);

/* The share of arrangements whose difference of means is as far from 0 as that seen, or farther:
 * pairs may be exchanged within themselves (the signs of b[i] - a[i]), unpaired values between the
 * groups. All 2^n or n_a + n_b over n_a arrangements where these are LAB_PERMUTATION_ALL at most;
 * else that seen and LAB_PERMUTATION_DRAWS by stats/resample.h's random numbers. The order of the
 * values does not matter. work holds n_a + n_b doubles. */
lab_permutation lab_effect_permute(const lab_groups *groups, uint64_t seed, double *work);

/* The smallest effect, above 0, that these groups find with the power above, to 4 digits; NaN where
 * there is no interval. */
double lab_effect_detectable(const lab_effect *effect);

/* How many seeds (pairs, or values in each of two equal groups) find an effect of that size, such
 * as the one seen, with the power above; 0 where the size is 0, there is no interval, or they are
 * more than LAB_EFFECT_SEEDS_MAX. */
ptrdiff_t lab_effect_seeds(const lab_effect *effect, double size);

/* p of each of n tests as one of a family (Holm, Scand. J. Statist. 6, 1979): what is below alpha
 * then is so with a chance of at most alpha that any of the family is there by chance. NaN is no
 * test, and stays NaN. O(n log n); adjusted is not p. */
void lab_effect_holm(double *adjusted, const double *p, ptrdiff_t n);
#endif
