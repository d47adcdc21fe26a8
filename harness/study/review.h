/* study/review.h - what speaks against a study: its exponents by three approaches, and all checks.
 */
#ifndef LAB_REVIEW_H
#define LAB_REVIEW_H
#include "law/checks.h"
#include "study/exponents.h"

typedef struct {
    lab_exponents exponents;
    lab_check checks[LAB_CHECKS]; /* none where the study has no fit */
    int count, failed;
} lab_review;

void lab_review_init(lab_review *review, const lab_study *study);
void lab_review_finish(lab_review *review);
#endif
