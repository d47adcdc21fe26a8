#include "law/profile.h"
#include "base/heap.h"
#include "law/centred.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

static const double CONFIDENCE = 0.95;
static const double BEYOND = 4;   /* thresholds up to which points are laid */
static const double FIRST = 1e-4; /* of the way to the bound: the first step */
static const double BELOW = 1e-4; /* of the objective: noise of refits */
enum { CROSSINGS = 30 };

/* ---- the threshold ---- */

/* Half the distance over which psi's slope is taken: some of the residuals' own spread. */
static double width_of(double *rest, isize n)
{
    lab_resample_sort(rest, n);
    double spread = lab_resample_quantile(rest, n, 0.75) - lab_resample_quantile(rest, n, 0.25);
    return 0.5 * spread * pow((double)n, -0.2);
}

double lab_profile_rise(const lab_fit *fit, const lab_law_rows *rows, double confidence)
{
    double *rest = lab_heap_take((rows->n + 1) * (isize)sizeof *rest), *at = rest;
    double squares = 0, bend = 0, weights = 0, free = 0;
    for (int p = 0; p < fit->law->parameters; p++) free += !(fit->fixed >> p & 1);
    for (isize i = 0; i < rows->n; i++)
        if (!rows->weight || rows->weight[i] > 0)
            *at++ = rows->response[i] - lab_law_rows_predict(rows, i, fit->theta, NULL);
    const double width = width_of(rest, at - rest);
    lab_heap_free(rest);
    for (isize i = 0; i < rows->n; i++) {
        double weight = rows->weight ? rows->weight[i] : 1, psi, above, below;
        if (!(weight > 0)) continue;
        double r = rows->response[i] - lab_law_rows_predict(rows, i, fit->theta, NULL);
        (void)lab_loss_at(&fit->loss, r, &psi);
        (void)lab_loss_at(&fit->loss, r + width, &above);
        (void)lab_loss_at(&fit->loss, r - width, &below);
        squares += weight * psi * psi;
        bend += weight * (above - below) / (2 * width);
        weights += weight;
    }
    double degrees = (double)fit->n - free;
    double t = lab_student_quantile((1 + confidence) / 2, degrees);
    return bend > 0 ? t * t / 2 * (squares / degrees) / (bend / weights) : (double)NAN;
}

/* ---- one point ---- */

typedef struct {
    const lab_fit *fit;
    const lab_law_rows *rows;
    lab_centred about;
    int parameter;
} profiling;

/* Where points are spread evenly: a floor itself, for its logarithm runs down without end. */
static double place_of(const profiling *of, double theta)
{
    return of->fit->law->parameter[of->parameter].floor ? exp(theta) : theta;
}

static double theta_at(const profiling *of, double place)
{
    const lab_fit *fit = of->fit;
    const int p = of->parameter;
    double theta = fit->law->parameter[p].floor ? log(fmax(place, 0)) : place;
    return fmin(fmax(theta, fit->low[p]), fit->high[p]);
}

/* The best objective with the parameter at place, from theta, which it moves, or from a basin of
 * the fit. Coefficients start where their terms stay as they are at the centre of the data. */
static double refit(const profiling *of, double place, double *theta)
{
    lab_fit held = *of->fit;
    const int p = of->parameter;
    double best = (double)INFINITY, from[LAB_LAW_PARAMETERS];
    held.fixed |= 1u << p;
    held.low[p] = held.high[p] = theta_at(of, place);
    memcpy(from, theta, sizeof from);
    for (int b = -1; b < held.basin_count; b++) {
        double at[LAB_LAW_PARAMETERS];
        memcpy(at, b < 0 ? from : held.basins[b].theta, sizeof at);
        lab_centred_move(&of->about, 1, at);
        at[p] = held.low[p];
        lab_centred_move(&of->about, -1, at);
        at[p] = held.low[p];
        double objective = lab_fit_again(&held, of->rows, at);
        if (!(objective < best)) continue;
        best = objective;
        memcpy(theta, at, sizeof at);
    }
    return best;
}

/* ---- one side ---- */

