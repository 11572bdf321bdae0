/* hash_index.h - multi-index hashing, and what both ways of searching share; see hash_search.h. */
#ifndef EH_BASE_HASH_INDEX_H
#define EH_BASE_HASH_INDEX_H

#include "base/hash_search.h"

#include <pthread.h>
#include <stdbool.h>

/* Pairs found by all threads. */
typedef struct eh_hash_collector {
    pthread_mutex_t lock;
    eh_hash_pair *pair;
    size_t count, capacity, most;
    bool too_many, no_memory;
} eh_hash_collector;

void eh_hash_collect_begin(eh_hash_collector *collector, size_t most);
void eh_hash_collect_end(eh_hash_collector *collector);
bool eh_hash_collect_full(eh_hash_collector *collector); /* nothing more is taken */

/* Pairs of one thread on their way to the collector. Zero but for `to`. */
typedef struct eh_hash_buffer {
    eh_hash_collector *to;
    size_t count;
    eh_hash_pair pair[256];
} eh_hash_buffer;

void eh_hash_flush(eh_hash_buffer *buffer);

static inline void eh_hash_add(eh_hash_buffer *buffer, size_t a, size_t b, int distance)
{
    buffer->pair[buffer->count++] =
        (eh_hash_pair){ .a = (uint32_t)a, .b = (uint32_t)b, .distance = (uint32_t)distance };
    if (buffer->count == sizeof buffer->pair / sizeof *buffer->pair)
        eh_hash_flush(buffer);
}

/* Units of work for all threads, each run once. */
typedef struct eh_hash_work {
    void (*run)(void *user, size_t unit);
    void *user;
    size_t units;
} eh_hash_work;

/* Runs them in pieces of a fraction of a second with progress and stop in between; adds to *done. */
eh_status eh_hash_run(const eh_hash_work *work, eh_hash_collector *collector, eh_progress *progress,
                      uint64_t *done, eh_error *err);

struct eh_hash_piece {
    const eh_hash_work *work;
    size_t first;
};
void eh_hash_piece_run(void *piece, size_t index);

enum { EH_HASH_CHUNKS = 16 };

/* The chunks of bits that hashes are sorted by. */
typedef struct eh_hash_index_plan {
    int chunks;
    int shift[EH_HASH_CHUNKS], bits[EH_HASH_CHUNKS]; /* chunk c is (hash >> shift) & (2^bits - 1) */
    int radius[EH_HASH_CHUNKS]; /* how far it may be from the other's; -1: not searched */
} eh_hash_index_plan;

/* The fastest plan for these hashes, and its cost in comparisons. */
eh_status eh_hash_index_choose(eh_hash_index_plan *plan, double *cost, const uint64_t *left, size_t lefts,
                               const uint64_t *right, size_t rights, bool same, int distance, eh_error *err);

eh_status eh_hash_index_search(const eh_hash_index_plan *plan, const uint64_t *left, size_t lefts,
                               const uint64_t *right, size_t rights, bool same, int distance,
                               eh_hash_collector *collector, eh_progress *progress, eh_error *err);

#endif
