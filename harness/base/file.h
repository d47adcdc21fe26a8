/* base/file.h - a whole file from outside as text, up to a size that its reader names. */
#ifndef LAB_FILE_H
#define LAB_FILE_H
#include "base/error.h"
#include "base/text.h"
#include <stdio.h>

/* Appends all bytes of path to text. LAB_ERR_MISSING (no such file), LAB_ERR_IO, LAB_ERR_CONFIG
 * (more than mib_max MiB); on failure text holds what was read so far. */
LAB_CHECKED lab_status lab_file_read(lab_text *text, const char *path, int mib_max, lab_error *err);
/* The same of an open file; name stands for it in messages. */
LAB_CHECKED lab_status lab_file_read_stream(lab_text *text, FILE *file, const char *name,
                                            int mib_max, lab_error *err);
#endif
