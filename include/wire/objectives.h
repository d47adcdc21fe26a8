/* wire/objectives.h - every pre-training objective: the choices of the key objective.name.
 *
 * WIRE_OBJECTIVES(O) expands O(id, "name", "help").
 */
#ifndef WIRE_OBJECTIVES_H
#define WIRE_OBJECTIVES_H

/* clang-format off */
#define WIRE_OBJECTIVES(O) \
    O(aim, "aim", "the next patch, from those before it") \
    O(mae, "mae", "hidden patches, from the encoded visible ones, by a decoder") \
    O(masked, "masked", "hidden patches, from a trunk that sees mask tokens in their place") \
    O(beit, "beit", "codes of blocks of hidden patches") \
    O(dino, "dino", "a teacher's output for other crops of the image") \
    O(ibot, "ibot", "dino, and a teacher's output for hidden patches") \
    O(dinov2, "dinov2", "ibot, with KoLeo and Sinkhorn-Knopp")
/* clang-format on */

/* "aim|mae|...": each name comes with a bar before it, of which the first is skipped. */
#define WIRE_OBJECTIVE_BAR(id, name, help)  "|" name
#define WIRE_OBJECTIVE_CHOICES              (&(WIRE_OBJECTIVES(WIRE_OBJECTIVE_BAR))[1])
#define WIRE_OBJECTIVE_LINE(id, name, help) "; " name ": " help
#define WIRE_OBJECTIVE_HELP                 WIRE_OBJECTIVES(WIRE_OBJECTIVE_LINE)

#endif
