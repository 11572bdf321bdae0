/* cpu_conv2d_few.h - convolution of row-major bf16 images of a few channels, a network's first, by AVX512_BF16's dot products; see cpu_conv2d_few.c. */
#ifndef EH_BACKEND_CPU_CPU_CONV2D_FEW_H
#define EH_BACKEND_CPU_CPU_CONV2D_FEW_H

#include "backend/cpu/cpu_conv2d_small.h"

/* How the work is cut. */
typedef struct eh_few_conv eh_few_conv;
struct eh_few_conv {
    eh_onednn_conv c;
    int64_t out_blocks;           /* of 16 channels */
    int64_t pairs;                /* of kernel columns */
    int64_t rows, bands;          /* rows of y made at once, and how many times an image */
    int64_t in_rows, width;       /* of x that they meet, with padding */
    size_t weight_words, x_halfs; /* of all weights; of the rows of x that one thread has in order */
    int parts;
};

/* True when this way exists for the convolution; fills *out. x is row-major bf16, y bf16 as images lie on this processor, the weights as eh_few_weights says. */
bool eh_few_fits(eh_few_conv *out, eh_conv_pass pass, const eh_onednn_conv *conv);

/* Layout of the weights, that of eh_dot_grad_weights. NULL when out of memory. */
eh_md *eh_few_weights(const eh_few_conv *conv);

/* Bytes of scratch memory. */
size_t eh_few_scratch(const eh_few_conv *conv);

/* y from x; `after` without sum. */
void eh_few_forward(const eh_few_conv *conv, const uint16_t *x, const float *w, uint16_t *y,
                    eh_small_after after, void *scratch);

#endif
