#include "launch/pack.h"
#include "base/heap.h"
#include <math.h>
#include <stdlib.h>

typedef struct {
    isize root; /* first cell of the group */
    double seconds;
} group;

static isize root_of(const lab_sweep *sweep, isize cell)
{
    isize parent = sweep->cells[cell].parent_cell;
    return parent >= 0 ? parent : cell;
}

static double mean_of(const double *seconds, const bool *wanted, isize count)
{
    double sum = 0;
    int known = 0;
    for (isize i = 0; i < count; i++) {
        if (!wanted[i] || !isfinite(seconds[i])) continue;
        sum += seconds[i];
        known++;
    }
    return known > 0 ? sum / known : 60;
}

static int longest_first(const void *a, const void *b)
{
    const group *x = a, *y = b;
    if (x->seconds != y->seconds) return x->seconds < y->seconds ? 1 : -1;
    return x->root < y->root ? -1 : x->root > y->root;
}

/* Gives the count. */
static int make_groups(group *groups, const lab_sweep *sweep, const bool *wanted,
                       const double *seconds)
{
    int count = 0;
    double mean = mean_of(seconds, wanted, sweep->count);
    isize *place = lab_heap_take(sweep->count * (isize)sizeof *place);
    for (isize i = 0; i < sweep->count; i++) {
        isize root = root_of(sweep, i);
        if (!wanted[i]) continue;
        if (place[root] == 0) {
            groups[count] = (group){.root = root};
            place[root] = ++count;
        }
        groups[place[root] - 1].seconds += isfinite(seconds[i]) ? seconds[i] : mean;
    }
    lab_heap_free(place);
    return count;
}

static int tasks_for(const group *groups, int count, int tasks, double task_s)
{
    double total = 0;
    for (int g = 0; g < count; g++) total += groups[g].seconds;
    double wanted = tasks > 0 ? tasks : ceil(total / task_s);
    if (tasks == 0 && wanted > LAB_PACK_TASKS_MAX) wanted = LAB_PACK_TASKS_MAX;
    if (wanted > count) wanted = count;
    return wanted < 1 ? 1 : (int)wanted;
}

void lab_pack(lab_packing *out, const lab_sweep *sweep, const bool *wanted, const double *seconds,
              int tasks, double task_s)
{
    group *groups = lab_heap_take((sweep->count + 1) * (isize)sizeof *groups);
    int *task_of_root = lab_heap_take((sweep->count + 1) * (isize)sizeof *task_of_root);
    int count = make_groups(groups, sweep, wanted, seconds);
    qsort(groups, (size_t)count, sizeof *groups, longest_first);
    *out = (lab_packing){.tasks = tasks_for(groups, count, tasks, task_s), .groups = count};
    out->task = lab_heap_take((sweep->count + 1) * (isize)sizeof *out->task);
    out->seconds = lab_heap_take(out->tasks * (isize)sizeof *out->seconds);
    for (isize i = 0; i < sweep->count; i++) task_of_root[i] = -1;
    for (int g = 0; g < count; g++) {
        int least = 0;
        for (int t = 1; t < out->tasks; t++)
            if (out->seconds[t] < out->seconds[least]) least = t;
        out->seconds[least] += groups[g].seconds;
        task_of_root[groups[g].root] = least;
    }
    for (isize i = 0; i < sweep->count; i++) {
        isize root = root_of(sweep, i);
        out->task[i] = wanted[i] || root == i ? task_of_root[root] : -1;
    }
    lab_heap_free(groups);
    lab_heap_free(task_of_root);
}

void lab_packing_finish(lab_packing *packing)
{
    lab_heap_free(packing->task);
    lab_heap_free(packing->seconds);
    *packing = (lab_packing){0};
}
