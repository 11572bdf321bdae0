/* cpu_conv2d_dot.h - convolution of bf16 images by AVX512_BF16's dot products: the weight gradient (cpu_conv2d_dot.c), and the other two passes on
 * small maps (cpu_conv2d_dot_small.c). */
#ifndef EH_BACKEND_CPU_CPU_CONV2D_DOT_H
#define EH_BACKEND_CPU_CPU_CONV2D_DOT_H

#include "backend/cpu/cpu_conv2d_small.h"

/* How the work is cut. */
typedef struct eh_dot_grad eh_dot_grad;
struct eh_dot_grad {
    eh_onednn_conv c;
    bool planes;                   /* x is row-major, of few channels */
    int64_t in_blocks, out_blocks; /* of 16 channels (planes: 1) */
    int64_t pairs, rows;           /* of images, and rows of dy, that are brought into order at once */
    int64_t x_rows, x_width;       /* rows and columns of x that this takes (planes: with padding) */
    size_t x_words, y_words;       /* of 32 bits, in order */
};

/* True when this way exists for the convolution; fills *out. Images lie as they do on this processor, the gradient as eh_dot_grad_weights says. */
bool eh_dot_grad_fits(eh_dot_grad *out, const eh_onednn_conv *conv);

/* Layout of dw. NULL when out of memory. */
eh_md *eh_dot_grad_weights(const eh_dot_grad *grad);

/* Bytes of scratch memory. */
size_t eh_dot_grad_scratch(const eh_dot_grad *grad);

/* dw from x and dy. */
void eh_dot_grad_run(const eh_dot_grad *grad, const uint16_t *x, const uint16_t *dy, float *dw,
                     void *scratch);

/* As the functions of cpu_conv2d_small.h, for EH_CONV_FORWARD and EH_CONV_INPUT_GRAD. y and dx are bf16, or f32 where conv->c.exact. */
bool eh_dot_small_fits(eh_small_conv *out, eh_conv_pass pass, const eh_onednn_conv *conv);
eh_md *eh_dot_small_weights(eh_conv_pass pass, const eh_onednn_conv *conv);
void eh_dot_small_forward(const eh_small_conv *conv, const void *x, const void *w, void *y,
                          eh_small_after after);
void eh_dot_small_input_grad(const eh_small_conv *conv, const void *dy, const void *w, void *dx);

#endif
