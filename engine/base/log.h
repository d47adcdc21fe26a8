/* base/log.h - lines for people, on standard error; events go to standard output instead. */
#ifndef VT_LOG_H
#define VT_LOG_H
#include "base/error.h"

void vt_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* How a command ends: what failed, why, and where there was no room the cure, on a line; gives the
 * exit status (wire/exit.h). With VT_OK no line, and WIRE_EXIT_DONE. */
int vt_log_ending(const char *what, vt_status status, const vt_error *err);
#endif
