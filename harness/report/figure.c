#include "report/figure.h"
#include <math.h>
#include <stdio.h>

lab_look lab_look_of(const lab_rows *styles, const char *run)
{
    isize row = lab_rows_find(styles, "run", run);
    if (row < 0) return (lab_look){run, LAB_SVG_HUES - 1, 0};
    return (lab_look){lab_rows_text(styles, row, "label"), (int)lab_rows_int(styles, row, "hue"),
                      (int)lab_rows_int(styles, row, "shape")};
}

lab_short lab_percent(double share, double error)
{
    lab_short out = {"none"};
    if (isfinite(share) && isfinite(error))
        (void)snprintf(out.text, sizeof out.text, "%.2f \u00B1 %.2f", 100 * share, 100 * error);
    else if (isfinite(share))
        (void)snprintf(out.text, sizeof out.text, "%.2f", 100 * share);
    return out;
}

lab_short lab_span(lab_interval interval)
{
    lab_short out = {"none"};
    if (!isnan(interval.low) && !isnan(interval.high))
        (void)snprintf(out.text, sizeof out.text, "%.4g to %.4g", interval.low, interval.high);
    return out;
}
