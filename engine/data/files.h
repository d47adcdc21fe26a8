/* data/files.h - JPEG files in folders or tars of class/NAME, as a source.
 *
 * folder.c and tar.c list what is there; vt_files_start turns the list into a source. Classes are
 * the sorted class names of the training split. Each split is sorted by name and then put into a
 * fixed pseudo-random order, so that its front is a fair sample of its classes.
 */
#ifndef VT_FILES_H
#define VT_FILES_H
#include "data/source.h"

/* VAL joins the training split, from which probing holds back its own validation part; where there
 * is no TEST, VAL is the test split. NAMED: paths are part/class/NAME, or that in a folder, part
 * one of train, test, val. */
typedef enum { VT_PART_TRAIN, VT_PART_VAL, VT_PART_TEST, VT_PART_NAMED } vt_part;

typedef struct vt_files vt_files;

/* spool: a path that tars may be unpacked to, as one file of bare bytes; gone after close. */
VT_CHECKED vt_status vt_files_open(vt_files **out, const char *spool, vt_error *err);
/* One more place to read; its number names it in vt_files_add. */
VT_CHECKED vt_status vt_files_input(vt_files *files, const char *path, int *number, vt_error *err);

typedef struct {
    int input;
    vt_part part;     /* as it was asked for */
    const char *path; /* below the input, as found there: unsafe; copied */
    vt_skip skip;     /* what the lister knows already */
    isize offset;     /* in the spool; -1: a file of its own */
    isize bytes;      /* in the spool */
} vt_file;
/* Lists one file; where its path is no good, the file is listed with that reason. */
VT_CHECKED vt_status vt_files_add(vt_files *files, const vt_file *file, vt_error *err);
/* Appends to the spool, which is made on first use; *offset is where the bytes begin. */
VT_CHECKED vt_status vt_files_spool(vt_files *files, const void *data, isize bytes, isize *offset,
                                    vt_error *err);

/* The end of listing: the list becomes a source, and *files is NULL afterwards, also on failure. */
VT_CHECKED vt_status vt_files_start(vt_source **out, vt_files **files, vt_error *err);
void vt_files_close(vt_files **files); /* sets NULL; NULL is fine */
#endif
