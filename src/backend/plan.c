/* plan.c - compiled graphs: the public functions of evenhand/plan.h. The passes
 * are in plan_*.c; plan_steps.h tells their order. */
#include "backend/plan_steps.h"
#include "tensor/params_store.h"

#include <string.h>

static eh_status find_backend(const eh_backend **out, const char *name, eh_error *err)
{
    if (!name)
        name = "cpu";
    for (const eh_entry *const *entry = eh_backend_list; *entry; entry++)
        if (strcmp((*entry)->name, name) == 0) {
            *out = (const eh_backend *)*entry;
            return EH_OK;
        }
    return eh_fail(err, EH_ERR_USAGE, "there is no backend \"%s\"; choose \"cpu\" or \"ref\"", name);
}

eh_precision eh_precision_resolve(eh_precision asked, const char *backend)
{
    const eh_backend *found = NULL;
    if (asked != EH_PRECISION_AUTO)
        return asked;
    bool native =
        find_backend(&found, backend, NULL) == EH_OK && found->bf16 && found->bf16() == EH_BF16_NATIVE;
    return native ? EH_PRECISION_BF16 : EH_PRECISION_F32;
}

const char *eh_precision_name(eh_precision precision)
{
    static const char *const names[] = { "f32", "bf16", "f64", "auto" };
    return names[precision];
}

static eh_status check_precision(const eh_backend *backend, eh_precision precision, eh_error *err)
{
    if (precision == EH_PRECISION_F64 && backend != &eh_backend_ref)
        return eh_fail(err, EH_ERR_USAGE, "only the ref backend computes in f64; the %s backend has f32",
                       backend->entry.name);
    if (precision != EH_PRECISION_BF16)
        return EH_OK;
    if (!backend->bf16)
        return eh_fail(err, EH_ERR_USAGE, "the %s backend has no bf16; use f32", backend->entry.name);
    if (backend->bf16() == EH_BF16_NONE)
        return eh_fail(err, EH_ERR_USAGE,
                       "bf16 needs a processor with AVX-512, which this one has not; use f32, or auto, which "
                       "takes what the processor is good at");
    return EH_OK;
}

/* Memory of inputs and constants, which live outside the block. */
static eh_status place_leaves(eh_step_list *list, eh_error *err)
{
    for (size_t i = 0; i < list->values; i++) {
        eh_plan_value *v = list->value[i];
        if (v->kind == EH_VALUE_VARIABLE) {
            EH_TRY(eh_variable_bind(list, v, err));
            continue;
        }
        if (v->kind == EH_VALUE_COMPUTED)
            continue;
        v->memory = eh_alloc(v->value.bytes, 1);
        if (!v->memory)
            return eh_fail_memory(err, "an input or constant of a plan", v->value.bytes, 1);
        v->value.data = v->memory;
        if (v->kind == EH_VALUE_CONSTANT)
            EH_TRY(eh_constant_fill(list, v, err));
    }
    return EH_OK;
}

static eh_status bind_block(eh_plan *plan, uint64_t max_memory, eh_error *err)
{
    eh_step_list *list = &plan->list;
    if (max_memory && list->arena_bytes > max_memory) {
        char largest[512];
        eh_steps_largest(list, largest, sizeof largest);
        return eh_fail(err, EH_ERR_MEMORY,
                       "the plan needs %.1f MiB for activations and workspace, "
                       "more than the limit of %.1f "
                       "MiB; the largest: %s; make the batch smaller%s",
                       (double)list->arena_bytes / 1048576.0, (double)max_memory / 1048576.0, largest,
                       list->graph->blocks && !list->graph->recompute
                           ? ", or compute blocks again (--recompute-blocks)"
                           : "");
    }
    plan->block = eh_alloc_raw(list->arena_bytes + 64, 1);
    if (!plan->block)
        return eh_fail_memory(err, "the activations of a plan", list->arena_bytes, 1);
    char *base = plan->block;
    for (size_t i = 0; i < list->values; i++)
        if (list->value[i]->kind == EH_VALUE_COMPUTED)
            list->value[i]->value.data = base + list->value[i]->offset;
    for (size_t i = 0; i < list->count; i++)
        if (list->step[i]->scratch_bytes)
            list->step[i]->scratch = base + list->scratch_offset[i];
    return EH_OK;
}

