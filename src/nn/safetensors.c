/* safetensors.c - the safetensors container. The layout and the rules stand in safetensors.h.
 *
 * Easy to get wrong: a reader that trusts a length before it compared it with the file's size allocates what an attacker asks for.
 */
#include "nn/safetensors.h"

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "nn/element_type.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEADER_LIMIT = 100000000 };

struct eh_safetensors {
    eh_arena *arena; /* owns names and items */
    char *path;
    FILE *stream;
    uint64_t data_start, data_bytes;
    eh_safetensor *item; /* sorted by begin */
    size_t count;
    size_t *by_name; /* indices of items, sorted by name */
    json_t *metadata;
};

/* ---- writing ---- */

/* The header of a file with these items, as a JSON object; NULL when out of memory. */
static json_t *header_object(const eh_safetensor *item, size_t count, const char *const *metadata)
{
    json_t *root = json_object();
    bool ok = root != NULL;
    if (metadata && metadata[0]) {
        json_t *pairs = json_object();
        for (size_t i = 0; metadata[i] && ok; i += 2)
            ok = eh_json_set(pairs, metadata[i], json_string(metadata[i + 1]));
        ok = eh_json_set(root, "__metadata__", pairs) && ok;
    }
    uint64_t begin = 0;
    for (size_t i = 0; i < count && ok; i++) {
        uint64_t end = begin + item[i].bytes;
        json_t *shape = json_array();
        for (int d = 0; d < item[i].shape.rank && ok; d++)
            ok = json_array_append_new(shape, json_integer(item[i].shape.dim[d])) == 0;
        json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", item[i].dtype, "shape", shape,
                                  "data_offsets", (json_int_t)begin, (json_int_t)end);
        ok = ok && entry && eh_json_set(root, item[i].name, entry);
        begin = end;
    }
    if (!ok) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* The header's length and text, padded with spaces so that the data begin on a multiple of 8. */
static eh_status write_header(FILE *stream, const char *path, const char *text, eh_error *err)
{
    size_t size = strlen(text), padded = (size + 7) / 8 * 8;
    if (padded > HEADER_LIMIT)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s: a header of %zu bytes is more than the safetensors format allows (%d)", path,
                       padded, HEADER_LIMIT);
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)padded >> (8 * i));
    bool ok = fwrite(length, 1, 8, stream) == 8 && fwrite(text, 1, size, stream) == size;
    for (size_t i = size; i < padded && ok; i++)
        ok = fputc(' ', stream) != EOF;
    return ok ? EH_OK : eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", path);
}

eh_status eh_safetensors_write(const char *path, const eh_safetensor *item, size_t count,
                               const char *const *metadata, eh_safetensors_source source, void *user,
                               eh_error *err)
{
    eh_status status = EH_OK;
    eh_atomic_file file = { 0 };
    void *buffer = NULL;
    char *text = NULL;
    uint64_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        assert(item[i].bytes == (uint64_t)eh_shape_elements(item[i].shape) * eh_element_size(item[i].dtype));
        largest = item[i].bytes > largest ? item[i].bytes : largest;
    }
    json_t *header = header_object(item, count, metadata);
    text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    buffer = eh_alloc_raw(largest, 1);
    if (!text || !buffer) {
        status = eh_fail_memory(err, path, largest, 1);
        goto done;
    }
    EH_TRY_GOTO(status, eh_atomic_open(&file, path, err));
    EH_TRY_GOTO(status, write_header(file.stream, path, text, err));
    for (size_t i = 0; i < count; i++) {
        EH_TRY_GOTO(status, source(user, i, buffer, err));
        if (fwrite(buffer, 1, item[i].bytes, file.stream) != item[i].bytes) {
            status = eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be written", path);
            goto done;
        }
    }
    status = eh_atomic_commit(&file, err);
done:
    eh_atomic_abandon(&file);
    eh_free(buffer);
    free(text); /* jansson's */
    json_decref(header);
    return status;
}

/* ---- reading ---- */

static int by_begin(const void *a, const void *b)
{
    const eh_safetensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->bytes < y->bytes ? -1 : x->bytes > y->bytes; /* empty tensors first */
}

/* Shape of an entry. Dimensions are checked so that the product of all and the element size cannot overflow. */
static eh_status read_shape(eh_safetensor *out, const json_t *shape, const char *path, eh_error *err)
{
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape) || rank > EH_MAX_RANK)
        return eh_fail(err, EH_ERR_INPUT, "%s: tensor '%.60s' has no shape of at most %d dimensions", path,
                       out->name, EH_MAX_RANK);
    out->shape.rank = (int)rank;
    uint64_t bytes = eh_element_size(out->dtype);
    for (size_t d = 0; d < rank; d++) {
        const json_t *dim = json_array_get(shape, d);
        json_int_t value = json_is_integer(dim) ? json_integer_value(dim) : -1;
        if (value < 0 || (value > 0 && bytes > (uint64_t)INT64_MAX / (uint64_t)value))
            return eh_fail(err, EH_ERR_INPUT, "%s: dimension %zu of tensor '%.60s' is no possible size", path,
                           d, out->name);
        out->shape.dim[d] = value;
        bytes *= (uint64_t)value;
    }
    out->bytes = bytes;
    return EH_OK;
}

