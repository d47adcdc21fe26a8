/* report/document.h - a report that a person wrote: Markdown with queries in it.
 *
 * Text, headings and lists are CommonMark; the first heading of level 1 is the title. HTML and
 * images are refused: a page holds all that it shows. Fenced blocks are
 *
 *     ```sql [NAME] [KEY=VALUE ...]     one statement, read-only; its rows are put as a table, or
 *                                       with plot= as a figure; it may have a parameter :sweep
 *     ```report QUERY                   a figure of another report, by its name in sql/reports;
 *                                       the block is empty
 *     ```                               anything else, as it is; also ```text
 *
 * The keys of a figure name columns of the query:
 *     plot=points, line or both   x=COLUMN   y=COLUMN   low=COLUMN high=COLUMN (error bars)
 *     colour=COLUMN shape=COLUMN  one look for each distinct value    tip=COLUMN
 *     log=x, y or xy              caption="words", of a table, too
 * NAME is that of the figure's files; without it they are numbered. What is not known is an error
 * with the file's line and the nearest name.
 */
#ifndef LAB_DOCUMENT_H
#define LAB_DOCUMENT_H
#include "report/report.h"

typedef struct {
    const char *path;    /* of the Markdown */
    const char *sweep;   /* as in lab_report_wish */
    const char *figures; /* name of the folder for the figures */
    double seconds;      /* that a query may take; 0: 30 */
} lab_document_wish;

/* Fills a new page, owned by the caller. LAB_ERR_MISSING: no such file, or sweep; LAB_ERR_CONFIG:
 * "FILE:LINE: what is wrong with it". */
LAB_CHECKED lab_status lab_document_make(lab_page **out, lab_ledger *ledger,
                                         const lab_document_wish *wish, lab_error *err);
#endif
