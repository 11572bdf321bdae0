/* fuzz_kinds.c - the kinds of the fuzz build: none, so that a parser is built without training, methods and the backend. */
#include "evenhand/option.h"

const eh_kind *const *eh_kinds(void)
{
    static const eh_kind *const none[] = { NULL };
    return none;
}
