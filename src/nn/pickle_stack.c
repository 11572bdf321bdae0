/* pickle_stack.c - see pickle_stack.h.
 *
 * Easy to get wrong: values below a mark belong to an outer container and must not be popped.
 */
#include "nn/pickle_stack.h"

#include <string.h>

eh_status eh_pickle_refuse(const eh_pickle_machine *m, const char *why, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT,
                   "%s: refused at byte %zu of its pickle: %s. Only plain tensors are read and nothing is "
                   "ever "
                   "run",
                   m->name, m->opcode_at, why);
}

eh_status eh_pickle_truncated(const eh_pickle_machine *m, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT,
                   "%s: its pickle ends at byte %zu in the middle of something; it may be truncated", m->name,
                   m->size);
}

/* ---- reading ---- */

/* The next `count` bytes, or NULL. */
const uint8_t *eh_pickle_take(eh_pickle_machine *m, size_t count)
{
    if (count > m->size - m->at)
        return NULL;
    const uint8_t *p = m->bytes + m->at;
    m->at += count;
    return p;
}

eh_status eh_pickle_take_number(eh_pickle_machine *m, int width, uint64_t *out, eh_error *err)
{
    const uint8_t *p = eh_pickle_take(m, (size_t)width);
    *out = 0;
    if (!p)
        return eh_pickle_truncated(m, err);
    for (int i = 0; i < width; i++)
        *out |= (uint64_t)p[i] << (8 * i);
    return EH_OK;
}

/* A line without its LF, NUL-terminated, as opcode GLOBAL has it. */
eh_status eh_pickle_take_line(eh_pickle_machine *m, char out[128], eh_error *err)
{
    size_t i = 0;
    for (;;) {
        const uint8_t *p = eh_pickle_take(m, 1);
        if (!p)
            return eh_pickle_truncated(m, err);
        if (*p == '\n')
            break;
        if (*p < 0x20 || *p > 0x7e || i == 127)
            return eh_pickle_refuse(m, "a name is too long or holds odd characters", err);
        out[i++] = (char)*p;
    }
    out[i] = 0;
    return EH_OK;
}

/* ---- stack and memo ---- */

eh_status eh_pickle_new_value(eh_pickle_machine *m, eh_pickle_kind kind, eh_pickle_value **out, eh_error *err)
{
    if (++m->values > EH_PICKLE_VALUES)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s: its pickle has more than %u values; no file of weights needs that many", m->name,
                       EH_PICKLE_VALUES);
    *out = eh_arena_alloc(m->arena, 1, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "a pickle", m->values, sizeof **out);
    (*out)->kind = kind;
    return EH_OK;
}

eh_status eh_pickle_push(eh_pickle_machine *m, eh_pickle_value *value, eh_error *err)
{
    if (m->depth == m->stack_capacity) {
        size_t larger = 2 * m->stack_capacity;
        eh_pickle_value **grown = eh_realloc(m->stack, m->stack_capacity, larger, sizeof(eh_pickle_value *));
        if (!grown)
            return eh_fail_memory(err, "the stack of a pickle", larger, sizeof *grown);
        m->stack = grown;
        m->stack_capacity = larger;
    }
    m->stack[m->depth++] = value;
    return EH_OK;
}

eh_status eh_pickle_push_new(eh_pickle_machine *m, eh_pickle_kind kind, eh_pickle_value **out, eh_error *err)
{
    EH_TRY(eh_pickle_new_value(m, kind, out, err));
    return eh_pickle_push(m, *out, err);
}

/* How many values lie above the topmost mark. */
size_t eh_pickle_above_mark(const eh_pickle_machine *m)
{
    return m->depth - (m->marks ? m->mark[m->marks - 1] : 0);
}

/* The `count` topmost values, which stay valid until the next push. */
eh_status eh_pickle_pop(eh_pickle_machine *m, size_t count, eh_pickle_value ***out, eh_error *err)
{
    *out = NULL;
    if (eh_pickle_above_mark(m) < count)
        return eh_pickle_refuse(m, "it takes more values from the stack than are there", err);
    m->depth -= count;
    *out = m->stack + m->depth;
    return EH_OK;
}

/* Everything above the topmost mark, and the mark. */
eh_status eh_pickle_pop_to_mark(eh_pickle_machine *m, eh_pickle_value ***out, size_t *count, eh_error *err)
{
    *out = NULL;
    *count = 0;
    if (m->marks == 0)
        return eh_pickle_refuse(m, "a mark is missing on the stack", err);
    *count = eh_pickle_above_mark(m);
    m->depth -= *count;
    m->marks--;
    *out = m->stack + m->depth;
    return EH_OK;
}

eh_status eh_pickle_memoize(eh_pickle_machine *m, uint64_t index, eh_error *err)
{
    if (eh_pickle_above_mark(m) == 0)
        return eh_pickle_refuse(m, "there is nothing on the stack to remember", err);
    if (index >= EH_PICKLE_VALUES)
        return eh_pickle_refuse(m, "a place in the memo is too large", err);
    if (index >= m->memos) {
        size_t larger = (size_t)index < 128 ? 256 : 2 * (size_t)index;
        eh_pickle_value **grown = eh_realloc(m->memo, m->memos, larger, sizeof(eh_pickle_value *));
        if (!grown)
            return eh_fail_memory(err, "the memo of a pickle", larger, sizeof *grown);
        m->memo = grown;
        m->memos = larger;
    }
    m->memo[index] = m->stack[m->depth - 1];
    m->remembered++;
    return EH_OK;
}

eh_status eh_pickle_recall(eh_pickle_machine *m, uint64_t index, eh_error *err)
{
    if (index >= m->memos || !m->memo[index])
        return eh_pickle_refuse(m, "it recalls what was never remembered", err);
    return eh_pickle_push(m, m->memo[index], err);
}

/* Appends to a list or a dictionary. */
eh_status eh_pickle_append(eh_pickle_machine *m, eh_pickle_value *to, eh_pickle_value *const *item,
                           size_t count, eh_error *err)
{
    if (count > to->capacity - to->count) {
        size_t larger = 2 * (to->count + count);
        eh_pickle_value **grown = eh_arena_alloc(m->arena, larger, sizeof(eh_pickle_value *));
        if (!grown)
            return eh_fail_memory(err, "a pickle", larger, sizeof *grown);
        if (to->count)
            memcpy(grown, to->item, to->count * sizeof(eh_pickle_value *));
        to->item = grown;
        to->capacity = larger;
    }
    if (count)
        memcpy(to->item + to->count, item, count * sizeof(eh_pickle_value *));
    to->count += count;
    return EH_OK;
}
