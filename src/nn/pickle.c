/* pickle.c - the stack machine of Python's pickle format, protocols 2 to 4, cut down to what files of tensors use.
 *
 * Idea    a table of 256 opcodes; each entry builds plain data on a stack. Entries that are not there are refused: EXT, INST, OBJ, NEWOBJ and others
 *         that make objects of a file's choice do not exist here.
 * Source  CPython's Lib/pickletools.py, which documents every opcode.
 * Cost    linear in the pickle's size.
 * Easy to get wrong: a list can be made to hold itself through the memo, so who walks values must bound its depth.
 */
#include "nn/pickle_stack.h"

#include "base/str.h"

#include <string.h>

/* ---- opcodes ---- */

static eh_status op_proto(eh_pickle_machine *m, eh_error *err)
{
    uint64_t version;
    EH_TRY(eh_pickle_take_number(m, 1, &version, err));
    return version >= 2 && version <= 4 ? EH_OK
                                        : eh_pickle_refuse(m, "only the protocols 2 to 4 are read", err);
}

static eh_status op_frame(eh_pickle_machine *m, eh_error *err)
{
    uint64_t ignored;
    return eh_pickle_take_number(m, 8, &ignored, err);
}

static eh_status op_stop(eh_pickle_machine *m, eh_error *err)
{
    m->stopped = true;
    return m->depth == 1 && m->marks == 0 ? EH_OK
                                          : eh_pickle_refuse(m, "it does not end with one value", err);
}

static eh_status op_mark(eh_pickle_machine *m, eh_error *err)
{
    if (m->marks == m->mark_capacity) {
        size_t larger = m->mark_capacity ? 2 * m->mark_capacity : 64;
        size_t *grown = eh_realloc(m->mark, m->mark_capacity, larger, sizeof *grown);
        if (!grown)
            return eh_fail_memory(err, "the marks of a pickle", larger, sizeof *grown);
        m->mark = grown;
        m->mark_capacity = larger;
    }
    m->mark[m->marks++] = m->depth;
    return EH_OK;
}

static eh_status op_none(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value *v;
    return eh_pickle_push_new(m, EH_PICKLE_NONE, &v, err);
}

static eh_status push_int(eh_pickle_machine *m, eh_pickle_kind kind, int64_t value, eh_error *err)
{
    eh_pickle_value *v;
    EH_TRY(eh_pickle_push_new(m, kind, &v, err));
    v->integer = value;
    return EH_OK;
}

static eh_status op_true(eh_pickle_machine *m, eh_error *err)
{
    return push_int(m, EH_PICKLE_BOOL, 1, err);
}

static eh_status op_false(eh_pickle_machine *m, eh_error *err)
{
    return push_int(m, EH_PICKLE_BOOL, 0, err);
}

static eh_status op_binint(eh_pickle_machine *m, eh_error *err)
{
    uint64_t bits;
    EH_TRY(eh_pickle_take_number(m, 4, &bits, err));
    return push_int(m, EH_PICKLE_INT, (int32_t)(uint32_t)bits, err);
}

static eh_status op_binint1(eh_pickle_machine *m, eh_error *err)
{
    uint64_t bits;
    EH_TRY(eh_pickle_take_number(m, 1, &bits, err));
    return push_int(m, EH_PICKLE_INT, (int64_t)bits, err);
}

static eh_status op_binint2(eh_pickle_machine *m, eh_error *err)
{
    uint64_t bits;
    EH_TRY(eh_pickle_take_number(m, 2, &bits, err));
    return push_int(m, EH_PICKLE_INT, (int64_t)bits, err);
}

static eh_status op_long1(eh_pickle_machine *m, eh_error *err)
{
    uint64_t size, bits = 0;
    eh_pickle_value *v;
    EH_TRY(eh_pickle_take_number(m, 1, &size, err));
    const uint8_t *p = eh_pickle_take(m, (size_t)size);
    if (!p)
        return eh_pickle_truncated(m, err);
    if (size > 8)
        return eh_pickle_push_new(m, EH_PICKLE_OTHER, &v, err);
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)p[i] << (8 * i);
    if (size > 0 && size < 8 && p[size - 1] & 0x80)
        bits |= UINT64_MAX << (8 * size);
    return push_int(m, EH_PICKLE_INT, (int64_t)bits, err);
}

