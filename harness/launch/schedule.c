#include "launch/schedule.h"
#include "base/heap.h"
#include <math.h>
#include <string.h>

void lab_schedule_init(lab_schedule *schedule, isize count, lab_room room)
{
    *schedule = (lab_schedule){.count = count, .room = room};
    schedule->loads = lab_heap_take(count * (isize)sizeof *schedule->loads);
    schedule->order = lab_heap_take(count * (isize)sizeof *schedule->order);
    schedule->chains = lab_heap_take(count * (isize)sizeof *schedule->chains);
    for (isize i = 0; i < count; i++) {
        schedule->loads[i] = (lab_load){.seconds = (double)NAN, .parent = -1};
        schedule->order[i] = i;
    }
}

void lab_schedule_finish(lab_schedule *schedule)
{
    lab_heap_free(schedule->loads);
    lab_heap_free(schedule->order);
    lab_heap_free(schedule->chains);
    *schedule = (lab_schedule){0};
}

static double known(double seconds)
{
    return seconds > 0 ? seconds : 0; /* NaN is not */
}

/* ---- order ---- */

/* Stable, so that cells of unknown or equal length keep the order of the file. */
static void merge_sort(isize *order, isize *spare, isize count, const double *weight)
{
    isize half = count / 2, a = 0, b = half;
    if (count < 2) return;
    merge_sort(order, spare, half, weight);
    merge_sort(order + half, spare, count - half, weight);
    for (isize i = 0; i < count; i++) {
        bool first = b == count || (a < half && weight[order[a]] >= weight[order[b]]);
        spare[i] = first ? order[a++] : order[b++];
    }
    memcpy(order, spare, (size_t)count * sizeof *order);
}

void lab_schedule_sort(lab_schedule *schedule)
{
    double *chains = schedule->chains;
    isize *spare = lab_heap_take(schedule->count * (isize)sizeof *spare);
    for (isize i = 0; i < schedule->count; i++) {
        chains[i] = known(schedule->loads[i].seconds);
        schedule->order[i] = i;
    }
    for (isize i = 0; i < schedule->count; i++) {
        const lab_load *load = &schedule->loads[i];
        if (load->parent < 0) continue;
        double both = known(schedule->loads[load->parent].seconds) + known(load->seconds);
        if (chains[load->parent] < both) chains[load->parent] = both;
    }
    merge_sort(schedule->order, spare, schedule->count, chains);
    lab_heap_free(spare);
}

/* ---- threads ---- */

static double core_seconds_open(const lab_schedule *schedule)
{
    double sum = 0;
    for (isize i = 0; i < schedule->count; i++)
        if (schedule->loads[i].stage == LAB_OPEN) sum += known(schedule->loads[i].seconds);
    return sum;
}

/* Whether a run of that many seconds that wants more threads than are spare ends sooner when it
 * waits for what ends next. */
static bool better_later(double seconds, double wanted, int spare, const lab_running *running,
                         int count, double now_s)
{
    static const double worth = 0.95; /* lengths are estimates */
    for (int i = 0; i < count; i++) {
        double wait = known(running[i].seconds - now_s), cores = spare;
        for (int k = 0; k < count; k++)
            if (running[k].seconds <= running[i].seconds) cores += running[k].workers;
        if (wait + seconds / fmin(wanted, cores) < worth * seconds / spare) return true;
    }
    return false;
}

/* At least the one that is asked about. */
static isize cells_open(const lab_schedule *schedule)
{
    isize count = 0;
    for (isize i = 0; i < schedule->count; i++) count += schedule->loads[i].stage == LAB_OPEN;
    return count > 0 ? count : 1;
}

/* open: core seconds of all cells that are not begun, this one among them; what runs ends that many
 * seconds behind now_s. */
