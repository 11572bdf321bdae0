/* fuzz_coco.c - any bytes are a file of COCO annotations whose masks can be drawn, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "data/coco_masks.h"
#include "data/mask.h"
#include "evenhand/image.h"

#include <stdlib.h>
#include <string.h>

static void draw(const eh_coco *coco, const eh_coco_rules *rules)
{
    for (size_t i = 0; i < coco->images && i < 4; i++) {
        uint8_t *png;
        size_t size;
        eh_image mask;
        eh_error err = { 0 };
        const eh_decode_opts indices = { .indices = 1 };
        const eh_coco_image *image = &coco->image[i];
        if ((int64_t)image->width * image->height > 1 << 16)
            continue;
        if (eh_coco_mask(&png, &size, coco, image, rules, &err) != EH_OK) {
            if (err.message[0] == 0 || png)
                abort();
            continue;
        }
        if (eh_image_decode(&mask, png, size, &indices, NULL) != EH_OK || mask.width != image->width ||
            mask.height != image->height)
            abort();
        eh_image_clear(&mask);
        eh_free(png);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    eh_source *source;
    eh_coco coco = { 0 };
    eh_error err = { 0 };
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return 0;
    if (eh_source_open(&source, fuzz_file(bytes, size, ".json"), NULL, NULL, NULL) != EH_OK) {
        eh_arena_free(arena);
        return 0;
    }
    const char *named = eh_source_named(source);
    (void)(named && eh_coco_is_file(source, named));
    if (named && eh_coco_open(&coco, arena, source, named, NULL, &err) == EH_OK) {
        eh_coco_rules rules = { .overlap = (eh_coco_overlap)(size % 3) };
        rules.cls = eh_arena_alloc(arena, coco.categories + 1, 1);
        rules.wanted = eh_arena_alloc(arena, coco.categories + 1, sizeof *rules.wanted);
        for (size_t k = 0; rules.cls && rules.wanted && k < coco.categories; k++) {
            rules.cls[k] = (uint8_t)(k % 250);
            rules.wanted[k] = k % 7 != 6;
        }
        if (rules.cls && rules.wanted)
            draw(&coco, &rules);
    } else if (named && err.message[0] == 0) {
        abort();
    }
    eh_coco_close(&coco);
    eh_source_close(source);
    eh_arena_free(arena);
    return 0;
}
