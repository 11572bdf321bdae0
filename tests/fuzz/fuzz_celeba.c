/* fuzz_celeba.c - any bytes are one of CelebA's lists, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "data/celeba_lists.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static volatile size_t seen;
    eh_source *source;
    eh_error err = { 0 };
    if (eh_source_open(&source, fuzz_file(bytes, size, ".txt"), NULL, NULL, NULL) != EH_OK)
        return 0;
    const char *named = eh_source_named(source);
    for (int titled = 0; named && titled < 2; titled++) {
        eh_arena *arena = eh_arena_new();
        eh_celeba_list list;
        if (!arena)
            break;
        if (eh_celeba_read(&list, arena, source, named, titled, &err) == EH_OK) {
            for (size_t i = 0; i < list.rows * list.fields; i++)
                seen += list.cell[i] ? strlen(list.cell[i]) : 0;
            for (size_t i = 0; i < list.rows; i++)
                seen += strlen(list.name[i]);
        } else if (err.message[0] == 0) {
            abort();
        }
        eh_arena_free(arena);
    }
    eh_source_close(source);
    return 0;
}
