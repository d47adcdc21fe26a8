/* report/figure.h - a report is a list of queries, each with the function that shows its rows.
 *
 * To add a figure: write sql/reports/NAME.sql, a renderer, and a line in a list (demo.c).
 */
#ifndef LAB_FIGURE_H
#define LAB_FIGURE_H
#include "report/laws.h"
#include "report/page.h"
#include "report/rows.h"
#include "study/way.h"

typedef struct {
    lab_page *page;
    const lab_rows *rows;   /* of the figure's query; NULL: it shows laws */
    const lab_rows *styles; /* run_styles: names and colours of runs */
    const lab_rows *probes; /* probe_styles: what varies between probes */
    const lab_laws *laws;   /* of a report on laws, else NULL */
    const char *ledger;     /* its path: runs' folders lie beside it */
} lab_scene;

typedef struct {
    const char *heading; /* NULL: goes on under the last one */
    const char *query;   /* of sql/reports; NULL: the figure shows laws */
    void (*render)(const lab_scene *scene);
    const char *caption; /* under the figure; NULL for none */
} lab_figure;

typedef struct {
    const char *name, *title, *about;
    const lab_figure *figures; /* the last has render NULL */
    const char *contents;      /* of sql/reports: what it stands on, in cells; NULL: contents */
    const char *empty;         /* what the page says where that is 0; NULL: of runs */
} lab_report;

extern const lab_report lab_report_data;
extern const lab_report lab_report_demo;
extern const lab_report lab_report_layers;
extern const lab_report lab_report_downstream;
extern const lab_report lab_report_ablation;
extern const lab_report lab_report_scaling;
extern const lab_report lab_report_calibration;
extern const lab_report lab_report_sequence;

/* Renderers: tables.c, facts.c, curves.c, scaling.c, probes.c, correlate.c, layers.c, downstream.c,
 * ways.c, ablation.c. Each copes with no rows and says so. */
void lab_render_table(
    const lab_scene *scene); /* the rows as they are, under their columns' names */
void lab_render_asked(const lab_scene *scene);
void lab_render_contents(const lab_scene *scene);
void lab_render_programs(const lab_scene *scene);
void lab_render_data_sets(const lab_scene *scene);
void lab_render_excluded(const lab_scene *scene);
void lab_render_run_table(const lab_scene *scene);
void lab_render_limits(const lab_scene *scene);
void lab_render_loss_curves(const lab_scene *scene);
void lab_render_loss_by_compute(const lab_scene *scene);
void lab_render_compute_pairs(const lab_scene *scene);
void lab_render_accuracy_by_layer(const lab_scene *scene);
void lab_render_accuracy_by_loss(const lab_scene *scene);
void lab_render_best_layers(const lab_scene *scene);
void lab_render_contrasts(const lab_scene *scene);
void lab_render_paper_effects(const lab_scene *scene);
void lab_render_best_blocks(const lab_scene *scene);
void lab_render_attentive_linear(const lab_scene *scene);
void lab_render_mean_last(const lab_scene *scene);
void lab_render_downstream(const lab_scene *scene);
void lab_render_ways(const lab_scene *scene);
void lab_render_chunk_losses(const lab_scene *scene);
void lab_render_pictures(const lab_scene *scene);

bool lab_row_is(const lab_rows *rows, isize row, const char *column, const char *text);
/* Whether two rows are of one kind of head, setting of the probe and data: only those compare. */
bool lab_alike(const lab_rows *rows, isize a, isize b);
const lab_way *lab_row_way(const lab_rows *rows, isize row); /* of its kind */
/* What tells the probe of a row (its probe_run) from others in the report, or "". */
const char *lab_probe_how(const lab_scene *scene, isize row);
/* The probes of a row in words: kind of head, data where they vary, how they were made where that
 * varies. Takes the place of what out holds. */
void lab_name_probes(lab_text *out, const lab_scene *scene, isize row, const char *kind);
/* A share of that many images at x, in percent, with Wilson's 95 % interval. */
lab_point lab_accuracy_point(double x, double share, double images);

void lab_render_metrics(const lab_scene *scene);
void lab_render_best_layer_by_size(const lab_scene *scene);
void lab_render_learning_rates(const lab_scene *scene);

/* Those of laws: law_*.c. Each copes with too few runs and says so. */
void lab_render_law_runs(const lab_scene *scene);
void lab_render_law_loss(const lab_scene *scene);
void lab_render_law_forms(const lab_scene *scene);
void lab_render_law_parameters(const lab_scene *scene);
void lab_render_law_profiles(const lab_scene *scene);
void lab_render_law_pairs(const lab_scene *scene);
void lab_render_law_exponents(const lab_scene *scene);
void lab_render_law_allocation(const lab_scene *scene);
void lab_render_law_isoflop(const lab_scene *scene);
void lab_render_law_contours(const lab_scene *scene);
void lab_render_law_optimum(const lab_scene *scene);
void lab_render_law_reducible(const lab_scene *scene);
void lab_render_law_residuals(const lab_scene *scene);
void lab_render_law_holdout(const lab_scene *scene);
void lab_render_law_seeds(const lab_scene *scene);
void lab_render_law_checks(const lab_scene *scene);
void lab_render_law_limits(const lab_scene *scene);

/* Look of a run: label and hue and shape; a run without a style is its own label in grey. */
typedef struct {
    const char *label; /* borrowed */
    int hue, shape;
} lab_look;
lab_look lab_look_of(const lab_rows *styles, const char *run);

/* Reads as "12.3 ± 0.4", both times 100. */
lab_short lab_percent(double share, double error);
/* Reads as "0.31 to 0.36", or "none". */
lab_short lab_span(lab_interval interval);
#endif
