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

/* a > b; false where one is NaN. The difference of equal infinities is a NaN too, with a sign that depends on the processor. */
EH_INLINE eh_i16 eh_greater16(eh_v16 a, eh_v16 b)
{
    eh_v16 difference = a - b;
    return eh_positive(difference) & ~eh_is_nan(difference);
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

/* e^x as Cephes's expf (Moshier): x = n ln 2 + r, a polynomial of degree 6 in r, times 2^n; 2 units in the last place. */
EH_INLINE eh_v16 eh_exp16(eh_v16 x)
{
    const eh_v16 magic =
        eh_splat(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    eh_i16 nan = eh_is_nan(x);
    eh_v16 low = eh_splat(-104.0f), high = eh_splat(89.0f);
    eh_v16 v = eh_choose(eh_positive(low - x), low, x);
    v = eh_choose(eh_positive(v - high), high, v);
    eh_v16 shifted = v * 1.44269504f + magic, n = shifted - magic;
    eh_v16 r = v - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    eh_v16 p = eh_splat(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    /* 2^n as the product of two powers, so that results near the ends of the range come out right. */
    eh_i16 whole = (eh_i16)shifted - (eh_i16)magic, half = whole >> 1, rest = whole - half;
    p = p * (eh_v16)((half + 127) << 23) * (eh_v16)((rest + 127) << 23);
    return eh_choose(nan, x, p);
}

/* Also after Cephes: a polynomial below 0.625, else by e^-2|x|. */
EH_INLINE eh_v16 eh_tanh16(eh_v16 x)
{
    eh_i16 sign = (eh_i16)x & (int32_t)0x80000000;
    eh_v16 a = (eh_v16)((eh_i16)x & 0x7fffffff), e = eh_exp16(a * -2.0f);
    eh_v16 large = (1.0f - e) / (1.0f + e);
    eh_v16 z = x * x, p = z * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * z + -5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z + -3.33332819422e-1f;
    eh_v16 small = a + a * z * p;
    return (eh_v16)((eh_i16)eh_choose(eh_positive(0.625f - a), small, large) | sign);
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
