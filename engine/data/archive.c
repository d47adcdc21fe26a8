#include "data/archive.h"
#include "base/heap.h"
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096, BLOCK_BYTES = 1 << 18, FREE_BYTES = 64 << 20 };

struct vt_archive {
    struct archive *reader;
    char path[PATH_BYTES];
    int64_t entries, bytes, bytes_max; /* bytes: handed out; holes of sparse files count */
    int in_entry;
    unsigned char waste[BLOCK_BYTES]; /* what nobody reads, because it counts too */
};

static vt_status damaged(const vt_archive *archive, vt_error *err)
{
    const char *why = archive_error_string(archive->reader);
    return vt_fail(err, VT_ERR_FORMAT, "%.200s: damaged, or not an archive of this kind: %.160s",
                   archive->path, why ? why : "unknown error");
}

static vt_status open_reader(vt_archive *archive, vt_archive_kind kind, vt_error *err)
{
    struct stat info;
    if (stat(archive->path, &info) != 0) {
        return vt_fail(err, VT_ERR_IO, "%.200s: cannot open: %s", archive->path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode))
        return vt_fail(err, VT_ERR_IO, "%.200s: not a plain file", archive->path);
    archive->bytes_max = FREE_BYTES;
    if (info.st_size > FREE_BYTES / VT_ARCHIVE_RATIO_MAX)
        archive->bytes_max = (int64_t)info.st_size * VT_ARCHIVE_RATIO_MAX;
    archive->reader = archive_read_new();
    if (!archive->reader) return vt_fail(err, VT_ERR_MEMORY, "libarchive: out of memory");
    int rc = archive_read_support_filter_gzip(archive->reader);
    if (rc == ARCHIVE_OK) {
        rc = kind == VT_ARCHIVE_TAR ? archive_read_support_format_tar(archive->reader)
                                    : archive_read_support_format_raw(archive->reader);
    }
    if (rc == ARCHIVE_OK)
        rc = archive_read_open_filename(archive->reader, archive->path, BLOCK_BYTES);
    return rc == ARCHIVE_OK ? VT_OK : damaged(archive, err);
}

vt_status vt_archive_open(vt_archive **out, const char *path, vt_archive_kind kind, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_archive), err);
    if (status != VT_OK) return status;
    vt_archive *archive = block;
    int length = snprintf(archive->path, sizeof archive->path, "%s", path);
    if (length < 0 || (size_t)length >= sizeof archive->path) {
        status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", path);
        goto done;
    }
    status = open_reader(archive, kind, err);
    if (status != VT_OK) goto done;
    *out = archive;
    archive = NULL;
done:
    vt_archive_close(&archive);
    return status;
}

static vt_status limits_check(const vt_archive *archive, vt_error *err)
{
    int64_t unpacked = archive_filter_bytes(archive->reader, 0);
    if (archive->entries > VT_ARCHIVE_ENTRIES_MAX) {
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: more than %d entries; split it", archive->path,
                       (int)VT_ARCHIVE_ENTRIES_MAX);
    }
    if (unpacked > archive->bytes_max || archive->bytes > archive->bytes_max) {
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s: unpacks to more than %d times its size, which no images do",
                       archive->path, (int)VT_ARCHIVE_RATIO_MAX);
    }
    return VT_OK;
}

vt_status vt_archive_next(vt_archive *archive, vt_archive_entry *entry, int *more, vt_error *err)
{
    *entry = (vt_archive_entry){.name = ""};
    *more = 0;
    isize got = archive->in_entry ? BLOCK_BYTES : 0;
    while (got == BLOCK_BYTES) {
        vt_status status = vt_archive_read(archive, archive->waste, BLOCK_BYTES, &got, err);
        if (status != VT_OK) return status;
    }
    struct archive_entry *header = NULL;
    int rc = archive_read_next_header(archive->reader, &header);
    if (rc == ARCHIVE_EOF) return VT_OK;
    if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) return damaged(archive, err);
    archive->entries++;
    archive->in_entry = 1;
    const char *name = archive_entry_pathname(header);
    if (!name) name = archive_entry_pathname_utf8(header);
    if (name) entry->name = name;
    mode_t type = archive_entry_filetype(header);
    entry->folder = type == AE_IFDIR;
    entry->plain = type == AE_IFREG && !archive_entry_hardlink(header);
    *more = 1;
    return limits_check(archive, err);
}

vt_status vt_archive_read(vt_archive *archive, void *data, isize bytes, isize *got, vt_error *err)
{
    *got = 0;
    while (*got < bytes) {
        la_ssize_t now =
            archive_read_data(archive->reader, (char *)data + *got, (size_t)(bytes - *got));
        if (now < 0) return damaged(archive, err);
        if (now == 0) break;
        *got += (isize)now;
    }
    archive->bytes += *got;
    return limits_check(archive, err);
}

void vt_archive_close(vt_archive **archive)
{
    if (!*archive) return;
    (void)archive_read_free((*archive)->reader);
    void *block = *archive;
    vt_heap_free(&block);
    *archive = NULL;
}
