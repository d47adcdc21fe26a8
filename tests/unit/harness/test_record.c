/* What the launcher writes, and what the views make of it. */
#include "base/heap.h"
#include "check.h"
#include "folder.h"
#include "launch/record.h"
#include "ledger/internal.h"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static lab_error err;
static lab_ledger *ledger;

static lab_status fake_data(void *context, const char *name, char *hex, lab_error *why)
{
    (void)context, (void)name, (void)why;
    (void)snprintf(hex, 65, "%064d", 7);
    return LAB_OK;
}
static const lab_data_source source = {fake_data, NULL, NULL};

static void good(lab_status status)
{
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_FATAL(status == LAB_OK);
}

static void begin(void)
{
    good(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err));
}

static double value(const char *sql)
{
    lab_query *query = NULL;
    bool row = false;
    double found = -12345;
    good(lab_query_open_text(&query, ledger, sql, &err));
    good(lab_query_step(query, &row, &err));
    if (row) found = lab_query_real(query, 0);
    lab_query_close(&query);
    return found;
}

static void text_is(const char *sql, const char *want)
{
    lab_query *query = NULL;
    bool row = false;
    good(lab_query_open_text(&query, ledger, sql, &err));
    good(lab_query_step(query, &row, &err));
    const char *found = row ? lab_query_text(query, 0) : "(no row)";
    if (strcmp(found, want) != 0)
        (void)printf("\n    %s\n    gave %s, want %s\n", sql, found, want);
    CU_ASSERT_STRING_EQUAL(found, want);
    lab_query_close(&query);
}

/* A sweep of one cell with these assignments, recorded. */
static lab_cell cell_of(const char *parent, const char *a, const char *b)
{
    lab_sweep sweep;
    lab_config *config = lab_heap_take(sizeof *config);
    lab_config_init(config);
    if (*parent) good(lab_config_assign(config, "task=probe", &err));
    if (strlen(parent) == 64) good(lab_config_set(config, LAB_KEY_probe_trunk, parent, "x", &err));
    if (*a) good(lab_config_assign(config, a, &err));
    if (*b) good(lab_config_assign(config, b, &err));
    good(lab_sweep_single(&sweep, config, strlen(parent) == 64 ? parent : "", source, &err));
    good(lab_record_sweep(ledger, &sweep, &err));
    lab_cell cell = sweep.cells[0];
    lab_sweep_finish(&sweep);
    lab_heap_free(config);
    return cell;
}

static lab_cell_state state_of(const lab_cell *cell)
{
    lab_cell_state state;
    good(lab_record_state(ledger, cell->hash.hex, &state, &err));
    return state;
}

static int64_t claim(const lab_cell *cell, const char *input, int retry)
{
    int64_t attempt_id = 0;
    good(lab_record_claim(ledger, cell, input, retry, &attempt_id, &err));
    return attempt_id;
}

static void hear(const lab_cell *cell, int64_t attempt_id, const char *text)
{
    char line[WIRE_LINE_MAX];
    lab_event event;
    (void)snprintf(line, sizeof line, "%s", text);
    for (char *c = line; *c; c++)
        if (*c == ' ') *c = '\t';
    good(lab_event_parse(&event, line, (isize)strlen(line), &err));
    good(lab_record_event(ledger, state_of(cell).cell_id, attempt_id, &event, &err));
}

static void end(int64_t attempt_id, const char *state)
{
    lab_ending ending = {
        .state = state, .exit_code = 0, .signal = -1, .wall_s = 2, .cpu_s = 3, .rss_peak = 4096};
    good(lab_record_end(ledger, attempt_id, &ending, &err));
    good(lab_record_summary(ledger, attempt_id, &err));
}

/* A finished pre-training cell. */
static lab_cell trained(const char *a, const char *b, const char *loss)
{
    lab_cell cell = cell_of("", a, b);
    int64_t attempt = claim(&cell, "", 0);
    char line[128];
    hear(&cell, attempt, "model 1000 1500 49 10 600 600000 1000 64000 3136000");
    hear(&cell, attempt, "point 10 train loss 0.9");
    hear(&cell, attempt, "point 950 train loss 0.5");
    hear(&cell, attempt, "point 1000 train loss 0.4");
    hear(&cell, attempt, "point 500 val loss_causal 0.7");
    hear(&cell, attempt, "point 1000 val loss_prefix 0.3");
    (void)snprintf(line, sizeof line, "point 1000 val loss_causal %s", loss);
    hear(&cell, attempt, line);
    hear(&cell, attempt, "artifact checkpoint 1000 10 abc checkpoint.safetensors");
    end(attempt, "done");
    return cell;
}

