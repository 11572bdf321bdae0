/* memory.h - checked allocation and arenas.
 *
 * All of the library's own memory goes through eh_alloc/eh_realloc/eh_free, so that tests can make the
 * n-th call fail and count calls. Sizes are count x size with overflow checked here and nowhere else.
 */
#ifndef EVENHAND_MEMORY_H
#define EVENHAND_MEMORY_H

#include "evenhand/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `count * size` zeroed bytes, 64-byte aligned when at least 64 bytes long; NULL when it fails or overflows. A zero product
 * gives a valid pointer to release. */
EH_API void *eh_alloc(size_t count, size_t size);

/* As eh_alloc, but the bytes are not initialised and the block is always 64-byte aligned. For large buffers. */
EH_API void *eh_alloc_raw(size_t count, size_t size);

/* Grows or shrinks a block of eh_alloc/eh_alloc_raw/eh_realloc from old_count to count elements; new elements are zero.
 * NULL `block` allocates. On failure returns NULL and leaves `block` valid. */
EH_API void *eh_realloc(void *block, size_t old_count, size_t count, size_t size);

/* Releases; NULL is fine. */
EH_API void eh_free(void *block);

/* Gives memory that was released but is still held by the C library back to the system (glibc; does nothing elsewhere). */
EH_API void eh_alloc_trim(void);

/* Fills `err` for a failed allocation of count*size bytes of `what` ("pixels of a.jpg") and returns EH_ERR_MEMORY. */
EH_API eh_status eh_fail_memory(eh_error *err, const char *what, size_t count, size_t size);

#ifdef __clang_analyzer__ /* as in error.h */
#define eh_fail_memory(err, what, count, size) \
    ((void)(eh_fail_memory)((err), (what), (count), (size)), EH_ERR_MEMORY)
#endif

/* Test hook: called before every allocation with its running number (from 0); returning non-zero makes it fail.
 * NULL removes the hook. Not for use while other threads allocate. */
typedef int (*eh_alloc_hook)(void *user, uint64_t number, size_t bytes);
EH_API void eh_alloc_set_hook(eh_alloc_hook hook, void *user);

/* Number of allocations so far, and bytes now live, in this process. */
EH_API uint64_t eh_alloc_count(void);
EH_API uint64_t eh_alloc_live_bytes(void);

/* An arena: many small pieces with one lifetime. Not thread-safe. */
typedef struct eh_arena eh_arena;

/* New empty arena, or NULL. */
EH_API eh_arena *eh_arena_new(void);

/* `count * size` zeroed bytes aligned for any type (16), living until the arena is freed; NULL when it fails. */
EH_API void *eh_arena_alloc(eh_arena *arena, size_t count, size_t size);

/* Copy of a string (NULL gives NULL); NULL when it fails. */
EH_API char *eh_arena_strdup(eh_arena *arena, const char *text);

/* printf into the arena; NULL when it fails. */
EH_API char *eh_arena_printf(eh_arena *arena, const char *format, ...) EH_PRINTF(2, 3);

/* Releases everything. NULL is fine. */
EH_API void eh_arena_free(eh_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
