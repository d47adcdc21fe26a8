/* law/centred.h - rows with each feature about its mean, where searches run.
 *
 * Far from the centre of the data a coefficient and its exponent move along a narrow valley
 * together (the correlation of log A and alpha is about .999), in which searches crawl and stop
 * early; about the centre they are all but independent, and two to three times as many starts reach
 * the optimum.
 */
#ifndef LAB_CENTRED_H
#define LAB_CENTRED_H
#include "law/loss.h"

typedef struct {
    lab_law_rows rows;            /* feature is owned, the rest borrowed */
    double *feature;              /* [n, features], owned */
    double centre[LAB_LAW_TERMS]; /* 0: of a term whose coefficient is fixed, which has to stay */
} lab_centred;

/* fixed: bit p keeps parameter p where it is. */
void lab_centred_init(lab_centred *about, const lab_law_rows *rows, unsigned fixed);
void lab_centred_finish(lab_centred *about);
/* theta of the rows as they are becomes that of centred ones with sign 1; back with sign -1. */
void lab_centred_move(const lab_centred *about, double sign, double *theta);
#endif
