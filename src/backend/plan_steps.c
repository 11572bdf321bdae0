/* plan_steps.c - from targets to a list of steps, and the edits that fusion
 * passes make to it. */
#include "backend/plan_steps.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Grows an array of pointers in steps of half its size. */
static bool grow(void **array, size_t *capacity, size_t count)
{
    if (count < *capacity)
        return true;
    size_t larger = *capacity + *capacity / 2 + 64;
    void *grown = eh_realloc(*array, *capacity, larger, sizeof(void *));
    if (!grown)
        return false;
    *array = grown;
    *capacity = larger;
    return true;
}

eh_plan_value *eh_value_new(eh_step_list *list, const eh_tensor *like)
{
    if (!grow((void **)&list->value, &list->value_capacity, list->values))
        return NULL;
    eh_plan_value *v = eh_arena_alloc(list->arena, 1, sizeof *v);
    if (!v)
        return NULL;
    v->value.tensor = like;
    v->index = (uint32_t)list->values;
    list->value[list->values++] = v;
    return v;
}

eh_step *eh_step_new(eh_step_list *list, const eh_node *node, const eh_kernel *kernel, int inputs,
                     int outputs)
{
    eh_arena *arena = list->arena;
    eh_step *step = eh_arena_alloc(arena, 1, sizeof *step);
    if (!step)
        return NULL;
    step->node = node;
    step->kernel = kernel;
    step->engine = list->engine;
    step->precision = list->precision;
    step->tuner = list->tuner;
    step->inputs = inputs;
    step->outputs = outputs;
    step->key = node ? node->id : 0;
    step->in = eh_arena_alloc(arena, (size_t)inputs + 1, sizeof(eh_value *));
    step->out = eh_arena_alloc(arena, (size_t)outputs + 1, sizeof(eh_value *));
    step->want = eh_arena_alloc(arena, (size_t)inputs + 1, sizeof(eh_layout *));
    step->in_place = eh_arena_alloc(arena, (size_t)outputs + 1, sizeof(int));
    if (!step->in || !step->out || !step->want || !step->in_place)
        return NULL;
    for (int i = 0; i < outputs; i++)
        step->in_place[i] = -1;
    return step;
}

eh_status eh_steps_append(eh_step_list *list, eh_step *step, eh_error *err)
{
    if (!step || !grow((void **)&list->step, &list->capacity, list->count))
        return eh_fail_memory(err, "the steps of a plan", list->count + 1, sizeof(eh_step));
    list->step[list->count++] = step;
    return EH_OK;
}

void eh_steps_remove(eh_step_list *list, const eh_step *step)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->step[i] == step) {
            memmove(&list->step[i], &list->step[i + 1], (list->count - i - 1) * sizeof(eh_step *));
            list->count--;
            return;
        }
    assert(!"the step to remove is in the list");
}

void eh_steps_link(eh_step_list *list)
{
    for (size_t i = 0; i < list->values; i++) {
        list->value[i]->producer = NULL;
        list->value[i]->readers = list->value[i]->target ? 1 : 0;
    }
    for (size_t i = 0; i < list->count; i++) {
        eh_step *step = list->step[i];
        for (int k = 0; k < step->inputs; k++)
            eh_plan_value_of(step->in[k])->readers++;
        for (int k = 0; k < step->outputs; k++)
            if (step->out[k])
                eh_plan_value_of(step->out[k])->producer = step;
    }
}

static const eh_kernel *kernel_of(const eh_backend *backend, const eh_op *op)
{
    for (const eh_kernel *const *k = backend->kernels; *k; k++)
        if ((*k)->op == op)
            return *k;
    return NULL;
}

/* Marks the nodes that the targets need, walking backwards: inputs have smaller
 * ids than their readers. */
static eh_status mark_needed(bool *needed, const eh_graph *g, eh_tensor *const *targets, size_t count,
                             eh_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!targets[i])
            return eh_fail(err, EH_ERR_USAGE,
                           "target %zu of a plan is no tensor; check the graph with "
                           "eh_graph_check first",
                           i);
        if (targets[i]->node->graph != g)
            return eh_fail(err, EH_ERR_USAGE, "target %zu of a plan belongs to another graph", i);
        needed[targets[i]->node->id] = true;
    }
    for (size_t i = g->nodes; i-- > 0;) {
        if (!needed[i])
            continue;
        const eh_node *node = g->node[i];
        assert(node->id == i);
        for (int k = 0; k < node->inputs; k++)
            needed[node->input[k]->node->id] = true;
    }
    return EH_OK;
}

