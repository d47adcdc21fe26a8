#include "check.h"
#include "ledger/internal.h"
#include "report/chart.h"
#include "report/report.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static int holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static lab_ledger *empty_ledger(void)
{
    lab_ledger *ledger = NULL;
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err), LAB_OK);
    return ledger;
}

/* 24 runs of a known surface with a wobble: 4 amounts of data at each of 6 sizes (or at one, where
 * wide is 0), two seeds a setting. */
static lab_laws *laws_of(lab_ledger *ledger, int wide, const char *compute)
{
    lab_text query = {0};
    lab_laws *laws = NULL;
    lab_error err = {""};
    lab_text_add(
        &query,
        "WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < 23), "
        "r AS (SELECT i, 1e6 * pow(3, %d * (i %% 6)) AS N, 1e8 * pow(4, i / 6) AS D FROM g)"
        " SELECT 'r' || i AS run, N, D, %s AS C, i %% 2 AS seed, 's' || (i / 2) AS setting,"
        " 1.7 + 400 * pow(N, -0.34) + 400 * pow(D, -0.28) + 0.002 * sin(i * 5) AS L FROM r",
        wide, compute);
    lab_status status = lab_laws_open(&laws, ledger, lab_text_of(&query), &err);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, LAB_OK);
    lab_text_finish(&query);
    return laws;
}

static void a_page_on_laws_knows_each_of_them(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_laws *laws = laws_of(ledger, 1, "12 * N * D");
    CU_ASSERT_PTR_NULL_FATAL(laws->reason);
    CU_ASSERT_EQUAL(laws->n, 24);
    CU_ASSERT_EQUAL(laws->study->draws.clusters, 12); /* of two seeds */
    check_near("k", laws->factor, 12, 1e-9);
    for (int f = 0; f < LAB_LAWS_FORMS; f++) {
        CU_ASSERT_PTR_NULL(laws->spread.of[f].fit.reason);
        CU_ASSERT(laws->form[f].draws.count > 0);
    }
    check_near("the first form is the surface", laws->spread.of[0].fit.objective,
               laws->study->fit.objective, 1e-12);
    check_near("C a decade on", laws->beyond.compute, 10 * laws->compute_high, 1e9);
    CU_ASSERT_EQUAL(lab_laws_class(laws, 0), 0);
    for (isize i = 0; i < laws->n; i++) {
        const double x[] = {laws->size[i], laws->data[i]};
        double told = lab_law_predict(laws->study->fit.law, laws->study->fit.theta, x);
        check_near("a residual", lab_laws_residual(laws, i), log(laws->loss[i] / told), 1e-12);
        CU_ASSERT(laws->held_one[i].held);
    }
    lab_laws_close(&laws);
    lab_ledger_close(&ledger);
}

static void bands_of_the_best_size_hold_its_line(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_laws *laws = laws_of(ledger, 1, "12 * N * D");
    const double compute = laws->compute_high;
    for (int a = 0; a < LAB_APPROACHES; a++) {
        const lab_approach *by = &laws->review.exponents.by[a];
        lab_interval band = lab_laws_band(laws, (lab_approach_kind)a, false, compute);
        CU_ASSERT_EQUAL(by->reason != NULL, isnan(band.low));
        if (by->reason) continue;
        double best = lab_approach_at(&by->n, compute);
        CU_ASSERT(band.low <= best && best <= band.high);
    }
    lab_laws_close(&laws);
    lab_ledger_close(&ledger);
}

static void compute_that_is_not_told_is_taken_from_the_other_runs(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_laws *laws = laws_of(ledger, 1, "iif(i = 3, NULL, 12 * N * D)");
    CU_ASSERT_EQUAL(laws->untold, 1);
    for (isize i = 0; i < laws->n; i++)
        check_near("C / (N D)", laws->compute[i] / laws->size[i] / laws->data[i], 12, 1e-9);
    lab_laws_close(&laws);
    laws = laws_of(ledger, 1, "NULL");
    CU_ASSERT_EQUAL(laws->untold, 24);
    check_near("k where nobody tells", laws->factor, 6, 0);
    CU_ASSERT_PTR_NOT_NULL(laws->review.exponents.reason);
    lab_laws_close(&laws);
    lab_ledger_close(&ledger);
}

