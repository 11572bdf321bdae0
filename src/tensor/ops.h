/* ops.h - every operation's node: its inputs, outputs and attributes. What builders make, gradients use and kernels read.
 *
 * Notation: name(inputs) -> outputs {attribute struct}. Options inside attributes are normalised (no zero strides). Shapes of results that
 * attributes repeat are also in node->output[i]->shape, which kernels should read. All tensors are EH_F32 unless "i32" is said.
 */
#ifndef EH_TENSOR_OPS_H
#define EH_TENSOR_OPS_H

#include "tensor/op.h"

/* ---- attributes ---- */

typedef struct eh_attr_shape { /* reshape, broadcast_to, global_avg_pool_grad: the shape of the result */
    eh_shape shape;
} eh_attr_shape;

typedef struct
    eh_attr_conv2d { /* conv2d; shape: of x for conv2d_input_grad, of w for conv2d_weight_grad, unused in conv2d */
    eh_conv2d_opts opts;
    eh_shape shape;
} eh_attr_conv2d;

typedef struct eh_attr_matmul {
    bool transpose_a, transpose_b;
} eh_attr_matmul;

typedef struct eh_attr_pool2d {
    eh_pool2d_opts opts; /* adaptive: kernel is as large as the largest window */
    eh_shape shape;      /* of x */
    int64_t adaptive[2]; /* height and width of the result of an adaptive pooling; 0: windows by opts */
} eh_attr_pool2d;

typedef struct eh_attr_epsilon { /* batch_norm, batch_norm_grad, batch_norm_fixed, batch_norm_fixed_grad */
    double epsilon;
} eh_attr_epsilon;

typedef struct eh_attr_batch_norm_update {
    double momentum;
    double unbiased; /* n / (n - 1), n = elements per channel */
} eh_attr_batch_norm_update;

typedef struct eh_attr_affine {
    double factor, offset;
} eh_attr_affine;

typedef struct eh_attr_slope { /* leaky_relu */
    double slope;
} eh_attr_slope;

typedef struct eh_attr_reduce { /* axes is never 0 unless x is a scalar */
    unsigned axes;
    bool keep;
} eh_attr_reduce;

typedef struct eh_attr_permute {
    int order[EH_MAX_RANK]; /* output axis i is input axis order[i] */
} eh_attr_permute;

typedef struct eh_attr_one_hot {
    int64_t classes;
} eh_attr_one_hot;

typedef struct eh_attr_power {
    double exponent;
} eh_attr_power;

typedef struct
    eh_attr_slice { /* slice: where x is cut, `shape` of the result; pad: where x lies in zeros of `shape` */
    int64_t start[EH_MAX_RANK];
    eh_shape shape;
} eh_attr_slice;

typedef struct eh_attr_concat {
    int axis;
} eh_attr_concat;

typedef enum eh_resample_kind {
    EH_RESAMPLE_NEAREST = EH_INTERPOLATE_NEAREST,
    EH_RESAMPLE_BILINEAR = EH_INTERPOLATE_BILINEAR,
    EH_RESAMPLE_CORNERS = EH_INTERPOLATE_CORNERS,
    EH_RESAMPLE_REFLECT /* a mirrored border: before[] rows and columns in front */
} eh_resample_kind;

/* One axis: output i is (1 - share[i]) x[first[i]] + share[i] x[second[i]]. The tables belong to the graph. */
typedef struct eh_resample_axis {
    int64_t inputs, outputs;
    const int32_t *first, *second;
    const double *share;
    bool exact; /* every share is 0 */
} eh_resample_axis;

typedef struct eh_attr_resample2d {
    eh_resample_kind kind;
    int64_t before[2];        /* reflect */
    eh_shape shape;           /* of x */
    eh_resample_axis axis[2]; /* rows, columns */
} eh_attr_resample2d;

typedef enum eh_random_kind {
    EH_RANDOM_NORMAL,
    EH_RANDOM_UNIFORM,
    EH_RANDOM_KEEP /* 0 with `probability`, else 1 / (1 - probability) */
} eh_random_kind;

typedef struct eh_attr_random {
    eh_shape shape;
    eh_random_kind kind;
    double probability;
    uint64_t seed, stream;
} eh_attr_random;

/* ---- convolution, matrix product ---- */

extern const eh_op eh_op_conv2d;             /* (x [N,C,H,W], w [O,C/g,kh,kw][, bias [O]]) -> y {conv2d} */
extern const eh_op eh_op_conv2d_input_grad;  /* (dy, w) -> dx {conv2d}: the transposed convolution */
extern const eh_op eh_op_conv2d_weight_grad; /* (x, dy) -> dw {conv2d} */
extern const eh_op eh_op_matmul;             /* (a, b) -> [M,N] or [B,M,N] {matmul} */
extern const eh_op eh_op_linear;             /* (x [N,K], w [O,K][, bias [O]]) -> [N,O] */

/* ---- normalisation; var is the biased variance of the batch, outputs of shape [C] ---- */

