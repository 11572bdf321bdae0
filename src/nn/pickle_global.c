/* pickle_global.c - the names that files of tensors use, and what each stands for.
 *
 * Idea    a name is a row of a table with the one thing that may be made of it; none of them runs anything.
 * Source  PyTorch 2.6: torch/_utils.py (_rebuild_tensor_v2, _rebuild_parameter), torch/serialization.py (persistent_id), torch/_weights_only_unpickler.py for
 *         what files in the wild hold.
 * Easy to get wrong: strides and offset come from the file; an element outside the storage would be read from someone else's memory.
 */
#include "nn/pickle.h"

#include "nn/element_type.h"

#include <string.h>

/* What a global is good for. */
typedef enum use {
    MAKE_DICT,         /* an empty ordered dictionary */
    MAKE_TUPLE,        /* torch.Size */
    MAKE_TENSOR,       /* (storage, offset, size, stride, ...) */
    MAKE_PARAMETER,    /* (tensor, ...) */
    MAKE_OTHER,        /* a value that nobody here reads */
    NAMES_STORAGE,     /* the class of a storage, never called */
    NAMES_ELEMENT_TYPE /* torch.float32: never called */
} use;

struct eh_pickle_global {
    const char *module, *name;
    use use;
    const char *type; /* NAMES_STORAGE: of its elements */
};

static const eh_pickle_global globals[] = {
    { "collections", "OrderedDict", MAKE_DICT, NULL },
    { "torch", "Size", MAKE_TUPLE, NULL },
    { "torch._utils", "_rebuild_tensor", MAKE_TENSOR, NULL },
    { "torch._utils", "_rebuild_tensor_v2", MAKE_TENSOR, NULL },
    { "torch._utils", "_rebuild_parameter", MAKE_PARAMETER, NULL },
    { "torch", "FloatStorage", NAMES_STORAGE, "F32" },
    { "torch", "DoubleStorage", NAMES_STORAGE, "F64" },
    { "torch", "HalfStorage", NAMES_STORAGE, "F16" },
    { "torch", "BFloat16Storage", NAMES_STORAGE, "BF16" },
    { "torch", "LongStorage", NAMES_STORAGE, "I64" },
    { "torch", "IntStorage", NAMES_STORAGE, "I32" },
    { "torch", "ShortStorage", NAMES_STORAGE, "I16" },
    { "torch", "CharStorage", NAMES_STORAGE, "I8" },
    { "torch", "ByteStorage", NAMES_STORAGE, "U8" },
    { "torch", "BoolStorage", NAMES_STORAGE, "BOOL" },
    { "torch", "float32", NAMES_ELEMENT_TYPE, NULL },
    { "torch", "float64", NAMES_ELEMENT_TYPE, NULL },
    { "torch", "float16", NAMES_ELEMENT_TYPE, NULL },
    { "torch", "bfloat16", NAMES_ELEMENT_TYPE, NULL },
    { "torch", "int64", NAMES_ELEMENT_TYPE, NULL },
    { "torch", "device", MAKE_OTHER, NULL },
    { "numpy", "dtype", MAKE_OTHER, NULL },
    { "numpy.core.multiarray", "scalar", MAKE_OTHER, NULL },
    { "numpy._core.multiarray", "scalar", MAKE_OTHER, NULL },
    { "_codecs", "encode", MAKE_OTHER, NULL }, /* how protocol 2 writes bytes */
};

const eh_pickle_global *eh_pickle_global_find(const char *module, const char *name)
{
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
        if (strcmp(globals[i].module, module) == 0 && strcmp(globals[i].name, name) == 0)
            return &globals[i];
    return NULL;
}

/* Reads a tuple of counts: every one in 0 .. 2^62. False when it is none, or is too long. */
static bool read_counts(int64_t *out, int *count, const eh_pickle_value *tuple)
{
    if (tuple->kind != EH_PICKLE_TUPLE || tuple->count > EH_MAX_RANK)
        return false;
    for (size_t i = 0; i < tuple->count; i++) {
        const eh_pickle_value *v = tuple->item[i];
        if (v->kind != EH_PICKLE_INT || v->integer < 0 || v->integer > INT64_MAX / 2)
            return false;
        out[i] = v->integer;
    }
    *count = (int)tuple->count;
    return true;
}

