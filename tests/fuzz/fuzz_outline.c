/* fuzz_outline.c - any JSON is an outline that fills pixels of a small picture, or gives a reason; the buffers are empty again afterwards. The first two bytes are
 * the picture's size. */
#include "fuzz/fuzz_target.h"

#include "data/coco_shapes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t inside[64 * 64], scratch[64 * 64 + 1];
    size_t area = 0, ones = 0;
    eh_error err = { 0 };
    if (size < 2)
        return 0;
    eh_coco_buffers b = {
        .width = 1 + bytes[0] % 64, .height = 1 + bytes[1] % 64, .inside = inside, .scratch = scratch
    };
    json_t *shape = json_loadb((const char *)bytes + 2, size - 2, 0, NULL);
    if (!shape)
        return 0;
    eh_status status = eh_coco_fill(&b, &area, shape, &err);
    for (int i = 0; i < b.width * b.height; i++)
        ones += inside[i];
    if (status == EH_OK ? area != ones : err.message[0] == 0)
        abort();
    eh_coco_empty(&b);
    for (size_t i = 0; i < sizeof inside; i++)
        if (inside[i] || scratch[i])
            abort();
    json_decref(shape);
    return 0;
}
