/* weights_file.c - opening a file of weights of any format, and the names in it. */
#include "nn/weights_file.h"

#include "base/str.h"
#include "evenhand/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct eh_weights_file {
    const eh_tensor_format *format;
    void *file;
    const char *prefix;
    size_t count;
    struct name {
        const char *text;
        size_t index;
    } * by_name; /* sorted */
};

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* The first of the known prefixes that every name has. */
static const char *common_prefix(const eh_weights_file *f)
{
    static const char *const known[] = { "module.", "_orig_mod.", "model.", "net.", "backbone.", NULL };
    for (size_t k = 0; known[k]; k++) {
        bool all = f->count > 0;
        for (size_t i = 0; i < f->count && all; i++)
            all = eh_starts_with(f->format->item(f->file, i).name, known[k]);
        if (all)
            return known[k];
    }
    return "";
}

static eh_status index_names(eh_weights_file *f, const char *path, eh_error *err)
{
    f->count = f->format->count(f->file);
    f->prefix = common_prefix(f);
    f->by_name = eh_alloc(f->count + 1, sizeof *f->by_name);
    if (!f->by_name)
        return eh_fail_memory(err, path, f->count, sizeof *f->by_name);
    for (size_t i = 0; i < f->count; i++)
        f->by_name[i] = (struct name){ eh_weights_item_at(f, i).name, i };
    qsort(f->by_name, f->count, sizeof *f->by_name, by_text);
    for (size_t i = 1; i < f->count; i++)
        if (strcmp(f->by_name[i - 1].text, f->by_name[i].text) == 0)
            return eh_fail(err, EH_ERR_INPUT, "%s: the tensor '%.200s' is there twice", path,
                           f->by_name[i].text);
    return EH_OK;
}

/* The format of a file by its first bytes; where none claims it, by the ending of its name. */
static eh_status find_format(const eh_tensor_format **out, const char *path, eh_error *err)
{
    uint8_t head[64];
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return eh_fail_errno(err, EH_ERR_IO, errno, "%s: cannot be opened", path);
    errno = 0;
    size_t size = fread(head, 1, sizeof head, stream);
    int errnum = ferror(stream) ? errno : 0;
    fclose(stream);
    if (errnum == EISDIR)
        return eh_fail(err, EH_ERR_IO,
                       "%s is a folder; name the file of weights, of a run the weights.safetensors in it",
                       path);
    if (errnum)
        return eh_fail_errno(err, EH_ERR_IO, errnum, "%s: cannot be read", path);
    *out = NULL;
    for (size_t i = 0; eh_weights_list[i] && !*out; i++) {
        const eh_tensor_format *format = (const eh_tensor_format *)eh_weights_list[i];
        if (format->probe(head, size))
            *out = format;
    }
    for (size_t i = 0; eh_weights_list[i] && !*out; i++) {
        char ending[32];
        snprintf(ending, sizeof ending, ".%s", eh_weights_list[i]->name);
        if (eh_ends_with(path, ending))
            *out = (const eh_tensor_format *)eh_weights_list[i];
    }
    return *out ? EH_OK
                : eh_fail(err, EH_ERR_INPUT,
                          "%s: is neither a safetensors file nor one that PyTorch wrote (.pt, .pth)", path);
}

eh_status eh_weights_open(eh_weights_file **out, const char *path, eh_error *err)
{
    eh_status status = EH_OK;
    *out = NULL;
    eh_weights_file *f = eh_alloc(1, sizeof *f);
    if (!f)
        return eh_fail_memory(err, path, 1, sizeof *f);
    EH_TRY_GOTO(status, find_format(&f->format, path, err));
    EH_TRY_GOTO(status, f->format->open(&f->file, path, err));
    EH_TRY_GOTO(status, index_names(f, path, err));
    *out = f;
    f = NULL;
done:
    eh_weights_close(f);
    return status;
}

void eh_weights_close(eh_weights_file *f)
{
    if (!f)
        return;
    if (f->format && f->file)
        f->format->close(f->file);
    eh_free(f->by_name);
    eh_free(f);
}

const eh_tensor_format *eh_weights_format_of(const eh_weights_file *f)
{
    return f->format;
}

size_t eh_weights_count(const eh_weights_file *f)
{
    return f->count;
}

eh_weights_item eh_weights_item_at(const eh_weights_file *f, size_t i)
{
    assert(i < f->count);
    eh_weights_item item = f->format->item(f->file, i);
    item.name += strlen(f->prefix);
    return item;
}

const char *eh_weights_prefix(const eh_weights_file *f)
{
    return f->prefix;
}

int64_t eh_weights_find(const eh_weights_file *f, const char *name)
{
    const struct name wanted = { name, 0 };
    const struct name *at = bsearch(&wanted, f->by_name, f->count, sizeof *f->by_name, by_text);
    return at ? (int64_t)at->index : -1;
}

const char *eh_weights_metadata(const eh_weights_file *f, const char *key)
{
    return f->format->metadata ? f->format->metadata(f->file, key) : NULL;
}

eh_status eh_weights_read(eh_weights_file *f, size_t i, float *out, eh_error *err)
{
    assert(i < f->count);
    return f->format->read(f->file, i, out, err);
}