static void non_finite_values_are_kept_as_what_they_are(void)
{
    begin();
    lab_cell cell = cell_of("", "", "");
    int64_t attempt = claim(&cell, "", 0);
    hear(&cell, attempt, "point 1 train loss 1");
    hear(&cell, attempt, "point 2 train loss nan");
    hear(&cell, attempt, "point 3 train loss inf");
    hear(&cell, attempt, "point 4 train loss -inf");
    hear(&cell, attempt, "point 5 train loss 3");
    text_is("SELECT group_concat(kind) FROM curves ORDER BY step", "0,1,2,3,0");
    CU_ASSERT(value("SELECT avg(value) FROM curves") == 2);
    CU_ASSERT(value("SELECT count(*) FROM curves WHERE kind <> 0 AND value IS NULL") == 3);
    hear(&cell, attempt, "point 2 train loss 2"); /* heard again: replaces itself */
    CU_ASSERT(value("SELECT count(*) FROM curves") == 5);
    lab_ledger_close(&ledger);
}

static void a_cell_is_claimed_once(void)
{
    begin();
    lab_cell cell = cell_of("", "", "");
    int64_t first = claim(&cell, "", 0);
    CU_ASSERT(first > 0);
    CU_ASSERT(claim(&cell, "", LAB_RETRY_ALL) == 0); /* this very process works on it */
    end(first, "stopped");
    int64_t second = claim(&cell, "", 0);
    CU_ASSERT(second > first);
    end(second, "failed");
    CU_ASSERT(claim(&cell, "", LAB_RETRY_KILLED | LAB_RETRY_DIVERGED) == 0);
    int64_t third = claim(&cell, "", LAB_RETRY_FAILED);
    CU_ASSERT(third > second);
    end(third, "done");
    CU_ASSERT(claim(&cell, "", LAB_RETRY_ALL) == 0);
    text_is("SELECT state FROM runs", "done");
    CU_ASSERT(value("SELECT wall_s FROM runs") == 6);
    CU_ASSERT(value("SELECT attempts FROM runs") == 3);
    lab_ledger_close(&ledger);
}

/* A launcher that claims the cell in the folder's ledger, and is gone. */
static void claim_and_vanish(const char *path, const lab_cell *cell)
{
    pid_t child = fork();
    if (child == 0) {
        good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
        int64_t claimed = claim(cell, "", 0);
        lab_ledger_close(&ledger);
        _exit(claimed > 0 ? 0 : 1);
    }
    int status = -1;
    CU_ASSERT(waitpid(child, &status, 0) == child && status == 0);
}

static void a_vanished_process_is_found_by_its_start_time(void)
{
    char path[] = "/tmp/patchlaw-test-XXXXXX";
    int fd = mkstemp(path), reaped = 0;
    CU_ASSERT_FATAL(fd >= 0);
    (void)close(fd);
    good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
    lab_cell cell = cell_of("", "", "");
    lab_ledger_close(&ledger);
    claim_and_vanish(path, &cell);
    good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
    text_is("SELECT state FROM runs", "claimed");
    CU_ASSERT(!state_of(&cell).alive);
    good(lab_record_reap(ledger, NULL, &reaped, &err));
    CU_ASSERT(reaped == 1);
    text_is("SELECT state FROM runs", "orphaned");
    CU_ASSERT(claim(&cell, "", 0) > 0); /* ours: alive */
    CU_ASSERT(state_of(&cell).alive);
    good(lab_record_reap(ledger, NULL, &reaped, &err));
    CU_ASSERT(reaped == 0);
    lab_ledger_close(&ledger);
    char shm[64], wal[64];
    (void)snprintf(shm, sizeof shm, "%s-shm", path);
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    (void)unlink(shm);
    (void)unlink(wal);
    CU_ASSERT(unlink(path) == 0);
}

