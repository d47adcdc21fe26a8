#include "base/embedded.h"
#include "base/file.h"
#include "base/heap.h"
#include "report/escape.h"
#include "report/page_parts.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- text in both languages ---- */

static char *formatted(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int bytes = vsnprintf(NULL, 0, format, args);
    LAB_ASSERT(bytes >= 0);
    char *text = lab_heap_take(bytes + 1);
    (void)vsnprintf(text, (size_t)bytes + 1, format, again);
    va_end(again);
    return text;
}

static void put_between(lab_text *html, lab_text *markdown, const char *const around[4],
                        const char *format, va_list args)
{
    char *text = formatted(format, args);
    lab_text_put(html, around[0]);
    lab_escape_html(html, text);
    lab_text_put(html, around[1]);
    lab_text_put(markdown, around[2]);
    lab_escape_markdown(markdown, text);
    lab_text_put(markdown, around[3]);
    lab_heap_free(text);
}

void lab_page_end_list(lab_page *page)
{
    if (page->listing) {
        lab_text_put(&page->html, "</dl>\n");
        lab_text_put(&page->markdown, "\n");
    }
    page->listing = false;
}

void lab_page_text(lab_page *page, const char *format, ...)
{
    static const char *const around[] = {"<p>", "</p>\n", "", "\n\n"};
    va_list args;
    va_start(args, format);
    lab_page_end_list(page);
    put_between(&page->html, &page->markdown, around, format, args);
    va_end(args);
}

void lab_page_warning(lab_page *page, const char *format, ...)
{
    static const char *const around[] = {"<p class=\"warning\">", "</p>\n", "> **Mind:** ", "\n\n"};
    va_list args;
    va_start(args, format);
    lab_page_end_list(page);
    put_between(&page->html, &page->markdown, around, format, args);
    va_end(args);
}

void lab_page_prose(lab_page *page, const char *html, const char *markdown)
{
    lab_page_end_list(page);
    lab_text_put(&page->html, html);
    lab_text_put(&page->markdown, markdown);
}

void lab_page_finding(lab_page *page, const char *format, ...)
{
    static const char *const around[] = {"<li>", "</li>\n", "- ", "\n"};
    va_list args;
    va_start(args, format);
    put_between(&page->findings_html, &page->findings_markdown, around, format, args);
    va_end(args);
}

void lab_page_item(lab_page *page, const char *term, const char *format, ...)
{
    static const char *const around[] = {"</dt><dd>", "</dd>\n", ":** ", "\n"};
    va_list args;
    va_start(args, format);
    if (!page->listing) lab_text_put(&page->html, "<dl>\n");
    page->listing = true;
    lab_text_put(&page->html, "<dt>");
    lab_escape_html(&page->html, term);
    lab_text_put(&page->markdown, "- **");
    lab_escape_markdown(&page->markdown, term);
    put_between(&page->html, &page->markdown, around, format, args);
    va_end(args);
}

void lab_page_heading(lab_page *page, const char *text)
{
    lab_page_end_list(page);
    if (page->sections) lab_text_put(&page->html, "</section>\n");
    int section = ++page->sections;
    lab_text_add(&page->html, "<section id=\"s%d\">\n<h2>", section);
    lab_escape_html(&page->html, text);
    lab_text_put(&page->html, "</h2>\n");
    lab_text_add(&page->contents, "<a href=\"#s%d\">", section);
    lab_escape_html(&page->contents, text);
    lab_text_put(&page->contents, "</a>\n");
    lab_text_clear(&page->heading);
    lab_text_put(&page->heading, text);
    lab_text_put(&page->markdown, "## ");
    lab_escape_markdown(&page->markdown, text);
    lab_text_put(&page->markdown, "\n\n");
}

/* ---- tables ---- */

