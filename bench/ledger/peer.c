#include "bench/ledger/peer.h"
#include "bench/table.h"
#include "launch/board.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_THERE = 77 };

/* Starts words with its standard output on fd out; -1: it cannot be. */
static pid_t start(const char *const *words, int out)
{
    pid_t child = fork();
    if (child != 0) return child;
    if (dup2(out, STDOUT_FILENO) < 0) _exit(127);
    (void)execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

static int wait_for(pid_t child)
{
    int state = 0;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

lab_status bench_process(const char *const *words, double *seconds, lab_error *err)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    double from = lab_clock_s();
    pid_t child = nowhere < 0 ? -1 : start(words, nowhere);
    int code = child < 0 ? -1 : wait_for(child);
    *seconds = lab_clock_s() - from;
    if (nowhere >= 0) (void)close(nowhere);
    if (code == 0) return LAB_OK;
    return lab_fail(err, LAB_ERR_IO, "%s %s: ended with status %d", words[0], words[1], code);
}

/* The first bytes of what it says; all of it is read, whatever pieces it comes in. */
static void read_line(int fd, char *line, size_t room)
{
    char rest[256];
    size_t used = 0;
    ssize_t got = 0;
    while ((got = read(fd, rest, sizeof rest)) > 0 || (got < 0 && errno == EINTR)) {
        size_t take = got < 0 ? 0 : (size_t)got;
        if (take > room - 1 - used) take = room - 1 - used;
        memcpy(line + used, rest, take);
        used += take;
    }
    line[used] = 0;
    (void)close(fd);
}

lab_status bench_peer_ask(const bench_peer *peer, const char *what, int count, const char *file,
                          double *value, lab_error *err)
{
    static const char *said;
    char number[16], line[64] = "", *end = NULL;
    int ends[2], code = NOT_THERE;
    *value = (double)NAN;
    (void)snprintf(number, sizeof number, "%d", count);
    const char *words[] = {peer->python, peer->script, what, number, file, NULL};
    if (access(peer->script, R_OK) == 0 && access(peer->python, X_OK) == 0) {
        if (pipe2(ends, O_CLOEXEC) != 0)
            return lab_fail(err, LAB_ERR_IO, "pipe: %s", strerror(errno));
        pid_t child = start(words, ends[1]);
        (void)close(ends[1]);
        read_line(ends[0], line, sizeof line);
        code = child < 0 ? -1 : wait_for(child);
    }
    if (code == NOT_THERE) {
        if (!said || strcmp(said, peer->name) != 0)
            bench_progress("%s: skipped: %s %s does not find it (Debian: %s)", peer->name,
                           peer->python, peer->script, peer->package);
        said = peer->name;
        return LAB_OK;
    }
    *value = strtod(line, &end);
    if (code == 0 && end != line) return LAB_OK;
    return lab_fail(err, LAB_ERR_IO, "%s %s: ended with status %d", peer->script, what, code);
}