static void an_engine_that_holds_the_folders_lock_is_alive(void)
{
    test_folder folder = test_folder_open();
    char path[300], run[300], lock[320];
    int reaped = 0;
    (void)snprintf(path, sizeof path, "%s/ledger.db", folder.path);
    good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
    lab_cell cell = cell_of("", "", "");
    lab_ledger_close(&ledger);
    claim_and_vanish(path, &cell);
    (void)snprintf(run, sizeof run, "%s/%s", folder.path, lab_run_of(cell.hash.hex).text);
    (void)snprintf(lock, sizeof lock, "%s/lock", run);
    CU_ASSERT_FATAL(mkdir(run, 0777) == 0);
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    CU_ASSERT_FATAL(fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
    CU_ASSERT(state_of(&cell).alive);
    good(lab_record_reap(ledger, NULL, &reaped, &err));
    CU_ASSERT(reaped == 0);
    CU_ASSERT(claim(&cell, "", LAB_RETRY_ALL) == 0);
    CU_ASSERT(close(fd) == 0);
    CU_ASSERT(!state_of(&cell).alive);
    good(lab_record_reap(ledger, NULL, &reaped, &err));
    CU_ASSERT(reaped == 1);
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
}

static void looking_for_the_gone_takes_no_lock_where_none_is_gone(void)
{
    test_folder folder = test_folder_open();
    lab_ledger *other = NULL;
    char path[300];
    int reaped = 0;
    (void)snprintf(path, sizeof path, "%s/ledger.db", folder.path);
    good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
    lab_cell cell = cell_of("", "", ""), gone = cell_of("", "seed=1", "");
    CU_ASSERT(claim(&cell, "", 0) > 0);
    good(lab_ledger_open(&other, path, LAB_LEDGER_WRITE, &err));
    lab_ledger_patience(ledger, 0);
    good(lab_ledger_begin(other, &err));
    good(lab_record_reap(ledger, NULL, &reaped, &err));
    CU_ASSERT(lab_ledger_begin(ledger, &err) == LAB_ERR_BUSY);
    lab_ledger_rollback(other);
    lab_ledger_close(&ledger);
    claim_and_vanish(path, &gone);
    good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
    lab_ledger_patience(ledger, 0);
    good(lab_ledger_begin(other, &err));
    CU_ASSERT(lab_record_reap(ledger, NULL, &reaped, &err) == LAB_ERR_BUSY);
    lab_ledger_rollback(other);
    good(lab_record_reap(ledger, NULL, &reaped, &err));
    CU_ASSERT(reaped == 1);
    lab_ledger_close(&other);
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
}

static void the_last_step_comes_with_the_heartbeat(void)
{
    begin();
    lab_cell cell = cell_of("control", "probe.trunk=untrained", "");
    lab_query *query = NULL;
    bool row = false;
    int64_t attempt = claim(&cell, "", 0);
    hear(&cell, attempt, "model 1000 1500 49 10 600 600000 40 64000 3136000");
    hear(&cell, attempt, "resume 0");
    good(lab_record_heartbeat(ledger, attempt, 30, &err));
    good(lab_query_open(&query, ledger, "queries", "show_running", &err));
    lab_query_bind_int(query, ":now", lab_now_us());
    good(lab_query_step(query, &row, &err));
    CU_ASSERT_FATAL(row);
    CU_ASSERT(lab_query_int(query, lab_query_column(query, "step")) == 30);
    CU_ASSERT(lab_query_int(query, lab_query_column(query, "steps")) == 40);
    lab_query_close(&query);
    lab_ledger_close(&ledger);
}

static void a_replaced_trunk_is_probed_again(void)
{
    begin();
    lab_cell trunk = trained("", "", "0.6");
    lab_cell probe = cell_of(trunk.hash.hex, "", "");
    text_is("SELECT kind FROM runs WHERE task = 'probe'", "probe");
    int64_t attempt = claim(&probe, "abc", 0);
    hear(&probe, attempt, "probe block.0 0 linear 0.1 0.05 0 650 val 100 0.5 0.9 1 1");
    hear(&probe, attempt, "probe block.0 0 linear 0.1 0.05 0 650 test 400 0.5 0.9 nan 1");
    end(attempt, "done");
    CU_ASSERT(value("SELECT stale FROM probe_layers") == 0);
    CU_ASSERT(value("SELECT count(*) FROM excluded_runs") == 0);
    CU_ASSERT(value("SELECT test_loss IS NULL FROM probe_layers") == 1);
    check_near("se", value("SELECT test_top1_se FROM best_layer"), sqrt(0.25 / 400), 1e-12);
    hear(&trunk, 1, "artifact checkpoint 1000 10 def checkpoint.safetensors");
    CU_ASSERT(value("SELECT stale FROM probe_layers") == 1);
    CU_ASSERT(value("SELECT count(*) FROM best_layer") == 0);
    CU_ASSERT(value("SELECT count(*) FROM loss_vs_accuracy") == 0);
    text_is("SELECT reason FROM excluded_runs",
            "stale: its trunk has been replaced since it was probed");
    lab_cell_state own = state_of(&probe), parent = state_of(&trunk);
    CU_ASSERT(lab_record_decide(&own, &parent, LAB_SKIP_DONE, 0) == LAB_DO_REDO);
    attempt = claim(&probe, "def", 0);
    CU_ASSERT(attempt > 0);
    CU_ASSERT(value("SELECT count(*) FROM probe_result") == 0);
    text_is("SELECT state FROM runs WHERE task = 'probe'", "claimed");
    text_is("SELECT group_concat(state) FROM attempt WHERE cell_id = 2", "superseded,claimed");
    lab_ledger_close(&ledger);
}

static void decisions_follow_state_and_parent(void)
{
    lab_cell_state cell = {.state = "queued"}, parent = {.state = "queued"};
    CU_ASSERT(lab_record_decide(&cell, NULL, LAB_SKIP_DONE, 0) == LAB_DO_RUN);
    CU_ASSERT(lab_record_decide(&cell, &parent, LAB_DO_RUN, 0) == LAB_DO_WAIT);
    CU_ASSERT(lab_record_decide(&cell, &parent, LAB_SKIP_FAILED, 0) == LAB_SKIP_BLOCKED);
    (void)snprintf(parent.state, sizeof parent.state, "done");
    (void)snprintf(parent.checkpoint, sizeof parent.checkpoint, "abc");
    CU_ASSERT(lab_record_decide(&cell, &parent, LAB_SKIP_DONE, 0) == LAB_DO_RUN);
    static const char *const resumed[] = {"stopped", "orphaned", "superseded", "running"};
    for (size_t i = 0; i < 4; i++) {
        cell.attempts = 1;
        (void)snprintf(cell.state, sizeof cell.state, "%s", resumed[i]);
        CU_ASSERT(lab_record_decide(&cell, NULL, LAB_SKIP_DONE, 0) == LAB_DO_RESUME);
    }
    cell.alive = true;
    CU_ASSERT(lab_record_decide(&cell, NULL, LAB_SKIP_DONE, LAB_RETRY_ALL) == LAB_DO_WATCH);
}

static void finished_runs_are_the_points_of_the_laws(void)
{
    begin();
    lab_cell a = trained("seed=0", "", "0.6");
    lab_cell b = trained("seed=0", "optim.weight_decay=0.1", "0.55");
    lab_cell c = trained("seed=1", "optim.weight_decay=0.1", "nan");
    (void)a, (void)b, (void)c;
    (void)cell_of("", "seed=9", "");
    CU_ASSERT(value("SELECT count(*) FROM final_loss") == 2);
    check_near("train loss", value("SELECT train_loss FROM final_loss WHERE loss_causal = 0.6"),
               0.45, 1e-12);
    CU_ASSERT(value("SELECT loss_prefix FROM final_loss WHERE loss_causal = 0.6") == 0.3);
    CU_ASSERT(value("SELECT steps_seen FROM final_loss WHERE loss_causal = 0.6") == 1000);
    CU_ASSERT(value("SELECT N FROM scaling_points WHERE L = 0.6") == 1000);
    CU_ASSERT(value("SELECT N_head FROM scaling_points WHERE L = 0.6") == 1500);
    CU_ASSERT(value("SELECT D FROM scaling_points WHERE L = 0.6") == 3136000);
    CU_ASSERT(value("SELECT C FROM scaling_points WHERE L = 0.6") == 600000);
    CU_ASSERT(value("SELECT images FROM curves WHERE step = 950 LIMIT 1") == 950 * 64);
    CU_ASSERT(value("SELECT patches FROM curves WHERE step = 950 LIMIT 1") == 950 * 64 * 49);
    CU_ASSERT(value("SELECT flops FROM curves WHERE step = 950 LIMIT 1") == 950 * 600);
    CU_ASSERT(value("SELECT count(*) FROM ablation") == 1);
    text_is("SELECT key || ' ' || value_a || ' ' || value_b FROM ablation",
            "optim.weight_decay 0.05 0.1");
    check_near("delta", value("SELECT delta FROM ablation"), -0.05, 1e-12);
    CU_ASSERT(value("SELECT count(*) FROM excluded_runs") == 2);
    text_is("SELECT reason FROM excluded_runs WHERE state = 'done'",
            "final causal validation loss is not finite");
    text_is("SELECT reason FROM excluded_runs WHERE state = 'queued'", "not started");
    lab_ledger_close(&ledger);
}

static void the_best_layer_is_chosen_on_validation_images(void)
{
    begin();
    lab_cell trunk = trained("", "", "0.6");
    lab_cell probe = cell_of(trunk.hash.hex, "", "");
    int64_t attempt = claim(&probe, "abc", 0);
    static const char *const lines[] = {
        "probe block.0 0 linear 0.1 0.05 0 650 val 100 0.5 0.9 1 1",
        "probe block.0 0 linear 0.1 0.05 0 650 test 400 0.9 0.9 1 1",
        "probe block.1 1 linear 0.2 0.05 0 650 val 100 0.6 0.9 1 1",
        "probe block.1 1 linear 0.1 0.05 0 650 val 100 0.4 0.9 1 0",
        "probe block.1 1 linear 0.4 0.05 0 650 val 100 0.3 0.9 1 0",
        "probe block.1 1 linear 0.2 0.05 0 650 test 400 0.55 0.9 1 1",
        "probe block.2 2 linear 0.1 0.05 0 650 val 100 0.6 0.9 1 1",
        "probe block.2 2 linear 0.1 0.05 0 650 test 400 0.8 0.9 1 1",
        "probe mean_last.6 -1 linear 0.1 0.05 0 650 val 100 0.6 0.9 1 1",
        "probe mean_last.6 -1 linear 0.1 0.05 0 650 test 400 0.8 0.9 1 1",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) hear(&probe, attempt, lines[i]);
    CU_ASSERT(value("SELECT count(*) FROM probe_layers") == 0); /* not done yet */
    end(attempt, "done");
    CU_ASSERT(value("SELECT count(*) FROM probe_layers") == 4);
    text_is("SELECT tap FROM best_layer", "block.1");
    CU_ASSERT(value("SELECT test_top1 FROM best_layer") == 0.55);
    CU_ASSERT(value("SELECT at_grid_edge FROM probe_layers WHERE tap = 'block.1'") == 0);
    CU_ASSERT(value("SELECT at_grid_edge FROM probe_layers WHERE tap = 'block.0'") == 1);
    text_is("SELECT run = (SELECT run FROM runs WHERE task = 'pretrain') FROM best_layer", "1");
    CU_ASSERT(value("SELECT test_top1 FROM loss_vs_accuracy WHERE loss = 0.6") == 0.55);
    lab_cell control = cell_of("control", "probe.trunk=untrained", "");
    attempt = claim(&control, "", 0);
    for (size_t i = 0; i < 2; i++) hear(&control, attempt, lines[i]);
    end(attempt, "done");
    text_is("SELECT trunk FROM best_layer WHERE run <> (SELECT run FROM final_loss)", "untrained");
    CU_ASSERT(value("SELECT count(*) FROM loss_vs_accuracy") == 1);
    lab_ledger_close(&ledger);
}

static void neighbours_have_a_k_and_no_rate(void)
{
    begin();
    lab_cell trunk = trained("", "", "0.6");
    lab_cell probe = cell_of(trunk.hash.hex, "", "");
    int64_t attempt = claim(&probe, "abc", 0);
    static const char *const lines[] = {
        "probe block.0 0 knn nan nan 10 0 val 100 0.5 0.9 inf 0",
        "probe block.0 0 knn nan nan 20 0 val 100 0.6 0.9 1 1",
        "probe block.0 0 knn nan nan 20 0 test 400 0.55 0.9 1 1",
        "probe block.0 0 knn nan nan 20 0 test 400 0.56 0.9 1 1", /* once more */
        "probe block.0 0 linear 0.1 0.05 0 650 val 100 0.5 0.9 1 1",
        "probe block.0 0 linear 0.1 0.05 0 650 test 400 0.4 0.9 1 1",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) hear(&probe, attempt, lines[i]);
    end(attempt, "done");
    CU_ASSERT(value("SELECT count(*) FROM probe_result") == 5);
    text_is("SELECT k || ' ' || (lr IS NULL) || ' ' || (weight_decay IS NULL) || ' ' || trained "
            "FROM probe_layers WHERE kind = 'knn'",
            "20 1 1 0");
    CU_ASSERT(value("SELECT at_grid_edge IS NULL FROM probe_layers WHERE kind = 'knn'") == 1);
    CU_ASSERT(value("SELECT test_top1 FROM best_layer WHERE kind = 'knn'") == 0.56);
    CU_ASSERT(value("SELECT trained FROM best_layer WHERE kind = 'linear'") == 650);
    CU_ASSERT(value("SELECT k IS NULL FROM probe_layers WHERE kind = 'linear'") == 1);
    lab_ledger_close(&ledger);
}

static void a_curve_that_was_rolled_back_is_made_again(void)
{
    begin();
    lab_cell cell = cell_of("", "", "");
    int64_t attempt = claim(&cell, "", 0);
    good(lab_ledger_begin(ledger, &err));
    hear(&cell, attempt, "point 1 train loss 1");
    lab_ledger_rollback(ledger);
    CU_ASSERT(value("SELECT count(*) FROM series") == 0);
    hear(&cell, attempt, "point 1 train lr 2");
    hear(&cell, attempt, "point 1 train loss 3");
    hear(&cell, attempt, "point 2 train loss 4");
    CU_ASSERT(value("SELECT count(*) FROM series") == 2);
    text_is("SELECT group_concat(metric || ' ' || value) FROM curves ORDER BY metric, step",
            "lr 2.0,loss 3.0,loss 4.0");
    lab_ledger_close(&ledger);
}

/* Whether that check of sql/checks finds something. */
static bool finds(const char *name)
{
    lab_query *query = NULL;
    bool row = true;
    good(lab_query_open(&query, ledger, "checks", name, &err));
    good(lab_query_step(query, &row, &err));
    lab_query_close(&query);
    return row;
}

/* Each change of what is kept is found, and is no more when it is undone. */
static void a_shape_that_differs_from_the_keys_is_found(void)
{
    static const char *const columns[] = {"trunk",    "width", "depth",  "heads",
                                          "patch_px", "steps", "lr_peak"};
    begin();
    (void)cell_of("", "", "");
    CU_ASSERT_FALSE(finds("cell_shape_differs"));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        lab_text sql = {0};
        lab_text_add(&sql, "SAVEPOINT s; UPDATE cell_shape SET %s = %s", columns[i],
                     i == 0 ? "'x'" : "7");
        good(lab_ledger_script(ledger, "test", lab_text_of(&sql), &err));
        CU_ASSERT(finds("cell_shape_differs"));
        good(lab_ledger_script(ledger, "test", "ROLLBACK TO s; RELEASE s", &err));
        lab_text_finish(&sql);
    }
    CU_ASSERT_FALSE(finds("cell_shape_differs"));
    good(lab_ledger_script(ledger, "test", "DELETE FROM cell_shape", &err));
    CU_ASSERT(finds("cell_shape_differs"));
    lab_ledger_close(&ledger);
}

