/* law/budget.h - isoFLOP budgets: runs of nearly equal compute, and the parabola through their
 * loss.
 *
 *     lab_budgets budgets;
 *     lab_budgets_init(&budgets, &runs, 0);
 *     for (int b = 0; b < budgets.count; b++) ... budgets.at[b].by_size.vertex ...
 *     lab_budgets_finish(&budgets);
 */
#ifndef LAB_BUDGET_H
#define LAB_BUDGET_H
#include "base/base.h"

/* C of a budget's runs is at most (1 + tolerance) times its least. */
#define LAB_BUDGET_TOLERANCE 0.1

/* Runs, each [n]; all positive and finite. The caller owns what pointers lead to. */
typedef struct {
    isize n;
    const double *size, *data, *compute, *loss; /* N, D, C, L */
    const isize *budget;  /* which budget each belongs to, < 0: none; NULL: by tolerance of C */
    const isize *cluster; /* runs of one number are drawn together; NULL: each by itself */
} lab_runs;

/* L = floor + curvature (log x - log vertex)^2 by least squares. */
typedef struct {
    double vertex;    /* x of the least L; NaN: it opens downwards, or there are fewer than 3 x */
    double floor;     /* L there */
    double curvature; /* > 0: a valley */
    double low, high; /* the sampled range of x */
    bool inside;      /* the vertex lies in it */
} lab_parabola;

/* Of n pairs; order [n] names them, and may name one more than once. x in logarithms. */
void lab_parabola_fit(lab_parabola *parabola, const double *log_x, const double *y,
                      const isize *order, isize n);

typedef struct {
    isize first, n;                /* its runs are order[first .. first + n) */
    double compute;                /* geometric mean */
    lab_parabola by_size, by_data; /* over N and over D */
} lab_budget;

typedef struct {
    lab_budget *at; /* [count], of rising compute; owned */
    int count;
    isize *order;          /* [n] of runs by budget; owned */
    double *log_n, *log_d; /* [n]; owned */
} lab_budgets;

/* tolerance 0: LAB_BUDGET_TOLERANCE. */
void lab_budgets_init(lab_budgets *budgets, const lab_runs *runs, double tolerance);
void lab_budgets_finish(lab_budgets *budgets);
#endif
