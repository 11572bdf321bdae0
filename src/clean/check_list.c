/* check_list.c - the table of checks, in the order in which they run. */
#include "clean/check.h"

extern const eh_check eh_check_copies, eh_check_leaks, eh_check_quality, eh_check_names, eh_check_values,
    eh_check_identities, eh_check_labels;

const eh_entry *const eh_check_list[] = {
    &eh_check_copies.entry, &eh_check_leaks.entry,      &eh_check_quality.entry, &eh_check_names.entry,
    &eh_check_values.entry, &eh_check_identities.entry, &eh_check_labels.entry,  NULL,
};