void lab_page_table(lab_page *page, const lab_column *columns, int count)
{
    lab_page_end_list(page);
    LAB_ASSERT(count > 0);
    page->columns = columns;
    page->column_count = count;
    page->column = 0;
    /* Who has no mouse scrolls a wide table by focusing it, and hears which one it is. */
    lab_text_put(&page->html, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                              "aria-label=\"Table: ");
    lab_escape_html(&page->html, lab_text_of(&page->heading));
    lab_text_put(&page->html, "\"><table>\n<thead><tr>");
    lab_text_put(&page->markdown, "|");
    for (int i = 0; i < count; i++) {
        lab_text_put(&page->html,
                     columns[i].number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        lab_escape_html(&page->html, columns[i].title);
        lab_text_put(&page->html, "</th>");
        lab_text_put(&page->markdown, " ");
        lab_escape_markdown(&page->markdown, columns[i].title);
        lab_text_put(&page->markdown, " |");
    }
    lab_text_put(&page->html, "</tr></thead>\n<tbody>\n");
    lab_text_put(&page->markdown, "\n|");
    for (int i = 0; i < count; i++)
        lab_text_put(&page->markdown, columns[i].number ? " ---: |" : " --- |");
    lab_text_put(&page->markdown, "\n");
}

static void put_cell(lab_page *page, const char *mark, const char *format, va_list args)
{
    static const char *const around[] = {"", "</td>", " ", " |"};
    const lab_column *column = &page->columns[page->column];
    if (page->column == 0) {
        lab_text_put(&page->html, "<tr>");
        lab_text_put(&page->markdown, "|");
    }
    bool both = column->number && *mark;
    if (column->number || *mark)
        lab_text_add(&page->html, "<td class=\"%s%s%s\">", column->number ? "n" : "",
                     both ? " " : "", mark);
    else
        lab_text_put(&page->html, "<td>");
    put_between(&page->html, &page->markdown, around, format, args);
    if (++page->column < page->column_count) return;
    page->column = 0;
    lab_text_put(&page->html, "</tr>\n");
    lab_text_put(&page->markdown, "\n");
}

void lab_page_cell(lab_page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_cell(page, "", format, args);
    va_end(args);
}

void lab_page_number(lab_page *page, const char *format, ...)
{
    va_list args, first;
    va_start(args, format);
    va_copy(first, args);
    const double value = va_arg(first, double);
    if (isfinite(value))
        put_cell(page, "", format, args);
    else
        lab_page_cell(page, "%s",
                      isnan(value) ? "\u2013" : (value > 0 ? "\u221E" : "\u2212\u221E"));
    va_end(first);
    va_end(args);
}

void lab_page_cell_marked(lab_page *page, const char *mark, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_cell(page, mark, format, args);
    va_end(args);
}

void lab_page_table_end(lab_page *page)
{
    LAB_ASSERT(page->column == 0);
    lab_text_put(&page->html, "</tbody></table></div>\n");
    lab_text_put(&page->markdown, "\n");
}

/* ---- what stands about a figure ---- */

void lab_page_caption(lab_page *page, const char *text)
{
    lab_page_end_list(page);
    lab_text_put(&page->html, "<p class=\"caption\">");
    lab_escape_html(&page->html, text);
    lab_text_put(&page->html, "</p>\n");
    lab_escape_markdown(&page->markdown, text);
    lab_text_put(&page->markdown, "\n\n");
}

void lab_page_thumbnail(lab_page *page, const char *name, const char *base64)
{
    lab_page_end_list(page);
    lab_text_put(&page->html, "<img class=\"thumbnail\" alt=\"");
    lab_escape_html(&page->html, name);
    lab_text_put(&page->html, "\" title=\"");
    lab_escape_html(&page->html, name);
    lab_text_put(&page->html, "\" src=\"data:image/jpeg;base64,");
    lab_escape_html(&page->html, base64);
    lab_text_put(&page->html, "\">\n");
    lab_text_put(&page->markdown, "- ");
    lab_escape_markdown(&page->markdown, name);
    lab_text_put(&page->markdown, "\n");
}

static void put_query_head(lab_text *out, const char *name)
{
    lab_text_put(out, "<summary>Query");
    if (name) {
        lab_text_put(out, " <code>sql/reports/");
        lab_escape_html(out, name);
        lab_text_put(out, ".sql</code>");
    }
    lab_text_put(out, "</summary>");
}

void lab_page_query(lab_page *page, const char *name, const char *sql)
{
    lab_page_end_list(page);
    lab_text_put(&page->html, "<details class=\"query\">");
    put_query_head(&page->html, name);
    lab_text_put(&page->html, "<pre>");
    lab_escape_html(&page->html, sql);
    lab_text_put(&page->html, "</pre></details>\n");
    lab_text_put(&page->markdown, "<details>");
    put_query_head(&page->markdown, name);
    lab_text_put(&page->markdown, "\n\n");
    lab_escape_markdown_block(&page->markdown, "sql", sql);
    lab_text_put(&page->markdown, "\n</details>\n\n");
}

/* ---- the whole ---- */

void lab_page_open(lab_page **out, const char *title, const char *figures)
{
    lab_page *page = lab_heap_take(sizeof *page);
    page->title = lab_heap_text(title);
    page->folder = lab_heap_text(figures);
    *out = page;
}

void lab_page_close(lab_page **out)
{
    lab_page *page = *out;
    *out = NULL;
    if (!page) return;
    lab_page_figures_finish(page);
    lab_text *texts[] = {
        &page->heading, &page->contents, &page->findings_html, &page->findings_markdown,
        &page->html,    &page->markdown, &page->whole};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) lab_text_finish(texts[i]);
    lab_heap_free(page->title);
    lab_heap_free(page->folder);
    lab_heap_free(page);
}

