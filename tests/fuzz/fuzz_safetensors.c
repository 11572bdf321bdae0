/* fuzz_safetensors.c - any bytes are a file of tensors that can all be read, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "evenhand/memory.h"
#include "nn/safetensors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    eh_safetensors *file;
    eh_error err = { 0 };
    if (eh_safetensors_open(&file, fuzz_file(bytes, size, ".safetensors"), &err) != EH_OK) {
        if (err.message[0] == 0)
            abort();
        return 0;
    }
    (void)eh_safetensors_metadata(file, "format");
    for (size_t i = 0; i < eh_safetensors_count(file); i++) {
        const eh_safetensor *item = eh_safetensors_item(file, i);
        if (eh_safetensors_find(file, item->name) != (int64_t)i)
            abort();
        size_t elements = 1;
        for (int d = 0; d < item->shape.rank; d++)
            elements *= (size_t)item->shape.dim[d];
        float *values = elements <= size ? eh_alloc(elements + 1, sizeof *values) : NULL;
        err = (eh_error){ 0 };
        if (values && eh_safetensors_read_float(file, i, values, &err) != EH_OK && err.message[0] == 0)
            abort();
        eh_free(values);
    }
    eh_safetensors_close(file);
    return 0;
}
