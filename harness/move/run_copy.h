/* move/run_copy.h - the folder of a run from one ledger's folder to another's. */
#ifndef LAB_RUN_COPY_H
#define LAB_RUN_COPY_H
#include "base/error.h"

/* A file that the ledger knows. */
typedef struct {
    const char *path; /* below the run's folder; borrowed */
    const char *sha256;
    int64_t bytes;
} lab_run_file;

/* Copies the plain files of folder from into folder to, where to lacks the known file or has
 * another one: each appears whole, the known one only where its SHA-256 is right. *copied tells
 * whether anything was. Links, folders, the lock and *.partial stay behind. LAB_ERR_MISSING: from
 * lacks the file. LAB_ERR_FORMAT: it is another one. LAB_ERR_BUSY: an engine works in to. */
LAB_CHECKED lab_status lab_run_copy(const char *from, const char *to, const lab_run_file *file,
                                    bool *copied, lab_error *err);
#endif
