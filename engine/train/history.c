#include "train/history.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* The step of a point line, -1 if it is none. */
static int64_t step_of(const char *line, isize bytes)
{
    static const char start[] = "point\t";
    char digits[24] = {0};
    isize skip = (isize)sizeof start - 1;
    if (bytes <= skip || memcmp(line, start, (size_t)skip) != 0) return -1;
    memcpy(digits, line + skip, (size_t)vt_min(bytes - skip, (isize)sizeof digits - 1));
    char *end = NULL;
    int64_t step = strtoll(digits, &end, 10);
    return end != digits && *end == '\t' ? step : -1;
}

/* Bytes of the lines of steps <= step, which stand at the front: a line that was cut short by a
 * crash, or lies behind the checkpoint, ends them. */
static isize kept(const vt_map *map, int64_t step, vt_history *history)
{
    isize at = 0;
    while (at < map->bytes) {
        const char *line = (const char *)map->data + at;
        const char *end = memchr(line, '\n', (size_t)(map->bytes - at));
        if (!end) break;
        isize bytes = end - line + 1;
        int64_t of = step_of(line, bytes);
        if (of < 0 || of > step) break;
        vt_event_send(history->sink, line, bytes);
        history->lines++;
        at += bytes;
    }
    return at;
}

vt_status vt_history_open(vt_history *out, const char *folder, int64_t step, vt_sink *sink,
                          vt_error *err)
{
    char path[PATH_BYTES];
    vt_map map = {0};
    *out = (vt_history){.fd = -1, .sink = sink};
    (void)snprintf(path, sizeof path, "%s/points.tsv", folder);
    isize bytes = 0;
    if (step >= 0 && access(path, F_OK) == 0) {
        vt_status status = vt_map_open(&map, path, err);
        if (status != VT_OK) return status;
        bytes = kept(&map, step, out);
        vt_map_close(&map);
    }
    out->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (out->fd < 0 || ftruncate(out->fd, (off_t)bytes) != 0) {
        vt_status status =
            vt_fail(err, vt_error_of(errno), "%s: cannot open: %s", path, strerror(errno));
        vt_history_close(out);
        return status;
    }
    return VT_OK;
}

vt_status vt_history_point(vt_history *history, int64_t step, const char *split, const char *metric,
                           double value, vt_error *err)
{
    char line[WIRE_LINE_MAX + 1];
    vt_field fields[] = {VT_I(step), VT_S(split), VT_S(metric), VT_R(value)};
    int bytes = vt_event_format(line, WIRE_EVENT_POINT, fields, 4);
    vt_event_send(history->sink, line, bytes);
    for (int at = 0; at < bytes;) {
        ssize_t wrote = write(history->fd, line + at, (size_t)(bytes - at));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0)
            return vt_fail(err, vt_error_of(errno), "points.tsv: cannot write: %s",
                           strerror(errno));
        at += (int)wrote;
    }
    history->lines++;
    return VT_OK;
}

vt_status vt_history_sync(vt_history *history, vt_error *err)
{
    if (fsync(history->fd) == 0) return VT_OK;
    return vt_fail(err, vt_error_of(errno), "points.tsv: cannot sync: %s", strerror(errno));
}

void vt_history_close(vt_history *history)
{
    if (history->fd >= 0) (void)close(history->fd);
    history->fd = -1;
}
