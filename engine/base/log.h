/* base/log.h - lines for people, on standard error; events go to standard output instead. */
#ifndef VT_LOG_H
#define VT_LOG_H

void vt_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
