/* cpu_conv2d_wino.h - convolution with 3x3 kernels by Winograd's algorithm; see cpu_conv2d_wino.c. */
#ifndef EH_BACKEND_CPU_CPU_CONV2D_WINO_H
#define EH_BACKEND_CPU_CPU_CONV2D_WINO_H

#include "backend/cpu/cpu_conv2d.h"

#define EH_WINO_POINTS 36 /* 6 x 6 */

/* How the work is cut; all sizes in floats. "From" is what is summed over: x, or dy for the input gradient. */
typedef struct eh_wino_conv {
    eh_conv_pass pass;
    bool few; /* few tiles: transformed all at once, weights block by block */
    int64_t n, from_blocks, to_blocks, to_channels; /* images; blocks of 16 channels */
    int64_t from_h, from_w, to_h, to_w, pad[2];
    int64_t tile_rows, tile_columns, tiles; /* of 4 x 4 results; tiles of all images */
    int64_t block, parts;                   /* tiles that are worked on at a time; threads */
    int64_t v_point, v, u_point, u_pair, u, m_point,
        m; /* transformed input, weights, products: distance of points, size */
} eh_wino_conv;

/* What a forward pass does besides; NULL or false: nothing. */
typedef struct eh_wino_after {
    const float *bias;
    bool sum, relu; /* y += old y; y = max(y, 0) */
} eh_wino_after;

/* True when this way exists for the pass (forward or input gradient) on this processor; fills *out. Images lie in blocks of 16 channels, weights (and
 * their gradient) as OIhw16i16o for all three passes. */
bool eh_wino_fits(eh_wino_conv *out, eh_conv_pass pass, const eh_onednn_conv *conv);

/* True where it is the fastest way that there is, as a rule. */
bool eh_wino_pays(const eh_onednn_conv *conv);

/* Bytes of scratch memory; of weights transformed beforehand. */
size_t eh_wino_scratch(const eh_wino_conv *conv);
size_t eh_wino_weights(const eh_wino_conv *conv);

/* Transforms weights beforehand, where they are used more than once. */
void eh_wino_transform(const eh_wino_conv *conv, const float *w, float *transformed);

/* to = conv(from, w): forward and input gradient. `transformed`: by eh_wino_transform, or NULL. */
void eh_wino_run(const eh_wino_conv *conv, const float *from, const float *w, const float *transformed,
                 float *to, eh_wino_after after, void *scratch);

/* The weight gradient. */
typedef struct eh_wino_grad {
    int64_t n, in_blocks, out_blocks, h, w, oh, ow, pad[2];
    bool few; /* tiles: all transformed at once, sums of one pair of blocks at a time */
    int64_t tile_rows, tile_columns, tiles, chunk; /* chunk: tiles that are transformed at a time */
    int64_t parts, share;                          /* threads; tiles of one */
    int64_t x_point, y_point, m_point, own;        /* distances of points, memory of a thread, in floats */
} eh_wino_grad;

bool eh_wino_grad_fits(eh_wino_grad *out, const eh_onednn_conv *conv);
size_t eh_wino_grad_scratch(const eh_wino_grad *grad);

/* dw from x and dy. */
void eh_wino_weight_grad(const eh_wino_grad *grad, const float *x, const float *dy, float *dw, void *scratch);

#endif
