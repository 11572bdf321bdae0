/* clock.c - time, memory and processor use of this process; declared in file.h. */
#include "base/file.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

double eh_wall_seconds(void)
{
    struct timespec now;
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    int64_t seconds;
    if (fixed && eh_parse_int(&seconds, fixed) && seconds >= 0 &&
        seconds < INT64_C(253402300800)) /* year 10000 */
        return (double)seconds;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void eh_time_rfc3339(char out[21])
{
    time_t now = (time_t)eh_wall_seconds();
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

double eh_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Kibibytes of a line ("VmRSS") of Linux's account of this process; 0 without one. */
static uint64_t memory_line(const char *name)
{
    uint64_t kib = 0;
    FILE *f = fopen("/proc/self/status", "re");
    if (!f)
        return 0;
    char line[256];
    unsigned long long value;
    while (kib == 0 && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0 && sscanf(line + strlen(name), ": %llu", &value) == 1)
            kib = value;
    fclose(f);
    return kib;
}

uint64_t eh_peak_memory(void)
{
    /* getrusage also counts what the process was before exec; the kernel's high-water mark does not. */
    uint64_t kib = memory_line("VmHWM");
    struct rusage usage;
    if (kib == 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        kib = (uint64_t)usage.ru_maxrss;
    return kib * 1024;
}

uint64_t eh_reset_peak_memory(void)
{
    eh_alloc_trim();
    FILE *f = fopen("/proc/self/clear_refs", "we");
    if (f) {
        fputs("5\n", f);
        fclose(f);
    }
    return memory_line("VmRSS") * 1024;
}

double eh_cpu_seconds(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}
