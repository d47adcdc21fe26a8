#include "bench/ledger/machine.h"
#include "launch/host.h"
#include <stdio.h>
#include <string.h>

static void cpu_name(char *out, size_t room)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        (void)snprintf(out, room, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file) (void)fclose(file);
}

lab_status bench_write_here(const bench_table *table, const char *version, const char *commit,
                            int dirty, const char *path, lab_error *err)
{
    lab_host here = lab_host_here();
    char cpu[128] = "";
    cpu_name(cpu, sizeof cpu);
    const bench_machine machine = {.version = version,
                                   .commit = commit,
                                   .dirty = dirty,
                                   .host = here.name,
                                   .cpu = cpu,
                                   .cores = lab_host_cores()};
    int bad = bench_write(table, &machine, path);
    return bad ? lab_fail(err, LAB_ERR_IO, "%s: %s", path, strerror(bad)) : LAB_OK;
}
