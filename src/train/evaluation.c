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
    EH_TRY(eh_graph_new(&e->graph, params, err));
    eh_build b = { .graph = e->graph };
    int64_t n = (int64_t)e->batch;
    e->images =
        eh_input(e->graph, "images",
                 eh_shape_of(4, n, (int64_t)d->channels, (int64_t)d->height, (int64_t)d->width), EH_F32);
    e->labels = eh_input(e->graph, "labels", eh_shape_of(1, n), EH_I32);
    e->tensors = eh_task_build(e->task, &b, e->images, e->labels);
    EH_TRY(eh_graph_check(e->graph, err));
    eh_tensor *target[2] = { e->tensors.prediction, e->tensors.sample_loss };
    return eh_plan_new(&e->plan, e->graph, target, 2, plan, err);
}

eh_status eh_evaluation_make(eh_evaluation *out, const eh_task *task, eh_params *params,
                             const eh_run_data *data, size_t batch, const eh_plan_opts *plan, eh_error *err)
{
    memset(out, 0, sizeof *out);
    out->data = data;
    out->task = task;
    out->batch = batch;
    out->classes = task->label->classes;
    out->batch_labels = eh_alloc(batch, sizeof *out->batch_labels);
    out->batch_loss = eh_alloc(batch, sizeof *out->batch_loss);
    out->batch_probability = eh_alloc(batch * out->classes, sizeof *out->batch_probability);
    if (!out->batch_labels || !out->batch_loss || !out->batch_probability)
        return eh_fail_memory(err, "a batch", batch * out->classes, sizeof(float));
    EH_TRY(build(out, params, plan, err));
    eh_loader_opts opts = { .batch = batch };
    memcpy(opts.mean, data->mean, sizeof opts.mean);
    memcpy(opts.std, data->std, sizeof opts.std);
    return eh_loader_new(&out->loader, data->pack, &opts, err);
}

void eh_evaluation_clear(eh_evaluation *e)
{
    eh_loader_free(e->loader);
    eh_plan_free(e->plan);
    eh_graph_free(e->graph);
    eh_free(e->batch_labels);
    eh_free(e->batch_loss);
    eh_free(e->batch_probability);
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

/* Predicts one batch and stores it at rows `first` and on. */
static eh_status predict_batch(eh_part_predictions *out, eh_evaluation *e, const eh_batch *batch,
                               size_t first, eh_error *err)
{
    for (size_t i = 0; i < e->batch; i++)
        e->batch_labels[i] = i < batch->count ? e->task->label->cls[batch->row[i]] : 0;
    EH_TRY(eh_plan_write(e->plan, e->images, batch->image, err));
    EH_TRY(eh_plan_write(e->plan, e->labels, e->batch_labels, err));
    EH_TRY(eh_plan_run(e->plan, err));
    EH_TRY(eh_plan_read(e->plan, e->tensors.prediction, e->batch_probability, err));
    EH_TRY(eh_plan_read(e->plan, e->tensors.sample_loss, e->batch_loss, err));
    memcpy(out->probability + first * e->classes, e->batch_probability,
           batch->count * e->classes * sizeof(float));
    memcpy(out->loss + first, e->batch_loss, batch->count * sizeof(float));
    for (size_t i = 0; i < batch->count; i++) {
        const float *p = e->batch_probability + i * e->classes;
        for (size_t k = 0; k < e->classes; k++)
            if (!isfinite(p[k]))
                return eh_fail(err, EH_ERR_NUMERIC,
                               "the model predicts NaN or infinity; its weights have run away. Lower the "
                               "learning rate (--lr)");
        out->predicted[first + i] = most_probable(p, e->classes);
    }
    return EH_OK;
}

eh_status eh_evaluate(eh_part_predictions *out, eh_evaluation *e, eh_part part, const char *step,
                      eh_progress *progress, eh_error *err)
{
    const eh_run_data *d = e->data;
    size_t rows = d->rows[part], done = 0;
    *out = (eh_part_predictions){ .row = d->row[part],
                                  .rows = rows,
                                  .predicted = eh_alloc(rows, sizeof *out->predicted),
                                  .probability = eh_alloc(rows * e->classes, sizeof *out->probability),
                                  .loss = eh_alloc(rows, sizeof *out->loss) };
    if (!out->predicted || !out->probability || !out->loss)
        return eh_fail_memory(err, "predictions", rows * e->classes, sizeof(float));
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
    eh_free(p->predicted);
    eh_free(p->probability);
    eh_free(p->loss);
    *p = (eh_part_predictions){ 0 };
}

eh_status eh_score_make(eh_score *out, const eh_part_predictions *p, const eh_run_data *data, eh_error *err)
{
    size_t groups = data->groups->count;
    *out = (eh_score){ .n = p->rows,
                       .groups = groups,
                       .accuracy = NAN,
                       .group_mean = NAN,
                       .worst = NAN,
                       .worst_group = -1,
                       .loss = NAN };
    out->group_n = eh_alloc(groups, sizeof *out->group_n);
    out->group_correct = eh_alloc(groups, sizeof *out->group_correct);
    if (!out->group_n || !out->group_correct)
        return eh_fail_memory(err, "the score of groups", groups, sizeof *out->group_n);
    double loss = 0;
    for (size_t i = 0; i < p->rows; i++) {
        int32_t group = data->groups->of_row[p->row[i]];
        bool correct = p->predicted[i] == data->label->cls[p->row[i]];
        out->group_n[group]++;
        out->group_correct[group] += correct;
        out->correct += correct;
        loss += (double)p->loss[i];
    }
    if (p->rows == 0)
        return EH_OK;
    double sum = 0;
    size_t with_images = 0;
    for (size_t g = 0; g < groups; g++) {
        if (out->group_n[g] == 0)
            continue;
        double accuracy = (double)out->group_correct[g] / (double)out->group_n[g];
        sum += accuracy;
        with_images++;
        if (out->worst_group < 0 || accuracy < out->worst) {
            out->worst = accuracy;
            out->worst_group = (int64_t)g;
        }
    }
    out->accuracy = (double)out->correct / (double)p->rows;
    out->group_mean = sum / (double)with_images;
    out->loss = loss / (double)p->rows;
    return EH_OK;
}

void eh_score_clear(eh_score *s)
{
    eh_free(s->group_n);
    eh_free(s->group_correct);
    *s = (eh_score){ 0 };
}
