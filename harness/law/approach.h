/* law/approach.h - how the best N and D grow with compute, N* ~ C^a and D* ~ C^b, in three ways.
 *
 * Those of Hoffmann et al., arXiv:2203.15556, section 3:
 *   envelope  in log-spaced bins of compute the run of least loss; a line through (log C, log N)
 *   isoflop   runs of nearly equal compute form a budget; a parabola of L in log N has its vertex
 *             at N*, one in log D at D*; a line through the vertices
 *   surface   of a fitted chinchilla law: a = beta / (alpha + beta), b = alpha / (alpha + beta)
 * The intervals are percentiles of a bootstrap: clusters of runs are drawn from all for the
 * envelope, those of each budget within it for isoflop; the surface has its fit's draws.
 *
 * A parabola is not what a surface looks like along a budget, so that isoflop is off even without
 * noise (arXiv:2603.22339). By how much depends on the design alone, so it is computed: the very
 * same N, D and C, with the surface's loss.
 */
#ifndef LAB_APPROACH_H
#define LAB_APPROACH_H
#include "law/budget.h"
#include "law/optimum.h"

/* A line of log N* (or log D*) over log C. */
typedef struct {
    double exponent, intercept;
    lab_interval interval; /* of exponent; NaN where there is none */
    int points;            /* bins or budgets that it goes through; 0: of a surface */
} lab_approach_line;

typedef struct {
    double bins;      /* of the envelope, in a decade of compute; 0: 4 */
    double tolerance; /* of isoflop budgets, law/budget.h; 0: LAB_BUDGET_TOLERANCE */
    bool outside;     /* vertices outside the sampled range count, too */
    int draws;        /* 0: LAB_DRAWS_DEFAULT; -1: no intervals */
    uint64_t seed;
    double confidence;        /* 0: 0.95 */
    lab_approach_line *drawn; /* [draws, 2], filled in: n and d of each draw that has lines, draws -
                                 lost of them; NULL: not wanted */
} lab_approach_options;

typedef enum {
    LAB_APPROACH_ENVELOPE,
    LAB_APPROACH_ISOFLOP,
    LAB_APPROACH_SURFACE
} lab_approach_kind;
enum { LAB_APPROACHES = 3 };
const char *lab_approach_name(int kind); /* "envelope", "isoflop", "surface" */

typedef struct {
    lab_approach_kind kind;
    const char *reason;     /* why there are no exponents, or NULL; reals are NaN then */
    lab_approach_line n, d; /* a and b */
    int budgets;            /* isoflop: that have 3 runs of distinct N or more */
    int few, dropped;       /* isoflop: with fewer; whose parabola in log N has no vertex that
                               counts: it opens downwards, or it lies outside */
    int lost;               /* draws without a line */
} lab_approach;

void lab_approach_envelope(lab_approach *out, const lab_runs *runs,
                           const lab_approach_options *options);
void lab_approach_isoflop(lab_approach *out, const lab_runs *runs,
                          const lab_approach_options *options);
/* theta of a chinchilla law; draws NULL: no intervals. factor: C = factor N D. */
void lab_approach_surface(lab_approach *out, const lab_law *law, const double *theta, double factor,
                          const lab_draws *draws, double confidence);

/* N* (or D*) at compute on a line. */
double lab_approach_at(const lab_approach_line *line, double compute);

/* What isoflop says of the surface of theta at the very same design, less the truth. */
typedef struct {
    const char *reason; /* why that is not known, or NULL; reals are NaN then */
    double exponent;    /* of a: isoflop's less the surface's */
    double ratio;       /* N* by parabolas over N* of the surface, at compute */
    double corrected;   /* the measured exponent less that bias */
    double corrected_n; /* the measured N* at compute over that ratio */
} lab_approach_bias;

void lab_approach_isoflop_bias(lab_approach_bias *bias, const lab_approach *isoflop,
                               const lab_runs *runs, const lab_approach_options *options,
                               const lab_law *law, const double *theta, double compute);

/* Whether intervals of a lie apart: bit 3 i + j of approaches i < j. Those without do not count. */
unsigned lab_approach_disagree(const lab_approach approaches[], int count);
#endif
