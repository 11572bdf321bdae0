/* onnx_nodes.c - see onnx_nodes.h. Field numbers are those of onnx/onnx.proto. */
#include "nn/onnx_nodes.h"

#include "base/protobuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* NodeProto, AttributeProto, TensorProto and their enumerations. */
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum { ATTR_NAME = 1, ATTR_FLOAT = 2, ATTR_INT = 3, ATTR_TEXT = 4, ATTR_INTS = 8, ATTR_TYPE = 20 };
enum { TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_STRING = 3, TYPE_INTS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5 };
enum { ELEMENT_FLOAT = 1, ELEMENT_INT64 = 7 };

void eh_onnx_fail(eh_onnx *o, const eh_node *node, const char *format, ...)
{
    char message[512];
    va_list args;
    if (o->status != EH_OK)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    o->status =
        eh_fail(&o->error, EH_ERR_USAGE, "%s%s%s: %s", node ? node->scope : "",
                node && node->scope[0] ? ": " : "", node ? node->op->entry.name : "the model", message);
}

static const char *out_of_memory(eh_onnx *o)
{
    if (o->status == EH_OK)
        o->status = eh_fail_memory(&o->error, "an ONNX model", o->fresh, 1);
    return "";
}

const char *eh_onnx_value(const eh_onnx *o, const eh_tensor *t)
{
    const char *name = o->name[t->id];
    return name ? name : "";
}

static const char *fresh_name(eh_onnx *o, const char *what)
{
    const char *name = eh_arena_printf(o->arena, "/%s_%zu", what, o->fresh++);
    return name ? name : out_of_memory(o);
}

/* ---- attributes ---- */

static void add_attribute(eh_onnx *o, eh_str *attribute, const char *name, int type)
{
    eh_proto_text(attribute, ATTR_NAME, name);
    eh_proto_int(attribute, ATTR_TYPE, type);
    eh_proto_message(&o->attribute, NODE_ATTRIBUTE, attribute);
}

void eh_onnx_int(eh_onnx *o, const char *name, int64_t value)
{
    eh_str a = { 0 };
    eh_proto_int(&a, ATTR_INT, value);
    add_attribute(o, &a, name, TYPE_INT);
}

void eh_onnx_ints(eh_onnx *o, const char *name, const int64_t *value, size_t count)
{
    eh_str a = { 0 };
    for (size_t i = 0; i < count; i++)
        eh_proto_int(&a, ATTR_INTS, value[i]);
    add_attribute(o, &a, name, TYPE_INTS);
}

void eh_onnx_float(eh_onnx *o, const char *name, double value)
{
    eh_str a = { 0 };
    eh_proto_float(&a, ATTR_FLOAT, (float)value);
    add_attribute(o, &a, name, TYPE_FLOAT);
}

void eh_onnx_text(eh_onnx *o, const char *name, const char *value)
{
    eh_str a = { 0 };
    eh_proto_text(&a, ATTR_TEXT, value);
    add_attribute(o, &a, name, TYPE_STRING);
}

/* ---- nodes ---- */

/* A node whose output has this name. */
static void named_node(eh_onnx *o, const char *type, const char *const *inputs, const char *name)
{
    eh_str node = { 0 };
    for (size_t i = 0; inputs[i]; i++)
        eh_proto_text(&node, NODE_INPUT, inputs[i]);
    eh_proto_text(&node, NODE_OUTPUT, name);
    eh_proto_text(&node, NODE_NAME, name);
    eh_proto_text(&node, NODE_TYPE, type);
    eh_str_append_bytes(&node, eh_str_text(&o->attribute), o->attribute.size);
    node.failed = node.failed || o->attribute.failed;
    eh_str_clear(&o->attribute);
    eh_proto_message(&o->node, GRAPH_NODE, &node);
}

const char *eh_onnx_node(eh_onnx *o, const char *type, const char *const *inputs)
{
    const char *name = fresh_name(o, type);
    named_node(o, type, inputs, name);
    return name;
}

void eh_onnx_output_node(eh_onnx *o, const char *name, const char *value)
{
    named_node(o, "Identity", EH_ONNX_INPUTS(value), name);
}

/* ---- constants ---- */

static const char *constant(eh_onnx *o, const char *name, eh_shape shape, int type, const void *bytes,
                            size_t size)
{
    eh_str tensor = { 0 };
    for (int d = 0; d < shape.rank; d++)
        eh_proto_int(&tensor, TENSOR_DIMS, shape.dim[d]);
    eh_proto_int(&tensor, TENSOR_TYPE, type);
    eh_proto_text(&tensor, TENSOR_NAME, name);
    eh_proto_head(&tensor, TENSOR_RAW, size);
    /* The numbers are copied once, to where they stay. */
    eh_proto_head(&o->initializer, GRAPH_INITIALIZER, tensor.size + size);
    eh_str_append_bytes(&o->initializer, eh_str_text(&tensor), tensor.size);
    eh_str_append_bytes(&o->initializer, bytes, size);
    o->initializer.failed = o->initializer.failed || tensor.failed;
    eh_str_clear(&tensor);
    return name;
}

const char *eh_onnx_floats(eh_onnx *o, const char *name, eh_shape shape, const float *value)
{
    return constant(o, name ? name : fresh_name(o, "constant"), shape, ELEMENT_FLOAT, value,
                    (size_t)eh_shape_elements(shape) * sizeof *value);
}

const char *eh_onnx_scalar(eh_onnx *o, double value)
{
    const float number = (float)value;
    return eh_onnx_floats(o, NULL, eh_shape_of(0), &number);
}

const char *eh_onnx_indices(eh_onnx *o, const int64_t *value, size_t count)
{
    return constant(o, fresh_name(o, "indices"), eh_shape_of(1, (int64_t)count), ELEMENT_INT64, value,
                    count * sizeof *value);
}

/* ---- shapes ---- */

bool eh_onnx_is_batch(int64_t size)
{
    return size % EH_ONNX_BATCH == 0;
}

const char *eh_onnx_shape(eh_onnx *o, eh_shape shape)
{
    const char *part[EH_MAX_RANK + 1] = { NULL };
    bool fixed = true;
    for (int d = 0; d < shape.rank; d++)
        fixed = fixed && !eh_onnx_is_batch(shape.dim[d]);
    if (fixed)
        return eh_onnx_indices(o, shape.dim, (size_t)shape.rank);
    if (!o->batch) {
        eh_onnx_int(o, "start", 0);
        eh_onnx_int(o, "end", 1);
        o->batch = eh_onnx_node(o, "Shape", EH_ONNX_INPUTS(o->images));
    }
    for (int d = 0; d < shape.rank; d++) {
        int64_t times = shape.dim[d] / EH_ONNX_BATCH;
        if (!eh_onnx_is_batch(shape.dim[d]))
            part[d] = eh_onnx_indices(o, &shape.dim[d], 1);
        else if (times == 1)
            part[d] = o->batch;
        else
            part[d] = eh_onnx_node(o, "Mul", EH_ONNX_INPUTS(o->batch, eh_onnx_indices(o, &times, 1)));
    }
    eh_onnx_int(o, "axis", 0);
    return eh_onnx_node(o, "Concat", part);
}