static eh_status op_binfloat(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value *v;
    uint64_t bits = 0;
    const uint8_t *p = eh_pickle_take(m, 8);
    if (!p)
        return eh_pickle_truncated(m, err);
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | p[i];
    EH_TRY(eh_pickle_push_new(m, EH_PICKLE_REAL, &v, err));
    memcpy(&v->real, &bits, sizeof v->real);
    return EH_OK;
}

/* Text whose length stands in front in `width` bytes. Bytes, and text that is no UTF-8 or holds a NUL, are no name of anything: they are passed over. */
static eh_status take_text(eh_pickle_machine *m, int width, bool bytes, eh_error *err)
{
    uint64_t size;
    eh_pickle_value *v;
    EH_TRY(eh_pickle_take_number(m, width, &size, err));
    const char *p = size <= m->size ? (const char *)eh_pickle_take(m, (size_t)size) : NULL;
    if (!p)
        return eh_pickle_truncated(m, err);
    if (bytes || memchr(p, 0, (size_t)size) || !eh_utf8_valid(p, (size_t)size))
        return eh_pickle_push_new(m, EH_PICKLE_OTHER, &v, err);
    EH_TRY(eh_pickle_push_new(m, EH_PICKLE_TEXT, &v, err));
    char *copy = eh_arena_alloc(m->arena, (size_t)size + 1, 1);
    if (!copy)
        return eh_fail_memory(err, "a text in a pickle", (size_t)size, 1);
    memcpy(copy, p, (size_t)size);
    v->text = copy;
    return EH_OK;
}

static eh_status op_text1(eh_pickle_machine *m, eh_error *err)
{
    return take_text(m, 1, false, err);
}

static eh_status op_text4(eh_pickle_machine *m, eh_error *err)
{
    return take_text(m, 4, false, err);
}

static eh_status op_bytes1(eh_pickle_machine *m, eh_error *err)
{
    return take_text(m, 1, true, err);
}

static eh_status op_bytes4(eh_pickle_machine *m, eh_error *err)
{
    return take_text(m, 4, true, err);
}

static eh_status op_empty_dict(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value *v;
    return eh_pickle_push_new(m, EH_PICKLE_DICT, &v, err);
}

static eh_status op_empty_list(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value *v;
    return eh_pickle_push_new(m, EH_PICKLE_LIST, &v, err);
}

static eh_status make_tuple(eh_pickle_machine *m, eh_pickle_value *const *item, size_t count, eh_error *err)
{
    eh_pickle_value *v;
    EH_TRY(eh_pickle_new_value(m, EH_PICKLE_TUPLE, &v, err));
    EH_TRY(eh_pickle_append(m, v, item, count, err));
    return eh_pickle_push(m, v, err);
}

static eh_status op_tuple(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item;
    size_t count;
    EH_TRY(eh_pickle_pop_to_mark(m, &item, &count, err));
    return make_tuple(m, item, count, err);
}

static eh_status tuple_of(eh_pickle_machine *m, size_t count, eh_error *err)
{
    eh_pickle_value **item;
    EH_TRY(eh_pickle_pop(m, count, &item, err));
    return make_tuple(m, item, count, err);
}

static eh_status op_tuple0(eh_pickle_machine *m, eh_error *err)
{
    return tuple_of(m, 0, err);
}

static eh_status op_tuple1(eh_pickle_machine *m, eh_error *err)
{
    return tuple_of(m, 1, err);
}

static eh_status op_tuple2(eh_pickle_machine *m, eh_error *err)
{
    return tuple_of(m, 2, err);
}

static eh_status op_tuple3(eh_pickle_machine *m, eh_error *err)
{
    return tuple_of(m, 3, err);
}

/* Appends what was popped to the container below it, which stays on the stack. */
static eh_status extend(eh_pickle_machine *m, eh_pickle_kind kind, eh_pickle_value *const *item, size_t count,
                        eh_error *err)
{
    if (eh_pickle_above_mark(m) == 0 || m->stack[m->depth - 1]->kind != kind)
        return eh_pickle_refuse(m,
                                kind == EH_PICKLE_DICT ? "it sets a member of what is no dictionary"
                                                       : "it appends to what is no list",
                                err);
    if (kind == EH_PICKLE_DICT && count % 2)
        return eh_pickle_refuse(m, "a key of a dictionary has no value", err);
    return eh_pickle_append(m, m->stack[m->depth - 1], item, count, err);
}

static eh_status op_append(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item;
    EH_TRY(eh_pickle_pop(m, 1, &item, err));
    return extend(m, EH_PICKLE_LIST, item, 1, err);
}

