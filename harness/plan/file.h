/* plan/file.h - planned runs as a sweep file, and the cells that such a file gives. */
#ifndef LAB_PLAN_FILE_H
#define LAB_PLAN_FILE_H
#include "plan/ladder.h"

typedef struct {
    const char *name, *about, *question, *prediction, *decide; /* NULL but for name: left out */
    const char *base;                                          /* as the file is to name it */
    const char *lr; /* optim.lr_peak as an expression of a sweep file; NULL: the base's */
    int seeds;      /* 0 to seeds - 1; 1: the base's alone */
} lab_plan_file;

/* Appends the file. Its cells stand in the order of cells, seeds varying fastest. */
void lab_plan_file_text(lab_text *text, const lab_plan_file *file, const lab_ladder *ladder,
                        const lab_ladder_cell *cells, isize count);
/* The path by which a file in the folder of path may name another: relative where both lie below
 * one folder that is not the root. Absolute paths without links; appends. */
void lab_plan_file_relative(lab_text *out, const char *path, const char *other);
/* What text gives where it stands alone, its base absolute. The caller finishes the sweep, also
 * after a failure. */
LAB_CHECKED lab_status lab_plan_file_expand(lab_sweep *out, const lab_text *text,
                                            lab_engine *engine, lab_error *err);
#endif
