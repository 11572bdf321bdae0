/* onnx_ops.c - one row for every operation that inference uses, with its translator. Those about images are in onnx_images.c.
 *
 * To translate a new op: a row here. Operations of training alone (gradients, updates, randomness, labels) have none; a model that needs one is refused with
 * its name.
 * Source  ONNX 1.17, docs/Operators.md, at operator set 18.
 */
#include "nn/onnx_nodes.h"
#include "tensor/ops.h"

#include <math.h>
#include <string.h>

/* Name of the i-th input. */
static const char *in(const eh_onnx *o, const eh_node *n, int i)
{
    return eh_onnx_value(o, n->input[i]);
}

/* Operators that ONNX has as they are: all inputs, no attributes. */
static const char *same(eh_onnx *o, const eh_node *n)
{
    const char *input[5] = { NULL };
    for (int i = 0; i < n->inputs && i < 4; i++)
        input[i] = in(o, n, i);
    return eh_onnx_node(o, eh_onnx_find(n->op)->type, input);
}

/* What changes nothing in inference. */
static const char *alias(eh_onnx *o, const eh_node *n)
{
    return in(o, n, 0);
}

static const char *linear(eh_onnx *o, const eh_node *n)
{
    eh_onnx_int(o, "transB", 1);
    const char *const input[] = { in(o, n, 0), in(o, n, 1), n->inputs > 2 ? in(o, n, 2) : NULL, NULL };
    return eh_onnx_node(o, "Gemm", input);
}

/* The last two axes exchanged. */
static const char *transposed(eh_onnx *o, const char *name, int rank)
{
    static const int64_t order[2][3] = { { 1, 0 }, { 0, 2, 1 } };
    eh_onnx_ints(o, "perm", order[rank - 2], (size_t)rank);
    return eh_onnx_node(o, "Transpose", EH_ONNX_INPUTS(name));
}

static const char *matmul(eh_onnx *o, const eh_node *n)
{
    const eh_attr_matmul *attr = n->attr;
    const char *a = in(o, n, 0), *b = in(o, n, 1);
    if (attr->transpose_a)
        a = transposed(o, a, n->input[0]->shape.rank);
    if (attr->transpose_b)
        b = transposed(o, b, n->input[1]->shape.rank);
    return eh_onnx_node(o, "MatMul", EH_ONNX_INPUTS(a, b));
}

static const char *batch_norm_fixed(eh_onnx *o, const eh_node *n)
{
    eh_onnx_float(o, "epsilon", ((const eh_attr_epsilon *)n->attr)->epsilon);
    return eh_onnx_node(o, "BatchNormalization",
                        EH_ONNX_INPUTS(in(o, n, 0), in(o, n, 1), in(o, n, 2), in(o, n, 3), in(o, n, 4)));
}

static bool is_constant(const eh_tensor *t, double value)
{
    const eh_attr_constant *attr = t->node->attr;
    return t->node->op == &eh_op_constant && !attr->values && attr->value == value;
}

/* With the values' own statistics: what group and layer normalisation are made of, scale 1 and shift 0. */
static const char *batch_norm(eh_onnx *o, const eh_node *n)
{
    int64_t axes[EH_MAX_RANK];
    size_t count = 0;
    if (!is_constant(n->input[1], 1) || !is_constant(n->input[2], 0)) {
        eh_onnx_fail(o, n, "a normalisation by the statistics of the batch belongs to training");
        return "";
    }
    for (int d = 0; d < n->input[0]->shape.rank; d++)
        if (d != 1)
            axes[count++] = d;
    const char *over = eh_onnx_indices(o, axes, count), *x = in(o, n, 0);
    const char *mean = eh_onnx_node(o, "ReduceMean", EH_ONNX_INPUTS(x, over));
    const char *centred = eh_onnx_node(o, "Sub", EH_ONNX_INPUTS(x, mean));
    const char *square = eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(centred, centred));
    const char *var = eh_onnx_node(o, "ReduceMean", EH_ONNX_INPUTS(square, over));
    const char *epsilon = eh_onnx_scalar(o, ((const eh_attr_epsilon *)n->attr)->epsilon);
    const char *deviation =
        eh_onnx_node(o, "Sqrt", EH_ONNX_INPUTS(eh_onnx_node(o, "Add", EH_ONNX_INPUTS(var, epsilon))));
    return eh_onnx_node(o, "Div", EH_ONNX_INPUTS(centred, deviation));
}

