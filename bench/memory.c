/* Suite memory: what a training process takes at most. */
#include "bench/serve.h"
#include "bench/suites.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PER_PARAMETER = 16 }; /* bytes of a value, its gradient and both moments */

/* A process of its own, started anew: what this one took so far must not count. */
_Noreturn static void become(const char *shape, const char *precision, int recompute, int workers,
                             int out)
{
    char count[16];
    (void)snprintf(count, sizeof count, "%d", workers);
    if (dup2(out, STDOUT_FILENO) < 0) _exit(127);
    (void)execl("/proc/self/exe", "patchlaw-bench", "resident", shape, "--precision", precision,
                "--workers", count, recompute ? "--recompute" : (char *)NULL, (char *)NULL);
    _exit(127);
}

static vt_status ask(const char *shape, const char *precision, int recompute, int workers,
                     bench_resident *out, vt_error *err)
{
    int ends[2], state = 0;
    char line[128] = "";
    if (pipe(ends) != 0) return vt_fail(err, VT_ERR_IO, "pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) become(shape, precision, recompute, workers, ends[1]);
    (void)close(ends[1]);
    FILE *in = fdopen(ends[0], "r");
    char *got = in ? fgets(line, sizeof line, in) : NULL;
    if (in) (void)fclose(in);
    if (child < 0 || waitpid(child, &state, 0) != child || state != 0 || !got ||
        !bench_resident_read(line, out))
        return vt_fail(err, VT_ERR_IO, "memory: the process of %s %s ended with status %d", shape,
                       precision, state);
    return VT_OK;
}

static vt_status memory_of(const bench_request *r, const bench_shape *shape, int precision,
                           int recompute, vt_error *err)
{
    bench_what what = {.suite = "memory",
                       .precision = bench_precision_name((bench_precision)precision),
                       .workers = r->workers,
                       .recompute = recompute,
                       .unit = "MiB"};
    bench_resident resident = {0};
    bench_shape_name(shape, what.shape);
    bench_progress("memory: %s, %s%s", what.shape, what.precision, recompute ? ", recompute" : "");
    vt_status status = ask(what.shape, what.precision, recompute, r->workers, &resident, err);
    if (status != VT_OK) return status;
    double mebi = 1024 * 1024, parameters = (double)PER_PARAMETER * (double)resident.parameters;
    what.metric = "rss_peak";
    bench_add_one(r->table, what, (double)resident.bytes / mebi);
    what.metric = "rss_beyond_16";
    bench_add_one(r->table, what, ((double)resident.bytes - parameters) / mebi);
    return VT_OK;
}

vt_status bench_memory(const bench_request *request, vt_error *err)
{
    for (int s = 0; s < request->shape_count; s++) {
        for (int p = 0; p < 2 * request->precision_count; p++) {
            vt_status status =
                memory_of(request, request->shapes[s], request->precisions[p / 2], p % 2, err);
            if (status != VT_OK) return status;
        }
    }
    return VT_OK;
}
