/* quality.h - how good a picture is: light, contrast, sharpness, colour and content, without a second picture to compare with. */
#ifndef EH_IMAGE_QUALITY_H
#define EH_IMAGE_QUALITY_H

#include "evenhand/image.h"

/* Luma is ITU-R 601, 0 = black, 1 = white. All but `aspect` are of the picture brought by box average to a shorter side of 64 to 127 pixels (smaller
 * ones stay as they are), so that a JPEG decoded at a fraction of its size has the same measures. */
typedef struct eh_image_quality_measures {
    float brightness; /* mean luma */
    float contrast;   /* standard deviation of luma */
    float shade,
        light; /* 5th and 95th percentile of luma: a picture is too dark when even its light parts are */
    float
        blur; /* how soft the sharpest edges are: standard deviation of the blur in pixels at a shorter side of 64;
                            0 where there is no edge to judge by */
    float
        colorfulness; /* Hasler and Suesstrunk; 0 = grey, 0.06 = slightly, 0.18 = averagely, 0.43 = extremely colourful */
    float entropy;       /* of the histogram of luma, bits, 0..8 */
    float clipped_dark;  /* share of pixels that are black ... */
    float clipped_light; /* ... and white, within 2 of 255 */
    float aspect;        /* width / height of the image given */
} eh_image_quality_measures;

/* Measures a picture of any size and 1, 3 or 4 channels (alpha on white). `grey`: what eh_grey_pixels makes of all its pixels, where the caller has it;
 * NULL: made here, with the same result. EH_ERR_MEMORY only. Cost: one pass over the pixels and about 0.02 ms besides. Sources and
 * choices: quality.c. */
eh_status eh_image_quality(eh_image_quality_measures *out, const eh_image *image, const uint8_t *grey,
                           eh_error *err);

#endif
