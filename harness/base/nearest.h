/* base/nearest.h - which of many names a mistyped one most likely means.
 *
 *     lab_nearest nearest = lab_nearest_to("rnus");
 *     for (...) lab_nearest_offer(&nearest, name[i]);
 *     if (*nearest.name) printf("the nearest is %s", nearest.name);
 */
#ifndef LAB_NEAREST_H
#define LAB_NEAREST_H
#include "base/base.h"

enum { LAB_NEAREST_BYTES = 128 }; /* of a name, NUL included; longer ones are near to nothing */

typedef struct {
    const char *wanted;           /* borrowed */
    char name[LAB_NEAREST_BYTES]; /* the nearest so far, or "": none is near */
    int distance;                 /* its; a name must be nearer to take its place */
} lab_nearest;

/* How near a name has to be grows with the length of what was typed, which may also be the
 * beginning of the name. */
lab_nearest lab_nearest_to(const char *wanted);
void lab_nearest_offer(lab_nearest *nearest, const char *name);
/* Edits (insert, delete, replace, swap of neighbours) that turn a into b. */
int lab_nearest_distance(const char *a, const char *b);
#endif
