/* arena.c - many small pieces with one lifetime; see evenhand/memory.h.
 *
 * Idea    A list of chunks; a piece is cut from the newest one, or gets a chunk of its own when it is large.
 * Cost    O(1) per piece; at most one half of a chunk is lost at its end.
 * Easy to get wrong: an overrun inside a chunk is invisible to the address sanitizer, so under it pieces are kept
 *         apart by poisoned bytes.
 */
#include "evenhand/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_GUARDED 1
#endif
#endif

#ifdef ARENA_GUARDED
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define GUARD_BYTES    16
#else
#define POISON(p, n)   ((void)0)
#define UNPOISON(p, n) ((void)0)
#define GUARD_BYTES    0
#endif

#define PIECE_ALIGN 16
#define FIRST_CHUNK ((size_t)4096)
#define MAX_CHUNK   ((size_t)1 << 20)

typedef struct chunk {
    struct chunk *next;
    size_t size, used; /* of the bytes behind this header */
} chunk;

/* The header's size, rounded so that the first piece is aligned. */
#define HEADER_BYTES ((sizeof(chunk) + PIECE_ALIGN - 1) / PIECE_ALIGN * PIECE_ALIGN)

struct eh_arena {
    chunk *newest;
    size_t next_size;
};

static char *chunk_bytes(chunk *c)
{
    return (char *)c + HEADER_BYTES;
}

eh_arena *eh_arena_new(void)
{
    eh_arena *arena = eh_alloc(1, sizeof *arena);
    if (arena)
        arena->next_size = FIRST_CHUNK - HEADER_BYTES;
    return arena;
}

static chunk *add_chunk(eh_arena *arena, size_t size)
{
    chunk *c = eh_alloc(1, HEADER_BYTES + size);
    if (!c)
        return NULL;
    c->size = size;
    c->next = arena->newest;
    arena->newest = c;
    POISON(chunk_bytes(c), size);
    return c;
}

void *eh_arena_alloc(eh_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / 2 / size)
        return NULL;
    size_t wanted = count * size;
    size_t rounded = (wanted + PIECE_ALIGN - 1) / PIECE_ALIGN * PIECE_ALIGN + GUARD_BYTES;
    if (rounded == 0)
        rounded = PIECE_ALIGN; /* a piece of no bytes still has an address of its own */
    chunk *c = arena->newest;
    if (!c || c->size - c->used < rounded) {
        if (rounded > arena->next_size / 2) {
            /* Large: a chunk of its own, put behind the newest one, whose rest stays usable. */
            c = add_chunk(arena, rounded);
            if (c && c->next && c->next->used < c->next->size) {
                chunk *previous = c->next;
                c->next = previous->next;
                previous->next = c;
                arena->newest = previous;
            }
        } else {
            c = add_chunk(arena, arena->next_size);
            if (arena->next_size < MAX_CHUNK)
                arena->next_size *= 2;
        }
        if (!c)
            return NULL;
    }
    char *piece = chunk_bytes(c) + c->used;
    c->used += rounded;
    UNPOISON(piece, wanted);
    return piece;
}

char *eh_arena_strdup(eh_arena *arena, const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = eh_arena_alloc(arena, size, 1);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

char *eh_arena_printf(eh_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : eh_arena_alloc(arena, (size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void eh_arena_free(eh_arena *arena)
{
    if (!arena)
        return;
    chunk *c = arena->newest;
    while (c) {
        chunk *next = c->next;
        UNPOISON(chunk_bytes(c), c->size);
        eh_free(c);
        c = next;
    }
    eh_free(arena);
}
