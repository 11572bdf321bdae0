/* graph.c - building graphs: nodes, leaves, scopes, exposed tensors and the sticky error.
 *
 * Everything that a graph holds lives in its arena; growing lists are the exception and are reallocated. A graph that has failed
 * builds nothing more: every builder returns NULL and the first sentence stays. */
#include "tensor/params_store.h"
#include "tensor/shape.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const eh_op eh_op_input = {
    .entry = { .name = "input", .summary = "a value that the caller writes before each run" },
    .flags = EH_OP_LEAF,
    .outputs = 1,
};

const eh_op eh_op_constant = {
    .entry = { .name = "constant", .summary = "a value fixed when the graph is built" },
    .flags = EH_OP_LEAF,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_constant),
};

const eh_op eh_op_variable = {
    .entry = { .name = "variable", .summary = "a named value of the parameter store" },
    .flags = EH_OP_LEAF,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_variable),
};

eh_status eh_graph_new(eh_graph **out, eh_params *params, eh_error *err)
{
    eh_graph *g = eh_alloc(1, sizeof *g);
    *out = NULL;
    if (!g)
        return eh_fail_memory(err, "a graph", 1, sizeof *g);
    g->arena = eh_arena_new();
    if (!g->arena) {
        eh_free(g);
        return eh_fail_memory(err, "a graph's arena", 1, 1);
    }
    g->params = params;
    *out = g;
    return EH_OK;
}

void eh_graph_free(eh_graph *g)
{
    if (!g)
        return;
    eh_arena_free(g->arena);
    eh_free(g->node);
    eh_free(g->exposed);
    eh_free(g->effect);
    eh_free(g->variable);
    eh_free(g);
}

eh_status eh_graph_check(const eh_graph *g, eh_error *err)
{
    if (g->error.status == EH_OK)
        return EH_OK;
    return eh_fail(err, g->error.status, "%s", g->error.message);
}

eh_tensor *eh_graph_fail(eh_graph *g, eh_status status, const char *format, ...)
{
    char message[sizeof g->error.message];
    const char *scope = eh_scope(g);
    va_list args;
    if (g->error.status != EH_OK)
        return NULL;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    eh_fail(&g->error, status, "%s%s%s", scope, scope[0] ? ": " : "", message);
    return NULL;
}

/* The sticky error for a failed allocation; NULL. */
static void *out_of_memory(eh_graph *g, const char *what, size_t count, size_t size)
{
    eh_error err = { 0 };
    eh_fail_memory(&err, what, count, size);
    return eh_graph_fail(g, err.status, "%s", err.message);
}

static void *arena_take(eh_graph *g, const char *what, size_t count, size_t size)
{
    void *block = eh_arena_alloc(g->arena, count, size);
    return block ? block : out_of_memory(g, what, count, size);
}

static char *arena_text(eh_graph *g, const char *text)
{
    char *copy = eh_arena_strdup(g->arena, text);
    return copy ? copy : out_of_memory(g, "a name in a graph", 1, strlen(text) + 1);
}

/* Makes room for one more pointer in a growing list; false (and the sticky error) when memory ran out. */
static bool grow(eh_graph *g, void **list, size_t *capacity, size_t needed)
{
    size_t larger = *capacity ? *capacity : 32;
    void *block = NULL;
    if (needed <= *capacity)
        return true;
    while (larger < needed)
        larger *= 2;
    block = eh_realloc(*list, *capacity, larger, sizeof(void *));
    if (!block) {
        out_of_memory(g, "the list of a graph's nodes", larger, sizeof(void *));
        return false;
    }
    *list = block;
    *capacity = larger;
    return true;
}

/* ---- scopes ---- */

void eh_scope_push(eh_graph *g, const char *format, ...)
{
    char name[256];
    eh_scope_frame *frame = NULL;
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    frame = arena_take(g, "a scope", 1, sizeof *frame);
    if (!frame)
        return;
    frame->text =
        g->scope ? eh_arena_printf(g->arena, "%s.%s", g->scope->text, name) : eh_arena_strdup(g->arena, name);
    if (!frame->text) {
        out_of_memory(g, "a scope's name", 1, sizeof name);
        return;
    }
    frame->outer = g->scope;
    g->scope = frame;
}

void eh_scope_pop(eh_graph *g)
{
    assert(g->scope || g->error.status != EH_OK); /* a push that failed leaves a graph that builds nothing */
    if (g->scope)
        g->scope = g->scope->outer;
}

const char *eh_scope(const eh_graph *g)
{
    return g->scope ? g->scope->text : "";
}

/* ---- blocks ---- */

void eh_block_begin(eh_graph *g)
{
    if (g->block_depth++ == 0)
        g->blocks++;
}

void eh_block_end(eh_graph *g)
{
    assert(g->block_depth > 0);
    g->block_depth--;
}

void eh_graph_recompute(eh_graph *g, bool blocks)
{
    g->recompute = blocks;
}

/* ---- tensors and names ---- */

