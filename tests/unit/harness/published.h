/* published.h - numbers of published experiments: CSV files of $PATCHLAW_SHARED/data/scaling
 * (default ../shared/data/scaling), which are not part of the project. */
#ifndef TEST_PUBLISHED_H
#define TEST_PUBLISHED_H
#include <stdio.h>

enum { PUBLISHED_ROWS = 512, PUBLISHED_LINE = 4096 };

/* The caller closes it; NULL, and the skip is told, where it is not there. */
FILE *published_open(const char *name);
/* Copies a field, counted from 0, of a CSV line without quotes, and gives the copy. */
const char *published_field(char copy[PUBLISHED_LINE], const char *line, int index);
double published_real(const char *line, int index);
#endif
