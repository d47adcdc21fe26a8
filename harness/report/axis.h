/* report/axis.h - one axis of a plot: its range, where a value lies on it, its ticks.
 *
 * Set label, log and whole, cover every value to be shown, settle once, then ask for places and
 * ticks.
 */
#ifndef LAB_AXIS_H
#define LAB_AXIS_H
#include <stdbool.h>

enum { LAB_TICKS_MAX = 160 };

typedef struct {
    const char *label; /* borrowed */
    bool log;
    bool whole;       /* counts things: ticks at whole numbers only */
    int room;         /* for about that many labels; 0: for 8 */
    double low, high; /* set by start, cover and settle; 0 < low where log */
} lab_axis;

typedef struct {
    double value;
    bool major;    /* of a stronger grid line */
    char text[24]; /* "" for a tick without a label; else "500", "0.25", "2×10" */
    char power[8]; /* to be raised after text, or "" */
} lab_tick;

void lab_axis_start(lab_axis *axis);                     /* nothing covered */
bool lab_axis_shows(const lab_axis *axis, double value); /* finite, and above 0 where log */
void lab_axis_cover(lab_axis *axis, double value); /* a value that cannot be shown is left out */
/* Gives an axis without values, or with one alone, some width, and room at both ends. */
void lab_axis_settle(lab_axis *axis);
/* 0 at the low end, 1 at the high end. */
double lab_axis_place(const lab_axis *axis, double value);
/* Ticks inside the range, ascending; returns their number. Powers of ten where a logarithmic axis
 * spans most of a decade, with 2 and 5 labelled on short ones, else steps of 1, 2 or 5. */
int lab_axis_ticks(const lab_axis *axis, lab_tick ticks[LAB_TICKS_MAX]);
#endif
