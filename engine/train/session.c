#include "train/session.h"
#include "base/file.h"
#include "base/log.h"
#include "objective/objective.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "train/machine.h"
#include "wire/exit.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, LOCK_TRIES = 20, LOCK_PAUSE_NS = 50000000 };

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int signal)
{
    (void)signal;
    asked_to_stop = 1;
}

void vt_session_catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
    sigset_t both; /* the launcher starts this program with both blocked, until they are caught */
    (void)sigemptyset(&both);
    (void)sigaddset(&both, SIGINT);
    (void)sigaddset(&both, SIGTERM);
    (void)sigprocmask(SIG_UNBLOCK, &both, NULL);
}

/* The kernels of the run's products; those of bf16 differ where the CPU or the build has none. */
static void name_kernels(const vt_session *s, char *out, size_t room)
{
    const char *full = vt_gemm_kernel(), *half = vt_gemm_bf16_kernel();
    int widened = vt_config_bf16(&s->config) && strcmp(full, half) != 0;
    (void)snprintf(out, room, "%s%s%s", full, widened ? ", bf16 as " : "", widened ? half : "");
    if (widened)
        vt_log("model.precision: bf16, but this CPU or build has no bf16 products: factors are "
               "rounded to bf16 and multiplied in %s, no faster than model.precision: fp32",
               half);
}

static void say_hello(vt_session *s)
{
    vt_machine machine;
    char kernels[64];
    vt_machine_describe(&machine);
    name_kernels(s, kernels, sizeof kernels);
    VT_EVENT(&s->sink, HELLO, VT_I(WIRE_PROTOCOL), VT_S(machine.version), VT_S(machine.commit),
             VT_I(machine.dirty), VT_S(machine.build), VT_S(machine.cpu),
             VT_S(vt_kernels_now()->name), VT_S(vt_gemm_library()), VT_S(kernels),
             VT_S(machine.host), VT_I(s->request.workers));
}

static vt_status open_data(vt_session *s, vt_error *err)
{
    char path[PATH_BYTES];
    const vt_config *config = &s->config;
    (void)snprintf(path, sizeof path, "%s/%s", s->request.data, config->data_name);
    vt_status status = vt_dataset_open(&s->dataset, path, err);
    if (status != VT_OK) return status;
    const vt_dataset_info *about = vt_dataset_about(s->dataset);
    if (strcmp(about->sha256, config->data_sha256) != 0)
        return vt_fail(err, VT_ERR_CONFIG,
                       "data.sha256: the run wants data set %s %.12s, %s holds %.12s: import the "
                       "other one, or resolve the config again",
                       config->data_name, config->data_sha256, path, about->sha256);
    return VT_OK;
}

/* Two engines in one folder would write over each other's files. A launcher that looks whether one
 * is at work has the lock for a moment: that is no other engine. */
static vt_status lock_folder(vt_session *s, vt_error *err)
{
    char path[PATH_BYTES];
    vt_status status = vt_folder_make(s->request.out, err);
    if (status != VT_OK) return status;
    (void)snprintf(path, sizeof path, "%s/lock", s->request.out);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (s->lock < 0)
        return vt_fail(err, vt_error_of(errno), "%s: cannot open: %s", path, strerror(errno));
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (flock(s->lock, LOCK_EX | LOCK_NB) == 0) return VT_OK;
        (void)nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
    }
    return vt_fail(err, VT_ERR_IO, "another engine is at work in %s", s->request.out);
}

static vt_status copy_config(const vt_session *s, const char *path, vt_error *err)
{
    vt_map map;
    vt_writer *writer = NULL;
    vt_status status = vt_map_open(&map, s->request.config, err);
    if (status != VT_OK) return status;
    status = vt_writer_open(&writer, path, err);
    if (status == VT_OK) status = vt_writer_put(writer, map.data, map.bytes, err);
    if (status == VT_OK) status = vt_writer_commit(writer, NULL, err);
    vt_writer_close(&writer);
    vt_map_close(&map);
    return status;
}

/* The folder explains itself: the config lies beside the checkpoint, and is the only one there. */
static vt_status keep_config(const vt_session *s, vt_error *err)
{
    char path[PATH_BYTES];
    vt_config kept;
    (void)snprintf(path, sizeof path, "%s/config.yaml", s->request.out);
    if (access(path, F_OK) != 0) return copy_config(s, path, err);
    vt_status status = vt_config_read(&kept, path, err);
    if (status == VT_OK && strcmp(kept.hash, s->config.hash) != 0)
        status = vt_fail(err, VT_ERR_CONFIG,
                         "%s: belongs to config %.12s, this run is %.12s: use another folder", path,
                         kept.hash, s->config.hash);
    return status;
}

