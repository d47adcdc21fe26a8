#include "law/data.h"
#include "base/heap.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *lab_law_refuses(const lab_law *law, const double *x, double y)
{
    const bool logs = law->kind == LAB_LAW_POWERS;
    for (int k = 0; k < law->columns; k++) {
        if (!isfinite(x[k])) return "a value is missing or not finite";
        if (logs && !(x[k] > 0)) return "a value is not positive";
    }
    if (!isfinite(y)) return "the response is missing or not finite";
    if (logs && !(y > 0)) return "the response is not positive";
    return NULL;
}

void lab_law_data_init(lab_law_data *data, const lab_law *law, bool logs, isize n)
{
    const isize real = (isize)sizeof(double);
    *data = (lab_law_data){.law = law,
                           .logs = logs && law->kind == LAB_LAW_POWERS,
                           .n = n,
                           .x = lab_heap_take(n * law->columns * real),
                           .y = lab_heap_take(n * real),
                           .feature = lab_heap_take(n * lab_law_features(law) * real),
                           .response = lab_heap_take(n * real),
                           .cluster = lab_heap_take(n * (isize)sizeof(isize))};
}

void lab_law_data_set(lab_law_data *data, isize i, const double *x, double y, isize cluster)
{
    const lab_law *law = data->law;
    LAB_ASSERT(i >= 0 && i < data->n && !lab_law_refuses(law, x, y));
    memcpy(data->x + i * law->columns, x, (size_t)law->columns * sizeof *x);
    data->y[i] = y;
    lab_law_feature(law, x, data->feature + i * lab_law_features(law));
    data->response[i] = data->logs ? log(y) : y;
    data->cluster[i] = cluster;
}

void lab_law_data_finish(lab_law_data *data)
{
    lab_heap_free(data->x);
    lab_heap_free(data->y);
    lab_heap_free(data->feature);
    lab_heap_free(data->response);
    lab_heap_free(data->cluster);
    *data = (lab_law_data){0};
}

lab_law_rows lab_law_data_rows(const lab_law_data *data, const double *weight)
{
    return (lab_law_rows){.law = data->law,
                          .n = data->n,
                          .feature = data->feature,
                          .response = data->response,
                          .logs = data->logs,
                          .weight = weight};
}

double lab_law_data_x(const lab_law_data *data, isize i, int column)
{
    return data->x[i * data->law->columns + column];
}

/* ---- rows that are alike ---- */

typedef struct {
    isize key, row;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *left = a, *right = b;
    if (left->key != right->key) return left->key < right->key ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

isize lab_law_number(isize *number, const isize *key, const double *weight, isize n)
{
    keyed *sorted = lab_heap_take((n + 1) * (isize)sizeof *sorted);
    isize kept = 0, count = 0, first = 0;
    for (isize i = 0; i < n; i++) {
        number[i] = -1;
        if (!weight || weight[i] > 0) sorted[kept++] = (keyed){key[i], i};
    }
    qsort(sorted, (size_t)kept, sizeof *sorted, by_key);
    for (isize i = 0; i < kept; i++) {
        if (sorted[i].key != sorted[first].key) first = i;
        number[sorted[i].row] = sorted[first].row;
    }
    lab_heap_free(sorted);
    for (isize i = 0; i < n; i++) /* the first row of a key comes before the others */
        if (number[i] >= 0) number[i] = number[i] == i ? count++ : number[number[i]];
    return count;
}

isize lab_law_data_number_x(isize *number, const lab_law_data *data, const double *weight)
{
    const isize n = data->n;
    isize *key = lab_heap_take((2 * n + 1) * (isize)sizeof *key), *column = key + n, count = 0;
    for (isize i = 0; i < n; i++) number[i] = 0;
    for (int k = 0; k < data->law->columns; k++) {
        for (isize i = 0; i < n; i++) {
            double x = lab_law_data_x(data, i, k);
            memcpy(&key[i], &x, sizeof x);
        }
        (void)lab_law_number(column, key, weight, n);
        for (isize i = 0; i < n; i++) key[i] = number[i] * n + column[i];
        count = lab_law_number(number, key, weight, n);
    }
    lab_heap_free(key);
    return count;
}
