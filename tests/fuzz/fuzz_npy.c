/* fuzz_npy.c - any bytes are the header of an NPY file, with sizes whose product it says, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "base/npy.h"
#include "data/image_array.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    eh_npy_header h;
    eh_image_array array;
    eh_error err = { 0 };
    double value[16];
    if (eh_npy_parse(&h, bytes, size, "fuzz.npy", &err) != EH_OK) {
        if (err.message[0] == 0)
            abort();
        return 0;
    }
    uint64_t product = 1;
    for (int i = 0; i < h.dimensions; i++)
        product *= h.size[i];
    if (product != h.elements || h.offset > size)
        abort();
    size_t there = (size - (size_t)h.offset) / (size_t)h.bytes;
    eh_npy_convert(value, &h, bytes + h.offset, there < 16 ? there : 16);
    (void)eh_image_array_shape(&array, h.size, h.dimensions, "fuzz.npy", NULL);
    return 0;
}
