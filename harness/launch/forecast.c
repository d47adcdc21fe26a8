/* What the launcher knows of time and memory: before a run from others, then from the run itself.
 */
#include "base/heap.h"
#include "launch/launcher.h"
#include <math.h>

/* A run that has come so far tells more of itself than others do; one that has come a little tells
 * of its start alone. */
static const double own_share = 0.1, learnt_share = 0.35;
/* Timing is worth half a second a shape where runs of many times that wait. */
enum { TIMED_SHAPES = 2 };
static const double refresh_every_s = 0.5;

/* Share of all steps that this attempt has made itself. */
static double share_made(const lab_job *job)
{
    return job->steps > 0 ? (double)(job->step - job->step_first) / (double)job->steps : 0;
}

double lab_launcher_share_left(const lab_launcher *l, isize cell)
{
    int64_t steps = l->costs.cells ? l->costs.cells[cell].steps : 0, reached = l->reached[cell];
    bool resumes = reached > 0 && reached <= steps;
    return resumes ? (double)(steps - reached) / (double)steps : 1;
}

double lab_launcher_left(const lab_launcher *l, const lab_job *job)
{
    double ran = lab_clock_s() - job->started_s, made = share_made(job);
    double left = 1 - lab_job_share(job);
    if (job->steps > 0 && made >= own_share) return ran * left / made;
    double whole = l->costs.cells
                       ? lab_rates_core_s(&l->costs.rates, &l->costs.cells[job->cell].cost)
                       : (double)NAN;
    double rest = whole * lab_launcher_share_left(l, job->cell) / job->workers - ran;
    return isnan(rest) || rest > 0 ? rest : 0;
}

int lab_launcher_busy(const lab_launcher *l, lab_running *out)
{
    int count = 0;
    for (int i = 0; i < l->places; i++) {
        const lab_job *job = &l->jobs[i];
        if (job->pid == 0) continue;
        out[count++] = (lab_running){job->cell, lab_launcher_left(l, job), job->workers};
    }
    return count;
}

double lab_launcher_sweep_left(const lab_launcher *l)
{
    lab_running *busy = lab_heap_take(l->places * (isize)sizeof *busy);
    int count = lab_launcher_busy(l, busy);
    double left = lab_schedule_left(&l->schedule, busy, count);
    lab_heap_free(busy);
    return left;
}

static void learn(lab_launcher *l)
{
    for (int i = 0; i < l->places; i++) {
        const lab_job *job = &l->jobs[i];
        double made = share_made(job), ran = lab_clock_s() - job->started_s;
        if (job->pid == 0 || made < learnt_share) continue;
        lab_estimate_learn(&l->costs, job->cell, ran * job->workers, made, job->rss_peak);
    }
}

/* Of a whole run; cells of the same costs share what was found for the first. */
typedef struct {
    double core_s;
    int64_t bytes;
    bool found;
} need;

static const need *need_of(const lab_launcher *l, need *needs, isize cell)
{
    isize first = l->costs.cells[cell].like;
    const lab_estimate *like = &l->costs.cells[first];
    if (!needs[first].found)
        needs[first] =
            (need){.core_s = lab_rates_core_s(&l->costs.rates, &like->cost),
                   .bytes = like->planned ? lab_rates_bytes(&l->costs.rates, &like->cost) : 0,
                   .found = true};
    return &needs[first];
}

void lab_launcher_refresh(lab_launcher *l)
{
    isize count = l->plan->sweep->count;
    if (!l->costs.cells || lab_clock_s() - l->refreshed_s < refresh_every_s) return;
    need *needs = lab_heap_take(count * (isize)sizeof *needs);
    learn(l);
    for (isize i = 0; i < count; i++) {
        lab_load *load = &l->schedule.loads[i];
        if (load->stage == LAB_SETTLED) continue;
        const need *n = need_of(l, needs, i);
        load->seconds = l->elsewhere[i] ? 0 : n->core_s * lab_launcher_share_left(l, i);
        load->bytes = n->bytes;
    }
    lab_schedule_sort(&l->schedule);
    lab_heap_free(needs);
    l->refreshed_s = lab_clock_s();
}

static bool asked_to_stop(void *launcher)
{
    lab_launcher *l = launcher;
    lab_launcher_take_signals(l);
    return l->interrupts > 0;
}

static lab_status plan(lab_launcher *l, lab_error *err)
{
    const lab_until until = {asked_to_stop, l};
    const lab_launch *p = l->plan;
    isize open = 0;
    bool *wanted = lab_heap_take(p->sweep->count * (isize)sizeof *wanted);
    for (isize i = 0; i < p->sweep->count; i++) {
        wanted[i] = l->schedule.loads[i].stage == LAB_OPEN;
        open += wanted[i];
    }
    lab_status status = LAB_OK;
    if (open > 1) {
        status = lab_estimate_plan(&l->costs, p->engine, p->sweep, wanted, until, err);
        if (status == LAB_OK) status = lab_estimate_recall(&l->costs, p->ledger, err);
        if (status == LAB_OK)
            status = lab_estimate_time(&l->costs, p->engine, p->sweep, TIMED_SHAPES, until, err);
    }
    lab_heap_free(wanted);
    return status;
}

void lab_launcher_plan(lab_launcher *l)
{
    lab_error err;
    if (plan(l, &err) != LAB_OK) lab_board_say(&l->board, "no time can be foretold: %s", err.text);
    lab_launcher_refresh(l);
}
