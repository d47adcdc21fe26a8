/* report/page_parts.h - inside of a page; of page.c and page_figures.c alone. */
#ifndef LAB_PAGE_PARTS_H
#define LAB_PAGE_PARTS_H
#include "report/page.h"

typedef struct lab_page_figure {
    char *name;        /* owned */
    lab_text svg, csv; /* of a drawing */
    lab_text png;      /* of a picture */
    struct lab_page_figure *next;
} lab_page_figure;

struct lab_page {
    char *title, *folder; /* owned */
    lab_text heading;     /* the last one */
    lab_text contents, findings_html, findings_markdown, html, markdown;
    lab_text whole;            /* the last answer of lab_page_html or lab_page_markdown */
    lab_page_figure *figures;  /* the newest first */
    const lab_column *columns; /* of the open table; borrowed */
    int column_count, column, sections;
    bool curves, listing;
};

void lab_page_end_list(lab_page *page); /* closes the list of lab_page_item, where one is open */
const char *lab_page_asset(const char *kind, const char *name); /* of reports/assets; must exist */
/* A place for the files of a figure of that name; and a link's end in the Markdown, "](FILE" and
 * then ending. */
lab_page_figure *lab_page_keep(lab_page *page, const char *name);
void lab_page_link(lab_page *page, const char *name, const char *ending);
void lab_page_figures_finish(lab_page *page);
LAB_CHECKED lab_status lab_page_figures_save(const lab_page *page, const char *folder,
                                             lab_error *err);
#endif
