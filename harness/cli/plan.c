#include "cli/plan.h"
#include "cli/sections.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what was planned ---- */

static void tell_budget(lab_table *table, const lab_next *next)
{
    const lab_amount *given = &next->wish.budget;
    if (given->flops > 0)
        lab_sections_item(table, "budget", "%.4g FLOPs", next->budget);
    else
        lab_sections_item(table, "budget",
                          "%.4g FLOPs: %s of %d core%s at %.4g FLOPs a second each, as %d finished "
                          "runs on this kind of CPU were",
                          next->budget, lab_short_seconds(given->seconds).text, next->wish.cores,
                          next->wish.cores == 1 ? "" : "s", next->rate.flops_core_s,
                          next->rate.runs);
}

static void tell_cost(lab_table *table, const lab_next *next)
{
    const lab_factor *k = &next->factor;
    if (next->wish.base)
        lab_sections_item(
            table, "FLOPs of a run",
            "as counted of real configs of %d sizes; k in k N D goes from %.3g to %.3g",
            next->ladder.count,
            lab_plan_price(&next->ladder.prices, next->ladder.sizes[0].n, 1) /
                next->ladder.sizes[0].n,
            lab_plan_price(&next->ladder.prices, next->ladder.sizes[next->ladder.count - 1].n, 1) /
                next->ladder.sizes[next->ladder.count - 1].n);
    else
        lab_sections_item(table, "FLOPs of a run",
                          "k N D with k = %.4g, the mean of C / (N D) of %td rows (%.4g to %.4g)",
                          k->factor, k->rows, k->low, k->high);
}

static void tell_proposal(lab_table *table, const lab_next *next)
{
    const lab_proposal *plan = &next->proposal;
    const lab_proposal_wish *wish = &next->wish.wish;
    lab_text target = {0};
    if (strcmp(wish->target, "N") == 0)
        lab_text_add(&target, "log N* at %.4g FLOPs", wish->compute);
    else if (strcmp(wish->target, "loss") == 0)
        lab_text_add(&target, "log L* at %.4g FLOPs", wish->compute);
    else
        lab_text_put(&target, wish->target);
    double compute = 0;
    for (int i = 0; i < plan->count; i++) compute += plan->cells[i].cell.compute * wish->seeds;
    if (plan->count > 0) {
        lab_sections_item(table, "target", "%s: sd %.3g now, %.3g is expected with these runs",
                          lab_text_of(&target), plan->before, plan->after);
        lab_sections_item(table, "runs", "%d, %.4g FLOPs", plan->count * wish->seeds, compute);
    }
    if (next->ended + next->near > 0)
        lab_sections_item(table, "left out",
                          "%td of %td candidates: %td ended, %td cost within %g %% of a finished "
                          "run of their size",
                          next->ended + next->near, next->candidates, next->ended, next->near,
                          100 * LAB_NEXT_NEAR);
    lab_text_finish(&target);
}

static void print_summary(lab_sections *to, const lab_next *next, const lab_plan_form *form)
{
    const lab_study *study = next->study;
    char uuid[33];
    lab_table table = {0};
    lab_study_uuid(study, uuid);
    lab_sections_columns(&table, (const char *const[]){"item", "value", NULL});
    lab_sections_item(&table, "law", "%s", study->fit.law->formula);
    lab_sections_item(&table, "fit", "%.12s to %td runs%s", uuid, study->sample.used,
                      form->stored ? "" : " (not kept)");
    tell_budget(&table, next);
    tell_cost(&table, next);
    tell_proposal(&table, next);
    if (form->file)
        lab_sections_item(&table, "plan", "%s in %s", form->name, form->file);
    else if (next->proposal.count > 0)
        lab_sections_item(&table, "plan",
                          "not written; --out FILE writes it, and what it foretells");
    else if (!next->wish.base)
        lab_sections_item(&table, "plan", "no runs; --base CONFIG proposes some");
    if (form->stored)
        lab_sections_item(&table, "predictions",
                          "%lld made, %lld stood there; %lld of runs that had begun, never scored",
                          (long long)form->stored->made, (long long)form->stored->there,
                          (long long)form->stored->late);
    lab_sections_print(to, "summary", "How to spend compute", &table);
}

