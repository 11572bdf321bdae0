/* layout_list.c - the table of layouts. */
#include "data/layout.h"

extern const eh_layout eh_layout_corner, eh_layout_paste, eh_layout_overlay;

const eh_entry *const eh_layout_list[] = { &eh_layout_corner.entry, &eh_layout_paste.entry,
                                           &eh_layout_overlay.entry, NULL };
