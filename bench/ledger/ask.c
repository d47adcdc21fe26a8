/* ask and large: how long the ledger takes to answer, as a call and as a whole process. */
#include "bench/ledger/fill.h"
#include "bench/ledger/suites.h"
#include "launch/board.h"
#include <stdio.h>
#include <string.h>

enum { LIST_MS = 20, FILTER_MS = 10, CURVE_MS = 5, LARGE_MS = 100, PER_SWEEP = 100, PROBED = 10 };

typedef struct {
    const bench_ledger_request *request;
    lab_ledger *ledger;
    const char *suite;
    char shape[BENCH_SHAPE_NAME], path[320];
    char run[16], hash[65]; /* that single runs are asked about */
    const char *state;      /* that is listed; NULL: every one */
} asked;

/* ---- one question ---- */

/* Every row and every value of it, as a command reads them. */
static lab_status read_all(lab_query *query, lab_error *err)
{
    bool row = false;
    volatile double sum = 0; /* that nothing is left out */
    lab_status status = LAB_OK;
    while ((status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        for (int c = 0; c < lab_query_columns(query); c++) {
            lab_type type = lab_query_type(query, c);
            if (type == LAB_TEXT) sum += (double)strlen(lab_query_text(query, c));
            if (type == LAB_INT) sum += (double)lab_query_int(query, c);
            if (type == LAB_REAL) sum += lab_query_real(query, c);
        }
    }
    return status;
}

static void bind(lab_query *query, const asked *a)
{
    const char *name = NULL;
    for (int i = 0; (name = lab_query_parameter(query, i)); i++) {
        if (strcmp(name, ":run") == 0) lab_query_bind_text(query, name, a->run);
        if (strcmp(name, ":hash") == 0) lab_query_bind_text(query, name, a->hash);
        if (strcmp(name, ":state") == 0) lab_query_bind_text(query, name, a->state);
        if (strcmp(name, ":split") == 0) lab_query_bind_text(query, name, "train");
        if (strcmp(name, ":metric") == 0) lab_query_bind_text(query, name, "loss");
    }
}

/* A statement of the ledger's own where kind is "queries", else one of this benchmark. */
static lab_status ask_once(const asked *a, const char *kind, const char *name, double *ms,
                           lab_error *err)
{
    lab_query *query = NULL;
    double from = lab_clock_s();
    lab_status status =
        strcmp(kind, "queries") == 0
            ? lab_query_open(&query, a->ledger, kind, name, err)
            : lab_query_open_text(&query, a->ledger,
                                  lab_embedded_find(lab_bench_sql, kind, name)->text, err);
    if (status == LAB_OK) bind(query, a);
    if (status == LAB_OK) status = read_all(query, err);
    lab_query_close(&query);
    *ms = 1e3 * (lab_clock_s() - from);
    return status;
}

static void report(const asked *a, const char *metric, const bench_samples *ms, double target_ms)
{
    bench_samples target = {0};
    bench_what what = {
        .suite = a->suite, .metric = metric, .unit = "ms", .recompute = -1, .limit_name = "target"};
    (void)snprintf(what.shape, sizeof what.shape, "%s", a->shape);
    for (int i = 0; i < ms->count; i++) bench_sample(&target, target_ms);
    bench_add(a->request->table, what, ms, &target);
}

static lab_status ask(const asked *a, const char *metric, const char *kind, const char *name,
                      double target_ms, lab_error *err)
{
    bench_samples all = {0};
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < a->request->repeats; i++) {
        double ms = 0;
        status = ask_once(a, kind, name, &ms, err);
        bench_sample(&all, ms);
    }
    if (status == LAB_OK) report(a, metric, &all, target_ms);
    return status;
}

/* patchlaw with these words; the last is NULL. */
static lab_status command(const asked *a, const char *metric, const char *const *words,
                          double target_ms, lab_error *err)
{
    bench_samples all = {0};
    const char *line[12] = {a->request->patchlaw};
    lab_status status = LAB_OK;
    int count = 1;
    for (; *words; words++) line[count++] = *words;
    line[count++] = "--ledger";
    line[count] = a->path;
    for (int i = 0; status == LAB_OK && i < a->request->repeats; i++) {
        double seconds = 0;
        status = bench_process(line, &seconds, err);
        bench_sample(&all, 1e3 * seconds);
    }
    if (status == LAB_OK) report(a, metric, &all, target_ms);
    return status;
}

static const char *question(const char *name)
{
    return lab_embedded_find(lab_bench_sql, "questions", name)->text;
}

/* Without its comment, which a command line would take for an option. */
static const char *words_of(const char *name)
{
    const char *text = question(name);
    while (strncmp(text, "--", 2) == 0) text += strcspn(text, "\n") + 1;
    return text;
}

/* What a person asks all day. */
static lab_status ask_usual(const asked *a, double list, double filter, double curve,
                            lab_error *err)
{
    const char *const ls[] = {"ls", NULL}, *const failed[] = {"ls", "--state", "failed", NULL};
    const char *const sql[] = {"sql", words_of("filter"), NULL};
    const char *const plot[] = {"curve", a->run, NULL};
    lab_status status = ask(a, "list", "queries", "show_list", list, err);
    asked state = *a;
    state.state = "failed";
    if (status == LAB_OK) status = ask(&state, "list_state", "queries", "show_list", filter, err);
    if (status == LAB_OK) status = ask(a, "filter", "questions", "filter", filter, err);
    if (status == LAB_OK) status = ask(a, "curve", "queries", "show_curve", curve, err);
    if (status == LAB_OK) status = command(a, "patchlaw_ls", ls, list, err);
    if (status == LAB_OK) status = command(a, "patchlaw_ls_state", failed, filter, err);
    if (status == LAB_OK) status = command(a, "patchlaw_sql_filter", sql, filter, err);
    if (status == LAB_OK) status = command(a, "patchlaw_curve", plot, curve, err);
    return status;
}

