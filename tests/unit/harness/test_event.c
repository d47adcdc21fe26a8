/* The lines of the engine. */
#include "base/text.h"
#include "check.h"
#include "launch/event.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static lab_error err;
static lab_event event;
static char line[2 * WIRE_LINE_MAX];

static lab_status parse(const char *text)
{
    (void)snprintf(line, sizeof line, "%s", text);
    return lab_event_parse(&event, line, (isize)strlen(line), &err);
}

static void every_event_is_read_field_by_field(void)
{
    for (int kind = 0; kind < WIRE_EVENT_COUNT; kind++) {
        static const char *const names[] = {
#define NAME(NAME, name, fields) name,
            WIRE_EVENTS(NAME)
#undef NAME
        };
        lab_text text = {0};
        const char *field = NULL;
        char type = 0, key[64];
        int length = 0;
        lab_text_put(&text, names[kind]);
        for (int i = 0; lab_event_field(kind, i, &type, &field) > 0; i++)
            lab_text_add(&text, type == 'i' ? "\t%d" : type == 'r' ? "\t%d.5" : "\ts%d", i);
        CU_ASSERT(parse(lab_text_of(&text)) == LAB_OK);
        CU_ASSERT(event.kind == kind);
        for (int i = 0; (length = lab_event_field(event.kind, i, &type, &field)) > 0; i++) {
            char want[16];
            (void)snprintf(key, sizeof key, "%.*s", length, field);
            (void)snprintf(want, sizeof want, "s%d", i);
            if (type == 'i') CU_ASSERT(lab_event_int(&event, key) == i);
            if (type == 'r') CU_ASSERT(lab_event_real(&event, key) == i + 0.5);
            if (type == 's') CU_ASSERT_STRING_EQUAL(lab_event_text(&event, key), want);
        }
        lab_text_finish(&text);
    }
}

static void values_come_through(void)
{
    CU_ASSERT(parse("point\t-3\ttr\\tain\\n\\\\\tloss\t-1.5e-7") == LAB_OK);
    CU_ASSERT(lab_event_int(&event, "step") == -3);
    CU_ASSERT_STRING_EQUAL(lab_event_text(&event, "split"), "tr\tain\n\\");
    CU_ASSERT(lab_event_real(&event, "value") == -1.5e-7);
    CU_ASSERT(parse("point\t9223372036854775807\t\tloss\tnan") == LAB_OK);
    CU_ASSERT(lab_event_int(&event, "step") == INT64_MAX);
    CU_ASSERT_STRING_EQUAL(lab_event_text(&event, "split"), "");
    CU_ASSERT(isnan(lab_event_real(&event, "value")));
    CU_ASSERT(parse("point\t1\ttrain\tloss\tinf") == LAB_OK);
    CU_ASSERT(lab_event_real(&event, "value") > 1e308);
    CU_ASSERT(parse("point\t1\ttrain\tloss\t-inf") == LAB_OK);
    CU_ASSERT(lab_event_real(&event, "value") < -1e308);
}

static void refused(const char *text, const char *words)
{
    int good = parse(text) == LAB_ERR_FORMAT && strstr(err.text, words);
    if (!good) (void)printf("\n    %.60s\n    gave '%s', want '%s'\n", text, err.text, words);
    CU_ASSERT(good);
}

static void malformed_lines_are_refused(void)
{
    refused("", "'' is no event");
    refused("pint\t1", "'pint' is no event");
    refused("resume", "resume without its step");
    refused("resume\t1\t2", "more fields");
    refused("resume\t", "'' cannot be its step");
    refused("resume\t1x", "'1x' cannot be its step");
    refused("resume\t 1", "cannot be its step");
    refused("resume\t+1", "cannot be its step");
    refused("resume\t01", "cannot be its step");
    refused("resume\t9223372036854775808", "cannot be its step");
    refused("point\t1\ttrain\tloss\tNaN", "cannot be its value");
    refused("model\t1\t2\t3\t4\t5\t-6\t7\t8\t9", "'-6' cannot be its flops_total");
    refused("point\t1\ttrain\tloss\t1e999", "cannot be its value");
    refused("point\t1\ttrain\tloss\t0x1p3", "cannot be its value");
    refused("point\t1\ttrain\tloss\t1.5 ", "cannot be its value");
    refused("point\t1\ttra\\in\tloss\t1", "cannot be its split");
    refused("point\t1\ttrain\\\tloss\t1", "cannot be its split");
    char longest[2 * WIRE_LINE_MAX];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    (void)memcpy(longest, "end\t", 4);
    refused(longest, "a line of");
    (void)snprintf(line, sizeof line, "resume\t1");
    line[6] = 0;
    CU_ASSERT(lab_event_parse(&event, line, 8, &err) == LAB_ERR_FORMAT);
}

SUITE(event, {"every event is read field by field", every_event_is_read_field_by_field},
      {"values come through", values_come_through},
      {"malformed lines are refused", malformed_lines_are_refused})
