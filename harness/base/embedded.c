#include "base/embedded.h"
#include <string.h>

const lab_embedded *lab_embedded_find(const lab_embedded *table, const char *kind, const char *name)
{
    for (const lab_embedded *entry = table; entry->kind; entry++)
        if (strcmp(entry->kind, kind) == 0 && strcmp(entry->name, name) == 0) return entry;
    return NULL;
}