static void print_cautions(lab_sections *to, const lab_next *next)
{
    lab_table table = {0};
    lab_table_column(&table, "caution");
    for (int i = 0; i < next->caution_count; i++) lab_table_text(&table, next->cautions[i]);
    lab_sections_print(to, "cautions", "What speaks against it", &table);
}

static void put_interval(lab_table *table, const lab_interval *interval)
{
    lab_sections_real(table, interval->low);
    lab_sections_real(table, interval->high);
}

static void print_optima(lab_sections *to, const lab_next *next)
{
    lab_table table = {0};
    lab_sections_columns(&table,
                         (const char *const[]){"C", "N", "N_low", "N_high", "D", "D_low", "D_high",
                                               "D_per_N", "D_per_N_low", "D_per_N_high", NULL});
    for (int b = 0; b < LAB_NEXT_BUDGETS; b++) {
        const lab_optimum *at = &next->at[b];
        const lab_optimum_band *band = &next->band[b];
        lab_sections_real(&table, at->compute);
        lab_sections_real(&table, at->n);
        put_interval(&table, &band->n);
        lab_sections_real(&table, at->d);
        put_interval(&table, &band->d);
        lab_sections_real(&table, at->ratio);
        put_interval(&table, &band->ratio);
    }
    lab_sections_print(to, "optima", "Best size and data of one run of C FLOPs", &table);
}

static void print_losses(lab_sections *to, const lab_next *next)
{
    lab_table table = {0};
    lab_sections_columns(&table, (const char *const[]){"C", "L", "L_low", "L_high", "half_N",
                                                       "half_N_low", "half_N_high", "twice_N",
                                                       "twice_N_low", "twice_N_high", NULL});
    for (int b = 0; b < LAB_NEXT_BUDGETS; b++) {
        const lab_optimum *at = &next->at[b];
        const lab_optimum_band *band = &next->band[b];
        lab_sections_real(&table, at->compute);
        lab_sections_real(&table, at->loss);
        put_interval(&table, &band->loss);
        lab_sections_real(&table, at->penalty_small);
        put_interval(&table, &band->penalty_small);
        lab_sections_real(&table, at->penalty_large);
        put_interval(&table, &band->penalty_large);
    }
    lab_sections_print(to, "losses",
                       "Its loss, and by how much half or twice that N at the same C is worse",
                       &table);
}

static void print_errors(lab_sections *to, const lab_next *next, const lab_study *link)
{
    lab_table table = {0};
    lab_sections_columns(&table,
                         (const char *const[]){"C", "L", link->fit.law->response, "mean_low",
                                               "mean_high", "run_low", "run_high", NULL});
    for (int b = 0; b < LAB_NEXT_BUDGETS; b++) {
        lab_chained at;
        if (!lab_next_error(&at, next, link, b)) continue;
        lab_sections_real(&table, next->at[b].compute);
        lab_sections_real(&table, at.first);
        lab_sections_real(&table, at.y);
        put_interval(&table, &at.mean);
        put_interval(&table, &at.run);
    }
    lab_sections_print(to, "errors",
                       link->apart ? "Error of its probe, by a link from the loss; its runs are "
                                     "others than the surface's, and drawn apart"
                                   : "Error of its probe, by a link from the loss, whose runs are "
                                     "drawn along with the surface's",
                       &table);
}