static const char *global_avg_pool(eh_onnx *o, const eh_node *n)
{
    const char *y = eh_onnx_node(o, "GlobalAveragePool", EH_ONNX_INPUTS(in(o, n, 0)));
    eh_onnx_int(o, "axis", 1);
    return eh_onnx_node(o, "Flatten", EH_ONNX_INPUTS(y));
}

/* ---- element by element ---- */

static const char *silu(eh_onnx *o, const eh_node *n)
{
    const char *s = eh_onnx_node(o, "Sigmoid", EH_ONNX_INPUTS(in(o, n, 0)));
    return eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(in(o, n, 0), s));
}

static const char *square(eh_onnx *o, const eh_node *n)
{
    return eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(in(o, n, 0), in(o, n, 0)));
}

static const char *affine_of(eh_onnx *o, const char *x, double factor, double offset)
{
    if (factor != 1)
        x = eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(x, eh_onnx_scalar(o, factor)));
    if (offset != 0)
        x = eh_onnx_node(o, "Add", EH_ONNX_INPUTS(x, eh_onnx_scalar(o, offset)));
    return x;
}

static const char *affine(eh_onnx *o, const eh_node *n)
{
    const eh_attr_affine *attr = n->attr;
    return affine_of(o, in(o, n, 0), attr->factor, attr->offset);
}

/* x Phi(x) = x (1 + erf(x / sqrt 2)) / 2 */
static const char *gelu(eh_onnx *o, const eh_node *n)
{
    const char *x = in(o, n, 0);
    const char *erf_of = eh_onnx_node(o, "Erf", EH_ONNX_INPUTS(affine_of(o, x, 1 / sqrt(2), 0)));
    return eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(x, affine_of(o, erf_of, 0.5, 0.5)));
}

/* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
static const char *gelu_tanh(eh_onnx *o, const eh_node *n)
{
    const char *x = in(o, n, 0);
    const char *two = eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(x, x));
    const double root = sqrt(2 / 3.14159265358979323846);
    const char *inner = eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(x, affine_of(o, two, 0.044715 * root, root)));
    const char *t = eh_onnx_node(o, "Tanh", EH_ONNX_INPUTS(inner));
    return eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(x, affine_of(o, t, 0.5, 0.5)));
}

static const char *leaky_relu(eh_onnx *o, const eh_node *n)
{
    eh_onnx_float(o, "alpha", ((const eh_attr_slope *)n->attr)->slope);
    return eh_onnx_node(o, "LeakyRelu", EH_ONNX_INPUTS(in(o, n, 0)));
}

static const char *power(eh_onnx *o, const eh_node *n)
{
    const char *exponent = eh_onnx_scalar(o, ((const eh_attr_power *)n->attr)->exponent);
    return eh_onnx_node(o, "Pow", EH_ONNX_INPUTS(in(o, n, 0), exponent));
}

static const char *cast(eh_onnx *o, const char *x, int64_t type)
{
    eh_onnx_int(o, "to", type);
    return eh_onnx_node(o, "Cast", EH_ONNX_INPUTS(x));
}

enum { TO_FLOAT = 1, TO_BOOL = 9 };

/* 1 or 0 for what ONNX answers with true or false. */
static const char *comparison(eh_onnx *o, const eh_node *n)
{
    return cast(o, same(o, n), TO_FLOAT);
}

static const char *where(eh_onnx *o, const eh_node *n)
{
    const char *condition = cast(o, in(o, n, 0), TO_BOOL);
    return eh_onnx_node(o, "Where", EH_ONNX_INPUTS(condition, in(o, n, 1), in(o, n, 2)));
}

