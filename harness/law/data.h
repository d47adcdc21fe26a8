/* law/data.h - the rows that a law is fitted to, read once.
 *
 *     lab_law_data data;
 *     lab_law_data_init(&data, law, true, n);
 *     for (isize i = 0; i < n; i++) lab_law_data_set(&data, i, x_i, y_i, i);
 *     ...
 *     lab_law_data_finish(&data);
 */
#ifndef LAB_LAW_DATA_H
#define LAB_LAW_DATA_H
#include "law/loss.h"

typedef struct {
    const lab_law *law;
    bool logs;
    isize n;
    double *x;        /* [n, columns], owned */
    double *y;        /* [n], owned */
    double *feature;  /* [n, lab_law_features], owned */
    double *response; /* [n], owned */
    isize *cluster;   /* [n], owned: rows of one number are one draw of a bootstrap */
} lab_law_data;

/* Why a law cannot read that row, in words, or NULL. */
const char *lab_law_refuses(const lab_law *law, const double *x, double y);

/* logs: residuals in log y, where the law is a sum of powers; others have them in y. */
void lab_law_data_init(lab_law_data *data, const lab_law *law, bool logs, isize n);
/* Row i of x [columns] and y, which the law does not refuse. */
void lab_law_data_set(lab_law_data *data, isize i, const double *x, double y, isize cluster);
void lab_law_data_finish(lab_law_data *data);

/* Its rows, weighted: weight [n] or NULL is borrowed. */
lab_law_rows lab_law_data_rows(const lab_law_data *data, const double *weight);
double lab_law_data_x(const lab_law_data *data, isize i, int column);

/* Numbers rows of one key [n] alike, from 0 in the order in which their first ones come; rows
 * without weight have -1. Returns how many numbers there are. */
isize lab_law_number(isize *number, const isize *key, const double *weight, isize n);
/* The same of rows of one x. */
isize lab_law_data_number_x(isize *number, const lab_law_data *data, const double *weight);
#endif
