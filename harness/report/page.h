/* report/page.h - one report written twice at once: as a self-contained HTML page and as Markdown
 * with its figures in files beside it.
 *
 * What is put on the page goes to both; every text is escaped for each, so callers pass it as it
 * was logged. Nothing is on disk until lab_page_save. The HTML holds its style, its scripts and
 * its data, asks no network (a content policy in the page forbids it), follows the reader's light
 * or dark setting, and notes a script error in the attribute data-error of <html>.
 */
#ifndef LAB_PAGE_H
#define LAB_PAGE_H
#include "base/error.h"
#include "report/svg.h"

typedef struct lab_page lab_page;

typedef struct {
    const char *title;
    bool number; /* aligned to the right */
} lab_column;

/* figures: name of the folder, beside the Markdown file, that its figures are saved to. */
void lab_page_open(lab_page **out, const char *title, const char *figures);
void lab_page_close(lab_page **page); /* sets NULL; NULL is fine */

/* Writes both files and the figures; each appears whole or not at all. */
LAB_CHECKED lab_status lab_page_save(lab_page *page, const char *html_path,
                                     const char *markdown_path, lab_error *err);
const char *lab_page_html(lab_page *page);     /* as it would be saved; borrowed until the */
const char *lab_page_markdown(lab_page *page); /* next call on the page */

void lab_page_heading(lab_page *page, const char *text);
void lab_page_text(lab_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text that its caller has written in both languages, and escaped. */
void lab_page_prose(lab_page *page, const char *html, const char *markdown);
/* What a reader has to keep in mind: set off from the text. */
void lab_page_warning(lab_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One line of the summary, which stands before the first heading. */
void lab_page_finding(lab_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void lab_page_item(lab_page *page, const char *term, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A table is a head, then its cells from left to right and top to bottom, then its end. */
void lab_page_table(lab_page *page, const lab_column *columns, int count);
void lab_page_cell(lab_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A cell of one number, which format is for; a dash where it is NaN, the sign of infinity where it
 * is infinite. */
void lab_page_number(lab_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A cell that stands out: mark is good, bad or unclear. */
void lab_page_cell_marked(lab_page *page, const char *mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lab_page_table_end(lab_page *page); /* the last row must be whole */

/* name becomes that of the figure's files NAME.svg and NAME.csv (lab_plot_csv). Plots of at most
 * 520 px stand two in a row, of at most 260 px four. Under a figure its data can be opened. */
void lab_page_plot(lab_page *page, const char *name, const lab_plot *plot);

/* A PNG file, as it is; its file is NAME.png. about: for those who do not see it. */
void lab_page_picture(lab_page *page, const char *name, const lab_text *png, const char *about);

/* Curves that can be zoomed in the HTML; where scripts do not run, and in Markdown, still stands
 * instead. */
typedef struct {
    const char *json;      /* what curves.js draws, which documents it */
    const char *csv;       /* the same as rows, for the figure's file */
    const lab_plot *still; /* of at most LAB_CURVES_STILL points; longer ones are files alone */
} lab_curves;
enum { LAB_CURVES_STILL = 5000 };
bool lab_page_has_figure(const lab_page *page, const char *name);
void lab_page_curves(lab_page *page, const char *name, const lab_curves *curves);

/* A small picture with its name: a JPEG in base64, inside the HTML. Markdown has the name alone. */
void lab_page_thumbnail(lab_page *page, const char *name, const char *base64);

/* Plots until the end stand in rows of that many, fewer on narrow screens. */
void lab_page_grid(lab_page *page, int columns);
void lab_page_grid_end(lab_page *page);

void lab_page_caption(lab_page *page, const char *text);
/* name: of a file in sql/reports; NULL: a person wrote it. */
void lab_page_query(lab_page *page, const char *name, const char *sql);
#endif
