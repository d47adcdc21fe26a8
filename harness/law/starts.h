/* law/starts.h - where the searches of a fit begin: a grid that follows the data.
 *
 * A sum of powers starts with its floor at shares of the least y, each other coefficient where its
 * term is a share of the typical y at the centre of the data, and exponents from small to large:
 * for five parameters 4,500 starts, as many as Hoffmann et al. took (arXiv:2203.15556, D.3), in
 * units that fit any scale of N and D. Links start at what the ranges of both columns suggest.
 */
#ifndef LAB_STARTS_H
#define LAB_STARTS_H
#include "law/loss.h"

typedef struct {
    const lab_law *law;
    double feature[LAB_LAW_TERMS];            /* means */
    double mean, low, high;                   /* of log y of a sum of powers, else of y */
    double feature_low, feature_high;         /* of the first feature */
    const double *levels[LAB_LAW_PARAMETERS]; /* what each parameter is tried at */
    int count[LAB_LAW_PARAMETERS];            /* how many levels */
} lab_starts;

/* Rows of weight 0 do not count. */
void lab_starts_init(lab_starts *starts, const lab_law_rows *rows);
int lab_starts_count(const lab_starts *starts); /* of the whole grid */
/* The i-th of them: theta [parameters]. */
void lab_starts_at(const lab_starts *starts, int i, double *theta);
#endif
