/* Final loss against compute, with a power law. */
#include "base/heap.h"
#include "report/figure.h"
#include "stats/power_law.h"
#include <math.h>

enum { BAND_POINTS = 65, FEW_POINTS = 8 };
static const double CONFIDENCE = 0.95, DECADES_MIN = 1.5;

typedef struct {
    isize count;
    double *compute, *loss; /* [count] */
    lab_text *tips;         /* [count] */
    lab_power_law law;
} sample;

static void sample_init(sample *s, const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    s->count = lab_rows_count(rows);
    s->compute = lab_heap_take(s->count * (isize)sizeof *s->compute);
    s->loss = lab_heap_take(s->count * (isize)sizeof *s->loss);
    s->tips = lab_heap_take(s->count * (isize)sizeof *s->tips);
    for (isize i = 0; i < s->count; i++) {
        const char *run = lab_rows_text(rows, i, "run");
        s->compute[i] = lab_rows_real(rows, i, "C");
        s->loss[i] = lab_rows_real(rows, i, "L");
        lab_text_add(&s->tips[i], "%s, seed %td, run %s: loss %.4f at %.3g FLOPs",
                     lab_look_of(scene->styles, run).label, lab_rows_int(rows, i, "seed"), run,
                     s->loss[i], s->compute[i]);
    }
    lab_power_law_fit(&s->law, s->compute, s->loss, s->count, CONFIDENCE);
}

static void sample_finish(sample *s)
{
    for (isize i = 0; i < s->count; i++) lab_text_finish(&s->tips[i]);
    lab_heap_free(s->compute);
    lab_heap_free(s->loss);
    lab_heap_free(s->tips);
}

static void draw(const lab_scene *scene, const sample *s)
{
    lab_point line[BAND_POINTS];
    lab_series *series = lab_heap_take((s->count + 1) * (isize)sizeof *series);
    lab_point *points = lab_heap_take(s->count * (isize)sizeof *points);
    int used = 0;
    if (!s->law.reason) {
        double low = s->compute[0], high = s->compute[s->count - 1]; /* the query sorts by C */
        for (int i = 0; i < BAND_POINTS; i++) {
            lab_interval band;
            double x = low * pow(high / low, i / (double)(BAND_POINTS - 1));
            double y = lab_power_law_at(&s->law, x, &band);
            line[i] = (lab_point){x, y, band.low, band.high, NULL};
        }
        series[used++] = (lab_series){.label = "power law, 95 % band of the mean line",
                                      .draw = LAB_SVG_LINE | LAB_SVG_BAND,
                                      .hue = -1,
                                      .points = line,
                                      .count = BAND_POINTS};
    }
    for (isize i = 0; i < s->count; i++) {
        lab_look look = lab_look_of(scene->styles, lab_rows_text(scene->rows, i, "run"));
        points[i] = (lab_point){s->compute[i], s->loss[i], (double)NAN, (double)NAN,
                                lab_text_of(&s->tips[i])};
        series[used++] = (lab_series){.label = look.label,
                                      .draw = LAB_SVG_POINTS,
                                      .hue = look.hue,
                                      .shape = look.shape,
                                      .points = &points[i],
                                      .count = 1};
    }
    lab_plot plot = {.about = "Final validation loss against training FLOPs, both logarithmic, "
                              "with the fitted power law and its band.",
                     .x = {.label = "training FLOPs, counted layer by layer", .log = true},
                     .y = {.label = "final validation loss (causal)", .log = true},
                     .series = series,
                     .series_count = used,
                     .width = 960,
                     .height = 440};
    lab_page_plot(scene->page, "loss-by-compute", &plot);
    lab_heap_free(series);
    lab_heap_free(points);
}

static void report_law(const lab_scene *scene, const sample *s)
{
    const lab_power_law *law = &s->law;
    lab_page *page = scene->page;
    if (law->reason) {
        lab_page_warning(page, "No power law is fitted: %s (n = %td).", law->reason, law->n);
        return;
    }
    lab_page_item(page, "Law", "L = a C^b, least squares in log L over all %td runs", law->n);
    lab_page_item(page, "Exponent b",
                  "%.4f, 95 %% interval %.4f to %.4f, standard error %.4f (n = %td)", law->b,
                  law->b_interval.low, law->b_interval.high, law->b_se, law->n);
    lab_page_item(page, "Factor a", "%.4g at C = 1, far outside the data", law->a);
    if (isnan(law->r2))
        lab_page_item(page, "Fit", "all losses are equal");
    else
        lab_page_item(page, "Fit",
                      "r2 %.4f; residuals %.2f %% of the loss (standard deviation, "
                      "%td degrees of freedom)",
                      law->r2, 100 * law->residual_sd, law->n - 2);
    lab_page_item(page, "Range", "%.2f decades of compute", law->decades);
    lab_page_finding(page,
                     "Loss goes as compute to the power %.3f (95 %% interval %.3f to %.3f, "
                     "n = %td, %.2f decades).",
                     law->b, law->b_interval.low, law->b_interval.high, law->n, law->decades);
    if (law->decades < DECADES_MIN || law->n < FEW_POINTS)
        lab_page_warning(page,
                         "The fit rests on n = %td runs over %.2f decades of compute: read "
                         "it as a description of these runs, not as a law.",
                         law->n, law->decades);
    if (law->b_interval.high >= 0 && law->b_interval.low <= 0)
        lab_page_warning(page, "The interval of the exponent holds 0: these runs do not show that "
                               "loss changes with compute.");
}

void lab_render_loss_by_compute(const lab_scene *scene)
{
    if (lab_rows_count(scene->rows) == 0) {
        lab_page_text(scene->page, "No pre-training run has finished with a finite loss.");
        return;
    }
    sample s = {0};
    sample_init(&s, scene);
    draw(scene, &s);
    report_law(scene, &s);
    sample_finish(&s);
}

void lab_render_compute_pairs(const lab_scene *scene)
{
    isize pairs = lab_rows_int(scene->rows, 0, "pairs");
    if (pairs > 0)
        lab_page_finding(scene->page,
                         "In %td of %td pairs of runs that differ in width or in steps alone, the "
                         "one that cost more has the lower loss.",
                         lab_rows_int(scene->rows, 0, "better"), pairs);
}