static eh_status read_entry(eh_safetensors *file, eh_safetensor *out, const char *name, const json_t *entry,
                            eh_error *err)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    out->name = eh_arena_strdup(file->arena, name);
    if (!out->name)
        return eh_fail_memory(err, "a tensor's name", strlen(name) + 1, 1);
    out->dtype = dtype ? eh_element_type(dtype) : NULL;
    if (!out->dtype)
        return eh_fail(err, EH_ERR_INPUT, "%s: tensor '%.60s' has the unknown type '%.20s'", file->path, name,
                       dtype ? dtype : "(none)");
    EH_TRY(read_shape(out, json_object_get(entry, "shape"), file->path, err));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin))
        return eh_fail(err, EH_ERR_INPUT, "%s: tensor '%.60s' has no valid data_offsets [begin, end]",
                       file->path, name);
    out->begin = (uint64_t)json_integer_value(begin);
    uint64_t length = (uint64_t)json_integer_value(end) - out->begin;
    if (length != out->bytes)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: tensor '%.60s' needs %llu bytes by its shape but its offsets span %llu",
                       file->path, name, (unsigned long long)out->bytes, (unsigned long long)length);
    return EH_OK;
}

static eh_status read_metadata(eh_safetensors *file, json_t *pairs, eh_error *err)
{
    if (!json_is_object(pairs))
        return eh_fail(err, EH_ERR_INPUT, "%s: __metadata__ is no object", file->path);
    for (void *at = json_object_iter(pairs); at; at = json_object_iter_next(pairs, at))
        if (!json_is_string(json_object_iter_value(at)))
            return eh_fail(err, EH_ERR_INPUT, "%s: the metadata value of '%.60s' is no text", file->path,
                           json_object_iter_key(at));
    file->metadata = json_incref(pairs);
    return EH_OK;
}

/* Entries of the header into file->item, then the rule that they cover the data part exactly. */
static eh_status read_entries(eh_safetensors *file, json_t *header, eh_error *err)
{
    const char *name;
    json_t *entry;
    file->item = eh_arena_alloc(file->arena, json_object_size(header) + 1, sizeof *file->item);
    if (!file->item)
        return eh_fail_memory(err, "the table of tensors", json_object_size(header), sizeof *file->item);
    json_object_foreach(header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) {
            EH_TRY(read_metadata(file, entry, err));
            continue;
        }
        EH_TRY(read_entry(file, &file->item[file->count], name, entry, err));
        file->count++;
    }
    qsort(file->item, file->count, sizeof *file->item, by_begin);
    uint64_t end = 0;
    for (size_t i = 0; i < file->count; i++) {
        if (file->item[i].begin != end)
            return eh_fail(err, EH_ERR_INPUT,
                           "%s: tensor '%.60s' begins at byte %llu of the data instead of %llu: there is a "
                           "gap or an overlap",
                           file->path, file->item[i].name, (unsigned long long)file->item[i].begin,
                           (unsigned long long)end);
        end += file->item[i].bytes;
        if (end > file->data_bytes)
            break;
    }
    if (end != file->data_bytes)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: the header describes %llu bytes of data but the file holds %llu; it may be "
                       "truncated",
                       file->path, (unsigned long long)end, (unsigned long long)file->data_bytes);
    return EH_OK;
}

