/* fuzz_query.c - any text is a query that holds for some of the rows, or gives a reason; a rule of --fail-on likewise. */
#include "fuzz/fuzz_target.h"

#include "evenhand/memory.h"
#include "evenhand/query.h"
#include "metric/rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const hair[] = { "blond", "dark" }, *const male[] = { "not male", "male" };
    static int32_t cls[4] = { 0, 1, -1, 1 };
    static float number[4] = { 1, 20.5F, NAN, -3 };
    static const char *text[4] = { "a/b.png", "", NULL, "it's" };
    const eh_frame_column column[] = {
        { .name = "hair", .kind = EH_COLUMN_CLASS, .class_name = hair, .classes = 2, .cls = cls },
        { .name = "male", .kind = EH_COLUMN_CLASS, .class_name = male, .classes = 2, .cls = cls },
        { .name = "age", .kind = EH_COLUMN_NUMBER, .number = number },
        { .name = "path", .kind = EH_COLUMN_TEXT, .text = text },
    };
    char *copy = eh_alloc(size + 1, 1);
    eh_arena *arena = eh_arena_new();
    eh_query *query = NULL;
    eh_rule rule;
    eh_error err = { 0 };
    uint8_t keep[4];
    size_t kept = 0;
    if (!copy || !arena)
        goto done;
    memcpy(copy, bytes, size);
    eh_status status = eh_query_parse(&query, copy, &err);
    if (status == EH_OK) {
        if (strcmp(eh_query_text(query), copy) != 0)
            abort();
        status = eh_query_rows(query, column, 4, 4, keep, &kept, &err);
        if (status == EH_OK && kept != (size_t)keep[0] + keep[1] + keep[2] + keep[3])
            abort();
    }
    if (status != EH_OK && err.message[0] == 0)
        abort();
    err = (eh_error){ 0 };
    if (eh_rule_parse(&rule, arena, copy, &err) != EH_OK && err.message[0] == 0)
        abort();
done:
    eh_query_free(query);
    eh_arena_free(arena);
    eh_free(copy);
    return 0;
}
