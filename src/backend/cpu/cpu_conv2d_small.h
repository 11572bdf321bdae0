/* cpu_conv2d_small.h - convolution of small maps as matrix products over kernel positions; see cpu_conv2d_small.c. */
#ifndef EH_BACKEND_CPU_CPU_CONV2D_SMALL_H
#define EH_BACKEND_CPU_CPU_CONV2D_SMALL_H

#include "backend/cpu/cpu_conv2d.h"

#define EH_SMALL_PAIRS 576 /* most output positions times kernel positions */
#define EH_SMALL_MAP   256 /* most positions of an image */

/* One product: an input position, an output position and the kernel position between them. */
typedef struct eh_small_pair {
    int16_t in, out, tap;
} eh_small_pair;

/* A convolution laid out as products; `start` cuts the pairs into groups (by output position, input position or kernel position). */
typedef struct eh_small_conv eh_small_conv;
struct eh_small_conv {
    eh_onednn_conv c;
    eh_conv_pass pass;
    int groups;
    int16_t start[EH_SMALL_MAP + 1];
    eh_small_pair pair[EH_SMALL_PAIRS];
};

/* What a forward pass does besides; NULL or false: nothing. */
typedef struct eh_small_after {
    const float *bias;
    bool sum, relu; /* y += old y; y = max(y, 0) */
} eh_small_after;

/* True where this way is faster than oneDNN's, as a rule. */
bool eh_small_pays(eh_conv_pass pass, const eh_onednn_conv *conv);

/* True when this way exists for the convolution; fills *out. Images lie in blocks of 16 channels, weights as eh_small_weights says. */
bool eh_small_conv_fits(eh_small_conv *out, eh_conv_pass pass, const eh_onednn_conv *conv);

/* The lists of the convolution, whatever its channels. False when it has too many pairs. */
bool eh_small_conv_list(eh_small_conv *out, eh_conv_pass pass, const eh_onednn_conv *conv);

/* Layout of the weights for a pass (of their gradient for EH_CONV_WEIGHT_GRAD). NULL when out of memory. */
eh_md *eh_small_weights(eh_conv_pass pass, const eh_onednn_conv *conv);

/* Bytes of scratch memory, and multiplications that are really made. */
size_t eh_small_scratch(const eh_small_conv *conv);
double eh_small_flops(const eh_small_conv *conv);

/* y = conv(x, w); dx from dy and w; dw from x and dy. */
void eh_small_forward(const eh_small_conv *conv, const float *x, const float *w, float *y,
                      eh_small_after after);
void eh_small_input_grad(const eh_small_conv *conv, const float *dy, const float *w, float *dx);
void eh_small_weight_grad(const eh_small_conv *conv, const float *x, const float *dy, float *dw,
                          void *scratch);

#endif
