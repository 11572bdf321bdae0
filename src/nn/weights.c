/* weights.c - the variables of a model to and from safetensors files. */
#include "evenhand/memory.h"
#include "evenhand/model.h"

#include "base/str.h"
#include "nn/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Which variables of the store a file holds, for the source callback. */
typedef struct chosen_params {
    eh_params *params;
    size_t *index;
} chosen_params;

static eh_status read_param(void *user, size_t i, void *out, eh_error *err)
{
    chosen_params *chosen = user;
    return eh_params_read(chosen->params, chosen->index[i], out, err);
}

eh_status eh_weights_save(eh_params *params, unsigned roles, const char *path, const char *const *metadata,
                          eh_error *err)
{
    eh_status status = EH_OK;
    size_t all = eh_params_count(params), count = 0;
    chosen_params chosen = { params, eh_alloc(all + 1, sizeof *chosen.index) };
    eh_safetensor *item = eh_alloc(all + 1, sizeof *item);
    if (!item || !chosen.index) {
        status = eh_fail_memory(err, path, all, sizeof *item);
        goto done;
    }
    for (size_t i = 0; i < all; i++) {
        eh_param_info info = eh_params_info(params, i);
        if (!(roles & 1u << info.role))
            continue;
        item[count] = (eh_safetensor){ .name = info.name,
                                       .dtype = "F32",
                                       .shape = info.shape,
                                       .bytes = 4 * (uint64_t)eh_shape_elements(info.shape) };
        chosen.index[count++] = i;
    }
    status = eh_safetensors_write(path, item, count, metadata, read_param, &chosen, err);
done:
    eh_free(item);
    eh_free(chosen.index);
    return status;
}

static void note_first(char first[128], size_t *count, const char *name)
{
    if ((*count)++ == 0)
        snprintf(first, 128, "%s", name);
}

/* A variable that a weights file is about; the optimiser's state is not. */
static bool is_weight(eh_param_info info)
{
    return info.role == EH_TRAINABLE || info.role == EH_BUFFER;
}

/* Compares names and shapes of store and file. */
static void compare(eh_params *params, const eh_safetensors *file, eh_weights_report *report)
{
    for (size_t i = 0; i < eh_params_count(params); i++) {
        eh_param_info info = eh_params_info(params, i);
        if (!is_weight(info))
            continue;
        int64_t at = eh_safetensors_find(file, info.name);
        if (at < 0)
            note_first(report->first_missing, &report->missing, info.name);
        else if (!eh_shape_equal(eh_safetensors_item(file, (size_t)at)->shape, info.shape))
            note_first(report->first_reshaped, &report->reshaped, info.name);
        else
            report->matched++;
    }
    for (size_t i = 0; i < eh_safetensors_count(file); i++) {
        const char *name = eh_safetensors_item(file, i)->name;
        int64_t at = eh_params_find(params, name);
        /* PyTorch's batch norms count their batches in an integer that nothing of ours has. */
        if ((at < 0 || !is_weight(eh_params_info(params, (size_t)at))) &&
            !eh_ends_with(name, ".num_batches_tracked"))
            note_first(report->first_left_over, &report->left_over, name);
    }
}

static bool all_finite(const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* Copies every tensor that fits. */
static eh_status copy_matching(eh_params *params, eh_safetensors *file, eh_weights_report *report,
                               eh_error *err)
{
    for (size_t i = 0; i < eh_params_count(params); i++) {
        eh_param_info info = eh_params_info(params, i);
        int64_t at = is_weight(info) ? eh_safetensors_find(file, info.name) : -1;
        if (at < 0 || !eh_shape_equal(eh_safetensors_item(file, (size_t)at)->shape, info.shape))
            continue;
        int64_t n = eh_shape_elements(info.shape);
        float *values = eh_alloc_raw((size_t)n, sizeof *values);
        if (!values)
            return eh_fail_memory(err, info.name, (size_t)n, sizeof *values);
        eh_status status = eh_safetensors_read_float(file, (size_t)at, values, err);
        if (status == EH_OK && !all_finite(values, n))
            note_first(report->first_not_finite, &report->not_finite, info.name);
        if (status == EH_OK)
            status = eh_params_write(params, i, values, err);
        eh_free(values);
        EH_TRY(status);
    }
    return EH_OK;
}

eh_status eh_weights_load(eh_params *params, const char *path, bool strict, eh_weights_report *report,
                          eh_error *err)
{
    eh_status status = EH_OK;
    eh_safetensors *file = NULL;
    eh_weights_report own;
    if (!report)
        report = &own;
    memset(report, 0, sizeof *report);
    EH_TRY_GOTO(status, eh_safetensors_open(&file, path, err));
    compare(params, file, report);
    if (strict && report->missing + report->left_over + report->reshaped > 0) {
        if (report->missing)
            status =
                eh_fail(err, EH_ERR_INPUT, "%s: %zu variables of the model are not in it, the first is '%s'",
                        path, report->missing, report->first_missing);
        else if (report->reshaped)
            status =
                eh_fail(err, EH_ERR_INPUT, "%s: %zu variables have another shape there, the first is '%s'",
                        path, report->reshaped, report->first_reshaped);
        else
            status =
                eh_fail(err, EH_ERR_INPUT, "%s: %zu of its tensors are not in the model, the first is '%s'",
                        path, report->left_over, report->first_left_over);
        goto done;
    }
    status = copy_matching(params, file, report, err);
done:
    eh_safetensors_close(file);
    return status;
}
