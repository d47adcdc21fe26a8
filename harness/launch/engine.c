#include "launch/engine.h"
#include "base/heap.h"
#include "ledger/ledger.h"
#include "wire/exit.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char program_name[] = "patchlaw-engine";

/* ---- finding it ---- */

static char *beside_self(void)
{
    char self[4096];
    ssize_t bytes = readlink("/proc/self/exe", self, sizeof self - 1);
    if (bytes <= 0) return NULL;
    self[bytes] = 0;
    return lab_config_beside(self, program_name);
}

static char *on_path(void)
{
    const char *c = getenv("PATH");
    while (c && *c) {
        lab_text path = {0};
        size_t bytes = strcspn(c, ":");
        lab_text_add(&path, "%.*s/%s", (int)bytes, c, program_name);
        if (access(lab_text_of(&path), X_OK) == 0) return path.data;
        lab_text_finish(&path);
        c += bytes + (c[bytes] == ':');
    }
    return NULL;
}

lab_status lab_engine_init(lab_engine *out, const char *data, lab_error *err)
{
    const char *named = getenv("PATCHLAW_ENGINE"), *folder = getenv("PATCHLAW_DATA");
    if (!data) data = folder && *folder ? folder : "data";
    *out = (lab_engine){.data = lab_heap_text(data)};
    if (named && *named) {
        out->program = lab_heap_text(named);
        if (access(named, X_OK) == 0) return LAB_OK;
        return lab_fail(err, LAB_ERR_IO, "PATCHLAW_ENGINE=%s: cannot be run: %s", named,
                        strerror(errno));
    }
    out->program = beside_self();
    if (out->program && access(out->program, X_OK) == 0) return LAB_OK;
    lab_heap_free(out->program);
    out->program = on_path();
    if (out->program) return LAB_OK;
    return lab_fail(err, LAB_ERR_IO,
                    "%s is neither beside this program nor on PATH: build it "
                    "(make) or name it with PATCHLAW_ENGINE",
                    program_name);
}

void lab_engine_finish(lab_engine *engine)
{
    lab_heap_free(engine->program);
    lab_heap_free(engine->data);
    *engine = (lab_engine){0};
}

/* ---- starting it ---- */

/* In the child. Other children may hold the writing end, too, until they run or end. */
static bool gate_opens(const int *gate)
{
    char byte = 0;
    (void)close(gate[1]);
    return read(gate[0], &byte, 1) == 1;
}

/* In the child, between fork and exec: nothing that allocates. */
_Noreturn static void become(const lab_engine *engine, const char **words, int out, int log,
                             const int *gate, const sigset_t *blocked, pid_t parent)
{
    (void)sigprocmask(SIG_SETMASK, blocked, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(3); /* it died before the line above */
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(log, 2) < 0) _exit(3);
    if (gate && !gate_opens(gate)) {
        (void)dprintf(2, "asked to stop before it began\n");
        _exit(WIRE_EXIT_STOPPED);
    }
    words[0] = engine->program;
    (void)execv(engine->program, (char *const *)words);
    (void)dprintf(2, "%s: cannot be run: %s\n", engine->program, strerror(errno));
    _exit(3);
}

static lab_status pipe_make(int ends[2], lab_error *err)
{
    if (pipe2(ends, O_CLOEXEC) == 0) return LAB_OK;
    return lab_fail(err, LAB_ERR_IO, "cannot make a pipe: %s", strerror(errno));
}

/* gate, a pipe, may be NULL. */
static lab_status start(const lab_engine *engine, const char **words, int log, const int *gate,
                        const sigset_t *blocked, pid_t *pid, int *events, lab_error *err)
{
    int ends[2];
    lab_status status = pipe_make(ends, err);
    if (status != LAB_OK) return status;
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0) become(engine, words, ends[1], log, gate, blocked, parent);
    if (*pid > 0) (void)setpgid(*pid, *pid); /* here too: whoever is first */
    (void)close(ends[1]);
    *events = ends[0];
    if (*pid > 0) return LAB_OK;
    (void)close(ends[0]);
    return lab_fail(err, LAB_ERR_IO, "%s: cannot be started: %s", engine->program, strerror(errno));
}

