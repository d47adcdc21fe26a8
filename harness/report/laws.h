/* report/laws.h - what a page on scaling laws stands on: the runs of one query, every law that is
 * fitted to them, and what is known of each; computed once, shown by many figures.
 *
 * The surface is chinchilla's L(N, D), fitted to all rows that it can use. The other forms are
 * fitted to the same rows. Runs whose compute is not told have C = k N D, with k of the others.
 * Where seeds of one setting differ, draws take all of a setting together.
 */
#ifndef LAB_LAWS_H
#define LAB_LAWS_H
#include "law/profile.h"
#include "law/spread.h"
#include "study/heldout.h"
#include "study/review.h"

enum {
    LAB_LAWS_FORMS = 8,        /* the surface is the first */
    LAB_LAWS_PROFILES = 3,     /* E, alpha, beta */
    LAB_LAWS_DRAWS = 1000,     /* of a bootstrap */
    LAB_LAWS_FORM_DRAWS = 200, /* of forms besides the surface */
    LAB_LAWS_HELD_DRAWS =
        LAB_HELDOUT_DRAWS, /* of each refit to fewer rows, of which there are hundreds */
    LAB_LAWS_SIZES = 6     /* classes of size that figures tell apart */
};
#define LAB_LAWS_BEYOND     10.0 /* forms are compared at so many times the largest compute */
#define LAB_LAWS_CONFIDENCE 0.95

typedef struct {
    const char *name; /* "offset in C" */
    lab_law_data data;
    lab_draws draws; /* of spread.of[].fit; none where that has a reason */
} lab_laws_form;

typedef struct lab_laws {
    lab_study *study;   /* of the surface: its sample has the runs, excluded ones last */
    const char *file;   /* of sql/reports that has the query; NULL: a person wrote it */
    const char *reason; /* why there is no surface, or NULL; what follows from one is empty then */
    isize n;            /* runs that are used */
    double *size, *data, *compute, *loss;   /* [n], owned: N, D, C, L */
    isize untold;                           /* runs whose C is k N D */
    double factor, factor_low, factor_high; /* k: geometric mean, least, largest of C / (N D) */
    double compute_low, compute_high;
    lab_optimum beyond; /* at LAB_LAWS_BEYOND times the largest compute */
    lab_laws_form form[LAB_LAWS_FORMS];
    lab_spread spread; /* of form, at beyond */
    lab_profile profile[LAB_LAWS_PROFILES];
    lab_review review;                        /* exponents and checks */
    lab_approach_line *drawn[LAB_APPROACHES]; /* [LAB_LAWS_DRAWS, 2], owned: lab_approach_options;
                                                 NULL of the surface */
    lab_budgets budgets;
    lab_heldout heldout;
    lab_holdout top;                      /* of lab_heldout_tops[1] */
    lab_holdout_row *held_one, *held_top; /* [n], owned; of heldout.one, of top */
} lab_laws;

/* LAB_ERR_CONFIG as lab_sample_read. */
LAB_CHECKED lab_status lab_laws_open(lab_laws **out, lab_ledger *ledger, const char *query,
                                     lab_error *err);
void lab_laws_close(lab_laws **laws); /* sets NULL; NULL is fine */

lab_law_cost lab_laws_cost(const lab_laws *laws);
/* Interval of N* (or, data, of D*) at compute by an approach; NaN where there is none. */
lab_interval lab_laws_band(const lab_laws *laws, lab_approach_kind kind, bool data, double compute);
/* What is left of the loss of run i that the surface does not tell, in log L. */
double lab_laws_residual(const lab_laws *laws, isize i);

/* Class of run i by size, from 0; and its name, appended: "N 8.5k to 24k", of one size "N 8.5k". */
int lab_laws_class(const lab_laws *laws, isize i);
bool lab_laws_class_name(lab_text *out, const lab_laws *laws, int class);
#endif
