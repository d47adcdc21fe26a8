/* Figures of a page: the drawing, its legend, its data, and the files of the Markdown. */
#include "base/file.h"
#include "base/heap.h"
#include "report/escape.h"
#include "report/page_parts.h"
#include <string.h>

enum { SMALL = 260, HALF = 520 }; /* px: narrower plots stand several in a row */
enum { ROWS_DENSE = 200 };        /* of a plot without markers, in the page: its file has all */

static const char dense_note[] =
    "These points are too many for a marker each: they are lines or dots here, without intervals. "
    "All their numbers are in the figure's CSV file.";

/* Colours for light and dark, which a page and a figure of its own share. */
static void put_palette(lab_text *out)
{
    lab_text_put(out, lab_page_asset("css", "plot.css"));
    lab_text_put(out, "@media screen and (prefers-color-scheme:dark){");
    lab_text_put(out, lab_page_asset("css", "dark.css"));
    lab_text_put(out, "}");
}

void lab_page_link(lab_page *page, const char *name, const char *ending)
{
    lab_text_put(&page->markdown, "](");
    lab_escape_url(&page->markdown, page->folder);
    lab_text_put(&page->markdown, "/");
    lab_escape_url(&page->markdown, name);
    lab_text_put(&page->markdown, ending);
}

lab_page_figure *lab_page_keep(lab_page *page, const char *name)
{
    lab_page_figure *kept = lab_heap_take(sizeof *kept);
    kept->name = lab_heap_text(name);
    kept->next = page->figures;
    page->figures = kept;
    return kept;
}

/* Its files, and its place in the Markdown. */
static lab_page_figure *keep_figure(lab_page *page, const char *name, const lab_plot *plot)
{
    lab_text style = {0};
    lab_page_figure *kept = lab_page_keep(page, name);
    put_palette(&style);
    int lost = lab_svg_write(&kept->svg, plot, lab_text_of(&style));
    lab_text_finish(&style);
    lab_text_put(&page->markdown, "![");
    lab_escape_markdown(&page->markdown, plot->about);
    lab_page_link(page, name, ".svg)\n\n[Data of this figure");
    lab_page_link(page, name, ".csv)\n\n");
    if (lost > 0)
        lab_page_warning(page, "%d points have no place on the horizontal axis and are not drawn.",
                         lost);
    return kept;
}

static void open_figure(lab_page *page, const char *name, const lab_plot *plot, const char *kind)
{
    lab_text_add(&page->html, "<figure class=\"%s%s\" data-name=\"", kind,
                 plot->width <= SMALL  ? " small"
                 : plot->width <= HALF ? " half"
                                       : "");
    lab_escape_html(&page->html, name);
    lab_text_put(&page->html, "\">\n");
}

/* The rows as text, which page.js makes a table of; without scripts they can be read and copied. */
static void put_data(lab_page *page, const char *name, const lab_plot *plot)
{
    lab_text csv = {0};
    isize most = lab_svg_is_dense(plot) ? ROWS_DENSE : LAB_PLOT_ALL;
    isize rows = lab_plot_csv(&csv, plot, most);
    lab_text_add(&page->html, "<details class=\"data\"><summary>Data (%td row%s)</summary>\n", rows,
                 rows == 1 ? "" : "s");
    if (rows > most) {
        lab_text_add(&page->html, "<p>The first %td rows; <code>", most);
        lab_escape_html(&page->html, page->folder);
        lab_text_put(&page->html, "/");
        lab_escape_html(&page->html, name);
        lab_text_put(&page->html, ".csv</code>, which is written with this page, has all.</p>\n");
    }
    lab_text_put(&page->html, "<pre class=\"csv\" tabindex=\"0\">");
    lab_escape_html(&page->html, lab_text_of(&csv));
    lab_text_put(&page->html, "</pre></details>\n");
    lab_text_finish(&csv);
}

