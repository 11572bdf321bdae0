/* fuzz_idx.c - any bytes are an IDX file whose values are all there, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "data/idx_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static volatile unsigned seen;
    eh_source *source;
    eh_idx_file idx;
    eh_error err = { 0 };
    if (eh_source_open(&source, fuzz_file(bytes, size, "-idx3-ubyte"), NULL, NULL, NULL) != EH_OK)
        return 0;
    const char *named = eh_source_named(source);
    if (named && eh_idx_read(&idx, source, named, 1, &err) == EH_OK) {
        uint64_t count = 1;
        for (int i = 0; i < idx.dimensions; i++)
            count *= idx.size[i];
        for (uint64_t i = 0; i < count; i += 97)
            seen += idx.data[i];
        eh_idx_clear(&idx);
    } else if (named && err.message[0] == 0) {
        abort();
    }
    eh_source_close(source);
    return 0;
}
