/* report/report.h - the reports that there are, and writing one. */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H
#include "ledger/ledger.h"
#include "report/figure.h"

typedef struct {
    const char *name, *about;
} lab_report_entry;

/* The i-th report from 0; name is NULL behind the last. */
lab_report_entry lab_report_at(int i);

typedef struct {
    const char *name;    /* of the report */
    const char *sweep;   /* only the runs of the newest sweep of this name; NULL: all */
    const char *query;   /* runs that laws are fitted to, study/sample.h; NULL: law_runs */
    const char *figures; /* name of the folder for the figures of the Markdown */
} lab_report_wish;

/* LAB_ERR_MISSING: the ledger has no sweep of that name; the sentence lists those there are. NULL
 * is fine. */
LAB_CHECKED lab_status lab_report_check_sweep(lab_ledger *ledger, const char *sweep,
                                              lab_error *err);

/* Fills a new page, owned by the caller, and counts the cells it is about in *cells: 0 gives a
 * page that says that there is nothing yet. LAB_ERR_MISSING: no report, or no sweep, of that
 * name; the sentence lists those there are. LAB_ERR_CONFIG: the query is wrong, or the report fits
 * no laws. */
LAB_CHECKED lab_status lab_report_make(lab_page **out, isize *cells, lab_ledger *ledger,
                                       const lab_report_wish *wish, lab_error *err);

/* LAB_ERR_MISSING where the ledger has no sweep of that name; NULL is fine. */
LAB_CHECKED lab_status lab_report_check_sweep(lab_ledger *ledger, const char *sweep,
                                              lab_error *err);

/* Puts the figure of any report that has this query, without its heading; the scene brings its
 * page and styles. LAB_ERR_CONFIG: there is none. */
LAB_CHECKED lab_status lab_report_figure(lab_scene *scene, const char *query, lab_ledger *ledger,
                                         const char *sweep, lab_error *err);
#endif
