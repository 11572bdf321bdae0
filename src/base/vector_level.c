/* vector_level.c - which vector instructions the processor has. */
#include "base/vector_level.h"

#include <pthread.h>
#include <stdbool.h>

static eh_vector_level level, limit = EH_VECTOR_512_PLUS;
static pthread_once_t level_once = PTHREAD_ONCE_INIT;

static void find_level(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return;
    level = EH_VECTOR_256;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl"))
        return;
    bool plus = __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vnni");
    level = plus ? EH_VECTOR_512_PLUS : EH_VECTOR_512;
#endif
}

eh_vector_level eh_vector_get_level(void)
{
    pthread_once(&level_once, find_level);
    return level < limit ? level : limit;
}

void eh_vector_limit(eh_vector_level most)
{
    limit = most;
}
