/* plan_explain.c - tables of a plan's steps and ops with the time of each. */
#include "backend/plan_steps.h"
#include "base/file.h"
#include "base/str.h"
#include "base/table.h"
#include "base/threads.h"

#define TURNS 5

static const char *text_of_layout(const eh_step_list *list, const eh_value *value, char *out, size_t size)
{
    if (!value || !value->layout)
        return "-";
    return list->backend->layout_text(value->layout, out, size);
}

/* What the clock said: seconds of each step, together, and the most FLOP a second (0: not known). */
typedef struct timing {
    double *seconds, total, peak;
} timing;

static void row(eh_text_table *table, const eh_step_list *list, size_t i, const timing *t)
{
    const eh_step *step = list->step[i];
    const eh_value *in = step->inputs ? step->in[0] : NULL, *out = step->outputs ? step->out[0] : NULL;
    char shape_in[96] = "-", shape_out[96] = "-", layout_in[64], layout_out[64];
    double seconds = t->seconds[i];
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
    bool counted = step->flops > 0 && seconds > 0;
    eh_text_table_cell(table, counted ? "%.1f" : "", counted ? step->flops / seconds * 1e-9 : 0);
    counted = counted && t->peak > 0;
    eh_text_table_cell(table, counted ? "%.0f" : "", counted ? 100.0 * step->flops / seconds / t->peak : 0);
    eh_text_table_cell(table, "%.1f", 100.0 * seconds / t->total);
}

/* One row per op, in the order of first use: how often, its time, GFLOP/s, share of peak and time. */
static void op_rows(eh_text_table *table, const eh_step_list *list, const timing *t)
{
    for (size_t i = 0; i < list->count; i++) {
        const eh_op *op = list->step[i]->kernel->op;
        double seconds = 0, flops = 0;
        size_t count = 0, first = i;
        for (size_t k = 0; k < list->count; k++) {
            if (list->step[k]->kernel->op != op)
                continue;
            first = k < first ? k : first;
            seconds += t->seconds[k];
            flops += list->step[k]->flops;
            count++;
        }
        if (first < i)
            continue;
        eh_text_table_cell(table, "%s", op->entry.name);
        eh_text_table_cell(table, "%zu", count);
        eh_text_table_cell(table, "%.3f", seconds * 1e3);
        bool counted = flops > 0 && seconds > 0;
        eh_text_table_cell(table, counted ? "%.1f" : "", counted ? flops / seconds * 1e-9 : 0);
        counted = counted && t->peak > 0;
        eh_text_table_cell(table, counted ? "%.0f" : "", counted ? 100.0 * flops / seconds / t->peak : 0);
        eh_text_table_cell(table, "%.1f", 100.0 * seconds / t->total);
    }
}

/* With one thread the process's own time says more than the clock on a machine that does other work too; with several, threads that wait for
 * each other would count. */
static double now(void)
{
    return eh_threads() == 1 ? eh_cpu_seconds() : eh_seconds();
}

/* Times every step; the best of several runs counts, since other programs can only slow a step down. */
static eh_status timed_runs(eh_plan *plan, timing *t, eh_error *err)
{
    eh_step_list *list = &plan->list;
    for (int turn = 0; turn < TURNS; turn++) {
        EH_TRY(eh_variables_bind(list, err));
        for (size_t i = 0; i < list->count; i++) {
            double start = now();
            EH_TRY(list->step[i]->kernel->run(list->step[i], err));
            double seconds = now() - start;
            if (turn == 0 || seconds < t->seconds[i])
                t->seconds[i] = seconds;
        }
        eh_variables_written(list);
    }
    for (size_t i = 0; i < list->count; i++)
        t->total += t->seconds[i];
    t->total = t->total > 0 ? t->total : 1;
    t->peak = list->backend->peak_flops ? list->backend->peak_flops(list->precision) : 0;
    return EH_OK;
}

static void totals(eh_str *text, const eh_plan *plan, const timing *t)
{
    const eh_step_list *list = &plan->list;
    const double mib = 1048576.0;
    eh_plan_stats stats = eh_plan_get_stats(plan);
    double flops = 0;
    for (size_t i = 0; i < list->count; i++)
        flops += list->step[i]->flops;
    eh_str_appendf(text, "%zu steps (%zu reorders, %zu fused), %.3f ms, %.1f GFLOP/s", list->count,
                   list->reorders, list->fused, t->total * 1e3, flops / t->total * 1e-9);
    if (t->peak > 0)
        eh_str_appendf(text, "; the processor's peak on %d threads, measured: %.1f GFLOP/s", eh_threads(),
                       t->peak * 1e-9);
    eh_str_appendf(text,
                   "\nplanned memory: block %.1f MiB (%.1f MiB alive at step %zu, largest workspace %.1f "
                   "MiB), variables %.1f "
                   "MiB, inputs %.1f MiB\n",
                   (double)list->arena_bytes / mib, (double)list->live_bytes / mib, list->live_step,
                   (double)list->scratch_bytes / mib, (double)stats.variable_bytes / mib,
                   (double)stats.input_bytes / mib);
}

eh_status eh_plan_explain(eh_plan *plan, FILE *out, eh_error *err)
{
    static const char *const titles[] = { ">step",          "op",  "at",       "shape",  "layout",
                                          "implementation", ">ms", ">GFLOP/s", ">%peak", ">%time" };
    static const char *const op_titles[] = { "op", ">steps", ">ms", ">GFLOP/s", ">%peak", ">%time" };
    const eh_step_list *list = &plan->list;
    eh_str text = { 0 };
    timing t = { .seconds = eh_alloc(list->count + 1, sizeof *t.seconds) };
    eh_text_table *table = eh_text_table_new(titles, sizeof titles / sizeof titles[0]),
                  *ops = eh_text_table_new(op_titles, sizeof op_titles / sizeof op_titles[0]);
    eh_status status = EH_OK;
    if (!t.seconds || !table || !ops) {
        status = eh_fail_memory(err, "the table of a plan", list->count, sizeof *t.seconds);
        goto done;
    }
    EH_TRY_GOTO(status, timed_runs(plan, &t, err));
    for (size_t i = 0; i < list->count; i++)
        row(table, list, i, &t);
    op_rows(ops, list, &t);
    eh_text_table_render(table, &text);
    eh_str_append(&text, "\n");
    eh_text_table_render(ops, &text);
    eh_str_append(&text, "\n");
    totals(&text, plan, &t);
    EH_TRY_GOTO(status, eh_str_check(&text, err));
    if (fputs(eh_str_text(&text), out) < 0)
        status = eh_fail(err, EH_ERR_IO, "the table of a plan could not be written");
done:
    eh_str_clear(&text);
    eh_text_table_free(table);
    eh_text_table_free(ops);
    eh_free(t.seconds);
    return status;
}