/* Takes a key of cells from their rows and their text, as a version that lacks it would. */
static void forget_key(const char *key, const char *where)
{
    lab_text sql = {0};
    lab_text_add(
        &sql,
        "UPDATE cell SET config = (SELECT replace(config, key || ': ' || value || char(10),"
        " '') FROM cell_key k WHERE k.cell_id = cell.cell_id AND key = '%s') WHERE %s;"
        "UPDATE cell_rest SET rest = rest - (SELECT weight FROM cell_key k JOIN key_value"
        " USING (key, value) WHERE k.cell_id = cell_rest.cell_id AND key = '%s') WHERE %s;"
        "DELETE FROM cell_rest WHERE key = '%s' AND %s;"
        "DELETE FROM cell_key WHERE key = '%s' AND %s",
        key, where, key, where, key, where, key, where);
    good(lab_ledger_script(ledger, "test", lab_text_of(&sql), &err));
    lab_text_finish(&sql);
}

/* Runs that lack a key pair among themselves, and not with those that have it. */
static void runs_of_other_keys_pair_among_themselves(void)
{
    begin();
    (void)trained("seed=0", "", "0.6");
    (void)trained("seed=0", "optim.lr_peak=0.002", "0.5");
    (void)trained("seed=1", "", "0.4");
    (void)trained("seed=1", "optim.lr_peak=0.002", "0.3");
    text_is("SELECT group_concat(key || printf(' %.1f', delta), ', ') FROM"
            " (SELECT key, delta FROM ablation ORDER BY key, loss_a)",
            "optim.lr_peak -0.1, optim.lr_peak -0.1, seed -0.2, seed -0.2");
    forget_key("model.precision", "cell_id > 2");
    CU_ASSERT_FALSE(finds("cell_shape_differs"));
    CU_ASSERT_FALSE(finds("cell_key_differs"));
    CU_ASSERT_FALSE(finds("cell_rest_differs"));
    text_is("SELECT group_concat(key || printf(' %.1f', delta), ', ') FROM"
            " (SELECT key, delta FROM ablation ORDER BY key, loss_a)",
            "optim.lr_peak -0.1, optim.lr_peak -0.1");
    lab_ledger_close(&ledger);
}

