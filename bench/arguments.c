#include "bench/arguments.h"
#include <stdlib.h>

int bench_number(const char *text, int most, struct argp_state *state)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < 1 || value > most)
        argp_error(state, "%s is not in 1..%d", text, most);
    return (int)value;
}
