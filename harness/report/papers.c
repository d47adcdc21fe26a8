/* What papers found, beside our runs. */
#include "base/text.h"
#include "report/figure.h"
#include <math.h>
#include <string.h>

static const char *const verdicts[] = {"same sign",  "opposite sign", "not distinguishable",
                                       "no scatter", "one seed",      "not run"};
enum { VERDICTS = sizeof verdicts / sizeof *verdicts };

/* {"model.order": "raster"} as model.order raster. */
static void put_side(lab_text *out, const char *json)
{
    for (const char *at = json; *at; at++)
        if (!strchr("{}\":", *at)) lab_text_bytes(out, at, 1);
}

static void put_amount(lab_page *page, double value)
{
    if (isnan(value))
        lab_page_cell(page, "\u2013");
    else
        lab_page_number(page, "%.4g", value);
}

static void put_row(const lab_scene *scene, isize row)
{
    const lab_rows *rows = scene->rows;
    lab_page *page = scene->page;
    const char *verdict = lab_rows_text(rows, row, "verdict");
    double low = lab_rows_real(rows, row, "low"), high = lab_rows_real(rows, row, "high");
    lab_text from = {0}, to = {0};
    put_side(&from, lab_rows_text(rows, row, "a"));
    put_side(&to, lab_rows_text(rows, row, "b"));
    lab_page_cell(page, "%s", lab_rows_text(rows, row, "source"));
    lab_page_cell(page, "%s", lab_text_of(&from));
    lab_page_cell(page, "%s", lab_text_of(&to));
    lab_page_cell(page, "%s", lab_rows_text(rows, row, "outcome"));
    lab_page_cell(page, "%+.4g%s", lab_rows_real(rows, row, "paper_delta"),
                  lab_rows_int(rows, row, "remembered") ? "*" : "");
    put_amount(page, lab_rows_real(rows, row, "delta"));
    lab_page_cell(page, "%s", isnan(low) ? "\u2013" : lab_span((lab_interval){low, high}).text);
    lab_page_cell(page, "%td", lab_rows_int(rows, row, "n"));
    lab_page_cell_marked(page,
                         strcmp(verdict, verdicts[0]) == 0   ? "good"
                         : strcmp(verdict, verdicts[1]) == 0 ? "bad"
                                                             : "unclear",
                         "%s", verdict);
    lab_text_finish(&from);
    lab_text_finish(&to);
}

void lab_render_paper_effects(const lab_scene *scene)
{
    static const lab_column columns[] = {{"Paper", false},   {"From", false},   {"To", false},
                                         {"Outcome", false}, {"Paper's", true}, {"Ours", true},
                                         {"95 %", false},    {"Seeds", true},   {"Verdict", false}};
    isize count = lab_rows_count(scene->rows), of[VERDICTS] = {0};
    lab_text words = {0};
    if (count == 0) {
        lab_page_text(scene->page, "No sweep's file says what a paper found.");
        return;
    }
    for (isize row = 0; row < count; row++)
        for (int v = 0; v < VERDICTS; v++)
            of[v] += lab_row_is(scene->rows, row, "verdict", verdicts[v]);
    for (int v = 0; v < VERDICTS; v++)
        if (of[v] > 0)
            lab_text_add(&words, "%s %td %s", words.length ? "," : "", of[v], verdicts[v]);
    lab_page_finding(scene->page, "Of %td claims of papers:%s.", count, lab_text_of(&words));
    lab_page_table(scene->page, columns, (int)(sizeof columns / sizeof *columns));
    for (isize row = 0; row < count; row++) put_row(scene, row);
    lab_page_table_end(scene->page);
    lab_text_finish(&words);
}
