/* plan_order.c - the order in which a plan's steps run.
 *
 * Idea    List scheduling: of all steps whose inputs are ready, the one with
 * the smallest key runs first. Ordinary steps have the key of their node, so
 * that they run as the graph was built; effects go before all others, so that a
 * gradient dies as soon as it is used. Rules   A step follows the producers of
 * its inputs. An effect follows every other reader of the variables that it
 * changes, and the earlier effects on them. Cost    O(steps x ready steps).
 * Easy to get wrong: two updates that read each other's variables have no
 * order; that is reported, not resolved by chance.
 */
#include "backend/plan_steps.h"

#include <assert.h>
#include <string.h>

typedef struct order {
    uint32_t *waits;      /* by step: predecessors that have not run */
    uint32_t *edge_start; /* by step + 1 */
    uint32_t *edge;       /* successors */
    uint32_t *ready;
    size_t ready_count;
} order;

static bool is_effect(const eh_step *step)
{
    return step->kernel->op->flags & EH_OP_EFFECT;
}

static bool changes(const eh_step *step, const eh_value *variable)
{
    for (int k = 0; k < step->kernel->op->changes; k++)
        if (step->in[k] == variable)
            return true;
    return false;
}

/* True when `later` must run after `earlier` because of a variable that `later`
 * changes. */
static bool variable_order(const eh_step *earlier, const eh_step *later)
{
    if (earlier == later)
        return false;
    for (int v = 0; v < later->kernel->op->changes; v++) {
        const eh_value *variable = later->in[v];
        for (int k = 0; k < earlier->inputs; k++)
            if (earlier->in[k] == variable && (!changes(earlier, variable) || earlier->key < later->key))
                return true;
    }
    return false;
}

static void add_edge(order *o, uint32_t from, size_t to, bool store)
{
    if (store) {
        o->edge[o->edge_start[from]++] = (uint32_t)to;
    } else {
        o->edge_start[from + 1]++;
        o->waits[to]++;
    }
}

/* Two passes: counts the edges, then stores them. */
static void count_or_store(const eh_step_list *list, order *o, const uint32_t *step_of_value, bool store)
{
    for (size_t i = 0; i < list->count; i++) {
        const eh_step *step = list->step[i];
        for (int k = 0; k < step->inputs; k++) {
            uint32_t producer = step_of_value[eh_plan_value_of(step->in[k])->index];
            if (producer != UINT32_MAX)
                add_edge(o, producer, i, store);
        }
        if (!is_effect(step))
            continue;
        for (size_t j = 0; j < list->count; j++)
            if (variable_order(list->step[j], step))
                add_edge(o, (uint32_t)j, i, store);
    }
}

/* Takes the ready step that should run first. */
static uint32_t take_first(const eh_step_list *list, order *o)
{
    size_t best = 0;
    for (size_t r = 1; r < o->ready_count; r++) {
        const eh_step *a = list->step[o->ready[r]], *b = list->step[o->ready[best]];
        if (is_effect(a) != is_effect(b) ? is_effect(a) : a->key < b->key)
            best = r;
    }
    uint32_t taken = o->ready[best];
    o->ready[best] = o->ready[--o->ready_count];
    return taken;
}

static eh_status run_order(eh_step_list *list, order *o, eh_step **sorted, eh_error *err)
{
    size_t done = 0;
    for (size_t i = 0; i < list->count; i++)
        if (o->waits[i] == 0)
            o->ready[o->ready_count++] = (uint32_t)i;
    while (o->ready_count) {
        uint32_t i = take_first(list, o);
        sorted[done++] = list->step[i];
        for (uint32_t e = o->edge_start[i]; e < o->edge_start[i + 1]; e++)
            if (--o->waits[o->edge[e]] == 0)
                o->ready[o->ready_count++] = o->edge[e];
    }
    if (done < list->count)
        for (size_t i = 0; i < list->count; i++)
            if (o->waits[i] && is_effect(list->step[i]))
                return eh_fail(err, EH_ERR_USAGE,
                               "the update of \"%s\" and another update each need the "
                               "variable that the "
                               "other changes; compute both values first",
                               list->step[i]->in[0]->tensor->name ? list->step[i]->in[0]->tensor->name : "?");
    assert(done == list->count);
    return EH_OK;
}

eh_status eh_steps_order(eh_step_list *list, eh_error *err)
{
    size_t n = list->count;
    order o = { .waits = eh_alloc(n + 1, sizeof(uint32_t)),
                .edge_start = eh_alloc(n + 2, sizeof(uint32_t)),
                .ready = eh_alloc(n + 1, sizeof(uint32_t)) };
    uint32_t *step_of_value = eh_alloc(list->values + 1, sizeof(uint32_t));
    eh_step **sorted = eh_alloc(n + 1, sizeof *sorted);
    eh_status status = EH_OK;
    if (!o.waits || !o.edge_start || !o.ready || !step_of_value || !sorted)
        goto no_memory;
    for (size_t i = 0; i < list->values; i++)
        step_of_value[i] = UINT32_MAX;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < list->step[i]->outputs; k++)
            if (list->step[i]->out[k])
                step_of_value[eh_plan_value_of(list->step[i]->out[k])->index] = (uint32_t)i;
    count_or_store(list, &o, step_of_value, false);
    for (size_t i = 0; i < n; i++)
        o.edge_start[i + 1] += o.edge_start[i];
    o.edge = eh_alloc((size_t)o.edge_start[n] + 1, sizeof(uint32_t));
    if (!o.edge)
        goto no_memory;
    count_or_store(list, &o, step_of_value, true);
    /* Storing has moved each start to the next step's; move them back. */
    memmove(&o.edge_start[1], &o.edge_start[0], n * sizeof(uint32_t));
    o.edge_start[0] = 0;
    status = run_order(list, &o, sorted, err);
    if (status == EH_OK && n)
        memcpy(list->step, sorted, n * sizeof *sorted);
    goto done;
no_memory:
    status = eh_fail_memory(err, "the order of a plan", n, sizeof(eh_step));
done:
    eh_free(o.waits);
    eh_free(o.edge_start);
    eh_free(o.edge);
    eh_free(o.ready);
    eh_free(step_of_value);
    eh_free(sorted);
    return status;
}
