/* data/folder.h - lists the files of a folder class/NAME. Links are listed, and not followed. */
#ifndef VT_FOLDER_H
#define VT_FOLDER_H
#include "data/files.h"

VT_CHECKED vt_status vt_folder_list(vt_files *files, const char *path, vt_part part, vt_error *err);
#endif
