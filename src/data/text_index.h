/* text_index.h - numbers for strings: the first new string gets 0, the next 1 ... A hash table with open addressing. */
#ifndef EH_DATA_TEXT_INDEX_H
#define EH_DATA_TEXT_INDEX_H

#include "evenhand/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. The strings are borrowed and must outlive the index. */
typedef struct eh_text_index {
    const char **key; /* [count] in the order in which they came */
    size_t count, capacity;
    uint32_t *slot; /* [slots] number + 1 of the key in this slot; 0 = empty; slots is a power of two */
    size_t slots;
} eh_text_index;

/* Number of `key`, or -1 when it was never added. */
int64_t eh_text_index_find(const eh_text_index *index, const char *key);

/* Number of `key`, added when new (*added, may be NULL, says which). At most 2^31 keys. */
eh_status eh_text_index_add(eh_text_index *index, const char *key, uint32_t *number, bool *added,
                            eh_error *err);

/* Releases and zeroes. */
void eh_text_index_clear(eh_text_index *index);

#endif
