#include "report/report.h"
#include "report/figure.h"
#include <string.h>

static const lab_report *const reports[] = {&lab_report_demo};
enum { REPORTS = sizeof reports / sizeof *reports };

lab_report_entry lab_report_at(int i)
{
    if (i < 0 || i >= REPORTS) return (lab_report_entry){NULL, NULL};
    return (lab_report_entry){reports[i]->name, reports[i]->about};
}

static lab_status find_report(const lab_report **out, const char *name, lab_error *err)
{
    lab_text known = {0};
    *out = NULL;
    for (int i = 0; i < REPORTS; i++) {
        if (strcmp(reports[i]->name, name) == 0) *out = reports[i];
        lab_text_add(&known, "%s%s", i ? ", " : "", reports[i]->name);
    }
    lab_status status = LAB_OK;
    if (!*out)
        status = lab_fail(err, LAB_ERR_MISSING, "there is no report named %s; there is: %s", name,
                          lab_text_of(&known));
    lab_text_finish(&known);
    return status;
}

static lab_status check_sweep(lab_ledger *ledger, const char *sweep, lab_error *err)
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

static lab_status put_figure(lab_page *page, const lab_figure *figure, const lab_rows *styles,
                             lab_ledger *ledger, const char *sweep, lab_error *err)
{
    lab_rows *rows = NULL;
    lab_status status = lab_rows_open(&rows, ledger, figure->query, sweep, err);
    if (status != LAB_OK) return status;
    lab_scene scene = {page, rows, styles};
    if (figure->heading) lab_page_heading(page, figure->heading);
    figure->render(&scene);
    if (figure->caption) lab_page_caption(page, figure->caption);
    lab_page_query(page, figure->query, lab_rows_sql(rows));
    lab_rows_close(&rows);
    return LAB_OK;
}

lab_status lab_report_make(lab_page **out, isize *cells, lab_ledger *ledger,
                           const lab_report_wish *wish, lab_error *err)
{
    const lab_report *report = NULL;
    lab_rows *styles = NULL, *contents = NULL;
    lab_page *page = NULL;
    *out = NULL;
    *cells = 0;
    lab_status status = find_report(&report, wish->name, err);
    if (status == LAB_OK) status = check_sweep(ledger, wish->sweep, err);
    if (status == LAB_OK) status = lab_rows_open(&styles, ledger, "run_styles", wish->sweep, err);
    if (status == LAB_OK) status = lab_rows_open(&contents, ledger, "contents", wish->sweep, err);
    if (status != LAB_OK) goto done;
    *cells = lab_rows_int(contents, 0, "cells");
    lab_page_open(&page, report->title, wish->figures);
    if (*cells == 0)
        lab_page_finding(page, "The ledger holds no runs yet: there is nothing to show. Start some "
                               "with patchlaw sweep or patchlaw run, then make this page again.");
    for (const lab_figure *figure = report->figures; figure->query && *cells > 0; figure++) {
        status = put_figure(page, figure, styles, ledger, wish->sweep, err);
        if (status != LAB_OK) goto done;
    }
    *out = page;
    page = NULL;
done:
    lab_page_close(&page);
    lab_rows_close(&styles);
    lab_rows_close(&contents);
    return status;
}
