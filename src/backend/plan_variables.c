/* plan_variables.c - variables of a plan and their place in the parameter
 * store; constants.
 *
 * The store keeps each variable in one place: row-major, or in the layout of
 * the plan that last bound it. A plan binds a variable by moving it into its
 * own layout once; plans that want the same layout then share the block without
 * a copy. Every change of value or place counts up the item's version, so that
 * checking a binding is one comparison.
 */
#include "backend/plan_steps.h"
#include "tensor/params_store.h"

#include <assert.h>
#include <string.h>

/* ---- how the store reads and releases a value that a plan has taken ---- */

static eh_status residence_to_plain(const eh_stored_param *item, float *out, eh_error *err)
{
    void *engine;
    EH_TRY(item->backend->open(&engine, err));
    return item->backend->export_(engine, item->layout, item->resident, out, false, err);
}

static void residence_release(eh_stored_param *item)
{
    item->backend->free_layout(item->layout);
    eh_free(item->resident);
    item->layout = NULL;
    item->resident = NULL;
}

static const eh_residence plan_residence = { .to_plain = residence_to_plain, .release = residence_release };

/* Row-major doubles of the item into `values`, wherever it lies. */
static eh_status take_values(double *values, const eh_stored_param *item, eh_error *err)
{
    if (item->resident) {
        void *engine;
        EH_TRY(item->backend->open(&engine, err));
        return item->backend->export_(engine, item->layout, item->resident, values, true, err);
    }
    int64_t count = eh_shape_elements(item->shape);
    for (int64_t i = 0; i < count; i++)
        values[i] = (double)item->plain[i];
    return EH_OK;
}

eh_status eh_variable_bind(eh_step_list *list, eh_plan_value *v, eh_error *err)
{
    eh_stored_param *item = &list->graph->params->item[v->param];
    const eh_backend *backend = list->backend;
    if (item->resident && item->backend == backend && backend->same_layout(item->layout, v->value.layout)) {
        v->value.data = item->resident;
        v->version = item->version;
        return EH_OK;
    }
    size_t count = (size_t)eh_shape_elements(item->shape);
    eh_status status = EH_OK;
    eh_layout *layout = NULL;
    double *values = eh_alloc_raw(count, sizeof *values);
    void *block = eh_alloc_raw(v->value.bytes, 1);
    if (!values || !block) {
        status = eh_fail_memory(err, item->name, count, sizeof *values);
        goto done;
    }
    EH_TRY_GOTO(status, backend->copy_layout(&layout, v->value.layout, err));
    EH_TRY_GOTO(status, take_values(values, item, err));
    EH_TRY_GOTO(status, backend->import(list->engine, layout, block, values, true, err));
    if (item->residence)
        item->residence->release(item);
    eh_free(item->plain);
    item->plain = NULL;
    item->backend = backend;
    item->layout = layout;
    item->resident = block;
    item->residence = &plan_residence;
    item->version++;
    layout = NULL;
    block = NULL;
    v->value.data = item->resident;
    v->version = item->version;
done:
    backend->free_layout(layout);
    eh_free(values);
    eh_free(block);
    return status;
}

eh_status eh_variables_bind(eh_step_list *list, eh_error *err)
{
    for (size_t i = 0; i < list->values; i++) {
        eh_plan_value *v = list->value[i];
        if (v->kind != EH_VALUE_VARIABLE)
            continue;
        const eh_stored_param *item = &list->graph->params->item[v->param];
        if (v->value.data && v->version == item->version && item->resident == v->value.data)
            continue;
        EH_TRY(eh_variable_bind(list, v, err));
    }
    return EH_OK;
}

void eh_variables_written(eh_step_list *list)
{
    for (size_t i = 0; i < list->values; i++) {
        eh_plan_value *v = list->value[i];
        if (v->kind == EH_VALUE_VARIABLE && v->variable_set)
            v->version = ++list->graph->params->item[v->param].version;
    }
}

eh_status eh_constant_fill(eh_step_list *list, eh_plan_value *v, eh_error *err)
{
    const eh_attr_constant *constant = v->value.tensor->node->attr;
    size_t count = (size_t)eh_shape_elements(v->value.tensor->shape);
    assert(v->value.tensor->dtype == EH_F32);
    double *values = eh_alloc_raw(count, sizeof *values);
    if (!values)
        return eh_fail_memory(err, "a constant", count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = constant->values ? (double)constant->values[i] : constant->value;
    eh_status status = list->backend->import(list->engine, v->value.layout, v->value.data, values, true, err);
    eh_free(values);
    return status;
}
