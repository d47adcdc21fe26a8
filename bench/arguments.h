/* bench/arguments.h - what the command lines of all benchmarks share. */
#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H
#include <argp.h>

/* A whole number from 1 to most; ends the program with a usage error otherwise. */
int bench_number(const char *text, int most, struct argp_state *state);
#endif
