#include "plan/proposal.h"
#include "base/heap.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The cheapest candidate costs at least this share of the dearest, and of a fair share of the
 * budget: the cheapest run is nearly always worth the most for its FLOPs, but it is the budget that
 * is to be spent, and short runs tell of short runs. */
static const double CHEAPEST = 1.0 / 16, FAIR = 0.5;

static void widen(lab_interval *range, double value)
{
    if (!(value > 0) || !isfinite(value)) return;
    range->low = isnan(range->low) ? value : fmin(range->low, value);
    range->high = isnan(range->high) ? value : fmax(range->high, value);
}

lab_reach lab_reach_of(const lab_sample *sample, const lab_law_cost *cost)
{
    const lab_interval none = {(double)NAN, (double)NAN};
    lab_reach reach = {none, none, none};
    for (isize i = 0; i < sample->used; i++) {
        const lab_sample_row *row = &sample->rows[i];
        double n = 0, d = 0;
        lab_plan_place(row, sample->law, cost, &n, &d);
        widen(&reach.n, n);
        widen(&reach.d, d);
        widen(&reach.compute, row->compute > 0 ? row->compute : lab_law_cost_of(cost, n, d));
    }
    return reach;
}

/* ---- candidates ---- */

static bool within(double value, const lab_interval *range)
{
    return value >= range->low / LAB_PROPOSAL_FURTHER &&
           value <= range->high * LAB_PROPOSAL_FURTHER;
}

isize lab_proposal_candidates(lab_ladder_cell **out, const lab_ladder *ladder,
                              const lab_proposal_wish *wish, const lab_reach *reach)
{
    double dearest = wish->budget / wish->seeds;
    if (!wish->bold) dearest = fmin(dearest, LAB_PROPOSAL_FURTHER * reach->compute.high);
    const double fair = FAIR * fmin(wish->budget / wish->seeds / wish->cells, dearest);
    const double least = fmax(fmax(dearest * CHEAPEST, fair), fmin(reach->compute.low, dearest));
    isize count = 0;
    enum { LENGTHS = 9 }; /* 2^(-8/2) is CHEAPEST */
    lab_ladder_cell *cells = lab_heap_take(ladder->count * LENGTHS * (isize)sizeof *cells);
    for (int s = 0; s < ladder->count; s++) {
        int64_t last = 0;
        for (int l = 0; l < LENGTHS; l++) {
            double compute = dearest * pow(2, -l / 2.0),
                   steps = floor(compute / ladder->sizes[s].flops_step);
            if (compute < least * (1 - 1e-9) || steps < 1 || (int64_t)steps == last) continue;
            last = (int64_t)steps;
            lab_ladder_cell cell = lab_ladder_at(ladder, s, last);
            if (!wish->bold && !(within(cell.n, &reach->n) && within(cell.d, &reach->d))) continue;
            cells[count++] = cell;
        }
    }
    *out = cells;
    return count;
}

/* ---- targets ---- */

typedef struct {
    const lab_law *law;
    const lab_law_cost *cost;
    double compute;
    int parameter; /* -1: of the optimum */
    bool loss;
} aim;

static double value_of(const void *of, const double *theta)
{
    const aim *at = of;
    lab_optimum best;
    if (at->parameter >= 0) return lab_law_value(at->law, at->parameter, theta[at->parameter]);
    if (!lab_optimum_at(&best, at->law, theta, at->cost, at->compute)) return (double)NAN;
    return log(at->loss ? best.loss : best.n);
}

static lab_status find_aim(aim *out, const lab_study *study, const lab_law_cost *cost,
                           const lab_proposal_wish *wish, lab_error *err)
{
    *out = (aim){.law = study->fit.law,
                 .cost = cost,
                 .compute = wish->compute,
                 .parameter = -1,
                 .loss = strcmp(wish->target, "loss") == 0};
    if (out->loss || strcmp(wish->target, "N") == 0) return LAB_OK;
    out->parameter = lab_law_parameter_find(out->law, wish->target);
    if (out->parameter >= 0) return LAB_OK;
    lab_text names = {0};
    for (int p = 0; p < out->law->parameters; p++)
        lab_text_add(&names, ", %s", out->law->parameter[p].name);
    lab_status status = lab_fail(err, LAB_ERR_CONFIG, "--target: '%.40s' is none of N, loss%s",
                                 wish->target, lab_text_of(&names));
    lab_text_finish(&names);
    return status;
}

