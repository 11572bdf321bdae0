/* cpu_run.c - parallel loops of the cpu backend, and what the processor can do. */
#include "backend/cpu/cpu.h"
#include "base/threads.h"
#include "base/vector_level.h"

#include <omp.h>

static eh_cpu_level limit = EH_CPU_512;

eh_cpu_level eh_cpu_get_level(void)
{
    eh_vector_level found = eh_vector_get_level();
    eh_cpu_level level = found >= EH_VECTOR_512   ? EH_CPU_512
                         : found >= EH_VECTOR_256 ? EH_CPU_256
                                                  : EH_CPU_BASE;
    return level < limit ? level : limit;
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
