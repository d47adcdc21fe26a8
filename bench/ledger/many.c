/* many: eight processes write points into one ledger, each in a transaction of its own. */
#include "base/heap.h"
#include "bench/ledger/fill.h"
#include "bench/ledger/suites.h"
#include "launch/board.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WRITERS = 8, ROOM = 1 << 20, TARGET_MS = 20 };

/* What a writer measured; shared with it. */
typedef struct {
    int count;
    float ms[ROOM]; /* of each commit, begin included */
} log_of;

typedef struct {
    const bench_place *place;
    const lab_sweep *sweep;
    double from, until; /* monotonic seconds */
    double pause_s;     /* between two points */
} plan;

static void rest(double seconds)
{
    struct timespec pause = {.tv_nsec = (long)(1e9 * seconds)};
    if (seconds > 0) (void)nanosleep(&pause, NULL);
}

static lab_status commit(lab_ledger *ledger, int64_t cell_id, int64_t attempt_id, int i,
                         lab_error *err)
{
    lab_event event = bench_point(i / BENCH_CURVES, "train", bench_curves[i % BENCH_CURVES],
                                  0.3 + 2.0 / (1.0 + i));
    lab_status status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = lab_record_event(ledger, cell_id, attempt_id, &event, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

static lab_status write_points(const plan *p, int index, log_of *log, lab_error *err)
{
    lab_ledger *ledger = NULL;
    int64_t cell_id = 0, attempt_id = 0;
    lab_status status = bench_place_ledger(&ledger, p->place, "ledger.db", err);
    if (status == LAB_OK)
        status = bench_claim(ledger, &p->sweep->cells[index], "", &cell_id, &attempt_id, err);
    rest(p->from - lab_clock_s());
    double now = lab_clock_s();
    while (status == LAB_OK && now < p->until && log->count < ROOM) {
        status = commit(ledger, cell_id, attempt_id, log->count, err);
        double done = lab_clock_s();
        log->ms[log->count++] = (float)(1e3 * (done - now));
        rest(p->pause_s);
        now = lab_clock_s();
    }
    lab_ledger_close(&ledger);
    return status;
}

static lab_status run_writers(const plan *p, log_of *const logs[WRITERS], lab_error *err)
{
    pid_t children[WRITERS];
    lab_status status = LAB_OK;
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            lab_status good = write_points(p, i, logs[i], err);
            if (good != LAB_OK) (void)fprintf(stderr, "many: %s\n", err->text);
            _exit(good != LAB_OK);
        }
        if (children[i] < 0) status = lab_fail(err, LAB_ERR_IO, "fork: %s", strerror(errno));
    }
    for (int i = 0; i < WRITERS; i++) {
        int state = 0;
        if (children[i] < 0) continue;
        if (waitpid(children[i], &state, 0) != children[i] || state != 0)
            status = lab_fail(err, LAB_ERR_LEDGER, "many: a writer failed: see above");
    }
    return status;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

typedef struct {
    bench_samples rate, middle, p99, most, target;
} latency;

static void sum_up(latency *l, log_of *const logs[WRITERS], double seconds)
{
    isize count = 0, at = 0;
    for (int i = 0; i < WRITERS; i++) count += logs[i]->count;
    float *all = lab_heap_take((count + 1) * (isize)sizeof *all);
    for (int i = 0; i < WRITERS; at += logs[i++]->count)
        memcpy(all + at, logs[i]->ms, (size_t)logs[i]->count * sizeof *all);
    qsort(all, (size_t)count, sizeof *all, by_value);
    bench_sample(&l->rate, (double)count / seconds);
    bench_sample(&l->middle, (double)all[count / 2]);
    bench_sample(&l->p99, (double)all[count - 1 - count / 100]);
    bench_sample(&l->most, (double)all[count - 1]);
    bench_sample(&l->target, TARGET_MS);
    lab_heap_free(all);
}

static void report(const bench_ledger_request *r, const char *shape, const latency *l)
{
    bench_what what = {.suite = "many", .unit = "ms", .workers = WRITERS, .recompute = -1};
    (void)snprintf(what.shape, sizeof what.shape, "%s", shape);
    what.metric = "p50";
    bench_add(r->table, what, &l->middle, NULL);
    what.metric = "p99";
    what.limit_name = "target";
    bench_add(r->table, what, &l->p99, &l->target);
    what.metric = "longest";
    bench_add(r->table, what, &l->most, NULL);
    what.metric = "points_per_s";
    what.unit = "1/s";
    bench_add(r->table, what, &l->rate, NULL);
}

static lab_status once(const bench_ledger_request *r, double pause_s, log_of *const logs[WRITERS],
                       latency *l, lab_error *err)
{
    static const bench_filling filling = {.name = "many", .cells = WRITERS, .points = 1000};
    bench_place place;
    lab_ledger *ledger = NULL;
    lab_sweep sweep = {0};
    lab_status status = bench_place_open(&place, r->folder, err);
    if (status == LAB_OK) status = bench_place_ledger(&ledger, &place, "ledger.db", err);
    if (status == LAB_OK) status = bench_fill_sweep(&sweep, &place, &filling, err);
    if (status == LAB_OK) status = lab_record_sweep(ledger, &sweep, err);
    lab_ledger_close(&ledger); /* a connection must not pass a fork */
    double from = lab_clock_s() + 0.3;
    plan p = {&place, &sweep, from, from + 2 * r->seconds, pause_s};
    for (int i = 0; i < WRITERS; i++) logs[i]->count = 0;
    if (status == LAB_OK) status = run_writers(&p, logs, err);
    if (status == LAB_OK) sum_up(l, logs, p.until - p.from);
    lab_sweep_finish(&sweep);
    bench_place_close(&place);
    return status;
}

lab_status bench_ledger_many(const bench_ledger_request *r, lab_error *err)
{
    static const double pauses_s[] = {0.01, 0};
    static const char *const shapes[] = {"100 a second each", "as fast as they can"};
    size_t bytes = sizeof(log_of) * WRITERS;
    log_of *logs[WRITERS];
    log_of *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return lab_fail(err, LAB_ERR_IO, "mmap: %s", strerror(errno));
    for (int i = 0; i < WRITERS; i++) logs[i] = &memory[i];
    lab_status status = LAB_OK;
    for (int k = 0; status == LAB_OK && k < 2; k++) {
        latency l = {0};
        bench_progress("many: %d writers, %s", WRITERS, shapes[k]);
        for (int i = 0; status == LAB_OK && i < r->repeats; i++)
            status = once(r, pauses_s[k], logs, &l, err);
        if (status == LAB_OK) report(r, shapes[k], &l);
    }
    (void)munmap(memory, bytes);
    return status;
}
