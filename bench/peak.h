/* bench/peak.h - the limits of ops/limits.h on `workers` cores at once, and that of an optimiser.
 *
 * Cores that share a socket's power or memory do less together than one does alone, so what
 * several workers did is held against what the same number of cores can do.
 */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H
#include "par/pool.h"

/* Floating-point operations a second of all workers of the pool together (NULL: one), measured for
 * about `seconds`: fused multiply-adds in fp32; products of bf16 added up in fp32, 0 where the CPU
 * has none. */
double bench_peak_fp32(vt_pool *pool, double seconds);
double bench_peak_bf16(vt_pool *pool, double seconds);
/* Bytes a second of a pass like AdamW's over arrays that no cache holds: four are read and three
 * of them written back, 28 bytes an element. */
VT_CHECKED vt_status bench_peak_bandwidth(vt_pool *pool, double *rate, vt_error *err);
#endif
