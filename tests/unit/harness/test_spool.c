/* Spools: their lines, who gets a run, and what a ledger makes of their files. */
#include "base/heap.h"
#include "check.h"
#include "folder.h"
#include "import/spool.h"
#include "launch/pack.h"
#include "launch/replay.h"
#include "launch/spool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static lab_error err;

/* ---- a filesystem that has no links, and is full by the time that one is asked for ---- */

static bool linkless;
static int accesses; /* how often access was asked */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    CU_ASSERT(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    CU_ASSERT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

int link(const char *from, const char *to)
{
    if (!linkless) return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
    limit_files(5);
    errno = EPERM;
    return -1;
}

int access(const char *path, int mode)
{
    accesses++;
    return faccessat(AT_FDCWD, path, mode, 0);
}

static lab_status fake_data(void *context, const char *name, char *hex, lab_error *why)
{
    (void)context, (void)name, (void)why;
    (void)snprintf(hex, 65, "%064d", 7);
    return LAB_OK;
}

static void good(lab_status status)
{
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_FATAL(status == LAB_OK);
}

/* A run of that seed. */
static lab_sweep single(const char *seed)
{
    lab_sweep sweep;
    lab_config *config = lab_heap_take(sizeof *config);
    lab_config_init(config);
    good(lab_config_assign(config, seed, &err));
    good(lab_sweep_single(&sweep, config, "", (lab_data_source){fake_data, NULL, NULL}, &err));
    lab_heap_free(config);
    return sweep;
}

static double value(lab_ledger *ledger, const char *sql)
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

static lab_ledger *open_spool(const char *folder)
{
    lab_ledger *ledger = NULL;
    good(lab_spool_open(&ledger, folder, &err));
    return ledger;
}

static int64_t claim(lab_ledger *ledger, const lab_cell *cell)
{
    int64_t attempt_id = 0;
    good(lab_record_claim(ledger, cell, "", LAB_RETRY_ALL, &attempt_id, &err));
    return attempt_id;
}

static void point(lab_ledger *ledger, const lab_cell *cell, int64_t attempt_id, int step,
                  double loss)
{
    lab_cell_state state;
    lab_event event = {.kind = WIRE_EVENT_POINT};
    good(lab_record_state(ledger, cell->hash.hex, &state, &err));
    lab_event_set_int(&event, "step", step);
    lab_event_set_text(&event, "split", "train");
    lab_event_set_text(&event, "metric", "loss");
    lab_event_set_real(&event, "value", loss);
    good(lab_record_event(ledger, state.cell_id, attempt_id, &event, &err));
}

static void end(lab_ledger *ledger, int64_t attempt_id, const char *state)
{
    lab_ending ending = {.state = state, .exit_code = 0, .signal = -1, .wall_s = 0.1, .cpu_s = 3};
    good(lab_record_end(ledger, attempt_id, &ending, &err));
}

/* ---- lines ---- */

static void every_line_is_read_as_it_was_put(void)
{
    for (int kind = 0; kind < LAB_LINE_COUNT; kind++) {
        lab_event line = {.kind = kind, .at = 1234567890123456}, back;
        lab_text text = {0};
        const char *name = NULL;
        char type = 0;
        for (int i = 0; lab_event_field(kind, i, &type, &name) > 0; i++) {
            line.fields[i].integer = i;
            line.fields[i].real = 0.1 * i;
            if (type == 's') line.fields[i].text = i % 2 ? "a\tb\\c\nd" : "";
        }
        lab_line_put(&text, &line);
        CU_ASSERT(text.data[text.length - 1] == '\n');
        CU_ASSERT(strchr(text.data, '\n') == text.data + text.length - 1);
        good(lab_line_parse(&back, text.data, text.length - 1, &err));
        CU_ASSERT(back.kind == kind && back.at == line.at);
        for (int i = 0; lab_event_field(kind, i, &type, &name) > 0; i++) {
            if (type == 'i') CU_ASSERT(back.fields[i].integer == i);
            if (type == 'r') CU_ASSERT(memcmp(&back.fields[i].real, &line.fields[i].real, 8) == 0);
            if (type == 's') CU_ASSERT_STRING_EQUAL(back.fields[i].text, line.fields[i].text);
        }
        lab_text_finish(&text);
    }
}

static lab_status parse(const char *words,
                        lab_status (*read)(lab_event *, char *, isize, lab_error *))
{
    char line[256];
    lab_event event;
    (void)snprintf(line, sizeof line, "%s", words);
    return read(&event, line, (isize)strlen(line), &err);
}

static void a_spool_has_lines_that_no_engine_may_say(void)
{
    CU_ASSERT(parse("17\tbeat\t3", lab_line_parse) == LAB_OK);
    CU_ASSERT(parse("beat\t3", lab_event_parse) == LAB_ERR_FORMAT);
    CU_ASSERT(parse("beat\t3", lab_line_parse) == LAB_ERR_FORMAT);
    CU_ASSERT(parse("0\tbeat\t3", lab_line_parse) == LAB_ERR_FORMAT);
    CU_ASSERT(parse("17", lab_line_parse) == LAB_ERR_FORMAT);
    CU_ASSERT(parse("17\tbeat\t3\t4", lab_line_parse) == LAB_ERR_FORMAT);
}

/* ---- launchers ---- */

static void a_run_belongs_to_one_launcher(void)
{
    test_folder folder = test_folder_open();
    lab_sweep sweep = single("seed=1");
    lab_ledger *one = open_spool(folder.path), *two = open_spool(folder.path);
    lab_cell_state state;
    good(lab_record_sweep(one, &sweep, &err));
    good(lab_record_sweep(two, &sweep, &err));
    int64_t first = claim(one, &sweep.cells[0]);
    CU_ASSERT(first > 0);
    CU_ASSERT(claim(two, &sweep.cells[0]) == 0);
    good(lab_spool_refresh(two, &err));
    good(lab_record_state(two, sweep.cells[0].hash.hex, &state, &err));
    CU_ASSERT(state.open && state.alive);
    point(one, &sweep.cells[0], first, 1, 2.5);
    end(one, first, "failed");
    lab_ledger_close(&one);
    lab_ledger_close(&two);
    two = open_spool(folder.path);
    good(lab_record_state(two, sweep.cells[0].hash.hex, &state, &err));
    CU_ASSERT_STRING_EQUAL(state.state, "failed");
    CU_ASSERT(value(two, "SELECT value FROM point") == 2.5);
    CU_ASSERT(claim(two, &sweep.cells[0]) > 0);
    CU_ASSERT(value(two, "SELECT max(ordinal) FROM attempt") == 2);
    lab_ledger_close(&two);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

static void a_file_without_its_first_line_is_an_unknown_launchers(void)
{
    test_folder folder = test_folder_open();
    lab_sweep sweep = single("seed=1");
    lab_cell_state state;
    char path[512];
    lab_ledger *ledger = open_spool(folder.path);
    good(lab_record_sweep(ledger, &sweep, &err));
    lab_ledger_close(&ledger);
    lab_run_name run = lab_run_of(sweep.cells[0].hash.hex);
    (void)snprintf(path, sizeof path, "%s/%s", folder.path, run.text);
    CU_ASSERT(mkdir(path, 0777) == 0);
    (void)snprintf(path, sizeof path, "%s/1.events", run.text);
    (void)test_folder_write(&folder, path, "17\tcla");
    ledger = open_spool(folder.path);
    good(lab_record_state(ledger, sweep.cells[0].hash.hex, &state, &err));
    CU_ASSERT(state.open && state.alive);
    CU_ASSERT_STRING_EQUAL(state.host, "unknown");
    CU_ASSERT(claim(ledger, &sweep.cells[0]) == 0);
    good(lab_record_orphan(ledger, state.attempt_id, &err)); /* as after its silence */
    CU_ASSERT(claim(ledger, &sweep.cells[0]) > 0);
    lab_ledger_close(&ledger);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

static void a_first_line_that_does_not_fit_leaves_no_file(void)
{
    test_folder folder = test_folder_open();
    lab_sweep sweep = single("seed=1");
    int64_t attempt_id = 0;
    char path[512];
    lab_ledger *ledger = open_spool(folder.path);
    good(lab_record_sweep(ledger, &sweep, &err));
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    linkless = true;
    lab_status status =
        lab_record_claim(ledger, &sweep.cells[0], "", LAB_RETRY_ALL, &attempt_id, &err);
    linkless = false;
    limit_files(RLIM_INFINITY);
    (void)signal(SIGXFSZ, before);
    CU_ASSERT(status == LAB_ERR_IO);
    CU_ASSERT(strstr(err.text, "1.events: cannot be written") != NULL);
    (void)snprintf(path, sizeof path, "%s/%s/1.events", folder.path,
                   lab_run_of(sweep.cells[0].hash.hex).text);
    CU_ASSERT(access(path, F_OK) != 0);
    lab_ledger_close(&ledger);
    ledger = open_spool(folder.path);
    CU_ASSERT(claim(ledger, &sweep.cells[0]) > 0);
    lab_ledger_close(&ledger);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

static int descriptors(void)
{
    int count = 0;
    DIR *open = opendir("/proc/self/fd");
    while (open && readdir(open)) count++;
    if (open) (void)closedir(open);
    return count;
}

static void a_mark_that_cannot_be_synced_is_closed(void)
{
    test_folder folder = test_folder_open();
    lab_sweep sweep = single("seed=1");
    lab_cell_state state;
    char path[512];
    lab_ledger *one = open_spool(folder.path), *two = NULL;
    good(lab_record_sweep(one, &sweep, &err));
    CU_ASSERT(claim(one, &sweep.cells[0]) > 0);
    two = open_spool(folder.path);
    good(lab_record_state(two, sweep.cells[0].hash.hex, &state, &err));
    (void)snprintf(path, sizeof path, "%s/%s/1.orphaned", folder.path,
                   lab_run_of(sweep.cells[0].hash.hex).text);
    CU_ASSERT(symlink("/dev/null", path) == 0); /* which has no fsync */
    int before = descriptors();
    CU_ASSERT(lab_record_orphan(two, state.attempt_id, &err) == LAB_ERR_IO);
    CU_ASSERT(strstr(err.text, "1.orphaned: cannot be written") != NULL);
    CU_ASSERT(descriptors() == before);
    lab_ledger_close(&one);
    lab_ledger_close(&two);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

static void a_file_that_is_gone_again_leaves_no_gap(void)
{
    test_folder folder = test_folder_open();
    lab_sweep sweep = single("seed=1");
    lab_cell_state state;
    lab_imported_spool got;
    lab_ledger *ledger = open_spool(folder.path);
    char path[1024], file[512];
    lab_run_name run = lab_run_of(sweep.cells[0].hash.hex);
    good(lab_record_sweep(ledger, &sweep, &err));
    lab_ledger_close(&ledger);
    (void)snprintf(path, sizeof path, "%s/%s", folder.path, run.text);
    CU_ASSERT(mkdir(path, 0777) == 0);
    (void)snprintf(file, sizeof file, "%s/1.events", run.text);
    (void)test_folder_write(&folder, file, "");
    ledger = open_spool(folder.path);
    (void)snprintf(path, sizeof path, "%s/%s", folder.path, file);
    CU_ASSERT(unlink(path) == 0);
    good(lab_record_state(ledger, sweep.cells[0].hash.hex, &state, &err));
    good(lab_record_orphan(ledger, state.attempt_id, &err)); /* as after its silence */
    end(ledger, claim(ledger, &sweep.cells[0]), "failed");
    lab_ledger_close(&ledger);
    (void)snprintf(file, sizeof file, "%s/ledger/ledger.db", folder.path);
    good(lab_ledger_open(&ledger, file, LAB_LEDGER_WRITE, &err));
    good(lab_import_spool(ledger, folder.path, false, &got, &err));
    CU_ASSERT(value(ledger, "SELECT count(*) FROM attempt WHERE state = 'failed'") == 1);
    lab_ledger_close(&ledger);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

static void runs_that_have_not_begun_cost_no_look(void)
{
    test_folder folder = test_folder_open();
    lab_sweep sweeps[20];
    lab_cell_state state;
    lab_ledger *one = open_spool(folder.path), *two = NULL;
    for (int i = 0; i < 20; i++) {
        char seed[32];
        (void)snprintf(seed, sizeof seed, "seed=%d", i);
        sweeps[i] = single(seed);
        good(lab_record_sweep(one, &sweeps[i], &err));
    }
    two = open_spool(folder.path);
    int64_t attempt = claim(one, &sweeps[7].cells[0]);
    accesses = 0;
    good(lab_spool_refresh(two, &err));
    CU_ASSERT(accesses < 10); /* of the run that has begun alone */
    good(lab_record_state(two, sweeps[7].cells[0].hash.hex, &state, &err));
    CU_ASSERT(state.open);
    good(lab_record_state(two, sweeps[8].cells[0].hash.hex, &state, &err));
    CU_ASSERT(!state.open);
    end(one, attempt, "done");
    lab_ledger_close(&one);
    lab_ledger_close(&two);
    for (int i = 0; i < 20; i++) lab_sweep_finish(&sweeps[i]);
    test_folder_close(&folder);
}

/* ---- import ---- */

/* A spool with one attempt at a run, of so many steps, each with that loss. */
static void write_spool(const char *path, const lab_sweep *sweep, int steps, double loss,
                        const char *state)
{
    lab_ledger *ledger = open_spool(path);
    good(lab_record_sweep(ledger, sweep, &err));
    int64_t attempt = claim(ledger, &sweep->cells[0]);
    for (int step = 1; step <= steps; step++) point(ledger, &sweep->cells[0], attempt, step, loss);
    if (state) end(ledger, attempt, state);
    lab_ledger_close(&ledger);
}

static void spools_come_in_any_order(void)
{
    for (int order = 0; order < 2; order++) {
        test_folder folder = test_folder_open();
        lab_sweep sweep = single("seed=1");
        lab_ledger *ledger = NULL;
        lab_imported_spool got;
        char paths[2][512], path[512];
        for (int i = 0; i < 2; i++)
            (void)snprintf(paths[i], sizeof paths[i], "%s/spool%d", folder.path, i);
        (void)snprintf(path, sizeof path, "%s/ledger/ledger.db", folder.path);
        write_spool(paths[0], &sweep, 5, 1, "stopped"); /* the earlier one came further */
        write_spool(paths[1], &sweep, 3, 2, "failed");
        good(lab_ledger_open(&ledger, path, LAB_LEDGER_WRITE, &err));
        for (int i = 0; i < 4; i++) /* each twice */
            good(lab_import_spool(ledger, paths[(i + order) % 2], false, &got, &err));
        CU_ASSERT(got.added == 0 && got.known == 1);
        CU_ASSERT(value(ledger, "SELECT sum(value) FROM point") == 2 + 2 + 2 + 1 + 1);
        CU_ASSERT(value(ledger, "SELECT count(*) FROM attempt") == 2);
        CU_ASSERT(value(ledger, "SELECT ordinal FROM attempt WHERE state = 'failed'") == 2);
        CU_ASSERT(value(ledger, "SELECT tail_mean FROM series_summary") == 1);
        CU_ASSERT(value(ledger, "SELECT state = 'failed' FROM runs") == 1);
        lab_ledger_close(&ledger);
        lab_sweep_finish(&sweep);
        test_folder_close(&folder);
    }
}

static void an_attempt_that_goes_on_gains(void)
{
    test_folder folder = test_folder_open();
    lab_sweep sweep = single("seed=1");
    lab_ledger *ledger = NULL, *spool = NULL;
    lab_imported_spool got;
    char path[512], file[512];
    (void)snprintf(path, sizeof path, "%s/spool", folder.path);
    (void)snprintf(file, sizeof file, "%s/ledger/ledger.db", folder.path);
    good(lab_ledger_open(&ledger, file, LAB_LEDGER_WRITE, &err));
    spool = open_spool(path);
    good(lab_record_sweep(spool, &sweep, &err));
    int64_t attempt = claim(spool, &sweep.cells[0]);
    good(lab_record_started(spool, attempt, getpid(), &err));
    point(spool, &sweep.cells[0], attempt, 1, 1);
    good(lab_import_spool(ledger, path, false, &got, &err));
    CU_ASSERT(got.added == 1 && got.open == 1);
    CU_ASSERT(value(ledger, "SELECT state = 'running' FROM runs") == 1);
    good(lab_record_orphan(ledger, (int64_t)value(ledger, "SELECT attempt_id FROM attempt"), &err));
    point(spool, &sweep.cells[0], attempt, 2, 1);
    good(lab_import_spool(ledger, path, false, &got, &err));
    CU_ASSERT(value(ledger, "SELECT state = 'running' FROM runs") == 1);
    CU_ASSERT(value(ledger, "SELECT count(*) FROM point") == 2);
    end(spool, attempt, "done");
    good(lab_import_spool(ledger, path, false, &got, &err));
    CU_ASSERT(got.added == 0 && got.open == 0);
    CU_ASSERT(value(ledger, "SELECT state = 'done' FROM runs") == 1);
    CU_ASSERT(value(ledger, "SELECT count(*) FROM attempt") == 1);
    lab_ledger_close(&spool);
    lab_ledger_close(&ledger);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

/* ---- packing ---- */

static void a_trunk_and_its_probes_are_one_task(void)
{
    lab_cell cells[] = {{.parent_cell = -1}, {.parent_cell = 0},  {.parent_cell = -1},
                        {.parent_cell = 2},  {.parent_cell = -1}, {.parent_cell = -1}};
    lab_sweep sweep = {.cells = cells, .count = 6};
    /* The first trunk is done; of the last cell nobody knows how long it takes. */
    const bool wanted[] = {false, true, true, true, true, true};
    const double seconds[] = {100, 10, 20, 10, 25, (double)NAN};
    lab_packing packing;
    lab_pack(&packing, &sweep, wanted, seconds, 2, 60);
    CU_ASSERT(packing.tasks == 2 && packing.groups == 4);
    for (int i = 0; i < 6; i++) CU_ASSERT(packing.task[i] >= 0);
    CU_ASSERT(packing.task[0] == packing.task[1] && packing.task[2] == packing.task[3]);
    check_near("the mean of the others stands for an unknown time",
               packing.seconds[0] + packing.seconds[1], 65 + 16.25, 1e-9);
    CU_ASSERT(fabs(packing.seconds[0] - packing.seconds[1]) <= 10);
    lab_packing_finish(&packing);
    lab_pack(&packing, &sweep, wanted, seconds, 0, 30); /* 81 s in tasks of 30 s */
    CU_ASSERT(packing.tasks == 3);
    lab_packing_finish(&packing);
    lab_pack(&packing, &sweep, wanted, seconds, 99, 30);
    CU_ASSERT(packing.tasks == 4); /* no task without a run */
    lab_packing_finish(&packing);
}

SUITE(spool, {"every line is read as it was put", every_line_is_read_as_it_was_put},
      {"a spool has lines that no engine may say", a_spool_has_lines_that_no_engine_may_say},
      {"a run belongs to one launcher", a_run_belongs_to_one_launcher},
      {"a file without its first line is an unknown launcher's",
       a_file_without_its_first_line_is_an_unknown_launchers},
      {"a first line that does not fit leaves no file",
       a_first_line_that_does_not_fit_leaves_no_file},
      {"a mark that cannot be synced is closed", a_mark_that_cannot_be_synced_is_closed},
      {"a file that is gone again leaves no gap", a_file_that_is_gone_again_leaves_no_gap},
      {"runs that have not begun cost no look", runs_that_have_not_begun_cost_no_look},
      {"spools come in any order", spools_come_in_any_order},
      {"an attempt that goes on gains", an_attempt_that_goes_on_gains},
      {"a trunk and its probes are one task", a_trunk_and_its_probes_are_one_task})