eh_shape eh_tensor_shape(const eh_tensor *t)
{
    return t->shape;
}

eh_dtype eh_tensor_dtype(const eh_tensor *t)
{
    return t->dtype;
}

eh_graph *eh_tensor_graph(const eh_tensor *t)
{
    return t->node->graph;
}

eh_tensor *eh_expose(eh_graph *g, const char *name, eh_tensor *t)
{
    char *copy = NULL;
    if (!t || g->error.status != EH_OK)
        return NULL;
    if (eh_exposed(g, name))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "two tensors are exposed as '%s'; every exposed name must be unique", name);
    copy = arena_text(g, name);
    if (!copy || !grow(g, (void **)&g->exposed, &g->exposed_capacity, g->exposed_count + 1))
        return NULL;
    if (t->name && strcmp(t->name, name) != 0) { /* a second name for one tensor needs a tensor of its own */
        t = eh_reshape(g, t, t->shape);
        if (!t)
            return NULL;
    }
    t->name = copy;
    g->exposed[g->exposed_count++] = t;
    return t;
}

eh_tensor *eh_exposed(const eh_graph *g, const char *name)
{
    for (size_t i = 0; i < g->exposed_count; i++)
        if (strcmp(g->exposed[i]->name, name) == 0)
            return g->exposed[i];
    return NULL;
}

size_t eh_exposed_count(const eh_graph *g)
{
    return g->exposed_count;
}

const char *eh_exposed_name(const eh_graph *g, size_t i)
{
    assert(i < g->exposed_count);
    return g->exposed[i]->name;
}

/* ---- nodes ---- */

/* A node with its arrays and outputs, not yet in the list. */
static eh_node *new_node(eh_graph *g, const eh_op *op, eh_tensor *const *input, int inputs, const void *attr)
{
    eh_node *node = arena_take(g, "a node", 1, sizeof *node);
    if (!node)
        return NULL;
    node->op = op;
    node->graph = g;
    node->inputs = inputs;
    node->outputs = op->outputs;
    node->scope = eh_scope(g);
    node->block = g->block_depth > 0 ? g->blocks : 0;
    node->input = arena_take(g, "a node's inputs", inputs ? (size_t)inputs : 1, sizeof(eh_tensor *));
    node->output = arena_take(g, "a node's outputs", (size_t)op->outputs, sizeof(eh_tensor *));
    node->attr = arena_take(g, "a node's attributes", op->attr_size ? op->attr_size : 1, 1);
    if (!node->input || !node->output || !node->attr)
        return NULL;
    if (inputs)
        memcpy(node->input, input, (size_t)inputs * sizeof *input);
    if (op->attr_size && attr)
        memcpy(node->attr, attr, op->attr_size);
    for (int i = 0; i < op->outputs; i++) {
        node->output[i] = arena_take(g, "a tensor", 1, sizeof(eh_tensor));
        if (!node->output[i])
            return NULL;
        node->output[i]->node = node;
        node->output[i]->output = i;
    }
    return node;
}

static eh_tensor *append_node(eh_graph *g, eh_node *node)
{
    if (!grow(g, (void **)&g->node, &g->node_capacity, g->nodes + 1))
        return NULL;
    node->id = (uint32_t)g->nodes;
    g->node[g->nodes++] = node;
    for (int i = 0; i < node->outputs; i++)
        node->output[i]->id = g->tensors++;
    return node->output[0];
}

/* What must hold for the inputs of every op. */
static eh_status check_inputs(const eh_graph *g, const eh_op *op, eh_tensor *const *input, int inputs,
                              eh_error *err)
{
    for (int i = 0; i < inputs; i++) {
        if (!input[i])
            return eh_fail(err, EH_ERR_USAGE,
                           "input %d is missing (NULL); a gradient is NULL where the loss does not depend on "
                           "it",
                           i + 1);
        assert(input[i]->node->graph == g);
        if (input[i]->node->op->flags & EH_OP_EFFECT)
            return eh_fail(err, EH_ERR_USAGE, "input %d is the result of the effect %s, which has no value",
                           i + 1, input[i]->node->op->entry.name);
        if (i < op->changes && input[i]->node->op != &eh_op_variable)
            return eh_fail(err, EH_ERR_USAGE,
                           "input %d is changed and must be a variable, not the result of %s", i + 1,
                           input[i]->node->op->entry.name);
    }
    (void)g;
    return EH_OK;
}

eh_tensor *eh_graph_node(eh_graph *g, const eh_op *op, eh_tensor *const *input, int inputs, const void *attr)
{
    eh_error err = { 0 };
    eh_node *node = NULL;
    eh_status status = EH_OK;
    assert(inputs >= op->min_inputs && inputs <= op->max_inputs);
    if (g->error.status != EH_OK)
        return NULL;
    EH_TRY_GOTO(status, check_inputs(g, op, input, inputs, &err));
    node = new_node(g, op, input, inputs, attr);
    if (!node)
        return NULL;
    EH_TRY_GOTO(status, op->infer(node, &err));
    for (int i = 0; i < node->outputs; i++)
        EH_TRY_GOTO(status, eh_shape_check(node->output[i]->shape, &err));
    return append_node(g, node);
done:
    return eh_graph_fail(g, status, "%s: %s", op->entry.name, err.message);
}

