/* head_list.c - the table of heads. */
#include "evenhand/model.h"

extern const eh_head eh_head_linear, eh_head_concat_pool, eh_head_class_attention, eh_head_pixels;

const eh_entry *const eh_head_list[] = {
    &eh_head_linear.entry,
    &eh_head_concat_pool.entry,
    &eh_head_class_attention.entry,
    &eh_head_pixels.entry,
    NULL,
};
