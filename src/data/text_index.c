/* text_index.c - numbers for strings; see text_index.h. Linear probing, at most two thirds full. */
#include "data/text_index.h"

#include "base/rng.h"
#include "evenhand/memory.h"

#include <string.h>

/* The slot that holds `key`, or the empty slot where it belongs. */
static size_t slot_of(const eh_text_index *index, const char *key)
{
    size_t mask = index->slots - 1;
    size_t i = (size_t)eh_hash64(key, strlen(key)) & mask;
    while (index->slot[i] && strcmp(index->key[index->slot[i] - 1], key) != 0)
        i = (i + 1) & mask;
    return i;
}

int64_t eh_text_index_find(const eh_text_index *index, const char *key)
{
    if (index->slots == 0)
        return -1;
    return (int64_t)index->slot[slot_of(index, key)] - 1;
}

/* Doubles the table and puts every key into its new slot. */
static eh_status grow(eh_text_index *index, eh_error *err)
{
    size_t slots = index->slots ? index->slots * 2 : 64;
    size_t capacity = slots / 3 * 2;
    const char **key = eh_realloc((void *)index->key, index->capacity, capacity, sizeof *key);
    if (!key)
        return eh_fail_memory(err, "an index of names", capacity, sizeof *key);
    index->key = key;
    index->capacity = capacity;
    uint32_t *slot = eh_alloc(slots, sizeof *slot);
    if (!slot)
        return eh_fail_memory(err, "an index of names", slots, sizeof *slot);
    eh_free(index->slot);
    index->slot = slot;
    index->slots = slots;
    for (size_t i = 0; i < index->count; i++)
        slot[slot_of(index, key[i])] = (uint32_t)i + 1;
    return EH_OK;
}

eh_status eh_text_index_add(eh_text_index *index, const char *key, uint32_t *number, bool *added,
                            eh_error *err)
{
    if (added)
        *added = false;
    if (index->slots) {
        size_t i = slot_of(index, key);
        if (index->slot[i]) {
            *number = index->slot[i] - 1;
            return EH_OK;
        }
    }
    if (index->count >= INT32_MAX)
        return eh_fail(err, EH_ERR_LIMIT,
                       "more than 2,147,483,647 different names cannot be held; split the data set");
    if (index->slots == 0 || index->count >= index->slots / 3 * 2)
        EH_TRY(grow(index, err));
    *number = (uint32_t)index->count;
    index->key[index->count++] = key;
    index->slot[slot_of(index, key)] = *number + 1;
    if (added)
        *added = true;
    return EH_OK;
}

void eh_text_index_clear(eh_text_index *index)
{
    eh_free((void *)index->key);
    eh_free(index->slot);
    *index = (eh_text_index){ 0 };
}
