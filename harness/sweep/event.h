/* sweep/event.h - one line of the engine, read by the grammar of wire/event.h. */
#ifndef LAB_EVENT_H
#define LAB_EVENT_H
#include "base/error.h"
#include "wire/event.h"

#define LAB_EVENT_FIELDS_MAX 12

typedef struct {
    int64_t integer;
    double real;
    const char *text; /* unescaped; borrowed from the line */
} lab_field;

typedef struct {
    wire_event_kind kind;
    lab_field fields[LAB_EVENT_FIELDS_MAX];
} lab_event;

/* Reads a line of that many bytes, LF left out; line[bytes] must be writable, and the line is
 * changed. LAB_ERR_FORMAT names event and field. */
LAB_CHECKED lab_status lab_event_parse(lab_event *out, char *line, isize bytes, lab_error *err);
/* A field by its name in wire/event.h; another name or type is a broken contract. */
int64_t lab_event_int(const lab_event *event, const char *field);
double lab_event_real(const lab_event *event, const char *field);
const char *lab_event_text(const lab_event *event, const char *field);
/* The i-th field's type letter (i, r, s) and name; returns the length of the name, 0 behind the
 * last. */
int lab_event_field(wire_event_kind kind, int i, char *type, const char **name);
#endif
