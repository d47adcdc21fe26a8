/* plan/ladder.h - the sizes and lengths that next runs may have, from a base config.
 *
 * Without a list, widths go up and down from the base's by factors of sqrt(2), in multiples of 4
 * and of its heads; depth and heads are the base's. The head's width goes with the trunk's where
 * the base has them equal.
 */
#ifndef LAB_LADDER_H
#define LAB_LADDER_H
#include "launch/engine.h"
#include "plan/cost.h"

enum { LAB_LADDER_STEPS = 8 }; /* up, and down, without a list */

typedef struct {
    int width, heads, depth;
    double n, flops_step, patches_step; /* as the engine plans it */
} lab_ladder_size;

typedef struct {
    lab_config base;
    char path[4096]; /* of the base, absolute */
    bool tied;       /* head.width is model.width */
    int count;
    lab_ladder_size sizes[LAB_PLAN_SIZES]; /* by N, ascending */
    lab_plan_prices prices;
} lab_ladder;

/* sizes: "32,64/8,96/8/4", WIDTH[/HEADS[/DEPTH]], or NULL; total: N counts the head, too. The
 * engine is asked once a size; of a list, one that it refuses is an error. */
LAB_CHECKED lab_status lab_ladder_make(lab_ladder *out, lab_engine *engine, const char *base,
                                       const char *sizes, bool total, lab_error *err);

/* One run that may be planned: a size, and how many steps. */
typedef struct {
    int size; /* of the ladder */
    int64_t steps;
    double n, d, compute;
} lab_ladder_cell;
lab_ladder_cell lab_ladder_at(const lab_ladder *ladder, int size, int64_t steps);
#endif
