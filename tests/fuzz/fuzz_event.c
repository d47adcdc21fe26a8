/* Side: harness. A line of the engine: whatever is accepted has all of its fields. */
#include "fuzz.h"
#include "launch/event.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lab_event event;
    lab_error err;
    char *line = malloc(size + 1); /* exactly as large, so that a step beyond it is seen */
    if (!line) abort();
    memcpy(line, data, size);
    if (lab_event_parse(&event, line, (isize)size, &err) == LAB_OK) {
        const char *name = NULL;
        char type = 0;
        for (int i = 0; lab_event_field(event.kind, i, &type, &name) > 0; i++)
            if (type == 's' && strlen(event.fields[i].text) > size) abort();
    }
    free(line);
    return 0;
}
