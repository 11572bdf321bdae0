/* fuzz_mask.c - any bytes are a mask of known classes, and a list of classes, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "data/mask.h"
#include "data/mask_classes.h"
#include "evenhand/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const eh_image_limits limits = { .max_pixels = 1 << 18, .max_side = 1 << 12, .max_scans = 10 };
    eh_mask_values values = { 0 };
    eh_mask_class_list list;
    eh_image mask = { 0 };
    eh_error err = { 0 };
    eh_arena *arena = eh_arena_new();
    for (uint32_t v = 0; v < 4; v++)
        if (eh_mask_values_add(&values, size % 2 ? v : EH_MASK_COLOUR | v * 0x400000u, (uint8_t)v, NULL) !=
            EH_OK)
            goto done;
    if (eh_mask_decode(&mask, bytes, size, &values, &limits, &err) == EH_OK) {
        for (size_t i = 0; i < (size_t)mask.width * (size_t)mask.height; i++)
            if (mask.data[i] > 3)
                abort();
    } else if (err.message[0] == 0 || mask.data) {
        abort();
    }
    err = (eh_error){ 0 };
    if (arena && eh_mask_classes_parse(&list, arena, "classes.txt", bytes, size, &err) != EH_OK &&
        err.message[0] == 0)
        abort();
done:
    eh_image_clear(&mask);
    eh_mask_values_clear(&values);
    eh_arena_free(arena);
    return 0;
}
