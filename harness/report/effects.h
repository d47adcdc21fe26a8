/* report/effects.h - contrasts (study/ablation.h) in figures and words; of ablation.c. */
#ifndef LAB_EFFECTS_H
#define LAB_EFFECTS_H
#include "report/figure.h"
#include "study/contrast.h"

/* The contrasts of one outcome that are shown, in the order of the table, which numbers them. */
typedef struct {
    const lab_scene *scene;
    const char *outcome, *title;
    const lab_contrast **shown; /* [count], owned by who made it */
    isize count, all;           /* all: those there are */
} lab_effects;

/* "model.width 32 \u2192 64, at optim.steps 400" takes the place of what out holds. */
void lab_effects_name(lab_text *out, const lab_contrast *contrast);
const char *lab_effects_unit(const lab_contrast *contrast); /* "" or " points" */
lab_short lab_effects_difference(const lab_contrast *contrast);
lab_short lab_effects_interval(const lab_contrast *contrast); /* "" where there is none */

/* Every difference with its interval, one place a contrast, one colour a key. */
void lab_effects_forest(const lab_effects *effects);
/* The pairs of the largest differences that can be told apart, a small plot each. */
void lab_effects_pairs(const lab_effects *effects);
#endif