/* Whether the last element of the tensor lies in its storage, and no number on the way overflows. */
static bool fits(const eh_pickle_tensor *t)
{
    int64_t last = t->offset, elements = 1, step;
    bool empty = false;
    for (int d = 0; d < t->shape.rank; d++)
        empty = empty || t->shape.dim[d] == 0;
    for (int d = 0; d < t->shape.rank && !empty; d++)
        if (__builtin_mul_overflow(t->shape.dim[d] - 1, t->stride[d], &step) ||
            __builtin_add_overflow(last, step, &last) ||
            __builtin_mul_overflow(elements, t->shape.dim[d], &elements) || elements > INT64_MAX / 8)
            return false;
    return empty ? t->offset <= t->storage->elements : last < t->storage->elements;
}

static const char *make_tensor(eh_pickle_value *out, eh_pickle_tensor *t, const eh_pickle_value *args)
{
    int strides = 0;
    if (args->count < 4 || args->item[0]->kind != EH_PICKLE_STORAGE || args->item[1]->kind != EH_PICKLE_INT)
        return "a tensor is not made of storage, offset, size and stride";
    t->storage = &args->item[0]->storage;
    t->offset = args->item[1]->integer;
    if (t->offset < 0 || !read_counts(t->shape.dim, &t->shape.rank, args->item[2]) ||
        !read_counts(t->stride, &strides, args->item[3]) || strides != t->shape.rank)
        return "a tensor's offset, size or stride is none that is possible here (at most 6 dimensions)";
    if (!fits(t))
        return "a tensor reaches beyond the end of its storage";
    out->kind = EH_PICKLE_TENSOR;
    out->tensor = t;
    return NULL;
}

const char *eh_pickle_call(eh_pickle_value *out, eh_pickle_tensor *tensor, const eh_pickle_global *global,
                           const eh_pickle_value *args)
{
    switch (global->use) {
    case MAKE_DICT:
        if (args->count != 0)
            return "an ordered dictionary is made of something";
        out->kind = EH_PICKLE_DICT;
        return NULL;
    case MAKE_TUPLE:
        if (args->count != 1 ||
            (args->item[0]->kind != EH_PICKLE_TUPLE && args->item[0]->kind != EH_PICKLE_LIST))
            return "a torch.Size is not made of a tuple";
        *out = *args->item[0];
        out->kind = EH_PICKLE_TUPLE;
        out->capacity = out->count; /* the items are shared and never appended to */
        return NULL;
    case MAKE_TENSOR:
        return make_tensor(out, tensor, args);
    case MAKE_PARAMETER:
        if (args->count < 1 || args->item[0]->kind != EH_PICKLE_TENSOR)
            return "a parameter is not made of a tensor";
        *out = *args->item[0];
        return NULL;
    case MAKE_OTHER:
        out->kind = EH_PICKLE_OTHER;
        return NULL;
    case NAMES_STORAGE:
    case NAMES_ELEMENT_TYPE:
        break;
    }
    return "a type is called like a function";
}

const char *eh_pickle_persistent(eh_pickle_value *out, const eh_pickle_value *id)
{
    static const char refusal[] = "a persistent id is none of a storage";
    if (id->kind != EH_PICKLE_TUPLE || id->count < 5 || id->item[0]->kind != EH_PICKLE_TEXT ||
        strcmp(id->item[0]->text, "storage") != 0 || id->item[1]->kind != EH_PICKLE_GLOBAL ||
        id->item[2]->kind != EH_PICKLE_TEXT || id->item[4]->kind != EH_PICKLE_INT || id->item[4]->integer < 0)
        return refusal;
    if (id->count > 5 && id->item[5]->kind != EH_PICKLE_NONE)
        return "a storage is a view of another storage, as only very old files have it";
    const eh_pickle_global *class = id->item[1]->global;
    if (class->use != NAMES_STORAGE)
        return refusal;
    const char *key = id->item[2]->text;
    size_t length = strspn(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    if (length == 0 || length > 64 || key[length])
        return "the key of a storage is no plain word";
    if (id->item[4]->integer > INT64_MAX / (int64_t)eh_element_size(class->type))
        return "a storage is larger than any file";
    out->kind = EH_PICKLE_STORAGE;
    out->storage = (eh_pickle_storage){ .key = key, .type = class->type, .elements = id->item[4]->integer };
    return NULL;
}
