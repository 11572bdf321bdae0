/* plan_place.c - where every computed value lies in the plan's one block of
 * memory.
 *
 * Idea    A value needs memory from the step that makes it to the last step
 * that reads it (targets: to the end); a step's scratch needs it during the
 *         step. Values whose times do not meet may lie in the same place. The
 * largest are placed first, each into the tightest gap between those already
 * placed that are alive at the same time. An output that may take its input's
 * memory, when the input dies there, does. Source  Greedy by size for offset
 * calculation: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural
 * Net Inference", 2020; in-place sharing and scratch in the same block are
 * ours. Cost    O(n^2) for n values, once per plan. Easy to get wrong: a value
 * shared in place lives as long as the last of those that share.
 */
#include "backend/plan_steps.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

typedef struct piece {
    size_t first, last, bytes, offset;
    eh_plan_value *value; /* NULL: scratch of step `first` */
} piece;

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static eh_plan_value *root_of(eh_plan_value *v)
{
    while (v->shares)
        v = v->shares;
    return v;
}

static void lifetimes(eh_step_list *list)
{
    for (size_t i = 0; i < list->values; i++)
        list->value[i]->first = list->value[i]->last = SIZE_MAX;
    for (size_t i = 0; i < list->count; i++) {
        const eh_step *step = list->step[i];
        for (int k = 0; k < step->outputs; k++)
            if (step->out[k]) {
                eh_plan_value *v = eh_plan_value_of(step->out[k]);
                v->first = v->kept ? 0 : i;
                v->last = v->target || v->kept ? list->count : i;
            }
        for (int k = 0; k < step->inputs; k++) {
            eh_plan_value *v = eh_plan_value_of(step->in[k]);
            if (v->kind == EH_VALUE_COMPUTED && !v->target && !v->kept)
                v->last = i;
        }
    }
}

/* Lets outputs take the memory of inputs that die at their step. */
static void share_in_place(eh_step_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const eh_step *step = list->step[i];
        for (int k = 0; k < step->outputs; k++) {
            int from = step->in_place[k];
            if (from < 0 || !step->out[k])
                continue;
            eh_plan_value *in = eh_plan_value_of(step->in[from]), *out = eh_plan_value_of(step->out[k]);
            bool view = k == 0 && (step->kernel->op->flags & EH_OP_VIEW);
            if (in->kind != EH_VALUE_COMPUTED || in->last != i || out->value.bytes > in->value.bytes ||
                !(view || list->backend->same_layout(in->value.layout, out->value.layout)))
                continue;
            bool taken = false;
            for (int other = 0; other < k; other++)
                taken = taken || (step->out[other] && eh_plan_value_of(step->out[other])->shares == in);
            if (!taken)
                out->shares = in;
        }
    }
}

static int largest_first(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->value != NULL) - (y->value != NULL);
}

/* One piece per value that has its own memory and per scratch; returns how
 * many. */
static size_t collect(eh_step_list *list, piece *out)
{
    size_t count = 0;
    for (size_t i = 0; i < list->values; i++) {
        eh_plan_value *v = list->value[i];
        if (v->kind != EH_VALUE_COMPUTED || v->first == SIZE_MAX || v->shares || !v->value.bytes)
            continue;
        out[count++] =
            (piece){ .first = v->first, .last = v->last, .bytes = aligned(v->value.bytes), .value = v };
    }
    /* A value that shares prolongs the life of the memory it shares. */
    for (size_t i = 0; i < list->values; i++) {
        eh_plan_value *v = list->value[i];
        if (!v->shares)
            continue;
        const eh_plan_value *root = root_of(v);
        for (size_t p = 0; p < count; p++)
            if (out[p].value == root && v->last > out[p].last)
                out[p].last = v->last;
    }
    for (size_t i = 0; i < list->count; i++)
        if (list->step[i]->scratch_bytes)
            out[count++] = (piece){ .first = i, .last = i, .bytes = aligned(list->step[i]->scratch_bytes) };
    return count;
}

/* The tightest gap among the placed pieces that live at the same time; `placed`
 * is sorted by offset. */
static size_t find_offset(const piece *const *placed, size_t count, const piece *p)
{
    size_t end = 0, best = SIZE_MAX, best_gap = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const piece *q = placed[i];
        if (q->last < p->first || q->first > p->last)
            continue;
        if (q->offset >= end) {
            size_t gap = q->offset - end;
            if (gap >= p->bytes && gap < best_gap) {
                best = end;
                best_gap = gap;
            }
        }
        if (q->offset + q->bytes > end)
            end = q->offset + q->bytes;
    }
    return best == SIZE_MAX ? end : best;
}

/* Most bytes alive at once, and where. */
static eh_status measure_live(eh_step_list *list, const piece *pieces, size_t count, eh_error *err)
{
    size_t *change = eh_alloc(2 * (list->count + 2), sizeof *change);
    if (!change)
        return eh_fail_memory(err, "the lifetimes of a plan", list->count, sizeof *change);
    size_t *born = change, *dead = change + list->count + 2, live = 0;
    for (size_t i = 0; i < count; i++) {
        born[pieces[i].first] += pieces[i].bytes;
        dead[pieces[i].last + 1] += pieces[i].bytes;
    }
    list->live_bytes = 0;
    for (size_t i = 0; i <= list->count; i++) {
        live += born[i];
        live -= dead[i];
        if (live > list->live_bytes) {
            list->live_bytes = live;
            list->live_step = i;
        }
    }
    eh_free(change);
    return EH_OK;
}

