/* clean_plan.c - from findings to changes; see clean_plan.h. Applying and undoing is in clean_plan_apply.c. */
#include "clean/clean_plan.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static int by_image(const void *a, const void *b)
{
    const eh_clean_change *x = a, *y = b;
    if (x->image != y->image)
        return x->image < y->image ? -1 : 1;
    if (x->action != y->action)
        return x->action < y->action ? -1 : 1; /* EH_ACTION_QUARANTINE comes first */
    int order =
        strcmp(x->reason->column ? x->reason->column : "", y->reason->column ? y->reason->column : "");
    if (order)
        return order;
    return x->reason < y->reason ? -1 : x->reason > y->reason; /* findings are ranked */
}

/* Row of image `id`, or SIZE_MAX. */
static size_t row_of(const eh_frame *frame, int64_t id)
{
    size_t low = 0, high = frame->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frame->image[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < frame->rows && frame->image[low] == id ? low : SIZE_MAX;
}

static eh_status check_suggestion(const eh_frame *frame, const eh_finding *f, eh_error *err)
{
    const eh_frame_column *column;
    double number;
    if (!f->column || !f->suggestion)
        return eh_fail(err, EH_ERR_INPUT,
                       "a finding of '%s' about image %lld wants a label changed, but does not say to what; "
                       "run "
                       "the check again",
                       f->check, (long long)f->image);
    EH_TRY(eh_frame_find(&column, frame, f->column, err));
    if (column->kind == EH_COLUMN_NUMBER && !eh_parse_float(&number, f->suggestion))
        return eh_fail(err, EH_ERR_INPUT,
                       "column '%s' holds numbers, and '%s' is none; run the check '%s' again", f->column,
                       f->suggestion, f->check);
    if (column->kind != EH_COLUMN_CLASS)
        return EH_OK;
    for (size_t k = 0; k < column->classes; k++)
        if (strcmp(column->class_name[k], f->suggestion) == 0)
            return EH_OK;
    return eh_fail(err, EH_ERR_INPUT, "column '%s' has no class '%s'; run the check '%s' again", f->column,
                   f->suggestion, f->check);
}

/* Every finding that asks for a change, as one. */
static eh_status collect(eh_clean_plan *plan, const eh_frame *frame, const eh_findings *findings,
                         const eh_clean_plan_opts *opts, eh_error *err)
{
    for (size_t i = 0; i < findings->count; i++) {
        const eh_finding *f = &findings->item[i];
        bool relabel = f->action == EH_ACTION_RELABEL && opts->relabel;
        size_t row = row_of(frame, f->image);
        if ((f->action != EH_ACTION_QUARANTINE && !relabel) || row == SIZE_MAX)
            continue;
        if (relabel)
            EH_TRY(check_suggestion(frame, f, err));
        plan->change[plan->count++] =
            (eh_clean_change){ .image = f->image, .row = row, .reason = f, .action = f->action };
    }
    return EH_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Of several changes of one thing the one with the highest score stays; a quarantined image is not relabelled. */
static eh_status settle(eh_clean_plan *plan, eh_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const eh_clean_change *c = &plan->change[i], *last = n ? &plan->change[n - 1] : NULL;
        if (last && last->image == c->image) {
            if (last->action == EH_ACTION_QUARANTINE)
                continue;
            if (same_text(last->reason->column, c->reason->column)) {
                if (last->reason->score == c->reason->score &&
                    !same_text(last->reason->suggestion, c->reason->suggestion))
                    return eh_fail(err, EH_ERR_INPUT,
                                   "'%s' and '%s' want different values for '%s' of image %lld with the same "
                                   "score; leave one of the checks out",
                                   last->reason->check, c->reason->check, c->reason->column,
                                   (long long)c->image);
                continue;
            }
        }
        plan->change[n++] = *c;
        if (c->action == EH_ACTION_QUARANTINE)
            plan->quarantined++;
        else
            plan->relabelled++;
    }
    plan->count = n;
    return EH_OK;
}

eh_status eh_clean_plan_make(eh_clean_plan **out, const eh_frame *frame, const eh_findings *findings,
                             const eh_clean_plan_opts *opts, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_clean_plan *plan = arena ? eh_arena_alloc(arena, 1, sizeof *plan) : NULL;
    if (!plan) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "a cleaning plan", 1, sizeof *plan);
    }
    eh_status status = EH_OK;
    plan->arena = arena;
    plan->change = eh_arena_alloc(arena, findings->count, sizeof *plan->change);
    if (!plan->change) {
        status = eh_fail_memory(err, "a cleaning plan", findings->count, sizeof *plan->change);
        goto done;
    }
    EH_TRY_GOTO(status, collect(plan, frame, findings, opts, err));
    if (plan->count)
        qsort(plan->change, plan->count, sizeof *plan->change, by_image);
    EH_TRY_GOTO(status, settle(plan, err));
    *out = plan;
    plan = NULL;
done:
    eh_clean_plan_free(plan);
    return status;
}

void eh_clean_plan_free(eh_clean_plan *plan)
{
    if (plan)
        eh_arena_free(plan->arena);
}

void eh_clean_plan_groups(const eh_clean_plan *plan, const eh_groups *groups, uint64_t *before,
                          uint64_t *after)
{
    memset(before, 0, groups->count * sizeof *before);
    for (size_t row = 0; row < groups->rows; row++)
        before[groups->of_row[row]]++;
    memcpy(after, before, groups->count * sizeof *after);
    for (size_t i = 0; i < plan->count; i++)
        if (plan->change[i].action == EH_ACTION_QUARANTINE)
            after[groups->of_row[plan->change[i].row]]--;
}