/* ---- reductions and movement ---- */

static const char *reduce(eh_onnx *o, const eh_node *n)
{
    const eh_attr_reduce *attr = n->attr;
    int64_t axes[EH_MAX_RANK];
    size_t count = 0;
    for (int d = 0; d < n->input[0]->shape.rank; d++)
        if (attr->axes >> d & 1)
            axes[count++] = d;
    const char *over = eh_onnx_indices(o, axes, count);
    eh_onnx_int(o, "keepdims", attr->keep);
    return eh_onnx_node(o, eh_onnx_find(n->op)->type, EH_ONNX_INPUTS(in(o, n, 0), over));
}

static const char *reshape(eh_onnx *o, const eh_node *n)
{
    eh_shape shape = n->output[0]->shape;
    int batches = 0;
    for (int d = 0; d < shape.rank; d++)
        batches += eh_onnx_is_batch(shape.dim[d]);
    for (int d = 0; d < shape.rank && batches == 1; d++)
        if (eh_onnx_is_batch(shape.dim[d]))
            shape.dim[d] = -1; /* whatever the others leave */
    const char *to =
        batches == 1 ? eh_onnx_indices(o, shape.dim, (size_t)shape.rank) : eh_onnx_shape(o, shape);
    return eh_onnx_node(o, "Reshape", EH_ONNX_INPUTS(in(o, n, 0), to));
}

static const char *permute(eh_onnx *o, const eh_node *n)
{
    const eh_attr_permute *attr = n->attr;
    int64_t order[EH_MAX_RANK];
    int rank = n->input[0]->shape.rank;
    for (int d = 0; d < rank; d++)
        order[d] = attr->order[d];
    eh_onnx_ints(o, "perm", order, (size_t)rank);
    return eh_onnx_node(o, "Transpose", EH_ONNX_INPUTS(in(o, n, 0)));
}

static const char *broadcast_to(eh_onnx *o, const eh_node *n)
{
    eh_shape to = n->output[0]->shape, from = n->input[0]->shape;
    for (int d = 0; d < from.rank; d++) { /* 1 stands for the size that is there */
        int64_t *size = &to.dim[to.rank - 1 - d];
        *size = from.dim[from.rank - 1 - d] == *size && eh_onnx_is_batch(*size) ? 1 : *size;
    }
    return eh_onnx_node(o, "Expand", EH_ONNX_INPUTS(in(o, n, 0), eh_onnx_shape(o, to)));
}

static const char *slice(eh_onnx *o, const eh_node *n)
{
    const eh_attr_slice *attr = n->attr;
    eh_shape x = n->input[0]->shape, y = n->output[0]->shape;
    int64_t start[EH_MAX_RANK], end[EH_MAX_RANK], axis[EH_MAX_RANK];
    size_t count = 0;
    for (int d = 0; d < x.rank; d++) {
        if (x.dim[d] == y.dim[d])
            continue;
        if (eh_onnx_is_batch(x.dim[d]))
            eh_onnx_fail(o, n, "a part of the batch cannot be cut out");
        start[count] = attr->start[d];
        end[count] = attr->start[d] + y.dim[d];
        axis[count++] = d;
    }
    if (count == 0)
        return in(o, n, 0);
    const char *from = eh_onnx_indices(o, start, count), *to = eh_onnx_indices(o, end, count);
    return eh_onnx_node(o, "Slice", EH_ONNX_INPUTS(in(o, n, 0), from, to, eh_onnx_indices(o, axis, count)));
}

static const char *pad(eh_onnx *o, const eh_node *n)
{
    const eh_attr_slice *attr = n->attr;
    eh_shape x = n->input[0]->shape, y = n->output[0]->shape;
    int64_t pads[2 * EH_MAX_RANK];
    for (int d = 0; d < x.rank; d++) {
        pads[d] = attr->start[d];
        pads[x.rank + d] = y.dim[d] - x.dim[d] - attr->start[d];
    }
    const char *amounts = eh_onnx_indices(o, pads, 2 * (size_t)x.rank);
    return eh_onnx_node(o, "Pad", EH_ONNX_INPUTS(in(o, n, 0), amounts));
}

