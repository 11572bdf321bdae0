/* forward.c - the values of one inner tensor of the model as it stands.
 *
 * The last batch is padded with zeros; in inference no sample sees another.
 */
#include "train/forward.h"

#include "base/str.h"

#include <string.h>

static eh_status fail_name(const char *name, const eh_task *task, const eh_graph *g, eh_error *err)
{
    eh_str list = { 0 };
    for (size_t i = 0; i < eh_exposed_count(g) && list.size < 400; i++)
        eh_str_appendf(&list, "%s%s", i ? ", " : "", eh_exposed_name(g, i));
    eh_status status = eh_fail(err, EH_ERR_USAGE, "the model %s has no inner tensor '%s'; there are %s",
                               task->model->entry.name, name, eh_str_text(&list));
    eh_str_clear(&list);
    return status;
}

eh_status eh_forward_make(eh_forward *out, const char *name, const eh_task *task, eh_params *params,
                          const eh_run_data *data, size_t batch, const eh_plan_opts *plan, eh_error *err)
{
    *out = (eh_forward){ .data = data, .name = name, .batch = batch };
    EH_TRY(eh_graph_new(&out->graph, params, err));
    eh_build b = { .graph = out->graph };
    out->images = eh_input(out->graph, "images",
                           eh_shape_of(4, (int64_t)batch, (int64_t)data->channels, (int64_t)data->height,
                                       (int64_t)data->width),
                           EH_F32);
    eh_task_build(task, &b, out->images);
    EH_TRY(eh_graph_check(out->graph, err));
    out->value = eh_exposed(out->graph, name);
    if (!out->value)
        return fail_name(name, task, out->graph, err);
    out->width = (size_t)eh_shape_elements(eh_tensor_shape(out->value)) / batch;
    out->scratch = eh_alloc(batch * out->width, sizeof *out->scratch);
    if (!out->scratch)
        return eh_fail_memory(err, "a batch", batch * out->width, sizeof *out->scratch);
    EH_TRY(eh_plan_new(&out->plan, out->graph, &out->value, 1, plan, err));
    eh_loader_opts opts = { .batch = batch };
    memcpy(opts.mean, data->mean, sizeof opts.mean);
    memcpy(opts.std, data->std, sizeof opts.std);
    return eh_loader_new(&out->loader, data->pack, &opts, err);
}

void eh_forward_clear(eh_forward *f)
{
    eh_loader_free(f->loader);
    eh_plan_free(f->plan);
    eh_graph_free(f->graph);
    eh_free(f->scratch);
    memset(f, 0, sizeof *f);
}

eh_status eh_forward_rows(eh_forward *f, const uint32_t *row, size_t rows, float *out, eh_progress *progress,
                          eh_error *err)
{
    size_t done = 0;
    if (rows == 0)
        return EH_OK;
    EH_TRY(eh_loader_begin(f->loader, row, rows, 0, 0, err));
    for (;;) {
        eh_batch *batch;
        EH_TRY(eh_loader_next(f->loader, &batch, err));
        if (!batch)
            return EH_OK;
        if (eh_progress_stop(progress))
            return eh_fail(err, EH_ERR_INTERRUPTED, "stopped while '%s' was computed", f->name);
        EH_TRY(eh_plan_write(f->plan, f->images, batch->image, err));
        EH_TRY(eh_plan_run(f->plan, err));
        EH_TRY(eh_plan_read(f->plan, f->value, f->scratch, err));
        memcpy(out + done * f->width, f->scratch, batch->count * f->width * sizeof *out);
        done += batch->count;
    }
}
