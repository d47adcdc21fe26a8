/* report/law_figures.h - what the figures of laws share. */
#ifndef LAB_LAW_FIGURES_H
#define LAB_LAW_FIGURES_H
#include "report/chart.h"
#include "report/figure.h"

/* Says that there is no surface, and why; returns whether that is so. */
bool lab_laws_missing(const lab_scene *scene);
/* A series of markers for the runs of a class of size, the same in every figure; named: it stands
 * in the legend. */
void lab_laws_series(lab_chart *chart, const lab_laws *laws, int class, bool named);
#endif
