#include "launch/slurm.h"
#include "base/hash.h"
#include "base/heap.h"
#include "launch/host.h"
#include "launch/record.h"
#include "launch/spool.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 12, RESTARTS_MAX = 100 };

lab_slurm_name lab_slurm_name_of(const lab_slurm *slurm)
{
    lab_slurm_name name;
    lab_sha256 hash = lab_sha256_of(slurm->folder, (isize)strlen(slurm->folder));
    (void)snprintf(name.name, sizeof name.name, "patchlaw-%.12s", hash.hex);
    return name;
}

/* ---- scripts ---- */

static void quote(lab_text *text, const char *words)
{
    lab_text_put(text, "'");
    for (const char *c = words; *c; c++)
        if (*c == '\'')
            lab_text_put(text, "'\\''");
        else
            lab_text_bytes(text, c, 1);
    lab_text_put(text, "'");
}

static void put_quoted(lab_text *text, const char *before, const char *words)
{
    lab_text_put(text, before);
    quote(text, words);
}

static void put_head(const lab_slurm *s, lab_text *text)
{
    lab_text_put(text, "#!/bin/sh\n");
    if (s->partition) lab_text_add(text, "#SBATCH --partition=%s\n", s->partition);
    for (int i = 0; s->options && s->options[i]; i++)
        lab_text_add(text, "#SBATCH %s\n", s->options[i]);
}