/* qsort has no context, and the names are few: an insertion into a sorted index by binary search. */
static eh_status index_names(eh_safetensors *file, eh_error *err)
{
    file->by_name = eh_arena_alloc(file->arena, file->count + 1, sizeof *file->by_name);
    if (!file->by_name)
        return eh_fail_memory(err, "the index of tensors", file->count, sizeof *file->by_name);
    for (size_t i = 0; i < file->count; i++) {
        size_t low = 0, high = i;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (strcmp(file->item[file->by_name[middle]].name, file->item[i].name) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        memmove(file->by_name + low + 1, file->by_name + low, (i - low) * sizeof *file->by_name);
        file->by_name[low] = i;
    }
    return EH_OK;
}

static eh_status read_header(eh_safetensors *file, eh_error *err)
{
    eh_status status = EH_OK;
    char *text = NULL;
    json_t *header = NULL;
    uint8_t length[8];
    struct stat info;
    if (fstat(fileno(file->stream), &info) != 0)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be read", file->path);
    if (!S_ISREG(info.st_mode))
        return eh_fail(err, EH_ERR_INPUT, "%s: is not a regular file", file->path);
    if (info.st_size < 8 || fread(length, 1, 8, file->stream) != 8)
        return eh_fail(err, EH_ERR_INPUT, "%s: too short for a safetensors file (%lld bytes)", file->path,
                       (long long)info.st_size);
    uint64_t size = 0;
    for (int i = 0; i < 8; i++)
        size |= (uint64_t)length[i] << (8 * i);
    if (size > HEADER_LIMIT)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s: its first 8 bytes announce a header of %llu bytes, more than %d; this is no "
                       "safetensors file",
                       file->path, (unsigned long long)size, HEADER_LIMIT);
    if (size > (uint64_t)info.st_size - 8)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s: the header of %llu bytes does not fit into the file of %lld bytes; it may be "
                       "truncated",
                       file->path, (unsigned long long)size, (long long)info.st_size);
    text = eh_alloc_raw(size + 1, 1);
    if (!text)
        return eh_fail_memory(err, file->path, size + 1, 1);
    if (fread(text, 1, size, file->stream) != size) {
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be read", file->path);
        goto done;
    }
    json_error_t problem;
    header = size > 0 && text[0] == '{' ? json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem) : NULL;
    if (!json_is_object(header)) {
        status =
            eh_fail(err, EH_ERR_INPUT, "%s: the safetensors header is no JSON object%s%s", file->path,
                    size > 0 && text[0] == '{' ? ": " : "", size > 0 && text[0] == '{' ? problem.text : "");
        goto done;
    }
    file->data_start = 8 + size;
    file->data_bytes = (uint64_t)info.st_size - file->data_start;
    EH_TRY_GOTO(status, read_entries(file, header, err));
    status = index_names(file, err);
done:
    json_decref(header);
    eh_free(text);
    return status;
}

eh_status eh_safetensors_open(eh_safetensors **out, const char *path, eh_error *err)
{
    eh_status status = EH_OK;
    *out = NULL;
    eh_safetensors *file = eh_alloc(1, sizeof *file);
    if (!file)
        return eh_fail_memory(err, path, 1, sizeof *file);
    file->arena = eh_arena_new();
    file->path = file->arena ? eh_arena_strdup(file->arena, path) : NULL;
    if (!file->path) {
        status = eh_fail_memory(err, path, 1, sizeof *file);
        goto done;
    }
    file->stream = fopen(path, "rb");
    if (!file->stream) {
        status = eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be opened", path);
        goto done;
    }
    EH_TRY_GOTO(status, read_header(file, err));
    *out = file;
    file = NULL;
done:
    eh_safetensors_close(file);
    return status;
}

void eh_safetensors_close(eh_safetensors *file)
{
    if (!file)
        return;
    if (file->stream)
        fclose(file->stream);
    json_decref(file->metadata);
    eh_arena_free(file->arena);
    eh_free(file);
}

size_t eh_safetensors_count(const eh_safetensors *file)
{
    return file->count;
}

const eh_safetensor *eh_safetensors_item(const eh_safetensors *file, size_t i)
{
    assert(i < file->count);
    return &file->item[i];
}

int64_t eh_safetensors_find(const eh_safetensors *file, const char *name)
{
    size_t low = 0, high = file->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(file->item[file->by_name[middle]].name, name);
        if (order == 0)
            return (int64_t)file->by_name[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

const char *eh_safetensors_metadata(const eh_safetensors *file, const char *key)
{
    return json_string_value(json_object_get(file->metadata, key));
}

eh_status eh_safetensors_read(eh_safetensors *file, size_t i, void *out, eh_error *err)
{
    assert(i < file->count);
    const eh_safetensor *item = &file->item[i];
    errno = 0;
    if (fseeko(file->stream, (off_t)(file->data_start + item->begin), SEEK_SET) != 0 ||
        fread(out, 1, item->bytes, file->stream) != item->bytes) {
        if (errno)
            return eh_fail_errno(err, EH_ERR_IO, errno, "%s: tensor '%.60s' cannot be read", file->path,
                                 item->name);
        return eh_fail(err, EH_ERR_INPUT, "%s: the file became shorter while tensor '%.60s' was read",
                       file->path, item->name);
    }
    return EH_OK;
}

eh_status eh_safetensors_read_float(eh_safetensors *file, size_t i, float *out, eh_error *err)
{
    assert(i < file->count);
    const eh_safetensor *item = &file->item[i];
    if (strcmp(item->dtype, "F32") == 0)
        return eh_safetensors_read(file, i, out, err);
    if (!eh_element_is_real(item->dtype))
        return eh_fail(err, EH_ERR_INPUT, "%s: tensor '%.60s' is of type %s where real numbers are needed",
                       file->path, item->name, item->dtype);
    void *raw = eh_alloc_raw(item->bytes, 1);
    if (!raw)
        return eh_fail_memory(err, item->name, item->bytes, 1);
    eh_status status = eh_safetensors_read(file, i, raw, err);
    if (status == EH_OK)
        eh_element_floats(out, item->dtype, raw, (size_t)eh_shape_elements(item->shape), false);
    eh_free(raw);
    return status;
}
