/* fuzz_image.c - libFuzzer target: any bytes either decode or give a reason. */
#include "evenhand/image.h"

#include "evenhand/memory.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const int channels[] = { 3, 1, 4 };
    eh_image_info info;
    eh_image image;
    eh_error err = { 0 };
    eh_decode_opts opts = { .limits = { .max_pixels = 1 << 20, .max_side = 1 << 14, .max_scans = 20 } };
    opts.channels = channels[size % 3];
    opts.min_side = size % 2 ? 32 : 0;
    if (eh_image_probe(&info, bytes, size, &err) != EH_OK && err.message[0] == 0)
        abort();
    if (eh_image_decode(&image, bytes, size, &opts, &err) == EH_OK) {
        if (!image.data || image.channels != opts.channels)
            abort();
    } else if (image.data || err.message[0] == 0) {
        abort();
    }
    eh_image_clear(&image);
    return 0;
}
