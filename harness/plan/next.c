#include "plan/next.h"
#include "base/heap.h"
#include "plan/predict.h"
#include "study/review.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- cautions ---- */

static void caution(lab_next *next, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void caution(lab_next *next, const char *format, ...)
{
    char words[512];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(words, sizeof words, format, list);
    va_end(list);
    const isize bytes = (isize)sizeof *next->cautions;
    next->cautions = lab_heap_grow(next->cautions, next->caution_count * bytes,
                                   (next->caution_count + 1) * bytes);
    next->cautions[next->caution_count++] = lab_heap_text(words);
}

static void judge_fit(lab_next *next)
{
    lab_review review;
    lab_study asked = *next->study;
    asked.wish.target = next->budget;
    lab_review_init(&review, &asked);
    for (int i = 0; i < review.count; i++)
        if (review.checks[i].verdict == LAB_CHECK_FAILED)
            caution(next, "%s: %s", review.checks[i].name, review.checks[i].text);
    lab_review_finish(&review);
}

static void judge_reach(lab_next *next)
{
    const lab_optimum *best = &next->at[LAB_NEXT_OWN];
    if (best->n > 10 * next->reach.n.high || best->n < next->reach.n.low / 10)
        caution(next, "N* lies more than a decade outside the rows' N, %.3g to %.3g",
                next->reach.n.low, next->reach.n.high);
    if (next->band[LAB_NEXT_OWN].lost > 0)
        caution(next, "%d of %d draws have no optimum and are in no interval",
                next->band[LAB_NEXT_OWN].lost, next->study->draws.count);
}

static void judge_proposal(lab_next *next)
{
    const lab_plan_rows *rows = &next->rows;
    if (!rows->known)
        caution(next, "no row is a run of this ledger: N is taken as the trunk's parameters, D as "
                      "patches, and the loss as the runs' own");
    if (!next->wish.lr && rows->known && rows->lr_high > rows->lr_low * (1 + 1e-9))
        caution(next,
                "the rows' learning rates go from %g to %g; all planned runs take the base's %s: "
                "--lr gives a rule",
                rows->lr_low, rows->lr_high,
                lab_config_value(&next->ladder.base, LAB_KEY_optim_lr_peak));
    if (next->proposal.count == 0)
        caution(next,
                "no run is proposed: %td candidates lie within %d times of the rows and the "
                "budget, %td of them ended, and %td cost about what a finished run of their size "
                "did; --bold, --sizes or a larger --budget gives others",
                next->candidates, LAB_PROPOSAL_FURTHER, next->ended, next->near);
}

/* ---- what compute costs ---- */

static lab_status find_budget(lab_next *next, lab_ledger *ledger, lab_error *err)
{
    const lab_amount *budget = &next->wish.budget;
    lab_status status = lab_plan_rate_read(&next->rate, ledger, err);
    next->budget = budget->flops;
    if (status != LAB_OK || budget->flops > 0) return status;
    if (!next->rate.runs)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "--budget: no finished run of %s tells how fast this kind of CPU trains; "
                        "give FLOPs, as 1e15, or finish a run first",
                        lab_ledger_path(ledger));
    next->budget = budget->seconds * next->rate.flops_core_s * next->wish.cores;
    return LAB_OK;
}

static lab_status find_factor(lab_next *next, lab_ledger *ledger, lab_error *err)
{
    lab_status status = lab_plan_rows_factor(&next->factor, ledger, &next->study->sample, err);
    next->cost.factor = next->factor.factor;
    if (status != LAB_OK || next->factor.rows) return status;
    return lab_fail(err, LAB_ERR_CONFIG,
                    "what a run of N and D costs is not known: no row is a run of %s with N, D and "
                    "C; --base CONFIG counts it",
                    lab_ledger_path(ledger));
}

