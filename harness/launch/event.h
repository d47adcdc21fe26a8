/* launch/event.h - one line of the engine, read by the grammar of wire/event.h; and one line of a
 * spool (launch/spool.h), which is such a line or one of the launcher's own, behind the time at
 * which it was written (unix microseconds) and a TAB. */
#ifndef LAB_EVENT_H
#define LAB_EVENT_H
#include "base/error.h"
#include "base/text.h"
#include "wire/event.h"

#define LAB_EVENT_FIELDS_MAX 13

/* What the launcher writes into a spool:
 *   sweep    a sweep, whole; "" stands for a sentence that it lacks
 *   cell     one of its cells; ordinal is its place in the sweep; config is canonical
 *   var      what the sweep calls by that name has that value in the cell before
 *   claim    first line of an attempt: whose it is. redo is 1 where its trunk has been replaced
 *            since the cell was done; job and starts are those of a batch system, or "" and 0
 *   started  its engine's process
 *   beat     the launcher lives, and the engine has come to that step
 *   ended    last line: how; exit_code and signal are -1, and reason "", where there is none */
#define LAB_LINES(E)                                                                               \
    E(SWEEP, "sweep", "sname sfile ssha256 squestion sprediction sdecision stext")                 \
    E(CELL, "cell", "shash sparent iordinal sconfig")                                              \
    E(VAR, "var", "sname rvalue")                                                                  \
    E(CLAIM, "claim",                                                                              \
      "iversion suuid shash iordinal shost sboot_id ipid ipid_started sinput iredo sjob istarts")  \
    E(STARTED, "started", "ipid ipid_started")                                                     \
    E(BEAT, "beat", "istep")                                                                       \
    E(ENDED, "ended", "sstate iexit_code isignal rwall_s rcpu_s irss_peak sreason")

#define LAB_LINE_ENUM(NAME, name, fields) LAB_LINE_##NAME,
enum { LAB_LINE_BEFORE = WIRE_EVENT_COUNT - 1, LAB_LINES(LAB_LINE_ENUM) LAB_LINE_COUNT };
#undef LAB_LINE_ENUM

#define LAB_LINE_MAX (8 << 20) /* bytes of a spool's line, LF included */

typedef struct {
    int64_t integer;
    double real;
    const char *text; /* unescaped; borrowed from the line */
} lab_field;

typedef struct {
    int kind;   /* WIRE_EVENT_*, or LAB_LINE_* in a spool */
    int64_t at; /* when it was written, in a spool; 0: now */
    lab_field fields[LAB_EVENT_FIELDS_MAX];
} lab_event;

/* Reads a line of that many bytes, LF left out; line[bytes] must be writable, and the line is
 * changed. LAB_ERR_FORMAT names event and field. */
LAB_CHECKED lab_status lab_event_parse(lab_event *out, char *line, isize bytes, lab_error *err);
/* The same of a spool's line. */
LAB_CHECKED lab_status lab_line_parse(lab_event *out, char *line, isize bytes, lab_error *err);
/* Appends a spool's line, LF included. */
void lab_line_put(lab_text *text, const lab_event *line);
/* Fills in a field of a line to be put; text is borrowed until then, NULL stands for "". */
void lab_event_set_int(lab_event *event, const char *field, int64_t value);
void lab_event_set_real(lab_event *event, const char *field, double value);
void lab_event_set_text(lab_event *event, const char *field, const char *text);

/* A field by its name in wire/event.h; another name or type is a broken contract. */
int64_t lab_event_int(const lab_event *event, const char *field);
double lab_event_real(const lab_event *event, const char *field);
const char *lab_event_text(const lab_event *event, const char *field);
/* The i-th field's type letter (i, r, s) and name; returns the length of the name, 0 behind the
 * last. */
int lab_event_field(int kind, int i, char *type, const char **name);
#endif
