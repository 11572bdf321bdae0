/* backend_list.c - the table of backends. */
#include "backend/backend.h"

const eh_entry *const eh_backend_list[] = {
    &eh_backend_cpu.entry,
    &eh_backend_ref.entry,
    NULL,
};