static lab_status find_cost(lab_next *next, lab_ledger *ledger, lab_engine *engine, lab_error *err)
{
    const lab_next_wish *wish = &next->wish;
    const lab_plan_rows *rows = &next->rows;
    if (!wish->base) return find_factor(next, ledger, err);
    if (!rows->trunk && !rows->total)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "--base: N and D of the rows are not the parameters and patches of their "
                        "runs, so that no run can be planned for them; without --base the optimum "
                        "alone is told, in their units");
    if (!rows->loss)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "--base: %s of the rows is not the final loss of their runs, so that no "
                        "prediction could be scored; without --base the optimum alone is told",
                        next->study->fit.law->response);
    lab_status status =
        lab_ladder_make(&next->ladder, engine, wish->base, wish->sizes, !rows->trunk, err);
    next->cost.function = lab_plan_price;
    next->cost.context = &next->ladder.prices;
    return status;
}

/* ---- what to run ---- */

static lab_plan_file file_of(const lab_next *next, const char *name, const char *base)
{
    return (lab_plan_file){
        .name = name, .base = base, .lr = next->wish.lr, .seeds = next->wish.wish.seeds};
}

/* Candidates of which a seed has ended are left out. */
static lab_status leave_out(lab_next *next, lab_ledger *ledger, lab_engine *engine,
                            const lab_ladder_cell *candidates, bool *left_out, lab_error *err)
{
    const int seeds = next->wish.wish.seeds;
    const lab_plan_file file = file_of(next, "candidates", next->ladder.path);
    lab_text text = {0};
    lab_index ended = {0};
    lab_sweep sweep = {0};
    lab_plan_file_text(&text, &file, &next->ladder, candidates, next->candidates);
    lab_status status = lab_plan_file_expand(&sweep, &text, engine, err);
    if (status == LAB_OK) status = lab_predict_ended(&ended, ledger, err);
    LAB_ASSERT(status != LAB_OK || sweep.count == next->candidates * seeds);
    for (isize i = 0; status == LAB_OK && i < sweep.count; i++)
        if (lab_index_find(&ended, sweep.cells[i].hash.hex) >= 0) left_out[i / seeds] = true;
    for (isize i = 0; i < next->candidates; i++) next->ended += left_out[i];
    lab_sweep_finish(&sweep);
    lab_index_finish(&ended);
    lab_text_finish(&text);
    return status;
}

/* Nothing is learned from all but the same run again, and its scatter from its seeds alone: those
 * that cost about what a finished run of their size did are left out, too. */
static lab_status leave_out_near(lab_next *next, lab_ledger *ledger,
                                 const lab_ladder_cell *candidates, bool *left_out, lab_error *err)
{
    lab_query *query = NULL;
    bool more = false;
    if (next->wish.wish.seeds > 1) return LAB_OK;
    lab_status status = lab_query_open(&query, ledger, "queries", "plan_near", err);
    if (status == LAB_OK)
        lab_query_bind_text(query, ":data",
                            lab_config_value(&next->ladder.base, LAB_KEY_data_name));
    while (status == LAB_OK && (status = lab_query_step(query, &more, err)) == LAB_OK && more)
        for (isize i = 0; i < next->candidates; i++) {
            const lab_ladder_size *size = &next->ladder.sizes[candidates[i].size];
            const double compute = lab_query_real(query, 3);
            if (left_out[i] || size->width != lab_query_int(query, 0) ||
                size->heads != lab_query_int(query, 1) || size->depth != lab_query_int(query, 2) ||
                !(fabs(candidates[i].compute - compute) <= LAB_NEXT_NEAR * compute))
                continue;
            left_out[i] = true;
            next->near++;
        }
    lab_query_close(&query);
    return status;
}