eh_tensor *eh_graph_record_effect(eh_graph *g, eh_tensor *effect)
{
    if (!effect || !grow(g, (void **)&g->effect, &g->effect_capacity, g->effects + 1))
        return NULL;
    g->effect[g->effects++] = effect;
    return effect;
}

size_t eh_graph_effects(const eh_graph *g, eh_tensor **out, size_t capacity)
{
    for (size_t i = 0; i < g->effects && i < capacity; i++)
        out[i] = g->effect[i];
    return g->effects;
}

/* ---- leaves ---- */

static eh_tensor *leaf(eh_graph *g, const eh_op *op, eh_shape shape, eh_dtype dtype, const void *attr)
{
    eh_error err = { 0 };
    eh_node *node = NULL;
    if (g->error.status != EH_OK)
        return NULL;
    if (eh_shape_check(shape, &err) != EH_OK)
        return eh_graph_fail(g, err.status, "%s: %s", op->entry.name, err.message);
    node = new_node(g, op, NULL, 0, attr);
    if (!node)
        return NULL;
    node->output[0]->shape = shape;
    node->output[0]->dtype = dtype;
    return append_node(g, node);
}

eh_tensor *eh_input(eh_graph *g, const char *name, eh_shape shape, eh_dtype dtype)
{
    eh_tensor *t = leaf(g, &eh_op_input, shape, dtype, NULL);
    if (t)
        t->name = arena_text(g, name);
    return t && t->name ? t : NULL;
}

eh_tensor *eh_full(eh_graph *g, eh_shape shape, double value)
{
    return leaf(g, &eh_op_constant, shape, EH_F32, &(eh_attr_constant){ .value = value });
}

eh_tensor *eh_constant(eh_graph *g, eh_shape shape, const float *values)
{
    eh_error err = { 0 };
    float *copy = NULL;
    if (g->error.status != EH_OK)
        return NULL;
    if (eh_shape_check(shape, &err) != EH_OK)
        return eh_graph_fail(g, err.status, "constant: %s", err.message);
    copy = arena_take(g, "a constant", (size_t)eh_shape_elements(shape), sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, values, (size_t)eh_shape_elements(shape) * sizeof *copy);
    return leaf(g, &eh_op_constant, shape, EH_F32, &(eh_attr_constant){ .values = copy });
}

eh_tensor *eh_graph_variable(eh_graph *g, const char *name, eh_shape shape, eh_role role, eh_init init)
{
    eh_error err = { 0 };
    size_t index = 0;
    eh_tensor *t = NULL;
    if (g->error.status != EH_OK)
        return NULL;
    assert(g->params); /* a graph without a store has no variables */
    if (eh_shape_check(shape, &err) != EH_OK)
        return eh_graph_fail(g, err.status, "variable '%s': %s", name, err.message);
    if (eh_params_require(g->params, &index, name, shape, role, init, &err) != EH_OK)
        return eh_graph_fail(g, err.status, "%s", err.message);
    if (!grow(g, (void **)&g->variable, &g->variable_capacity, index + 1))
        return NULL;
    if (g->variable[index])
        return g->variable[index];
    t = leaf(g, &eh_op_variable, shape, EH_F32, &(eh_attr_variable){ .index = index });
    if (!t)
        return NULL;
    t->name = arena_text(g, name);
    if (t->name)
        g->variable[index] = t;
    return t->name ? t : NULL;
}

eh_tensor *eh_variable(eh_graph *g, const char *name, eh_shape shape, eh_role role, eh_init init)
{
    char *full = NULL;
    if (g->error.status != EH_OK)
        return NULL;
    full =
        g->scope ? eh_arena_printf(g->arena, "%s.%s", g->scope->text, name) : eh_arena_strdup(g->arena, name);
    if (!full)
        return out_of_memory(g, "a variable's name", 1, strlen(name) + 1);
    return eh_graph_variable(g, full, shape, role, init);
}

eh_tensor *eh_state_of(eh_graph *g, eh_tensor *param, const char *suffix)
{
    char *name = NULL;
    if (!param || g->error.status != EH_OK)
        return NULL;
    if (param->node->op != &eh_op_variable)
        return eh_graph_fail(g, EH_ERR_USAGE, "only a variable can be optimised, not the result of %s",
                             param->node->op->entry.name);
    name =
        eh_arena_printf(g->arena, "%s.%s",
                        g->params->item[((const eh_attr_variable *)param->node->attr)->index].name, suffix);
    if (!name)
        return out_of_memory(g, "a variable's name", 1, strlen(suffix));
    return eh_graph_variable(g, name, param->shape, EH_OPTIMIZER, (eh_init){ .kind = EH_INIT_CONSTANT });
}
