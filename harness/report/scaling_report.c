/* The report on scaling laws. */
#include "report/figure.h"

static const lab_figure figures[] = {
    {"Runs", NULL, lab_render_law_runs, NULL},
    {NULL, "excluded", lab_render_excluded, NULL},
    {"Checks", NULL, lab_render_law_checks,
     "What would make a fit worth nothing, failed ones first. Extrapolation is judged at 10 times "
     "the largest compute."},
    {"Loss against compute", NULL, lab_render_law_loss,
     "One marker a run, coloured by size. Black: the surface at its best N and D for each compute; "
     "the band is the 95 % interval of that mean curve, the dashes hold 95 % of new runs there, "
     "and "
     "that the law has another form is in neither. Fine dashes: the lowest loss so far, from left "
     "to right."},
    {"Forms", NULL, lab_render_law_forms,
     "Reached: share of the starts that end at the best objective. Basins: minima within 1 % of "
     "it; "
     "where there are several, what differs between them is not known. AICc, BIC and weight "
     "suppose "
     "normal residuals; the error of one left out supposes nothing. L a decade on: of the form at "
     "10 "
     "times the largest compute, at the surface's best N and D."},
    {"Parameters", NULL, lab_render_law_parameters,
     "SE: standard deviation over the draws, 1000 of the surface, 200 of each other form; 95 %: "
     "their percentiles. A form in one column alone "
     "has "
     "an interval, too, though runs that differ in other columns bend it."},
    {"Profiles", NULL, lab_render_law_profiles,
     "The best objective for each value of one parameter, all others refitted. The interval ends "
     "where it crosses the dashed threshold. A side that never crosses is open: nothing in these "
     "runs speaks against values there."},
    {"Parameters together", NULL, lab_render_law_pairs,
     "Draws of the bootstrap (hollow) and the fit. A narrow slope: only a combination of the two "
     "is "
     "known."},
    {"Exponents", NULL, lab_render_law_exponents,
     "N* ~ C^a and D* ~ C^b, as Hoffmann et al. (arXiv:2203.15556) found them: 1, the run of least "
     "loss in each bin of compute; 2, the vertex of a parabola through each budget; 3, of the "
     "surface. Intervals are of the mean line, by a bootstrap of runs."},
    {NULL, NULL, lab_render_law_allocation,
     "Lines and 95 % bands of each approach (of the line, not of a new run), drawn on for a decade "
     "beyond the largest run."},
    {"Budgets", NULL, lab_render_law_isoflop,
     "A vertex far from the centre of the sizes tried leans on the parabola's shape, which the "
     "surface does not have."},
    {"Surface", NULL, lab_render_law_contours,
     "Each line joins N and D of equal fitted loss, which stands at its end."},
    {"Best N and D of a budget", NULL, lab_render_law_optimum,
     "Of the surface, with C = k N D, and 95 % intervals of the mean. Half N and twice N: what the "
     "loss is higher by with the wrong size at the same compute."},
    {"Reducible loss", NULL, lab_render_law_reducible, NULL},
    {"Residuals", NULL, lab_render_law_residuals,
     "Percent of the loss, above 0 where a run is worse than the surface says. No trend should be "
     "left: an interval of Spearman's coefficient (bootstrap of runs, 2000 draws) that does not "
     "hold "
     "0 is marked."},
    {"Runs left out", NULL, lab_render_law_holdout,
     "Error: predicted over measured, less 1. The interval is that of a new run from the refit's "
     "own "
     "bootstrap, of 60 draws; far fewer than 95 % of runs inside it mean that it promises too "
     "much."},
    {"Loss and metric", "law_metrics", lab_render_metrics,
     "One row for each metric, data set and way of probing, which do not compare. Errors: 1 - "
     "top-1 "
     "of the tap that is best on validation images, or an imported metric named *err* as it is and "
     "*acc* or *top1* as 1 less it. Given C, given N: what is left with the effect of log C, or of "
     "log N, taken out; of ranks, and linear, which a bent relation misleads even in sign. 95 %: "
     "bootstrap of runs."},
    {"Best layer and size", "law_best_layers", lab_render_best_layer_by_size,
     "Place of the best block, chosen on validation images: 0 the first, 1 the last. Taps that "
     "average several blocks have no place and are left out."},
    {"Seeds", NULL, lab_render_law_seeds, NULL},
    {"Learning rates", "law_rates", lab_render_learning_rates,
     "Settings that were tried with several peak rates. The best one at an edge of those tried may "
     "not be the best: the size is not tuned, and its loss bends the law."},
    {"What this report cannot say", NULL, lab_render_law_limits, NULL},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_scaling = {
    "scaling",
    "patchlaw: scaling laws",
    "laws of loss over size, data and compute: forms, intervals, checks, optimum, held-out runs",
    figures,
    NULL,
    NULL};
