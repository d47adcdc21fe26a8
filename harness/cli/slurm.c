#include "cli/slurm.h"
#include "base/file.h"
#include "base/heap.h"
#include "import/spool.h"
#include "launch/estimate.h"
#include "launch/slurm.h"
#include "launch/spool.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TASK_MINUTES = 60, TIMED_SHAPES = 4 };
enum { KEY_LAUNCHER = 0x300, KEY_DIR, KEY_TASKS, KEY_MINUTES, KEY_PARTITION, KEY_TIME, KEY_OPTION };

static const struct argp_option options[] = {
    {"launcher", KEY_LAUNCHER, "WHICH", 0,
     "local, or slurm: one array job; --jobs and --workers (default 1 each) are those of a task",
     8},
    {"slurm-dir", KEY_DIR, "DIR", 0,
     "Folder that all nodes see, for scripts, logs and a spool (default: slurm/ beside the ledger)",
     8},
    {"tasks", KEY_TASKS, "N", 0, "Tasks of the array (default: by --task-minutes)", 8},
    {"task-minutes", KEY_MINUTES, "M", 0,
     "Pack short runs into tasks of about so many minutes (default 60)", 8},
    {"partition", KEY_PARTITION, "NAME", 0, "Partition of the cluster", 8},
    {"time", KEY_TIME, "LIMIT", 0,
     "Time limit of a task; a minute before it the task stops and queues itself again", 8},
    {"slurm-option", KEY_OPTION, "OPTION", 0, "Another option of sbatch, as --mem=4G; repeatable",
     8},
    {0}};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    lab_slurm_options *o = state->input;
    switch (key) {
    case KEY_LAUNCHER:
        o->chosen = strcmp(text, "slurm") == 0;
        if (!o->chosen && strcmp(text, "local") != 0)
            argp_error(state, "--launcher: '%s' is neither local nor slurm", text);
        return 0;
    case KEY_DIR:
        o->folder = text;
        return 0;
    case KEY_TASKS:
        o->tasks = lab_cli_int(state, "--tasks", text, 1, 1000000);
        return 0;
    case KEY_MINUTES:
        o->task_minutes = lab_cli_int(state, "--task-minutes", text, 1, 1000000);
        return 0;
    case KEY_PARTITION:
        o->partition = text;
        return 0;
    case KEY_TIME:
        o->time = text;
        return 0;
    case KEY_OPTION:
        if (o->option_count == LAB_SLURM_OPTIONS_MAX)
            argp_error(state, "--slurm-option: %d are the most", LAB_SLURM_OPTIONS_MAX);
        o->options[o->option_count++] = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp lab_slurm_argp = {options, parse_option, 0, 0, 0, 0, 0};

/* ---- what is missing ---- */

typedef struct {
    const lab_slurm_options *options;
    const lab_launching *launching;
    const lab_sweep *sweep;
    lab_slurm slurm;
    lab_engine engine;                            /* with absolute paths; owned */
    char *folder, *program, *ledger_path, *spool; /* owned */
    lab_ledger *ledger;
    lab_slurm_queued queued; /* owned */
    bool *wanted;            /* of each cell */
    int run, done, waiting, elsewhere, left_alone;
} plan;

/* Without symbolic links, as far as the path is there: the same one before and after it is made. */
static char *absolute(const char *path)
{
    char found[PATH_MAX];
    lab_text text = {0};
    char *there = lab_heap_text(path);
    size_t kept = strlen(there);
    while (kept > 0 && !realpath(there, found)) {
        while (kept > 0 && there[kept - 1] == '/') kept--;
        while (kept > 0 && there[kept - 1] != '/') kept--;
        there[kept] = 0;
    }
    if (kept == 0 && !getcwd(found, sizeof found)) found[0] = 0;
    lab_text_put(&text, found);
    for (const char *name = path + kept; *name;) {
        size_t bytes = strcspn(name, "/");
        if (bytes > 0 && strncmp(name, "./", 2) != 0 && strcmp(name, ".") != 0) {
            if (text.length == 0 || text.data[text.length - 1] != '/') lab_text_put(&text, "/");
            lab_text_bytes(&text, name, (isize)bytes);
        }
        name += bytes + (name[bytes] == '/');
    }
    lab_heap_free(there);
    return text.data;
}

static lab_status judge(plan *p, lab_error *err)
{
    const lab_sweep *sweep = p->sweep;
    lab_action *actions = lab_heap_take(sweep->count * (isize)sizeof *actions);
    lab_status status = LAB_OK;
    for (isize i = 0; status == LAB_OK && i < sweep->count; i++) {
        const lab_cell *cell = &sweep->cells[i];
        lab_cell_state state, parent;
        bool has_parent = cell->parent.hex[0] != 0;
        status = lab_record_state(p->ledger, cell->hash.hex, &state, err);
        if (status == LAB_OK && has_parent)
            status = lab_record_state(p->ledger, cell->parent.hex, &parent, err);
        if (status != LAB_OK) break;
        lab_action above = cell->parent_cell >= 0 ? actions[cell->parent_cell] : LAB_SKIP_FAILED;
        actions[i] =
            lab_record_decide(&state, has_parent ? &parent : NULL, above, p->launching->retry);
        bool queued = lab_sweep_find(&p->queued.runs, cell->hash.hex) >= 0;
        p->wanted[i] = actions[i] <= LAB_DO_WAIT && !queued;
        p->run += p->wanted[i];
        p->waiting += actions[i] <= LAB_DO_WAIT && queued;
        p->done += actions[i] == LAB_SKIP_DONE;
        p->elsewhere += actions[i] == LAB_DO_WATCH;
        p->left_alone += actions[i] > LAB_SKIP_DONE;
    }
    lab_heap_free(actions);
    return status;
}

/* ---- what a person sees ---- */

static void print_packing(const plan *p, const lab_packing *packing)
{
    static const char *const names[] = {"task", "runs", "time", "seconds", "first"};
    lab_table table = {0};
    bool people = p->launching->form == LAB_FORM_TABLE;
    for (int i = 0; i < 5; i++) /* people read the time, programs the seconds */
        if (strcmp(names[i], people ? "seconds" : "time") != 0) lab_table_column(&table, names[i]);
    for (int t = 0; t < packing->tasks; t++) {
        const char *first = NULL;
        int runs = 0;
        for (isize i = 0; i < p->sweep->count; i++) {
            if (packing->task[i] != t || !p->wanted[i]) continue;
            if (!first) first = p->sweep->cells[i].hash.hex;
            runs++;
        }
        double seconds = packing->seconds[t] / p->slurm.jobs;
        lab_table_int(&table, t);
        lab_table_int(&table, runs);
        lab_table_number(&table, seconds, lab_short_seconds(seconds).text);
        lab_table_text(&table, lab_run_of(first ? first : "").text);
    }
    lab_table_print(&table, p->launching->form, stdout);
    lab_table_finish(&table);
}

static void print_scripts(const plan *p, const lab_packing *packing, const char *node)
{
    lab_text text = {0};
    int number = lab_slurm_next(&p->slurm);
    lab_slurm_script(&p->slurm, number, packing->tasks, &text);
    (void)printf("\n%s/%d.sh:\n\n%s", p->folder, number, lab_text_of(&text));
    lab_text_clear(&text);
    lab_slurm_merge_script(&p->slurm, number, node, &text);
    (void)printf("\n%s/%d-merge.sh, after it:\n\n%s", p->folder, number, lab_text_of(&text));
    lab_text_finish(&text);
}

static int conclude(const plan *p)
{
    (void)printf("%d done, %d to run", p->done, p->run);
    if (p->waiting) (void)printf(", %d queued", p->waiting);
    if (p->elsewhere) (void)printf(", %d run elsewhere", p->elsewhere);
    if (p->left_alone) (void)printf(", %d failed, pruned or blocked", p->left_alone);
    (void)printf(" (%s)\n", p->launching->ledger);
    return p->run + p->waiting == 0 && p->left_alone > 0 ? LAB_EXIT_FAILED : LAB_EXIT_DONE;
}

/* ---- the way ---- */

/* What stays the same while a sweep's file is edited: where it lies, and its name. */
static lab_sha256 identity(const lab_sweep *sweep)
{
    lab_text text = {0};
    char *file = absolute(sweep->file);
    lab_text_add(&text, "%s\n%s", file, sweep->name);
    lab_sha256 hash = lab_sha256_of(lab_text_of(&text), text.length);
    lab_heap_free(file);
    lab_text_finish(&text);
    return hash;
}

static lab_status init_paths(plan *p, const lab_engine *engine, lab_error *err)
{
    lab_text folder = {0}, ledger = {0};
    lab_status status = LAB_OK;
    const char *file = strrchr(p->launching->ledger, '/');
    if (p->options->folder)
        lab_text_put(&folder, p->options->folder);
    else
        lab_text_add(&folder, "%s/slurm/%.12s", lab_ledger_folder(p->ledger),
                     identity(p->sweep).hex);
    if (!p->launching->dry_run) status = lab_folder_make(lab_text_of(&folder), err);
    char *beside = absolute(lab_ledger_folder(p->ledger));
    lab_text_add(&ledger, "%s/%s", beside, file ? file + 1 : p->launching->ledger);
    p->folder = absolute(lab_text_of(&folder));
    p->ledger_path = ledger.data;
    p->program = absolute("/proc/self/exe");
    p->engine = (lab_engine){absolute(engine->program), absolute(engine->data)};
    lab_heap_free(beside);
    lab_text_finish(&folder);
    lab_text_add(&folder, "%s/spool", p->folder);
    p->spool = folder.data;
    p->slurm = (lab_slurm){.folder = p->folder,
                           .program = p->program,
                           .ledger = p->ledger_path,
                           .engine = &p->engine,
                           .partition = p->options->partition,
                           .time = p->options->time,
                           .options = p->options->options,
                           .jobs = p->launching->jobs > 0 ? p->launching->jobs : 1,
                           .workers = p->launching->workers > 0 ? p->launching->workers : 1,
                           .retry = p->launching->retry};
    return status;
}

/* Takes what the spool has into the ledger. What is unfinished and not queued is so for good. */
static lab_status gather(plan *p, lab_error *err)
{
    lab_ledger *spool = NULL;
    lab_imported_spool got;
    lab_status status = lab_spool_open(&spool, p->spool, err);
    if (status == LAB_OK) status = lab_record_sweep(spool, p->sweep, err);
    if (status == LAB_OK && !p->queued.unclear)
        status = lab_spool_forsake(spool, &p->queued.runs, err);
    lab_ledger_close(&spool);
    return status == LAB_OK ? lab_import_spool(p->ledger, p->spool, false, &got, err) : status;
}

static lab_status pack(plan *p, const lab_engine *engine, lab_packing *packing, lab_error *err)
{
    lab_estimates estimates = {0};
    isize count = p->sweep->count;
    double *seconds = lab_heap_take(count * (isize)sizeof *seconds);
    int minutes = p->options->task_minutes > 0 ? p->options->task_minutes : TASK_MINUTES;
    lab_status status =
        lab_estimate_plan(&estimates, engine, p->sweep, p->wanted, (lab_until){0}, err);
    if (status == LAB_OK) status = lab_estimate_recall(&estimates, p->ledger, err);
    if (status == LAB_OK)
        status = lab_estimate_time(&estimates, engine, p->sweep, TIMED_SHAPES, (lab_until){0}, err);
    for (isize i = 0; status == LAB_OK && i < count; i++)
        seconds[i] =
            lab_rates_core_s(&estimates.rates, &estimates.cells[i].cost) / p->slurm.workers;
    if (status == LAB_OK)
        lab_pack(packing, p->sweep, p->wanted, seconds, p->options->tasks,
                 60.0 * minutes * p->slurm.jobs);
    lab_estimate_finish(&estimates);
    lab_heap_free(seconds);
    return status;
}

static lab_status submit(plan *p, const lab_packing *packing, lab_error *err)
{
    lab_text node = {0}, job = {0}, merge = {0};
    lab_status status = lab_slurm_here(&node, err);
    if (status == LAB_OK)
        status =
            lab_slurm_submit(&p->slurm, p->sweep, packing, lab_text_of(&node), &job, &merge, err);
    if (status == LAB_OK) {
        (void)printf("submitted job %s: %d tasks, %d runs; its files are in %s\n",
                     lab_text_of(&job), packing->tasks, p->run, p->folder);
        if (merge.length > 0)
            (void)printf("Job %s takes the results into the ledger after it.\n",
                         lab_text_of(&merge));
        else
            (void)printf("No node of the cluster is this host, where the ledger is. Take the "
                         "results into it, at any time, with this command again, or:\n");
        (void)printf("  patchlaw import spool %s --ledger %s\n", p->spool, p->ledger_path);
    }
    lab_text_finish(&node);
    lab_text_finish(&job);
    lab_text_finish(&merge);
    return status;
}

static void tell_queue(const plan *p)
{
    const lab_slurm_queued *queued = &p->queued;
    lab_slurm_name name = lab_slurm_name_of(&p->slurm);
    if (queued->waiting + queued->running == 0) return;
    (void)printf("%s: %d tasks waiting and %d running (squeue -n %s; scancel -n %s)\n",
                 queued->unclear ? "Nothing is submitted: in the queue are tasks of unknown runs"
                 : p->run == 0   ? "Nothing is submitted: its job is in the queue"
                                 : "In the queue already",
                 queued->waiting, queued->running, name.name, name.name);
}

static lab_status go(plan *p, const lab_engine *engine, int *code, lab_error *err)
{
    lab_packing packing = {0};
    bool dry = p->launching->dry_run;
    lab_status status = LAB_OK;
    if (!dry) status = lab_record_sweep(p->ledger, p->sweep, err);
    if (status == LAB_OK && !dry) status = lab_slurm_queue(&p->queued, &p->slurm, err);
    if (status == LAB_OK && !dry) status = gather(p, err);
    if (status == LAB_OK) status = judge(p, err);
    if (status != LAB_OK) return status;
    if (p->launching->form == LAB_FORM_TABLE) *code = conclude(p);
    tell_queue(p);
    if (p->run == 0 || p->queued.unclear) return LAB_OK;
    status = pack(p, engine, &packing, err);
    if (status == LAB_OK) print_packing(p, &packing);
    if (status == LAB_OK && dry && p->launching->form == LAB_FORM_TABLE)
        print_scripts(p, &packing, "THIS-NODE");
    if (status == LAB_OK && !dry) status = submit(p, &packing, err);
    lab_packing_finish(&packing);
    return status;
}

int lab_slurm_go(const lab_slurm_options *o, const lab_launching *launching,
                 const lab_engine *engine, const lab_sweep *sweep)
{
    plan p = {.options = o, .launching = launching, .sweep = sweep};
    lab_error err;
    int code = LAB_EXIT_DONE;
    lab_status status = LAB_OK;
    if (launching->spool)
        status = lab_fail(&err, LAB_ERR_CONFIG,
                          "--launcher slurm makes a spool of its own: name "
                          "its folder with --slurm-dir instead of --spool");
    else if (sweep->stop.count > 0)
        status = lab_fail(&err, LAB_ERR_CONFIG,
                          "%s: its rules that end runs early (stop) need one launcher that sees "
                          "all runs, which --launcher slurm has not: leave them out",
                          sweep->file);
    if (status == LAB_OK)
        status = lab_launching_open(&p.ledger, launching, !launching->dry_run, &err);
    if (status == LAB_OK) {
        p.wanted = lab_heap_take((sweep->count + 1) * (isize)sizeof *p.wanted);
        status = init_paths(&p, engine, &err);
    }
    if (status == LAB_OK) status = go(&p, engine, &code, &err);
    lab_slurm_queued_finish(&p.queued);
    lab_engine_finish(&p.engine);
    lab_heap_free(p.wanted);
    lab_heap_free(p.folder);
    lab_heap_free(p.program);
    lab_heap_free(p.ledger_path);
    lab_heap_free(p.spool);
    lab_ledger_close(&p.ledger);
    return status == LAB_OK ? code : lab_cli_fail(status, &err);
}