static lab_status propose(lab_next *next, lab_ledger *ledger, lab_engine *engine, lab_error *err)
{
    lab_ladder_cell *candidates = NULL;
    next->candidates =
        lab_proposal_candidates(&candidates, &next->ladder, &next->wish.wish, &next->reach);
    bool *left_out = lab_heap_take(next->candidates + 1);
    lab_status status = LAB_OK;
    if (next->candidates > 0) status = leave_out(next, ledger, engine, candidates, left_out, err);
    if (status == LAB_OK) status = leave_out_near(next, ledger, candidates, left_out, err);
    if (status == LAB_OK)
        status = lab_proposal_make(&next->proposal, next->study, &next->cost, &next->wish.wish,
                                   candidates, left_out, next->candidates, err);
    if (status == LAB_OK) judge_proposal(next);
    lab_heap_free(left_out);
    lab_heap_free(candidates);
    return status;
}

static lab_status find_optima(lab_next *next, lab_error *err)
{
    const lab_fit *fit = &next->study->fit;
    for (int b = 0; b < LAB_NEXT_BUDGETS; b++) {
        const double budget = next->budget * pow(2, b - LAB_NEXT_OWN);
        if (!lab_optimum_at(&next->at[b], fit->law, fit->theta, &next->cost, budget))
            return lab_fail(
                err, LAB_ERR_CONFIG,
                "this fit has no optimum at %.3g FLOPs, as an exponent of it is 0: more "
                "sizes and lengths are needed first; patchlaw fit %s tells what is known",
                budget, fit->law->name);
        lab_optimum_intervals(&next->band[b], &next->study->draws, &next->cost, budget, 0,
                              next->study->wish.confidence);
    }
    return LAB_OK;
}

lab_status lab_next_make(lab_next **out, const lab_study *study, lab_ledger *ledger,
                         lab_engine *engine, const lab_next_wish *wish, lab_error *err)
{
    lab_next *next = lab_heap_take(sizeof *next);
    LAB_ASSERT(!study->fit.reason && lab_optimum_knows(study->fit.law));
    *out = next;
    next->wish = *wish;
    next->study = study;
    lab_status status = find_budget(next, ledger, err);
    next->wish.wish.budget = next->budget;
    if (!(next->wish.wish.compute > 0)) next->wish.wish.compute = next->budget;
    if (status == LAB_OK) status = lab_plan_rows_read(&next->rows, ledger, &study->sample, err);
    if (status == LAB_OK) status = find_cost(next, ledger, engine, err);
    if (status == LAB_OK) {
        next->reach = lab_reach_of(&study->sample, &next->cost);
        status = find_optima(next, err);
    }
    if (status == LAB_OK) {
        judge_fit(next);
        judge_reach(next);
    }
    if (status == LAB_OK && wish->base) status = propose(next, ledger, engine, err);
    if (status != LAB_OK) lab_next_finish(out);
    return status;
}

void lab_next_finish(lab_next **out)
{
    lab_next *next = *out;
    *out = NULL;
    if (!next) return;
    for (int i = 0; i < next->caution_count; i++) lab_heap_free(next->cautions[i]);
    lab_heap_free(next->cautions);
    lab_heap_free(next);
}

lab_status lab_next_cells(lab_sweep *out, const lab_next *next, lab_engine *engine, lab_error *err)
{
    lab_text text = {0};
    lab_next_text(next, "plan", next->ladder.path, &text);
    lab_status status = lab_plan_file_expand(out, &text, engine, err);
    lab_text_finish(&text);
    return status;
}

/* ---- errors ---- */

typedef struct {
    const lab_next *next;
    double compute;
} spent;

static double least_loss(const void *of, const double *theta)
{
    const spent *at = of;
    lab_optimum best;
    bool known =
        lab_optimum_at(&best, at->next->study->fit.law, theta, &at->next->cost, at->compute);
    return known ? best.loss : (double)NAN;
}

bool lab_next_error(lab_chained *out, const lab_next *next, const lab_study *link, int budget)
{
    const lab_study *study = next->study;
    if (link->fit.reason) return false;
    const lab_chain chain = {.first = &study->draws,
                             .logs = study->data.logs,
                             .theta = study->fit.theta,
                             .link = &link->draws,
                             .link_theta = link->fit.theta};
    lab_chain_at(out, &chain, least_loss, &(spent){next, next->at[budget].compute},
                 study->wish.confidence);
    return true;
}
