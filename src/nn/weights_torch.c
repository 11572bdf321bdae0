/* weights_torch.c - the files that torch.save writes, since 1.6 and before.
 *
 *     zip (1.6 and later)   <name>/data.pkl    the pickle; its storages are named by persistent ids
 *                           <name>/data/<key>  each storage's bytes
 *                           <name>/byteorder   "little" or "big" (2.1 and later; else little)
 *     legacy                five pickles: a magic number, 1001, the writer's word sizes, the object, the list of storages' keys;
 *                           then each storage in that order: its number of elements (8 bytes), its bytes. All little-endian, whatever the writer says
 *
 * What is looked for in the object: a dictionary of tensors, itself or below "state_dict", "model" and the like. Dictionaries inside it join their
 * names with '.'. What is no tensor (an epoch, an optimiser's options) is passed over.
 *
 * Source  PyTorch 2.6, torch/serialization.py. The pickle is read by pickle.h, which runs nothing.
 * Cost    opening reads the pickle; a storage is read when the first tensor in it is, and kept until another is needed.
 * Easy to get wrong: tensors may be views (transposed, expanded, several in one storage); whole models and TorchScript archives need code and are refused.
 */
#include "base/str.h"
#include "data/source.h"
#include "nn/element_type.h"
#include "nn/pickle.h"
#include "nn/weights_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32, MOST_TENSORS = 1 << 20, MOST_VISITS = 1 << 22 };

static const uint8_t legacy_magic[15] = { 0x80, 2,    0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                          0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.' };

typedef struct named_tensor {
    const char *name;
    const eh_pickle_tensor *tensor;
} named_tensor;

/* A storage in a legacy file. */
typedef struct legacy_storage {
    const char *key;
    uint64_t begin, bytes;
} legacy_storage;

typedef struct torch_file {
    eh_arena *arena;
    const char *path;
    eh_source *source;
    const char *folder; /* zip: of data.pkl, "archive"; NULL in a legacy file */
    bool swapped;
    eh_source_bytes whole;   /* a legacy file */
    legacy_storage *storage; /* sorted by key */
    size_t storages;
    named_tensor *tensor;
    size_t tensors, capacity, visits;
    const char *read_key; /* the storage in `bytes`; NULL: none yet */
    uint8_t *bytes;
} torch_file;

static bool probe(const uint8_t *head, size_t size)
{
    return (size >= 4 && memcmp(head, "PK\3\4", 4) == 0) ||
           (size >= sizeof legacy_magic && memcmp(head, legacy_magic, sizeof legacy_magic) == 0);
}

/* ---- which tensors ---- */

static eh_status add_tensor(torch_file *f, const char *name, const eh_pickle_tensor *tensor, eh_error *err)
{
    if (f->tensors == f->capacity) {
        size_t larger = f->capacity ? 2 * f->capacity : 256;
        named_tensor *grown = eh_realloc(f->tensor, f->capacity, larger, sizeof *grown);
        if (!grown)
            return eh_fail_memory(err, f->path, larger, sizeof *grown);
        f->tensor = grown;
        f->capacity = larger;
    }
    if (f->tensors == MOST_TENSORS)
        return eh_fail(err, EH_ERR_LIMIT, "%s: more than %d tensors", f->path, MOST_TENSORS);
    f->tensor[f->tensors++] = (named_tensor){ name, tensor };
    return EH_OK;
}

/* The tensors in a dictionary and in those inside it. A file can make a dictionary hold itself, so depth and visits are bounded. */
static eh_status walk(torch_file *f, const eh_pickle_value *dict, const char *prefix, int depth,
                      eh_error *err) /* NOLINT(misc-no-recursion): at most DEEPEST deep */
{
    if (depth == DEEPEST)
        return eh_fail(err, EH_ERR_LIMIT, "%s: its dictionaries lie more than %d deep", f->path, DEEPEST);
    for (size_t i = 0; i + 1 < dict->count; i += 2) {
        const eh_pickle_value *key = dict->item[i], *value = dict->item[i + 1];
        if (++f->visits > MOST_VISITS)
            return eh_fail(err, EH_ERR_LIMIT, "%s: its dictionaries have more than %d members", f->path,
                           MOST_VISITS);
        if ((value->kind != EH_PICKLE_TENSOR && value->kind != EH_PICKLE_DICT) ||
            (key->kind != EH_PICKLE_TEXT && key->kind != EH_PICKLE_INT))
            continue;
        const char *name = key->kind == EH_PICKLE_TEXT
                               ? eh_arena_printf(f->arena, "%s%s", prefix, key->text)
                               : eh_arena_printf(f->arena, "%s%lld", prefix, (long long)key->integer);
        if (name && value->kind == EH_PICKLE_DICT)
            name = eh_arena_printf(f->arena, "%s.", name);
        if (!name)
            return eh_fail_memory(err, "a tensor's name", 1, 1);
        EH_TRY(value->kind == EH_PICKLE_TENSOR ? add_tensor(f, name, value->tensor, err)
                                               : walk(f, value, name, depth + 1, err));
    }
    return EH_OK;
}

/* The dictionary below one of the names that training programs use, or `root` itself. */
static const eh_pickle_value *find_weights(const eh_pickle_value *root)
{
    static const char *const names[] = { "state_dict", "model_state_dict", "model",   "net",
                                         "module",     "network",          "weights", NULL };
    for (int depth = 0; depth < 4; depth++) {
        const eh_pickle_value *next = NULL;
        for (size_t i = 0; names[i] && !next; i++) {
            next = eh_pickle_find(root, names[i]);
            next = next && next->kind == EH_PICKLE_DICT ? next : NULL;
        }
        if (!next)
            break;
        root = next;
    }
    return root;
}

static eh_status list_tensors(torch_file *f, const eh_pickle_value *root, eh_error *err)
{
    if (root->kind != EH_PICKLE_DICT)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: holds no dictionary of tensors; save the weights with "
                       "torch.save(model.state_dict(), "
                       "FILE)",
                       f->path);
    EH_TRY(walk(f, find_weights(root), "", 0, err));
    return f->tensors ? EH_OK : eh_fail(err, EH_ERR_INPUT, "%s: there is no tensor in it", f->path);
}

