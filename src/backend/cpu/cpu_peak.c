/* cpu_peak.c - the most multiplications and additions a second that this processor makes, measured: what bench --explain compares each step with.
 *
 * Idea    Every thread multiplies and adds in registers alone, in as many independent chains as hide the latency (24 of AVX-512's 32 registers, 12 of
 *         AVX2's 16), for some milliseconds; the best of several rounds counts, since whatever else runs on the machine can only slow it down.
 * Easy to get wrong: all threads must work at the same time, or the clock frequency of a single busy core is measured.
 */
#include "backend/cpu/cpu_peak.h"
#include "backend/cpu/cpu_vector.h"
#include "base/file.h"
#include "base/threads.h"

#include <math.h>
#include <stdio.h>

#define ROUNDS 8
#define TURNS  200000

/* One round of all parts; sink[part] keeps the compiler from leaving out the work, flops counts what a part made. */
typedef struct peak {
    float sink[256];
    double flops;
} peak;

#if defined(__x86_64__)

#include <immintrin.h>

EH_TARGET_512 static void fma_512(const void *args, int part, int parts)
{
    peak *p = (peak *)(uintptr_t)args;
    __m512 sum[24], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(0.001f);
    (void)parts;
    for (int i = 0; i < 24; i++)
        sum[i] = _mm512_set1_ps((float)i);
    for (int turn = 0; turn < TURNS; turn++)
#pragma GCC unroll 24
        for (int i = 0; i < 24; i++)
            sum[i] = _mm512_fmadd_ps(sum[i], a, b);
    for (int i = 1; i < 24; i++)
        sum[0] = _mm512_add_ps(sum[0], sum[i]);
    p->sink[part % 256] = _mm512_reduce_add_ps(sum[0]);
    if (part == 0)
        p->flops = 2.0 * 16 * 24 * TURNS;
}

EH_TARGET_256 static void fma_256(const void *args, int part, int parts)
{
    peak *p = (peak *)(uintptr_t)args;
    __m256 sum[12], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(0.001f);
    (void)parts;
    for (int i = 0; i < 12; i++)
        sum[i] = _mm256_set1_ps((float)i);
    for (int turn = 0; turn < 2 * TURNS; turn++)
#pragma GCC unroll 12
        for (int i = 0; i < 12; i++)
            sum[i] = _mm256_fmadd_ps(sum[i], a, b);
    for (int i = 1; i < 12; i++)
        sum[0] = _mm256_add_ps(sum[0], sum[i]);
    p->sink[part % 256] = _mm256_cvtss_f32(sum[0]);
    if (part == 0)
        p->flops = 2.0 * 8 * 12 * 2 * TURNS;
}

/* The registers of gcc's bf16 intrinsics; each multiplies and adds 32 pairs. */
__attribute__((target("avx512f,avx512bf16"))) static void dot_bf16(const void *args, int part, int parts)
{
    peak *p = (peak *)(uintptr_t)args;
    __m512 sum[24];
    __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5f), _mm512_set1_ps(0.5f));
    (void)parts;
    for (int i = 0; i < 24; i++)
        sum[i] = _mm512_set1_ps((float)i);
    for (int turn = 0; turn < TURNS; turn++)
#pragma GCC unroll 24
        for (int i = 0; i < 24; i++)
            sum[i] = _mm512_dpbf16_ps(sum[i], a, a);
    for (int i = 1; i < 24; i++)
        sum[0] = _mm512_add_ps(sum[0], sum[i]);
    p->sink[part % 256] = _mm512_reduce_add_ps(sum[0]);
    if (part == 0)
        p->flops = 2.0 * 32 * 24 * TURNS;
}

#endif

/* Any other processor: what the compiler makes of sixteen lanes, with fused operations where they cost nothing extra. */
static void fma_base(const void *args, int part, int parts)
{
    peak *p = (peak *)(uintptr_t)args;
    float sum[4][16];
    (void)parts;
    for (int i = 0; i < 4; i++)
        for (int l = 0; l < 16; l++)
            sum[i][l] = (float)i;
    for (int turn = 0; turn < TURNS; turn++)
        for (int i = 0; i < 4; i++)
            for (int l = 0; l < 16; l++)
#if defined(__aarch64__)
                sum[i][l] = fmaf(sum[i][l], 0.999f, 0.001f);
#else
                sum[i][l] = sum[i][l] * 0.999f + 0.001f;
#endif
    p->sink[part % 256] = sum[0][0] + sum[1][1] + sum[2][2] + sum[3][3];
    if (part == 0)
        p->flops = 2.0 * 16 * 4 * TURNS;
}

static eh_cpu_work work_for(eh_precision precision)
{
#if defined(__x86_64__)
    if (precision == EH_PRECISION_BF16 && eh_cpu_get_level() == EH_CPU_512 &&
        __builtin_cpu_supports("avx512bf16"))
        return dot_bf16;
    static const eh_cpu_work by_level[] = { fma_base, fma_256, fma_512 };
    return by_level[eh_cpu_get_level()];
#else
    (void)precision;
    return fma_base;
#endif
}

double eh_cpu_peak_flops(eh_precision precision)
{
    eh_cpu_work work = work_for(precision);
    int threads = eh_threads();
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        peak p = { .flops = 0 };
        double start = eh_seconds();
        eh_cpu_run(work, &p, threads);
        double seconds = eh_seconds() - start, rate = seconds > 0 ? p.flops * threads / seconds : 0;
        best = rate > best ? rate : best;
    }
    return best;
}
