#include "move/merge.h"
#include "base/heap.h"
#include "base/text.h"
#include "move/run_copy.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A cell that both sides have by now. */
typedef struct {
    int64_t theirs, ours;
    char run[13];
    bool take;                       /* their facts */
    bool compare;                    /* done on both sides */
    const char *uphold;              /* a query: the attempt that stays done; NULL: none */
    char uphold_uuid[33];            /* its uuid */
    char *their_source, *our_source; /* owned */
} pair;

typedef struct {
    pair *items; /* owned */
    isize count, capacity;
} pairs;

static lab_status run_named(lab_ledger *ledger, const char *name, int64_t *changes, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", name, err);
    if (status == LAB_OK) status = lab_query_run(query, err);
    if (status == LAB_OK && changes) *changes += lab_ledger_changes(ledger);
    lab_query_close(&query);
    return status;
}

/* ---- whose facts ---- */

static int64_t column_int(const lab_query *row, const char *name)
{
    return lab_query_int(row, lab_query_column(row, name));
}

static bool theirs_came_further(const lab_query *row)
{
    static const char *const ranks[][2] = {
        {"their_step", "our_step"}, {"their_open", "our_open"}, {"their_heard", "our_heard"}};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        int64_t theirs = column_int(row, ranks[i][0]), ours = column_int(row, ranks[i][1]);
        if (theirs != ours) return theirs > ours;
    }
    return false;
}

/* A side whose done attempt the other knows as superseded is not done; where both are so, the newer
 * attempt stays done. */
static void decide(pair *p, const lab_query *row)
{
    int their_uuid = lab_query_column(row, "their_done"),
        our_uuid = lab_query_column(row, "our_done");
    bool they = !lab_query_is_null(row, their_uuid), we = !lab_query_is_null(row, our_uuid);
    bool they_lost = column_int(row, "their_lost") != 0, we_lost = column_int(row, "our_lost") != 0;
    if (they_lost && we_lost) {
        const char *theirs = lab_query_text(row, their_uuid), *ours = lab_query_text(row, our_uuid);
        int64_t their_at = column_int(row, "their_at"), our_at = column_int(row, "our_at");
        they_lost = their_at != our_at ? their_at < our_at : strcmp(theirs, ours) < 0;
        we_lost = !they_lost;
        p->uphold = they_lost ? "merge_uphold_ours" : "merge_uphold_theirs";
        (void)snprintf(p->uphold_uuid, sizeof p->uphold_uuid, "%s", they_lost ? ours : theirs);
    }
    they = they && !they_lost;
    we = we && !we_lost;
    p->compare = they && we;
    p->take = they != we ? they : !they && theirs_came_further(row);
}

static pair *pairs_add(pairs *all)
{
    if (all->count == all->capacity) {
        isize bytes = (isize)sizeof *all->items, capacity = all->capacity * 2 + 64;
        all->items = lab_heap_grow(all->items, all->capacity * bytes, capacity * bytes);
        all->capacity = capacity;
    }
    return &all->items[all->count++];
}

static lab_status pairs_read(pairs *all, lab_ledger *ledger, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "merge_pairs", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        pair *p = pairs_add(all);
        *p = (pair){.theirs = column_int(query, "theirs"), .ours = column_int(query, "ours")};
        decide(p, query);
        (void)snprintf(p->run, sizeof p->run, "%s",
                       lab_query_text(query, lab_query_column(query, "run")));
        p->their_source =
            lab_heap_text(lab_query_text(query, lab_query_column(query, "their_source")));
        p->our_source = lab_heap_text(lab_query_text(query, lab_query_column(query, "our_source")));
    }
    lab_query_close(&query);
    return status;
}

static void pairs_finish(pairs *all)
{
    for (isize i = 0; i < all->count; i++) {
        lab_heap_free(all->items[i].their_source);
        lab_heap_free(all->items[i].our_source);
    }
    lab_heap_free(all->items);
}

/* ---- facts of one cell ---- */

