/* evaluation.c - predictions of the model as it stands.
 *
 * The last batch is padded with zeros; in inference no sample sees another, so the padding changes nothing and is not read.
 */
#include "train/evaluation.h"

#include <math.h>
#include <string.h>

static eh_status build(eh_evaluation *e, eh_params *params, const eh_plan_opts *plan, eh_error *err)
{
    const eh_run_data *d = e->data;
    eh_tensor *target[2 * EH_HEADS];
    size_t targets = 0;
    EH_TRY(eh_graph_new(&e->graph, params, err));
    eh_build b = { .graph = e->graph };
    int64_t n = (int64_t)e->batch;
    e->images =
        eh_input(e->graph, "images",
                 eh_shape_of(4, n, (int64_t)d->channels, (int64_t)d->height, (int64_t)d->width), EH_F32);
    e->tensors = eh_task_build(e->task, &b, e->images);
    EH_TRY(eh_graph_check(e->graph, err));
    for (size_t k = 0; k < e->task->heads; k++) {
        target[targets++] = e->tensors.head[k].prediction;
        target[targets++] = e->tensors.head[k].sample_loss;
    }
    return eh_plan_new(&e->plan, e->graph, target, targets, plan, err);
}

eh_status eh_evaluation_make(eh_evaluation *out, const eh_task *task, eh_params *params,
                             const eh_run_data *data, size_t batch, const eh_plan_opts *plan, eh_error *err)
{
    memset(out, 0, sizeof *out);
    out->data = data;
    out->task = task;
    out->batch = batch;
    size_t widest = 1, pixels = (size_t)data->width * (size_t)data->height;
    for (size_t k = 0; k < task->heads; k++) {
        size_t width =
            eh_task_head_width(&task->head[k]) * (task->head[k].target.kind == EH_TARGET_MASK ? pixels : 1);
        widest = width > widest ? width : widest;
    }
    if (data->masks && !(out->mask = eh_alloc(pixels, 1)))
        return eh_fail_memory(err, "a mask", pixels, 1);
    out->scratch = eh_alloc(batch * widest, sizeof *out->scratch);
    if (!out->scratch)
        return eh_fail_memory(err, "a batch", batch * widest, sizeof *out->scratch);
    EH_TRY(build(out, params, plan, err));
    eh_loader_opts opts = { .batch = batch, .masks = data->masks };
    memcpy(opts.mean, data->mean, sizeof opts.mean);
    memcpy(opts.std, data->std, sizeof opts.std);
    return eh_loader_new(&out->loader, data->pack, &opts, err);
}

void eh_evaluation_clear(eh_evaluation *e)
{
    eh_loader_free(e->loader);
    eh_plan_free(e->plan);
    eh_graph_free(e->graph);
    eh_free(e->scratch);
    eh_free(e->mask);
    memset(e, 0, sizeof *e);
}

static int32_t most_probable(const float *p, size_t classes)
{
    size_t best = 0;
    for (size_t k = 1; k < classes; k++)
        if (p[k] > p[best])
            best = k;
    return (int32_t)best;
}

/* One head's predictions for a batch, stored at rows `first` and on. */
static eh_status read_head(eh_head_predictions *out, eh_evaluation *e, const eh_head_tensors *tensors,
                           const eh_batch *batch, size_t first, eh_error *err)
{
    size_t width = out->width, count = batch->count;
    EH_TRY(eh_plan_read(e->plan, tensors->sample_loss, e->scratch, err));
    memcpy(out->loss + first, e->scratch, count * sizeof(float));
    if (out->pixels)
        return eh_evaluation_masks_read(out, e, tensors, batch, first, err);
    EH_TRY(eh_plan_read(e->plan, tensors->prediction, e->scratch, err));
    memcpy(out->value + first * width, e->scratch, count * width * sizeof(float));
    for (size_t i = 0; i < count * width; i++)
        if (!isfinite(e->scratch[i]))
            return eh_fail(err, EH_ERR_NUMERIC,
                           "the model predicts NaN or infinity; its weights have run away. Lower the "
                           "learning rate (--lr)");
    for (size_t i = 0; i < count && out->predicted; i++)
        out->predicted[first + i] = most_probable(e->scratch + i * width, width);
    return EH_OK;
}

