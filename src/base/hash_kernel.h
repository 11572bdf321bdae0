/* hash_kernel.h - the inner loop of a search for near hashes; see hash_search.h. */
#ifndef EH_BASE_HASH_KERNEL_H
#define EH_BASE_HASH_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* Hashes that may be read behind the end of `b`. */
enum { EH_HASH_PADDING = 8 };

/* Called for a[i] and b[k] with their distance. */
typedef void (*eh_hash_found)(void *user, size_t i, size_t k, int distance);

/* Compares every a[0 .. as) with every b[0 .. bs); calls `found` for pairs that differ in at most `distance` bits. EH_HASH_PADDING more
 * values behind b[bs - 1] are read (and ignored). */
void eh_hash_compare(const uint64_t *a, size_t as, const uint64_t *b, size_t bs, int distance,
                     eh_hash_found found, void *user);

#endif
