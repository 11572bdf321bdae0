/* pickle_stack.h - the state of the machine that reads a pickle: its bytes, its stack with marks, its memo. For pickle.c alone.
 *
 * Every function that can fail says the file, the place and the reason.
 */
#ifndef EH_NN_PICKLE_STACK_H
#define EH_NN_PICKLE_STACK_H

#include "nn/pickle.h"

typedef struct eh_pickle_machine {
    const char *name;
    eh_arena *arena;
    const uint8_t *bytes;
    size_t size, at, opcode_at;
    eh_pickle_value **stack;
    size_t depth, stack_capacity;
    size_t *mark; /* depths at which marks lie */
    size_t marks, mark_capacity;
    eh_pickle_value **memo;
    size_t memos, remembered; /* places there are; values put there by op_memoize count on from 0 */
    size_t values;
    const eh_pickle_storage **storage; /* in the arena, as eh_pickle has it */
    size_t storages, storage_capacity;
    bool stopped;
} eh_pickle_machine;

/* EH_ERR_INPUT: the opcode in work is refused because of `why`, one clause. */
eh_status eh_pickle_refuse(const eh_pickle_machine *m, const char *why, eh_error *err);
eh_status eh_pickle_truncated(const eh_pickle_machine *m, eh_error *err);

/* The next `count` bytes, or NULL. */
const uint8_t *eh_pickle_take(eh_pickle_machine *m, size_t count);
/* A little-endian number of `width` bytes. */
eh_status eh_pickle_take_number(eh_pickle_machine *m, int width, uint64_t *out, eh_error *err);
/* A line without its LF, NUL-terminated, as opcode GLOBAL has it. */
eh_status eh_pickle_take_line(eh_pickle_machine *m, char out[128], eh_error *err);

eh_status eh_pickle_new_value(eh_pickle_machine *m, eh_pickle_kind kind, eh_pickle_value **out,
                              eh_error *err);
eh_status eh_pickle_push(eh_pickle_machine *m, eh_pickle_value *value, eh_error *err);
eh_status eh_pickle_push_new(eh_pickle_machine *m, eh_pickle_kind kind, eh_pickle_value **out, eh_error *err);

/* How many values lie above the topmost mark. */
size_t eh_pickle_above_mark(const eh_pickle_machine *m);
/* The `count` topmost values, which stay valid until the next push. */
eh_status eh_pickle_pop(eh_pickle_machine *m, size_t count, eh_pickle_value ***out, eh_error *err);
/* Everything above the topmost mark, and the mark. */
eh_status eh_pickle_pop_to_mark(eh_pickle_machine *m, eh_pickle_value ***out, size_t *count, eh_error *err);

eh_status eh_pickle_memoize(eh_pickle_machine *m, uint64_t index, eh_error *err);
eh_status eh_pickle_recall(eh_pickle_machine *m, uint64_t index, eh_error *err);

/* Appends to a tuple, list or dictionary. */
eh_status eh_pickle_append(eh_pickle_machine *m, eh_pickle_value *to, eh_pickle_value *const *item,
                           size_t count, eh_error *err);

#endif
