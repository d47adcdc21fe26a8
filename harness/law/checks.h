/* law/checks.h - what would make a fit worth nothing, looked for and said with numbers.
 *
 *     lab_check checks[LAB_CHECKS];
 *     int failed = lab_checks_make(checks, &(lab_checks_given){.fit = &fit, .data = &data});
 *     for (int i = 0; i < LAB_CHECKS; i++) ... checks[i].name, checks[i].text ...
 *
 * A check that needs what the caller does not have does not apply, and says what is missing. The
 * limits are below; a check says the one that it goes by.
 */
#ifndef LAB_CHECKS_H
#define LAB_CHECKS_H
#include "law/approach.h"
#include "law/draws.h"

enum {
    LAB_CHECKS = 18,
    LAB_CHECK_TEXT = 320,
    LAB_CHECK_ROWS = 2,         /* at least, for each free parameter */
    LAB_CHECK_LEVELS = 2,       /* at least, of each column in a decade of it */
    LAB_CHECK_CONDITION = 2000, /* at most, of the fit's Jacobian: some 400 in sound designs */
    LAB_CHECK_DESIGN = 10,      /* at most, of the columns' logarithms */
    LAB_CHECK_OUTLIER = 5       /* robust standard deviations of residuals: farther rows are taken
                                   out by way of trial, at most a tenth of all */
};
#define LAB_CHECK_RANGE  1.5  /* decades of compute, at least */
#define LAB_CHECK_BEYOND 1.0  /* decades from the largest compute to the target, at most */
#define LAB_CHECK_STARTS 0.05 /* share of starts that reach the optimum, at least */
#define LAB_CHECK_TREND  0.01 /* p of a rank correlation of residuals, at least */
#define LAB_CHECK_DECAY  0.5  /* of its peak, by which a rate goes down until the end, at least */
#define LAB_CHECK_MIXED  0.01 /* by which that of a row may differ from the median */
#define LAB_CHECK_SEEDS  2.0  /* seed deviations that a difference has to reach */
#define LAB_CHECK_MOVE   0.1  /* by which share an exponent may move without outliers */

typedef enum { LAB_CHECK_PASSED, LAB_CHECK_FAILED, LAB_CHECK_NOT_APPLICABLE } lab_verdict;
const char *lab_verdict_name(lab_verdict verdict); /* "passed", "failed", "not applicable" */

typedef struct {
    const char *name; /* a few words, the same in every report */
    lab_verdict verdict;
    char text[LAB_CHECK_TEXT]; /* a sentence with the numbers */
} lab_check;

/* Arrays are [data->n], borrowed; all but fit and data may be NULL. */
typedef struct {
    const lab_fit *fit; /* without reason, to data and weight */
    const lab_law_data *data;
    const double *weight;
    const double *compute;                  /* C of each row */
    isize computes_missing, decays_missing; /* rows that have none, where compute or decayed is NULL
                                               since others have one */
    const double *ratio;                    /* D / N of each row */
    double target;                          /* compute that the law is asked about; 0: none */
    const lab_approach *approaches;
    int approach_count;
    const isize *setting;        /* rows of one number differ in their seed alone */
    const isize *seed;           /* NULL: every row its own */
    const double *decayed;       /* 1 less the rate at the end over the peak; 1: down to nothing */
    const char *const *protocol; /* how N, D and L were counted and measured, as text */
} lab_checks_given;

/* Fills in checks [LAB_CHECKS], always in the same order. Returns how many failed. */
int lab_checks_make(lab_check checks[], const lab_checks_given *given);
#endif
