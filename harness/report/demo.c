/* The report on a grid of sizes and budgets. */
#include "report/figure.h"

static const lab_figure figures[] = {
    {"What was asked", "asked", lab_render_asked, NULL},
    {"What this stands on", "contents", lab_render_contents, NULL},
    {NULL, "programs", lab_render_programs, NULL},
    {NULL, "data_sets", lab_render_data_sets, NULL},
    {"Runs left out", "excluded", lab_render_excluded, NULL},
    {"Loss curves", "loss_curves", lab_render_loss_curves,
     "Training loss of each logged step (thin) and causal validation loss on held-out images. One "
     "colour a size, one dash a budget; runs that differ in seed alone share both."},
    {"Loss against compute", "loss_by_compute", lab_render_loss_by_compute,
     "One point a finished run. The line is fitted to all runs, not to the lowest loss at each "
     "compute, and the band is that of the mean line: a new run scatters more, and that the true "
     "law has another form is in neither."},
    {NULL, "compute_pairs", lab_render_compute_pairs, NULL},
    {"Accuracy by layer", "accuracy_by_layer", lab_render_accuracy_by_layer,
     "Test top-1 of the head whose learning rate and decay did best on validation images, with "
     "Wilson's 95 % interval of its test images; points are set apart sideways for legibility. "
     "Dashed: the same probes on an untrained trunk of the same width. Dotted: a linear classifier "
     "on raw pixels. Dash-dotted: probes made in another way, as their label says. Taps that "
     "average several blocks are in the table of best layers only."},
    {"Accuracy against loss", "accuracy_by_loss", lab_render_accuracy_by_loss,
     "Best tap of each run, chosen on validation images. Fisher's interval supposes normal "
     "columns: "
     "approximate. The bootstrap draws runs, 2000 times. "
     "Where a few runs share compute as a cause, the plain coefficients are large whatever the "
     "probe sees; the rank-partial one (Spearman's, given compute) takes out what rises or falls "
     "with compute's rank, and nothing else that the runs share."},
    {"Best layer, beside the controls", "best_layers", lab_render_best_layers,
     "Test top-1 in percent, \u00B1 its binomial standard error. Only controls that were probed in "
     "the same way, on the same images, stand beside a trunk. A control is the mean over its "
     "seeds, "
     "with the error of one of them: all saw the same test images, so a mean is hardly surer, and "
     "the luck of the seed is in no error here. The error of a difference takes the two as "
     "independent; they, too, saw the same images, so it is rather too large. Unclear: better, but "
     "within the 95 % interval of the difference."},
    {"All runs", "run_table", lab_render_run_table,
     "Parameters without and with the pixel head; FLOPs of the whole training, counted layer by "
     "layer with attention; wall and CPU time summed over attempts; + marks uncommitted source."},
    {"What this report cannot say", "limits", lab_render_limits, NULL},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_demo = {
    "demo",
    "patchlaw: loss, compute and accuracy",
    "a grid of sizes and budgets: loss curves, power law, probes of every layer, controls",
    figures,
    NULL,
    NULL};
