/* The lines of the wire: one event a line, whatever the fields hold. */
#include "check.h"
#include "core_fixture.h"
#include "train/event.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME(NAME, name, fields)   name,
#define FIELDS(NAME, name, fields) fields,
static const char *const names[] = {WIRE_EVENTS(NAME)};
static const char *const layouts[] = {WIRE_EVENTS(FIELDS)};
#undef NAME
#undef FIELDS

enum { FIELDS_MAX = 16 };
static char line[WIRE_LINE_MAX + 1];

/* The fields of a kind, each with a value of its type; returns how many. */
static int fill(vt_field fields[FIELDS_MAX], int kind, int64_t i, double r, const char *s)
{
    int count = 0;
    for (const char *at = layouts[kind]; *at; count++) {
        fields[count] = *at == 'i' ? VT_I(i) : *at == 'r' ? VT_R(r) : VT_S(s);
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    return count;
}

/* Splits the line at its tabs and undoes the escapes; returns the number of parts. */
static int split(char *parts[FIELDS_MAX + 1])
{
    int count = 0;
    char *out = line;
    parts[count++] = out;
    for (const char *at = line; *at != '\n'; at++) {
        if (*at == '\t') {
            *out++ = '\0';
            parts[count++] = out;
        } else if (*at == '\\') {
            at++;
            *out++ = *at == 't' ? '\t' : *at == 'n' ? '\n' : '\\';
        } else {
            *out++ = *at;
        }
    }
    *out = '\0';
    return count;
}

static void every_event_comes_back_from_its_line(void)
{
    static const char text[] = "tab\t line\n back\\slash \\t \\\\ end";
    for (int kind = 0; kind < WIRE_EVENT_COUNT; kind++) {
        vt_field fields[FIELDS_MAX];
        char *parts[FIELDS_MAX + 1];
        int count = fill(fields, kind, INT64_MIN, -0x1.fffffffffffffp+1023, text);
        int bytes = vt_event_format(line, (wire_event_kind)kind, fields, count);
        CU_ASSERT(bytes == (int)strlen(line) && bytes <= WIRE_LINE_MAX && line[bytes - 1] == '\n');
        CU_ASSERT(memchr(line, '\n', (size_t)bytes) == line + bytes - 1);
        CU_ASSERT_EQUAL_FATAL(split(parts), count + 1);
        CU_ASSERT_STRING_EQUAL(parts[0], names[kind]);
        for (int f = 0; f < count; f++) {
            if (fields[f].type == 's') CU_ASSERT_STRING_EQUAL(parts[f + 1], text);
            if (fields[f].type == 'i') CU_ASSERT_STRING_EQUAL(parts[f + 1], "-9223372036854775808");
            if (fields[f].type == 'r') CU_ASSERT_EQUAL(strtod(parts[f + 1], NULL), fields[f].r);
        }
    }
}

static void a_line_is_as_the_grammar_says(void)
{
    vt_field fields[] = {VT_I(12), VT_S("train"), VT_S("loss"), VT_R(0.5)};
    CU_ASSERT_EQUAL(vt_event_format(line, WIRE_EVENT_POINT, fields, 4), 24);
    CU_ASSERT_STRING_EQUAL(line, "point\t12\ttrain\tloss\t0.5\n");
    fields[1] = VT_S("");
    fields[2] = VT_S("a\tb\nc\\d");
    (void)vt_event_format(line, WIRE_EVENT_POINT, fields, 4);
    CU_ASSERT_STRING_EQUAL(line, "point\t12\t\ta\\tb\\nc\\\\d\t0.5\n");
}

static void numbers_that_are_none_have_names(void)
{
    static const double values[] = {(double)NAN, -(double)NAN, (double)INFINITY, -(double)INFINITY};
    static const char *const want[] = {"nan", "nan", "inf", "-inf"};
    for (int i = 0; i < 4; i++) {
        vt_field fields[] = {VT_I(0), VT_S("a"), VT_S("b"), VT_R(values[i])};
        char *parts[FIELDS_MAX + 1];
        (void)vt_event_format(line, WIRE_EVENT_POINT, fields, 4);
        CU_ASSERT_EQUAL_FATAL(split(parts), 5);
        CU_ASSERT_STRING_EQUAL(parts[4], want[i]);
    }
}

static void reals_read_back_to_the_same_double(void)
{
    vt_rng rng = vt_rng_at(1, VT_RNG_TEST, 0, 0);
    for (int i = 0; i < 2000; i++) {
        uint64_t bits = vt_rng_bits64(&rng);
        double value = 0;
        char *parts[FIELDS_MAX + 1];
        if (i < 4) bits = (uint64_t[]){0, UINT64_C(1) << 63, 1, 0x7fefffffffffffff}[i];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        vt_field fields[] = {VT_I(0), VT_S("a"), VT_S("b"), VT_R(value)};
        (void)vt_event_format(line, WIRE_EVENT_POINT, fields, 4);
        CU_ASSERT_EQUAL_FATAL(split(parts), 5);
        double back = strtod(parts[4], NULL);
        CU_ASSERT_EQUAL(memcmp(&back, &value, sizeof value), 0);
    }
}

/* Text of every kind of character, longer than any line: each field keeps a share. */
static void too_long_a_text_is_cut_and_the_line_stays_whole(void)
{
    static const char *const fillings[] = {"x", "\t", "\\", "x\n", "\\x"};
    static char text[3 * WIRE_LINE_MAX];
    for (size_t k = 0; k < sizeof fillings / sizeof *fillings; k++) {
        size_t period = strlen(fillings[k]);
        for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = fillings[k][i % period];
        for (int kind = 0; kind < WIRE_EVENT_COUNT; kind++) {
            vt_field fields[FIELDS_MAX];
            char *parts[FIELDS_MAX + 1];
            int count = fill(fields, kind, INT64_MIN, -1.2345678901234567e-300, text);
            int bytes = vt_event_format(line, (wire_event_kind)kind, fields, count);
            CU_ASSERT(bytes <= WIRE_LINE_MAX && bytes == (int)strlen(line));
            CU_ASSERT(memchr(line, '\n', (size_t)bytes) == line + bytes - 1);
            CU_ASSERT_EQUAL_FATAL(split(parts), count + 1);
            for (int f = 0; f < count; f++) {
                if (fields[f].type == 'r') CU_ASSERT_EQUAL(strtod(parts[f + 1], NULL), fields[f].r);
                if (fields[f].type != 's') continue;
                size_t kept = strlen(parts[f + 1]); /* and no escape was cut in two */
                CU_ASSERT(kept > 100 && memcmp(parts[f + 1], text, kept) == 0);
            }
        }
    }
}

/* ---- sinks ---- */

static void a_line_arrives_in_one_piece(void)
{
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    vt_sink sink = {.fd = ends[1]};
    VT_EVENT(&sink, RESUME, VT_I(7));
    VT_EVENT(&sink, END, VT_S("done"), VT_I(9), VT_S("all steps"));
    ssize_t got = read(ends[0], line, WIRE_LINE_MAX);
    CU_ASSERT_FATAL(got > 0);
    line[got] = '\0';
    CU_ASSERT_STRING_EQUAL(line, "resume\t7\nend\tdone\t9\tall steps\n");
    CU_ASSERT_EQUAL(sink.broken, 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_reader_that_is_gone_is_remembered(void)
{
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    void (*kept)(int) = signal(SIGPIPE, SIG_IGN);
    vt_sink sink = {.fd = ends[1]};
    (void)close(ends[0]);
    VT_EVENT(&sink, RESUME, VT_I(7));
    CU_ASSERT_EQUAL(sink.broken, EPIPE);
    (void)close(ends[1]);
    VT_EVENT(&sink, RESUME, VT_I(8)); /* writes nowhere: the descriptor may be another's by now */
    CU_ASSERT_EQUAL(sink.broken, EPIPE);
    (void)signal(SIGPIPE, kept);
}

static void give_too_few(void)
{
    vt_field fields[] = {VT_I(1), VT_S("a"), VT_S("b")};
    (void)vt_event_format(line, WIRE_EVENT_POINT, fields, 3);
}

static void give_too_many(void)
{
    vt_field fields[] = {VT_I(1), VT_I(2)};
    (void)vt_event_format(line, WIRE_EVENT_RESUME, fields, 2);
}

static void give_another_type(void)
{
    vt_field fields[] = {VT_R(1)};
    (void)vt_event_format(line, WIRE_EVENT_RESUME, fields, 1);
}

static void fields_that_are_not_the_events_are_stopped(void)
{
    CU_ASSERT(core_aborts(give_too_few));
    CU_ASSERT(core_aborts(give_too_many));
    CU_ASSERT(core_aborts(give_another_type));
}

SUITE(event, {"every event comes back from its line", every_event_comes_back_from_its_line},
      {"a line is as the grammar says", a_line_is_as_the_grammar_says},
      {"numbers that are none have names", numbers_that_are_none_have_names},
      {"reals read back to the same double", reals_read_back_to_the_same_double},
      {"too long a text is cut and the line stays whole",
       too_long_a_text_is_cut_and_the_line_stays_whole},
      {"a line arrives in one piece", a_line_arrives_in_one_piece},
      {"a reader that is gone is remembered", a_reader_that_is_gone_is_remembered},
      {"fields that are not the event's are stopped", fields_that_are_not_the_events_are_stopped})
