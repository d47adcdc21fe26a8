#include "plan/amount.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A plain decimal number: strtod would take "inf" and hexadecimal, too. */
static bool read_number(const char **at, double *value)
{
    char *end = NULL;
    if (!strchr(".0123456789", **at) || !**at || ((*at)[0] == '0' && ((*at)[1] | 32) == 'x'))
        return false;
    *value = strtod(*at, &end);
    if (end == *at || !isfinite(*value)) return false;
    *at = end;
    return true;
}

static bool read_flops(const char *at, double *flops)
{
    static const char letters[] = "kMGTPE";
    if (!read_number(&at, flops)) return false;
    const char *letter = *at ? strchr(letters, *at) : NULL;
    for (const char *c = letters; letter && c <= letter; c++) *flops *= 1000;
    at += letter != NULL;
    return *at == 0 || strcmp(at, "FLOP") == 0 || strcmp(at, "FLOPs") == 0;
}

static bool read_seconds(const char *at, double *seconds)
{
    static const struct {
        const char *unit;
        double seconds;
        int rank;
    } units[] = {{"d", 86400, 0}, {"h", 3600, 1}, {"min", 60, 2}, {"m", 60, 2}, {"s", 1, 3}};
    enum { UNITS = sizeof units / sizeof *units };
    *seconds = 0;
    for (int rank = -1; *at || rank < 0;) {
        double value = 0;
        int u = 0;
        if (!read_number(&at, &value)) return false;
        while (u < UNITS && strncmp(at, units[u].unit, strlen(units[u].unit)) != 0) u++;
        if (u == UNITS || units[u].rank <= rank) return false;
        *seconds += value * units[u].seconds;
        at += strlen(units[u].unit);
        rank = units[u].rank;
    }
    return true;
}

lab_status lab_amount_read(lab_amount *out, const char *name, const char *words, lab_error *err)
{
    *out = (lab_amount){0};
    if (read_flops(words, &out->flops) && out->flops > 0 && isfinite(out->flops)) return LAB_OK;
    out->flops = 0;
    if (read_seconds(words, &out->seconds) && out->seconds > 0 && isfinite(out->seconds))
        return LAB_OK;
    *out = (lab_amount){0};
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s: '%.80s' is neither FLOPs, as 1e15, 3T or 40GFLOPs, nor a time, as 2h, "
                    "1h30m or 45s",
                    name, words);
}
