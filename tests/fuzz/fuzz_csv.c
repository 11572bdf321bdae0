/* fuzz_csv.c - any bytes are a table with as many cells as it says, or give a reason; what is written again reads back the same. */
#include "fuzz/fuzz_target.h"

#include "base/csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    eh_arena *arena = eh_arena_new();
    eh_csv csv, again;
    eh_error err = { 0 };
    eh_str text = { 0 };
    if (!arena)
        return 0;
    if (eh_csv_parse(&csv, arena, "fuzz.csv", (const char *)bytes, size, &err) != EH_OK) {
        if (err.message[0] == 0)
            abort();
        eh_arena_free(arena);
        return 0;
    }
    eh_csv_row(&text, csv.header, csv.columns);
    for (size_t row = 0; row < csv.rows; row++)
        eh_csv_row(&text, csv.cell + row * csv.columns, csv.columns);
    /* The separator is found anew, from a header that may hold others inside its quotes: only tables of more than one column are sure. */
    if (csv.columns > 1 &&
        eh_csv_parse(&again, arena, "again.csv", eh_str_text(&text), text.size, NULL) == EH_OK &&
        again.columns == csv.columns) {
        if (again.rows != csv.rows)
            abort();
        for (size_t i = 0; i < csv.columns * csv.rows; i++)
            if (strcmp(csv.cell[i], again.cell[i]) != 0)
                abort();
    }
    eh_str_clear(&text);
    eh_arena_free(arena);
    return 0;
}