lab_status lab_engine_start(const lab_engine *engine, const char **words, const char *log,
                            pid_t *pid, int *events, int *gate, lab_error *err)
{
    sigset_t asked_to_stop;
    int ends[2];
    *gate = -1;
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return lab_fail(err, LAB_ERR_IO, "%s: %s%s", log, strerror(errno), lab_error_cure(errno));
    (void)sigemptyset(&asked_to_stop);
    (void)sigaddset(&asked_to_stop, SIGINT);
    (void)sigaddset(&asked_to_stop, SIGTERM);
    lab_status status = pipe_make(ends, err);
    if (status == LAB_OK) {
        status = start(engine, words, fd, ends, &asked_to_stop, pid, events, err);
        (void)close(ends[0]);
        if (status == LAB_OK)
            *gate = ends[1];
        else
            (void)close(ends[1]);
    }
    (void)close(fd);
    if (status == LAB_OK) (void)fcntl(*events, F_SETFL, O_NONBLOCK);
    return status;
}

static void drain(int fd, lab_text *text)
{
    char buffer[16384];
    ssize_t bytes = 0;
    while ((bytes = read(fd, buffer, sizeof buffer)) > 0 || (bytes < 0 && errno == EINTR))
        if (bytes > 0) lab_text_bytes(text, buffer, bytes);
}

lab_status lab_engine_ask(const lab_engine *engine, const char **words, lab_text *out,
                          lab_text *complaint, int *exit_code, lab_error *err)
{
    int events = -1, state = 0;
    pid_t pid = -1;
    sigset_t none;
    (void)sigemptyset(&none);
    int log = memfd_create("complaint", MFD_CLOEXEC);
    if (log < 0) return lab_fail(err, LAB_ERR_IO, "cannot make a file: %s", strerror(errno));
    lab_status status = start(engine, words, log, NULL, &none, &pid, &events, err);
    if (status != LAB_OK) goto done;
    drain(events, out);
    (void)close(events);
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
        ;
    if (lseek(log, 0, SEEK_SET) == 0) drain(log, complaint);
    *exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    if (!WIFEXITED(state))
        status = lab_fail(err, LAB_ERR_IO, "%s %s: ended by signal %d (%s)", engine->program,
                          words[1], WTERMSIG(state), strsignal(WTERMSIG(state)));
done:
    (void)close(log);
    return status;
}

/* ---- its data ---- */

static lab_status json_text(const char *json, const char *path, char out[65], lab_error *err)
{
    lab_ledger *scratch = NULL;
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_ledger_open(&scratch, "", LAB_LEDGER_MEMORY, err);
    if (status == LAB_OK)
        status = lab_query_open(&query, scratch, "queries", "event_json_text", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":json", json);
        lab_query_bind_text(query, ":path", path);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK) (void)snprintf(out, 65, "%s", lab_query_text(query, 0));
    lab_query_close(&query);
    lab_ledger_close(&scratch);
    return status;
}

static lab_status find_data(void *context, const char *name, char *hex, lab_error *err)
{
    lab_engine *engine = context;
    lab_text out = {0}, complaint = {0};
    int exit_code = 0;
    const char *words[] = {"", "data", "info", "--json", "--data", engine->data, name, NULL};
    lab_status status = lab_engine_ask(engine, words, &out, &complaint, &exit_code, err);
    hex[0] = 0;
    if (status == LAB_OK && exit_code != 0) {
        const char *said = lab_text_of(&complaint);
        status = lab_fail(err, LAB_ERR_MISSING,
                          "data set %s is not to be had from the folder %s; import it first:\n"
                          "  patchlaw data import --data %s %s PATH\n"
                          "(the engine says: %.*s)",
                          name, engine->data, engine->data, name, (int)strcspn(said, "\n"), said);
    }
    if (status == LAB_OK) status = json_text(lab_text_of(&out), "$.sha256", hex, err);
    if (status == LAB_OK && strlen(hex) != 64)
        status = lab_fail(err, LAB_ERR_FORMAT, "%s data info --json %s: printed no sha256",
                          engine->program, name);
    lab_text_finish(&out);
    lab_text_finish(&complaint);
    return status;
}

lab_data_source lab_engine_data(lab_engine *engine)
{
    return (lab_data_source){find_data, engine, NULL};
}
