/* The two ways to fail: a sentence that travels to the person, or an abort on a broken contract. */
#include "base/error.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

lab_status lab_fail(lab_error *err, lab_status code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return code;
}

const char *lab_error_cure(int cause)
{
    bool full = cause == ENOSPC || cause == EDQUOT;
    return full ? "; the disk is full: make room and call again" : "";
}

void lab_error_context(lab_error *err, const char *format, ...)
{
    lab_error inner = *err;
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (used < 0) used = 0;
    size_t room = (size_t)used < sizeof err->text ? sizeof err->text - (size_t)used : 0;
    if (room > 3) (void)snprintf(err->text + used, room, ": %.*s", (int)room - 3, inner.text);
}

_Noreturn void lab_assert_fail(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: broken contract: %s (a bug: please report this line)\n", file,
                  line, condition);
    abort();
}
