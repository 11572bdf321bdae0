/* cpu_run.c - parallel loops of the cpu backend, and what the processor can do. */
#include "backend/cpu/cpu.h"
#include "base/threads.h"

#include <omp.h>
#include <pthread.h>

static eh_cpu_level level, limit = EH_CPU_512_BF16;
static pthread_once_t level_once = PTHREAD_ONCE_INIT;

static void find_level(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        level = __builtin_cpu_supports("avx512bf16") ? EH_CPU_512_BF16 : EH_CPU_512;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        level = EH_CPU_256;
    /* One width for our kernels and oneDNN's, since the layouts that they share depend on it. */
    bool bf16;
    int bits = eh_onednn_vector_bits(&bf16);
    eh_cpu_level most = bits < 256   ? EH_CPU_BASE
                        : bits < 512 ? EH_CPU_256
                        : bf16       ? EH_CPU_512_BF16
                                     : EH_CPU_512;
    level = level < most ? level : most;
#endif
}

eh_bf16_support eh_cpu_bf16(void)
{
    pthread_once(&level_once, find_level);
    return level == EH_CPU_512_BF16 ? EH_BF16_NATIVE : level == EH_CPU_512 ? EH_BF16_SLOW : EH_BF16_NONE;
}

eh_cpu_level eh_cpu_variant(void)
{
    pthread_once(&level_once, find_level);
    return level < limit ? level : limit;
}

eh_cpu_level eh_cpu_get_level(void)
{
    eh_cpu_level variant = eh_cpu_variant();
    return variant < EH_CPU_512 ? variant : EH_CPU_512;
}

void eh_cpu_limit_level(eh_cpu_level most)
{
    limit = most;
}

int eh_cpu_parts(double bytes)
{
    return bytes < 256 * 1024 ? 1 : eh_threads(); /* some 25 microseconds of work */
}

void eh_cpu_run(eh_cpu_work work, const void *args, int parts)
{
    if (parts <= 1) {
        work(args, 0, 1);
        return;
    }
#pragma omp parallel num_threads(parts)
    {
        /* A nested or limited region may get fewer threads than parts. */
        int threads = omp_get_num_threads();
        for (int part = omp_get_thread_num(); part < parts; part += threads)
            work(args, part, parts);
    }
}
