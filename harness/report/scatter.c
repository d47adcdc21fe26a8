#include "report/scatter.h"
#include "base/heap.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void lab_scatter_open(lab_scatter *s, isize room)
{
    *s = (lab_scatter){.series =
                           lab_heap_take((room + LAB_SCATTER_LINES) * (isize)sizeof *s->series),
                       .points = lab_heap_take(room * (isize)sizeof *s->points),
                       .tips = lab_heap_take(room * (isize)sizeof *s->tips),
                       .room = room};
}

void lab_scatter_add(lab_scatter *s, lab_look look, lab_point point, const char *format, ...)
{
    char tip[400];
    va_list args;
    LAB_ASSERT(s->used < s->room && s->lines == 0);
    va_start(args, format);
    (void)vsnprintf(tip, sizeof tip, format, args);
    va_end(args);
    lab_text_put(&s->tips[s->used], tip);
    s->points[s->used] = point;
    s->points[s->used].tip = lab_text_of(&s->tips[s->used]);
    s->series[s->used] = (lab_series){.label = look.label,
                                      .draw = LAB_SVG_POINTS,
                                      .hue = look.hue,
                                      .shape = look.shape,
                                      .points = &s->points[s->used],
                                      .count = 1};
    s->used++;
}

void lab_scatter_line(lab_scatter *s, lab_series series)
{
    LAB_ASSERT(s->lines < LAB_SCATTER_LINES);
    s->series[s->used + s->lines++] = series;
}

void lab_scatter_diagonal(lab_scatter *s, lab_point ends[2])
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (int i = 0; i < s->used; i++) {
        low = fmin(low, fmin(s->points[i].x, s->points[i].y));
        high = fmax(high, fmax(s->points[i].x, s->points[i].y));
    }
    for (int i = 0; i < 2; i++)
        ends[i] = (lab_point){i ? high : low, i ? high : low, (double)NAN, (double)NAN, NULL};
    lab_scatter_line(s, (lab_series){.label = "equal",
                                     .draw = LAB_SVG_LINE,
                                     .hue = -1,
                                     .dash = 2,
                                     .points = ends,
                                     .count = 2});
}

void lab_scatter_put(lab_scatter *s, lab_page *page, const char *name, lab_plot *plot)
{
    plot->series = s->series;
    plot->series_count = s->used + s->lines;
    if (s->used > 0) lab_page_plot(page, name, plot);
    for (isize i = 0; i < s->room; i++) lab_text_finish(&s->tips[i]);
    lab_heap_free(s->series);
    lab_heap_free(s->points);
    lab_heap_free(s->tips);
    *s = (lab_scatter){0};
}
