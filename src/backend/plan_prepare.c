/* plan_prepare.c - layouts: calls every kernel's prepare in order and puts
 * reorders where a reader wants another layout.
 *
 * Idea    The producer chooses, the reader may ask for another layout; all
 * readers that ask for the same one share one reordered copy. Inputs, constants
 *         and variables have no producer: the first reader that asks decides
 * how they lie, so that weights are stored, and updated, as the convolution
 * wants them. A variable is never held in bf16: a convolution that wants it so reads a copy, and the variable
 *         waits for a step that takes it in f32, its update at the latest. The copy of a variable that the plan does not change is kept from run
 *         to run, until another plan or the store has changed it.
 */
#include "backend/plan_steps.h"
#include "tensor/params_store.h"

#include <assert.h>
#include <string.h>

/* ---- the reorder step ---- */

static eh_status reorder_prepare(eh_step *step, eh_error *err)
{
    (void)step;
    (void)err;
    return EH_OK;
}

typedef struct reorder_state {
    const eh_backend *backend;
    void *reorder; /* made when all layouts are known */
    bool made;
    uint64_t version; /* of the variable when a copy that is kept was made */
} reorder_state;

static eh_status reorder_run(eh_step *step, eh_error *err)
{
    reorder_state *state = step->state;
    uint64_t version = eh_plan_value_of(step->in[0])->version;
    if (eh_plan_value_of(step->out[0])->kept) {
        if (state->made && state->version == version)
            return EH_OK;
        state->made = true;
        state->version = version;
    }
    return state->backend->reorder_run(state->reorder, step->in[0]->data, step->out[0]->data, err);
}

static void reorder_release(eh_step *step)
{
    reorder_state *state = step->state;
    if (state && state->reorder)
        state->backend->reorder_free(state->reorder);
}

static const eh_op reorder_op = { .entry = { .name = "reorder",
                                             .summary = "copies a value into another layout" },
                                  .min_inputs = 1,
                                  .max_inputs = 1,
                                  .outputs = 1 };
static const eh_kernel reorder_kernel = {
    .op = &reorder_op, .prepare = reorder_prepare, .run = reorder_run, .release = reorder_release
};

/* ---- layouts of leaves ---- */

static eh_status set_layout(eh_step_list *list, eh_plan_value *v, const eh_layout *layout, eh_error *err)
{
    eh_layout *copy = NULL;
    EH_TRY(list->backend->copy_layout(&copy, layout, err));
    list->backend->free_layout(v->value.layout);
    v->value.layout = copy;
    v->value.bytes = list->backend->layout_bytes(copy);
    return EH_OK;
}

/* Leaves begin row-major, and variables as they lie in the store, free to change until a step relies on it. */
static eh_status leaf_layouts(eh_step_list *list, eh_error *err)
{
    for (size_t i = 0; i < list->values; i++) {
        eh_plan_value *v = list->value[i];
        if (v->kind == EH_VALUE_COMPUTED)
            continue;
        const eh_stored_param *item =
            v->kind == EH_VALUE_VARIABLE ? &list->graph->params->item[v->param] : NULL;
        if (item && item->resident && item->backend == list->backend) {
            EH_TRY(set_layout(list, v, item->layout, err));
            continue;
        }
        EH_TRY(list->backend->plain(&v->value.layout, v->value.tensor->shape, v->value.tensor->dtype, err));
        v->value.bytes = list->backend->layout_bytes(v->value.layout);
    }
    return EH_OK;
}

/* ---- reorders ---- */

/* The copy of `v` in `layout`, made by a new reorder step at position *at when
 * there is none yet (*at moves on). */
static eh_status copy_in_layout(eh_plan_value **out, eh_step_list *list, eh_plan_value *v,
                                const eh_layout *layout, size_t *at, eh_error *err)
{
    for (eh_plan_value *c = v->copy; c; c = c->next_copy)
        if (list->backend->same_layout(c->value.layout, layout)) {
            *out = c;
            return EH_OK;
        }
    eh_plan_value *copy = eh_value_new(list, v->value.tensor);
    if (!copy)
        return eh_fail_memory(err, "a reordered value", 1, sizeof *copy);
    EH_TRY(set_layout(list, copy, layout, err));
    copy->settled = true;
    copy->kept = v->kind == EH_VALUE_VARIABLE && !v->variable_set;
    const eh_node *reader = list->step[*at]->node;
    eh_step *step = eh_step_new(list, reader, &reorder_kernel, 1, 1);
    reorder_state *state = eh_arena_alloc(list->arena, 1, sizeof *state);
    if (!step || !state)
        return eh_fail_memory(err, "a reorder", 1, sizeof *step);
    state->backend = list->backend;
    step->state = state;
    step->in[0] = &v->value;
    step->out[0] = &copy->value;
    step->implementation = "reorder";
    EH_TRY(eh_steps_append(list, step, err));
    memmove(&list->step[*at + 1], &list->step[*at], (list->count - 1 - *at) * sizeof(eh_step *));
    list->step[*at] = step;
    copy->producer = step;
    copy->next_copy = v->copy;
    v->copy = copy;
    list->reorders++;
    (*at)++;
    *out = copy;
    return EH_OK;
}