static void print_cells(lab_sections *to, const lab_next *next, const lab_sweep *cells)
{
    const int seeds = next->wish.wish.seeds, cores = next->wish.cores;
    const char *const columns[] = {"run",     "width",    "depth", "steps", "seed",     "N",
                                   "D",       "C",        "time",  "L",     "mean_low", "mean_high",
                                   "run_low", "run_high", "role",  NULL};
    lab_table table = {0};
    lab_sections_columns(&table, columns);
    for (isize i = 0; cells && i < cells->count; i++) {
        const lab_proposed *cell = &next->proposal.cells[i / seeds];
        const lab_config *config = &cells->cells[i].config;
        char run[13];
        (void)snprintf(run, sizeof run, "%.12s", cells->cells[i].hash.hex);
        double seconds = cell->cell.compute / next->rate.flops_core_s / cores;
        lab_table_text(&table, run);
        lab_table_int(&table, lab_config_int(config, LAB_KEY_model_width));
        lab_table_int(&table, lab_config_int(config, LAB_KEY_model_depth));
        lab_table_int(&table, lab_config_int(config, LAB_KEY_optim_steps));
        lab_table_int(&table, lab_config_int(config, LAB_KEY_seed));
        lab_sections_real(&table, cell->cell.n);
        lab_sections_real(&table, cell->cell.d);
        lab_sections_real(&table, cell->cell.compute);
        if (next->rate.runs)
            lab_table_number(&table, seconds, lab_short_seconds(seconds).text);
        else
            lab_table_null(&table);
        lab_sections_real(&table, cell->y);
        put_interval(&table, &cell->mean);
        put_interval(&table, &cell->run);
        lab_table_text(&table, cell->score ? "score" : "fit");
    }
    lab_sections_print(
        to, "cells", "Next runs, and the losses that are expected (score: to be held out)", &table);
}

void lab_plan_print(const lab_next *next, const lab_plan_form *form)
{
    lab_sections to = {.form = form->form, .csv = "optima"};
    print_summary(&to, next, form);
    print_cautions(&to, next);
    print_optima(&to, next);
    print_losses(&to, next);
    if (form->link) print_errors(&to, next, form->link);
    if (next->wish.base) print_cells(&to, next, form->cells);
    lab_sections_end(&to);
}

/* ---- how it came out ---- */

static void put_share(lab_table *table, double hits, double n, double confidence)
{
    lab_interval interval = {(double)NAN, (double)NAN};
    if (n > 0) interval = lab_proportion_interval(hits / n, n, confidence);
    lab_sections_real(table, n > 0 ? hits / n : (double)NAN);
    lab_sections_real(table, interval.low);
    lab_sections_real(table, interval.high);
}

static void put_score(lab_table *table, const lab_query *row)
{
    static const char *const counts[] = {"predictions", "too_late", "superseded", "waiting", "n"};
    static const char *const reals[] = {"bias_pct", "error_pct", "z_mean", "z_sd", "confidence"};
    double n = (double)lab_query_int(row, lab_query_column(row, "n"));
    lab_table_text(table, lab_query_text(row, 0));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        lab_table_int(table, lab_query_int(row, lab_query_column(row, counts[i])));
    put_share(table, (double)lab_query_int(row, lab_query_column(row, "inside_run")), n, 0.95);
    put_share(table, (double)lab_query_int(row, lab_query_column(row, "inside_mean")), n, 0.95);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        lab_sections_real(table, lab_query_real(row, lab_query_column(row, reals[i])));
}

lab_status lab_plan_score(lab_ledger *ledger, const char *name, lab_form form, lab_error *err)
{
    static const char *const columns[] = {"plan",        "predictions",     "too_late",
                                          "superseded",  "waiting",         "n",
                                          "inside_run",  "inside_low",      "inside_high",
                                          "inside_mean", "inside_mean_low", "inside_mean_high",
                                          "bias_pct",    "error_pct",       "z_mean",
                                          "z_sd",        "confidence",      NULL};
    lab_query *query = NULL;
    lab_table table = {0};
    bool more = false;
    lab_sections_columns(&table, columns);
    lab_status status = lab_query_open(&query, ledger, "queries", "plan_score", err);
    if (status == LAB_OK) lab_query_bind_text(query, ":plan", name);
    while (status == LAB_OK && (status = lab_query_step(query, &more, err)) == LAB_OK && more)
        put_score(&table, query);
    lab_query_close(&query);
    if (status == LAB_OK && table.count == 0)
        status = lab_fail(err, LAB_ERR_MISSING,
                          "%s holds no prediction of %s%.80s; patchlaw plan --out FILE makes them, "
                          "and patchlaw sql 'SELECT * FROM predictions' lists them",
                          lab_ledger_path(ledger), name ? "plan " : "any plan", name ? name : "");
    if (status == LAB_OK) lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
    return status;
}
