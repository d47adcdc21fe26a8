/* plan/predict.h - predictions in the ledger, written before the runs that they speak of. */
#ifndef LAB_PREDICT_H
#define LAB_PREDICT_H
#include "base/index.h"
#include "plan/proposal.h"

/* Hashes of pre-training cells that ended: done, diverged, pruned. */
LAB_CHECKED lab_status lab_predict_ended(lab_index *ended, lab_ledger *ledger, lab_error *err);

typedef struct {
    int64_t made, there; /* new predictions, and those that stood there */
    int64_t late;        /* of the plan, of runs that had begun: they are never scored */
} lab_predicted;

/* Writes one prediction a cell of the sweep, in one transaction. The cells are those of the
 * proposal in its order, seeds varying fastest. A prediction is known by plan, config and fit; one
 * that is there keeps its time. fit_id is the row of the study's fit. */
LAB_CHECKED lab_status lab_predict_keep(lab_predicted *out, lab_ledger *ledger,
                                        const lab_study *study, int64_t fit_id, const char *plan,
                                        const lab_proposal *proposal, const lab_sweep *sweep,
                                        lab_error *err);
#endif
