/* wire/objectives.h - what a trunk can be trained by: a line for each, and a file of the same name
 * in engine/objective.
 *
 * WIRE_OBJECTIVES(O) expands O(name, "help") for each, the default first.
 */
#ifndef WIRE_OBJECTIVES_H
#define WIRE_OBJECTIVES_H

/* clang-format off */
#define WIRE_OBJECTIVES(O) \
    O(aim, "autoregressive: each patch predicts the next one's pixels")
/* clang-format on */

#endif
