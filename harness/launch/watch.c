#include "launch/watch.h"
#include "base/heap.h"

static const double silence_max_s = 120;

static lab_watched *find(lab_watch *watch, int64_t attempt_id)
{
    for (isize i = 0; i < watch->count; i++)
        if (watch->seen[i].attempt_id == attempt_id) return &watch->seen[i];
    return NULL;
}

static lab_watched *add(lab_watch *watch, int64_t attempt_id)
{
    if (watch->count == watch->capacity) {
        isize bytes = (isize)sizeof *watch->seen, capacity = watch->capacity * 2 + 16;
        watch->seen = lab_heap_grow(watch->seen, watch->capacity * bytes, capacity * bytes);
        watch->capacity = capacity;
    }
    lab_watched *seen = &watch->seen[watch->count++];
    seen->attempt_id = attempt_id;
    seen->beats = -1;
    return seen;
}

bool lab_watch_silent(lab_watch *watch, int64_t attempt_id, int64_t beats, double now_s)
{
    lab_watched *seen = find(watch, attempt_id);
    if (!seen) seen = add(watch, attempt_id);
    if (seen->beats != beats) {
        seen->beats = beats;
        seen->seen_s = now_s;
    }
    return now_s - seen->seen_s >= silence_max_s;
}

void lab_watch_finish(lab_watch *watch)
{
    lab_heap_free(watch->seen);
    *watch = (lab_watch){0};
}
