#include "report/axis.h"
#include <math.h>
#include <stdio.h>

static const double DECADES_LOG_MIN = 0.9; /* below it a log axis gets linear steps */

void lab_axis_start(lab_axis *axis)
{
    axis->low = HUGE_VAL;
    axis->high = -HUGE_VAL;
}

bool lab_axis_shows(const lab_axis *axis, double value)
{
    return isfinite(value) && (!axis->log || value > 0);
}

void lab_axis_cover(lab_axis *axis, double value)
{
    if (!lab_axis_shows(axis, value)) return;
    axis->low = fmin(axis->low, value);
    axis->high = fmax(axis->high, value);
}

void lab_axis_settle(lab_axis *axis)
{
    const double room = 0.05;
    if (axis->low > axis->high) axis->low = axis->high = 1;
    if (axis->log) {
        double span = log(axis->high / axis->low);
        double pad = span > 1e-9 ? span * room : log(1.5);
        axis->low *= exp(-pad);
        axis->high *= exp(pad);
    } else {
        double span = axis->high - axis->low, size = fmax(fabs(axis->low), fabs(axis->high));
        double pad = span > size * 1e-12 ? span * room : fmax(size * 0.1, 0.5);
        axis->low -= pad;
        axis->high += pad;
    }
}

double lab_axis_place(const lab_axis *axis, double value)
{
    if (axis->log) return log(value / axis->low) / log(axis->high / axis->low);
    return (value - axis->low) / (axis->high - axis->low);
}

/* Writes value, a multiple of step, with the decimals that step needs; far from 1 as a power. */
static void label(lab_tick *tick, double value, double step)
{
    double size = fabs(value);
    int step_power = (int)floor(log10(step) + 1e-9);
    tick->power[0] = '\0';
    if (size < step / 2) {
        (void)snprintf(tick->text, sizeof tick->text, "0");
    } else if (size >= 1e-3 && size < 1e5) {
        (void)snprintf(tick->text, sizeof tick->text, "%.*f", step_power < 0 ? -step_power : 0,
                       value);
    } else {
        int power = (int)floor(log10(size) + 1e-9);
        double front = value / pow(10, power);
        int decimals = power > step_power ? power - step_power : 0;
        if (decimals == 0 && fabs(front - 1) < 1e-9)
            (void)snprintf(tick->text, sizeof tick->text, "10");
        else
            (void)snprintf(tick->text, sizeof tick->text, "%.*f\u00D710", decimals, front);
        (void)snprintf(tick->power, sizeof tick->power, "%d", power);
    }
}

static int room_of(const lab_axis *axis)
{
    return axis->room == 0 || axis->room > 8 ? 8 : axis->room < 2 ? 2 : axis->room;
}

static int ticks_linear(const lab_axis *axis, lab_tick ticks[LAB_TICKS_MAX])
{
    int wanted = room_of(axis) < 5 ? room_of(axis) : 5;
    double rough = (axis->high - axis->low) / wanted, power = pow(10, floor(log10(rough)));
    double front = rough / power;
    double step = power * (front < 1.5 ? 1 : front < 3.5 ? 2 : front < 7.5 ? 5 : 10);
    int parts = front >= 1.5 && front < 3.5 ? 4 : 5, count = 0;
    if (axis->whole && step / parts < 1) {
        step = ceil(step);
        parts = 1;
    }
    double fine = step / parts;
    for (double i = ceil(axis->low / fine); i <= floor(axis->high / fine); i++) {
        if (count == LAB_TICKS_MAX) break; /* at most 8 steps of 5 parts fit in the range */
        lab_tick *tick = &ticks[count++];
        *tick = (lab_tick){.value = i * fine, .major = fabs(remainder(i, parts)) < 0.5};
        if (tick->major) label(tick, i / parts * step, step);
    }
    return count;
}

static int ticks_log(const lab_axis *axis, double span, lab_tick ticks[LAB_TICKS_MAX])
{
    int room = room_of(axis), count = 0;
    int every = span > room ? (int)ceil(span / room) : 1;
    int first = (int)floor(log10(axis->low)), last = (int)ceil(log10(axis->high));
    for (int power = first; power <= last; power++) {
        for (int front = 1; front <= 9; front++) {
            double value = front * pow(10, power);
            bool whole = front == 1 && power % every == 0;
            bool between = span * 3 < room - 1 && (front == 2 || front == 5);
            if (value < axis->low || value > axis->high || (span > 8 && !whole)) continue;
            if (count == LAB_TICKS_MAX) break; /* 9 a decade up to 8 decades, then 8 in all */
            lab_tick *tick = &ticks[count++];
            *tick = (lab_tick){.value = value, .major = whole};
            if (whole || between) label(tick, value, pow(10, power));
        }
    }
    return count;
}

int lab_axis_ticks(const lab_axis *axis, lab_tick ticks[LAB_TICKS_MAX])
{
    double span = axis->log ? log10(axis->high / axis->low) : 0;
    return span >= DECADES_LOG_MIN ? ticks_log(axis, span, ticks) : ticks_linear(axis, ticks);
}