static eh_status op_appends(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item;
    size_t count;
    EH_TRY(eh_pickle_pop_to_mark(m, &item, &count, err));
    return extend(m, EH_PICKLE_LIST, item, count, err);
}

static eh_status op_setitem(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item;
    EH_TRY(eh_pickle_pop(m, 2, &item, err));
    return extend(m, EH_PICKLE_DICT, item, 2, err);
}

static eh_status op_setitems(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item;
    size_t count;
    EH_TRY(eh_pickle_pop_to_mark(m, &item, &count, err));
    return extend(m, EH_PICKLE_DICT, item, count, err);
}

static eh_status op_put1(eh_pickle_machine *m, eh_error *err)
{
    uint64_t index;
    EH_TRY(eh_pickle_take_number(m, 1, &index, err));
    return eh_pickle_memoize(m, index, err);
}

static eh_status op_put4(eh_pickle_machine *m, eh_error *err)
{
    uint64_t index;
    EH_TRY(eh_pickle_take_number(m, 4, &index, err));
    return eh_pickle_memoize(m, index, err);
}

static eh_status op_memoize(eh_pickle_machine *m, eh_error *err)
{
    return eh_pickle_memoize(m, m->remembered, err);
}

static eh_status op_get1(eh_pickle_machine *m, eh_error *err)
{
    uint64_t index;
    EH_TRY(eh_pickle_take_number(m, 1, &index, err));
    return eh_pickle_recall(m, index, err);
}

static eh_status op_get4(eh_pickle_machine *m, eh_error *err)
{
    uint64_t index;
    EH_TRY(eh_pickle_take_number(m, 4, &index, err));
    return eh_pickle_recall(m, index, err);
}

static eh_status push_global(eh_pickle_machine *m, const char *module, const char *name, eh_error *err)
{
    eh_pickle_value *v;
    const eh_pickle_global *global = eh_pickle_global_find(module, name);
    if (!global)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: refused at byte %zu of its pickle: it asks for '%.100s.%.100s', which is no part "
                       "of a plain "
                       "tensor. Nothing is ever run; save the weights alone, "
                       "torch.save(model.state_dict(), FILE), or as safetensors",
                       m->name, m->opcode_at, module, name);
    EH_TRY(eh_pickle_push_new(m, EH_PICKLE_GLOBAL, &v, err));
    v->global = global;
    return EH_OK;
}

static eh_status op_global(eh_pickle_machine *m, eh_error *err)
{
    char module[128], name[128];
    EH_TRY(eh_pickle_take_line(m, module, err));
    EH_TRY(eh_pickle_take_line(m, name, err));
    return push_global(m, module, name, err);
}

static eh_status op_stack_global(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item;
    EH_TRY(eh_pickle_pop(m, 2, &item, err));
    if (item[0]->kind != EH_PICKLE_TEXT || item[1]->kind != EH_PICKLE_TEXT)
        return eh_pickle_refuse(m, "a name is no text", err);
    return push_global(m, item[0]->text, item[1]->text, err);
}

static eh_status op_reduce(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item, *v;
    EH_TRY(eh_pickle_pop(m, 2, &item, err));
    const eh_pickle_value *what = item[0], *args = item[1];
    if (what->kind != EH_PICKLE_GLOBAL || args->kind != EH_PICKLE_TUPLE)
        return eh_pickle_refuse(m, "it calls what is no name, or with what is no tuple", err);
    eh_pickle_tensor *tensor = eh_arena_alloc(m->arena, 1, sizeof *tensor);
    if (!tensor)
        return eh_fail_memory(err, "a pickle", 1, sizeof *tensor);
    EH_TRY(eh_pickle_new_value(m, EH_PICKLE_OTHER, &v, err));
    const char *why = eh_pickle_call(v, tensor, what->global, args);
    return why ? eh_pickle_refuse(m, why, err) : eh_pickle_push(m, v, err);
}

/* The state of a dictionary (its _metadata) or of a NumPy type: nothing that anybody here reads. */
static eh_status op_build(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item;
    EH_TRY(eh_pickle_pop(m, 1, &item, err));
    eh_pickle_kind kind = eh_pickle_above_mark(m) ? m->stack[m->depth - 1]->kind : EH_PICKLE_NONE;
    return kind == EH_PICKLE_DICT || kind == EH_PICKLE_OTHER
               ? EH_OK
               : eh_pickle_refuse(m, "it sets the state of what is no dictionary", err);
}

