/* ops/attention_size.h - how attention.c cuts its work; what attention_cost.c counts. */
#ifndef VT_OPS_ATTENTION_SIZE_H
#define VT_OPS_ATTENTION_SIZE_H
#include "base/base.h"

enum {
    VT_ATTENTION_BLOCK = 64, /* queries whose scores are in memory at a time */
    VT_ATTENTION_CHUNK = 64, /* and keys, in backward */
    VT_ATTENTION_LINE = 64 / sizeof(vt_real),
};
/* d up to a whole cache line: the distance of two packed rows. */
#define VT_ATTENTION_WIDTH(d)                                                                      \
    (((d) + VT_ATTENTION_LINE - 1) / VT_ATTENTION_LINE * VT_ATTENTION_LINE)
#endif
