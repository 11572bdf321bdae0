/* threads.c - the thread budget and a parallel loop on OpenMP; see threads.h. */
#include "base/threads.h"

#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* Processors that the control group allows (its CPU time quota rounded up), or 0 when it sets no quota. */
static int quota_processors(void)
{
    double quota = -1, period = 0;
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (f) { /* version 2: "200000 100000", or "max 100000" */
        if (fscanf(f, "%lf %lf", &quota, &period) != 2)
            quota = -1;
        fclose(f);
    } else {
        FILE *q = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re");
        FILE *p = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
        if (!q || !p || fscanf(q, "%lf", &quota) != 1 || fscanf(p, "%lf", &period) != 1)
            quota = -1;
        if (q)
            fclose(q);
        if (p)
            fclose(p);
    }
    if (!(quota > 0) || !(period > 0) || quota / period > 4096)
        return 0;
    int whole = (int)(quota / period);
    return whole * period < quota ? whole + 1 : whole;
}

static _Atomic int budget;
static int default_budget = 1;

static void find_default_budget(void)
{
    int processors = omp_get_num_procs(); /* respects affinity */
    int quota = quota_processors();
    default_budget = quota > 0 && quota < processors ? quota : processors;
    if (default_budget < 1)
        default_budget = 1;
}

int eh_threads(void)
{
    int count = atomic_load_explicit(&budget, memory_order_relaxed);
    if (count > 0)
        return count;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_default_budget);
    return default_budget;
}

void eh_threads_set(int count)
{
    atomic_store_explicit(&budget, count > 0 ? count : 0, memory_order_relaxed);
    omp_set_num_threads(eh_threads()); /* for libraries that open their own parallel regions */
}

void eh_parallel_for(size_t count, void (*work)(void *user, size_t index), void *user)
{
    int threads = eh_threads();
    if ((size_t)threads > count)
        threads = (int)count;
    if (threads <= 1 || omp_in_parallel()) {
        for (size_t i = 0; i < count; i++)
            work(user, i);
        return;
    }
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t i = 0; i < count; i++)
        work(user, i);
}
