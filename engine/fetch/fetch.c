#include "fetch/fetch.h"
#include "base/heap.h"
#include "fetch/judge.h"
#include "fetch/part.h"
#include "fetch/queue.h"
#include "fetch/url.h"
#include "par/aside.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OPEN_MAX = 4, TICK_MS = 200, COMMIT_TICK_MS = 10, DELAY_MAX_S = 60, AFTER_MAX_S = 120 };

/* An open part, with a job for each row that is not done. */
typedef struct slot slot;
typedef struct {
    vt_job job; /* first */
    slot *slot;
    isize row;
    int attempts;
} row_job;

struct slot {
    vt_part *part;
    vt_buffer jobs; /* row_job [rows] */
    vt_jpeg *jpeg;  /* borrowed, for the commit */
    int complete;   /* 1: every row has its state */
    vt_status status;
    vt_error err; /* of the commit */
};

typedef struct {
    const vt_fetch_options *options;
    vt_fetch_progress *report;
    vt_place place;
    vt_list *list;
    vt_net *net;
    vt_queue *queue;
    vt_jpeg *jpeg;
    slot slots[OPEN_MAX];
    vt_aside *aside; /* commits parts, one at a time, while downloads go on */
    slot *committed; /* by it; NULL: none */
    isize next_part;
    double begin_s;
} fetch;

static double now_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void tell(fetch *self)
{
    vt_fetch_progress *r = self->report;
    r->elapsed_s = now_s() - self->begin_s;
    if (self->net) {
        r->bytes_now = vt_net_received(self->net);
        r->under_way = vt_net_busy(self->net);
    }
    if (self->options->progress) self->options->progress(self->options->context, r);
}

/* ---- before anything is asked for ---- */

static int stopping(const fetch *self)
{
    return self->options->stop && *self->options->stop;
}

static vt_status cancelled(vt_error *err)
{
    return vt_fail(err, VT_ERR_CANCELLED, "stopped; the same command goes on");
}

static vt_status list_survey(fetch *self, vt_error *err)
{
    vt_list_row row;
    int more = 1;
    vt_status status = vt_list_open(&self->list, &self->options->list, err);
    while (status == VT_OK && more) {
        status = vt_list_next(self->list, &row, &more, err);
        self->place.rows += status == VT_OK && more;
        if (stopping(self)) status = cancelled(err);
    }
    if (status == VT_OK) status = vt_list_digest(self->list, self->place.list_sha256, err);
    vt_list_close(&self->list);
    if (status == VT_OK && self->place.rows == 0)
        status = vt_fail(err, VT_ERR_FORMAT, "%.200s: no rows", self->options->list.path);
    return status;
}

static vt_status maps_digest(fetch *self, vt_error *err)
{
    vt_text text = {0};
    const vt_list_options *o = &self->options->list;
    for (isize i = 0; i < o->maps_used; i++) {
        vt_text_put(&text, o->maps[i].ours, (isize)strlen(o->maps[i].ours) + 1);
        vt_text_put(&text, o->maps[i].theirs, (isize)strlen(o->maps[i].theirs) + 1);
    }
    vt_status status = vt_text_check(&text, err);
    if (status == VT_OK)
        status = vt_sha256_of(vt_text_at(&text, 0), text.used, self->place.columns_sha256, err);
    vt_text_finish(&text);
    return status;
}

/* ---- parts ---- */

static slot *slot_free(fetch *self)
{
    for (int i = 0; i < OPEN_MAX; i++)
        if (!self->slots[i].part) return &self->slots[i];
    return NULL;
}

static int slots_empty(const fetch *self)
{
    for (int i = 0; i < OPEN_MAX; i++)
        if (self->slots[i].part) return 0;
    return 1;
}

static void slot_close(slot *s)
{
    vt_part_close(&s->part);
    vt_buffer_finish(&s->jobs);
    s->complete = 0;
}

/* *done: the part is finished, and stays so. */
static vt_status part_look(fetch *self, isize number, int *done, vt_error *err)
{
    const int *again = self->options->again;
    vt_tally tally = {.bytes = 0};
    vt_status status = vt_finished_look(&self->place, number, done, &tally, err);
    if (status != VT_OK || !*done) return status;
    if (vt_finished_under_way(&self->place, number)) {
        *done = 0;
        return VT_OK;
    }
    isize wanted = 0;
    for (int s = 0; s < VT_STATE_COUNT; s++) wanted += again[s] ? tally.rows[s] : 0;
    if (wanted > 0) {
        *done = 0;
        return vt_finished_reopen(&self->place, number, again, err);
    }
    for (int s = 0; s < VT_STATE_COUNT; s++) self->report->tally.rows[s] += tally.rows[s];
    self->report->tally.bytes += tally.bytes;
    self->report->parts_done++;
    return VT_OK;
}