/* ---- what is chosen ---- */

static int dearest_first(const void *a, const void *b)
{
    const lab_proposed *left = a, *right = b;
    double x = left->cell.compute, y = right->cell.compute;
    if (x != y) return (x < y) - (x > y);
    return (left->cell.size < right->cell.size) - (left->cell.size > right->cell.size);
}

static int decade_of(double compute)
{
    return (int)floor(log10(compute));
}

/* In the order in which they were chosen. */
static void hold_out(lab_proposal *out)
{
    for (int i = 1; i < out->count; i++) {
        int earlier = 0, later = 0, decade = decade_of(out->cells[i].cell.compute);
        for (int j = 0; j < out->count; j++)
            if (j != i && decade_of(out->cells[j].cell.compute) == decade)
                *(j < i ? &earlier : &later) += 1;
        out->cells[i].score = earlier > 0 && later == 0;
    }
}

static void foretell(lab_proposed *cell, const lab_study *study)
{
    const double confidence = study->wish.confidence;
    cell->y = lab_law_predict(study->fit.law, study->fit.theta, cell->x);
    cell->mean = lab_draws_mean(&study->draws, cell->x, confidence);
    cell->run = lab_draws_run(&study->draws, cell->x, study->data.logs, confidence);
    cell->sd = (cell->run.high - cell->run.low) / (2 * lab_normal_quantile((1 + confidence) / 2));
}

lab_status lab_proposal_make(lab_proposal *out, const lab_study *study, const lab_law_cost *cost,
                             const lab_proposal_wish *wish, const lab_ladder_cell *candidates,
                             const bool *left_out, isize n, lab_error *err)
{
    const lab_law *law = study->fit.law;
    lab_design design;
    aim at;
    isize chosen[LAB_PROPOSAL_CELLS], free_count = 0;
    *out = (lab_proposal){.count = 0};
    lab_status status = find_aim(&at, study, cost, wish, err);
    if (status != LAB_OK) return status;
    lab_design_init(&design, &study->fit, &study->draws, study->data.logs);
    if (!lab_design_aim(&design, value_of, &at))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "--target %s: has no slope at this fit, which has no optimum near it; "
                        "patchlaw fit %s tells what is not known",
                        wish->target, law->name);
    out->before = sqrt(lab_design_variance(&design));
    lab_design_candidate *open = lab_heap_take(n * (isize)sizeof *open);
    isize *place = lab_heap_take(n * (isize)sizeof *place);
    for (isize i = 0; i < n; i++) {
        const lab_ladder_cell *cell = &candidates[i];
        if (left_out && left_out[i]) continue;
        open[free_count].cost = cell->compute * wish->seeds;
        lab_plan_columns(law, cell->n, cell->d, cell->compute, open[free_count].x);
        place[free_count++] = i;
    }
    const lab_design fresh = design;
    const lab_design_limit limit = {.budget = wish->budget,
                                    .count = wish->cells < LAB_PROPOSAL_CELLS ? wish->cells
                                                                              : LAB_PROPOSAL_CELLS,
                                    .runs = wish->seeds};
    out->count = lab_design_choose(&design, open, free_count, &limit, chosen);
    for (int i = 0; i < out->count; i++) {
        out->cells[i].cell = candidates[place[chosen[i]]];
        memcpy(out->cells[i].x, open[chosen[i]].x, sizeof out->cells[i].x);
        foretell(&out->cells[i], study);
    }
    hold_out(out);
    design = fresh;
    for (int i = 0; i < out->count; i++) {
        double slope[LAB_LAW_PARAMETERS];
        if (out->cells[i].score) continue;
        lab_design_slope(&design, out->cells[i].x, slope);
        lab_design_take(&design, slope, wish->seeds);
    }
    out->after = sqrt(lab_design_variance(&design));
    qsort(out->cells, (size_t)out->count, sizeof *out->cells, dearest_first);
    lab_heap_free(place);
    lab_heap_free(open);
    return LAB_OK;
}
