/* fuzz_json_lines.c - any bytes are a table of JSON lines with all its cells, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "data/label_table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static volatile size_t seen;
    eh_source *source;
    eh_csv csv;
    eh_error err = { 0 };
    size_t nested;
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return 0;
    if (eh_source_open(&source, fuzz_file(bytes, size, ".jsonl"), NULL, NULL, NULL) != EH_OK) {
        eh_arena_free(arena);
        return 0;
    }
    const char *named = eh_source_named(source);
    if (named && eh_label_read_lines(&csv, &nested, arena, source, named, &err) == EH_OK) {
        for (size_t i = 0; i < csv.rows * csv.columns; i++)
            seen += strlen(csv.cell[i]);
        for (size_t i = 0; i < csv.columns; i++)
            seen += strlen(csv.header[i]);
    } else if (named && err.message[0] == 0) {
        abort();
    }
    eh_source_close(source);
    eh_arena_free(arena);
    return 0;
}
