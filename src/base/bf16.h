/* bf16.h - the 16-bit floating-point number that is the upper half of an IEEE single: 8 bits of exponent, 7 of fraction. */
#ifndef EH_BASE_BF16_H
#define EH_BASE_BF16_H

#include <stdint.h>
#include <string.h>

static inline float eh_bf16_value(uint16_t bits)
{
    uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

/* The nearest, ties to even; what is too large becomes infinite, a NaN stays one. */
static inline uint16_t eh_bf16_of(float value)
{
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    if (value != value)
        return (uint16_t)(word >> 16 | 0x40u);
    return (uint16_t)((word + 0x7fffu + (word >> 16 & 1u)) >> 16);
}

#endif
