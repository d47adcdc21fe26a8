/* One trunk used in several ways: frozen under k-NN and heads, and learning with its head. */
#include "report/figure.h"
#include "stats/distribution.h"
#include <math.h>
#include <string.h>

static const double CONFIDENCE = 0.95;

/* Whether a row begins another trunk or another data set than the one before. */
static bool begins(const lab_rows *rows, isize row)
{
    return row == 0 || !lab_row_is(rows, row, "run", lab_rows_text(rows, row - 1, "run")) ||
           !lab_row_is(rows, row, "data", lab_rows_text(rows, row - 1, "data"));
}

static void put_name(const lab_scene *scene, isize row)
{
    const lab_rows *rows = scene->rows;
    if (!begins(rows, row)) {
        lab_page_cell(scene->page, "%s", "");
        lab_page_cell(scene->page, "%s", "");
        return;
    }
    lab_page_cell(scene->page, "%s, run %s",
                  lab_look_of(scene->styles, lab_rows_text(rows, row, "run")).label,
                  lab_rows_text(rows, row, "run"));
    lab_page_cell(scene->page, "%s at %s px", lab_rows_text(rows, row, "data_name"),
                  lab_rows_text(rows, row, "image_px"));
}

/* Returns whether it is above the frozen head by more than the error of the difference allows. */
static bool put_difference(const lab_scene *scene, isize row)
{
    double over = lab_rows_real(scene->rows, row, "over_attentive");
    double error = lab_rows_real(scene->rows, row, "over_attentive_se");
    double z = lab_normal_quantile(0.5 + CONFIDENCE / 2);
    if (isnan(over)) {
        lab_page_cell(scene->page, "\u2013");
        return false;
    }
    lab_page_cell_marked(scene->page,
                         over > z * error ? "good"
                         : over <= 0      ? "bad"
                                          : "unclear",
                         "%+.2f \u00B1 %.2f", 100 * over, 100 * error);
    return over > z * error;
}

static bool put_row(const lab_scene *scene, isize row)
{
    const lab_rows *rows = scene->rows;
    lab_page *page = scene->page;
    const char *how = lab_probe_how(scene, row);
    put_name(scene, row);
    lab_page_cell(page, "%s%s%s", lab_row_way(rows, row)->name, *how ? ", " : "", how);
    lab_page_cell(page, "%s", lab_rows_text(rows, row, "tap"));
    if (lab_rows_is_null(rows, row, "trained"))
        lab_page_cell(page, "\u2013");
    else
        lab_page_cell(page, "%td", lab_rows_int(rows, row, "trained"));
    lab_page_cell(
        page, "%s",
        lab_percent(lab_rows_real(rows, row, "test_top1"), lab_rows_real(rows, row, "test_top1_se"))
            .text);
    bool above = put_difference(scene, row);
    if (lab_rows_is_null(rows, row, "untrained"))
        lab_page_cell(page, "no control");
    else
        lab_page_cell(page, "%.2f", 100 * lab_rows_real(rows, row, "untrained"));
    return above;
}

void lab_render_ways(const lab_scene *scene)
{
    static const lab_column columns[] = {{"Trunk", false},
                                         {"Images", false},
                                         {"Way", false},
                                         {"Tap", false},
                                         {"Parameters that learn", true},
                                         {"Test top-1, %", true},
                                         {"Over the frozen attentive head", true},
                                         {"Without pre-training, %", true}};
    const lab_rows *rows = scene->rows;
    isize of_way[LAB_WAYS] = {0}, above[LAB_WAYS] = {0};
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "No trained trunk has been used.");
        return;
    }
    lab_page_table(scene->page, columns, (int)(sizeof columns / sizeof *columns));
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        int way = lab_way_of(lab_rows_text(rows, row, "kind"));
        bool better = put_row(scene, row);
        if (lab_rows_is_null(rows, row, "attentive")) continue;
        of_way[way]++;
        above[way] += better;
    }
    lab_page_table_end(scene->page);
    for (int i = 0; i < LAB_WAYS; i++)
        if (of_way[i] > 0)
            lab_page_finding(scene->page,
                             "In %td of %td cases a trunk that learns (%s) is above the frozen one "
                             "under an attentive head on the same blocks, by more than the error "
                             "of the difference allows (95 %%).",
                             above[i], of_way[i], lab_way_at(i)->name);
}
