#include "law/data.h"
#include "base/heap.h"
#include <math.h>
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