/* ---- zip ---- */

static const char *storage_path(const torch_file *f, const char *key, char out[512])
{
    snprintf(out, 512, "%s/data/%s", f->folder, key);
    return out;
}

static eh_status find_folder(torch_file *f, eh_error *err)
{
    size_t members;
    EH_TRY(eh_source_list(f->source, &members, err));
    for (size_t i = 0; i < members && !f->folder; i++) {
        const char *path = eh_source_at(f->source, i).path, *slash = strchr(path, '/');
        if (slash && strcmp(slash, "/data.pkl") == 0 && slash - path < 200) {
            char *folder = eh_arena_strdup(f->arena, path);
            if (!folder)
                return eh_fail_memory(err, f->path, 1, 1);
            folder[slash - path] = 0;
            f->folder = folder;
        }
    }
    char code[512];
    if (f->folder && snprintf(code, sizeof code, "%s/constants.pkl", f->folder) > 0 &&
        eh_source_has(f->source, code))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: is a TorchScript program, which holds code; save the weights alone with "
                       "torch.save(model.state_dict(), FILE)",
                       f->path);
    return f->folder ? EH_OK
                     : eh_fail(err, EH_ERR_INPUT,
                               "%s: is a zip archive without data.pkl, so none that torch.save has written",
                               f->path);
}

/* Every storage that a tensor needs must be there with exactly its bytes. */
static eh_status check_members(const torch_file *f, eh_error *err)
{
    for (size_t i = 0; i < f->tensors; i++) {
        const eh_pickle_storage *s = f->tensor[i].tensor->storage;
        char path[512];
        uint64_t size, wanted = (uint64_t)s->elements * eh_element_size(s->type);
        EH_TRY(eh_source_size(&size, f->source, storage_path(f, s->key, path), err));
        if (size != wanted)
            return eh_fail(err, EH_ERR_INPUT, "%s: the storage of '%.200s' has %llu bytes instead of %llu",
                           f->path, f->tensor[i].name, (unsigned long long)size, (unsigned long long)wanted);
    }
    return EH_OK;
}

static eh_status open_zip(torch_file *f, eh_error *err)
{
    eh_status status = EH_OK;
    eh_pickle pickle;
    uint8_t *bytes = NULL;
    size_t size;
    char path[512];
    EH_TRY(find_folder(f, err));
    snprintf(path, sizeof path, "%s/byteorder", f->folder);
    if (eh_source_has(f->source, path)) {
        EH_TRY(eh_source_read(&bytes, &size, f->source, path, 64, err));
        f->swapped = strcmp((const char *)bytes, "big") == 0;
        bool known = f->swapped || strcmp((const char *)bytes, "little") == 0;
        eh_free(bytes);
        bytes = NULL;
        if (!known)
            return eh_fail(err, EH_ERR_INPUT, "%s: its byte order is neither little nor big", f->path);
    }
    snprintf(path, sizeof path, "%s/data.pkl", f->folder);
    EH_TRY(eh_source_read(&bytes, &size, f->source, path, EH_PICKLE_BYTES, err));
    EH_TRY_GOTO(status, eh_pickle_read(&pickle, f->arena, bytes, size, f->path, err));
    EH_TRY_GOTO(status, list_tensors(f, pickle.root, err));
    status = check_members(f, err);
done:
    eh_free(bytes);
    return status;
}

