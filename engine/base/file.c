#include "base/file.h"
#include "base/hash.h"
#include "base/heap.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, BUFFER_BYTES = 1 << 20 };

struct vt_writer {
    char path[PATH_BYTES], partial[PATH_BYTES];
    vt_sha256 hash;
    isize bytes, buffered;
    int fd;
    int created; /* 1: partial is there, and ours to remove */
    unsigned char buffer[BUFFER_BYTES];
};

vt_status vt_map_open(vt_map *out, const char *path, vt_error *err)
{
    *out = (vt_map){0};
    vt_status status = VT_OK;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return vt_fail(err, VT_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        status = vt_fail(err, VT_ERR_IO, "%s: not a plain file", path);
        goto done;
    }
    if (info.st_size > 0) {
        void *data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) {
            status = vt_fail(err, VT_ERR_IO, "%s: cannot map: %s", path, strerror(errno));
            goto done;
        }
        *out = (vt_map){.data = data, .bytes = (isize)info.st_size};
    }
done:
    (void)close(fd);
    return status;
}

void vt_map_close(vt_map *map)
{
    if (map->data) (void)munmap((void *)(uintptr_t)map->data, (size_t)map->bytes);
    *map = (vt_map){0};
}

vt_status vt_file_describe(const char *path, isize *bytes, char sha256[VT_SHA256_HEX],
                           vt_error *err)
{
    vt_map map;
    vt_status status = vt_map_open(&map, path, err);
    if (status != VT_OK) return status;
    *bytes = map.bytes;
    status = vt_sha256_of(map.data, map.bytes, sha256, err);
    vt_map_close(&map);
    return status;
}

vt_status vt_writer_open(vt_writer **out, const char *path, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_writer), err);
    if (status != VT_OK) return status;
    vt_writer *writer = block;
    writer->fd = -1;
    int length = snprintf(writer->path, sizeof writer->path, "%s", path);
    int longer = snprintf(writer->partial, sizeof writer->partial, "%s.partial", path);
    if (length < 0 || longer < 0 || (size_t)longer >= sizeof writer->partial) {
        status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", path);
        goto done;
    }
    writer->fd = open(writer->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (writer->fd < 0) {
        status = vt_fail(err, vt_error_of(errno), "%.200s: cannot create: %s", writer->partial,
                         strerror(errno));
        goto done;
    }
    writer->created = 1;
    status = vt_sha256_open(&writer->hash, err);
    if (status != VT_OK) goto done;
    *out = writer;
    writer = NULL;
done:
    vt_writer_close(&writer);
    return status;
}

static vt_status write_all(vt_writer *writer, const unsigned char *data, isize bytes, vt_error *err)
{
    while (bytes > 0) {
        ssize_t wrote = write(writer->fd, data, (size_t)bytes);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            return vt_fail(err, vt_error_of(errno), "%.200s: cannot write: %s", writer->partial,
                           strerror(errno));
        }
        data += wrote;
        bytes -= (isize)wrote;
    }
    return VT_OK;
}

static vt_status flush(vt_writer *writer, vt_error *err)
{
    vt_status status = write_all(writer, writer->buffer, writer->buffered, err);
    writer->buffered = 0;
    return status;
}

vt_status vt_writer_put(vt_writer *writer, const void *data, isize bytes, vt_error *err)
{
    vt_status status = vt_sha256_put(&writer->hash, data, bytes, err);
    if (status == VT_OK && bytes > BUFFER_BYTES - writer->buffered) status = flush(writer, err);
    if (status != VT_OK) return status;
    writer->bytes += bytes;
    if (bytes > BUFFER_BYTES) return write_all(writer, data, bytes, err);
    if (bytes > 0) memcpy(writer->buffer + writer->buffered, data, (size_t)bytes);
    writer->buffered += bytes;
    return VT_OK;
}

static vt_status sync_folder_of(const char *path, vt_error *err)
{
    char folder[PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        (void)snprintf(folder, sizeof folder, ".");
    else if (slash == folder)
        slash[1] = '\0';
    else
        *slash = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        vt_status status =
            vt_fail(err, vt_error_of(errno), "%.200s: cannot sync: %s", folder, strerror(errno));
        if (fd >= 0) (void)close(fd);
        return status;
    }
    (void)close(fd);
    return VT_OK;
}

vt_status vt_writer_commit(vt_writer *writer, char *sha256, vt_error *err)
{
    char digest[VT_SHA256_HEX];
    vt_status status = flush(writer, err);
    if (status == VT_OK) status = vt_sha256_finish(&writer->hash, digest, err);
    if (status != VT_OK) return status;
    int cause = fsync(writer->fd) != 0 ? errno : 0;
    if (close(writer->fd) != 0 && cause == 0) cause = errno;
    writer->fd = -1;
    if (cause != 0) {
        (void)unlink(writer->partial);
        return vt_fail(err, vt_error_of(cause), "%.200s: cannot sync: %s", writer->partial,
                       strerror(cause));
    }
    if (rename(writer->partial, writer->path) != 0) {
        return vt_fail(err, vt_error_of(errno), "%.200s: cannot rename: %s", writer->partial,
                       strerror(errno));
    }
    writer->created = 0;
    if (sha256) memcpy(sha256, digest, sizeof digest);
    return sync_folder_of(writer->path, err);
}

isize vt_writer_bytes(const vt_writer *writer)
{
    return writer->bytes;
}

void vt_writer_close(vt_writer **writer)
{
    vt_writer *w = *writer;
    if (!w) return;
    if (w->fd >= 0) (void)close(w->fd);
    if (w->created) (void)unlink(w->partial);
    vt_sha256_close(&w->hash);
    void *block = w;
    vt_heap_free(&block);
    *writer = NULL;
}

vt_status vt_folder_make(const char *path, vt_error *err)
{
    char partial[PATH_BYTES];
    int length = snprintf(partial, sizeof partial, "%s", path);
    if (length < 0 || (size_t)length >= sizeof partial)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", path);
    for (char *p = partial; *p; p++) {
        if (*p != '/' || p == partial) continue;
        *p = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return vt_fail(err, vt_error_of(errno), "%.200s: cannot make: %s", partial,
                           strerror(errno));
        *p = '/';
    }
    struct stat info;
    if (mkdir(partial, 0777) != 0 && errno != EEXIST)
        return vt_fail(err, vt_error_of(errno), "%.200s: cannot make: %s", partial,
                       strerror(errno));
    if (stat(partial, &info) != 0 || !S_ISDIR(info.st_mode))
        return vt_fail(err, VT_ERR_IO, "%.200s: is there, but not a folder", partial);
    return VT_OK;
}
