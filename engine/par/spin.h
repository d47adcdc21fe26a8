/* par/spin.h - between two looks at what another thread will change. */
#ifndef VT_SPIN_H
#define VT_SPIN_H

/* Looks before a thread sleeps: what follows is rarely more than a product behind, and to be woken
 * takes longer. */
enum { VT_LOOKS = 4000 };

/* Leaves the core's shared parts to others for some dozens of cycles. */
static inline void vt_breathe(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}
#endif