static int workers_for(const lab_schedule *schedule, isize cell, double open,
                       const lab_running *running, int count, double now_s)
{
    const lab_room *room = &schedule->room;
    int64_t bytes = schedule->loads[cell].bytes;
    int busy = 0;
    double left = open;
    for (int i = 0; i < count; i++) {
        busy += running[i].workers;
        bytes += schedule->loads[running[i].cell].bytes;
        left += known(running[i].seconds - now_s) * running[i].workers;
    }
    if (count >= room->jobs || (count > 0 && bytes > room->bytes)) return 0;
    if (room->workers > 0) return room->workers;
    int spare = room->cores - busy;
    if (spare < 1) return room->jobs > room->cores ? 1 : 0;
    double share = left / room->cores;
    /* A hair over is no thread's worth; where nothing is known all open cells share alike. */
    double wanted = share > 0 ? ceil(schedule->chains[cell] / share - 0.02)
                              : floor((double)spare / (double)cells_open(schedule));
    if (wanted <= spare) return wanted < 1 ? 1 : (int)wanted;
    double own = known(schedule->loads[cell].seconds);
    return better_later(own, wanted, spare, running, count, now_s) ? 0 : spare;
}

int lab_schedule_workers(const lab_schedule *schedule, isize cell, const lab_running *running,
                         int count)
{
    return workers_for(schedule, cell, core_seconds_open(schedule), running, count, 0);
}

/* ---- time left ---- */

typedef struct {
    lab_schedule schedule; /* a copy that time passes over */
    lab_running *running;  /* seconds are those at which it ends */
    int count;
    double now_s, open;
    isize first; /* cells before it in order are begun */
} future;

static bool waits(const future *f, isize cell)
{
    isize parent = f->schedule.loads[cell].parent;
    return parent >= 0 && f->schedule.loads[parent].stage != LAB_SETTLED;
}

static void start(future *f, isize cell, int workers)
{
    lab_load *load = &f->schedule.loads[cell];
    f->running[f->count++] =
        (lab_running){cell, f->now_s + known(load->seconds) / workers, workers};
    f->open -= known(load->seconds);
    load->stage = LAB_RUNNING;
}

static void start_what_fits(future *f)
{
    while (f->first < f->schedule.count &&
           f->schedule.loads[f->schedule.order[f->first]].stage != LAB_OPEN)
        f->first++;
    for (isize i = f->first; i < f->schedule.count && f->count < f->schedule.room.jobs; i++) {
        isize cell = f->schedule.order[i];
        if (f->schedule.loads[cell].stage != LAB_OPEN || waits(f, cell)) continue;
        int workers = workers_for(&f->schedule, cell, f->open, f->running, f->count, f->now_s);
        if (workers > 0) start(f, cell, workers);
    }
}

static void end_the_next(future *f)
{
    int next = 0;
    for (int i = 1; i < f->count; i++)
        if (f->running[i].seconds < f->running[next].seconds) next = i;
    f->now_s = f->running[next].seconds;
    f->schedule.loads[f->running[next].cell].stage = LAB_SETTLED;
    f->running[next] = f->running[--f->count];
}

static bool anything_unknown(const lab_schedule *schedule, const lab_running *running, int count)
{
    for (int i = 0; i < count; i++)
        if (isnan(running[i].seconds)) return true;
    for (isize i = 0; i < schedule->count; i++)
        if (schedule->loads[i].stage == LAB_OPEN && isnan(schedule->loads[i].seconds)) return true;
    return false;
}

double lab_schedule_left(const lab_schedule *schedule, const lab_running *running, int count)
{
    if (anything_unknown(schedule, running, count)) return (double)NAN;
    future f = {.schedule = *schedule, .count = count, .open = core_seconds_open(schedule)};
    isize places = schedule->room.jobs > count ? schedule->room.jobs : count;
    f.schedule.loads = lab_heap_take(schedule->count * (isize)sizeof *f.schedule.loads);
    f.running = lab_heap_take((places + 1) * (isize)sizeof *f.running);
    memcpy(f.schedule.loads, schedule->loads, (size_t)schedule->count * sizeof *schedule->loads);
    for (int i = 0; i < count; i++) f.running[i] = running[i];
    for (start_what_fits(&f); f.count > 0; start_what_fits(&f)) end_the_next(&f);
    lab_heap_free(f.schedule.loads);
    lab_heap_free(f.running);
    return f.now_s;
}
