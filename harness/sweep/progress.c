#include "sweep/progress.h"
#include "sweep/board.h"
#include <math.h>

static int task_of(const lab_cell *cell)
{
    return lab_config_task(&cell->config) == LAB_TASK_PROBE;
}

/* Proportional to a run's time among runs of one task, roughly: only for the time left. */
static double work_of(const lab_cell *cell)
{
    const lab_config *c = &cell->config;
    double side = (double)lab_config_int(c, LAB_KEY_data_image_px) /
                  (double)lab_config_int(c, LAB_KEY_model_patch_px);
    double width = (double)lab_config_int(c, LAB_KEY_model_width);
    double work = side * side * width * width * (double)lab_config_int(c, LAB_KEY_model_depth);
    if (task_of(cell)) return work * (double)lab_config_int(c, LAB_KEY_probe_epochs);
    return work * (double)lab_config_int(c, LAB_KEY_optim_steps) *
           (double)lab_config_int(c, LAB_KEY_optim_batch_images);
}

/* Share of all steps that this attempt has made itself. */
static double share_made(const lab_job *job)
{
    return job->steps > 0 ? (double)(job->step - job->step_first) / (double)job->steps : 0;
}

void lab_progress_add(lab_progress *progress, const lab_cell *cell)
{
    progress->left[task_of(cell)] += work_of(cell);
}

void lab_progress_drop(lab_progress *progress, const lab_cell *cell)
{
    progress->left[task_of(cell)] -= work_of(cell);
}

void lab_progress_done(lab_progress *progress, const lab_cell *cell, const lab_job *job,
                       double seconds)
{
    if (job->steps <= 0) return;
    progress->done[task_of(cell)] +=
        work_of(cell) * (double)(job->steps - job->step_first) / (double)job->steps;
    progress->seconds[task_of(cell)] += seconds;
}

double lab_progress_share(const lab_job *job)
{
    return job->steps > 0 ? (double)job->step / (double)job->steps : 0;
}

double lab_progress_left(const lab_progress *progress, const lab_sweep *sweep, const lab_job *jobs,
                         int count)
{
    double total = 0;
    for (int task = 0; task < 2; task++) {
        double done = progress->done[task], seconds = progress->seconds[task];
        double left = progress->left[task];
        for (int i = 0; i < count; i++) {
            const lab_job *job = &jobs[i];
            if (job->pid == 0 || task_of(&sweep->cells[job->cell]) != task) continue;
            double work = work_of(&sweep->cells[job->cell]);
            done += work * share_made(job);
            left += work * (1 - lab_progress_share(job));
            seconds += lab_clock_s() - job->started_s;
        }
        if (left <= 0) continue;
        if (done <= 0) return (double)NAN;
        total += left * seconds / done;
    }
    return total / count;
}
