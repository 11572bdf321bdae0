/* shape.h - rules about shapes that several operations share. */
#ifndef EH_TENSOR_SHAPE_H
#define EH_TENSOR_SHAPE_H

#include "tensor/ops.h"

/* Room for a shape's text in a message. */
typedef struct eh_shape_words {
    char text[96];
} eh_shape_words;

/* The shape as text by value, for use in the arguments of eh_fail: eh_words(s).text. */
eh_shape_words eh_words(eh_shape shape);

/* EH_ERR_USAGE unless every dim is at least 1 and 8 bytes per element do not overflow int64_t. */
eh_status eh_shape_check(eh_shape shape, eh_error *err);

/* NumPy's rule: aligned at the right, equal or 1. EH_ERR_USAGE when the two do not fit. */
eh_status eh_shape_broadcast(eh_shape *out, eh_shape a, eh_shape b, eh_error *err);

/* Bit mask of all axes, and of all axes but one. */
unsigned eh_axes_all(int rank);
unsigned eh_axes_but(int rank, int axis);

/* Number of elements that fall into one when `axes` are reduced. */
int64_t eh_axes_elements(eh_shape shape, unsigned axes);

/* The shape after reducing `axes` (0 = all). */
eh_shape eh_shape_reduced(eh_shape shape, unsigned axes, bool keep);

/* Shape of [C] broadcast against a tensor of this rank with channels at axis 1: [1,C,1,1]. */
eh_shape eh_shape_channels(int rank, int64_t channels);

/* Sums `t` over the axes along which `shape` was broadcast to t's shape, and gives it that shape: the gradient of broadcasting. */
eh_tensor *eh_sum_to(eh_graph *g, eh_tensor *t, eh_shape shape);

/* `t` [C] shaped to broadcast against `like` along axis 1. */
eh_tensor *eh_as_channels(eh_graph *g, eh_tensor *t, const eh_tensor *like);

/* x [N,C,...] -> [N,...,C], and back. */
eh_tensor *eh_channels_last(eh_graph *g, eh_tensor *x);
eh_tensor *eh_channels_first(eh_graph *g, eh_tensor *x);

/* infer of (x) -> y of x's shape and type f32; fails for i32. */
eh_status eh_infer_unary(eh_node *node, eh_error *err);

/* infer of (a, b) -> y with broadcasting. */
eh_status eh_infer_binary(eh_node *node, eh_error *err);

/* infer of (dy, x...) -> y where all inputs share one shape. */
eh_status eh_infer_same(eh_node *node, eh_error *err);

/* EH_ERR_USAGE unless input `at` has a channel axis and all inputs after it have shape [C]. */
eh_status eh_check_channels(const eh_node *node, int at, eh_error *err);

/* infer of a reduction with eh_attr_reduce. */
eh_status eh_infer_reduce(eh_node *node, eh_error *err);

/* Node of a reduction; axes 0 becomes all axes. */
eh_tensor *eh_reduce_node(eh_graph *g, const eh_op *op, eh_tensor *x, unsigned axes, bool keep);

/* `dy` of a reduction, repeated along the reduced axes to x's shape. */
eh_tensor *eh_unreduce(eh_graph *g, eh_tensor *dy, const eh_node *node);

/* Fills output i. */
void eh_node_output(eh_node *node, int i, eh_shape shape, eh_dtype dtype);

#endif
