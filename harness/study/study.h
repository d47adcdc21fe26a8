/* study/study.h - a law, the runs that it was fitted to, and all that the fit says.
 *
 *     lab_study *study = NULL;
 *     status = lab_study_open(&study, ledger, &(lab_study_wish){.law = law, .query = sql}, err);
 *     ... study->fit, study->draws ...
 *     lab_study_close(&study);
 *
 * The same rows and options give the same digits, for any number of workers: a report is made from
 * a ledger again to the byte.
 */
#ifndef LAB_STUDY_H
#define LAB_STUDY_H
#include "law/draws.h"
#include "study/sample.h"

typedef struct {
    const lab_law *law;
    const char *query; /* borrowed; NULL: sql/laws/<law>.sql */
    const lab_sample_let *lets;
    isize let_count;
    lab_fit_options fit; /* loss, starts, workers (0: all), fixed */
    bool plain;          /* residuals in y, of sums of powers too */
    bool by_setting; /* all seeds of a setting are drawn together, where the query has settings */
    int draws;       /* 0: LAB_DRAWS_DEFAULT */
    uint64_t seed;
    double confidence; /* 0: 0.95 */
    double target;     /* compute that the law is asked about, for the checks; 0: none */
    /* Whose runs the bootstrap draws, so that both are drawn together: both name them alike. NULL:
     * its own. */
    const struct lab_study *beside;
} lab_study_wish;

typedef struct lab_study {
    /* As it was carried out: no more zeros for defaults; query is the sample's. */
    lab_study_wish wish;
    lab_sample sample;
    lab_law_data data;
    lab_fit fit;
    lab_draws draws; /* none where fit.reason is set */
    isize apart; /* rows whose run wish.beside lacks: then the bootstrap draws its own after all */
} lab_study;

/* The loss that a law is fitted with where nobody says another: Huber's with delta 1e-3 in log y
 * for sums of powers (Hoffmann et al.), least squares for links, whose residuals are in y. */
lab_loss lab_study_loss(const lab_law *law);

/* A fit that cannot be made is no error: study->fit.reason says why. LAB_ERR_CONFIG as
 * lab_sample_read. */
LAB_CHECKED lab_status lab_study_open(lab_study **out, lab_ledger *ledger,
                                      const lab_study_wish *wish, lab_error *err);
void lab_study_close(lab_study **study); /* sets NULL; NULL is fine */

/* Options as JSON, in one spelling: what besides the rows decides the result. */
void lab_study_options(const lab_study *study, lab_text *out);
/* What a fit is known by in any ledger: 32 hex digits of the SHA-256 of law, query, rows and
 * options. */
void lab_study_uuid(const lab_study *study, char uuid[33]);
#endif
