#include "base/log.h"
#include "wire/exit.h"
#include <stdarg.h>
#include <stdio.h>

void vt_log(const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    (void)fprintf(stderr, "%s\n", line);
}

int vt_log_ending(const char *what, vt_status status, const vt_error *err)
{
    const char *cure = status == VT_ERR_FULL ? "; make room and call again" : "";
    if (status != VT_OK) vt_log("%s: %s%s", what, err->text, cure);
    switch (status) {
    case VT_OK:
        return WIRE_EXIT_DONE;
    case VT_ERR_CONFIG:
        return WIRE_EXIT_USAGE;
    case VT_ERR_CANCELLED:
        return WIRE_EXIT_STOPPED;
    case VT_ERR_FULL:
        return WIRE_EXIT_FULL;
    default:
        return WIRE_EXIT_SYSTEM;
    }
}