static const char *concat(eh_onnx *o, const eh_node *n)
{
    const char *input[65] = { NULL };
    for (int i = 0; i < n->inputs && i < 64; i++)
        input[i] = in(o, n, i);
    eh_onnx_int(o, "axis", ((const eh_attr_concat *)n->attr)->axis);
    return eh_onnx_node(o, "Concat", input);
}

static const char *softmax(eh_onnx *o, const eh_node *n)
{
    eh_onnx_int(o, "axis", -1);
    return same(o, n);
}

static const eh_onnx_row rows[] = {
    { &eh_op_conv2d, eh_onnx_conv2d, "Conv" },
    { &eh_op_conv2d_input_grad, eh_onnx_conv_transpose2d, "ConvTranspose" },
    { &eh_op_matmul, matmul, "MatMul" },
    { &eh_op_linear, linear, "Gemm" },
    { &eh_op_batch_norm, batch_norm, NULL },
    { &eh_op_batch_norm_fixed, batch_norm_fixed, "BatchNormalization" },
    { &eh_op_max_pool2d, eh_onnx_max_pool2d, "MaxPool" },
    { &eh_op_avg_pool2d, eh_onnx_avg_pool2d, "AveragePool" },
    { &eh_op_global_avg_pool, global_avg_pool, "GlobalAveragePool" },
    { &eh_op_resample2d, eh_onnx_resample2d, "Resize" },
    { &eh_op_relu, same, "Relu" },
    { &eh_op_sigmoid, same, "Sigmoid" },
    { &eh_op_tanh, same, "Tanh" },
    { &eh_op_gelu, gelu, NULL },
    { &eh_op_gelu_tanh, gelu_tanh, NULL },
    { &eh_op_silu, silu, NULL },
    { &eh_op_hard_swish, same, "HardSwish" },
    { &eh_op_leaky_relu, leaky_relu, "LeakyRelu" },
    { &eh_op_softplus, same, "Softplus" },
    { &eh_op_exp, same, "Exp" },
    { &eh_op_log, same, "Log" },
    { &eh_op_sqrt, same, "Sqrt" },
    { &eh_op_square, square, NULL },
    { &eh_op_abs, same, "Abs" },
    { &eh_op_affine, affine, NULL },
    { &eh_op_power, power, "Pow" },
    { &eh_op_add, same, "Add" },
    { &eh_op_sub, same, "Sub" },
    { &eh_op_mul, same, "Mul" },
    { &eh_op_div, same, "Div" },
    { &eh_op_greater, comparison, "Greater" },
    { &eh_op_equal, comparison, "Equal" },
    { &eh_op_maximum, same, "Max" },
    { &eh_op_where, where, "Where" },
    { &eh_op_sum, reduce, "ReduceSum" },
    { &eh_op_mean, reduce, "ReduceMean" },
    { &eh_op_max, reduce, "ReduceMax" },
    { &eh_op_reshape, reshape, "Reshape" },
    { &eh_op_permute, permute, "Transpose" },
    { &eh_op_broadcast_to, broadcast_to, "Expand" },
    { &eh_op_slice, slice, "Slice" },
    { &eh_op_pad, pad, "Pad" },
    { &eh_op_concat, concat, "Concat" },
    { &eh_op_softmax, softmax, "Softmax" },
    { &eh_op_log_softmax, softmax, "LogSoftmax" },
    { &eh_op_stop_gradient, alias, NULL },
    { &eh_op_reverse_gradient, alias, NULL },
};

const eh_onnx_row *eh_onnx_find(const eh_op *op)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].op == op)
            return &rows[i];
    return NULL;
}

bool eh_onnx_translates(const eh_op *op)
{
    return (op->flags & EH_OP_LEAF) || eh_onnx_find(op) != NULL;
}
