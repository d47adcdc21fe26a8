/* study/exponents.h - how the best N and D grow with compute, by three approaches, of a study. */
#ifndef LAB_EXPONENTS_H
#define LAB_EXPONENTS_H
#include "law/approach.h"
#include "study/study.h"

typedef struct {
    const char *reason; /* why there are none, or NULL */
    lab_runs runs;      /* that have a compute; its columns are owned */
    double *columns;    /* [4, n], owned */
    isize *cluster;     /* [n], owned: of the study's data */
    double factor;      /* study/factor.h */
    double compute_low, compute_high;
    lab_approach by[LAB_APPROACHES];
    lab_approach_bias bias; /* of isoflop, at compute_high */
    unsigned disagree;      /* lab_approach_disagree */
} lab_exponents;

/* Of a chinchilla fit whose rows have C; else with a reason. draws: of each approach, 0 as many as
 * the study had. */
void lab_exponents_init(lab_exponents *out, const lab_study *study, int draws);
void lab_exponents_finish(lab_exponents *exponents);
#endif
