/* method_list.c - the table of methods. */
#include "train/hooks.h"

extern const eh_method eh_method_erm;

const eh_entry *const eh_method_list[] = {
    &eh_method_erm.entry, /* plain training, the baseline */
    NULL,
};
