/* grid: cells expanded, recorded and claimed, beside Optuna's trials of nothing. */
#include "bench/ledger/fill.h"
#include "bench/ledger/suites.h"
#include "launch/board.h"
#include <math.h>
#include <stdio.h>

enum { CELLS = 300, TARGET_MS = 50 };

typedef struct {
    bench_samples expand, record, claim, whole, optuna;
} times;

static lab_status once(const bench_place *place, const char *name, times *t, lab_error *err)
{
    static const bench_filling filling = {.name = "grid", .cells = CELLS, .points = 1000};
    lab_ledger *ledger = NULL;
    lab_sweep sweep = {0};
    int64_t attempt_id = 0;
    lab_status status = bench_place_ledger(&ledger, place, name, err);
    double from = lab_clock_s();
    if (status == LAB_OK) status = bench_fill_sweep(&sweep, place, &filling, err);
    double expanded = lab_clock_s();
    if (status == LAB_OK) status = lab_record_sweep(ledger, &sweep, err);
    double recorded = lab_clock_s();
    for (isize i = 0; status == LAB_OK && i < sweep.count; i++) {
        status = lab_record_claim(ledger, &sweep.cells[i], "", 0, &attempt_id, err);
        if (status == LAB_OK && attempt_id == 0)
            status = lab_fail(err, LAB_ERR_LEDGER, "a cell cannot be claimed");
    }
    double claimed = lab_clock_s();
    bench_sample(&t->expand, 1e3 * (expanded - from));
    bench_sample(&t->record, 1e3 * (recorded - expanded));
    bench_sample(&t->claim, 1e3 * (claimed - recorded));
    bench_sample(&t->whole, 1e3 * (claimed - from));
    lab_sweep_finish(&sweep);
    lab_ledger_close(&ledger);
    return status;
}

static void report(const bench_ledger_request *r, const times *t)
{
    bench_samples target = {0};
    bench_what what = {.suite = "grid", .unit = "ms", .recompute = -1, .limit_name = "target"};
    (void)snprintf(what.shape, sizeof what.shape, "%d", CELLS);
    for (int i = 0; i < t->whole.count; i++) bench_sample(&target, TARGET_MS);
    what.metric = "expand";
    bench_add(r->table, what, &t->expand, NULL);
    what.metric = "record";
    bench_add(r->table, what, &t->record, NULL);
    what.metric = "claim";
    bench_add(r->table, what, &t->claim, NULL);
    what.metric = "whole";
    bench_add(r->table, what, &t->whole, &target);
    what.program = "optuna";
    if (t->optuna.count > 0) bench_add(r->table, what, &t->optuna, NULL);
}

lab_status bench_ledger_grid(const bench_ledger_request *r, lab_error *err)
{
    static times t;
    bench_place place;
    bench_progress("grid: %d cells expanded and claimed", CELLS);
    t = (times){0};
    lab_status status = bench_place_open(&place, r->folder, err);
    for (int i = 0; status == LAB_OK && i < r->repeats; i++) {
        char name[32];
        double seconds = (double)NAN;
        (void)snprintf(name, sizeof name, "ledger-%d.db", i);
        status = once(&place, name, &t, err);
        (void)snprintf(name, sizeof name, "optuna-%d.db", i);
        if (status == LAB_OK && i < BENCH_PEER_TURNS)
            status = bench_peer_ask(&r->optuna, "grid", CELLS, bench_place_file(&place, name).text,
                                    &seconds, err);
        if (isfinite(seconds)) bench_sample(&t.optuna, 1e3 * seconds);
    }
    if (status == LAB_OK) report(r, &t);
    bench_place_close(&place);
    return status;
}
