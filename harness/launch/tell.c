/* What a person sees of a sweep that runs. */
#include "base/terminal.h"
#include "launch/launcher.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

static void label(const lab_launcher *l, isize cell, lab_text *text)
{
    const lab_cell *c = &l->plan->sweep->cells[cell];
    lab_text_add(text, "%s %-9s ", lab_run_of(c->hash.hex).text, lab_cell_kind(c));
    lab_sweep_label(c, l->varying, text);
}

static lab_ink ink_of(const char *word)
{
    if (strcmp(word, "done") == 0) return LAB_GREEN;
    if (strcmp(word, "start") == 0 || strcmp(word, "resume") == 0) return LAB_DIM;
    bool asked = strcmp(word, "stopped") == 0 || strcmp(word, "preempted") == 0 ||
                 strcmp(word, "pruned") == 0;
    return asked ? LAB_YELLOW : LAB_RED;
}

void lab_tell(lab_launcher *l, isize cell, const char *word, const char *more)
{
    lab_text text = {0};
    label(l, cell, &text);
    lab_board_say(&l->board, "[%d/%td] %s%-8s%s %s%s%s", lab_launcher_settled(l),
                  l->plan->sweep->count, lab_terminal_ink(STDOUT_FILENO, ink_of(word)), word,
                  lab_terminal_ink(STDOUT_FILENO, LAB_PLAIN), lab_text_of(&text), *more ? "  " : "",
                  more);
    lab_text_finish(&text);
}

void lab_tell_begun(lab_launcher *l, lab_job *job)
{
    lab_text more = {0};
    if (job->told || !job->begun) return;
    if (job->step_first > 0) lab_text_add(&more, "from step %lld", (long long)job->step_first);
    if (job->workers > 1)
        lab_text_add(&more, "%swith %d threads", more.length > 0 ? ", " : "", job->workers);
    lab_tell(l, job->cell, job->step_first > 0 ? "resume" : "start", lab_text_of(&more));
    lab_text_finish(&more);
    job->told = true;
}

void lab_tell_failure(lab_launcher *l, const char *log, const char *reason, const char *tail)
{
    lab_board_say(&l->board, "    %s", reason);
    lab_board_say(&l->board, "    log: %s", log);
    while (*tail) {
        int bytes = (int)strcspn(tail, "\n");
        lab_board_say(&l->board, "    | %.*s", bytes, tail);
        tail += bytes + (tail[bytes] == '\n');
    }
}

static void bar(const lab_launcher *l, const lab_job *job, lab_text *text)
{
    double left = lab_launcher_left(l, job);
    lab_text_put(text, "  ");
    lab_board_bar(text, lab_job_share(job), 16);
    lab_text_add(text, " %3.0f%% ", 100 * lab_job_share(job));
    if (job->images_per_s > 0)
        lab_text_add(text, "%s images/s ", lab_short_count(job->images_per_s).text);
    if (isfinite(left)) lab_text_add(text, "%s left ", lab_short_seconds(left).text);
    label(l, job->cell, text);
    lab_text_put(text, "\n");
}

void lab_tell_progress(lab_launcher *l)
{
    lab_text text = {0};
    for (int i = 0; i < l->places; i++)
        if (l->jobs[i].pid != 0) bar(l, &l->jobs[i], &text);
    double left = lab_launcher_sweep_left(l);
    lab_text_add(&text, "%d of %td cells settled, %d running, %s so far", lab_launcher_settled(l),
                 l->plan->sweep->count, lab_launcher_running(l),
                 lab_short_seconds(lab_clock_s() - l->started_s).text);
    if (isfinite(left)) lab_text_add(&text, ", about %s left", lab_short_seconds(left).text);
    if (l->interrupts) lab_text_put(&text, "; stopping");
    lab_text_put(&text, "\n");
    lab_board_draw(&l->board, lab_text_of(&text));
    lab_text_finish(&text);
}
