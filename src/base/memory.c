/* memory.c - counted allocation with a hook; see evenhand/memory.h. */
#include "evenhand/memory.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* From this size on blocks are aligned to a cache line, so that vector code may load aligned. */
#define ALIGNED_FROM 64

static _Atomic uint64_t alloc_count;
static _Atomic uint64_t live_bytes;

static eh_alloc_hook alloc_hook;
static void *alloc_hook_user;
static uint64_t alloc_hook_number;

/* True and the product in `bytes`, at least 1; false when it overflows. */
static bool product(size_t *bytes, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / 2 / size)
        return false;
    size_t total = count * size;
    *bytes = total > 0 ? total : 1;
    return true;
}

static void *allocate(size_t bytes, bool aligned)
{
    if (alloc_hook && alloc_hook(alloc_hook_user, alloc_hook_number++, bytes))
        return NULL;
    void *block = NULL;
    if (!aligned)
        block = malloc(bytes);
    else if (posix_memalign(&block, ALIGNED_FROM, bytes) != 0)
        block = NULL;
    if (!block)
        return NULL;
    atomic_fetch_add_explicit(&alloc_count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&live_bytes, malloc_usable_size(block), memory_order_relaxed);
    return block;
}

void *eh_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (!product(&bytes, count, size))
        return NULL;
    void *block = allocate(bytes, bytes >= ALIGNED_FROM);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void *eh_alloc_raw(size_t count, size_t size)
{
    size_t bytes;
    if (!product(&bytes, count, size))
        return NULL;
    return allocate(bytes, true);
}

void *eh_realloc(void *block, size_t old_count, size_t count, size_t size)
{
    if (!block)
        return eh_alloc(count, size);
    size_t bytes;
    if (!product(&bytes, count, size))
        return NULL;
    void *fresh = allocate(bytes, bytes >= ALIGNED_FROM);
    if (!fresh)
        return NULL;
    size_t kept = (old_count < count ? old_count : count) * size;
    memcpy(fresh, block, kept);
    memset((char *)fresh + kept, 0, bytes - kept);
    eh_free(block);
    return fresh;
}

void eh_alloc_trim(void)
{
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

void eh_free(void *block)
{
    if (!block)
        return;
    atomic_fetch_sub_explicit(&live_bytes, malloc_usable_size(block), memory_order_relaxed);
    free(block);
}

eh_status(eh_fail_memory)(eh_error *err, const char *what, size_t count, size_t size)
{
    double mib = (double)count * (double)size / (1024.0 * 1024.0);
    if (mib < 1)
        return eh_fail(err, EH_ERR_MEMORY, "Out of memory for %s.", what);
    return eh_fail(err, EH_ERR_MEMORY,
                   "Out of memory for %s (%.0f MiB); free some memory or work on smaller pieces.", what, mib);
}

void eh_alloc_set_hook(eh_alloc_hook hook, void *user)
{
    alloc_hook = hook;
    alloc_hook_user = user;
    alloc_hook_number = 0;
}

uint64_t eh_alloc_count(void)
{
    return atomic_load_explicit(&alloc_count, memory_order_relaxed);
}

uint64_t eh_alloc_live_bytes(void)
{
    return atomic_load_explicit(&live_bytes, memory_order_relaxed);
}
