#include "fetch/spool.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECK = 16, LINE_MAX_BYTES = 1024, FIELDS = 7 };

vt_status vt_record_line(vt_text *out, const vt_record *record, vt_error *err)
{
    char line[LINE_MAX_BYTES], check[VT_SHA256_HEX];
    int length = snprintf(line, sizeof line, "%td\t%s\t%d\t%td\t%s\t%td\t%s\n", record->row,
                          vt_state_name(record->state), record->http, record->bytes, record->sha256,
                          record->kept, record->detail);
    VT_ASSERT(length > 0 && length < LINE_MAX_BYTES);
    vt_status status = vt_sha256_of(line, length, check, err);
    if (status != VT_OK) return status;
    vt_text_format(out, "%.16s\t", check);
    vt_text_put(out, line, length);
    return vt_text_check(out, err);
}

/* ---- reading ---- */

static int take_count(const char *field, isize *count)
{
    char *end = NULL;
    long long value = strtoll(field, &end, 10);
    *count = (isize)value;
    return end != field && *end == '\0' && value >= 0;
}

/* line: from ROW on, without its end, to be cut into its fields. */
static int take_record(char *line, vt_record *record)
{
    char *field[FIELDS] = {line};
    for (int i = 1; i < FIELDS; i++) {
        char *tab = strchr(field[i - 1], '\t');
        if (!tab) return 0;
        *tab = '\0';
        field[i] = tab + 1;
    }
    isize http = 0;
    *record = (vt_record){0};
    if (!take_count(field[0], &record->row) || !take_count(field[2], &http)) return 0;
    if (!take_count(field[3], &record->bytes) || !take_count(field[5], &record->kept)) return 0;
    if (!vt_state_named(&record->state, field[1], (isize)strlen(field[1]))) return 0;
    if (strlen(field[4]) >= sizeof record->sha256) return 0;
    if (strlen(field[6]) >= sizeof record->detail) return 0;
    record->http = (int)http;
    (void)snprintf(record->sha256, sizeof record->sha256, "%s", field[4]);
    (void)snprintf(record->detail, sizeof record->detail, "%s", field[6]);
    return record->kept == 0 || record->kept == record->bytes;
}

/* The length of the whole record at data; 0: there is none. */
static isize read_record(const unsigned char *data, isize bytes, vt_record *record, isize *body)
{
    char line[LINE_MAX_BYTES], check[VT_SHA256_HEX];
    vt_error err;
    const unsigned char *end = memchr(data, '\n', (size_t)vt_min(bytes, LINE_MAX_BYTES - 1));
    if (!end || end - data <= CHECK || data[CHECK] != '\t') return 0;
    *body = end + 1 - data;
    isize from = CHECK + 1, length = *body - from;
    if (vt_sha256_of(data + from, length, check, &err) != VT_OK) return 0;
    if (memcmp(check, data, CHECK) != 0) return 0;
    memcpy(line, data + from, (size_t)length - 1);
    line[length - 1] = '\0';
    if (!take_record(line, record)) return 0;
    if (record->kept == 0) return *body;
    if (record->kept > bytes - *body - 1 || data[*body + record->kept] != '\n') return 0;
    if (vt_sha256_of(data + *body, record->kept, check, &err) != VT_OK) return 0;
    return strcmp(check, record->sha256) == 0 ? *body + record->kept + 1 : 0;
}

vt_status vt_spool_open(vt_spool *spool, const char *path,
                        vt_status (*hear)(void *context, const vt_record *record, int64_t body,
                                          vt_error *err),
                        void *context, vt_error *err)
{
    vt_map map;
    spool->end = 0;
    (void)snprintf(spool->path, sizeof spool->path, "%s", path);
    spool->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (spool->fd < 0)
        return vt_fail(err, vt_error_of(errno), "%.200s: cannot open: %s", path, strerror(errno));
    vt_status status = vt_map_open(&map, path, err);
    while (status == VT_OK && spool->end < map.bytes) {
        vt_record record;
        isize body = 0;
        isize length = read_record(map.data + spool->end, map.bytes - spool->end, &record, &body);
        if (length == 0) break;
        status = hear(context, &record, spool->end + body, err);
        spool->end += length;
    }
    vt_map_close(&map);
    if (status == VT_OK && ftruncate(spool->fd, spool->end) != 0)
        status = vt_fail(err, VT_ERR_IO, "%.200s: cannot cut to length: %s", path, strerror(errno));
    return status;
}

void vt_spool_close(vt_spool *spool)
{
    if (spool->fd >= 0) (void)close(spool->fd);
    spool->fd = -1;
}

/* ---- writing ---- */

static vt_status write_at(const vt_spool *spool, int64_t at, const char *data, isize bytes,
                          vt_error *err)
{
    while (bytes > 0) {
        ssize_t wrote = pwrite(spool->fd, data, (size_t)bytes, at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0)
            return vt_fail(err, vt_error_of(errno), "%.200s: cannot write: %s", spool->path,
                           strerror(errno));
        data += wrote;
        at += wrote;
        bytes -= (isize)wrote;
    }
    return VT_OK;
}

vt_status vt_spool_put(vt_spool *spool, const vt_record *record, const void *data, int64_t *body,
                       vt_error *err)
{
    vt_text line = {0};
    vt_status status = vt_record_line(&line, record, err);
    if (status == VT_OK) status = write_at(spool, spool->end, vt_text_at(&line, 0), line.used, err);
    int64_t end = spool->end + line.used;
    *body = end;
    vt_text_finish(&line);
    if (status == VT_OK && record->kept > 0) {
        status = write_at(spool, end, data, record->kept, err);
        if (status == VT_OK) status = write_at(spool, end + record->kept, "\n", 1, err);
        end += record->kept + 1;
    }
    if (status != VT_OK) {
        if (ftruncate(spool->fd, spool->end) != 0) return status; /* reading would cut it */
        return status;
    }
    spool->end = end;
    return VT_OK;
}

vt_status vt_spool_read(const vt_spool *spool, int64_t body, void *data, isize bytes, vt_error *err)
{
    char *to = data;
    while (bytes > 0) {
        ssize_t got = pread(spool->fd, to, (size_t)bytes, body);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return vt_fail(err, VT_ERR_IO, "%.200s: cannot read: %s", spool->path,
                           got < 0 ? strerror(errno) : "cut short by somebody else");
        to += got;
        body += got;
        bytes -= (isize)got;
    }
    return VT_OK;
}