static lab_status run_pair(lab_ledger *ledger, const char *name, const pair *p, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", name, err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":ours", p->ours);
        if (strncmp(name, "merge_take_", 11) == 0) lab_query_bind_int(query, ":theirs", p->theirs);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status take_facts(lab_ledger *ledger, const pair *p, lab_error *err)
{
    static const char *const steps[] = {"merge_forget_point",       "merge_forget_series_summary",
                                        "merge_forget_series",      "merge_forget_probe_result",
                                        "merge_forget_artifact",    "merge_forget_cell_cost",
                                        "merge_forget_cell_data",   "merge_forget_cell_input",
                                        "merge_forget_cell_source", "merge_take_series",
                                        "merge_take_point",         "merge_take_series_summary",
                                        "merge_take_probe_result",  "merge_take_artifact",
                                        "merge_take_cell_cost",     "merge_take_cell_data",
                                        "merge_take_cell_input",    "merge_take_cell_source"};
    lab_status status = LAB_OK;
    for (size_t i = 0; status == LAB_OK && i < sizeof steps / sizeof *steps; i++)
        status = run_pair(ledger, steps[i], p, err);
    return status;
}

void lab_merge_columns(lab_table *conflicts)
{
    static const char *const names[] = {"run",   "differs",   "n",         "here",
                                        "there", "here_from", "there_from"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) lab_table_column(conflicts, names[i]);
}

static void add_text(lab_table *table, const lab_query *row, const char *column)
{
    int index = lab_query_column(row, column);
    if (lab_query_is_null(row, index))
        lab_table_null(table);
    else
        lab_table_text(table, lab_query_text(row, index));
}

static lab_status compare(lab_ledger *ledger, const pair *p, lab_merged *out, lab_table *conflicts,
                          lab_error *err)
{
    lab_query *query = NULL;
    bool row = false, differs = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "merge_differs", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":ours", p->ours);
        lab_query_bind_int(query, ":theirs", p->theirs);
    }
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        differs = true;
        lab_table_text(conflicts, p->run);
        add_text(conflicts, query, "what");
        lab_table_int(conflicts, column_int(query, "n"));
        add_text(conflicts, query, "here");
        add_text(conflicts, query, "there");
        lab_table_text(conflicts, p->our_source);
        lab_table_text(conflicts, p->their_source);
    }
    lab_query_close(&query);
    out->conflicts += differs;
    return status;
}

static lab_status compare_queries(lab_ledger *ledger, lab_merged *out, lab_table *conflicts,
                                  lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status =
        lab_query_open(&query, ledger, "queries", "merge_saved_queries_differ", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        lab_table_null(conflicts);
        add_text(conflicts, query, "what");
        lab_table_int(conflicts, 1);
        add_text(conflicts, query, "here");
        add_text(conflicts, query, "there");
        lab_table_null(conflicts);
        lab_table_null(conflicts);
        out->conflicts++;
    }
    lab_query_close(&query);
    return status;
}

static lab_status uphold(lab_ledger *ledger, const pairs *all, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = LAB_OK;
    for (isize i = 0; status == LAB_OK && i < all->count; i++) {
        if (!all->items[i].uphold) continue;
        status = lab_query_open(&query, ledger, "queries", all->items[i].uphold, err);
        if (status == LAB_OK) {
            lab_query_bind_text(query, ":uuid", all->items[i].uphold_uuid);
            status = lab_query_run(query, err);
        }
        lab_query_close(&query);
    }
    return status;
}

/* ---- everything ---- */

/* Cells first, since all else refers to them; who wins is asked before attempts come in. */
static lab_status merge_attached(lab_ledger *ledger, lab_merged *out, lab_table *conflicts,
                                 lab_error *err)
{
    static const char *const attempts[] = {"merge_attempts_ended", "merge_attempts_doubled",
                                           "merge_attempts_open", "merge_attempts_queued"};
    static const char *const ends[] = {
        "merge_ordinals_away",    "merge_ordinals",       "merge_artifacts_later",
        "merge_bench_results",    "merge_sweep_vars",     "merge_paper_claims",
        "merge_saved_queries",    "merge_fits",           "merge_fit_parameters",
        "merge_fit_basins",       "merge_fit_rows",       "merge_fit_checks",
        "merge_predictions",      "merge_curations",      "merge_curation_steps",
        "merge_curation_reasons", "merge_curation_tests", "merge_contaminations",
        "merge_curation_thumbs"};
    pairs all = {0};
    lab_status status = run_named(ledger, "merge_same_attempts", NULL, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_defaults", NULL, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_sweeps", &out->sweeps, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_cells", &out->cells, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_parents", NULL, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_keys", NULL, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_sweep_cells", NULL, err);
    if (status == LAB_OK) status = pairs_read(&all, ledger, err);
    if (status == LAB_OK) status = uphold(ledger, &all, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_attempts_further", &out->attempts, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_queue_drop", NULL, err);
    for (size_t i = 0; status == LAB_OK && i < sizeof attempts / sizeof *attempts; i++)
        status = run_named(ledger, attempts[i], &out->attempts, err);
    if (status == LAB_OK) status = run_named(ledger, "merge_bench_files", &out->bench_files, err);
    for (size_t i = 0; status == LAB_OK && i < sizeof ends / sizeof *ends; i++)
        status = run_named(ledger, ends[i], NULL, err);
    for (isize i = 0; status == LAB_OK && i < all.count; i++) {
        const pair *p = &all.items[i];
        if (p->take) status = take_facts(ledger, p, err);
        if (p->compare) status = compare(ledger, p, out, conflicts, err);
        out->facts += p->take;
    }
    if (status == LAB_OK) status = compare_queries(ledger, out, conflicts, err);
    pairs_finish(&all);
    return status;
}