static vt_status rows_pass(fetch *self, vt_part *part, isize number, vt_error *err)
{
    vt_status status = VT_OK;
    isize rows = vt_place_part_rows(&self->place, number);
    for (isize i = 0; i < rows && status == VT_OK; i++) {
        vt_list_row row;
        int more = 0;
        status = vt_list_next(self->list, &row, &more, err);
        if (status == VT_OK && !more)
            status = vt_fail(err, VT_ERR_FORMAT, "%.200s changed while it was read",
                             self->options->list.path);
        if (status == VT_OK && part) status = vt_part_add(part, &row, err);
    }
    return status;
}

static void count(fetch *self, const vt_record *record)
{
    self->report->tally.rows[record->state]++;
    self->report->tally.bytes += record->kept;
}

static void commit(void *context)
{
    slot *s = context;
    s->status = vt_part_commit(s->part, s->jpeg, &s->err);
}

/* Takes back a part whose commit is over, and hands over the next one that is complete. */
static vt_status parts_commit(fetch *self, vt_error *err)
{
    slot *s = self->committed;
    if (vt_aside_busy(self->aside)) return VT_OK;
    self->committed = NULL;
    if (s) {
        vt_status status = s->status;
        *err = s->err;
        slot_close(s);
        if (status != VT_OK) return status;
        self->report->parts_done++;
    }
    for (int i = 0; i < OPEN_MAX && !self->committed; i++)
        if (self->slots[i].complete) self->committed = &self->slots[i];
    if (self->committed) vt_aside_start(self->aside, commit, self->committed);
    return VT_OK;
}

static vt_status job_put(fetch *self, slot *s, isize row, vt_error *err)
{
    row_job *job = (row_job *)s->jobs.data + row;
    const char *why = NULL;
    vt_url url;
    *job = (row_job){.slot = s, .row = row};
    (void)vt_url_read(&url, vt_part_url(s->part, row), 1,
                      &why); /* one that is no good has no host */
    vt_status status = vt_queue_put(self->queue, &job->job, url.host, 0, err);
    vt_url_finish(&url);
    return status;
}

static vt_status part_start(fetch *self, slot *s, isize number, vt_error *err)
{
    vt_status status = vt_part_open(&s->part, &self->place, number, err);
    s->jpeg = self->jpeg;
    if (status == VT_OK) status = rows_pass(self, s->part, number, err);
    if (status == VT_OK) status = vt_part_resume(s->part, err);
    if (status != VT_OK) return status;
    isize rows = vt_part_rows(s->part);
    status = vt_buffer_reserve(&s->jobs, rows * (isize)sizeof(row_job), err);
    for (isize i = 0; i < rows && status == VT_OK; i++) {
        const vt_record *record = vt_part_state(s->part, i);
        if (record)
            count(self, record);
        else
            status = job_put(self, s, i, err);
    }
    s->complete = status == VT_OK && vt_part_missing(s->part) == 0;
    return status;
}

static int parts_left(const fetch *self)
{
    return self->next_part < self->report->parts;
}

static vt_status part_next(fetch *self, vt_error *err)
{
    int done = 0;
    isize number = self->next_part++;
    vt_status status = part_look(self, number, &done, err);
    if (status != VT_OK) return status;
    return done ? rows_pass(self, NULL, number, err)
                : part_start(self, slot_free(self), number, err);
}

/* ---- downloads ---- */

/* Details come from strangers, too: only what a TSV file may hold stays. */
static void set_detail(vt_record *record, const char *detail)
{
    (void)snprintf(record->detail, sizeof record->detail, "%s", detail);
    for (char *c = record->detail; *c; c++)
        if (*c < 32 || *c > 126) *c = '?';
}

static vt_status record_of(vt_record *record, const row_job *job, const vt_net_result *result,
                           vt_error *err)
{
    char detail[VT_JUDGE_DETAIL];
    *record = (vt_record){.row = job->row, .state = result->state, .http = result->http};
    set_detail(record, result->detail);
    if (result->state != VT_STATE_OK) return VT_OK;
    record->bytes = result->bytes;
    if (result->bytes > 0) {
        vt_status status = vt_sha256_of(result->body, result->bytes, record->sha256, err);
        if (status != VT_OK) return status;
    }
    record->state = vt_judge(result->body, result->bytes, record->sha256,
                             vt_part_declared(job->slot->part, job->row), detail);
    record->kept = record->state == VT_STATE_OK ? record->bytes : 0;
    set_detail(record, detail);
    return VT_OK;
}

