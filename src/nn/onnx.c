/* onnx.c - a graph as an ONNX model: which nodes the outputs need, the translators in order, and the file around them.
 *
 * Source  onnx/onnx.proto (ONNX 1.17).
 * Cost    the weights are held once in memory beside the parameters.
 * Easy to get wrong: a name may be written by one node only, so an output that is also read inside, or is named twice, gets a node of its own.
 */
#include "nn/onnx.h"

#include "base/file.h"
#include "nn/onnx_nodes.h"
#include "base/protobuf.h"
#include "tensor/ops.h"

#include <errno.h>

#define LARGEST 2147483647 /* bytes that readers of Protocol Buffers take */

enum {
    MODEL_IR = 1,
    MODEL_PRODUCER = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_METADATA = 14
};
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2, PAIR_KEY = 1, PAIR_VALUE = 2 };
enum { GRAPH_NAME = 2, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2, SHAPE_DIM = 1 };
enum { DIM_VALUE = 1, DIM_NAME = 2, ELEMENT_FLOAT = 1 };
enum { IR_VERSION = 8 };

/* Marks what the outputs need, the nodes behind them first. */
static eh_status find_needed(bool **out, const eh_graph *g, const eh_onnx_model *model, eh_error *err)
{
    bool *needed = eh_alloc(g->nodes + 1, sizeof *needed);
    if (!needed)
        return eh_fail_memory(err, "a graph", g->nodes, 1);
    for (size_t i = 0; i < model->outputs; i++)
        needed[model->output[i].tensor->node->id] = true;
    for (size_t i = g->nodes; i-- > 0;)
        for (int k = 0; needed[i] && k < g->node[i]->inputs; k++)
            needed[g->node[i]->input[k]->node->id] = true;
    *out = needed;
    return EH_OK;
}

/* A variable or a constant as one of the model's constants. */
static const char *leaf(eh_onnx *o, const eh_node *n, const eh_onnx_model *model, eh_params *params)
{
    const eh_tensor *t = n->output[0];
    size_t count = (size_t)eh_shape_elements(t->shape);
    if (t == model->images)
        return o->images;
    if (n->op == &eh_op_input) {
        eh_onnx_fail(o, n, "'%s' is an input beside the images", t->name);
        return "";
    }
    if (n->op == &eh_op_constant) {
        const eh_attr_constant *attr = n->attr;
        if (attr->values)
            return eh_onnx_floats(o, NULL, t->shape, attr->values);
        return eh_onnx_node(o, "Expand",
                            EH_ONNX_INPUTS(eh_onnx_scalar(o, attr->value), eh_onnx_shape(o, t->shape)));
    }
    float *value = eh_alloc_raw(count, sizeof *value);
    if (!value) {
        o->status = eh_fail_memory(&o->error, t->name, count, sizeof *value);
        return "";
    }
    eh_status status = eh_params_read(params, ((const eh_attr_variable *)n->attr)->index, value, &o->error);
    if (status != EH_OK)
        o->status = status;
    const char *name = eh_onnx_floats(o, t->name, t->shape, value);
    eh_free(value);
    return name;
}

/* The images as the network sees them: x scale + offset for each channel. */
static void scale_images(eh_onnx *o, const eh_onnx_model *model)
{
    if (!model->scale)
        return;
    eh_shape shape = eh_shape_of(4, (int64_t)1, model->images->shape.dim[1], (int64_t)1, (int64_t)1);
    const char *x =
        eh_onnx_node(o, "Mul",
                     EH_ONNX_INPUTS(model->input_name, eh_onnx_floats(o, NULL, shape, model->scale)));
    x = eh_onnx_node(o, "Add", EH_ONNX_INPUTS(x, eh_onnx_floats(o, NULL, shape, model->offset)));
    o->images = x;
}

static void translate_all(eh_onnx *o, const bool *needed, const eh_onnx_model *model, eh_params *params)
{
    for (size_t i = 0; i < o->graph->nodes && o->status == EH_OK; i++) {
        const eh_node *n = o->graph->node[i];
        if (!needed[i])
            continue;
        const eh_onnx_row *row = eh_onnx_find(n->op);
        if (!row && !(n->op->flags & EH_OP_LEAF))
            eh_onnx_fail(o, n, "this operation has no translation to ONNX");
        else
            o->name[n->output[0]->id] = row ? row->translate(o, n) : leaf(o, n, model, params);
    }
}

/* ---- the file ---- */