eh_status eh_plan_new(eh_plan **out, eh_graph *g, eh_tensor *const *targets, size_t count,
                      const eh_plan_opts *opts, eh_error *err)
{
    static const eh_plan_opts defaults = { 0 };
    if (!opts)
        opts = &defaults;
    *out = NULL;
    EH_TRY(eh_graph_check(g, err));
    eh_plan *plan = eh_alloc(1, sizeof *plan);
    if (!plan)
        return eh_fail_memory(err, "a plan", 1, sizeof *plan);
    eh_status status = EH_OK;
    eh_step_list *list = &plan->list;
    list->graph = g;
    list->precision = eh_precision_resolve(opts->precision, opts->backend);
    list->no_fusion = opts->no_fusion;
    list->tuner = opts->tuner;
    list->arena = eh_arena_new();
    plan->target = eh_alloc(count + 1, sizeof *plan->target);
    EH_TRY_GOTO(status, find_backend(&list->backend, opts->backend, err));
    EH_TRY_GOTO(status, check_precision(list->backend, list->precision, err));
    if (!list->arena || !plan->target) {
        status = eh_fail_memory(err, "a plan", count, sizeof *plan->target);
        goto done;
    }
    if (count)
        memcpy(plan->target, targets, count * sizeof *targets);
    plan->targets = count;
    EH_TRY_GOTO(status, list->backend->open(&list->engine, err));
    EH_TRY_GOTO(status, eh_steps_build(list, targets, count, err));
    if (list->backend->fuse && !opts->no_fusion)
        EH_TRY_GOTO(status, list->backend->fuse(list, err));
    EH_TRY_GOTO(status, eh_steps_order(list, err));
    if (list->precision == EH_PRECISION_BF16)
        eh_steps_lower(list);
    EH_TRY_GOTO(status, eh_steps_prepare(list, err));
    EH_TRY_GOTO(status, eh_steps_place(list, err));
    EH_TRY_GOTO(status, bind_block(plan, opts->max_memory, err));
    EH_TRY_GOTO(status, place_leaves(list, err));
    eh_alloc_trim(); /* what variables needed on their way to their layouts */
    *out = plan;
    return EH_OK;
done:
    eh_plan_free(plan);
    return status;
}

void eh_plan_free(eh_plan *plan)
{
    if (!plan)
        return;
    if (plan->list.backend)
        eh_steps_clear(&plan->list);
    eh_arena_free(plan->list.arena);
    eh_free(plan->target);
    eh_free(plan->block);
    eh_free(plan);
}

eh_status eh_plan_run(eh_plan *plan, eh_error *err)
{
    eh_step_list *list = &plan->list;
    EH_TRY(eh_variables_bind(list, err));
    for (size_t i = 0; i < list->count; i++) {
        eh_step *step = list->step[i];
        eh_status status = step->kernel->run(step, err);
        if (status == EH_ERR_NUMERIC)
            status = eh_guard_update(list, step, err);
        if (status == EH_OK)
            status = eh_guard_check(plan, step, err);
        if (status != EH_OK) {
            eh_variables_written(list); /* effects before it */
            return status;
        }
    }
    eh_variables_written(list);
    return EH_OK;
}

/* ---- values in and out ---- */

static eh_status write_input(eh_plan *plan, const eh_tensor *input, const void *values, bool f64,
                             eh_error *err)
{
    const eh_step_list *list = &plan->list;
    if (!input || input->node->graph != list->graph || input->node->op != &eh_op_input ||
        (f64 && input->dtype != EH_F32))
        return eh_fail(err, EH_ERR_USAGE,
                       "only an input of the plan's graph can be written (float or "
                       "int32, as it was "
                       "declared)");
    eh_plan_value *v = list->of_tensor[input->id];
    if (!v)
        return EH_OK; /* no target needs it */
    if (plan->guards)
        EH_TRY(eh_guard_input(v, values, f64, err));
    return list->backend->import(list->engine, v->value.layout, v->value.data, values, f64, err);
}

eh_status eh_plan_write(eh_plan *plan, const eh_tensor *input, const void *values, eh_error *err)
{
    return write_input(plan, input, values, false, err);
}

eh_status eh_plan_write_f64(eh_plan *plan, const eh_tensor *input, const double *values, eh_error *err)
{
    return write_input(plan, input, values, true, err);
}

static eh_status read_value(eh_plan *plan, const eh_tensor *target, void *out, bool f64, eh_error *err)
{
    eh_step_list *list = &plan->list;
    eh_plan_value *v = target && target->node->graph == list->graph ? list->of_tensor[target->id] : NULL;
    if (!v || !(v->target || v->kind == EH_VALUE_INPUT) || (f64 && target->dtype != EH_F32))
        return eh_fail(err, EH_ERR_USAGE, "only targets with a value, and inputs, of a plan can be read");
    if (v->kind == EH_VALUE_VARIABLE)
        EH_TRY(eh_variables_bind(list, err)); /* it may have moved since the run */
    return list->backend->export_(list->engine, v->value.layout, v->value.data, out, f64, err);
}

eh_status eh_plan_read(eh_plan *plan, const eh_tensor *target, void *out, eh_error *err)
{
    return read_value(plan, target, out, false, err);
}

eh_status eh_plan_read_f64(eh_plan *plan, const eh_tensor *target, double *out, eh_error *err)
{
    return read_value(plan, target, out, true, err);
}

eh_plan_stats eh_plan_get_stats(const eh_plan *plan)
{
    const eh_step_list *list = &plan->list;
    eh_plan_stats stats = { .arena_bytes = list->arena_bytes,
                            .scratch_bytes = list->scratch_bytes,
                            .steps = list->count,
                            .reorders = list->reorders,
                            .fused = list->fused };
    for (size_t i = 0; i < list->values; i++)
        if (list->value[i]->kind == EH_VALUE_VARIABLE)
            stats.variable_bytes += list->value[i]->value.bytes;
        else if (list->value[i]->kind != EH_VALUE_COMPUTED)
            stats.input_bytes += list->value[i]->value.bytes;
    return stats;
}
