/* cpu_vector.h - sixteen floats at a time, written once for every instruction set.
 *
 * The vector extensions of gcc and clang lower a 64-byte vector to whatever the target has (one AVX-512 register, two of AVX2, four of SSE or NEON).
 * Functions here are always inlined, so they are compiled for the instruction set of their caller; none uses fused multiply-add, so that all
 * instruction sets give the same bits.
 */
#ifndef EH_BACKEND_CPU_CPU_VECTOR_H
#define EH_BACKEND_CPU_CPU_VECTOR_H

#include "backend/cpu/cpu.h"

#include "base/bf16.h"

#include <string.h>

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpsabi" /* vectors are passed to inlined functions only */
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

typedef float eh_v16 __attribute__((vector_size(64)));
typedef int32_t eh_i16 __attribute__((vector_size(64)));
typedef uint32_t eh_u16 __attribute__((vector_size(64)));

EH_INLINE eh_v16 eh_load(const float *p)
{
    eh_v16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

EH_INLINE void eh_store(float *p, eh_v16 v)
{
    memcpy(p, &v, sizeof v);
}

/* By way of an array: gcc takes a 16-fold initialiser apart before it knows the instruction set, but turns this into one instruction. */
EH_INLINE eh_v16 eh_splat(float x)
{
    float lane[16];
    for (int i = 0; i < 16; i++)
        lane[i] = x;
    return eh_load(lane);
}

EH_INLINE eh_i16 eh_splat_int(int32_t x)
{
    int32_t lane[16];
    eh_i16 v;
    for (int i = 0; i < 16; i++)
        lane[i] = x;
    memcpy(&v, lane, sizeof v);
    return v;
}

/* First `count` of 16 elements; the rest are zero. */
EH_INLINE eh_v16 eh_load_part(const float *p, int64_t count)
{
    eh_v16 v = eh_splat(0);
    memcpy(&v, p, (size_t)count * sizeof(float));
    return v;
}

EH_INLINE void eh_store_part(float *p, eh_v16 v, int64_t count)
{
    memcpy(p, &v, (size_t)count * sizeof(float));
}

/* ---- elements of either type, by index ---- */

typedef uint16_t eh_h16 __attribute__((vector_size(32)));

EH_INLINE eh_v16 eh_widen16(eh_h16 half)
{
    return (eh_v16)(__builtin_convertvector(half, eh_u16) << 16);
}

/* To the nearest, ties to even. The processor's instruction takes numbers too small for a normal single for zero; the plain code does not. */
EH_INLINE eh_h16 eh_round16(eh_v16 v, eh_as as)
{
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    if (as == EH_AS_NATIVE) {
        eh_h16 half;
        __asm__("vcvtneps2bf16 %1, %0" : "=v"(half) : "v"(v));
        return half;
    }
#endif
    (void)as;
    eh_u16 word = (eh_u16)v, nan = (eh_u16)(((0x7f800000 - ((eh_i16)v & 0x7fffffff)) >> 31));
    eh_u16 rounded = word + 0x7fff + ((word >> 16) & 1);
    return __builtin_convertvector((((rounded & ~nan) | ((word | 0x400000) & nan)) >> 16), eh_h16);
}

EH_INLINE eh_v16 eh_get(const void *p, int64_t i, eh_as as)
{
    if (as == EH_AS_F32)
        return eh_load((const float *)p + i);
    eh_h16 half;
    memcpy(&half, (const uint16_t *)p + i, sizeof half);
    return eh_widen16(half);
}

EH_INLINE void eh_put(void *p, int64_t i, eh_v16 v, eh_as as)
{
    if (as == EH_AS_F32) {
        eh_store((float *)p + i, v);
        return;
    }
    eh_h16 half = eh_round16(v, as);
    memcpy((uint16_t *)p + i, &half, sizeof half);
}

/* First `count` of 16. */
EH_INLINE eh_v16 eh_get_part(const void *p, int64_t i, int64_t count, eh_as as)
{
    if (as == EH_AS_F32)
        return eh_load_part((const float *)p + i, count);
    eh_h16 half = { 0 };
    memcpy(&half, (const uint16_t *)p + i, (size_t)count * sizeof(uint16_t));
    return eh_widen16(half);
}

EH_INLINE void eh_put_part(void *p, int64_t i, eh_v16 v, int64_t count, eh_as as)
{
    if (as == EH_AS_F32) {
        eh_store_part((float *)p + i, v, count);
        return;
    }
    eh_h16 half = eh_round16(v, as);
    memcpy((uint16_t *)p + i, &half, (size_t)count * sizeof(uint16_t));
}

EH_INLINE float eh_get_one(const void *p, int64_t i, eh_as as)
{
    return as == EH_AS_F32 ? ((const float *)p)[i] : eh_bf16_value(((const uint16_t *)p)[i]);
}

/* ---- masks: 0 or -1 by lane, made from the bits. gcc takes comparisons of vectors wider than the target's apart, element by element. ---- */

/* v > 0; also for a NaN with a positive sign. */
EH_INLINE eh_i16 eh_positive(eh_v16 v)
{
    return (eh_i16)((eh_u16){ 0 } - (eh_u16)(v + 0.0f)) >> 31; /* adding 0 makes -0 +0 */
}

EH_INLINE eh_i16 eh_is_nan(eh_v16 v)
{
    return (0x7f800000 - ((eh_i16)v & 0x7fffffff)) >> 31;
}

/* a > b; false where one is NaN. */
EH_INLINE eh_i16 eh_greater16(eh_v16 a, eh_v16 b)
{
    return eh_positive(a - b) & ~(eh_is_nan(a) | eh_is_nan(b));
}

/* v where the mask is set, else 0. */
EH_INLINE eh_v16 eh_keep(eh_v16 v, eh_i16 mask)
{
    return (eh_v16)((eh_i16)v & mask);
}

/* a where the mask is set, else b. */
EH_INLINE eh_v16 eh_choose(eh_i16 mask, eh_v16 a, eh_v16 b)
{
    return (eh_v16)(((eh_i16)a & mask) | ((eh_i16)b & ~mask));
}

/* max(v, 0); NaN stays NaN. */
EH_INLINE eh_v16 eh_relu16(eh_v16 v)
{
    return eh_keep(v, ~((eh_i16)v >> 31) | eh_is_nan(v));
}

EH_INLINE float eh_sum16(eh_v16 v)
{
    float s[8];
    for (int i = 0; i < 8; i++)
        s[i] = v[i] + v[i + 8];
    for (int i = 0; i < 4; i++)
        s[i] += s[i + 4];
    return (s[0] + s[2]) + (s[1] + s[3]);
}

#endif
