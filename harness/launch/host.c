#include "launch/host.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static bool read_start(const char *path, char *text, int bytes)
{
    FILE *file = fopen(path, "re");
    if (!file) return false;
    size_t got = fread(text, 1, (size_t)bytes - 1, file);
    text[got] = 0;
    (void)fclose(file);
    return got > 0;
}

lab_host lab_host_here(void)
{
    static lab_host host; /* a process lives in one boot; asked for at each claim */
    if (!host.boot_id[0]) {
        if (read_start("/proc/sys/kernel/random/boot_id", host.boot_id, sizeof host.boot_id))
            host.boot_id[strcspn(host.boot_id, "\n")] = 0;
        else
            (void)snprintf(host.boot_id, sizeof host.boot_id, "unknown");
    }
    if (gethostname(host.name, sizeof host.name - 1) != 0)
        (void)snprintf(host.name, sizeof host.name, "unknown");
    return host;
}

static int64_t read_started(int64_t pid)
{
    char path[64], text[2048];
    (void)snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_start(path, text, sizeof text)) return -1;
    /* proc(5): field 2 is the name in parentheses and may hold anything; 3 is the state, 22 the
     * start time. A zombie has ended. */
    const char *c = strrchr(text, ')');
    if (!c || c[1] != ' ' || c[2] == 'Z' || c[2] == 'X') return -1;
    c += 2;
    for (int field = 3; field < 22 && *c; field++) {
        c += strcspn(c, " ");
        c += *c == ' ';
    }
    return *c ? strtoll(c, NULL, 10) : -1;
}

/* That of this very process does not change, and is asked for at each claim. */
int64_t lab_process_started(int64_t pid)
{
    static int64_t own_pid, own_started;
    if (pid != getpid()) return read_started(pid);
    if (own_pid != pid) own_started = read_started(pid);
    own_pid = pid;
    return own_started;
}

double lab_ticks_ago_s(int64_t ticks)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    double since_boot_s = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    return since_boot_s - (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

bool lab_folder_locked(const char *folder)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/lock", folder);
    int fd = open(lab_text_of(&path), O_RDONLY | O_CLOEXEC);
    bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0) (void)close(fd); /* lets the lock go, where it was given */
    lab_text_finish(&path);
    return locked;
}

int lab_host_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
    return 1;
}

/* The number behind name, or the file's first one where name is ""; -1: none. */
static int64_t number_in(const char *path, const char *name)
{
    char text[4096], *end = NULL;
    if (!read_start(path, text, sizeof text)) return -1;
    const char *c = strstr(text, name);
    if (!c) return -1;
    c += strlen(name);
    long long value = strtoll(c, &end, 10);
    return end == c ? -1 : value;
}

int64_t lab_host_memory(void)
{
    int64_t free = 1024 * number_in("/proc/meminfo", "MemAvailable:");
    int64_t limit = number_in("/sys/fs/cgroup/memory.max", "");
    int64_t used = number_in("/sys/fs/cgroup/memory.current", "");
    if (free < 0) free = INT64_MAX;
    if (limit >= 0 && used >= 0 && limit - used < free) free = limit - used;
    return free > 0 ? free : 0;
}