static void place_all(eh_step_list *list, piece *pieces, const piece **placed, size_t count)
{
    qsort(pieces, count, sizeof *pieces, largest_first);
    for (size_t i = 0; i < count; i++) {
        piece *p = &pieces[i];
        p->offset = find_offset(placed, i, p);
        size_t at = i;
        while (at > 0 && placed[at - 1]->offset > p->offset) {
            placed[at] = placed[at - 1];
            at--;
        }
        placed[at] = p;
        if (p->offset + p->bytes > list->arena_bytes)
            list->arena_bytes = p->offset + p->bytes;
        if (p->value)
            p->value->offset = p->offset;
        else
            list->scratch_offset[p->first] = p->offset;
    }
}

eh_status eh_steps_place(eh_step_list *list, eh_error *err)
{
    lifetimes(list);
    share_in_place(list);
    size_t most = list->values + list->count + 1;
    piece *pieces = eh_alloc(most, sizeof *pieces);
    const piece **placed = eh_alloc(most, sizeof *placed);
    list->scratch_offset = eh_alloc(list->count + 1, sizeof *list->scratch_offset);
    eh_status status = EH_OK;
    if (!pieces || !placed || !list->scratch_offset) {
        status = eh_fail_memory(err, "the memory plan", most, sizeof *pieces);
        goto done;
    }
    size_t count = collect(list, pieces);
    EH_TRY_GOTO(status, measure_live(list, pieces, count, err));
    list->arena_bytes = 0;
    place_all(list, pieces, placed, count);
    for (size_t i = 0; i < list->values; i++)
        list->value[i]->offset = root_of(list->value[i])->offset;
    list->scratch_bytes = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->step[i]->scratch_bytes > list->scratch_bytes)
            list->scratch_bytes = list->step[i]->scratch_bytes;
done:
    eh_free(pieces);
    eh_free(placed);
    return status;
}

/* ---- the checker ---- */

/* Bytes [from, to) that value `v` occupies, when it is alive at step i (made at
 * or before it, read at or after it). */
static bool occupies(const eh_step_list *list, const eh_plan_value *v, size_t i, size_t *from, size_t *to)
{
    if (v->kind != EH_VALUE_COMPUTED || v->first == SIZE_MAX || i < v->first || i > v->last ||
        !v->value.bytes)
        return false;
    (void)list;
    *from = v->offset;
    *to = v->offset + v->value.bytes;
    return true;
}

eh_status eh_steps_check_placement(const eh_step_list *list, eh_error *err)
{
    for (size_t i = 0; i <= list->count; i++)
        for (size_t a = 0; a < list->values; a++) {
            size_t from, to, other_from, other_to;
            const eh_plan_value *v = list->value[a];
            if (!occupies(list, v, i, &from, &to))
                continue;
            if (to > list->arena_bytes)
                return eh_fail(err, EH_ERR_INTERNAL, "value %zu ends at byte %zu of a block of %zu", a, to,
                               list->arena_bytes);
            if (i < list->count && list->step[i]->scratch_bytes &&
                from < list->scratch_offset[i] + list->step[i]->scratch_bytes && list->scratch_offset[i] < to)
                return eh_fail(err, EH_ERR_INTERNAL, "value %zu overlaps the scratch of step %zu", a, i);
            for (size_t b = a + 1; b < list->values; b++) {
                const eh_plan_value *w = list->value[b];
                if (!occupies(list, w, i, &other_from, &other_to) || from >= other_to || other_from >= to)
                    continue;
                /* The one legal overlap: an output in the place of an input at the step
         * where one dies and the other is born. */
                if ((w->shares == v && w->first == i && v->last == i) ||
                    (v->shares == w && v->first == i && w->last == i))
                    continue;
                return eh_fail(err, EH_ERR_INTERNAL, "values %zu and %zu overlap at step %zu", a, b, i);
            }
        }
    return EH_OK;
}

/* ---- the sentence of a limit ---- */

void eh_steps_largest(const eh_step_list *list, char *out, size_t size)
{
    const eh_plan_value *named[3] = { NULL, NULL, NULL };
    for (size_t i = 0; i < list->values; i++) {
        const eh_plan_value *v = list->value[i];
        size_t from, to;
        if (!occupies(list, v, list->live_step, &from, &to))
            continue;
        for (int n = 0; n < 3; n++)
            if (!named[n] || v->value.bytes > named[n]->value.bytes) {
                memmove(&named[n + 1], &named[n], (size_t)(2 - n) * sizeof named[0]);
                named[n] = v;
                break;
            }
    }
    size_t used = 0;
    out[0] = '\0';
    for (int n = 0; n < 3 && named[n]; n++) {
        char title[128], shape[96];
        const eh_tensor *t = named[n]->value.tensor;
        int wrote =
            snprintf(out + used, size - used, "%s%s %s %.1f MiB", n ? ", " : "",
                     eh_value_title(named[n], title, sizeof title),
                     eh_shape_text(t->shape, shape, sizeof shape), (double)named[n]->value.bytes / 1048576.0);
        if (wrote < 0 || (size_t)wrote >= size - used)
            break;
        used += (size_t)wrote;
    }
}
