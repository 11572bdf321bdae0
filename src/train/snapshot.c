/* snapshot.c - a copy of a model's weights in memory. */
#include "train/snapshot.h"

#include "evenhand/memory.h"
#include "nn/safetensors.h"

#include <string.h>

/* Memory for every weight and buffer of the store. */
static eh_status reserve(eh_snapshot *s, eh_params *params, eh_error *err)
{
    size_t all = eh_params_count(params);
    if (s->params == params)
        return EH_OK;
    s->params = params;
    s->index = eh_alloc(all + 1, sizeof *s->index);
    s->value = eh_alloc(all + 1, sizeof *s->value);
    if (!s->index || !s->value)
        return eh_fail_memory(err, "a copy of the weights", all, sizeof *s->value);
    for (size_t i = 0; i < all; i++) {
        eh_param_info info = eh_params_info(params, i);
        if (info.role != EH_TRAINABLE && info.role != EH_BUFFER)
            continue;
        size_t n = (size_t)eh_shape_elements(info.shape);
        s->index[s->count] = i;
        s->value[s->count] = eh_alloc_raw(n, sizeof(float));
        if (!s->value[s->count])
            return eh_fail_memory(err, info.name, n, sizeof(float));
        s->count++;
    }
    return EH_OK;
}

eh_status eh_snapshot_take(eh_snapshot *s, eh_params *params, eh_error *err)
{
    EH_TRY(reserve(s, params, err));
    for (size_t i = 0; i < s->count; i++)
        EH_TRY(eh_params_read(params, s->index[i], s->value[i], err));
    return EH_OK;
}

eh_status eh_snapshot_blend(eh_snapshot *s, eh_params *params, double share, eh_error *err)
{
    eh_status status = EH_OK;
    if (s->params != params)
        return eh_snapshot_take(s, params, err);
    for (size_t i = 0; i < s->count && status == EH_OK; i++) {
        size_t n = (size_t)eh_shape_elements(eh_params_info(params, s->index[i]).shape);
        float *present = eh_alloc_raw(n, sizeof *present);
        if (!present)
            return eh_fail_memory(err, "the mean of the weights", n, sizeof *present);
        status = eh_params_read(params, s->index[i], present, err);
        for (size_t k = 0; k < n && status == EH_OK; k++)
            s->value[i][k] += (float)(share * ((double)present[k] - (double)s->value[i][k]));
        eh_free(present);
    }
    return status;
}

eh_status eh_snapshot_restore(const eh_snapshot *s, eh_error *err)
{
    for (size_t i = 0; i < s->count; i++)
        EH_TRY(eh_params_write(s->params, s->index[i], s->value[i], err));
    return EH_OK;
}

static eh_status give_value(void *user, size_t index, void *out, eh_error *err)
{
    (void)err;
    const eh_snapshot *s = user;
    size_t n = (size_t)eh_shape_elements(eh_params_info(s->params, s->index[index]).shape);
    memcpy(out, s->value[index], n * sizeof(float));
    return EH_OK;
}

eh_status eh_snapshot_save(const eh_snapshot *s, const char *path, eh_error *err)
{
    eh_safetensor *item = eh_alloc(s->count + 1, sizeof *item);
    if (!item)
        return eh_fail_memory(err, path, s->count, sizeof *item);
    for (size_t i = 0; i < s->count; i++) {
        eh_param_info info = eh_params_info(s->params, s->index[i]);
        item[i] = (eh_safetensor){ .name = info.name,
                                   .dtype = "F32",
                                   .shape = info.shape,
                                   .bytes = 4 * (uint64_t)eh_shape_elements(info.shape) };
    }
    eh_status status = eh_safetensors_write(path, item, s->count, NULL, give_value, (void *)s, err);
    eh_free(item);
    return status;
}

eh_status eh_snapshot_load(eh_snapshot *s, eh_params *params, const char *path, eh_error *err)
{
    eh_safetensors *file = NULL;
    eh_status status = EH_OK;
    EH_TRY(reserve(s, params, err));
    EH_TRY(eh_safetensors_open(&file, path, err));
    if (eh_safetensors_count(file) != s->count)
        status = eh_fail(err, EH_ERR_INPUT, "%s: holds %zu tensors where the model has %zu variables", path,
                         eh_safetensors_count(file), s->count);
    for (size_t i = 0; i < s->count && status == EH_OK; i++) {
        eh_param_info info = eh_params_info(params, s->index[i]);
        int64_t at = eh_safetensors_find(file, info.name);
        if (at < 0 || !eh_shape_equal(eh_safetensors_item(file, (size_t)at)->shape, info.shape))
            status =
                eh_fail(err, EH_ERR_INPUT, "%s: holds no tensor '%s' of the model's shape", path, info.name);
        else
            status = eh_safetensors_read_float(file, (size_t)at, s->value[i], err);
    }
    eh_safetensors_close(file);
    return status;
}

void eh_snapshot_clear(eh_snapshot *s)
{
    for (size_t i = 0; i < s->count; i++)
        eh_free(s->value[i]);
    eh_free(s->value);
    eh_free(s->index);
    *s = (eh_snapshot){ 0 };
}
