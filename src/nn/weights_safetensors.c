/* weights_safetensors.c - safetensors as a format of weights. The container is in safetensors.h. */
#include "nn/safetensors.h"
#include "nn/weights_file.h"

static bool probe(const uint8_t *head, size_t size)
{
    return size > 8 && head[8] == '{';
}

static eh_status open_file(void **out, const char *path, eh_error *err)
{
    eh_safetensors *file = NULL;
    eh_status status = eh_safetensors_open(&file, path, err);
    *out = file;
    return status;
}

static void close_file(void *file)
{
    eh_safetensors_close(file);
}

static size_t count(const void *file)
{
    return eh_safetensors_count(file);
}

static eh_weights_item item(const void *file, size_t i)
{
    const eh_safetensor *t = eh_safetensors_item(file, i);
    return (eh_weights_item){ .name = t->name, .type = t->dtype, .shape = t->shape };
}

static const char *metadata(const void *file, const char *key)
{
    return eh_safetensors_metadata(file, key);
}

static eh_status read_tensor(void *file, size_t i, float *out, eh_error *err)
{
    return eh_safetensors_read_float(file, i, out, err);
}

const eh_tensor_format eh_weights_safetensors = {
    .entry = { .name = "safetensors",
               .summary = "safetensors: a JSON header and the numbers",
               .source = "Hugging Face, safetensors: README and tensor.rs" },
    .probe = probe,
    .open = open_file,
    .close = close_file,
    .count = count,
    .item = item,
    .metadata = metadata,
    .read = read_tensor,
};
