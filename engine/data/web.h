/* data/web.h - webdatasets as img2dataset and `patchlaw data fetch` write them, read sample by
 * sample.
 *
 * A tar, or a folder of tars in the order of their names, with KEY.jpg (or .jpeg) and KEY.json;
 * the files of one sample stand next to each other, others (KEY.txt) are passed over. KEY ends at
 * the first dot behind the last slash. All samples are of the training split and of one class.
 * Memory is that of one sample.
 */
#ifndef VT_WEB_H
#define VT_WEB_H
#include "data/source.h"

/* 1: path is a tar that begins with a KEY.jpg or KEY.json which is in no folder, or holds one. */
int vt_web_found(const char *path);
/* class_name: of all samples; copied. VT_ERR_CONFIG: it is no class name, or no tar is there. */
VT_CHECKED vt_status vt_web_open(vt_source **out, const char *path, const char *class_name,
                                 vt_error *err);
#endif
