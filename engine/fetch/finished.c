#include "fetch/finished.h"
#include "base/file.h"
#include "data/archive.h"
#include "fetch/spool.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A states file as it is read: lines of mapped bytes. */
typedef struct {
    char path[VT_PLACE_PATH];
    vt_map map;
    isize at, line; /* of the next line, from 1 */
    isize tar_bytes;
    char tar_sha256[VT_SHA256_HEX];
} states;

enum { FIELDS = 7 }; /* but the URL */
enum { ROW, KEY, STATE, HTTP, BYTES, SHA256, DETAIL };
enum { LINE_MAX_BYTES = 1024 };

static vt_status complain(const states *s, const char *what, vt_error *err)
{
    return vt_fail(err, VT_ERR_FORMAT, "%.200s:%td: %s; remove it to fetch its part again", s->path,
                   s->line, what);
}

/* The next line into text, as much of it as there is room for. 0: none. */
static int line_next(states *s, char text[LINE_MAX_BYTES])
{
    isize left = s->map.bytes - s->at;
    if (left == 0) return 0;
    const char *from = (const char *)s->map.data + s->at;
    const char *end = memchr(from, '\n', (size_t)left);
    if (!end) return 0;
    (void)snprintf(text, LINE_MAX_BYTES, "%.*s", (int)vt_min(end - from, LINE_MAX_BYTES - 1), from);
    s->at += end - from + 1;
    s->line++;
    return 1;
}

static vt_status states_open(states *s, const vt_place *place, isize part, vt_error *err)
{
    char text[LINE_MAX_BYTES];
    s->line = 0;
    s->at = 0;
    vt_place_path(place, part, ".tsv", s->path);
    vt_status status = vt_map_open(&s->map, s->path, err);
    if (status != VT_OK) return status;
    int good = line_next(s, text) &&
               sscanf(text, "# patchlaw states 1 tar_bytes %td tar_sha256 %64[0-9a-f]", /* NOLINT */
                      &s->tar_bytes, s->tar_sha256) == 2 &&
               line_next(s, text) && strncmp(text, "row\t", 4) == 0;
    return good ? VT_OK : complain(s, "not a states file", err);
}

static int take_count(const char *field, isize *count)
{
    char *end = NULL;
    long long value = strtoll(field, &end, 10);
    *count = (isize)value;
    return end != field && *end == '\0' && value >= 0;
}

/* The next row; *more 0 behind the last. */
static vt_status states_next(states *s, isize row, vt_record *record, char key[48], int *more,
                             vt_error *err)
{
    char text[LINE_MAX_BYTES], *field[FIELDS + 1] = {text};
    isize number = 0, http = 0;
    *record = (vt_record){0};
    *more = line_next(s, text);
    if (!*more) return VT_OK;
    for (int i = 1; i <= FIELDS; i++) {
        field[i] = strchr(field[i - 1], '\t');
        if (!field[i]) return complain(s, "not a row of states", err);
        *field[i]++ = '\0';
    }
    const char *name = field[STATE];
    if (!take_count(field[ROW], &number) || number != row || !take_count(field[HTTP], &http) ||
        !take_count(field[BYTES], &record->bytes) ||
        !vt_state_named(&record->state, name, (isize)strlen(name)) || strlen(field[KEY]) >= 48 ||
        strlen(field[SHA256]) >= sizeof record->sha256 ||
        strlen(field[DETAIL]) >= sizeof record->detail)
        return complain(s, "not the row of states that belongs here", err);
    record->http = (int)http;
    record->kept = record->state == VT_STATE_OK ? record->bytes : 0;
    (void)snprintf(key, 48, "%s", field[KEY]);
    (void)snprintf(record->sha256, sizeof record->sha256, "%s", field[SHA256]);
    (void)snprintf(record->detail, sizeof record->detail, "%s", field[DETAIL]);
    return VT_OK;
}

/* ---- looking ---- */

static vt_status is_of(int *same, const char *path, const states *s, vt_error *err)
{
    vt_map map;
    char sha256[VT_SHA256_HEX];
    vt_status status = vt_map_open(&map, path, err);
    if (status != VT_OK) return status;
    status = vt_sha256_of(map.data, map.bytes, sha256, err);
    *same = status == VT_OK && strcmp(sha256, s->tar_sha256) == 0;
    vt_map_close(&map);
    return status;
}

/* A tar that waits for its name gets it where the states file means that one; else it belongs to a
 * process that was killed before it had written its states. */
static vt_status roll_forward(const vt_place *place, isize part, const states *s, vt_error *err)
{
    char next[VT_PLACE_PATH], path[VT_PLACE_PATH];
    int same = 0;
    vt_place_path(place, part, ".tar.next", next);
    vt_place_path(place, part, ".tar", path);
    if (access(next, F_OK) != 0) return VT_OK;
    vt_status status = is_of(&same, next, s, err);
    if (status != VT_OK) return status;
    if ((same ? rename(next, path) : unlink(next)) == 0) return VT_OK;
    return vt_fail(err, vt_error_of(errno), "%.200s: cannot be renamed or removed: %s", next,
                   strerror(errno));
}

