/* train/event.h - writes the lines of wire/event.h.
 *
 * A line is written in one call, so a reader sees whole lines in order. When the reader is gone
 * the sink remembers it: the run stops at its next check, after a checkpoint. One thread writes.
 */
#ifndef VT_EVENT_H
#define VT_EVENT_H
#include "base/error.h"
#include "wire/event.h"

typedef struct {
    int fd;
    int broken; /* errno of the write that failed, 0: none; EPIPE: the reader is gone */
} vt_sink;

/* One value of a line, in the order of the event's fields. */
typedef struct {
    char type; /* i, r, s */
    int64_t i;
    double r;
    const char *s;
} vt_field;
#define VT_I(value) ((vt_field){.type = 'i', .i = (int64_t)(value)})
#define VT_R(value) ((vt_field){.type = 'r', .r = (value)})
#define VT_S(value) ((vt_field){.type = 's', .s = (value)})

/* Asserts that the fields are those of the event. */
void vt_event_write(vt_sink *sink, wire_event_kind kind, const vt_field *fields, int count);
#define VT_EVENT(sink, kind, ...)                                                                  \
    vt_event_write((sink), WIRE_EVENT_##kind, (vt_field[]){__VA_ARGS__},                           \
                   (int)(sizeof((vt_field[]){__VA_ARGS__}) / sizeof(vt_field)))

/* The line's text, LF and NUL included; returns its bytes without the NUL. */
int vt_event_format(char out[WIRE_LINE_MAX + 1], wire_event_kind kind, const vt_field *fields,
                    int count);
/* VT_ERR_IO when a line could not be written. */
VT_CHECKED vt_status vt_sink_check(const vt_sink *sink, vt_error *err);
/* A line that is already text. */
void vt_event_send(vt_sink *sink, const char *line, isize bytes);
#endif
