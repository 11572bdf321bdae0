/* cpu_conv2d.h - what the kernels around convolutions share. */
#ifndef EH_BACKEND_CPU_CPU_CONV2D_H
#define EH_BACKEND_CPU_CPU_CONV2D_H

#include "backend/cpu/cpu.h"

/* Extents of the convolution of x [N,C,H,W] with w [O,C/g,kh,kw] to y. */
eh_onednn_conv eh_cpu_conv_extents(const eh_conv2d_opts *opts, eh_shape x, eh_shape w, eh_shape y);

/* Multiplications and additions of one pass. */
double eh_cpu_conv_flops(const eh_onednn_conv *conv);

/* A convolution with what follows it: y = [relu](conv(x) [normalised with given statistics] [+ residual]). Inputs x, w[, bias][, scale, shift, mean, var]
 * [, residual]; -1 where there is none. step->fused points to one of these. */
typedef struct eh_cpu_conv_fused {
    bool relu;
    int bias, scale, residual; /* shift, mean and var follow scale */
    double epsilon;
} eh_cpu_conv_fused;

extern const eh_kernel eh_cpu_conv_act;

#endif
