/* augment_case.h - runs augmentations on a picture of a test, as the loader does. */
#ifndef EH_TESTS_AUGMENT_CASE_H
#define EH_TESTS_AUGMENT_CASE_H

#include "evenhand/loader.h"

#include <stdbool.h>

/* A picture and its mask, NULL: none. */
typedef struct augment_picture {
    uint8_t *pixels, *mask;
    int width, height, channels;
} augment_picture;

/* Applies `texts` ("flip:probability=1", NULL at the end) to `in`, with the draws of sample `sample` of the first epoch of seed 1. `out` says the size of the
 * result; its mask is NULL when in's is. Fails the test when a text is wrong. */
void augment_case_run(const augment_picture *out, const augment_picture *in, const char *const *texts,
                      uint64_t sample);

/* The same with one augmentation and a picture of the same size, without mask. */
void augment_case_one(uint8_t *out, const uint8_t *in, int width, int height, int channels, const char *text,
                      uint64_t sample);

/* Only what it does to the map, for a result and a source of width x height; true when it is another than the identity. */
bool augment_case_map(double map[9], const char *text, int width, int height, uint64_t sample);

/* Fails the test when `text` changes a picture or its mask in any of 40 samples. */
void augment_case_expect_nothing(const char *text);

/* Fails the test unless the samples of `text` differ from each other, each is the same a second time, a share of about `probability` of 400 is
 * changed, and classes stay with their pixels: a picture of two halves, black and white, and its mask. */
void augment_case_expect(const char *text, double probability);

/* Fails unless the augmentation refuses its options with a sentence that holds `part`. */
void augment_case_refused(const char *text, const char *part);

#endif