static void a_rest_that_differs_from_the_config_is_found(void)
{
    static const char *const changes[] = {
        "UPDATE cell_rest SET rest = rest + 1 WHERE key = 'seed'",
        "UPDATE cell_rest SET value = 'x' WHERE (key, value) = ('seed', '0')",
        "DELETE FROM cell_rest WHERE key = 'seed'",
        "DELETE FROM key_value WHERE key = 'seed'",
        "UPDATE key_value SET weight = weight + 1 WHERE key = 'model.width'",
        "INSERT INTO cell_rest VALUES ('seed', 1, '1', 1)",
        "UPDATE cell SET config = replace(config, 'width: 64', 'width: 65') WHERE cell_id = 1"};
    begin();
    (void)trained("seed=0", "", "0.6");
    (void)trained("seed=1", "", "0.5");
    CU_ASSERT_FALSE(finds("cell_rest_differs"));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        good(lab_ledger_script(ledger, "test", "SAVEPOINT s", &err));
        good(lab_ledger_script(ledger, "test", changes[i], &err));
        CU_ASSERT(finds("cell_rest_differs"));
        good(lab_ledger_script(ledger, "test", "ROLLBACK TO s; RELEASE s", &err));
    }
    CU_ASSERT_FALSE(finds("cell_rest_differs"));
    lab_ledger_close(&ledger);
}

