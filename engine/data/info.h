/* data/info.h - what a data set holds, told to a person or a program. */
#ifndef VT_INFO_H
#define VT_INFO_H
#include "base/error.h"

/* Prints to standard output, as JSON where json is 1. Where a curation made the data set, its
 * funnel follows (curate/funnel.h). */
VT_CHECKED vt_status vt_info_print(const char *folder, int json, vt_error *err);
/* A text in quotes, escaped. */
void vt_print_json_text(const char *text);
#endif
