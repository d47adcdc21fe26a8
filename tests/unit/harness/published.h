/* published.h - rows of the experiments in $PATCHLAW_SHARED/data/scaling (default ../shared). */
#ifndef PUBLISHED_H
#define PUBLISHED_H
#include <stdbool.h>
#include <stdio.h>

enum { PUBLISHED_LINE = 4096 };

/* The file behind its header line, or NULL with a note why that test is left out. */
FILE *published_open(const char *name);
/* Its next line; at the end false, and the file is closed. */
bool published_line(FILE *file, char line[PUBLISHED_LINE]);
/* Copies a field, from 0, of one CSV line without quotes. */
const char *published_field(char copy[PUBLISHED_LINE], const char *line, int index);
double published_real(const char *line, int index);
#endif