/* ValueInfoProto of an input or output. */
static void value_info(eh_str *out, int field, const char *name, eh_shape shape)
{
    eh_str dims = { 0 }, tensor = { 0 }, type = { 0 }, value = { 0 };
    for (int d = 0; d < shape.rank; d++) {
        eh_str dim = { 0 };
        if (eh_onnx_is_batch(shape.dim[d]))
            eh_proto_text(&dim, DIM_NAME, "batch");
        else
            eh_proto_int(&dim, DIM_VALUE, shape.dim[d]);
        eh_proto_message(&dims, SHAPE_DIM, &dim);
    }
    eh_proto_int(&tensor, TENSOR_ELEMENT, ELEMENT_FLOAT);
    eh_proto_message(&tensor, TENSOR_SHAPE, &dims);
    eh_proto_message(&type, TYPE_TENSOR, &tensor);
    eh_proto_text(&value, VALUE_NAME, name);
    eh_proto_message(&value, VALUE_TYPE, &type);
    eh_proto_message(out, field, &value);
}

/* Inputs and outputs of the graph. Each output is a copy under its own name. */
static void interface(eh_str *out, eh_onnx *o, const eh_onnx_model *model)
{
    eh_proto_text(out, GRAPH_NAME, model->name);
    value_info(out, GRAPH_INPUT, model->input_name, model->images->shape);
    for (size_t i = 0; i < model->outputs; i++)
        value_info(out, GRAPH_OUTPUT, model->output[i].name, model->output[i].tensor->shape);
    out->failed = out->failed || o->node.failed;
}

/* Everything in front of the graph, and the graph's key and length. */
static void head(eh_str *out, const eh_onnx_model *model, size_t graph_bytes)
{
    eh_str opset = { 0 };
    eh_proto_int(out, MODEL_IR, IR_VERSION);
    eh_proto_text(out, MODEL_PRODUCER, "evenhand");
    eh_proto_text(out, MODEL_PRODUCER_VERSION, eh_version());
    eh_proto_text(&opset, OPSET_DOMAIN, "");
    eh_proto_int(&opset, OPSET_VERSION, EH_ONNX_OPSET);
    eh_proto_message(out, MODEL_OPSET, &opset);
    for (size_t i = 0; model->metadata && model->metadata[i]; i += 2) {
        eh_str entry = { 0 };
        eh_proto_text(&entry, PAIR_KEY, model->metadata[i]);
        eh_proto_text(&entry, PAIR_VALUE, model->metadata[i + 1]);
        eh_proto_message(out, MODEL_METADATA, &entry);
    }
    eh_proto_head(out, MODEL_GRAPH, graph_bytes);
}

static eh_status write_file(const char *path, eh_onnx *o, const eh_onnx_model *model, eh_error *err)
{
    eh_status status = EH_OK;
    eh_atomic_file file = { 0 };
    eh_str front = { 0 }, rest = { 0 };
    interface(&rest, o, model);
    size_t bytes = o->node.size + o->initializer.size + rest.size;
    head(&front, model, bytes);
    const eh_str *const part[] = { &front, &o->node, &o->initializer, &rest };
    for (size_t i = 0; i < 4; i++)
        EH_TRY_GOTO(status, eh_str_check(part[i], err));
    if (front.size + bytes > LARGEST) {
        status = eh_fail(err, EH_ERR_LIMIT,
                         "%s: a model of %zu bytes is more than the 2 GiB that ONNX files may have", path,
                         front.size + bytes);
        goto done;
    }
    EH_TRY_GOTO(status, eh_atomic_open(&file, path, err));
    for (size_t i = 0; i < 4; i++)
        if (fwrite(eh_str_text(part[i]), 1, part[i]->size, file.stream) != part[i]->size) {
            status = eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", path);
            goto done;
        }
    status = eh_atomic_commit(&file, err);
done:
    eh_atomic_abandon(&file);
    eh_str_clear(&front);
    eh_str_clear(&rest);
    return status;
}

eh_status eh_onnx_write(const char *path, const eh_onnx_model *model, eh_params *params, eh_error *err)
{
    eh_status status = EH_OK;
    const eh_graph *g = model->images->node->graph;
    eh_onnx o = { .graph = g, .arena = eh_arena_new(), .images = model->input_name };
    bool *needed = NULL;
    o.name = o.arena ? eh_arena_alloc(o.arena, g->tensors + 1, sizeof *o.name) : NULL;
    if (!o.name) {
        status = eh_fail_memory(err, "an ONNX model", g->tensors, sizeof *o.name);
        goto done;
    }
    EH_TRY_GOTO(status, find_needed(&needed, g, model, err));
    scale_images(&o, model);
    translate_all(&o, needed, model, params);
    for (size_t i = 0; i < model->outputs && o.status == EH_OK; i++)
        eh_onnx_output_node(&o, model->output[i].name, eh_onnx_value(&o, model->output[i].tensor));
    if (o.status != EH_OK) {
        status = eh_fail(err, o.status, "%s", o.error.message);
        goto done;
    }
    status = write_file(path, &o, model, err);
done:
    eh_free(needed);
    eh_str_clear(&o.node);
    eh_str_clear(&o.initializer);
    eh_str_clear(&o.attribute);
    eh_arena_free(o.arena);
    return status;
}
