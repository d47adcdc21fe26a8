#include "study/label.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/text.h"
#include <string.h>

/* The next line that is not empty, into line; returns what follows it, NULL where there is none. */
static const char *next_line(lab_text *line, const char *text)
{
    text += strspn(text, "\n");
    if (!*text) return NULL;
    isize bytes = (isize)strcspn(text, "\n");
    lab_text_clear(line);
    lab_text_bytes(line, text, bytes);
    return text + bytes;
}

static void put_line(lab_text *label, const char *line)
{
    const char *colon = strstr(line, ": ");
    if (label->length > 0) lab_text_put(label, ", ");
    if (colon) {
        lab_text_bytes(label, line, colon - line);
        line = colon + 1;
    }
    lab_text_put(label, line);
}

void lab_label_apart(char **labels, const char *const *texts, isize count)
{
    lab_index lines = {0};
    lab_text line = {0}, label = {0};
    isize known = 0, capacity = 64, *times = lab_heap_take(capacity * (isize)sizeof *times);
    for (isize i = 0; i < count; i++)
        for (const char *at = texts[i]; (at = next_line(&line, at));) {
            isize place = lab_index_put(&lines, lab_text_of(&line), known);
            if (place == capacity) {
                isize wider = capacity * 2, bytes = (isize)sizeof *times;
                times = lab_heap_grow(times, capacity * bytes, wider * bytes);
                capacity = wider;
            }
            known += place == known;
            times[place]++;
        }
    for (isize i = 0; i < count; i++) {
        lab_text_clear(&label);
        for (const char *at = texts[i]; (at = next_line(&line, at));)
            if (times[lab_index_find(&lines, lab_text_of(&line))] < count)
                put_line(&label, lab_text_of(&line));
        labels[i] = lab_heap_text(lab_text_of(&label));
    }
    lab_heap_free(times);
    lab_index_finish(&lines);
    lab_text_finish(&line);
    lab_text_finish(&label);
}
