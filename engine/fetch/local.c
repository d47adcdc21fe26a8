#include "fetch/local.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static vt_state read_all(vt_buffer *buffer, isize *bytes, int fd, isize wanted, const char **why)
{
    vt_error err;
    if (vt_buffer_reserve(buffer, wanted, &err) != VT_OK) {
        *why = "not enough memory";
        return VT_STATE_FILE;
    }
    while (*bytes < wanted) {
        ssize_t got = read(fd, (char *)buffer->data + *bytes, (size_t)(wanted - *bytes));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            *why = strerror(errno);
            return VT_STATE_FILE;
        }
        if (got == 0) break;
        *bytes += (isize)got;
    }
    return VT_STATE_OK;
}

vt_state vt_local_read(vt_buffer *buffer, isize *bytes, const char *path, int64_t bytes_max,
                       const char **why)
{
    struct stat info;
    vt_state state = VT_STATE_FILE;
    *bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &info) != 0)
        *why = strerror(errno);
    else if (!S_ISREG(info.st_mode))
        *why = "not a plain file";
    else if (bytes_max > 0 && info.st_size > bytes_max)
        state = VT_STATE_TOO_LARGE;
    else
        state = read_all(buffer, bytes, fd, (isize)info.st_size, why);
    if (fd >= 0) (void)close(fd);
    return state;
}
