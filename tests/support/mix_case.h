/* mix_case.h - runs an augmentation that mixes on a batch of a test. */
#ifndef EH_TESTS_MIX_CASE_H
#define EH_TESTS_MIX_CASE_H

#include "evenhand/loader.h"

enum {
    MIX_COUNT = 200,
    MIX_WIDTH = 12,
    MIX_HEIGHT = 10,
    MIX_CHANNELS = 3,
    MIX_PLANE = MIX_WIDTH * MIX_HEIGHT
};

/* A batch in which every sample of image i is i + 1 and every pixel of its mask i % 250; partner of i is (i + 1) % MIX_COUNT. */
typedef struct mix_case {
    float image[MIX_COUNT][MIX_CHANNELS][MIX_PLANE];
    uint8_t mask[MIX_COUNT][MIX_PLANE];
    uint32_t partner[MIX_COUNT];
    float lambda[MIX_COUNT];
} mix_case;

/* Mixes by `text` ("mixup:alpha=1") with the draws of batch `batch`. */
void mix_case_run(mix_case *c, const char *text, bool masks, uint64_t batch);

#endif