static lab_status copy_folders(lab_ledger *ledger, const lab_ledger *other, lab_merged *out,
                               lab_table *troubles, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "merge_artifacts", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        lab_text from = {0}, to = {0};
        lab_error trouble;
        bool copied = false;
        lab_text_add(&from, "%s/%s", lab_ledger_folder(other),
                     lab_query_text(query, lab_query_column(query, "there")));
        lab_text_add(&to, "%s/%s", lab_ledger_folder(ledger),
                     lab_query_text(query, lab_query_column(query, "folder")));
        lab_run_file file = {lab_query_text(query, lab_query_column(query, "path")),
                             lab_query_text(query, lab_query_column(query, "sha256")),
                             column_int(query, "bytes")};
        if (lab_run_copy(lab_text_of(&from), lab_text_of(&to), &file, &copied, &trouble) !=
            LAB_OK) {
            lab_table_text(troubles, trouble.text);
            out->troubles++;
        }
        out->folders += copied;
        lab_text_finish(&from);
        lab_text_finish(&to);
    }
    lab_query_close(&query);
    return status;
}

static lab_status attach(lab_ledger *ledger, const char *file, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "merge_attach", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":file", file);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

/* A copy that has this program's schema, whatever the source's is. */
static lab_status copy_open(lab_ledger *other, const char *copy, lab_error *err)
{
    lab_ledger *scratch = NULL;
    lab_status status = lab_ledger_backup(other, copy, NULL, NULL, err);
    if (status == LAB_OK) status = lab_ledger_open(&scratch, copy, LAB_LEDGER_SCRATCH, err);
    lab_ledger_close(&scratch);
    return status;
}

static void copy_remove(const char *copy)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        lab_text path = {0};
        lab_text_add(&path, "%s%s", copy, ends[i]);
        (void)unlink(lab_text_of(&path));
        lab_text_finish(&path);
    }
}

lab_status lab_merge(lab_ledger *ledger, const lab_merge_wish *wish, lab_merged *out,
                     lab_table *conflicts, lab_table *troubles, lab_error *err)
{
    lab_ledger *other = NULL;
    lab_text copy = {0};
    lab_error ignored;
    bool attached = false;
    *out = (lab_merged){0};
    lab_text_add(&copy, "%s/merge.%d.partial", lab_ledger_folder(ledger), (int)getpid());
    lab_status status = lab_ledger_open(&other, wish->other, LAB_LEDGER_AS_IS, err);
    if (status == LAB_OK) status = copy_open(other, lab_text_of(&copy), err);
    if (status == LAB_OK) status = attach(ledger, lab_text_of(&copy), err);
    attached = status == LAB_OK;
    if (status == LAB_OK) status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = merge_attached(ledger, out, conflicts, err);
    if (status == LAB_OK && !wish->dry_run) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    if (status == LAB_OK && wish->copy && !wish->dry_run)
        status = copy_folders(ledger, other, out, troubles, err);
    if (attached && run_named(ledger, "merge_detach", NULL, &ignored) != LAB_OK && status == LAB_OK)
        status = lab_fail(err, LAB_ERR_LEDGER, "%s", ignored.text);
    copy_remove(lab_text_of(&copy));
    lab_ledger_close(&other);
    lab_text_finish(&copy);
    if (status != LAB_OK) lab_error_context(err, "merging %s", wish->other);
    return status;
}