typedef struct {
    double place[LAB_PROFILE_SIDE], objective[LAB_PROFILE_SIDE]; /* outwards */
    double end;
    bool open;
} side;

/* The farthest place worth a point: where the objective is past BEYOND thresholds, or the bound. */
static double far_end(const profiling *of, double from, double bound, double rise)
{
    double theta[LAB_LAW_PARAMETERS], step = FIRST * (bound - from);
    memcpy(theta, of->fit->theta, sizeof theta);
    for (; fabs(step) < fabs(bound - from); step *= 2)
        if (refit(of, from + step, theta) > of->fit->objective + BEYOND * rise) return from + step;
    return bound;
}

/* Where the rise is reached between two places, by halving. */
static double crossing(const profiling *of, double inside, double outside, double rise,
                       const double *theta)
{
    double at[LAB_LAW_PARAMETERS];
    memcpy(at, theta, sizeof at);
    for (int i = 0; i < CROSSINGS && fabs(outside - inside) > 1e-7 * fabs(outside); i++) {
        double middle = (inside + outside) / 2;
        if (refit(of, middle, at) > of->fit->objective + rise)
            outside = middle;
        else
            inside = middle;
    }
    return (inside + outside) / 2;
}

static void walk(side *out, const profiling *of, double from, double bound, double rise)
{
    double theta[LAB_LAW_PARAMETERS], before[LAB_LAW_PARAMETERS], last = from;
    const double far = far_end(of, from, bound, rise);
    memcpy(theta, of->fit->theta, sizeof theta);
    *out = (side){.end = bound, .open = true};
    for (int i = 0; i < LAB_PROFILE_SIDE; i++) {
        out->place[i] = from + (far - from) * (i + 1) / LAB_PROFILE_SIDE;
        memcpy(before, theta, sizeof before);
        out->objective[i] = refit(of, out->place[i], theta);
        if (out->open && out->objective[i] > of->fit->objective + rise) {
            out->open = false;
            out->end = crossing(of, last, out->place[i], rise, before);
        }
        last = out->place[i];
    }
}

static void keep(lab_profile *profile, const profiling *of, double place, double objective)
{
    const int p = profile->parameter;
    profile->value[profile->count] = lab_law_value(of->fit->law, p, theta_at(of, place));
    profile->objective[profile->count++] = objective;
    profile->lower |= objective < of->fit->objective * (1 - BELOW) - 1e-14;
}

void lab_profile_make(lab_profile *profile, const lab_fit *fit, const lab_law_rows *rows,
                      int parameter, const lab_profile_options *options)
{
    static const lab_profile_options defaults = {0};
    const lab_profile_options *as = options ? options : &defaults;
    const double confidence = as->confidence > 0 ? as->confidence : CONFIDENCE;
    profiling of = {.fit = fit, .rows = rows, .parameter = parameter};
    side low, high;
    LAB_ASSERT(!fit->reason && !(fit->fixed >> parameter & 1));
    *profile = (lab_profile){.parameter = parameter, .confidence = confidence};
    profile->rise = as->rise > 0 ? as->rise : lab_profile_rise(fit, rows, confidence);
    lab_centred_init(&of.about, rows, fit->fixed);
    double from = place_of(&of, fit->theta[parameter]);
    walk(&low, &of, from, place_of(&of, fit->low[parameter]), profile->rise);
    walk(&high, &of, from, place_of(&of, fit->high[parameter]), profile->rise);
    for (int i = LAB_PROFILE_SIDE - 1; i >= 0; i--)
        keep(profile, &of, low.place[i], low.objective[i]);
    keep(profile, &of, from, fit->objective);
    for (int i = 0; i < LAB_PROFILE_SIDE; i++) keep(profile, &of, high.place[i], high.objective[i]);
    lab_centred_finish(&of.about);
    profile->open_low = low.open;
    profile->open_high = high.open;
    profile->interval = (lab_interval){lab_law_value(fit->law, parameter, theta_at(&of, low.end)),
                                       lab_law_value(fit->law, parameter, theta_at(&of, high.end))};
}
