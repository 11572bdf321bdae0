/* fuzz_archive.c - any bytes are an archive whose members can be listed and read, or not, or no archive; a member's name never leads outside. */
#include "fuzz/fuzz_target.h"

#include "base/file.h"
#include "data/source.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const eh_archive_limits limits = { .max_entries = 1000, .max_bytes = 1 << 22 };
    eh_source *source = NULL;
    eh_error err = { 0 };
    size_t count = 0;
    if (eh_source_open(&source, fuzz_file(bytes, size, ""), &limits, NULL, &err) != EH_OK) {
        if (source || err.message[0] == 0)
            abort();
        return 0;
    }
    if (eh_source_is_archive(source) && eh_source_list(source, &count, &err) != EH_OK)
        abort();
    for (size_t i = 0; i < count; i++) {
        uint8_t *read, head[16];
        size_t got, head_size = sizeof head;
        eh_source_entry entry = eh_source_at(source, i);
        if (!eh_path_stays_inside(entry.path) || !eh_source_has(source, entry.path))
            abort();
        err = (eh_error){ 0 };
        if (eh_source_read(&read, &got, source, entry.path, 1 << 22, &err) == EH_OK) {
            if (got != entry.size || read[got] != 0)
                abort();
            if (eh_source_head(head, &head_size, source, entry.path, NULL) == EH_OK &&
                memcmp(head, read, head_size) != 0)
                abort();
            eh_free(read);
        } else if (err.message[0] == 0) {
            abort();
        }
    }
    for (size_t i = 0; i < eh_source_skips(source); i++)
        if (!eh_source_skip_at(source, i).reason)
            abort();
    eh_source_close(source);
    return 0;
}
