#include "published.h"
#include "check.h"
#include <stdlib.h>
#include <string.h>

FILE *published_open(const char *name)
{
    const char *shared = getenv("PATCHLAW_SHARED");
    char path[PUBLISHED_LINE];
    (void)snprintf(path, sizeof path, "%s/data/scaling/%s", shared ? shared : "../shared", name);
    FILE *file = fopen(path, "r");
    if (!file) {
        check_skip(path, "not there");
        return NULL;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(fgets(path, sizeof path, file));
    return file;
}

bool published_line(FILE *file, char line[PUBLISHED_LINE])
{
    if (fgets(line, PUBLISHED_LINE, file)) return true;
    (void)fclose(file);
    return false;
}

const char *published_field(char copy[PUBLISHED_LINE], const char *line, int index)
{
    for (; index > 0; index--) line += strcspn(line, ",") + (line[strcspn(line, ",")] == ',');
    (void)snprintf(copy, PUBLISHED_LINE, "%.*s", (int)strcspn(line, ",\r\n"), line);
    return copy;
}

double published_real(const char *line, int index)
{
    char copy[PUBLISHED_LINE];
    return strtod(published_field(copy, line, index), NULL);
}