void lab_page_plot(lab_page *page, const char *name, const lab_plot *plot)
{
    lab_page_end_list(page);
    open_figure(page, name, plot, "figure");
    lab_text_put(&page->html, "<div class=\"canvas\">");
    (void)lab_svg_write(&page->html, plot, NULL);
    lab_text_put(&page->html, "</div>\n");
    lab_svg_legend(&page->html, plot);
    if (lab_svg_is_dense(plot))
        lab_text_add(&page->html, "<p class=\"caption\">%s</p>\n", dense_note);
    put_data(page, name, plot);
    lab_text_put(&page->html, "</figure>\n");
    lab_page_figure *kept = keep_figure(page, name, plot);
    (void)lab_plot_csv(&kept->csv, plot, LAB_PLOT_ALL);
    if (lab_svg_is_dense(plot)) lab_text_add(&page->markdown, "%s\n\n", dense_note);
}

static void put_still(lab_page *page, const char *name, const lab_plot *still)
{
    isize points = 0;
    for (int s = 0; s < still->series_count; s++) points += still->series[s].count;
    if (points > LAB_CURVES_STILL) {
        lab_text_put(&page->html, "<p>Without scripts this figure is <code>");
        lab_escape_html(&page->html, page->folder);
        lab_text_put(&page->html, "/");
        lab_escape_html(&page->html, name);
        lab_text_put(&page->html, ".svg</code>, which is written with this page.</p>");
        return;
    }
    lab_text_put(&page->html, "<div class=\"canvas\">\n");
    (void)lab_svg_write(&page->html, still, NULL);
    lab_text_put(&page->html, "</div>");
    lab_svg_legend(&page->html, still);
}

void lab_page_curves(lab_page *page, const char *name, const lab_curves *curves)
{
    lab_page_end_list(page);
    page->curves = true;
    open_figure(page, name, curves->still, "figure curves");
    lab_text_put(&page->html, "<div class=\"draw\" data-about=\"");
    lab_escape_html(&page->html, curves->still->about);
    lab_text_put(&page->html, "\"><script type=\"application/json\">");
    lab_text_put(&page->html, curves->json);
    lab_text_put(&page->html, "</script></div>\n<noscript>");
    put_still(page, name, curves->still);
    lab_text_put(&page->html, "</noscript>\n</figure>\n");
    lab_page_figure *kept = keep_figure(page, name, curves->still);
    lab_text_put(&kept->csv, curves->csv);
}

bool lab_page_has_figure(const lab_page *page, const char *name)
{
    for (const lab_page_figure *f = page->figures; f; f = f->next)
        if (strcmp(f->name, name) == 0) return true;
    return false;
}

void lab_page_grid(lab_page *page, int columns)
{
    lab_page_end_list(page);
    lab_text_add(&page->html, "<div class=\"grid\" style=\"--columns:%d\">\n", columns);
}

void lab_page_grid_end(lab_page *page)
{
    lab_page_end_list(page);
    lab_text_put(&page->html, "</div>\n");
}

void lab_page_figures_finish(lab_page *page)
{
    while (page->figures) {
        lab_page_figure *next = page->figures->next;
        lab_heap_free(page->figures->name);
        lab_text_finish(&page->figures->svg);
        lab_text_finish(&page->figures->csv);
        lab_text_finish(&page->figures->png);
        lab_heap_free(page->figures);
        page->figures = next;
    }
}

static lab_status save_part(const char *folder, const char *name, const char *ending,
                            const lab_text *part, lab_error *err)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/%s%s", folder, name, ending);
    lab_status status = lab_file_write(lab_text_of(&path), part, err);
    lab_text_finish(&path);
    return status;
}

lab_status lab_page_figures_save(const lab_page *page, const char *folder, lab_error *err)
{
    lab_status status = page->figures ? lab_folder_make(folder, err) : LAB_OK;
    for (const lab_page_figure *f = page->figures; f && status == LAB_OK; f = f->next) {
        if (f->png.length > 0) {
            status = save_part(folder, f->name, ".png", &f->png, err);
            continue;
        }
        status = save_part(folder, f->name, ".svg", &f->svg, err);
        if (status == LAB_OK) status = save_part(folder, f->name, ".csv", &f->csv, err);
    }
    return status;
}
