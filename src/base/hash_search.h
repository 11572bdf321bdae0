/* hash_search.h - all pairs of 64-bit hashes that differ in few bits. */
#ifndef EH_BASE_HASH_SEARCH_H
#define EH_BASE_HASH_SEARCH_H

#include "evenhand/error.h"
#include "evenhand/progress.h"

#include <stddef.h>
#include <stdint.h>

/* How to search. Both ways find the same pairs. */
typedef enum eh_hash_way {
    EH_HASH_FASTEST, /* whichever is estimated to be faster */
    EH_HASH_EVERY,   /* every pair is compared */
    EH_HASH_INDEX    /* multi-index hashing */
} eh_hash_way;

typedef struct eh_hash_search {
    int distance; /* pairs differ in at most this many bits, 0 .. 64 */
    eh_hash_way way;
    size_t most_pairs; /* more are EH_ERR_LIMIT, so that memory is bounded (12 bytes each); 0: 200,000,000 */
    eh_progress
        *progress; /* one step; looked at about five times a second, EH_ERR_INTERRUPTED when it says stop */
} eh_hash_search;

typedef struct eh_hash_pair {
    uint32_t a, b;     /* indices */
    uint32_t distance; /* bits that differ */
} eh_hash_pair;

/* Pairs a < b of hash[count], sorted by (a, b). *out is owned by the caller (eh_free). Equal hashes are pairs like any other: who
 * has many of them should search among the different ones. Uses all threads; the result does not depend on how many. Memory beside the
 * result: 12 bytes a hash and at most 64 MiB for the index, nothing for comparing every pair. */
eh_status eh_hash_pairs(eh_hash_pair **out, size_t *pairs, const uint64_t *hash, size_t count,
                        const eh_hash_search *search, eh_error *err);

/* Pairs of left[a] and right[b], sorted by (a, b). */
eh_status eh_hash_matches(eh_hash_pair **out, size_t *pairs, const uint64_t *left, size_t lefts,
                          const uint64_t *right, size_t rights, const eh_hash_search *search, eh_error *err);

#endif
