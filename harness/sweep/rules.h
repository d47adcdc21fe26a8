/* sweep/rules.h - derive and where: what is computed in each cell, and which cells are left out.
 *
 * Rules are applied in the order that their names ask for: one that names a key waits for the rule
 * that computes it, one that names a cost for those of every key that the cost depends on. Among
 * those that could be next a where comes first, so that nothing is computed, and the engine asked
 * for nothing, that is not wanted.
 */
#ifndef LAB_RULES_H
#define LAB_RULES_H
#include "sweep/expression.h"

typedef struct {
    lab_expression expression;
    lab_symbol target; /* that it computes; LAB_SYMBOL_NONE: it leaves cells out */
    isize left_out;
} lab_rule;

typedef struct {
    lab_rule *list; /* owned; in the order of their application, once lab_rules_order is through */
    int count, capacity;
    lab_ledger *calculator; /* owned; NULL while there is no rule */
} lab_rules;

LAB_CHECKED lab_status lab_rules_add(lab_rules *rules, const lab_sweep *sweep, lab_symbol target,
                                     lab_expression_text text, lab_error *err);
/* LAB_ERR_CONFIG where some wait for each other. */
LAB_CHECKED lab_status lab_rules_order(lab_rules *rules, const lab_sweep *sweep, lab_error *err);
bool lab_rules_name(const lab_rules *rules, lab_symbol symbol); /* whether one does */
/* Gives the costs of the draft's config. */
typedef struct {
    lab_status (*cost)(void *context, lab_draft *draft, lab_plan *out, lab_error *err);
    void *context;
} lab_costs;
/* Computes what is to be computed; *kept tells whether every where holds. */
LAB_CHECKED lab_status lab_rules_apply(lab_rules *rules, lab_costs costs, lab_draft *draft,
                                       bool *kept, lab_error *err);
/* Moves the counts to the sweep. */
void lab_rules_count(const lab_rules *rules, lab_sweep *sweep);
void lab_rules_finish(lab_rules *rules);
#endif
