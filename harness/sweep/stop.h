/* sweep/stop.h - rules of a sweep that end a run early; it is marked pruned, with the reason.
 *
 *   stop:
 *     - median:    {metric: val/loss_causal, after: 0.3, least: 3, among: [model.width]}
 *     - threshold: {metric: train/loss, above: 2.5, after: 0.1}
 *     - nonfinite: {metric: train/grad_norm}
 *
 * median is the rule of Golovin et al. 2017 (Google Vizier, 3.4.1.2) as Optuna's MedianPruner
 * reads it: a run ends when its best value so far is worse than the median of what the other runs
 * of the sweep had at the same step, once `least` of them (default 3) have come so far. Runs of
 * different sizes do not compare: `among` names the keys in which the others must be equal. `after`
 * is the share of the run's steps before which the rule is silent (default 0). `better: higher`
 * turns the order of median around.
 *
 * The checkpoint of a pruned run is kept; --retry pruned goes on from it, and asks no rule
 * about that attempt. Rules do not belong to a
 * cell's identity: they never change what a run computes, only whether it goes on.
 */
#ifndef LAB_STOP_H
#define LAB_STOP_H
#include "config/key.h"
#include "config/yaml.h"
#include "ledger/ledger.h"

typedef enum { LAB_STOP_MEDIAN, LAB_STOP_THRESHOLD, LAB_STOP_NONFINITE } lab_stop_kind;

typedef struct {
    lab_stop_kind kind;
    char split[32], metric[64];
    double after;        /* share of the steps, 0 to 1 */
    double above, below; /* threshold; NaN: not given */
    int least;           /* median */
    int sign;            /* median: 1 lower is better, -1 higher is */
    lab_text among;      /* median: JSON list of keys */
} lab_stop_rule;

/* Zeroed is empty. */
typedef struct {
    lab_stop_rule *rules; /* owned */
    int count;
} lab_stop;

/* Reads the list under stop:. */
LAB_CHECKED lab_status lab_stop_read(lab_stop *out, lab_node list, lab_error *err);
void lab_stop_finish(lab_stop *stop);
/* Appends to reason why the run should end, by the first rule that says so; steps are those of the
 * whole run. */
LAB_CHECKED lab_status lab_stop_judge(const lab_stop *stop, lab_ledger *ledger, int64_t sweep_id,
                                      int64_t cell_id, int64_t steps, lab_text *reason,
                                      lab_error *err);
#endif
