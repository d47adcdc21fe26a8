/* data/open.h - from what people have to the reader that reads it. */
#ifndef VT_OPEN_H
#define VT_OPEN_H
#include "data/import.h"

/* Opens what options say is to be read; of them only path, train, test, val, format and classes
 * count. spool: a path that tars may be unpacked to (files.h). The same options give the same items
 * each time. VT_ERR_CONFIG: the options are wrong. */
VT_CHECKED vt_status vt_source_open(vt_source **out, const vt_import_options *options,
                                    const char *spool, vt_error *err);
#endif
