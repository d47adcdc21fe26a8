#include "train/machine.h"
#include "build.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void cpu_name(char *out, size_t room)
{
    char line[512];
    (void)snprintf(out, room, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "model name", 10) != 0) continue;
        const char *colon = strchr(line, ':');
        if (colon) (void)snprintf(out, room, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    (void)fclose(file);
}

void vt_machine_describe(vt_machine *out)
{
    *out = (vt_machine){
        .version = VT_VERSION, .commit = VT_COMMIT, .build = VT_BUILD, .dirty = VT_DIRTY};
    cpu_name(out->cpu, sizeof out->cpu);
    if (gethostname(out->host, sizeof out->host - 1) != 0)
        (void)snprintf(out->host, sizeof out->host, "unknown");
}

double vt_clock_wall(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double vt_clock_cpu(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double vt_clock_thread(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Not getrusage: Linux lets a program inherit the peak of the process that it was forked from. */
isize vt_rss_peak(void)
{
    static const char name[] = "VmHWM:";
    char line[256];
    isize kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, sizeof name - 1) == 0)
            kib = strtoll(line + sizeof name - 1, NULL, 10);
    if (file) (void)fclose(file);
    return kib * 1024;
}

int vt_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}
