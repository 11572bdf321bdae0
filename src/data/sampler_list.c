/* sampler_list.c - the table of samplers; to add one see evenhand/loader.h. */
#include "evenhand/loader.h"

const eh_entry *const eh_sampler_list[] = {
    &eh_sampler_uniform.entry,
    &eh_sampler_weighted.entry,
    &eh_sampler_balanced.entry,
    &eh_sampler_capped.entry,
    NULL,
};
