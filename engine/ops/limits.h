/* ops/limits.h - what this core and its memory can do at most, measured when asked: what a figure
 * of the engine is compared with.
 *
 * Each measures for about `seconds` on the calling thread and returns operations or bytes a second.
 * Multiply and add count as two.
 */
#ifndef VT_LIMITS_H
#define VT_LIMITS_H
#include "base/base.h"

double vt_limit_fma(double seconds);  /* single precision, the widest vectors of this CPU */
double vt_limit_bf16(double seconds); /* bf16 products added into fp32; 0: the CPU has no such */
/* Reads two of three arrays of count numbers each and writes the third: 12 bytes a number. Small
 * arrays measure a cache, large ones the memory. */
double vt_limit_stream(float *arrays, isize count, double seconds);
#endif
