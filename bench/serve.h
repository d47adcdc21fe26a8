/* bench/serve.h - a training process that others drive: the memory suite, and bench/peer.py.
 *
 *   resident   does two steps and prints "PARAMETERS BYTES", BYTES being its resident peak.
 *   serve      writes parameters, images and prefix lengths to a file where one is named (before
 *              any step), does a step, and prints
 *              {"shape": "64/4/...", "parameters": N, "loss": L, "batch": B}, L being that of the
 *              initial parameters. Then for each line "run N" of standard input it does N steps
 *              and prints {"seconds": S, "rss": BYTES}; it ends with its input.
 */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H
#include "bench/shape.h"

typedef struct {
    const bench_shape *shape;
    vt_config config;
    int workers;
    const char *file; /* safetensors to write, or NULL */
} bench_service;

VT_CHECKED vt_status bench_resident_run(const bench_service *service, vt_error *err);
VT_CHECKED vt_status bench_serve(const bench_service *service, vt_error *err);

typedef struct {
    isize parameters, bytes;
} bench_resident;
int bench_resident_read(const char *line, bench_resident *out); /* 1: understood */
#endif
