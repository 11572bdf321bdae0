/* fuzz_image.c - any bytes either decode, as a picture and as numbers, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "evenhand/image.h"

#include <stdlib.h>

/* Looks at every sample, so that one that was never written is seen by the memory sanitizer. */
static unsigned sum(const eh_image *image)
{
    unsigned total = 0;
    for (size_t i = 0; i < (size_t)image->width * (size_t)image->height * (size_t)image->channels; i++)
        total += image->data[i];
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const int channels[] = { 3, 1, 4 };
    static volatile unsigned seen;
    eh_image_info info;
    eh_image image;
    eh_error err = { 0 };
    if (eh_image_probe(&info, bytes, size, &err) != EH_OK && err.message[0] == 0)
        abort();
    for (int indices = 0; indices < 2; indices++) {
        eh_decode_opts opts = { .limits = { .max_pixels = 1 << 20, .max_side = 1 << 14, .max_scans = 20 } };
        opts.channels = indices ? 1 : channels[size % 3];
        opts.min_side = size % 2 ? 32 : 0;
        opts.indices = indices;
        err = (eh_error){ 0 };
        if (eh_image_decode(&image, bytes, size, &opts, &err) == EH_OK) {
            if (!image.data || image.channels != opts.channels)
                abort();
            seen += sum(&image);
        } else if (image.data || err.message[0] == 0) {
            abort();
        }
        eh_image_clear(&image);
    }
    return 0;
}