/* A key that is its default has no line, and is compared as if it had one. The third run is that of
 * the first with another value, the fourth that of the second. */
static void a_key_that_is_its_default_is_compared(void)
{
    begin();
    (void)trained("seed=0", "", "0.6");
    (void)trained("seed=1", "", "0.5");
    text_is("SELECT count(*) FROM cell_rest WHERE key = 'model.order'", "0");
    (void)trained("seed=0", "model.order=spiral", "0.4");
    (void)trained("seed=1", "model.order=spiral", "0.2");
    (void)trained("seed=2", "model.order=raster", "0.1");
    (void)trained("seed=2", "model.order=reverse", "0.9");
    text_is("SELECT group_concat(value_a || ' ' || value_b || printf(' %.1f', delta), ', ') FROM"
            " (SELECT * FROM ablation WHERE key = 'model.order' ORDER BY loss_a DESC, loss_b)",
            "raster spiral -0.2, raster spiral -0.3, raster reverse 0.8");
    text_is("SELECT group_concat(seed || ' ' || value, ', ') FROM (SELECT * FROM arms"
            " WHERE key = 'model.order' ORDER BY seed, value)",
            "0 raster, 0 spiral, 1 raster, 1 spiral, 2 raster, 2 reverse");
    text_is("SELECT count(DISTINCT context) FROM arms WHERE key = 'model.order'", "1");
    text_is("SELECT group_concat(stated || ' ' || value, ', ') FROM (SELECT stated, value"
            " FROM config_keys WHERE key = 'model.order' ORDER BY cell_id)",
            "0 raster, 0 raster, 1 spiral, 1 spiral, 0 raster, 1 reverse");
    text_is("SELECT count(DISTINCT value) FROM cell_key WHERE key = 'model.order'", "2");
    CU_ASSERT_FALSE(finds("cell_rest_differs"));
    CU_ASSERT_FALSE(finds("key_value_missing"));
    CU_ASSERT_FALSE(finds("cell_key_differs"));
    good(lab_ledger_script(ledger, "test",
                           "DELETE FROM cell_rest WHERE (key, value) = ('model.order', 'raster')",
                           &err));
    CU_ASSERT(finds("cell_rest_differs"));
    lab_ledger_close(&ledger);
}

