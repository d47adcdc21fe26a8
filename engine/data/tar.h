/* data/tar.h - lists the entries class/NAME of a tar, plain or gzipped, and spools their bytes. */
#ifndef VT_TAR_H
#define VT_TAR_H
#include "data/files.h"

VT_CHECKED vt_status vt_tar_list(vt_files *files, const char *path, vt_part part, vt_error *err);
#endif
