/* check_copies.c - the same file twice.
 *
 * Idea    Images are sorted by the SHA-256 of their bytes; equal neighbours are copies of each other. The first of them by id is kept.
 * Source  FIPS 180-4.
 * Cost    O(n log n); no image is read, the import has hashed them.
 */
#include "clean/check.h"

#include "data/catalog_store.h"

#include <stdlib.h>
#include <string.h>

typedef struct hashed {
    uint8_t sha256[32];
    size_t row;
} hashed;

static int by_hash(const void *a, const void *b)
{
    const hashed *x = a, *y = b;
    int order = memcmp(x->sha256, y->sha256, sizeof x->sha256);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static eh_status read_hashes(hashed *out, eh_check_context *context, eh_error *err)
{
    size_t rows = context->frame->rows;
    uint8_t *hash = eh_arena_alloc(context->arena, rows, 32);
    if (!hash)
        return eh_fail_memory(err, "hashes", rows, 32);
    EH_TRY(eh_catalog_image_hashes(context->catalog, context->frame->image, rows, hash, err));
    for (size_t row = 0; row < rows; row++) {
        memcpy(out[row].sha256, hash + row * 32, 32);
        out[row].row = row;
    }
    if (rows)
        qsort(out, rows, sizeof *out, by_hash);
    return EH_OK;
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    (void)opts;
    const eh_frame *frame = context->frame;
    hashed *item = eh_arena_alloc(context->arena, frame->rows, sizeof *item);
    if (!item)
        return eh_fail_memory(err, "hashes", frame->rows, sizeof *item);
    EH_TRY(read_hashes(item, context, err));
    int64_t cluster = 0, members = 0;
    for (size_t i = 0, end; i < frame->rows; i = end) {
        for (end = i + 1; end < frame->rows && memcmp(item[i].sha256, item[end].sha256, 32) == 0;)
            end++;
        if (end == i + 1)
            continue;
        eh_finding finding = { .image = frame->image[item[i].row],
                               .cluster = ++cluster,
                               .action = EH_ACTION_KEEP };
        members += (int64_t)(end - i);
        EH_TRY(eh_check_add(context, finding, json_pack("{s:s}", "by", "bytes"), err));
        for (size_t k = i + 1; k < end; k++) {
            finding = (eh_finding){ .image = frame->image[item[k].row],
                                    .other = frame->image[item[i].row],
                                    .cluster = cluster,
                                    .severity = EH_SEVERITY_ERROR,
                                    .action = EH_ACTION_QUARANTINE,
                                    .score = 1 };
            EH_TRY(eh_check_add(context, finding, json_pack("{s:s}", "by", "bytes"), err));
        }
    }
    if (json_object_set_new(context->summary, "clusters", json_integer(cluster)) != 0 ||
        json_object_set_new(context->summary, "images", json_integer(members)) != 0)
        return eh_fail_memory(err, "the summary of a check", 1, 64);
    return EH_OK;
}

const eh_check eh_check_copies = {
    .entry = { .name = "copies", .summary = "images that are there twice", .source = "FIPS 180-4, 2015" },
    .by_default = true,
    .run = run,
};