/* Two keys of which one run has the first, the other the second: two differences are no pair. */
static void defaults_of_two_keys_are_no_pair(void)
{
    begin();
    (void)trained("seed=0", "model.order=spiral", "0.6");
    (void)trained("seed=0", "data.grey=0.5", "0.5");
    text_is("SELECT count(*) FROM ablation", "0");
    text_is("SELECT count(*) FROM arms", "0");
    (void)trained("seed=0", "", "0.4");
    text_is("SELECT group_concat(key || ' ' || value_a || ' ' || value_b, ', ') FROM"
            " (SELECT * FROM ablation ORDER BY key)",
            "data.grey 0 0.5, model.order raster spiral");
    text_is("SELECT group_concat(key || ' ' || value || ' ' || trim(context, char(10)), ', ') FROM"
            " (SELECT * FROM arms ORDER BY key, value)",
            "data.grey 0 model.order: raster, data.grey 0.5 model.order: raster,"
            " model.order raster data.grey: 0, model.order spiral data.grey: 0");
    CU_ASSERT_FALSE(finds("cell_rest_differs"));
    lab_ledger_close(&ledger);
}

/* The runs are there before the program knows the key's default: as in a ledger of a version
 * without it, and in one that has newer runs from elsewhere, of one other value or of two. */
