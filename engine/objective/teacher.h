/* objective/teacher.h - a teacher that follows its student: its weights are a moving average of the
 * student's (aim.md 9). What it keeps of itself grows along half a cosine, from momentum to 1.
 *
 * The teacher is what state begins with: the student's parameters once more, under their names
 * behind VT_TEACHER, each at the same place of its buffer.
 */
#ifndef VT_TEACHER_H
#define VT_TEACHER_H
#include "model/param.h"
#include "par/pool.h"

#define VT_TEACHER "teacher."

/* Values of the teacher from params, all that follow in state 0. */
void vt_teacher_start(vt_params *state, const vt_params *params);
/* One step of following, once the student has taken its own. progress: steps done before it, as a
 * share of all. */
void vt_teacher_follow(vt_params *state, const vt_params *params, double momentum, double progress,
                       vt_pool *pool);
/* 1 - (1 - momentum) (1 + cos(pi progress)) / 2 */
double vt_teacher_momentum(double momentum, double progress);
#endif
