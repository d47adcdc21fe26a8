/* commit and size: points one by one, beside plain SQLite and Optuna; and what they take. */
#include "bench/ledger/fill.h"
#include "bench/ledger/plain_sqlite.h"
#include "bench/ledger/suites.h"
#include "launch/board.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 256, OPTUNA_POINTS = 300, CURVES = BENCH_CURVES };

typedef struct {
    lab_ledger *ledger;
    bench_plain *plain;
    int64_t cell_id, attempt_id, ours, theirs; /* points so far */
} sides;

static const bench_filling one_run = {.name = "one", .cells = 1, .points = 1000};

static lab_status open_run(lab_ledger **ledger, const bench_place *place, const char *name,
                           int64_t *cell_id, int64_t *attempt_id, lab_error *err)
{
    lab_sweep sweep = {0};
    lab_status status = bench_place_ledger(ledger, place, name, err);
    if (status == LAB_OK) status = bench_fill_sweep(&sweep, place, &one_run, err);
    if (status == LAB_OK) status = lab_record_sweep(*ledger, &sweep, err);
    if (status == LAB_OK)
        status = bench_claim(*ledger, &sweep.cells[0], "", cell_id, attempt_id, err);
    lab_sweep_finish(&sweep);
    return status;
}

static lab_status commit_ours(sides *s, lab_error *err)
{
    int64_t i = s->ours++;
    lab_event event =
        bench_point(i / CURVES, "train", bench_curves[i % CURVES], 0.3 + 2.0 / (1 + (double)i));
    lab_status status = lab_ledger_begin(s->ledger, err);
    if (status == LAB_OK)
        status = lab_record_event(s->ledger, s->cell_id, s->attempt_id, &event, err);
    if (status == LAB_OK) status = lab_ledger_commit(s->ledger, err);
    return status;
}

static lab_status commit_theirs(sides *s, lab_error *err)
{
    int64_t i = s->theirs++;
    return bench_plain_commit(s->plain, i / CURVES, (int)(i % CURVES), 0.3 + 2.0 / (1 + (double)i),
                              err);
}

static lab_status turn(sides *s, lab_status (*commit)(sides *s, lab_error *err), double seconds,
                       bench_samples *rate, lab_error *err)
{
    double from = lab_clock_s(), now = from;
    lab_status status = LAB_OK;
    isize count = 0;
    while (status == LAB_OK && now - from < seconds) {
        for (int i = 0; status == LAB_OK && i < BLOCK; i++) status = commit(s, err);
        count += BLOCK;
        now = lab_clock_s();
    }
    bench_sample(rate, (double)count / (now - from));
    return status;
}

static lab_status take_turns(const bench_ledger_request *r, sides *s, const bench_place *place,
                             lab_error *err)
{
    bench_samples ours = {0}, theirs = {0}, optuna = {0};
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < r->repeats; i++) {
        char name[32];
        double rate = (double)NAN;
        (void)snprintf(name, sizeof name, "optuna-%d.db", i);
        if (i % 2 == 0) status = turn(s, commit_ours, r->seconds, &ours, err);
        if (status == LAB_OK) status = turn(s, commit_theirs, r->seconds, &theirs, err);
        if (status == LAB_OK && i % 2 == 1) status = turn(s, commit_ours, r->seconds, &ours, err);
        if (status == LAB_OK)
            status = bench_peer_ask(&r->optuna, "commit", OPTUNA_POINTS,
                                    bench_place_file(place, name).text, &rate, err);
        if (isfinite(rate)) bench_sample(&optuna, rate);
    }
    if (status != LAB_OK) return status;
    bench_what what = {.suite = "commit",
                       .metric = "points_per_s",
                       .unit = "1/s",
                       .recompute = -1,
                       .limit_name = "sqlite"};
    bench_add(r->table, what, &ours, &theirs);
    what.program = "sqlite";
    bench_add(r->table, what, &theirs, NULL);
    what.program = "optuna";
    if (optuna.count > 0) bench_add(r->table, what, &optuna, NULL);
    return LAB_OK;
}

lab_status bench_ledger_commit(const bench_ledger_request *r, lab_error *err)
{
    bench_place place;
    sides s = {0};
    bench_progress("commit: points one by one");
    lab_status status = bench_place_open(&place, r->folder, err);
    if (status == LAB_OK)
        status = open_run(&s.ledger, &place, "ledger.db", &s.cell_id, &s.attempt_id, err);
    if (status == LAB_OK)
        status = bench_plain_open(&s.plain, bench_place_file(&place, "plain.db").text, err);
    if (status == LAB_OK) status = take_turns(r, &s, &place, err);
    bench_plain_close(&s.plain);
    lab_ledger_close(&s.ledger);
    bench_place_close(&place);
    return status;
}

/* ---- size ---- */

static lab_status bytes_of(const bench_place *place, const char *name, double *bytes,
                           lab_error *err)
{
    struct stat info;
    bench_path path = bench_place_file(place, name);
    if (stat(path.text, &info) != 0)
        return lab_fail(err, LAB_ERR_IO, "%s: %s", path.text, strerror(errno));
    *bytes = (double)info.st_size;
    return LAB_OK;
}

/* Points of all curves, by step or curve after curve. */
static lab_status write_points(lab_ledger *ledger, int64_t cell_id, int points, bool by_step,
                               lab_error *err)
{
    lab_status status = lab_ledger_begin(ledger, err);
    for (int i = 0; status == LAB_OK && i < points * CURVES; i++) {
        int step = by_step ? i / CURVES : i % points, c = by_step ? i % CURVES : i / points;
        lab_event event =
            bench_point(10 * (step + 1), "train", bench_curves[c], 0.3 + 2.0 / (3.0 + i));
        status = lab_record_event(ledger, cell_id, 0, &event, err);
    }
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

static lab_status size_of(const bench_ledger_request *r, bool by_step, lab_error *err)
{
    bench_place place;
    lab_ledger *ledger = NULL;
    int64_t cell_id = 0, attempt_id = 0;
    int points = r->points > 0 ? r->points : 10000;
    double empty = 0, full = 0;
    bench_samples size = {0}, target = {0};
    lab_status status = bench_place_open(&place, r->folder, err);
    if (status == LAB_OK) status = bench_place_ledger(&ledger, &place, "ledger.db", err);
    lab_ledger_close(&ledger); /* the last one to close writes the log back into the file */
    if (status == LAB_OK) status = bytes_of(&place, "ledger.db", &empty, err);
    if (status == LAB_OK)
        status = open_run(&ledger, &place, "ledger.db", &cell_id, &attempt_id, err);
    if (status == LAB_OK) status = write_points(ledger, cell_id, points, by_step, err);
    lab_ledger_close(&ledger);
    if (status == LAB_OK) status = bytes_of(&place, "ledger.db", &full, err);
    bench_place_close(&place);
    if (status != LAB_OK) return status;
    bench_sample(&size, (full - empty) / (double)(points * CURVES));
    bench_sample(&target, 25);
    bench_what what = {.suite = "size",
                       .metric = by_step ? "by_step" : "by_curve",
                       .unit = "bytes",
                       .recompute = -1,
                       .limit_name = "target"};
    (void)snprintf(what.shape, sizeof what.shape, "%dx%d", CURVES, points);
    bench_add(r->table, what, &size, &target);
    return LAB_OK;
}

lab_status bench_ledger_size(const bench_ledger_request *r, lab_error *err)
{
    bench_progress("size: bytes of a point");
    lab_status status = size_of(r, true, err);
    if (status == LAB_OK) status = size_of(r, false, err);
    return status;
}
