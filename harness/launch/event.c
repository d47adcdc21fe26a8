#include "launch/event.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW(NAME, name, fields) {name, fields},
static const struct {
    const char *name, *fields;
} events[] = {WIRE_EVENTS(ROW) LAB_LINES(ROW)};
#undef ROW

int lab_event_field(int kind, int i, char *type, const char **name)
{
    const char *c = events[kind].fields;
    for (; i > 0 && *c; i--) {
        c += strcspn(c, " ");
        c += *c == ' ';
    }
    if (!*c) return 0;
    *type = *c;
    *name = c + 1;
    return (int)strcspn(c + 1, " ");
}

static bool parse_integer(const char *text, int64_t *out)
{
    char *end = NULL;
    const char *digits = text + (*text == '-');
    if (!isdigit((unsigned char)*digits) || (*digits == '0' && digits[1])) return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return *end == 0 && errno == 0;
}

static bool parse_real(const char *text, double *out)
{
    char *end = NULL;
    if (strcmp(text, "nan") == 0)
        *out = (double)NAN;
    else if (strcmp(text, "inf") == 0)
        *out = (double)INFINITY;
    else if (strcmp(text, "-inf") == 0)
        *out = -(double)INFINITY;
    else {
        if (!*text || strspn(text, "+-.0123456789eE") != strlen(text)) return false;
        *out = strtod(text, &end);
        return *end == 0 && isfinite(*out);
    }
    return true;
}

static bool unescape(char *text)
{
    char *out = text;
    for (const char *c = text; *c; c++) {
        if (*c != '\\') {
            *out++ = *c;
            continue;
        }
        c++;
        if (*c != 't' && *c != 'n' && *c != '\\') return false;
        *out++ = (char)(*c == 't' ? '\t' : *c == 'n' ? '\n' : '\\');
    }
    *out = 0;
    return true;
}

static lab_status find_kind(int *out, const char *name, int kinds, lab_error *err)
{
    for (int i = 0; i < kinds; i++) {
        if (strcmp(events[i].name, name) != 0) continue;
        *out = i;
        return LAB_OK;
    }
    return lab_fail(err, LAB_ERR_FORMAT, "'%.40s' is no event", name);
}

/* Of the first so many kinds. */
static lab_status parse(lab_event *out, char *line, int kinds, lab_error *err)
{
    char *rest = line;
    char *word = strsep(&rest, "\t");
    lab_status status = find_kind(&out->kind, word, kinds, err);
    if (status != LAB_OK) return status;
    const char *event = events[out->kind].name, *name = NULL;
    char type = 0;
    int length = 0;
    for (int i = 0; (length = lab_event_field(out->kind, i, &type, &name)) > 0; i++) {
        LAB_ASSERT(i < LAB_EVENT_FIELDS_MAX);
        lab_field *field = &out->fields[i];
        if (!rest) return lab_fail(err, LAB_ERR_FORMAT, "%s without its %.*s", event, length, name);
        word = strsep(&rest, "\t");
        field->text = word;
        bool good = type == 'i'   ? parse_integer(word, &field->integer)
                    : type == 'r' ? parse_real(word, &field->real)
                                  : unescape(word);
        if (out->kind == WIRE_EVENT_MODEL && field->integer < 0) good = false; /* sizes, costs */
        if (!good)
            return lab_fail(err, LAB_ERR_FORMAT, "%s: '%.60s' cannot be its %.*s", event, word,
                            length, name);
    }
    if (rest) return lab_fail(err, LAB_ERR_FORMAT, "%s with more fields than it has", event);
    return LAB_OK;
}

static lab_status end_line(char *line, isize bytes, isize bytes_max, lab_error *err)
{
    if (bytes >= bytes_max)
        return lab_fail(err, LAB_ERR_FORMAT,
                        "a line of %td bytes, where %td with its LF are the most", bytes,
                        bytes_max);
    if (memchr(line, 0, (size_t)bytes)) return lab_fail(err, LAB_ERR_FORMAT, "a line with a NUL");
    line[bytes] = 0;
    return LAB_OK;
}

lab_status lab_event_parse(lab_event *out, char *line, isize bytes, lab_error *err)
{
    lab_status status = end_line(line, bytes, WIRE_LINE_MAX, err);
    out->at = 0;
    return status == LAB_OK ? parse(out, line, WIRE_EVENT_COUNT, err) : status;
}

/* ---- lines of a spool ---- */

lab_status lab_line_parse(lab_event *out, char *line, isize bytes, lab_error *err)
{
    lab_status status = end_line(line, bytes, LAB_LINE_MAX, err);
    if (status != LAB_OK) return status;
    char *rest = line;
    const char *at = strsep(&rest, "\t");
    if (!rest || !parse_integer(at, &out->at) || out->at <= 0)
        return lab_fail(err, LAB_ERR_FORMAT, "'%.40s' cannot be the time of a line", at);
    return parse(out, rest, LAB_LINE_COUNT, err);
}

static void put_escaped(lab_text *text, const char *words)
{
    for (const char *c = words; *c; c++) {
        isize plain = (isize)strcspn(c, "\t\n\\");
        lab_text_bytes(text, c, plain);
        c += plain;
        if (!*c) break;
        lab_text_put(text, *c == '\t' ? "\\t" : *c == '\n' ? "\\n" : "\\\\");
    }
}

void lab_line_put(lab_text *text, const lab_event *line)
{
    const char *name = NULL;
    char type = 0;
    lab_text_add(text, "%lld\t%s", (long long)line->at, events[line->kind].name);
    for (int i = 0; lab_event_field(line->kind, i, &type, &name) > 0; i++) {
        const lab_field *field = &line->fields[i];
        lab_text_put(text, "\t");
        if (field->text)
            put_escaped(text, field->text); /* a number as it was read, if it was */
        else if (type == 'i')
            lab_text_add(text, "%lld", (long long)field->integer);
        else if (type == 'r')
            lab_text_put(text, lab_short_real(field->real).text);
    }
    lab_text_put(text, "\n");
}

/* ---- fields by name ---- */

static int find_field(int kind, const char *wanted, char type_wanted)
{
    const char *name = NULL;
    char type = 0;
    int length = 0;
    for (int i = 0; (length = lab_event_field(kind, i, &type, &name)) > 0; i++)
        if (type == type_wanted && strlen(wanted) == (size_t)length &&
            strncmp(wanted, name, (size_t)length) == 0)
            return i;
    lab_assert_fail("the event has a field of that name and type", __FILE__, __LINE__);
}

static const lab_field *field_of(const lab_event *event, const char *wanted, char type)
{
    return &event->fields[find_field(event->kind, wanted, type)];
}

void lab_event_set_int(lab_event *event, const char *field, int64_t value)
{
    event->fields[find_field(event->kind, field, 'i')].integer = value;
}

void lab_event_set_real(lab_event *event, const char *field, double value)
{
    event->fields[find_field(event->kind, field, 'r')].real = value;
}

void lab_event_set_text(lab_event *event, const char *field, const char *text)
{
    event->fields[find_field(event->kind, field, 's')].text = text;
}

int64_t lab_event_int(const lab_event *event, const char *field)
{
    return field_of(event, field, 'i')->integer;
}

double lab_event_real(const lab_event *event, const char *field)
{
    return field_of(event, field, 'r')->real;
}

const char *lab_event_text(const lab_event *event, const char *field)
{
    return field_of(event, field, 's')->text;
}
