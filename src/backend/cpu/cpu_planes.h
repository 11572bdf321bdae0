/* cpu_planes.h - one number for each image plane: sums over planes, and planes filled with numbers, in image layouts. */
#ifndef EH_BACKEND_CPU_CPU_PLANES_H
#define EH_BACKEND_CPU_CPU_PLANES_H

#include "backend/cpu/cpu.h"

/* Planes of an image tensor and the numbers that belong to them: number[n * per_image + c * per_channel]; 0 where images or channels share one. */
typedef struct eh_planes {
    eh_channels channels;
    eh_element element; /* of the image; numbers are f32 */
    void *image;
    float *number;
    int64_t per_image, per_channel;
    double factor;
} eh_planes;

/* number = factor * sum of the plane; per_image and per_channel must be those of [N,C]. Summed in f32 over short runs and f64 beyond; the order does not depend on
 * the number of threads. */
void eh_planes_sum(const eh_planes *planes);

/* Every element of a plane = factor * number; padding is zero. */
void eh_planes_fill(const eh_planes *planes);

/* True when `small`, aligned at the right of `image` [N,C,...] (rank 3 or more), has one number for each plane of it: spatial dims 1, the others 1 or full. */
bool eh_planes_fit(eh_shape small, eh_shape image, int64_t *per_image, int64_t *per_channel);

#endif
