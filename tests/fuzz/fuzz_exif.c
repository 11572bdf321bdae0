/* fuzz_exif.c - any bytes of EXIF say one of the eight orientations. */
#include "fuzz/fuzz_target.h"

#include "image/codec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int orientation = eh_exif_orientation(bytes, size);
    if (orientation < 1 || orientation > 8)
        abort();
    return 0;
}
