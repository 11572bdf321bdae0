/* cpu_batch_norm.h - what the batch normalisation kernels and the fusion pass share.
 *
 * Fused forward   y = [relu](batch_norm(x) [+ r])                       inputs x, scale, shift[, r]; outputs y, mean, var
 *                 y = [relu](batch_norm_fixed(x) [+ r])                 inputs x, scale, shift, mean, var[, r]; output y
 * Fused backward  g = relu_grad(dy [+ dy2], z), gradients of batch_norm  inputs dy, x, scale, mean, var[, dy2][, z or shift];
 *                 outputs dx, dscale, dshift[, g]. The relu's mask is read from its output z, or (when nothing was added before the relu) made
 *                 again from x, which saves reading z.
 */
#ifndef EH_BACKEND_CPU_CPU_BATCH_NORM_H
#define EH_BACKEND_CPU_CPU_BATCH_NORM_H

#include "backend/cpu/cpu.h"

/* Which input of a fused step plays which part; -1: none. step->fused points to one of these. */
typedef struct eh_cpu_bn_fused {
    bool relu;
    int residual;      /* forward */
    int dy2, z, shift; /* backward */
    bool keep_masked;  /* output 3 is g */
} eh_cpu_bn_fused;

extern const eh_kernel eh_cpu_bn_act, eh_cpu_bn_fixed_act, eh_cpu_bn_act_grad;

#endif