const char *lab_page_asset(const char *kind, const char *name)
{
    const lab_embedded *found = lab_embedded_find(lab_assets, kind, name);
    LAB_ASSERT(found);
    return found->text;
}

static void put_head(const lab_page *page, lab_text *out)
{
    lab_text_put(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    lab_escape_html(out, page->title);
    lab_text_put(out, "</title>\n<script>window.onerror = function (message) { "
                      "document.documentElement.dataset.error = message; };</script>\n<style>\n");
    lab_text_put(out, lab_page_asset("css", "plot.css"));
    lab_text_put(out, lab_page_asset("css", "page.css"));
    if (page->curves) lab_text_put(out, lab_page_asset("css", "uPlot.min.css"));
    lab_text_put(out, "</style>\n<style id=\"dark\" media=\"screen and "
                      "(prefers-color-scheme: dark)\">\n");
    lab_text_put(out, lab_page_asset("css", "dark.css"));
    lab_text_put(out, "</style>\n</head>\n");
}

const char *lab_page_html(lab_page *page)
{
    lab_text *out = &page->whole;
    lab_text_clear(out);
    put_head(page, out);
    lab_text_put(out, "<body>\n<header><h1>");
    lab_escape_html(out, page->title);
    lab_text_put(out,
                 "</h1><button id=\"theme\" type=\"button\" hidden></button></header>\n<nav>\n");
    lab_text_put(out, lab_text_of(&page->contents));
    lab_text_put(out, "</nav>\n<main>\n");
    if (page->findings_html.length > 0) {
        lab_text_put(out, "<ul class=\"findings\">\n");
        lab_text_put(out, lab_text_of(&page->findings_html));
        lab_text_put(out, "</ul>\n");
    }
    lab_text_put(out, lab_text_of(&page->html));
    if (page->listing) lab_text_put(out, "</dl>\n");
    if (page->sections) lab_text_put(out, "</section>\n");
    lab_text_put(out, "</main>\n");
    if (page->curves) {
        lab_text_put(out, "<script>");
        lab_text_put(out, lab_page_asset("js", "uPlot.iife.min.js"));
        lab_text_put(out, "</script>\n");
    }
    static const char *const scripts[] = {"axes.js", "figure.js", "curves.js", "page.js"};
    lab_text_put(out, "<script>\n");
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        lab_text_put(out, lab_page_asset("js", scripts[i]));
    lab_text_put(out, "</script>\n</body>\n</html>\n");
    return lab_text_of(out);
}

const char *lab_page_markdown(lab_page *page)
{
    lab_text *out = &page->whole;
    lab_text_clear(out);
    lab_text_put(out, "# ");
    lab_escape_markdown(out, page->title);
    lab_text_put(out, "\n\n");
    if (page->findings_markdown.length > 0) {
        lab_text_put(out, lab_text_of(&page->findings_markdown));
        lab_text_put(out, "\n");
    }
    lab_text_put(out, lab_text_of(&page->markdown));
    return lab_text_of(out);
}

lab_status lab_page_save(lab_page *page, const char *html_path, const char *markdown_path,
                         lab_error *err)
{
    const char *slash = strrchr(markdown_path, '/');
    lab_text folder = {0};
    lab_text_bytes(&folder, markdown_path, slash ? slash + 1 - markdown_path : 0);
    lab_text_put(&folder, page->folder);
    lab_status status = lab_page_figures_save(page, lab_text_of(&folder), err);
    (void)lab_page_html(page);
    if (status == LAB_OK) status = lab_file_write(html_path, &page->whole, err);
    (void)lab_page_markdown(page);
    if (status == LAB_OK) status = lab_file_write(markdown_path, &page->whole, err);
    lab_text_finish(&folder);
    return status;
}
