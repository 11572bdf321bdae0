/* batch_fill.h - 8-bit interleaved pixels to normalised planes of floats. */
#ifndef EH_DATA_BATCH_FILL_H
#define EH_DATA_BATCH_FILL_H

#include <stdint.h>

/* sample = byte * scale + shift, per channel. */
typedef struct eh_batch_scale {
    float scale[3], shift[3];
} eh_batch_scale;

/* From mean and standard deviation in units of 0..1: scale = 1 / (255 std), shift = -mean / std; std 0 means 1. */
void eh_batch_scale_set(eh_batch_scale *out, const float mean[3], const float std[3]);

/* out [channels, pixels] from in [pixels, channels]; channels 1 or 3. */
void eh_batch_fill(float *restrict out, const uint8_t *restrict in, int pixels, int channels,
                   const eh_batch_scale *scale);

#endif
