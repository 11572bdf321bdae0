/* fuzz_replay.c - runs a fuzz target over files without libFuzzer: each as it is, cut at sixteen places, and with sixteen bits flipped. */
#include "fuzz/fuzz_target.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

static void run(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = eh_alloc_raw(size, 1); /* so that reading beyond the end is seen */
    if (exact && size)
        memcpy(exact, bytes, size);
    if (exact)
        LLVMFuzzerTestOneInput(exact, size);
    eh_free(exact);
}

static int replay(const char *path)
{
    uint8_t *bytes;
    size_t size;
    eh_error err = { 0 };
    if (eh_file_read(&bytes, &size, path, 0, &err) != EH_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    run(bytes, size);
    for (size_t i = 0; i < 16 && size > 0; i++) {
        run(bytes, size * i / 16);
        size_t at = (size * i / 16 + i) % size;
        bytes[at] ^= (uint8_t)(1u << i % 8);
        run(bytes, size);
        bytes[at] ^= (uint8_t)(1u << i % 8);
    }
    eh_free(bytes);
    return 0;
}

int main(int count, char **argument)
{
    int bad = 0, files = 0;
    eh_arena *arena = eh_arena_new();
    for (int i = 1; i < count; i++) {
        const char **name;
        size_t names;
        if (!eh_path_is_folder(argument[i])) {
            bad |= replay(argument[i]);
            files++;
        } else if (eh_list_files(arena, &name, &names, argument[i], NULL) == EH_OK) {
            for (size_t k = 0; k < names; k++, files++)
                bad |= replay(eh_path_join(arena, argument[i], name[k]));
        }
    }
    eh_arena_free(arena);
    printf("%d files\n", files);
    return bad || files == 0;
}
