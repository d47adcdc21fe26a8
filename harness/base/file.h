/* base/file.h - whole files: read from outside, up to a size that their reader names, or copied;
 * and folders. */
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
/* Writes text as the whole of a file, which appears whole or not at all. */
LAB_CHECKED lab_status lab_file_write(const char *path, const lab_text *text, lab_error *err);
/* Copies a file's bytes; to appears whole or not at all, and what was there is replaced. */
LAB_CHECKED lab_status lab_file_copy(const char *from, const char *to, lab_error *err);
/* Makes a folder, and those that it lies in; one that is there is fine. */
LAB_CHECKED lab_status lab_folder_make(const char *folder, lab_error *err);
/* Copies a folder's plain files into another, which is made where it is missing. Links, folders,
 * *.partial and the file of the name besides stay behind. */
LAB_CHECKED lab_status lab_folder_copy(const char *from, const char *to, const char *besides,
                                       lab_error *err);
/* Removes a folder of files; one that is not there is fine. */
LAB_CHECKED lab_status lab_folder_remove(const char *folder, lab_error *err);
#endif
