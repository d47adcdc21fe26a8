/* The sentences of a planned sweep: what it asks, what was foretold, and when the law is wrong. */
#include "plan/next.h"
#include <math.h>
#include <string.h>

/* The least k with P(X <= k) >= 5 % for X of a binomial law: fewer hits speak against share. */
static int least_hits(int n, double share)
{
    double sum = 0, choose = 1;
    for (int k = 0; k <= n; k++) {
        sum += choose * pow(share, k) * pow(1 - share, n - k);
        if (sum >= 0.05) return k;
        choose *= (double)(n - k) / (k + 1);
    }
    return n;
}

static void add_target(const lab_next *next, lab_text *text)
{
    const lab_proposal_wish *wish = &next->wish.wish;
    if (strcmp(wish->target, "N") == 0)
        lab_text_add(text, "the best size of a trunk at %.3g FLOPs", wish->compute);
    else if (strcmp(wish->target, "loss") == 0)
        lab_text_add(text, "the least loss at %.3g FLOPs", wish->compute);
    else
        lab_text_add(text, "%s of %s", wish->target, next->study->fit.law->formula);
}

static void add_prediction(const lab_next *next, lab_text *text)
{
    const lab_proposal *plan = &next->proposal;
    const lab_optimum *best = &next->at[LAB_NEXT_OWN];
    const lab_optimum_band *band = &next->band[LAB_NEXT_OWN];
    lab_text_add(text,
                 "%.4g FLOPs are best spent on N = %.4g (%.4g to %.4g) and D = %.4g, which "
                 "reaches a loss of %.4g (%.4g to %.4g). ",
                 next->budget, best->n, band->n.low, band->n.high, best->d, best->loss,
                 band->loss.low, band->loss.high);
    lab_text_put(text, "Final losses of these runs, each with the interval of a new run:");
    for (int i = 0; i < plan->count; i++) {
        const lab_proposed *cell = &plan->cells[i];
        const lab_ladder_size *size = &next->ladder.sizes[cell->cell.size];
        lab_text_add(text, "%s width %d, %lld steps: %.4g (%.4g to %.4g)", i ? ";" : "",
                     size->width, (long long)cell->cell.steps, cell->y, cell->run.low,
                     cell->run.high);
    }
    lab_text_put(text, ".");
}

void lab_next_text(const lab_next *next, const char *name, const char *base, lab_text *text)
{
    const lab_proposal *plan = &next->proposal;
    const int runs = plan->count * next->wish.wish.seeds;
    const double confidence = next->study->wish.confidence;
    lab_text about = {0}, question = {0}, prediction = {0}, decide = {0};
    lab_ladder_cell cells[LAB_PROPOSAL_CELLS];
    double compute = 0;
    for (int i = 0; i < plan->count; i++) {
        cells[i] = plan->cells[i].cell;
        compute += cells[i].compute * next->wish.wish.seeds;
    }
    lab_text_add(&about,
                 "%s - planned by patchlaw plan: %d runs, %.4g FLOPs. Their losses are "
                 "foretold in the ledger; patchlaw plan --score %s tells how that went.",
                 name, runs, compute, name);
    lab_text_put(&question, "What is ");
    add_target(next, &question);
    lab_text_add(&question, ", and does %s, fitted to %td runs, foretell new ones?",
                 next->study->fit.law->formula, next->study->sample.used);
    add_prediction(next, &prediction);
    lab_text_add(
        &decide,
        "If fewer than %d of the %d losses lie in their %.4g %% intervals of a new run, the "
        "law does not hold this far and nothing is to be planned from it.",
        least_hits(runs, confidence), runs, 100 * confidence);
    lab_text_put(&decide, " Runs that are held out for scoring stay out of the next fit.");
    const lab_plan_file file = {.name = name,
                                .about = lab_text_of(&about),
                                .question = lab_text_of(&question),
                                .prediction = lab_text_of(&prediction),
                                .decide = lab_text_of(&decide),
                                .base = base,
                                .lr = next->wish.lr,
                                .seeds = next->wish.wish.seeds};
    lab_plan_file_text(text, &file, &next->ladder, cells, plan->count);
    lab_text_finish(&about);
    lab_text_finish(&question);
    lab_text_finish(&prediction);
    lab_text_finish(&decide);
}
