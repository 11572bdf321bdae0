/* layout_cases.h - drawing with a layout and its options as a user writes them. */
#ifndef EH_TESTS_LAYOUT_CASES_H
#define EH_TESTS_LAYOUT_CASES_H

#include "data/layout.h"

/* Draws with "corner:share=0.5"; status and sentence as the layout gives them, its check included. */
eh_status layout_case_draw(const char *layout, const eh_image *first, const eh_image *second, int position,
                           uint64_t seed, eh_image *out, eh_layout_box *box, eh_error *err);

/* The RGB value at (x, y) as 0xrrggbb. */
uint32_t layout_case_pixel(const eh_image *image, int x, int y);

#endif
