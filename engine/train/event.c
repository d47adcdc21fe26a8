#include "train/event.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME(NAME, name, fields)   name,
#define FIELDS(NAME, name, fields) fields,
static const char *const names[] = {WIRE_EVENTS(NAME)};
static const char *const layouts[] = {WIRE_EVENTS(FIELDS)};

void vt_event_send(vt_sink *sink, const char *line, isize bytes)
{
    while (bytes > 0 && !sink->broken) {
        ssize_t wrote = write(sink->fd, line, (size_t)bytes);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            sink->broken = wrote < 0 ? errno : EIO;
            return;
        }
        line += wrote;
        bytes -= (isize)wrote;
    }
}

/* Text may not break the line: TAB, LF and backslash are escaped, too long a text is cut. */
static int put_text(char *out, int room, const char *text)
{
    int used = 0;
    for (; *text && used + 2 < room; text++) {
        const char *special = strchr("\t\n\\", *text);
        if (special) out[used++] = '\\';
        out[used++] = !special ? *text : *text == '\t' ? 't' : *text == '\n' ? 'n' : '\\';
    }
    return used;
}

static int put_real(char *out, int room, double value)
{
    if (isnan(value)) return snprintf(out, (size_t)room, "nan");
    if (isinf(value)) return snprintf(out, (size_t)room, value > 0 ? "inf" : "-inf");
    return snprintf(out, (size_t)room, "%.17g", value);
}

int vt_event_format(char out[WIRE_LINE_MAX + 1], wire_event_kind kind, const vt_field *fields,
                    int count)
{
    const char *layout = layouts[kind];
    int used = snprintf(out, WIRE_LINE_MAX, "%s", names[kind]);
    for (int i = 0; i < count; i++) {
        /* Each field keeps a fair share, so that no long text takes the room of the rest. */
        int room = (WIRE_LINE_MAX - 1 - used) / (count - i) - 1;
        VT_ASSERT(*layout == fields[i].type);
        layout += strcspn(layout, " ");
        layout += *layout == ' ';
        out[used++] = '\t';
        if (fields[i].type == 'i')
            used += snprintf(out + used, (size_t)room, "%jd", (intmax_t)fields[i].i);
        else if (fields[i].type == 'r')
            used += put_real(out + used, room, fields[i].r);
        else
            used += put_text(out + used, room, fields[i].s);
    }
    VT_ASSERT(*layout == '\0' && used < WIRE_LINE_MAX);
    out[used++] = '\n';
    out[used] = '\0';
    return used;
}

void vt_event_write(vt_sink *sink, wire_event_kind kind, const vt_field *fields, int count)
{
    char line[WIRE_LINE_MAX + 1];
    vt_event_send(sink, line, vt_event_format(line, kind, fields, count));
}

vt_status vt_sink_check(const vt_sink *sink, vt_error *err)
{
    if (!sink->broken) return VT_OK;
    return vt_fail(err, VT_ERR_IO, "events cannot be written: %s", strerror(sink->broken));
}
