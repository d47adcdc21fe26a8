/* data/archive.h - tars and gzipped files, through the only file that names libarchive.
 *
 * Nothing that an archive names is ever created on disk. Reading stops with a sentence when an
 * archive has more than ENTRIES_MAX entries, or unpacks to more than 64 MiB and to more than
 * RATIO_MAX times its own size: images do not, bombs do.
 */
#ifndef VT_ARCHIVE_H
#define VT_ARCHIVE_H
#include "base/error.h"

enum { VT_ARCHIVE_ENTRIES_MAX = 1 << 24, VT_ARCHIVE_RATIO_MAX = 256 };

typedef enum {
    VT_ARCHIVE_TAR,   /* plain or gzipped */
    VT_ARCHIVE_STREAM /* one file, plain or gzipped: a single entry */
} vt_archive_kind;

typedef struct {
    const char *name; /* as the archive has it, unsafe; "" if unreadable; borrowed until next */
    int plain;        /* 1: a plain file; 0: a link, a device */
    int folder;       /* 1: a folder */
} vt_archive_entry;

typedef struct vt_archive vt_archive;
/* VT_ERR_IO: cannot open. VT_ERR_FORMAT: neither plain nor gzip. */
VT_CHECKED vt_status vt_archive_open(vt_archive **out, const char *path, vt_archive_kind kind,
                                     vt_error *err);
/* *more is 0 after the last entry. VT_ERR_FORMAT: damaged, cut short, or beyond a limit. */
VT_CHECKED vt_status vt_archive_next(vt_archive *archive, vt_archive_entry *entry, int *more,
                                     vt_error *err);
/* Reads on in the current entry; *got < bytes at its end alone. */
VT_CHECKED vt_status vt_archive_read(vt_archive *archive, void *data, isize bytes, isize *got,
                                     vt_error *err);
void vt_archive_close(vt_archive **archive); /* sets NULL; NULL is fine */
#endif
