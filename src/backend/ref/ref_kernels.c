/* ref_kernels.c - the table of the reference backend's kernels. */
#include "backend/ref/ref.h"

extern const eh_kernel eh_ref_conv2d;
extern const eh_kernel eh_ref_conv2d_input_grad;
extern const eh_kernel eh_ref_conv2d_weight_grad;
extern const eh_kernel eh_ref_matmul;
extern const eh_kernel eh_ref_linear;
extern const eh_kernel eh_ref_batch_norm;
extern const eh_kernel eh_ref_batch_norm_grad;
extern const eh_kernel eh_ref_batch_norm_update;
extern const eh_kernel eh_ref_batch_norm_fixed;
extern const eh_kernel eh_ref_batch_norm_fixed_grad;
extern const eh_kernel eh_ref_max_pool2d;
extern const eh_kernel eh_ref_max_pool2d_grad;
extern const eh_kernel eh_ref_max_pool2d_pick;
extern const eh_kernel eh_ref_avg_pool2d;
extern const eh_kernel eh_ref_avg_pool2d_grad;
extern const eh_kernel eh_ref_global_avg_pool;
extern const eh_kernel eh_ref_global_avg_pool_grad;
extern const eh_kernel eh_ref_resample2d;
extern const eh_kernel eh_ref_resample2d_grad;
extern const eh_kernel eh_ref_relu;
extern const eh_kernel eh_ref_relu_grad;
extern const eh_kernel eh_ref_sigmoid;
extern const eh_kernel eh_ref_tanh;
extern const eh_kernel eh_ref_gelu;
extern const eh_kernel eh_ref_gelu_grad;
extern const eh_kernel eh_ref_softplus;
extern const eh_kernel eh_ref_exp;
extern const eh_kernel eh_ref_log;
extern const eh_kernel eh_ref_sqrt;
extern const eh_kernel eh_ref_square;
extern const eh_kernel eh_ref_abs;
extern const eh_kernel eh_ref_affine;
extern const eh_kernel eh_ref_gelu_tanh;
extern const eh_kernel eh_ref_gelu_tanh_grad;
extern const eh_kernel eh_ref_silu;
extern const eh_kernel eh_ref_silu_grad;
extern const eh_kernel eh_ref_hard_swish;
extern const eh_kernel eh_ref_hard_swish_grad;
extern const eh_kernel eh_ref_leaky_relu;
extern const eh_kernel eh_ref_leaky_relu_grad;
extern const eh_kernel eh_ref_add;
extern const eh_kernel eh_ref_sub;
extern const eh_kernel eh_ref_mul;
extern const eh_kernel eh_ref_div;
extern const eh_kernel eh_ref_greater;
extern const eh_kernel eh_ref_equal;
extern const eh_kernel eh_ref_maximum;
extern const eh_kernel eh_ref_sum;
extern const eh_kernel eh_ref_mean;
extern const eh_kernel eh_ref_max;
extern const eh_kernel eh_ref_max_mask;
extern const eh_kernel eh_ref_reshape;
extern const eh_kernel eh_ref_permute;
extern const eh_kernel eh_ref_broadcast_to;
extern const eh_kernel eh_ref_power;
extern const eh_kernel eh_ref_where;
extern const eh_kernel eh_ref_slice;
extern const eh_kernel eh_ref_pad;
extern const eh_kernel eh_ref_concat;
extern const eh_kernel eh_ref_gather;
extern const eh_kernel eh_ref_gather_grad;
extern const eh_kernel eh_ref_random;
extern const eh_kernel eh_ref_softmax;
extern const eh_kernel eh_ref_log_softmax;
extern const eh_kernel eh_ref_one_hot;
extern const eh_kernel eh_ref_stop_gradient;
extern const eh_kernel eh_ref_reverse_gradient;
extern const eh_kernel eh_ref_assign;
extern const eh_kernel eh_ref_adam_update;
extern const eh_kernel eh_ref_sgd_update;

extern const eh_kernel *const eh_ref_kernels[];

const eh_kernel *const eh_ref_kernels[] = {
    &eh_ref_conv2d,
    &eh_ref_conv2d_input_grad,
    &eh_ref_conv2d_weight_grad,
    &eh_ref_matmul,
    &eh_ref_linear,
    &eh_ref_batch_norm,
    &eh_ref_batch_norm_grad,
    &eh_ref_batch_norm_update,
    &eh_ref_batch_norm_fixed,
    &eh_ref_batch_norm_fixed_grad,
    &eh_ref_max_pool2d,
    &eh_ref_max_pool2d_grad,
    &eh_ref_max_pool2d_pick,
    &eh_ref_avg_pool2d,
    &eh_ref_avg_pool2d_grad,
    &eh_ref_global_avg_pool,
    &eh_ref_global_avg_pool_grad,
    &eh_ref_resample2d,
    &eh_ref_resample2d_grad,
    &eh_ref_relu,
    &eh_ref_relu_grad,
    &eh_ref_sigmoid,
    &eh_ref_tanh,
    &eh_ref_gelu,
    &eh_ref_gelu_grad,
    &eh_ref_softplus,
    &eh_ref_exp,
    &eh_ref_log,
    &eh_ref_sqrt,
    &eh_ref_square,
    &eh_ref_abs,
    &eh_ref_affine,
    &eh_ref_gelu_tanh,
    &eh_ref_gelu_tanh_grad,
    &eh_ref_silu,
    &eh_ref_silu_grad,
    &eh_ref_hard_swish,
    &eh_ref_hard_swish_grad,
    &eh_ref_leaky_relu,
    &eh_ref_leaky_relu_grad,
    &eh_ref_add,
    &eh_ref_sub,
    &eh_ref_mul,
    &eh_ref_div,
    &eh_ref_greater,
    &eh_ref_equal,
    &eh_ref_maximum,
    &eh_ref_sum,
    &eh_ref_mean,
    &eh_ref_max,
    &eh_ref_max_mask,
    &eh_ref_reshape,
    &eh_ref_permute,
    &eh_ref_broadcast_to,
    &eh_ref_power,
    &eh_ref_where,
    &eh_ref_slice,
    &eh_ref_pad,
    &eh_ref_concat,
    &eh_ref_gather,
    &eh_ref_gather_grad,
    &eh_ref_random,
    &eh_ref_softmax,
    &eh_ref_log_softmax,
    &eh_ref_one_hot,
    &eh_ref_stop_gradient,
    &eh_ref_reverse_gradient,
    &eh_ref_assign,
    &eh_ref_adam_update,
    &eh_ref_sgd_update,
    NULL,
};
