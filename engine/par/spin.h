/* par/spin.h - between two looks at what another thread will change. */
#ifndef VT_SPIN_H
#define VT_SPIN_H

/* Leaves the core's shared parts to others for some dozens of cycles. */
static inline void vt_breathe(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}
#endif
