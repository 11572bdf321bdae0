/* plan_guard.c - numbers that are not finite: stopping before they do harm, and finding where they began.
 *
 * Idea    In the normal case a run looks at the guarded scalars, at inputs when they are written, and, in the pass that an update makes anyway, at
 *         gradients and parameters. Only after a failure is the step run again, value by value; the same inputs and the same variables give the same
 *         values, so the first bad one is where it began.
 * Limit   A convolution that is joined with its ReLU makes 0 of NaN (oneDNN's maximum), so a loss may be finite behind a NaN. Its input or its weights are
 *         not; they give it a gradient that is not, or are themselves what the update reads, and that stops the same step. Updates run as soon as their
 *         gradient is there (else all gradients would be kept, and read once more from memory: 2 to 4 % of a step): those of layers nearer to the
 *         loss have been made by then. With a guard on the length of all gradients, as clipping has it, none has.
 * Easy to get wrong: running statistics are effects in front of the loss and have moved already; training does not read them, so the search leaves them out.
 */
#include "backend/plan_steps.h"
#include "tensor/params_store.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

eh_status eh_plan_guard(eh_plan *plan, const eh_tensor *target, eh_error *err)
{
    const eh_step_list *list = &plan->list;
    const eh_plan_value *v =
        target && target->node->graph == list->graph ? list->of_tensor[target->id] : NULL;
    if (!v || !v->target || !v->producer || target->dtype != EH_F32 || eh_shape_elements(target->shape) != 1)
        return eh_fail(err, EH_ERR_USAGE, "only a scalar target that the plan computes can be guarded");
    if (plan->guards == sizeof plan->guard / sizeof *plan->guard)
        return eh_fail(err, EH_ERR_LIMIT, "a plan can guard no more than %zu targets", plan->guards);
    plan->guard[plan->guards++] = v;
    return EH_OK;
}

eh_status eh_guard_check(const eh_plan *plan, const eh_step *step, eh_error *err)
{
    const eh_step_list *list = &plan->list;
    for (size_t i = 0; i < plan->guards; i++) {
        const eh_plan_value *v = plan->guard[i];
        double value = 0;
        char title[128];
        if (v->producer != step)
            continue;
        EH_TRY(list->backend->export_(list->engine, v->value.layout, v->value.data, &value, true, err));
        if (!isfinite(value))
            return eh_fail(err, EH_ERR_NUMERIC, "%s is %s", eh_value_title(v, title, sizeof title),
                           isnan(value) ? "not a number" : "infinite");
    }
    return EH_OK;
}

/* ---- looking at every element ---- */

/* How many are not finite. */
typedef struct bad_elements {
    size_t count, nan, first;
} bad_elements;

static void count_one(bad_elements *bad, double x, size_t at)
{
    if (isfinite(x))
        return;
    bad->first = bad->count++ ? bad->first : at;
    bad->nan += isnan(x) != 0;
}

static eh_status fail_elements(const char *what, const eh_plan_value *v, const bad_elements *bad,
                               const char *holds, eh_error *err)
{
    char title[128], shape[96];
    const eh_tensor *t = v->value.tensor;
    return eh_fail(err, EH_ERR_NUMERIC, "%s%s %s %s %s: %zu of its %" PRId64 " elements, number %zu first",
                   what, eh_value_title(v, title, sizeof title), eh_shape_text(t->shape, shape, sizeof shape),
                   holds,
                   bad->nan == bad->count ? "NaN"
                   : bad->nan             ? "NaN and infinity"
                                          : "infinity",
                   bad->count, eh_shape_elements(t->shape), bad->first);
}

/* EH_ERR_NUMERIC when an element of the value is NaN or infinite: "`what` conv2d of "stem" [2, 16, 8, 8] `holds` NaN: ...". */
static eh_status look_at(const eh_step_list *list, const eh_plan_value *v, const char *what,
                         const char *holds, eh_error *err)
{
    const eh_tensor *t = v->value.tensor;
    size_t count = (size_t)eh_shape_elements(t->shape);
    bad_elements bad = { 0 };
    if (t->dtype != EH_F32 || !v->value.data)
        return EH_OK;
    double *values = eh_alloc_raw(count, sizeof *values);
    if (!values)
        return eh_fail_memory(err, "a value that is looked at", count, sizeof *values);
    eh_status status =
        list->backend->export_(list->engine, v->value.layout, v->value.data, values, true, err);
    for (size_t i = 0; i < count && status == EH_OK; i++)
        count_one(&bad, values[i], i);
    eh_free(values);
    if (status != EH_OK || bad.count == 0)
        return status;
    return fail_elements(what, v, &bad, holds, err);
}

eh_status eh_guard_input(const eh_plan_value *input, const void *values, bool f64, eh_error *err)
{
    const eh_tensor *t = input->value.tensor;
    size_t count = (size_t)eh_shape_elements(t->shape);
    uint32_t any = 0;
    bad_elements bad = { 0 };
    if (t->dtype != EH_F32)
        return EH_OK;
    for (size_t i = 0; i < count && !f64; i++) { /* the exponent alone, so that the loop becomes vectors */
        uint32_t word;
        memcpy(&word, (const float *)values + i, sizeof word);
        any |= (word & 0x7f800000) == 0x7f800000;
    }
    for (size_t i = 0; i < count && (any || f64); i++)
        count_one(&bad, f64 ? ((const double *)values)[i] : (double)((const float *)values)[i], i);
    return bad.count ? fail_elements("", input, &bad, "is given", err) : EH_OK;
}

eh_status eh_guard_update(const eh_step_list *list, const eh_step *step, eh_error *err)
{
    static const char holds[] = "holds";
    const char *name = step->in[0]->tensor->name;
    int changes = step->kernel->op->changes;
    char what[192];
    if (!(step->kernel->op->flags & EH_OP_EFFECT) || changes >= step->inputs)
        return EH_ERR_NUMERIC; /* with the kernel's own sentence */
    snprintf(what, sizeof what, "the gradient of \"%s\", ", name ? name : "?");
    EH_TRY(look_at(list, eh_plan_value_of(step->in[changes]), what, holds, err));
    for (int k = 0; k < changes; k++)
        EH_TRY(look_at(list, eh_plan_value_of(step->in[k]), "after its update ", holds, err));
    return EH_ERR_NUMERIC;
}

/* True for running statistics, which the failed run has changed already. */
static bool has_moved(const eh_step_list *list, const eh_plan_value *v)
{
    return v->kind == EH_VALUE_VARIABLE && v->variable_set &&
           list->graph->params->item[v->param].role == EH_BUFFER;
}

eh_status eh_plan_find_bad(eh_plan *plan, eh_error *err)
{
    static const char first[] = "is the first to hold";
    eh_step_list *list = &plan->list;
    EH_TRY(eh_variables_bind(list, err));
    for (size_t i = 0; i < list->values; i++)
        if (list->value[i]->kind != EH_VALUE_COMPUTED && !has_moved(list, list->value[i]))
            EH_TRY(look_at(list, list->value[i], "", first, err));
    for (size_t i = 0; i < list->count; i++) {
        eh_step *step = list->step[i];
        if (step->kernel->op->flags & EH_OP_EFFECT)
            continue;
        EH_TRY(step->kernel->run(step, err));
        for (int k = 0; k < step->outputs; k++)
            if (step->out[k])
                EH_TRY(look_at(list, eh_plan_value_of(step->out[k]), "", first, err));
    }
    return EH_OK;
}
