/* cli/fit.h - a study as patchlaw fit prints it. */
#ifndef LAB_CLI_FIT_H
#define LAB_CLI_FIT_H
#include "base/error.h"
#include "base/table.h"
#include "study/review.h"

enum { LAB_FIT_AT_MAX = 64 };

/* Where the law is to predict: "N=7e10,D=1.4e12", one word each. */
typedef struct {
    const char *const *words; /* borrowed */
    int count;
    double x[LAB_FIT_AT_MAX][LAB_LAW_COLUMNS];
} lab_fit_places;
/* LAB_ERR_CONFIG: a word is not a value for each variable. */
LAB_CHECKED lab_status lab_fit_places_read(lab_fit_places *places, const lab_law *law,
                                           lab_error *err);
/* In which columns a place lies more than a decade beyond the rows; nothing where it does not. */
void lab_fit_place_note(const double *x, const lab_study *study, lab_text *out);
/* How many lie more than a decade beyond the rows in some column. */
int lab_fit_places_far(const lab_fit_places *places, const lab_study *study);

typedef struct {
    lab_form form;
    const lab_fit_places *places;
    bool rows;    /* every row, too */
    bool holdout; /* what is said of runs that were left out, too */
    bool kept;    /* the fit is in the ledger */
} lab_fit_form;

/* Prints to standard output: several tables, or one JSON object. */
void lab_fit_print(const lab_study *study, const lab_review *review, const lab_fit_form *form);
#endif
