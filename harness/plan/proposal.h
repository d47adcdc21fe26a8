/* plan/proposal.h - which runs to make next, and what they are expected to reach.
 *
 * Candidates are the sizes of a ladder times lengths in steps of sqrt(2) in compute. Unless a
 * person is bold, none lies further than FURTHER times beyond the rows in N, D or C: a law holds
 * near what it was fitted to. Of what is left the runs are chosen that take most off the variance
 * of a target for their cost (law/design.h). In each decade of compute with two runs or more the
 * last chosen, which tells the least, is held out for scoring: it counts as none that the next fit
 * learns from.
 */
#ifndef LAB_PROPOSAL_H
#define LAB_PROPOSAL_H
#include "law/design.h"
#include "plan/ladder.h"
#include "study/study.h"

#define LAB_PROPOSAL_FURTHER 4
enum { LAB_PROPOSAL_CELLS = 64 };

typedef struct {
    const char *target; /* "N" and "loss": logarithms at compute; or a parameter by name */
    double compute;     /* FLOPs that the target speaks of */
    double budget;      /* FLOPs of all chosen runs together */
    int cells, seeds;
    bool bold;
} lab_proposal_wish;

/* What the rows span. */
typedef struct {
    lab_interval n, d, compute;
} lab_reach;
lab_reach lab_reach_of(const lab_sample *sample, const lab_law_cost *cost);

typedef struct {
    lab_ladder_cell cell;
    double x[LAB_LAW_COLUMNS], y, sd; /* sd of a new run: half of run's width in deviates */
    lab_interval mean, run;
    bool score; /* to be left out of later fits */
} lab_proposed;

typedef struct {
    double before, after; /* standard deviation of the target; after: without those held out */
    int count;
    lab_proposed cells[LAB_PROPOSAL_CELLS]; /* the dearest first */
} lab_proposal;

/* All candidates within reach, a run of each at most as dear as the budget allows. The caller frees
 * *out. */
isize lab_proposal_candidates(lab_ladder_cell **out, const lab_ladder *ladder,
                              const lab_proposal_wish *wish, const lab_reach *reach);
/* Chooses among the candidates that are not left out (left_out [n], NULL: none). study has a fit.
 * LAB_ERR_CONFIG: the target is no parameter of the law, or has no slope at the fit. */
LAB_CHECKED lab_status lab_proposal_make(lab_proposal *out, const lab_study *study,
                                         const lab_law_cost *cost, const lab_proposal_wish *wish,
                                         const lab_ladder_cell *candidates, const bool *left_out,
                                         isize n, lab_error *err);
#endif
