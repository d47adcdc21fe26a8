/* study/heldout.h - how well a study's law tells runs that it was not fitted to. */
#ifndef LAB_HELDOUT_H
#define LAB_HELDOUT_H
#include "law/holdout.h"
#include "study/study.h"

enum { LAB_HELDOUT_TOPS = 4, LAB_HELDOUT_DRAWS = 200 };
extern const double lab_heldout_tops[LAB_HELDOUT_TOPS]; /* shares of the rows, by compute */

typedef struct {
    lab_holdout one;  /* each run by itself, or each cluster of them */
    char by_one[48];  /* "each run", "each cluster", "200 folds of clusters" */
    lab_holdout size; /* all runs of one size */
    char by_size[16]; /* "each N", after the column; "": all rows have one size, or one each */
    lab_holdout top[LAB_HELDOUT_TOPS];
    bool by_compute; /* rows have C */
} lab_heldout;

/* draws: of each refit, for coverage; 0: LAB_HELDOUT_DRAWS; one [rows of the study], NULL is fine,
 * is filled in by leaving out runs. A study without a fit gives reasons. */
void lab_heldout_init(lab_heldout *out, const lab_study *study, int draws, lab_holdout_row *one);
#endif