static eh_status note_storage(eh_pickle_machine *m, const eh_pickle_storage *storage, eh_error *err)
{
    if (m->storages == m->storage_capacity) {
        size_t larger = m->storage_capacity ? 2 * m->storage_capacity : 256;
        const eh_pickle_storage **grown = eh_arena_alloc(m->arena, larger, sizeof(eh_pickle_storage *));
        if (!grown)
            return eh_fail_memory(err, "the storages of a pickle", larger, sizeof *grown);
        for (size_t i = 0; i < m->storages; i++)
            grown[i] = m->storage[i];
        m->storage = grown;
        m->storage_capacity = larger;
    }
    m->storage[m->storages++] = storage;
    return EH_OK;
}

static eh_status op_persistent(eh_pickle_machine *m, eh_error *err)
{
    eh_pickle_value **item, *v;
    EH_TRY(eh_pickle_pop(m, 1, &item, err));
    const eh_pickle_value *id = item[0];
    EH_TRY(eh_pickle_new_value(m, EH_PICKLE_OTHER, &v, err));
    const char *why = eh_pickle_persistent(v, id);
    if (why)
        return eh_pickle_refuse(m, why, err);
    EH_TRY(note_storage(m, &v->storage, err));
    return eh_pickle_push(m, v, err);
}

/* Everything that a file may ask for. */
static eh_status (*const opcode[256])(eh_pickle_machine *, eh_error *) = {
    [0x80] = op_proto,     [0x95] = op_frame,        ['.'] = op_stop,       ['('] = op_mark,
    ['N'] = op_none,       [0x88] = op_true,         [0x89] = op_false,     ['J'] = op_binint,
    ['K'] = op_binint1,    ['M'] = op_binint2,       [0x8a] = op_long1,     ['G'] = op_binfloat,
    ['X'] = op_text4,      [0x8c] = op_text1,        ['U'] = op_text1,      ['T'] = op_text4,
    ['C'] = op_bytes1,     ['B'] = op_bytes4,        ['}'] = op_empty_dict, [']'] = op_empty_list,
    [')'] = op_tuple0,     [0x85] = op_tuple1,       [0x86] = op_tuple2,    [0x87] = op_tuple3,
    ['t'] = op_tuple,      ['a'] = op_append,        ['e'] = op_appends,    ['s'] = op_setitem,
    ['u'] = op_setitems,   ['q'] = op_put1,          ['r'] = op_put4,       ['h'] = op_get1,
    ['j'] = op_get4,       ['c'] = op_global,        ['R'] = op_reduce,     ['b'] = op_build,
    ['Q'] = op_persistent, [0x93] = op_stack_global, [0x94] = op_memoize,
};

static eh_status run(eh_pickle_machine *m, eh_error *err)
{
    while (!m->stopped) {
        m->opcode_at = m->at;
        const uint8_t *code = eh_pickle_take(m, 1);
        if (!code)
            return eh_pickle_truncated(m, err);
        if (!opcode[*code])
            return eh_fail(err, EH_ERR_INPUT,
                           "%s: refused at byte %zu of its pickle: the opcode 0x%02x is none that plain "
                           "tensors "
                           "need. Nothing is ever run; save the weights alone, "
                           "torch.save(model.state_dict(), FILE), or as safetensors",
                           m->name, m->opcode_at, *code);
        EH_TRY(opcode[*code](m, err));
    }
    return EH_OK;
}

eh_status eh_pickle_read(eh_pickle *out, eh_arena *arena, const uint8_t *bytes, size_t size, const char *name,
                         eh_error *err)
{
    eh_pickle_machine m = {
        .name = name, .arena = arena, .bytes = bytes, .size = size < EH_PICKLE_BYTES ? size : EH_PICKLE_BYTES
    };
    m.stack_capacity = 256;
    m.stack = eh_alloc(m.stack_capacity, sizeof(eh_pickle_value *));
    eh_status status = m.stack ? run(&m, err) : eh_fail_memory(err, name, m.stack_capacity, sizeof *m.stack);
    if (status == EH_OK)
        *out = (eh_pickle){ .root = m.stack[0], .used = m.at, .storage = m.storage, .storages = m.storages };
    eh_free(m.stack);
    eh_free(m.mark);
    eh_free(m.memo);
    return status;
}

eh_pickle_value *eh_pickle_find(const eh_pickle_value *dict, const char *key)
{
    for (size_t i = 0; i + 1 < dict->count; i += 2)
        if (dict->item[i]->kind == EH_PICKLE_TEXT && strcmp(dict->item[i]->text, key) == 0)
            return dict->item[i + 1];
    return NULL;
}