extern const eh_op eh_op_batch_norm;      /* (x, scale, shift) -> y, mean, var {epsilon} */
extern const eh_op eh_op_batch_norm_grad; /* (dy, x, scale, mean, var) -> dx, dscale, dshift {epsilon} */
extern const eh_op
    eh_op_batch_norm_update; /* effect (running_mean, running_var, mean, var), changes 2 {batch_norm_update} */
extern const eh_op eh_op_batch_norm_fixed; /* (x, scale, shift, mean, var) -> y {epsilon} */
extern const eh_op
    eh_op_batch_norm_fixed_grad; /* (dy, x, scale, mean, var) -> dx, dscale, dshift {epsilon}; mean, var given */

/* ---- pooling ---- */

/* (x) -> y, index i32 {pool2d}. index tells max_pool2d_grad and max_pool2d_pick of the same backend which element won; its meaning is
 * the backend's own (ref: h * W + w in the input plane). */
extern const eh_op eh_op_max_pool2d;
extern const eh_op eh_op_max_pool2d_grad; /* (dy, index) -> dx {pool2d} */
extern const eh_op eh_op_max_pool2d_pick; /* (x, index) -> y: the elements of x that index names {pool2d} */
extern const eh_op eh_op_avg_pool2d;      /* (x) -> y {pool2d} */
extern const eh_op eh_op_avg_pool2d_grad; /* (dy) -> dx {pool2d} */
extern const eh_op eh_op_global_avg_pool; /* (x [N,C,H,W]) -> [N,C] */
extern const eh_op eh_op_global_avg_pool_grad; /* (dy [N,C]) -> dx {shape} */

/* ---- images of another size; each is the other's adjoint ---- */

extern const eh_op eh_op_resample2d;      /* (x [N,C,H,W]) -> y {resample2d} */
extern const eh_op eh_op_resample2d_grad; /* (dy) -> dx {resample2d} */

/* ---- element by element: (x) -> y of the same shape ---- */

extern const eh_op eh_op_relu, eh_op_sigmoid, eh_op_tanh, eh_op_gelu, eh_op_softplus, eh_op_exp, eh_op_log,
    eh_op_sqrt, eh_op_square, eh_op_abs, eh_op_silu, eh_op_hard_swish, eh_op_gelu_tanh;
extern const eh_op eh_op_leaky_relu; /* x where x > 0, else slope * x {slope} */
extern const eh_op eh_op_affine;     /* factor * x + offset {affine} */
extern const eh_op eh_op_power;      /* x ^ exponent {power} */
extern const eh_op eh_op_relu_grad;  /* (dy, y) -> dy where y > 0, else 0; y is relu's OUTPUT */
extern const eh_op eh_op_gelu_grad, eh_op_gelu_tanh_grad, eh_op_silu_grad, eh_op_hard_swish_grad,
    eh_op_leaky_relu_grad; /* (dy, x) -> dy * y'(x); leaky_relu_grad {slope} */

/* ---- element by element: (a, b) -> y, broadcasting as in NumPy ---- */

extern const eh_op eh_op_add, eh_op_sub, eh_op_mul, eh_op_div, eh_op_greater, eh_op_equal, eh_op_maximum;

extern const eh_op
    eh_op_where; /* (condition, a, b), all of one shape -> a where condition is not 0, else b */

/* ---- reductions and movement ---- */

extern const eh_op eh_op_sum, eh_op_mean, eh_op_max; /* (x) -> y {reduce} */
extern const eh_op
    eh_op_max_mask; /* (x) -> shape of x: 1 at the first maximum of each reduced group, else 0 {reduce} */
extern const eh_op eh_op_reshape;      /* (x) -> y {shape} */
extern const eh_op eh_op_permute;      /* (x) -> y {permute} */
extern const eh_op eh_op_broadcast_to; /* (x) -> y {shape}; axes align at the right */

extern const eh_op eh_op_slice;       /* (x) -> y[i] = x[start + i] {slice} */
extern const eh_op eh_op_pad;         /* (x) -> y[start + i] = x[i], else 0 {slice} */
extern const eh_op eh_op_concat;      /* (x ...) -> y {concat} */
extern const eh_op eh_op_gather;      /* (table [K, ...], index i32 [N...]) -> [N..., ...] */
extern const eh_op eh_op_gather_grad; /* (dy, index i32) -> dtable, rows added {shape} */

/* ---- randomness ---- */

extern const eh_op eh_op_random; /* (step []) -> y {random}; values by draw.h */

/* ---- classes ---- */

extern const eh_op eh_op_softmax, eh_op_log_softmax; /* (x) -> y, over the last axis */
extern const eh_op eh_op_one_hot;                    /* (index i32) -> y {one_hot} */

/* ---- gradient control ---- */

extern const eh_op eh_op_stop_gradient;    /* (x) -> x */
extern const eh_op eh_op_reverse_gradient; /* (x, factor []) -> x */

/* ---- effects; output 0 is a scalar that nothing may read ---- */

extern const eh_op eh_op_assign;      /* (variable, value), changes 1 */
extern const eh_op eh_op_adam_update; /* (param, m, v, grad, lr [], step []), changes 3 {eh_adam_opts} */
extern const eh_op eh_op_sgd_update;  /* (param, buffer, grad, lr [], momentum []), changes 2 {eh_sgd_opts} */

#endif