/* ---- legacy ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const legacy_storage *)a)->key, ((const legacy_storage *)b)->key);
}

static const legacy_storage *find_storage(const torch_file *f, const char *key)
{
    const legacy_storage wanted = { .key = key };
    return bsearch(&wanted, f->storage, f->storages, sizeof *f->storage, by_key);
}

static eh_status fail_short(const torch_file *f, eh_error *err)
{
    return eh_fail(err, EH_ERR_INPUT,
                   "%s: ends at byte %zu in the middle of its tensors; it may be truncated", f->path,
                   f->whole.size);
}

/* Bytes of the storage `key` by what the pickle says of it; false when it says nothing, or two things. */
static bool storage_bytes(uint64_t *out, const eh_pickle *pickle, const char *key)
{
    size_t low = 0, high = pickle->storages;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(pickle->storage[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const eh_pickle_storage *const *at = pickle->storage + low;
    if (low == pickle->storages || strcmp(at[0]->key, key) != 0)
        return false;
    *out = (uint64_t)at[0]->elements * eh_element_size(at[0]->type);
    for (size_t i = 1; low + i < pickle->storages && strcmp(at[i]->key, key) == 0; i++)
        if (at[i]->elements != at[0]->elements || strcmp(at[i]->type, at[0]->type) != 0)
            return false;
    return true;
}

static int by_storage_key(const void *a, const void *b)
{
    return strcmp((*(const eh_pickle_storage *const *)a)->key, (*(const eh_pickle_storage *const *)b)->key);
}

/* Where each storage lies: they follow one another from `at` on in the order of the keys. */
static eh_status place_storages(torch_file *f, const eh_pickle *pickle, const eh_pickle_value *keys,
                                size_t at, eh_error *err)
{
    if (keys->kind != EH_PICKLE_LIST)
        return eh_fail(err, EH_ERR_INPUT, "%s: the list of its storages is no list", f->path);
    f->storage = eh_arena_alloc(f->arena, keys->count + 1, sizeof *f->storage);
    if (!f->storage)
        return eh_fail_memory(err, f->path, keys->count, sizeof *f->storage);
    if (pickle->storages)
        qsort(pickle->storage, pickle->storages, sizeof(eh_pickle_storage *), by_storage_key);
    for (size_t i = 0; i < keys->count; i++) {
        const eh_pickle_value *key = keys->item[i];
        legacy_storage *s = &f->storage[f->storages++];
        uint64_t elements = 0;
        if (key->kind != EH_PICKLE_TEXT || !storage_bytes(&s->bytes, pickle, key->text))
            return eh_fail(err, EH_ERR_INPUT, "%s: storage %zu of its list is none that its pickle describes",
                           f->path, i + 1);
        if (f->whole.size - at < 8)
            return fail_short(f, err);
        for (int k = 0; k < 8; k++)
            elements |= (uint64_t)f->whole.data[at + (size_t)k] << (8 * k);
        at += 8;
        s->key = key->text;
        s->begin = at;
        if (elements > INT64_MAX / 8 || s->bytes % (elements ? elements : 1) ||
            (elements == 0) != (s->bytes == 0))
            return eh_fail(err, EH_ERR_INPUT,
                           "%s: storage '%s' has %llu elements, which its pickle contradicts", f->path,
                           s->key, (unsigned long long)elements);
        if (s->bytes > f->whole.size - at)
            return fail_short(f, err);
        at += (size_t)s->bytes;
    }
    qsort(f->storage, f->storages, sizeof *f->storage, by_key);
    return EH_OK;
}

static eh_status open_legacy(torch_file *f, eh_error *err)
{
    eh_pickle pickle[5];
    size_t at = 0;
    EH_TRY(eh_source_view(&f->whole, f->source, eh_source_named(f->source), 0, err));
    for (int i = 0; i < 5; i++) {
        EH_TRY(eh_pickle_read(&pickle[i], f->arena, f->whole.data + at, f->whole.size - at, f->path, err));
        at += pickle[i].used;
    }
    if (pickle[1].root->kind != EH_PICKLE_INT || pickle[1].root->integer != 1001)
        return eh_fail(err, EH_ERR_INPUT, "%s: is of an unknown version of PyTorch's legacy format", f->path);
    EH_TRY(place_storages(f, &pickle[3], pickle[4].root, at, err));
    EH_TRY(list_tensors(f, pickle[3].root, err));
    for (size_t i = 0; i < f->tensors; i++)
        if (!find_storage(f, f->tensor[i].tensor->storage->key))
            return eh_fail(err, EH_ERR_INPUT, "%s: the storage of '%.200s' is not in it", f->path,
                           f->tensor[i].name);
    return EH_OK;
}

/* ---- the format ---- */

static void close_file(void *file)
{
    torch_file *f = file;
    if (!f)
        return;
    eh_source_unview(&f->whole);
    eh_source_close(f->source);
    eh_free(f->tensor);
    eh_free(f->bytes);
    eh_arena_free(f->arena);
    eh_free(f);
}

static eh_status open_file(void **out, const char *path, eh_error *err)
{
    eh_status status = EH_OK;
    *out = NULL;
    torch_file *f = eh_alloc(1, sizeof *f);
    if (!f)
        return eh_fail_memory(err, path, 1, sizeof *f);
    f->arena = eh_arena_new();
    f->path = f->arena ? eh_arena_strdup(f->arena, path) : NULL;
    if (!f->path) {
        status = eh_fail_memory(err, path, 1, 1);
        goto done;
    }
    EH_TRY_GOTO(status, eh_source_open(&f->source, path, NULL, NULL, err));
    if (eh_source_is_archive(f->source))
        EH_TRY_GOTO(status, open_zip(f, err));
    else
        EH_TRY_GOTO(status, open_legacy(f, err));
    *out = f;
    f = NULL;
done:
    close_file(f);
    return status;
}

static size_t count(const void *file)
{
    return ((const torch_file *)file)->tensors;
}

static eh_weights_item item(const void *file, size_t i)
{
    const named_tensor *t = &((const torch_file *)file)->tensor[i];
    return (eh_weights_item){ .name = t->name, .type = t->tensor->storage->type, .shape = t->tensor->shape };
}

/* The bytes of a storage. */
static eh_status read_storage(torch_file *f, const char *key, const uint8_t **out, eh_error *err)
{
    char path[512];
    size_t size;
    if (!f->folder) {
        *out = f->whole.data + find_storage(f, key)->begin;
        return EH_OK;
    }
    if (!f->read_key || strcmp(f->read_key, key) != 0) {
        eh_free(f->bytes);
        f->bytes = NULL;
        f->read_key = NULL;
        EH_TRY(eh_source_read(&f->bytes, &size, f->source, storage_path(f, key, path), SIZE_MAX / 2, err));
        f->read_key = key;
    }
    *out = f->bytes;
    return EH_OK;
}

/* Whether the elements lie one after another. */
static bool is_contiguous(const eh_pickle_tensor *t)
{
    int64_t step = 1;
    for (int d = t->shape.rank - 1; d >= 0; d--) {
        if (t->shape.dim[d] != 1 && t->stride[d] != step)
            return false;
        step *= t->shape.dim[d];
    }
    return true;
}

static eh_status read_tensor(void *file, size_t i, float *out, eh_error *err)
{
    torch_file *f = file;
    const eh_pickle_tensor *t = f->tensor[i].tensor;
    const char *type = t->storage->type;
    const uint8_t *bytes;
    size_t size = eh_element_size(type);
    int64_t count = eh_shape_elements(t->shape), at[EH_MAX_RANK] = { 0 }, place = t->offset;
    if (!eh_element_is_real(type))
        return eh_fail(err, EH_ERR_INPUT, "%s: tensor '%.200s' is of type %s where real numbers are needed",
                       f->path, f->tensor[i].name, type);
    if (count == 0)
        return EH_OK;
    EH_TRY(read_storage(f, t->storage->key, &bytes, err));
    if (is_contiguous(t)) {
        eh_element_floats(out, type, bytes + (size_t)place * size, (size_t)count, f->swapped);
        return EH_OK;
    }
    for (int64_t k = 0; k < count; k++) {
        eh_element_floats(out + k, type, bytes + (size_t)place * size, 1, f->swapped);
        for (int d = t->shape.rank - 1; d >= 0; d--) { /* an odometer */
            place += t->stride[d];
            if (++at[d] < t->shape.dim[d])
                break;
            place -= at[d] * t->stride[d];
            at[d] = 0;
        }
    }
    return EH_OK;
}

const eh_tensor_format eh_weights_torch = {
    .entry = { .name = "torch",
               .summary = "PyTorch's .pt, .pth and .th files, zip and legacy; nothing in them is ever run",
               .source = "PyTorch 2.6, torch/serialization.py; CPython, Lib/pickletools.py" },
    .probe = probe,
    .open = open_file,
    .close = close_file,
    .count = count,
    .item = item,
    .read = read_tensor,
};
