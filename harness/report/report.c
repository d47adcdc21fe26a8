#include "report/report.h"
#include "base/nearest.h"
#include "report/figure.h"
#include <string.h>

static const lab_report *const reports[] = {
    &lab_report_demo,     &lab_report_layers,      &lab_report_downstream, &lab_report_scaling,
    &lab_report_ablation, &lab_report_calibration, &lab_report_data,       &lab_report_sequence,
};
enum { REPORTS = sizeof reports / sizeof *reports };
static const char *const LAW_RUNS = "law_runs";

lab_report_entry lab_report_at(int i)
{
    if (i < 0 || i >= REPORTS) return (lab_report_entry){NULL, NULL};
    return (lab_report_entry){reports[i]->name, reports[i]->about};
}

/* NULL where there is none of that name. */
static const lab_report *find_report(const char *name)
{
    for (int i = 0; i < REPORTS; i++)
        if (strcmp(reports[i]->name, name) == 0) return reports[i];
    return NULL;
}

static lab_status no_report(const char *name, lab_error *err)
{
    lab_text known = {0};
    for (int i = 0; i < REPORTS; i++) lab_text_add(&known, "%s%s", i ? ", " : "", reports[i]->name);
    lab_status status = lab_fail(err, LAB_ERR_MISSING, "there is no report named %s; there are: %s",
                                 name, lab_text_of(&known));
    lab_text_finish(&known);
    return status;
}

lab_status lab_report_check_sweep(lab_ledger *ledger, const char *sweep, lab_error *err)
{
    lab_rows *rows = NULL;
    if (!sweep) return LAB_OK;
    lab_status status = lab_rows_open(&rows, ledger, "asked", NULL, err);
    if (status == LAB_OK && lab_rows_find(rows, "name", sweep) < 0) {
        lab_text known = {0};
        for (isize row = 0; row < lab_rows_count(rows); row++)
            lab_text_add(&known, "%s%s", row ? ", " : "", lab_rows_text(rows, row, "name"));
        status = lab_fail(err, LAB_ERR_MISSING, "%s: has no sweep named %s; it has: %s",
                          lab_ledger_path(ledger), sweep,
                          known.length > 0 ? lab_text_of(&known) : "none");
        lab_text_finish(&known);
    }
    lab_rows_close(&rows);
    return status;
}

/* The scene brings its page, styles and laws; its rows are the figure's while it is put. */
static lab_status put_figure(lab_scene *scene, const lab_figure *figure, lab_ledger *ledger,
                             const char *sweep, lab_error *err)
{
    lab_rows *rows = NULL;
    lab_status status = LAB_OK;
    if (figure->query) status = lab_rows_open(&rows, ledger, figure->query, sweep, err);
    if (status != LAB_OK) return status;
    scene->rows = rows;
    if (figure->heading) lab_page_heading(scene->page, figure->heading);
    figure->render(scene);
    if (figure->caption) lab_page_caption(scene->page, figure->caption);
    if (rows)
        lab_page_query(scene->page, figure->query, lab_rows_sql(rows));
    else
        lab_page_query(scene->page, scene->laws->file, scene->laws->study->sample.query);
    scene->rows = NULL;
    lab_rows_close(&rows);
    return LAB_OK;
}

/* Whether a figure shows laws, which law_runs or a query of the wish has the runs of. */
static bool shows_laws(const lab_report *report)
{
    for (const lab_figure *figure = report->figures; figure->render; figure++)
        if (!figure->query) return true;
    return false;
}

/* Fits the laws of a report that shows some. */
static lab_status open_laws(lab_laws **laws, const lab_report *report, lab_ledger *ledger,
                            const lab_report_wish *wish, lab_error *err)
{
    lab_rows *rows = NULL;
    const bool wanted = shows_laws(report);
    if (wish->query && !wanted)
        return lab_fail(err, LAB_ERR_CONFIG, "report %s fits no laws and takes no query",
                        report->name);
    if (!wanted) return LAB_OK;
    if (wish->query) return lab_laws_open(laws, ledger, wish->query, err);
    lab_status status = lab_rows_open(&rows, ledger, LAW_RUNS, wish->sweep, err);
    if (status == LAB_OK) status = lab_laws_open(laws, ledger, lab_rows_sql(rows), err);
    if (status == LAB_OK) (*laws)->file = LAW_RUNS;
    lab_rows_close(&rows);
    return status;
}

lab_status lab_report_figure(lab_scene *scene, const char *query, lab_ledger *ledger,
                             const char *sweep, lab_error *err)
{
    lab_nearest nearest = lab_nearest_to(query);
    for (int i = 0; i < REPORTS; i++)
        for (const lab_figure *figure = reports[i]->figures; figure->render; figure++) {
            lab_figure inner = *figure;
            inner.heading = NULL;
            if (!figure->query) continue; /* of laws, which only its report fits */
            if (strcmp(figure->query, query) == 0)
                return put_figure(scene, &inner, ledger, sweep, err);
            lab_nearest_offer(&nearest, figure->query);
        }
    return lab_fail(err, LAB_ERR_CONFIG,
                    "no report has a figure %.80s%s%s; the names stand under the figures of a "
                    "report, as sql/reports/NAME.sql",
                    query, *nearest.name ? "; the nearest is " : "", nearest.name);
}

lab_status lab_report_make(lab_page **out, isize *cells, lab_ledger *ledger,
                           const lab_report_wish *wish, lab_error *err)
{
    const lab_report *report = find_report(wish->name);
    lab_rows *styles = NULL, *probes = NULL, *contents = NULL;
    lab_page *page = NULL;
    lab_laws *laws = NULL;
    *out = NULL;
    *cells = 0;
    if (!report) return no_report(wish->name, err);
    lab_status status = lab_report_check_sweep(ledger, wish->sweep, err);
    if (status == LAB_OK) status = lab_rows_open(&styles, ledger, "run_styles", wish->sweep, err);
    if (status == LAB_OK) status = lab_rows_open(&probes, ledger, "probe_styles", wish->sweep, err);
    if (status == LAB_OK)
        status = lab_rows_open(&contents, ledger, report->contents ? report->contents : "contents",
                               wish->sweep, err);
    if (status == LAB_OK) status = open_laws(&laws, report, ledger, wish, err);
    if (status != LAB_OK) goto done;
    *cells = lab_rows_int(contents, 0, "cells");
    lab_page_open(&page, report->title, wish->figures);
    lab_scene scene = {page, NULL, styles, probes, laws, lab_ledger_path(ledger)};
    if (*cells == 0 && report->empty) lab_page_finding(page, "%s", report->empty);
    if (*cells == 0 && !report->empty)
        lab_page_finding(page, "The ledger holds no runs yet: there is nothing to show. Start some "
                               "with patchlaw sweep or patchlaw run, then make this page again.");
    for (const lab_figure *figure = report->figures; figure->render && *cells > 0; figure++) {
        status = put_figure(&scene, figure, ledger, wish->sweep, err);
        if (status != LAB_OK) goto done;
    }
    *out = page;
    page = NULL;
done:
    lab_page_close(&page);
    lab_laws_close(&laws);
    lab_rows_close(&styles);
    lab_rows_close(&probes);
    lab_rows_close(&contents);
    return status;
}
