#include "base/log.h"
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
