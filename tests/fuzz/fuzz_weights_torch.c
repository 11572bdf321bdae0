/* fuzz_weights_torch.c - libFuzzer target: any bytes either are a pickle of plain data or give a reason, and nothing is run. */
#include "nn/pickle.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    eh_error err = { 0 };
    eh_pickle pickle = { 0 };
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return 0;
    eh_status status = eh_pickle_read(&pickle, arena, bytes, size, "input", &err);
    if (status == EH_OK) {
        if (!pickle.root || pickle.used > size)
            abort();
        for (size_t i = 0; i < pickle.storages; i++)
            if (!pickle.storage[i]->key || pickle.storage[i]->elements < 0)
                abort();
    } else if (err.message[0] == 0) {
        abort();
    }
    eh_arena_free(arena);
    return 0;
}