static void put_retry(int retry, lab_text *text)
{
    static const struct {
        int bit;
        const char *word;
    } words[] = {{LAB_RETRY_FAILED, "failed"},
                 {LAB_RETRY_DIVERGED, "diverged"},
                 {LAB_RETRY_KILLED, "killed"},
                 {LAB_RETRY_PRUNED, "pruned"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (retry & words[i].bit) lab_text_add(text, " --retry %s", words[i].word);
}

void lab_slurm_script(const lab_slurm *s, int number, int tasks, lab_text *text)
{
    put_head(s, text);
    if (s->time) lab_text_add(text, "#SBATCH --time=%s\n", s->time);
    lab_text_add(text, "#SBATCH --job-name=%s\n", lab_slurm_name_of(s).name);
    lab_text_add(text, "#SBATCH --array=0-%d\n", tasks - 1);
    lab_text_add(text, "#SBATCH --ntasks=1 --cpus-per-task=%d\n", s->jobs * s->workers);
    lab_text_put(text, "#SBATCH --requeue --open-mode=append --signal=B:TERM@60\n");
    lab_text_add(text, "#SBATCH --output=\"%s/log/%d-%%a.txt\"\n", s->folder, number);
    lab_text_put(
        text, "# Each task does the runs of its file, and may be stopped at any instant. Asked\n"
              "# to stop it writes checkpoints; at its time limit it puts itself into the queue\n"
              "# again, as Slurm does where a node fails, or another job preempts this one.\n");
    put_quoted(text, "PATCHLAW_ENGINE=", s->engine->program);
    put_quoted(text, "\nexport PATCHLAW_ENGINE\n", s->program);
    put_quoted(text, " sweep --spool ", s->folder);
    put_quoted(text, "/spool --cells ", s->folder);
    lab_text_add(text, "/%d-\"$SLURM_ARRAY_TASK_ID\".sweep \\\n    --jobs %d --workers %d", number,
                 s->jobs, s->workers);
    put_quoted(text, " --data ", s->engine->data);
    put_retry(s->retry, text);
    lab_text_add(text,
                 " &\n"
                 "child=$!\n"
                 "trap 'kill -TERM $child' TERM\n"
                 "wait $child\n"
                 "code=$?\n"
                 "while kill -0 $child 2> /dev/null; do wait $child; code=$?; done\n"
                 "if [ $code -ge 128 ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt %d ] &&\n"
                 "    [ \"$(squeue -h -j \"$SLURM_JOB_ID\" -o %%T)\" = RUNNING ]; then\n"
                 "    scontrol requeue \"$SLURM_JOB_ID\"\n"
                 "fi\n"
                 "exit $code\n",
                 RESTARTS_MAX);
}

static void put_import(const lab_slurm *s, lab_text *text)
{
    put_quoted(text, " import spool ", s->folder);
    put_quoted(text, "/spool --ledger ", s->ledger);
}

void lab_slurm_merge_script(const lab_slurm *s, int number, const char *node, lab_text *text)
{
    put_head(s, text);
    lab_text_add(text, "#SBATCH --job-name=%s-merge\n", lab_slurm_name_of(s).name);
    lab_text_add(text, "#SBATCH --ntasks=1 --nodelist=%s --requeue --open-mode=append\n", node);
    lab_text_add(text, "#SBATCH --output=\"%s/log/%d-merge.txt\"\n", s->folder, number);
    lab_text_put(text, "# The ledger lies on this node's disk.\nexec ");
    quote(text, s->program);
    put_import(s, text);
    lab_text_put(text, "\n");
}

/* ---- Slurm's commands ---- */

static void end_last_line(lab_text *text)
{
    while (text->length > 0 && text->data[text->length - 1] == '\n') text->data[--text->length] = 0;
}

/* Runs a command of Slurm, words NULL-terminated, and gives its output without the last LF. */
static lab_status ask(lab_text *out, const char *const *words, lab_error *err)
{
    char env[] = "/usr/bin/env", nowhere[] = "";
    const lab_engine command = {.program = env, .data = nowhere};
    const char *all[WORDS_MAX + 2] = {""};
    lab_text complaint = {0};
    int exit_code = 0;
    for (int i = 0; i < WORDS_MAX && words[i]; i++) all[i + 1] = words[i];
    lab_status status = lab_engine_ask(&command, all, out, &complaint, &exit_code, err);
    end_last_line(&complaint);
    if (status == LAB_OK && exit_code == 127)
        status = lab_fail(err, LAB_ERR_IO,
                          "%s is not on PATH: --launcher slurm needs Slurm's commands (Debian: "
                          "apt-get install slurm-client), and a cluster; --dry-run shows what "
                          "would be submitted without either",
                          words[0]);
    else if (status == LAB_OK && exit_code != 0)
        status = lab_fail(err, LAB_ERR_IO, "%s: %.400s", words[0], lab_text_of(&complaint));
    end_last_line(out);
    lab_text_finish(&complaint);
    return status;
}

static bool read_number(const char *text, const char *tail, long *out)
{
    char *end = NULL;
    *out = strtol(text, &end, 10);
    return end != text && strncmp(end, tail, strlen(tail)) == 0;
}

/* Of a line "STATE TASK SCRIPT", as of a folder's jobs; a task whose runs are not found is unclear.
 */
static void take_task(lab_slurm_queued *out, const lab_slurm *s, const char *line)
{
    long number = 0, task = 0;
    const char *blank = strchr(line, ' '), *slash = strrchr(line, '/');
    bool pending = strncmp(line, "PENDING", 7) == 0 || strncmp(line, "REQUEUE", 7) == 0;
    *(pending ? &out->waiting : &out->running) += 1;
    bool clear = blank && slash && read_number(blank + 1, " ", &task) &&
                 read_number(slash + 1, ".sh", &number);
    if (clear) {
        lab_sweep runs = {0};
        lab_text path = {0};
        lab_error lost;
        lab_text_add(&path, "%s/%ld-%ld.sweep", s->folder, number, task);
        clear = lab_spool_sweep_read(&runs, lab_text_of(&path), &lost) == LAB_OK;
        if (clear) lab_spool_sweep_join(&out->runs, &runs);
        lab_text_finish(&path);
        lab_sweep_finish(&runs);
    }
    out->unclear |= !clear;
}

lab_status lab_slurm_queue(lab_slurm_queued *out, const lab_slurm *s, lab_error *err)
{
    lab_slurm_name name = lab_slurm_name_of(s);
    const char *const words[] = {"squeue", "-h", "-r", "-n", name.name, "-o", "%T %K %o", NULL};
    lab_text text = {0};
    *out = (lab_slurm_queued){0};
    lab_status status = ask(&text, words, err);
    for (char *line = text.data; status == LAB_OK && line && *line;) {
        char *end = line + strcspn(line, "\n");
        bool last = *end == 0;
        *end = 0;
        take_task(out, s, line);
        line = last ? end : end + 1;
    }
    lab_text_finish(&text);
    return status;
}

void lab_slurm_queued_finish(lab_slurm_queued *queued)
{
    lab_sweep_finish(&queued->runs);
}

lab_status lab_slurm_here(lab_text *node, lab_error *err)
{
    static const char *const words[] = {"sinfo", "-h", "-N", "-o", "%N %n", NULL};
    lab_text out = {0};
    lab_host here = lab_host_here();
    here.name[strcspn(here.name, ".")] = 0;
    lab_status status = ask(&out, words, err);
    for (char *line = out.data; status == LAB_OK && line && *line && node->length == 0;) {
        char *end = line + strcspn(line, "\n"), *host = memchr(line, ' ', (size_t)(end - line));
        bool last = *end == 0;
        *end = 0;
        if (host) {
            *host++ = 0;
            host[strcspn(host, ".")] = 0;
            if (strcmp(host, here.name) == 0) lab_text_put(node, line);
        }
        line = last ? end : end + 1;
    }
    lab_text_finish(&out);
    return status;
}

/* ---- submitting ---- */

int lab_slurm_next(const lab_slurm *s)
{
    for (int number = 1;; number++) {
        lab_text path = {0};
        lab_text_add(&path, "%s/%d.sh", s->folder, number);
        bool taken = access(lab_text_of(&path), F_OK) == 0;
        lab_text_finish(&path);
        if (!taken) return number;
    }
}

static lab_status write_text(const char *path, const lab_text *text, lab_error *err)
{
    FILE *file = fopen(path, "we");
    bool good = file && fputs(lab_text_of(text), file) >= 0;
    if (file && fclose(file) != 0) good = false;
    if (good) return LAB_OK;
    return lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static lab_status write_task(const lab_slurm *s, const lab_sweep *sweep, const lab_packing *packing,
                             int number, int task, lab_error *err)
{
    lab_sweep part = {.cells = lab_heap_take(sweep->count * (isize)sizeof *part.cells)};
    lab_text path = {0};
    for (isize i = 0; i < sweep->count; i++)
        if (packing->task[i] == task) part.cells[part.count++] = sweep->cells[i];
    lab_text_add(&path, "%s/%d-%d.sweep", s->folder, number, task);
    lab_status status = lab_spool_sweep_write(&part, lab_text_of(&path), err);
    lab_text_finish(&path);
    lab_sweep_finish(&part);
    return status;
}

static lab_status make_folder(const lab_slurm *s, lab_error *err)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/log", s->folder);
    lab_status status = LAB_OK;
    if (mkdir(lab_text_of(&path), 0777) != 0 && errno != EEXIST)
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot make this folder: %s", lab_text_of(&path),
                          strerror(errno));
    lab_text_finish(&path);
    return status;
}

static lab_status submit(const lab_slurm *s, const lab_text *script, const char *file,
                         const char *after, lab_text *job, lab_error *err)
{
    lab_text path = {0}, dependency = {0};
    lab_text_add(&path, "%s/%s", s->folder, file);
    lab_text_add(&dependency, "--dependency=afterany:%s", after);
    const char *const words[] = {"sbatch", "--parsable",
                                 *after ? lab_text_of(&dependency) : lab_text_of(&path),
                                 *after ? lab_text_of(&path) : NULL, NULL};
    lab_status status = write_text(lab_text_of(&path), script, err);
    if (status == LAB_OK) status = ask(job, words, err);
    if (status != LAB_OK) (void)unlink(lab_text_of(&path));      /* its number is free again */
    if (job->data) job->length = (isize)strcspn(job->data, ";"); /* a cluster's name follows */
    if (job->data) job->data[job->length] = 0;
    lab_text_finish(&path);
    lab_text_finish(&dependency);
    return status;
}

/* The first of two jobs is submitted, the second is not, for the reason that err holds. */
static void tell_half(const lab_slurm *s, const char *job, lab_error *err)
{
    lab_text import = {0};
    lab_error why = *err;
    put_import(s, &import);
    (void)lab_fail(err, LAB_ERR_IO,
                   "job %s is submitted, its import is not: %.400s; take the results into the "
                   "ledger, at any time, with: patchlaw%s",
                   job, why.text, lab_text_of(&import));
    lab_text_finish(&import);
}

lab_status lab_slurm_submit(const lab_slurm *s, const lab_sweep *sweep, const lab_packing *packing,
                            const char *node, lab_text *job, lab_text *merge, lab_error *err)
{
    char file[64];
    lab_text script = {0};
    int number = lab_slurm_next(s);
    lab_status status = make_folder(s, err);
    for (int t = 0; status == LAB_OK && t < packing->tasks; t++)
        status = write_task(s, sweep, packing, number, t, err);
    (void)snprintf(file, sizeof file, "%d.sh", number);
    lab_slurm_script(s, number, packing->tasks, &script);
    if (status == LAB_OK) status = submit(s, &script, file, "", job, err);
    if (status == LAB_OK && *node) {
        lab_text_clear(&script);
        (void)snprintf(file, sizeof file, "%d-merge.sh", number);
        lab_slurm_merge_script(s, number, node, &script);
        status = submit(s, &script, file, lab_text_of(job), merge, err);
        if (status != LAB_OK) tell_half(s, lab_text_of(job), err);
    }
    lab_text_finish(&script);
    return status;
}