/* Whether it is tried once more, and then when. Delays of one host's jobs spread out. */
static int try_again(const fetch *self, const row_job *job, vt_record *record, double after_s,
                     double *delay_s)
{
    const vt_fetch_options *o = self->options;
    if (!vt_state_transient(record->state)) return 0;
    if (after_s > AFTER_MAX_S) {
        record->state = VT_STATE_RATE_LIMITED;
        set_detail(record, "asks to be left alone for more than two minutes");
        return 0;
    }
    if (job->attempts > o->retries) return 0;
    double spread = 0.75 + 0.5 * (double)((uint32_t)job->row * 2654435761u >> 8) / (1 << 24);
    double delay = o->backoff_s * ldexp(spread, job->attempts - 1);
    *delay_s = fmax(after_s, fmin(delay, DELAY_MAX_S));
    return 1;
}

static vt_status settle(fetch *self, const vt_net_result *result, vt_error *err)
{
    row_job *job = result->context;
    slot *s = job->slot;
    vt_record record;
    double delay_s = 0;
    vt_status status = record_of(&record, job, result, err);
    if (status != VT_OK) return status;
    self->report->attempts++;
    if (try_again(self, job, &record, result->after_s, &delay_s)) {
        double now = now_s();
        return vt_queue_again(self->queue, &job->job, now + delay_s,
                              result->after_s > 0 ? now + result->after_s : 0, err);
    }
    vt_queue_done(self->queue, &job->job);
    status = vt_part_record(s->part, &record, result->body, err);
    if (status != VT_OK) return status;
    count(self, &record);
    self->report->rows_now++;
    s->complete = vt_part_missing(s->part) == 0;
    return VT_OK;
}

static vt_status start_some(fetch *self, vt_error *err)
{
    vt_status status = VT_OK;
    while (status == VT_OK && vt_net_busy(self->net) < self->options->net.parallel) {
        row_job *job = (row_job *)vt_queue_next(self->queue, now_s());
        if (job) {
            job->attempts++;
            status =
                vt_net_start(self->net, vt_part_url(job->slot->part, job->row), NULL, job, err);
        } else if (parts_left(self) && slot_free(self)) {
            status = part_next(self, err);
            tell(self);
        } else {
            break;
        }
        if (status == VT_OK && stopping(self)) status = cancelled(err);
    }
    return status;
}

static vt_status take_some(fetch *self, vt_error *err)
{
    vt_net_result result;
    vt_status status = VT_OK;
    while (status == VT_OK && vt_net_take(self->net, &result)) status = settle(self, &result, err);
    return status;
}

static vt_status work(fetch *self, vt_error *err)
{
    vt_status status = VT_OK;
    while (status == VT_OK && (parts_left(self) || !slots_empty(self))) {
        status = parts_commit(self, err);
        if (status == VT_OK) status = start_some(self, err);
        double until_due = vt_queue_due(self->queue) - now_s();
        double tick = 1e-3 * (self->committed ? COMMIT_TICK_MS : TICK_MS);
        if (status == VT_OK) status = vt_net_wait(self->net, fmax(0, fmin(until_due, tick)), err);
        if (status == VT_OK) status = take_some(self, err);
        if (status == VT_OK && stopping(self)) status = cancelled(err);
        tell(self);
    }
    return status;
}

static vt_status set_up(fetch *self, vt_error *err)
{
    const vt_fetch_options *o = self->options;
    (void)snprintf(self->place.folder, sizeof self->place.folder, "%s", o->folder);
    self->place.samples = o->samples;
    self->place.lock = -1;
    if (strlen(o->folder) >= sizeof self->place.folder)
        return vt_fail(err, VT_ERR_CONFIG, "%.200s...: path too long", o->folder);
    vt_status status = list_survey(self, err);
    if (status == VT_OK) status = maps_digest(self, err);
    if (status == VT_OK) status = vt_place_open(&self->place, err);
    if (status != VT_OK) return status;
    self->report->rows = self->place.rows;
    self->report->parts = vt_place_parts(&self->place);
    status = vt_list_open(&self->list, &o->list, err);
    if (status == VT_OK) status = vt_net_open(&self->net, &o->net, err);
    if (status == VT_OK) status = vt_queue_open(&self->queue, o->per_host, err);
    if (status == VT_OK) status = vt_jpeg_open(&self->jpeg, err);
    if (status == VT_OK) status = vt_aside_open(&self->aside, err);
    return status;
}

vt_status vt_fetch(const vt_fetch_options *options, vt_fetch_progress *report, vt_error *err)
{
    void *block = NULL;
    *report = (vt_fetch_progress){0};
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(fetch), err);
    if (status != VT_OK) return status;
    fetch *self = block;
    self->options = options;
    self->report = report;
    self->begin_s = now_s();
    status = set_up(self, err);
    if (status == VT_OK) status = work(self, err);
    vt_aside_close(&self->aside);
    tell(self);
    vt_net_close(&self->net);
    vt_queue_close(&self->queue);
    for (int i = 0; i < OPEN_MAX; i++) slot_close(&self->slots[i]);
    vt_jpeg_close(&self->jpeg);
    vt_list_close(&self->list);
    vt_place_close(&self->place);
    vt_heap_free(&block);
    return status;
}