/* Predicts one batch and stores it at rows `first` and on. */
static eh_status predict_batch(eh_part_predictions *out, eh_evaluation *e, const eh_batch *batch,
                               size_t first, eh_error *err)
{
    EH_TRY(eh_plan_write(e->plan, e->images, batch->image, err));
    EH_TRY(eh_task_write_truth(e->task, &e->tensors, e->plan, batch, e->scratch, err));
    EH_TRY(eh_plan_run(e->plan, err));
    for (size_t k = 0; k < out->heads; k++)
        EH_TRY(read_head(&out->head[k], e, &e->tensors.head[k], batch, first, err));
    return EH_OK;
}

/* Room for the predictions of every head. */
static eh_status make_room(eh_part_predictions *out, const eh_evaluation *e, eh_error *err)
{
    const eh_task *task = e->task;
    size_t rows = out->rows;
    for (size_t k = 0; k < task->heads; k++) {
        eh_head_predictions *h = &out->head[k];
        *h = (eh_head_predictions){ .head = &task->head[k], .width = eh_task_head_width(&task->head[k]) };
        bool number = task->head[k].target.kind == EH_TARGET_NUMBER;
        if (task->head[k].target.kind == EH_TARGET_MASK) {
            out->heads++;
            h->loss = eh_alloc(rows + 1, sizeof *h->loss);
            if (!h->loss)
                return eh_fail_memory(err, "predictions", rows, sizeof(float));
            EH_TRY(eh_evaluation_masks_begin(h, e, rows, err));
            continue;
        }
        h->predicted = number ? NULL : eh_alloc(rows, sizeof *h->predicted);
        h->value = eh_alloc(rows * h->width, sizeof *h->value);
        h->loss = eh_alloc(rows, sizeof *h->loss);
        out->heads++;
        if ((!number && !h->predicted) || !h->value || !h->loss)
            return eh_fail_memory(err, "predictions", rows * h->width, sizeof(float));
    }
    return EH_OK;
}

eh_status eh_evaluate(eh_part_predictions *out, eh_evaluation *e, eh_part part, const char *step,
                      eh_progress *progress, eh_error *err)
{
    const eh_run_data *d = e->data;
    size_t rows = d->rows[part], done = 0;
    *out = (eh_part_predictions){ .row = d->row[part], .rows = rows };
    EH_TRY(make_room(out, e, err));
    if (rows == 0)
        return EH_OK;
    if (step)
        eh_progress_begin(progress, step, rows, "images");
    EH_TRY(eh_loader_begin(e->loader, d->row[part], rows, 0, 0, err));
    for (;;) {
        eh_batch *batch;
        EH_TRY(eh_loader_next(e->loader, &batch, err));
        if (!batch)
            break;
        if (eh_progress_stop(progress))
            return eh_fail(err, EH_ERR_INTERRUPTED, "stopped while the %s part was evaluated",
                           eh_part_name(part));
        EH_TRY(predict_batch(out, e, batch, done, err));
        done += batch->count;
        if (step)
            eh_progress_update(progress, done, NULL);
    }
    if (step)
        eh_progress_end(progress, NULL);
    return EH_OK;
}

void eh_part_predictions_clear(eh_part_predictions *p)
{
    for (size_t k = 0; k < p->heads; k++) {
        eh_free(p->head[k].predicted);
        eh_free(p->head[k].value);
        eh_free(p->head[k].loss);
        eh_free(p->head[k].image);
        eh_pixel_audit_free(p->head[k].pixels);
    }
    *p = (eh_part_predictions){ 0 };
}
