/* curate/curate.h - a data set from the good part of what was fetched.
 *
 * The source is read twice: once to look at every sample, then to store those that stay. Memory is
 * what vt_record and vt_near take, some 230 bytes an image, and a batch; images are never held.
 * The result is a function of the source, the options and the test splits of the data folder, for
 * any number of workers. It appears whole or not at all, with its funnel (funnel.h) and up to
 * VT_CURATE_THUMBS pictures of what each step dropped.
 */
#ifndef VT_CURATE_H
#define VT_CURATE_H
#include "curate/funnel.h"

enum { VT_CURATE_THUMBS = 8 };

typedef struct {
    isize images[VT_SPLIT_COUNT], classes;
    char sha256[VT_SHA256_HEX];
    int existed;      /* 1: the same content was there already, and nothing was written */
    vt_funnel funnel; /* owned: vt_funnel_finish */
} vt_curate_report;

/* VT_ERR_CONFIG: the options are wrong, or the name is there with other content. VT_ERR_FORMAT: the
 * source is damaged, or nothing stays. The report is filled as far as it came. source.progress is
 * called for each image of both readings. */
VT_CHECKED vt_status vt_curate(const vt_curate_options *options, vt_curate_report *report,
                               vt_error *err);
#endif
