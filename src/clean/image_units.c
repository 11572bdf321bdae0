/* image_units.c - which images belong together.
 *
 * Idea    A forest of rows: whatever says that two images belong together unites their trees. The first row of a tree is its number.
 * Source  Galler, Fischer, "An improved equivalence algorithm", CACM 7(5), 1964.
 * Cost    O(n log n).
 */
#include "clean/image_units.h"

#include "data/catalog_store.h"
#include "data/identity.h"

#include <stdlib.h>
#include <string.h>

static uint32_t root_of(uint32_t *parent, uint32_t row)
{
    while (parent[row] != row) {
        parent[row] = parent[parent[row]];
        row = parent[row];
    }
    return row;
}

static void unite(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* Row of an image id, or -1. */
static int64_t row_of(const eh_frame *frame, int64_t image)
{
    size_t low = 0, high = frame->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frame->image[middle] < image)
            low = middle + 1;
        else
            high = middle;
    }
    return low < frame->rows && frame->image[low] == image ? (int64_t)low : -1;
}

typedef struct hashed_row {
    const uint8_t *hash;
    uint32_t row;
} hashed_row;

static int by_hash(const void *a, const void *b)
{
    const hashed_row *x = a, *y = b;
    int order = memcmp(x->hash, y->hash, 32);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static eh_status unite_equal_contents(uint32_t *parent, eh_check_context *context, eh_error *err)
{
    size_t rows = context->frame->rows;
    uint8_t *hash = eh_alloc_raw(rows, 32);
    hashed_row *item = eh_alloc(rows, sizeof *item);
    eh_status status = hash && item
                           ? eh_catalog_image_hashes(context->catalog, context->frame->image, rows, hash, err)
                           : eh_fail_memory(err, "hashes", rows, 32);
    if (status == EH_OK && rows > 0) {
        for (size_t i = 0; i < rows; i++)
            item[i] = (hashed_row){ .hash = hash + 32 * i, .row = (uint32_t)i };
        qsort(item, rows, sizeof *item, by_hash);
        for (size_t i = 1; i < rows; i++)
            if (memcmp(item[i].hash, item[i - 1].hash, 32) == 0)
                unite(parent, item[i].row, item[i - 1].row);
    }
    eh_free(hash);
    eh_free(item);
    return status;
}

static void unite_pairs(uint32_t *parent, const eh_frame *frame, const eh_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const eh_finding *f = &findings->item[i];
        int64_t a = row_of(frame, f->image), b = f->other ? row_of(frame, f->other) : -1;
        if (f->cluster && a >= 0 && b >= 0)
            unite(parent, (uint32_t)a, (uint32_t)b);
    }
}

static eh_status unite_identities(uint32_t *parent, const eh_frame *frame, const char *identity,
                                  eh_error *err)
{
    const eh_frame_column *column;
    EH_TRY(eh_frame_find(&column, frame, identity, err));
    size_t identities = 0;
    int32_t *number = eh_alloc(frame->rows, sizeof *number);
    uint32_t *first = eh_alloc(frame->rows, sizeof *first); /* row + 1 of the first image of an identity */
    eh_status status = number && first ? eh_number_identities(column, frame->rows, number, &identities, err)
                                       : eh_fail_memory(err, "identities", frame->rows, sizeof *first);
    for (size_t row = 0; status == EH_OK && row < frame->rows; row++) {
        uint32_t *at = &first[number[row]];
        if (*at)
            unite(parent, (uint32_t)row, *at - 1);
        else
            *at = (uint32_t)row + 1;
    }
    eh_free(number);
    eh_free(first);
    return status;
}

eh_status eh_image_units(uint32_t **unit, eh_check_context *context, const char *identity, eh_error *err)
{
    const eh_frame *frame = context->frame;
    eh_findings *stored = NULL;
    uint32_t *parent = eh_arena_alloc(context->arena, frame->rows, sizeof *parent);
    if (!parent)
        return eh_fail_memory(err, "images that belong together", frame->rows, sizeof *parent);
    for (size_t i = 0; i < frame->rows; i++)
        parent[i] = (uint32_t)i;
    EH_TRY(unite_equal_contents(parent, context, err));
    unite_pairs(parent, frame, context->findings);
    EH_TRY(eh_findings_load(&stored, context->catalog, NULL, err));
    unite_pairs(parent, frame, stored);
    eh_findings_free(stored);
    if (identity)
        EH_TRY(unite_identities(parent, frame, identity, err));
    for (size_t i = 0; i < frame->rows; i++)
        parent[i] = root_of(parent, (uint32_t)i);
    *unit = parent;
    return EH_OK;
}
