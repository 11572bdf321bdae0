/* weights.c - the variables of a model to safetensors files, and from files of any format (weights_file.h). */
#include "evenhand/memory.h"
#include "evenhand/model.h"

#include "base/str.h"
#include "nn/safetensors.h"
#include "nn/weights_file.h"

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

/* Index of the file's tensor that fits variable i in name and shape, or -1. */
static int64_t match_of(const eh_params *params, size_t i, const eh_weights_file *file)
{
    eh_param_info info = eh_params_info(params, i);
    int64_t at = is_weight(info) ? eh_weights_find(file, info.name) : -1;
    return at >= 0 && eh_shape_equal(eh_weights_item_at(file, (size_t)at).shape, info.shape) ? at : -1;
}

/* Compares names and shapes of store and file. */
static void compare(const eh_params *params, const eh_weights_file *file, eh_weights_report *report,
                    eh_weights_visit visit, void *user)
{
    for (size_t i = 0; i < eh_params_count(params); i++) {
        eh_param_info info = eh_params_info(params, i);
        if (!is_weight(info))
            continue;
        int64_t at = eh_weights_find(file, info.name);
        eh_shape in_file = at < 0 ? info.shape : eh_weights_item_at(file, (size_t)at).shape;
        eh_weights_fate fate = EH_WEIGHTS_MATCHED;
        if (at < 0) {
            fate = EH_WEIGHTS_MISSING;
            note_first(report->first_missing, &report->missing, info.name);
        } else if (!eh_shape_equal(in_file, info.shape)) {
            fate = EH_WEIGHTS_RESHAPED;
            note_first(report->first_reshaped, &report->reshaped, info.name);
        } else {
            report->matched++;
        }
        if (visit)
            visit(user, fate, info.name, info.shape, in_file);
    }
    for (size_t i = 0; i < eh_weights_count(file); i++) {
        eh_weights_item item = eh_weights_item_at(file, i);
        int64_t at = eh_params_find(params, item.name);
        if (at >= 0 && is_weight(eh_params_info(params, (size_t)at)))
            continue;
        /* PyTorch's batch norms count their batches in an integer that nothing of ours has. */
        bool counter = eh_ends_with(item.name, "num_batches_tracked");
        if (counter)
            report->counters++;
        else
            note_first(report->first_left_over, &report->left_over, item.name);
        if (visit)
            visit(user, counter ? EH_WEIGHTS_COUNTER : EH_WEIGHTS_LEFT_OVER, item.name, item.shape,
                  item.shape);
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
static eh_status copy_matching(eh_params *params, eh_weights_file *file, eh_weights_report *report,
                               eh_error *err)
{
    for (size_t i = 0; i < eh_params_count(params); i++) {
        eh_param_info info = eh_params_info(params, i);
        int64_t at = match_of(params, i, file);
        if (at < 0)
            continue;
        int64_t n = eh_shape_elements(info.shape);
        float *values = eh_alloc_raw((size_t)n, sizeof *values);
        if (!values)
            return eh_fail_memory(err, info.name, (size_t)n, sizeof *values);
        eh_status status = eh_weights_read(file, (size_t)at, values, err);
        if (status == EH_OK && !all_finite(values, n))
            note_first(report->first_not_finite, &report->not_finite, info.name);
        if (status == EH_OK)
            status = eh_params_write(params, i, values, err);
        eh_free(values);
        EH_TRY(status);
    }
    return EH_OK;
}

eh_status eh_weights_compare(const eh_params *params, const char *path, eh_weights_visit visit, void *user,
                             eh_weights_report *report, eh_error *err)
{
    eh_weights_file *file = NULL;
    memset(report, 0, sizeof *report);
    EH_TRY(eh_weights_open(&file, path, err));
    compare(params, file, report, visit, user);
    eh_weights_close(file);
    return EH_OK;
}

eh_status eh_weights_load(eh_params *params, const char *path, bool strict, eh_weights_report *report,
                          eh_error *err)
{
    eh_status status = EH_OK;
    eh_weights_file *file = NULL;
    eh_weights_report own;
    if (!report)
        report = &own;
    memset(report, 0, sizeof *report);
    EH_TRY_GOTO(status, eh_weights_open(&file, path, err));
    compare(params, file, report, NULL, NULL);
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
    eh_weights_close(file);
    return status;
}
