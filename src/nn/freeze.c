/* freeze.c - which variables stay as they are. */
#include "nn/layer.h"

#include <fnmatch.h>

bool eh_build_frozen(const eh_build *b, const char *name)
{
    for (size_t i = 0; b->freeze && i < b->freeze->count; i++)
        if (fnmatch(b->freeze->item[i], name, 0) == 0)
            return true;
    return false;
}
