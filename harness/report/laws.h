/* report/laws.h - what a page on scaling laws stands on: the runs of one query, every law that is
 * fitted to them, and what is known of each; computed once, shown by many figures.
 *
 * The surface is chinchilla's L(N, D), fitted to all rows that it can use. The other forms are
 * fitted to the same rows. Runs whose compute is not told have C = k N D, with k of the others.
 * Where seeds of one setting differ, draws take all of a setting together.
 */
#ifndef LAB_LAWS_H
#define LAB_LAWS_H
#include "law/approach.h"
#include "law/profile.h"
#include "law/spread.h"
#include "study/study.h"

enum {
    LAB_LAWS_FORMS = 8,    /* the surface is the first */
    LAB_LAWS_PROFILES = 3, /* E, alpha, beta */
    LAB_LAWS_TOPS = 5,     /* the top 10, 20 ... 50 % by compute left out */
    LAB_LAWS_DRAWS = 1000, /* of a bootstrap */
    LAB_LAWS_HELD_DRAWS = 100, /* of each refit to fewer rows */
    LAB_LAWS_SIZES = 6     /* classes of size that figures tell apart */
};

typedef struct {
    const char *name; /* "offset in C" */
    lab_law_data data;
    lab_draws draws; /* of spread.of[].fit; none where that has a reason */
} lab_laws_form;

typedef struct lab_laws {
    lab_study *study;   /* of the surface: its sample has the runs, excluded ones last */
    const char *reason; /* why there is no surface, or NULL; all but forms is empty then */
    isize n;            /* runs that are used */
    double *size, *data, *compute, *loss; /* [n], owned: N, D, C, L */
    lab_runs runs;                        /* the same, borrowed */
    isize untold;                         /* runs whose C is k N D */
    double factor, factor_low, factor_high; /* k: geometric mean, least, largest of C / (N D) */
    double target;                        /* compute at which forms are compared: 10 times the most */
    lab_optimum best;                     /* there */
    lab_laws_form form[LAB_LAWS_FORMS];
    lab_spread spread; /* of form */
    lab_profile profile[LAB_LAWS_PROFILES];
    lab_approach approach[LAB_APPROACHES];
    lab_approach_line *drawn[LAB_APPROACHES]; /* [LAB_LAWS_DRAWS, 2], owned: n and d of each draw that
                                                 has them; NULL of the surface */
    lab_approach_options options;             /* of approaches */
    lab_approach_bias bias;
    lab_budgets budgets;
    lab_holdout one, sizes, top[LAB_LAWS_TOPS];
    lab_holdout_row *held_sizes, *held_top; /* [n], owned; the top 20 % */
} lab_laws;

/* LAB_ERR_CONFIG as lab_sample_read. */
LAB_CHECKED lab_status lab_laws_open(lab_laws **out, lab_ledger *ledger, const char *query,
                                     lab_error *err);
void lab_laws_close(lab_laws **laws); /* sets NULL; NULL is fine */

lab_law_cost lab_laws_cost(const lab_laws *laws);
/* Shares of tops: 0.1 ... 0.5. */
double lab_laws_top(int i);
/* Interval of N* (or, data, of D*) at compute by an approach; NaN where there is none. */
lab_interval lab_laws_band(const lab_laws *laws, lab_approach_kind kind, bool data, double compute);
/* What is left of the loss of run i that the surface does not tell, in log L. */
double lab_laws_residual(const lab_laws *laws, isize i);

/* Class of run i by size, from 0; and its name, appended: "N 8.5k to 24k", of one size "N 8.5k". */
int lab_laws_class(const lab_laws *laws, isize i);
void lab_laws_class_name(lab_text *out, const lab_laws *laws, int class);
#endif
