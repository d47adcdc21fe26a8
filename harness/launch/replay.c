#include "launch/replay.h"
#include "launch/event.h"
#include "launch/host.h"
#include "launch/record.h"
#include "launch/spool.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIB_MAX = 1024, UUID_DIGITS = 8 };

typedef struct {
    lab_replay *r;
    lab_ledger *ledger;
    const lab_replay_how *how;
    int64_t last_at; /* time of the last line that is there; 0: none */
} reader;

/* ---- bytes ---- */

static lab_status read_rest(const char *path, int64_t from, lab_text *text, lab_error *err)
{
    char bytes[65536];
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC); /* anew: a network filesystem looks again then */
    if (fd < 0 && errno == ENOENT) return LAB_OK;
    while (fd >= 0 && text->length <= (isize)MIB_MAX << 20 &&
           ((got = pread(fd, bytes, sizeof bytes, from)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0) {
            lab_text_bytes(text, bytes, got);
            from += got;
        }
    int why = errno;
    if (fd >= 0) (void)close(fd);
    if (fd < 0 || got < 0)
        return lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", path, strerror(why));
    if (text->length > (isize)MIB_MAX << 20)
        return lab_fail(err, LAB_ERR_FORMAT, "%s: is larger than %d MiB", path, MIB_MAX);
    return LAB_OK;
}

/* ---- statements ---- */

/* Opens a statement and binds what it takes of the line, the cell and the attempt. */
static lab_status open_bound(lab_query **out, const reader *x, const char *name,
                             const lab_event *line, lab_error *err)
{
    lab_status status = lab_query_open(out, x->ledger, "queries", name, err);
    if (status != LAB_OK) return status;
    const char *parameter = NULL;
    for (int i = 0; (parameter = lab_query_parameter(*out, i)); i++)
        if (strcmp(parameter, ":folder") == 0)
            lab_query_bind_text(*out, parameter, x->r->folder);
        else if (strcmp(parameter, ":over") == 0)
            lab_query_bind_int(*out, parameter, x->how->over || x->r->ended);
        else if (strcmp(parameter, ":done") == 0)
            lab_query_bind_int(*out, parameter, x->r->done);
    lab_record_bind(*out, x->r->cell_id, x->r->attempt_id, line);
    return LAB_OK;
}

static lab_status run(const reader *x, const char *name, const lab_event *line, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_bound(&query, x, name, line, err);
    if (status == LAB_OK) status = lab_query_run(query, err);
    lab_query_close(&query);
    return status;
}

/* The integer in the first column of a statement's one row; stays as it is where there is none. */
static lab_status get(const reader *x, const char *name, const lab_event *line, int64_t *out,
                      lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = open_bound(&query, x, name, line, err);
    if (status == LAB_OK) status = lab_query_step(query, &row, err);
    if (status == LAB_OK && row) *out = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

/* ---- lines ---- */

/* A new attempt takes the place of the one that waits in the queue, or makes one. */
static lab_status add_attempt(const reader *x, const lab_event *line, lab_error *err)
{
    lab_replay *r = x->r;
    r->added = true;
    lab_status status = run(x, "attempt_queue", line, err);
    if (status == LAB_OK) status = get(x, "spool_claim", line, &r->attempt_id, err);
    if (status == LAB_OK && r->attempt_id == 0)
        status = get(x, "spool_claim_beside", line, &r->attempt_id, err);
    return status;
}

static lab_status find_attempt(reader *x, const lab_event *line, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = open_bound(&query, x, "spool_attempt", line, err);
    if (status == LAB_OK) status = lab_query_step(query, &row, err);
    if (status == LAB_OK && row) {
        bool over = lab_query_int(query, 2) == x->last_at &&
                    strcmp(lab_query_text(query, 1), "orphaned") != 0;
        x->r->attempt_id = lab_query_int(query, 0);
        x->r->known = x->r->ended && over;
        (void)snprintf(x->r->folder, sizeof x->r->folder, "%s", lab_query_text(query, 3));
    }
    lab_query_close(&query);
    return status;
}

static bool same_job(const lab_event *line)
{
    const char *job = getenv("SLURM_JOB_ID"), *starts = getenv("SLURM_RESTART_COUNT");
    return job && starts && strcmp(job, lab_event_text(line, "job")) == 0 &&
           lab_event_int(line, "starts") < strtoll(starts, NULL, 10);
}

static lab_status name_folder(const reader *x, const char *uuid, lab_error *err)
{
    if (strspn(uuid, "0123456789abcdef") < UUID_DIGITS)
        return lab_fail(err, LAB_ERR_FORMAT, "'%.40s' is no uuid", uuid);
    (void)snprintf(x->r->folder, sizeof x->r->folder, "%s%s%.*s", x->how->folder,
                   x->how->beside ? "." : "", x->how->beside ? UUID_DIGITS : 0, uuid);
    return LAB_OK;
}

static lab_status take_claim(reader *x, const lab_event *line, lab_error *err)
{
    lab_replay *r = x->r;
    int64_t outranked = 0;
    lab_status status = LAB_OK;
    if (lab_event_int(line, "version") != LAB_SPOOL_VERSION)
        return lab_fail(err, LAB_ERR_FORMAT, "is of version %lld, and this program reads %d",
                        (long long)lab_event_int(line, "version"), LAB_SPOOL_VERSION);
    if (strcmp(lab_event_text(line, "hash"), x->how->hash) != 0)
        return lab_fail(err, LAB_ERR_FORMAT, "is of run %.12s, and lies in the folder of %.12s",
                        lab_event_text(line, "hash"), x->how->hash);
    status = name_folder(x, lab_event_text(line, "uuid"), err);
    if (status != LAB_OK) return status;
    r->restarted = same_job(line);
    r->batch = *lab_event_text(line, "job") != 0;
    if (r->attempt_id > 0) { /* found earlier, without this line */
        status = run(x, "spool_claim_name", line, err);
    } else {
        status = find_attempt(x, line, err);
        if (status != LAB_OK || r->known) return status;
        status = r->attempt_id > 0 ? run(x, "spool_revive", line, err) : add_attempt(x, line, err);
    }
    if (status != LAB_OK) return status;
    status = get(x, "spool_outranked", line, &outranked, err);
    r->outranked = outranked != 0;
    if (status == LAB_OK && lab_event_int(line, "redo"))
        status = run(x, "spool_supersede", line, err);
    if (status != LAB_OK || r->outranked) return status;
    status = run(x, "spool_forget_probes", line, err);
    if (status == LAB_OK && *lab_event_text(line, "input"))
        status = run(x, "spool_input", line, err);
    return status;
}

static lab_status take_end(const reader *x, const lab_event *line, lab_error *err)
{
    const char *reason = lab_event_text(line, "reason");
    lab_ending ending = {.state = lab_event_text(line, "state"),
                         .reason = *reason ? reason : NULL,
                         .exit_code = (int)lab_event_int(line, "exit_code"),
                         .signal = (int)lab_event_int(line, "signal"),
                         .wall_s = lab_event_real(line, "wall_s"),
                         .cpu_s = lab_event_real(line, "cpu_s"),
                         .rss_peak = lab_event_int(line, "rss_peak"),
                         .at = line->at};
    if (!lab_record_is_ending(ending.state))
        return lab_fail(err, LAB_ERR_FORMAT, "ended: '%.40s' is no state that an attempt ends in",
                        ending.state);
    lab_status status = lab_record_end(x->ledger, x->r->attempt_id, &ending, err);
    if (status == LAB_OK) status = lab_record_summary(x->ledger, x->r->attempt_id, err);
    return status;
}

static lab_status take(reader *x, const lab_event *line, lab_error *err)
{
    lab_replay *r = x->r;
    bool first = r->lines == 0;
    if (first != (line->kind == LAB_LINE_CLAIM) || line->kind == LAB_LINE_SWEEP ||
        line->kind == LAB_LINE_CELL || line->kind == LAB_LINE_VAR)
        return lab_fail(err, LAB_ERR_FORMAT,
                        first ? "the first line must be a claim" : "this line has no place here");
    if (first) return take_claim(x, line, err);
    if (r->known) return LAB_OK;
    if (line->kind == LAB_LINE_ENDED) return take_end(x, line, err);
    if (r->outranked) return lab_record_gap(x->ledger, r->cell_id, r->attempt_id, line, err);
    return lab_record_event(x->ledger, r->cell_id, r->attempt_id, line, err);
}

/* ---- a file ---- */

static lab_status parse(lab_event *line, const char *text, isize bytes, lab_text *copy,
                        lab_error *err)
{
    lab_text_clear(copy);
    lab_text_bytes(copy, text, bytes + 1); /* parsing changes it, and text is read twice */
    return lab_line_parse(line, copy->data, bytes, err);
}

/* How the file ends is known before its lines are taken: see outranked. */
static void look_ahead(reader *x, const lab_text *text, lab_text *copy)
{
    lab_event line;
    lab_error ignored;
    const char *data = lab_text_of(text), *end = memrchr(data, '\n', (size_t)text->length);
    if (!end) return;
    const char *start = end > data ? memrchr(data, '\n', (size_t)(end - data)) : NULL;
    start = start ? start + 1 : data;
    if (parse(&line, start, end - start, copy, &ignored) != LAB_OK) return;
    x->last_at = line.at;
    x->r->ended = line.kind == LAB_LINE_ENDED;
    x->r->done = x->r->ended && strcmp(lab_event_text(&line, "state"), "done") == 0;
}

static lab_status take_lines(reader *x, const lab_text *text, const char *path, lab_error *err)
{
    lab_replay *r = x->r;
    lab_text copy = {0};
    lab_status status = LAB_OK;
    const char *line = lab_text_of(text), *stop = line + text->length, *end = NULL;
    look_ahead(x, text, &copy);
    while (status == LAB_OK && (end = memchr(line, '\n', (size_t)(stop - line)))) {
        lab_event event;
        status = parse(&event, line, end - line, &copy, err);
        if (status == LAB_OK) status = take(x, &event, err);
        if (status == LAB_ERR_FORMAT || status == LAB_ERR_LEDGER)
            lab_error_context(err, "%s:%lld", path, (long long)r->lines + 1);
        if (status != LAB_OK) break;
        r->lines++;
        r->bytes += end + 1 - line;
        line = end + 1;
    }
    r->torn = line < stop;
    lab_text_finish(&copy);
    return status;
}

/* Whoever made the file has not said so yet, or never will: it is nobody of this host. */
static lab_status add_nameless(const reader *x, const char *path, lab_error *err)
{
    lab_sha256 hash = lab_sha256_of(path, (isize)strlen(path));
    lab_event line = {.kind = LAB_LINE_CLAIM, .at = lab_now_us()};
    hash.hex[32] = 0;
    lab_event_set_text(&line, "uuid", hash.hex);
    lab_event_set_text(&line, "host", "unknown");
    lab_event_set_text(&line, "boot_id", "unknown");
    (void)snprintf(x->r->folder, sizeof x->r->folder, "%s", x->how->folder);
    return add_attempt(x, &line, err);
}

static lab_status find_cell(const reader *x, const char *path, lab_error *err)
{
    lab_cell_state state;
    lab_status status = lab_record_state(x->ledger, x->how->hash, &state, err);
    if (status == LAB_OK && !state.known)
        status = lab_fail(err, LAB_ERR_FORMAT,
                          "%s: its run %.12s is in no .sweep file of the spool, or in one that is "
                          "lost",
                          path, x->how->hash);
    x->r->cell_id = state.cell_id;
    return status;
}

lab_status lab_replay_file(lab_replay *r, lab_ledger *ledger, const char *path,
                           const lab_replay_how *how, lab_error *err)
{
    reader x = {.r = r, .ledger = ledger, .how = how};
    lab_text text = {0};
    lab_event now = {.kind = LAB_LINE_BEAT, .at = lab_now_us()};
    lab_status status = r->cell_id ? LAB_OK : find_cell(&x, path, err);
    if (status == LAB_OK) status = read_rest(path, r->bytes, &text, err);
    if (status == LAB_OK) status = take_lines(&x, &text, path, err);
    if (status == LAB_OK && r->attempt_id == 0 && how->watching)
        status = add_nameless(&x, path, err);
    r->over = r->ended || how->over;
    if (status == LAB_OK && how->over && !r->ended && !r->known && r->attempt_id > 0)
        status = run(&x, "spool_orphan", &now, err);
    lab_text_finish(&text);
    return status;
}
