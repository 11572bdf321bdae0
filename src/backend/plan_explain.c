/* plan_explain.c - a table of a plan's steps with the time of each. */
#include "backend/plan_steps.h"
#include "base/file.h"
#include "base/str.h"
#include "base/table.h"
#include "base/threads.h"

static const char *text_of_layout(const eh_step_list *list, const eh_value *value, char *out, size_t size)
{
    if (!value || !value->layout)
        return "-";
    return list->backend->layout_text(value->layout, out, size);
}

static void row(eh_text_table *table, const eh_step_list *list, size_t i, double seconds, double total)
{
    const eh_step *step = list->step[i];
    const eh_value *in = step->inputs ? step->in[0] : NULL, *out = step->outputs ? step->out[0] : NULL;
    char shape_in[96] = "-", shape_out[96] = "-", layout_in[64], layout_out[64];
    if (in)
        eh_shape_text(in->tensor->shape, shape_in, sizeof shape_in);
    if (out)
        eh_shape_text(out->tensor->shape, shape_out, sizeof shape_out);
    eh_text_table_cell(table, "%zu", i);
    eh_text_table_cell(table, "%s", step->kernel->op->entry.name);
    eh_text_table_cell(table, "%s", step->node && step->node->scope ? step->node->scope : "");
    eh_text_table_cell(table, "%s > %s", shape_in, shape_out);
    eh_text_table_cell(table, "%s > %s", text_of_layout(list, in, layout_in, sizeof layout_in),
                       text_of_layout(list, out, layout_out, sizeof layout_out));
    eh_text_table_cell(table, "%s", step->implementation ? step->implementation : "");
    eh_text_table_cell(table, "%.3f", seconds * 1e3);
    if (step->flops > 0)
        eh_text_table_cell(table, "%.1f", step->flops / seconds * 1e-9);
    else
        eh_text_table_cell(table, "%s", "");
    eh_text_table_cell(table, "%.1f", 100.0 * seconds / total);
}

/* With one thread the process's own time says more than the clock on a machine that does other work too; with several, threads that wait for
 * each other would count. */
static double now(void)
{
    return eh_threads() == 1 ? eh_cpu_seconds() : eh_seconds();
}

/* Times every step of one run. */
static eh_status timed_run(eh_plan *plan, double *seconds, eh_error *err)
{
    eh_step_list *list = &plan->list;
    EH_TRY(eh_variables_bind(list, err));
    for (size_t i = 0; i < list->count; i++) {
        double start = now();
        EH_TRY(list->step[i]->kernel->run(list->step[i], err));
        seconds[i] = now() - start;
    }
    eh_variables_written(list);
    return EH_OK;
}

eh_status eh_plan_explain(eh_plan *plan, FILE *out, eh_error *err)
{
    static const char *const titles[] = { ">step",          "op",  "at",       "shape", "layout",
                                          "implementation", ">ms", ">GFLOP/s", ">%" };
    const eh_step_list *list = &plan->list;
    eh_str text = { 0 };
    double *seconds = eh_alloc(list->count + 1, sizeof *seconds), total = 0;
    eh_text_table *table = eh_text_table_new(titles, sizeof titles / sizeof titles[0]);
    eh_status status = EH_OK;
    if (!seconds || !table) {
        status = eh_fail_memory(err, "the table of a plan", list->count, sizeof *seconds);
        goto done;
    }
    EH_TRY_GOTO(status, timed_run(plan, seconds, err));
    for (size_t i = 0; i < list->count; i++)
        total += seconds[i];
    for (size_t i = 0; i < list->count; i++)
        row(table, list, i, seconds[i], total > 0 ? total : 1);
    eh_text_table_render(table, &text);
    eh_str_appendf(&text,
                   "%zu steps (%zu reorders, %zu fused), %.3f ms; block %.1f MiB "
                   "(%.1f MiB alive at step "
                   "%zu), largest workspace %.1f MiB\n",
                   list->count, list->reorders, list->fused, total * 1e3,
                   (double)list->arena_bytes / 1048576.0, (double)list->live_bytes / 1048576.0,
                   list->live_step, (double)list->scratch_bytes / 1048576.0);
    EH_TRY_GOTO(status, eh_str_check(&text, err));
    if (fputs(eh_str_text(&text), out) < 0)
        status = eh_fail(err, EH_ERR_IO, "the table of a plan could not be written");
done:
    eh_str_clear(&text);
    eh_text_table_free(table);
    eh_free(seconds);
    return status;
}