static eh_status add_values(eh_step_list *list, const eh_node *node, eh_error *err)
{
    for (int k = 0; k < node->outputs; k++) {
        eh_plan_value *v = eh_value_new(list, node->output[k]);
        if (!v)
            return eh_fail_memory(err, "the values of a plan", list->values, sizeof *v);
        list->of_tensor[node->output[k]->id] = v;
        if (node->op == &eh_op_input)
            v->kind = EH_VALUE_INPUT;
        else if (node->op == &eh_op_constant)
            v->kind = EH_VALUE_CONSTANT;
        else if (node->op == &eh_op_variable) {
            v->kind = EH_VALUE_VARIABLE;
            v->param = ((const eh_attr_variable *)node->attr)->index;
        }
    }
    return EH_OK;
}

static eh_status add_step(eh_step_list *list, const eh_node *node, eh_error *err)
{
    const eh_kernel *kernel = kernel_of(list->backend, node->op);
    if (!kernel)
        return eh_fail(err, EH_ERR_USAGE, "the %s backend has no kernel for the op %s (at \"%s\")",
                       list->backend->entry.name, node->op->entry.name, node->scope ? node->scope : "");
    eh_step *step = eh_step_new(list, node, kernel, node->inputs, node->outputs);
    EH_TRY(eh_steps_append(list, step, err));
    for (int k = 0; k < node->inputs; k++)
        step->in[k] = &list->of_tensor[node->input[k]->id]->value;
    for (int k = 0; k < node->outputs; k++)
        step->out[k] = &list->of_tensor[node->output[k]->id]->value;
    if (node->op->flags & (EH_OP_IN_PLACE | EH_OP_VIEW))
        step->in_place[0] = 0;
    for (int k = 0; k < node->op->changes; k++) {
        eh_plan_value *variable = eh_plan_value_of(step->in[k]);
        if (variable->kind != EH_VALUE_VARIABLE)
            return eh_fail(err, EH_ERR_USAGE, "%s at \"%s\" changes a tensor that is no variable",
                           node->op->entry.name, node->scope ? node->scope : "");
        variable->variable_set = true;
    }
    return EH_OK;
}

eh_status eh_steps_build(eh_step_list *list, eh_tensor *const *targets, size_t count, eh_error *err)
{
    const eh_graph *g = list->graph;
    bool *needed = eh_alloc(g->nodes + 1, sizeof *needed);
    eh_status status = EH_OK;
    list->of_tensor = eh_arena_alloc(list->arena, (size_t)g->tensors + 1, sizeof *list->of_tensor);
    if (!needed || !list->of_tensor) {
        status = eh_fail_memory(err, "a plan", g->nodes + g->tensors, sizeof(void *));
        goto done;
    }
    EH_TRY_GOTO(status, mark_needed(needed, g, targets, count, err));
    for (size_t i = 0; i < g->nodes; i++) {
        if (!needed[i])
            continue;
        EH_TRY_GOTO(status, add_values(list, g->node[i], err));
        if (!(g->node[i]->op->flags & EH_OP_LEAF))
            EH_TRY_GOTO(status, add_step(list, g->node[i], err));
    }
    for (size_t i = 0; i < count; i++)
        list->of_tensor[targets[i]->id]->target = !(targets[i]->node->op->flags & EH_OP_EFFECT);
    eh_steps_link(list);
done:
    eh_free(needed);
    return status;
}

const char *eh_value_title(const eh_plan_value *v, char *out, size_t size)
{
    const eh_tensor *t = v->value.tensor;
    const eh_node *node = v->producer && v->producer->node ? v->producer->node : t->node;
    const char *where = t->name ? t->name : node->scope ? node->scope : "";
    const char *what = v->producer ? v->producer->kernel->op->entry.name : t->node->op->entry.name;
    snprintf(out, size, where[0] ? "%s of \"%s\"" : "%s", what, where);
    return out;
}

void eh_steps_clear(eh_step_list *list)
{
    const eh_backend *backend = list->backend;
    for (size_t i = 0; i < list->count; i++) {
        eh_step *step = list->step[i];
        if (step->kernel->release)
            step->kernel->release(step);
        for (int k = 0; k < step->inputs; k++)
            backend->free_layout(step->want[k]);
    }
    for (size_t i = 0; i < list->values; i++) {
        backend->free_layout(list->value[i]->value.layout);
        eh_free(list->value[i]->memory);
    }
    eh_free(list->step);
    eh_free(list->value);
    eh_free(list->scratch_offset);
    list->step = NULL;
    list->value = NULL;
    list->scratch_offset = NULL;
    list->count = list->values = 0;
}
