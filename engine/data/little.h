/* data/little.h - little-endian integers in bytes, on any machine. */
#ifndef VT_LITTLE_H
#define VT_LITTLE_H
#include <stdint.h>

static inline void vt_little_put(unsigned char *bytes, int count, uint64_t value)
{
    for (int i = 0; i < count; i++) bytes[i] = (unsigned char)(value >> (8 * i));
}

static inline uint64_t vt_little_get(const unsigned char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

#endif
