/* ops/amx.h - the matrix unit (AMX) of x86 CPUs: whether this process has it, and its registers all
 * of one size.
 */
#ifndef VT_AMX_H
#define VT_AMX_H
#include "base/base.h"

/* 1 where the CPU has AMX for bf16 and the system grants its registers, which Linux does to a
 * process that asks (arch_prctl(2), since 5.16). Asks at each call. */
int vt_amx_here(void);

#if defined(__x86_64__)

/* What LDTILECFG reads. */
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} vt_amx_config;

/* Eight registers of 16 rows of 64 bytes: 16 x 16 sums, 16 x 32 bf16, or 32 x 16 bf16 in pairs. */
static const vt_amx_config vt_amx_full = {.palette = 1,
                                          .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
                                          .rows = {16, 16, 16, 16, 16, 16, 16, 16}};

#define VT_AMX_TARGET __attribute__((target("amx-tile,amx-bf16")))

#endif
#endif
