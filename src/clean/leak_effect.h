/* leak_effect.h - what leaks do to each group: how many of its held-out images have a copy in training, and its accuracy with and without them. */
#ifndef EH_CLEAN_LEAK_EFFECT_H
#define EH_CLEAN_LEAK_EFFECT_H

#include "clean/finding.h"
#include "evenhand/dataset.h"

typedef struct eh_leak_group {
    uint64_t held_out,
        leaking;            /* images for validation and test, and those of them with a copy in training */
    uint64_t judged, right; /* images with a prediction that was judged, and right ones */
    uint64_t leaking_judged, leaking_right; /* of the leaking ones */
} eh_leak_group;

/* Fills out[groups->count + 1], the last for all images together. Findings of the check `leaks` (across parts) count. right[rows]: 1 predicted rightly, 0
 * wrongly, -1 no prediction; NULL: none at all. */
eh_status eh_leak_effect(eh_leak_group *out, const eh_findings *findings, const eh_frame *frame,
                         const eh_groups *groups, const int8_t *right, eh_error *err);

#endif
