/* augment_golden.h - tests/golden/augment.json: what torchvision and fastai make of a picture. */
#ifndef EH_TESTS_AUGMENT_GOLDEN_H
#define EH_TESTS_AUGMENT_GOLDEN_H

#include "evenhand/loader.h"

enum { GOLDEN_WIDTH = 16, GOLDEN_HEIGHT = 12, GOLDEN_CHANNELS = 3 };

/* Every case of a change of colours: fails the test unless `apply` gives the same within 1 of 255. Returns how many there are. */
int augment_golden_colours(const char *change, void (*apply)(uint8_t *samples, size_t pixels, int channels,
                                                             double value, double contrast));

/* Every case of a step: `place` multiplies it into the sample's map. Fails the test unless the result is the same within 0.6. Returns how many there are. */
int augment_golden_geometry(const char *step, void (*place)(eh_sample *sample, const double *value));

#endif