static vt_status tar_check(const vt_place *place, isize part, const states *s, vt_error *err)
{
    struct stat info;
    char path[VT_PLACE_PATH];
    vt_place_path(place, part, ".tar", path);
    if (stat(path, &info) == 0 && (isize)info.st_size == s->tar_bytes) return VT_OK;
    return vt_fail(err, VT_ERR_FORMAT,
                   "%.200s is missing, or not the tar that its states file names; remove %05td.tsv "
                   "to fetch the part again",
                   path, part);
}

static vt_status count(const vt_place *place, isize part, states *s, vt_tally *tally, vt_error *err)
{
    vt_record record;
    char key[48];
    int more = 1;
    isize rows = vt_place_part_rows(place, part);
    for (isize i = 0; i <= rows; i++) {
        vt_status status = states_next(s, part * place->samples + i, &record, key, &more, err);
        if (status != VT_OK) return status;
        if (more != (i < rows)) return complain(s, "not as many rows as the part has", err);
        if (!more) break;
        tally->rows[record.state]++;
        tally->bytes += record.kept;
    }
    return VT_OK;
}

vt_status vt_finished_look(const vt_place *place, isize part, int *found, vt_tally *tally,
                           vt_error *err)
{
    states s;
    vt_place_path(place, part, ".tsv", s.path);
    *found = access(s.path, F_OK) == 0;
    if (!*found) return VT_OK;
    vt_status status = states_open(&s, place, part, err);
    if (status == VT_OK) status = roll_forward(place, part, &s, err);
    if (status == VT_OK) status = tar_check(place, part, &s, err);
    if (status == VT_OK) status = count(place, part, &s, tally, err);
    vt_map_close(&s.map);
    return status;
}

int vt_finished_under_way(const vt_place *place, isize part)
{
    char path[VT_PLACE_PATH];
    vt_place_path(place, part, ".spool", path);
    return access(path, F_OK) == 0;
}

/* ---- opening again ---- */

/* The bytes of KEY.jpg, to which the tar is read on. */
static vt_status find_body(vt_archive *tar, const char *key, const vt_record *record,
                           vt_buffer *body, vt_error *err)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s.jpg", key);
    for (;;) {
        vt_archive_entry entry;
        int more = 0;
        isize got = 0;
        vt_status status = vt_archive_next(tar, &entry, &more, err);
        if (status == VT_OK && !more)
            status = vt_fail(err, VT_ERR_FORMAT, "no %s, which the states file names", name);
        if (status != VT_OK) return status;
        if (strcmp(entry.name, name) != 0) continue;
        status = vt_buffer_reserve(body, record->kept, err);
        if (status == VT_OK) status = vt_archive_read(tar, body->data, record->kept, &got, err);
        if (status == VT_OK && got != record->kept)
            status = vt_fail(err, VT_ERR_FORMAT, "%s: not of the length of its state", name);
        return status;
    }
}

typedef struct {
    vt_archive *tar;
    vt_writer *spool;
    vt_buffer body;
    vt_text line;
} reopening;

static vt_status spool_row(reopening *r, const char *key, const vt_record *record, vt_error *err)
{
    vt_text_clear(&r->line);
    vt_status status = vt_record_line(&r->line, record, err);
    if (status == VT_OK)
        status = vt_writer_put(r->spool, vt_text_at(&r->line, 0), r->line.used, err);
    if (status != VT_OK || record->kept == 0) return status;
    status = find_body(r->tar, key, record, &r->body, err);
    if (status == VT_OK) status = vt_writer_put(r->spool, r->body.data, record->kept, err);
    if (status == VT_OK) status = vt_writer_put(r->spool, "\n", 1, err);
    return status;
}

static vt_status spool_rows(reopening *r, states *s, const vt_place *place, isize part,
                            const int again[VT_STATE_COUNT], vt_error *err)
{
    vt_record record;
    char key[48];
    int more = 1;
    for (isize i = 0; more; i++) {
        vt_status status = states_next(s, part * place->samples + i, &record, key, &more, err);
        record.row = i;
        if (status == VT_OK && more && !again[record.state])
            status = spool_row(r, key, &record, err);
        if (status != VT_OK) return status;
    }
    return VT_OK;
}

vt_status vt_finished_reopen(const vt_place *place, isize part, const int again[VT_STATE_COUNT],
                             vt_error *err)
{
    states s;
    reopening r = {0};
    char tar[VT_PLACE_PATH], spool[VT_PLACE_PATH];
    vt_place_path(place, part, ".tar", tar);
    vt_place_path(place, part, ".spool", spool);
    vt_status status = states_open(&s, place, part, err);
    if (status == VT_OK) status = vt_archive_open(&r.tar, tar, VT_ARCHIVE_TAR, err);
    if (status == VT_OK) status = vt_writer_open(&r.spool, spool, err);
    if (status == VT_OK) status = spool_rows(&r, &s, place, part, again, err);
    if (status == VT_OK) status = vt_writer_commit(r.spool, NULL, err);
    if (status != VT_OK) vt_error_context(err, "%.200s", tar);
    vt_archive_close(&r.tar);
    vt_writer_close(&r.spool);
    vt_buffer_finish(&r.body);
    vt_text_finish(&r.line);
    vt_map_close(&s.map);
    return status;
}
