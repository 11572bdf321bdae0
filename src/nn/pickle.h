/* pickle.h - reading the part of Python's pickle format that files of tensors need, without ever running anything.
 *
 * A pickle is a program for a small stack machine, and in Python it may call any function. This reader knows a fixed list of opcodes and a fixed list
 * of names (pickle_global.c); each name stands for one thing that is built here, as a value. Whatever else a file asks for is refused with the name
 * or the opcode and its place. Values are only data: nothing that a file says decides what is executed.
 *
 * Limits: EH_PICKLE_BYTES of pickle, EH_PICKLE_VALUES values; memory is at most some hundred times the pickle's size.
 */
#ifndef EH_NN_PICKLE_H
#define EH_NN_PICKLE_H

#include "evenhand/graph.h"
#include "evenhand/memory.h"

#define EH_PICKLE_BYTES  (64u << 20)
#define EH_PICKLE_VALUES (4u << 20)

typedef enum eh_pickle_kind {
    EH_PICKLE_NONE,
    EH_PICKLE_BOOL,
    EH_PICKLE_INT,
    EH_PICKLE_REAL,
    EH_PICKLE_TEXT,
    EH_PICKLE_TUPLE,
    EH_PICKLE_LIST,
    EH_PICKLE_DICT,
    EH_PICKLE_GLOBAL,
    EH_PICKLE_STORAGE,
    EH_PICKLE_TENSOR,
    EH_PICKLE_OTHER /* something harmless that nothing here reads: bytes, a NumPy scalar, an integer of more than 64 bits */
} eh_pickle_kind;

typedef struct eh_pickle_value eh_pickle_value;

/* A name that files of tensors use. */
typedef struct eh_pickle_global eh_pickle_global;

/* Where a tensor's elements lie. */
typedef struct eh_pickle_storage {
    const char *key;  /* the member's name, or the number in a legacy file */
    const char *type; /* element_type.h */
    int64_t elements;
} eh_pickle_storage;

typedef struct eh_pickle_tensor {
    const eh_pickle_storage *storage;
    eh_shape shape;
    int64_t offset, stride[EH_MAX_RANK]; /* in elements; every element lies inside the storage */
} eh_pickle_tensor;

struct eh_pickle_value {
    eh_pickle_kind kind;
    union {
        int64_t integer; /* BOOL, INT */
        double real;
        const char *text; /* UTF-8, NUL-terminated */
        struct {
            eh_pickle_value **item; /* TUPLE, LIST; DICT: key, value, key, value ... */
            size_t count, capacity;
        };
        const eh_pickle_global *global;
        eh_pickle_storage storage;
        const eh_pickle_tensor *tensor;
    };
};

/* What was read; everything lies in the arena. */
typedef struct eh_pickle {
    eh_pickle_value *root;
    size_t used;                       /* bytes that the pickle took */
    const eh_pickle_storage **storage; /* every storage that it speaks of, as often as it does */
    size_t storages;
} eh_pickle;

/* Reads one pickle at the beginning of bytes[0..size). `name` stands for the file in messages. EH_ERR_INPUT for whatever is malformed or not on the
 * lists; EH_ERR_LIMIT. */
eh_status eh_pickle_read(eh_pickle *out, eh_arena *arena, const uint8_t *bytes, size_t size, const char *name,
                         eh_error *err);

/* The value of a text key, or NULL. */
eh_pickle_value *eh_pickle_find(const eh_pickle_value *dict, const char *key);

/* ---- for the reader itself (pickle_global.c) ---- */

/* The global of that name, or NULL. */
const eh_pickle_global *eh_pickle_global_find(const char *module, const char *name);

/* What calling it with these arguments (a tuple) makes, into the zeroed *out; `tensor` is room for one. NULL, or why it is refused, one clause. */
const char *eh_pickle_call(eh_pickle_value *out, eh_pickle_tensor *tensor, const eh_pickle_global *global,
                           const eh_pickle_value *args);

/* What a persistent id stands for, as eh_pickle_call. */
const char *eh_pickle_persistent(eh_pickle_value *out, const eh_pickle_value *id);

#endif
