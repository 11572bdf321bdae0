/* onnx_nodes.h - what translators of operations write with: nodes, attributes, constants.
 *
 * Attributes are collected first and belong to the next node. Everything that fails is sticky: the first sentence stays, later calls do nothing.
 */
#ifndef EH_NN_ONNX_NODES_H
#define EH_NN_ONNX_NODES_H

#include "base/str.h"
#include "nn/onnx.h"

typedef struct eh_onnx {
    const eh_graph *graph;
    eh_arena *arena;
    eh_str node, initializer;   /* the repeated fields of GraphProto, as they were written */
    eh_str attribute;           /* of the next node */
    const char **name;          /* [graph->tensors] of values that were written; NULL: none */
    const char *images, *batch; /* the input's name; that of its first size, [1], or NULL */
    size_t fresh;               /* names made up so far */
    eh_status status;
    eh_error error;
} eh_onnx;

/* Names of a node's inputs; "" for one that is left out. */
#define EH_ONNX_INPUTS(...) \
    (const char *const[])   \
    {                       \
        __VA_ARGS__, NULL   \
    }

void eh_onnx_fail(eh_onnx *o, const eh_node *node, const char *format, ...) EH_PRINTF(3, 4);

/* The name of a value that was written before, or of a constant. */
const char *eh_onnx_value(const eh_onnx *o, const eh_tensor *t);

/* Attributes of the next node. */
void eh_onnx_int(eh_onnx *o, const char *name, int64_t value);
void eh_onnx_ints(eh_onnx *o, const char *name, const int64_t *value, size_t count);
void eh_onnx_float(eh_onnx *o, const char *name, double value);
void eh_onnx_text(eh_onnx *o, const char *name, const char *value);

/* A node with one output, whose new name is returned ("" after a failure). inputs: NULL-terminated. */
const char *eh_onnx_node(eh_onnx *o, const char *type, const char *const *inputs);

/* The value under the name of an output of the model. */
void eh_onnx_output_node(eh_onnx *o, const char *name, const char *value);

/* Constants. */
const char *eh_onnx_scalar(eh_onnx *o, double value);
const char *eh_onnx_floats(eh_onnx *o, const char *name, eh_shape shape,
                           const float *value); /* name NULL: a new one */
const char *eh_onnx_indices(eh_onnx *o, const int64_t *value, size_t count);

/* Whether a size depends on the number of images. */
bool eh_onnx_is_batch(int64_t size);

/* The shape as a vector of integers; computed from the images where it depends on their number. */
const char *eh_onnx_shape(eh_onnx *o, eh_shape shape);

/* One operation: writes nodes and returns the name of output 0. */
typedef const char *eh_onnx_translate(eh_onnx *o, const eh_node *node);

typedef struct eh_onnx_row {
    const eh_op *op;
    eh_onnx_translate *translate;
    const char *type; /* ONNX's operator, for translators that serve several */
} eh_onnx_row;

/* The row of an operation, or NULL (onnx_ops.c). */
const eh_onnx_row *eh_onnx_find(const eh_op *op);

/* Translators that have files of their own. */
eh_onnx_translate eh_onnx_max_pool2d, eh_onnx_avg_pool2d, eh_onnx_resample2d, eh_onnx_conv2d,
    eh_onnx_conv_transpose2d;

#endif
