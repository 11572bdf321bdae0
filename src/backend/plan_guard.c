/* plan_guard.c - losses that are not finite: stopping before the updates, and finding where it began.
 *
 * Idea    In the normal case one number is looked at in each run. Only after a failure is the step run again, value by value; the same inputs and the same
 *         variables give the same values, so the first bad one is where it began.
 * Limit   A convolution that is joined with its ReLU makes 0 of NaN (oneDNN's maximum), so a NaN in front of it may show only in the next step's weights.
 * Easy to get wrong: running statistics are effects in front of the loss and have moved already; training does not read them.
 */
#include "backend/plan_steps.h"

#include <math.h>

eh_status eh_plan_guard(eh_plan *plan, const eh_tensor *target, eh_error *err)
{
    const eh_step_list *list = &plan->list;
    const eh_plan_value *v =
        target && target->node->graph == list->graph ? list->of_tensor[target->id] : NULL;
    if (!v || !v->target || !v->producer || target->dtype != EH_F32 || eh_shape_elements(target->shape) != 1)
        return eh_fail(err, EH_ERR_USAGE, "only a scalar target that the plan computes can be guarded");
    plan->guard = v;
    return EH_OK;
}

eh_status eh_guard_check(const eh_plan *plan, eh_error *err)
{
    const eh_step_list *list = &plan->list;
    double value = 0;
    EH_TRY(list->backend->export_(list->engine, plan->guard->value.layout, plan->guard->value.data, &value,
                                  true, err));
    return isfinite(value) ? EH_OK
                           : eh_fail(err, EH_ERR_NUMERIC, "the value that must be finite is %s",
                                     isnan(value) ? "not a number" : "infinite");
}

/* EH_ERR_NUMERIC when an element of the value is NaN or infinite. */
static eh_status look_at(const eh_step_list *list, const eh_plan_value *v, eh_error *err)
{
    char title[128], shape[96];
    const eh_tensor *t = v->value.tensor;
    size_t count = (size_t)eh_shape_elements(t->shape), bad = 0, first = 0, nan = 0;
    if (t->dtype != EH_F32 || !v->value.data)
        return EH_OK;
    double *values = eh_alloc_raw(count, sizeof *values);
    if (!values)
        return eh_fail_memory(err, "a value that is looked at", count, sizeof *values);
    eh_status status =
        list->backend->export_(list->engine, v->value.layout, v->value.data, values, true, err);
    for (size_t i = 0; i < count && status == EH_OK; i++) {
        nan += isnan(values[i]) != 0;
        if (isfinite(values[i]))
            continue;
        first = bad++ ? first : i;
    }
    eh_free(values);
    if (status != EH_OK || bad == 0)
        return status;
    return eh_fail(err, EH_ERR_NUMERIC,
                   "%s %s is the first to hold %s: %zu of its %zu elements, number %zu first",
                   eh_value_title(v, title, sizeof title), eh_shape_text(t->shape, shape, sizeof shape),
                   nan == bad ? "NaN"
                   : nan      ? "NaN and infinity"
                              : "infinity",
                   bad, count, first);
}

eh_status eh_plan_find_bad(eh_plan *plan, eh_error *err)
{
    eh_step_list *list = &plan->list;
    EH_TRY(eh_variables_bind(list, err));
    for (size_t i = 0; i < list->values; i++)
        if (list->value[i]->kind != EH_VALUE_COMPUTED)
            EH_TRY(look_at(list, list->value[i], err));
    for (size_t i = 0; i < list->count; i++) {
        eh_step *step = list->step[i];
        if (step->kernel->op->flags & EH_OP_EFFECT)
            continue;
        EH_TRY(step->kernel->run(step, err));
        for (int k = 0; k < step->outputs; k++)
            if (step->out[k])
                EH_TRY(look_at(list, eh_plan_value_of(step->out[k]), err));
    }
    return EH_OK;
}
