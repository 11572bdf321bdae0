/* cpu_conv2d.h - what the kernels around convolutions share. */
#ifndef EH_BACKEND_CPU_CPU_CONV2D_H
#define EH_BACKEND_CPU_CPU_CONV2D_H

#include "backend/cpu/cpu.h"

/* Extents of the convolution of x [N,C,H,W] with w [O,C/g,kh,kw] to y. */
eh_onednn_conv eh_cpu_conv_extents(const eh_conv2d_opts *opts, eh_shape x, eh_shape w, eh_shape y);

/* Multiplications and additions of one pass. */
double eh_cpu_conv_flops(const eh_onednn_conv *conv);

#endif