/* More workers than there are turns in a step would only take memory. */
static int useful_workers(const vt_session *s)
{
    isize turns = (isize)s->config.train_shards;
    if (strcmp(s->config.task, "probe") == 0 && turns < 2 * (s->config.model_depth + 1))
        turns = (isize)(2 * (s->config.model_depth + 1));
    return (int)vt_min(s->request.workers, turns);
}

/* Also where no core is left: the system shares the cores out, and what is not read by the end of a
 * step the workers read between both. */
static int useful_readers(int workers)
{
    return (workers + 3) / 4;
}

static vt_status choose_arithmetic(vt_error *err)
{
    if (!vt_gemm_setup())
        return vt_fail(err, VT_ERR_CONFIG,
                       "VT_GEMM: %s is none of reference, openblas, onednn, or not in this build, "
                       "or not for this CPU",
                       getenv("VT_GEMM"));
    if (!vt_kernels_setup())
        return vt_fail(err, VT_ERR_CONFIG,
                       "VT_ISA: %s is none of portable, avx2, avx512, or not what this CPU can run",
                       getenv("VT_ISA"));
    return VT_OK;
}

vt_status vt_session_open(vt_session *out, const vt_request *request, vt_error *err)
{
    vt_session *s = out;
    *s = (vt_session){.request = *request, .sink = {.fd = STDOUT_FILENO}, .lock = -1};
    s->opened_at = s->progressed_at = vt_clock_wall();
    vt_status status = choose_arithmetic(err);
    if (status == VT_OK) status = vt_config_read(&s->config, request->config, err);
    if (status == VT_OK) status = vt_objective_check(&s->config, err);
    if (status == VT_OK) status = open_data(s, err);
    if (status == VT_OK && request->out) status = lock_folder(s, err);
    if (status == VT_OK && request->out) status = keep_config(s, err);
    s->request.workers = useful_workers(s);
    if (request->readers < 0) s->request.readers = useful_readers(s->request.workers);
    if (status == VT_OK) status = vt_pool_open(&s->pool, s->request.workers, err);
    if (status == VT_OK && !request->silent) say_hello(s);
    if (status != VT_OK) vt_session_close(s);
    return status;
}

void vt_session_close(vt_session *s)
{
    vt_pool_close(&s->pool);
    vt_dataset_close(&s->dataset);
    if (s->lock >= 0) (void)close(s->lock);
    s->lock = -1;
}

int vt_session_stopping(const vt_session *s)
{
    return asked_to_stop || s->sink.broken;
}

void vt_session_progress(vt_session *s, int64_t step, int64_t steps, int64_t images)
{
    double now = vt_clock_wall(), since = now - s->progressed_at;
    if (since < 1 && step < steps) return;
    double rate = since > 0 ? (double)((step - s->progress_step) * images) / since : 0;
    VT_EVENT(&s->sink, PROGRESS, VT_I(step), VT_I(steps), VT_R(rate));
    vt_session_usage(s, step);
    s->progressed_at = now;
    s->progress_step = step;
}

void vt_session_usage(vt_session *s, int64_t step)
{
    VT_EVENT(&s->sink, USAGE, VT_I(step), VT_R(vt_clock_wall() - s->opened_at),
             VT_R(vt_clock_cpu()), VT_I(vt_rss_peak()));
    if (s->step_s > 0)
        VT_EVENT(&s->sink, FEED, VT_I(step), VT_R(s->step_s), VT_R(s->stall_s), VT_R(s->read_s));
}

int vt_session_end(vt_session *s, const char *state, int64_t step, const char *reason)
{
    vt_session_usage(s, step);
    VT_EVENT(&s->sink, END, VT_S(state), VT_I(step), VT_S(reason));
    if (s->sink.broken) {
        vt_log("the events could not be written: %s", strerror(s->sink.broken));
        return s->sink.broken == EPIPE ? WIRE_EXIT_STOPPED : WIRE_EXIT_SYSTEM;
    }
    if (strcmp(state, "diverged") == 0) return WIRE_EXIT_DIVERGED;
    return strcmp(state, "stopped") == 0 ? WIRE_EXIT_STOPPED : WIRE_EXIT_DONE;
}
