/* fuzz_recipe.c - any bytes are a recipe whose tree can be walked, or give a reason with a line. */
#include "fuzz/fuzz_target.h"

#include "base/config.h"

#include <stdlib.h>
#include <string.h>

static size_t walk(const eh_config *c, int depth)
{
    size_t seen = (c->text ? strlen(c->text) : 0) + (c->key ? strlen(c->key) : 0);
    if (depth > 32 || c->line < (depth > 0))
        abort();
    for (size_t i = 0; i < c->count; i++)
        seen += walk(c->item[i], depth + 1);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static volatile size_t seen;
    eh_config *config;
    eh_error err = { 0 };
    eh_arena *arena = eh_arena_new();
    if (arena && eh_config_parse(&config, arena, "fuzz.yaml", (const char *)bytes, size, &err) == EH_OK)
        seen += config ? walk(config, 0) : 0;
    else if (err.message[0] == 0)
        abort();
    eh_arena_free(arena);
    return 0;
}
