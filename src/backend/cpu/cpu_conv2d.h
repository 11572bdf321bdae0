/* cpu_conv2d.h - what the kernels around convolutions share. */
#ifndef EH_BACKEND_CPU_CPU_CONV2D_H
#define EH_BACKEND_CPU_CPU_CONV2D_H

#include "backend/cpu/cpu.h"

/* Extents of the convolution of x [N,C,H,W] with w [O,C/g,kh,kw] to y; the step tells the types of elements. */
eh_onednn_conv eh_cpu_conv_extents(const eh_step *step, const eh_conv2d_opts *opts, eh_shape x, eh_shape w,
                                   eh_shape y);

/* Multiplications and additions of one pass. */
double eh_cpu_conv_flops(const eh_onednn_conv *conv);

/* Which of the three passes. */
typedef enum eh_conv_pass { EH_CONV_FORWARD, EH_CONV_INPUT_GRAD, EH_CONV_WEIGHT_GRAD } eh_conv_pass;

/* How the forward pass is made; zero for the gradients. */
typedef struct eh_cpu_conv_how {
    bool infer,
        bias; /* infer: weights are prepared once: in a format that only oneDNN reads, or by eh_cpu_conv_keep */
    eh_onednn_post post;
} eh_cpu_conv_how;

/* One pass of a convolution; see cpu_conv2d_ways.c. Lies in the state of a step. */
typedef struct eh_cpu_conv {
    eh_conv_pass pass;
    eh_onednn_conv c;
    eh_cpu_conv_how how;
    eh_onednn *op; /* one of these is there */
    struct eh_small_conv *small;
    struct eh_wino_conv *wino;
    struct eh_wino_grad *wino_grad;
    struct eh_dot_grad *dot_grad;
    struct eh_few_conv *few;
    eh_md *x, *w, *y; /* descriptors of images, weights, results: of the tensors or of their gradients */
} eh_cpu_conv;

/* By the best way there is: the tuner's choice, else the rule's (cpu_conv2d_trial.c). */
eh_status eh_cpu_conv_make(eh_cpu_conv *out, eh_conv_pass pass, const eh_onednn_conv *c, eh_cpu_conv_how how,
                           eh_tuner *tuner, eh_error *err);

/* The ways that there are. EH_ERR_INTERNAL, perhaps without a sentence, when one does not exist for the convolution. */
#define EH_CPU_CONV_WAYS 9
extern const char *const eh_cpu_conv_way_names[];
eh_status eh_cpu_conv_make_way(eh_cpu_conv *out, eh_conv_pass pass, const eh_onednn_conv *c,
                               eh_cpu_conv_how how, int number, eh_error *err);
eh_status eh_cpu_conv_make_by_rule(eh_cpu_conv *out, int *number, eh_conv_pass pass, const eh_onednn_conv *c,
                                   eh_cpu_conv_how how, eh_error *err);

void eh_cpu_conv_clear(eh_cpu_conv *conv);

/* Fills what the step tells about itself: implementation, scratch, FLOP. */
void eh_cpu_conv_describe(eh_step *step, const eh_cpu_conv *conv);

/* With how.infer: bytes of weights in the form that is kept between runs, made from those that lie as conv->w says. 0: they are used as they lie. */
size_t eh_cpu_conv_kept_bytes(const eh_cpu_conv *conv);
void eh_cpu_conv_keep(const eh_cpu_conv *conv, const void *w, void *kept);

/* Runs: the one of x, w and y (or dx, dw) that the pass makes is written. bias only with how.bias. */
eh_status eh_cpu_conv_run(const eh_cpu_conv *conv, void *x, void *w, void *bias, void *y, void *scratch,
                          eh_error *err);

/* A convolution with what follows it: y = [relu](conv(x) [normalised with given statistics] [+ residual]). Inputs x, w[, bias][, scale, shift, mean, var]
 * [, residual]; -1 where there is none. step->fused points to one of these. */
typedef struct eh_cpu_conv_fused {
    bool relu;
    int bias, scale, residual; /* shift, mean and var follow scale */
    double epsilon;
} eh_cpu_conv_fused;

extern const eh_kernel eh_cpu_conv_act;

#endif