static void runs_of_one_size_have_no_surface(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_laws *laws = laws_of(ledger, 0, "12 * N * D");
    CU_ASSERT_PTR_NOT_NULL_FATAL(laws->reason);
    CU_ASSERT(holds(laws->reason, "same size"));
    CU_ASSERT_PTR_NULL(laws->spread.of[2].fit.reason); /* offset in C */
    CU_ASSERT_EQUAL(laws->budgets.count, 0);
    lab_laws_close(&laws);
    lab_ledger_close(&ledger);
}

static void a_chart_gives_each_series_its_points(void)
{
    lab_chart chart = {0};
    lab_page *page = NULL;
    char label[] = "first";
    lab_page_open(&page, "t", "figures");
    lab_chart_series(&chart, (lab_series){.label = label, .draw = LAB_SVG_POINTS});
    label[0] = 'F'; /* the chart has a copy */
    for (int i = 0; i < 100; i++) lab_chart_point(&chart, i, 2 * i, lab_chart_none());
    lab_chart_series(&chart, (lab_series){.label = label, .draw = LAB_SVG_LINE});
    lab_chart_point(&chart, 1, 5, (lab_interval){4, 6});
    lab_chart_tip(&chart, "point %d", 1);
    lab_chart_put(
        &chart, page, "name",
        &(lab_plot){
            .about = "a", .x = {.label = "x"}, .y = {.label = "y"}, .width = 400, .height = 300});
    CU_ASSERT(holds(lab_page_html(page), "\nfirst,99,198,"));
    CU_ASSERT(holds(lab_page_html(page), "\nFirst,1,5,4,6,point 1"));
    CU_ASSERT_EQUAL(chart.series_count, 0);
    lab_chart_put(&chart, page, "nothing", &(lab_plot){.about = "a"});
    CU_ASSERT(!holds(lab_page_html(page), "data-name=\"nothing\""));
    lab_page_close(&page);
}

static void every_figure_of_a_report_says_so_where_there_are_no_runs(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_page *page = NULL;
    lab_error err = {""};
    isize cells = 0;
    CU_ASSERT_EQUAL_FATAL(
        lab_ledger_script(ledger, "test",
                          "INSERT INTO cell VALUES (1, printf('%064d', 1), 'pretrain', 0, '', "
                          "NULL, 1);",
                          &err),
        LAB_OK);
    lab_report_wish wish = {.name = "scaling", .figures = "figures"};
    CU_ASSERT_EQUAL_FATAL(lab_report_make(&page, &cells, ledger, &wish, &err), LAB_OK);
    CU_ASSERT_EQUAL(cells, 1);
    CU_ASSERT(holds(lab_page_html(page), "No surface is fitted"));
    CU_ASSERT(holds(lab_page_html(page), "not started"));
    CU_ASSERT(!holds(lab_page_html(page), "<svg"));
    lab_page_close(&page);
    wish = (lab_report_wish){.name = "layers", .query = "SELECT 1", .figures = "figures"};
    CU_ASSERT_EQUAL(lab_report_make(&page, &cells, ledger, &wish, &err), LAB_ERR_CONFIG);
    CU_ASSERT(holds(err.text, "takes no query"));
    lab_ledger_close(&ledger);
}

SUITE(laws, {"a page on laws knows each of them", a_page_on_laws_knows_each_of_them},
      {"bands of the best size hold its line", bands_of_the_best_size_hold_its_line},
      {"compute that is not told is taken from the other runs",
       compute_that_is_not_told_is_taken_from_the_other_runs},
      {"runs of one size have no surface", runs_of_one_size_have_no_surface},
      {"a chart gives each series its points", a_chart_gives_each_series_its_points},
      {"every figure of a report says so where there are no runs",
       every_figure_of_a_report_says_so_where_there_are_no_runs})
