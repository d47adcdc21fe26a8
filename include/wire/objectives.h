/* wire/objectives.h - what a trunk can be trained by: a line for each, and a file of the same name
 * in engine/objective. The choices of the key objective.name, the default first.
 *
 * WIRE_OBJECTIVES(O) expands O(name, "help") for each.
 */
#ifndef WIRE_OBJECTIVES_H
#define WIRE_OBJECTIVES_H

/* clang-format off */
#define WIRE_OBJECTIVES(O) \
    O(aim, "the next patch, from those before it") \
    O(mae, "dropped patches, by a decoder, from those that the trunk sees") \
    O(masked, "hidden patches, by a trunk that sees mask tokens in their place") \
    O(beit, "codes of hidden blocks of patches, likewise") \
    O(dino, "a teacher's output for the image's other crops") \
    O(ibot, "dino, and the teacher's output for masked patches") \
    O(dinov2, "ibot with heads apart, Sinkhorn-Knopp and KoLeo")
/* clang-format on */

/* "aim|mae|...": each name comes with a bar before it, of which the first is skipped. */
#define WIRE_OBJECTIVE_BAR(name, help)  "|" #name
#define WIRE_OBJECTIVE_CHOICES          (&(WIRE_OBJECTIVES(WIRE_OBJECTIVE_BAR))[1])
#define WIRE_OBJECTIVE_LINE(name, help) "; " #name ": " help
#define WIRE_OBJECTIVE_HELP             WIRE_OBJECTIVES(WIRE_OBJECTIVE_LINE)

#endif
