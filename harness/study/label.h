/* study/label.h - what tells one of several settings from the others. */
#ifndef LAB_LABEL_H
#define LAB_LABEL_H
#include "base/base.h"

/* Each text is lines such as "model.width: 64". Its label has those lines that not all texts have,
 * "model.width 64, optim.steps 400"; "" where all are alike. labels[i] is the caller's to free. */
void lab_label_apart(char **labels, const char *const *texts, isize count);
#endif