static void runs_of_a_ledger_older_than_a_key_are_compared(void)
{
    for (int newer = 0; newer <= 2; newer++) {
        begin();
        good(lab_ledger_script(ledger, "test", "DELETE FROM key_default; DELETE FROM key_value",
                               &err));
        (void)trained("seed=0", "", "0.6");
        if (newer > 0) (void)trained("seed=0", "model.order=spiral", "0.5");
        if (newer > 1) (void)trained("seed=0", "model.order=columns", "0.3");
        text_is("SELECT count(*) FROM ablation WHERE 'raster' IN (value_a, value_b)", "0");
        good(lab_ledger_script(
            ledger, "test", "INSERT INTO key_default VALUES ('pretrain', 'model.order', 'raster')",
            &err));
        if (newer == 0) (void)trained("seed=0", "model.order=spiral", "0.5");
        text_is("SELECT value_a || ' ' || value_b || printf(' %.1f', delta) FROM ablation"
                " WHERE value_b = 'spiral' AND value_a = 'raster'",
                "raster spiral -0.1");
        text_is("SELECT count(*) FROM arms WHERE key = 'model.order'", newer > 1 ? "3" : "2");
        CU_ASSERT_FALSE(finds("cell_rest_differs"));
        lab_ledger_close(&ledger);
    }
}

/* All weigh the same: what differs in two keys is no pair, and the check says what is left out. */
static void sums_that_are_equal_by_accident_make_no_pair(void)
{
    begin();
    (void)trained("seed=0", "", "0.6");
    good(lab_ledger_script(ledger, "test",
                           "CREATE TRIGGER same AFTER INSERT ON key_value BEGIN UPDATE key_value"
                           " SET weight = 1 WHERE weight <> 0; END;"
                           "UPDATE key_value SET weight = 1 WHERE weight <> 0",
                           &err));
    (void)trained("seed=1", "", "0.5");
    CU_ASSERT_FALSE(finds("cell_rest_differs"));
    (void)trained("seed=1", "optim.lr_peak=0.002", "0.3");
    CU_ASSERT(finds("cell_rest_differs"));
    text_is("SELECT group_concat(key || printf(' %.1f', delta)) FROM ablation", "seed -0.1");
    lab_ledger_close(&ledger);
}

static void what_is_kept_beside_the_keys_says_what_they_say(void)
{
    begin();
    lab_cell trunk = trained("model.width=96", "optim.lr_peak=0.002", "0.5");
    (void)cell_of(trunk.hash.hex, "", "");
    (void)cell_of("untrained", "", "");
    CU_ASSERT_FALSE(finds("cell_shape_differs"));
    CU_ASSERT_FALSE(finds("key_value_missing"));
    CU_ASSERT_FALSE(finds("cell_rest_differs"));
    text_is("SELECT group_concat(width || ' ' || depth || ' ' || heads || ' ' || patch_px || ' ' ||"
            " ifnull(steps, '-') || ' ' || ifnull(lr_peak, '-'), '; ') FROM runs ORDER BY cell_id",
            "96 4 2 4 1000 0.002; 64 4 2 4 - -; 64 4 2 4 - -");
    text_is("SELECT group_concat(kind) FROM runs ORDER BY cell_id", "pretrain,probe,untrained");
    CU_ASSERT(value("SELECT loss FROM runs WHERE task = 'pretrain'") == 0.5);
    lab_ledger_close(&ledger);
}

SUITE(record,
      {"a shape that differs from the keys is found", a_shape_that_differs_from_the_keys_is_found},
      {"runs of other keys pair among themselves", runs_of_other_keys_pair_among_themselves},
      {"a key that is its default is compared", a_key_that_is_its_default_is_compared},
      {"defaults of two keys are no pair", defaults_of_two_keys_are_no_pair},
      {"runs of a ledger older than a key are compared",
       runs_of_a_ledger_older_than_a_key_are_compared},
      {"a rest that differs from the config is found",
       a_rest_that_differs_from_the_config_is_found},
      {"sums that are equal by accident make no pair",
       sums_that_are_equal_by_accident_make_no_pair},
      {"non-finite values are kept as what they are", non_finite_values_are_kept_as_what_they_are},
      {"a cell is claimed once", a_cell_is_claimed_once},
      {"a vanished process is found by its start time",
       a_vanished_process_is_found_by_its_start_time},
      {"an engine that holds the folder's lock is alive",
       an_engine_that_holds_the_folders_lock_is_alive},
      {"looking for the gone takes no lock where none is gone",
       looking_for_the_gone_takes_no_lock_where_none_is_gone},
      {"the last step comes with the heartbeat", the_last_step_comes_with_the_heartbeat},
      {"a replaced trunk is probed again", a_replaced_trunk_is_probed_again},
      {"decisions follow state and parent", decisions_follow_state_and_parent},
      {"finished runs are the points of the laws", finished_runs_are_the_points_of_the_laws},
      {"a curve that was rolled back is made again", a_curve_that_was_rolled_back_is_made_again},
      {"what is kept beside the keys says what they say",
       what_is_kept_beside_the_keys_says_what_they_say},
      {"the best layer is chosen on validation images",
       the_best_layer_is_chosen_on_validation_images},
      {"neighbours have a k and no rate", neighbours_have_a_k_and_no_rate})