/* Every view, asked what is natural: whole where it has a row a run, else about one run. */
static lab_status ask_views(const asked *a, double target_ms, lab_error *err)
{
    lab_status status = LAB_OK;
    for (const lab_embedded *file = lab_sql; status == LAB_OK && file->kind; file++) {
        if (strcmp(file->kind, "views") != 0) continue;
        const lab_embedded *own = lab_embedded_find(lab_bench_sql, "questions", file->name);
        if (own)
            status = ask(a, file->name, "questions", file->name, target_ms, err);
        else
            bench_progress("%s: the view %s has no question", a->suite, file->name);
        if (status != LAB_OK) lab_error_context(err, "view %s", file->name);
    }
    return status;
}

/* ---- ledgers ---- */

static lab_status fill(asked *a, const bench_place *place, int runs, bench_filling like,
                       lab_error *err)
{
    char name[32];
    lab_status status = LAB_OK;
    double from = lab_clock_s();
    for (int i = 0; status == LAB_OK && i * PER_SWEEP < runs; i++) {
        bench_filling filling = like;
        (void)snprintf(name, sizeof name, "sweep-%d", i);
        filling.name = name;
        filling.cells = runs - i * PER_SWEEP < PER_SWEEP ? runs - i * PER_SWEEP : PER_SWEEP;
        filling.index = i;
        filling.probed = i % PROBED == 0;
        status = bench_fill(a->ledger, place, &filling, err);
        if (i % 10 == 9)
            bench_progress("%s: %d runs are in the ledger, %.0f s", a->suite, (i + 1) * PER_SWEEP,
                           lab_clock_s() - from);
    }
    return status;
}

/* The newest pre-training run that is done. */
static lab_status find_run(asked *a, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open_text(&query, a->ledger, question("one_run"), err);
    if (status == LAB_OK) status = lab_query_step(query, &row, err);
    if (status == LAB_OK) {
        (void)snprintf(a->hash, sizeof a->hash, "%s", lab_query_text(query, 0));
        (void)snprintf(a->run, sizeof a->run, "%.12s", a->hash);
    }
    lab_query_close(&query);
    return status;
}

/* Opened anew, for reading, as commands do. */
static lab_status open_reader(asked *a, lab_error *err)
{
    lab_ledger_close(&a->ledger);
    lab_status status = lab_ledger_open(&a->ledger, a->path, LAB_LEDGER_READ, err);
    if (status == LAB_OK) status = find_run(a, err);
    return status;
}

lab_status bench_ledger_ask(const bench_ledger_request *r, lab_error *err)
{
    bench_place place;
    asked a = {.request = r, .suite = "ask"};
    int runs = r->runs > 0 ? r->runs : 1000, points = r->points > 0 ? r->points : 10000;
    bench_filling like = {.points = points / 100 + 10, .curves = BENCH_CURVES};
    bench_filling longest = {.name = "long", .cells = 1, .points = points, .curves = 1};
    longest.index = 1000000;
    bench_progress("ask: writing %d runs", runs);
    lab_status status = bench_place_open(&place, r->folder, err);
    (void)snprintf(a.path, sizeof a.path, "%s", bench_place_file(&place, "ledger.db").text);
    (void)snprintf(a.shape, sizeof a.shape, "%d runs", runs);
    if (status == LAB_OK) status = bench_place_ledger(&a.ledger, &place, "ledger.db", err);
    if (status == LAB_OK) status = fill(&a, &place, runs, like, err);
    if (status == LAB_OK) status = bench_fill(a.ledger, &place, &longest, err);
    if (status == LAB_OK) status = open_reader(&a, err);
    if (status == LAB_OK) status = ask_usual(&a, LIST_MS, FILTER_MS, CURVE_MS, err);
    if (status == LAB_OK) status = ask_views(&a, LARGE_MS, err);
    lab_ledger_close(&a.ledger);
    bench_place_close(&place);
    return status;
}

lab_status bench_ledger_large(const bench_ledger_request *r, lab_error *err)
{
    bench_place place;
    asked a = {.request = r, .suite = "large"};
    int runs = r->runs > 0 ? r->runs : 10000, points = r->points > 0 ? r->points : 10000;
    bench_filling like = {.points = points, .curves = 1};
    bench_progress("large: writing %d runs of %d points", runs, points);
    lab_status status = bench_place_open(&place, r->folder, err);
    (void)snprintf(a.path, sizeof a.path, "%s", bench_place_file(&place, "ledger.db").text);
    (void)snprintf(a.shape, sizeof a.shape, "%d x %d", runs, points);
    if (status == LAB_OK) status = bench_place_ledger(&a.ledger, &place, "ledger.db", err);
    if (status == LAB_OK) status = fill(&a, &place, runs, like, err);
    if (status == LAB_OK) status = open_reader(&a, err);
    if (status == LAB_OK) status = ask_views(&a, LARGE_MS, err);
    if (status == LAB_OK) status = ask_usual(&a, LARGE_MS, LARGE_MS, LARGE_MS, err);
    lab_ledger_close(&a.ledger);
    bench_place_close(&place);
    return status;
}