static eh_status has_less_than_f32(bool *out, const eh_step_list *list, const eh_layout *layout,
                                   eh_error *err)
{
    eh_layout *wide = NULL;
    if (list->backend->widened)
        EH_TRY(list->backend->widened(&wide, layout, err));
    *out = wide != NULL;
    list->backend->free_layout(wide);
    return EH_OK;
}

static eh_status satisfy_input(eh_step_list *list, eh_step *step, int k, size_t *at, eh_error *err)
{
    eh_plan_value *v = eh_plan_value_of(step->in[k]);
    const eh_layout *want = step->want[k];
    if (!want || list->backend->same_layout(want, v->value.layout)) {
        v->settled = true;
        return EH_OK;
    }
    bool rounds = false;
    EH_TRY(has_less_than_f32(&rounds, list, want, err));
    if (v->kind != EH_VALUE_COMPUTED && !v->settled && !(rounds && v->exact)) {
        v->settled = true;
        return set_layout(list, v, want, err);
    }
    if (k < step->kernel->op->changes)
        return eh_fail(err, EH_ERR_USAGE,
                       "%s would have to change \"%s\" in a layout that other "
                       "steps do not read; update it in a plan of its own",
                       step->kernel->op->entry.name, v->value.tensor->name ? v->value.tensor->name : "?");
    eh_plan_value *copy = NULL;
    EH_TRY(copy_in_layout(&copy, list, v, want, at, err));
    v->settled = v->settled || !(rounds && v->kind == EH_VALUE_VARIABLE);
    step->in[k] = &copy->value;
    return EH_OK;
}

/* Gives a kernel that takes f32 only copies of the inputs that are not. */
static eh_status widen_inputs(eh_step_list *list, eh_step *step, size_t *at, eh_error *err)
{
    for (int k = 0; k < step->inputs; k++) {
        eh_plan_value *v = eh_plan_value_of(step->in[k]), *copy = NULL;
        eh_layout *wide = NULL;
        EH_TRY(list->backend->widened(&wide, v->value.layout, err));
        if (!wide)
            continue;
        eh_status status = copy_in_layout(&copy, list, v, wide, at, err);
        list->backend->free_layout(wide);
        EH_TRY(status);
        v->settled = true;
        step->in[k] = &copy->value;
    }
    return EH_OK;
}

/* The reorders themselves, now that every layout is known. */
static eh_status make_reorders(eh_step_list *list, eh_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const eh_step *step = list->step[i];
        reorder_state *state = step->state;
        if (step->kernel != &reorder_kernel)
            continue;
        assert(state && step->in[0] && step->out[0]);
        EH_TRY(list->backend->reorder_new(&state->reorder, list->engine, step->in[0]->layout,
                                          step->out[0]->layout, err));
    }
    return EH_OK;
}

eh_status eh_steps_prepare(eh_step_list *list, eh_error *err)
{
    EH_TRY(leaf_layouts(list, err));
    for (size_t i = 0; i < list->count; i++) {
        eh_step *step = list->step[i];
        if (list->precision == EH_PRECISION_BF16 && step->kernel->lowers == EH_WIDENS)
            EH_TRY(widen_inputs(list, step, &i, err));
        EH_TRY(step->kernel->prepare(step, err));
        /* An input named twice must not change between the two looks at it, so all
     * that the step takes as it is are settled first. */
        for (int k = 0; k < step->inputs; k++)
            if (!step->want[k])
                eh_plan_value_of(step->in[k])->settled = true;
        for (int k = 0; k < step->inputs; k++)
            EH_TRY(satisfy_input(list, step, k, &i, err));
        for (int k = 0; k < step->outputs; k++) {
            eh_value *out = step->out[k];
            if (!out)
                continue;
            assert(out->layout || (step->kernel->op->flags & EH_OP_EFFECT));
            if (out->layout)
                out->bytes = list->backend->layout_bytes(out->layout);
        }
    }
    for (size_t i = 0; i < list->values; i++)
        list->value[i]->settled = true;
    EH_TRY(make_reorders(list, err));
    eh_steps_link(list);
    return EH_OK;
}
