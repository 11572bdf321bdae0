/* task.c - heads over a model's features.
 *
 * Math    l_i = sum_h f_h p_hi l_hi + m_i own_i: m_i is 1 where the model's own loss counts (--own-loss-class), p_hi is 1 where image i has a value for head h, f_h = weight / norm. With uncertainty weighting
 *         (Kendall, Gal and Cipolla 2018) f_h = c e^-s_h and p_hi s_h / 2 is added, s_h a variable that starts at 0, c = 1 for classes and 1/2
 *         for numbers; weight and norm multiply it.
 *         Of batches that are mixed l_hi = lambda_i l(out, y_i) p_hi + (1 - lambda_i) l(out, y_j) p_hj, j the partner of i.
 * Easy to get wrong: an image without a value must not count as class 0, nor a missing number as NaN, which times 0 is NaN; and it says nothing of its head's
 *         uncertainty: s_h / 2 for every image would make a head with few values count the more.
 */
#include "train/task.h"

#include "nn/own_loss.h"

#include <stdio.h>

size_t eh_task_head_width(const eh_task_head *head)
{
    return head->target.kind == EH_TARGET_NUMBER ? 1 : head->target.classes;
}

/* The inputs of one truth, `what` before their names, and the loss against it: 0 where the image has none. */
static eh_tensor *loss_of(const eh_task_head *h, eh_graph *g, eh_tensor *output, const char *what,
                          eh_tensor **truth, eh_tensor **present)
{
    eh_shape out = eh_tensor_shape(output), samples = eh_shape_of(1, out.dim[0]);
    bool mask = h->target.kind == EH_TARGET_MASK;
    char name[256];
    snprintf(name, sizeof name, "%struth:%s", what, h->column->name);
    *truth = eh_input(g, name, mask ? eh_shape_of(3, out.dim[0], out.dim[2], out.dim[3]) : samples,
                      h->target.kind == EH_TARGET_NUMBER ? EH_F32 : EH_I32);
    snprintf(name, sizeof name, "%spresent:%s", what, h->column->name);
    *present = h->gaps && !mask ? eh_input(g, name, samples, EH_F32) : NULL;
    eh_tensor *loss = h->loss->build(g, h->loss_opts, &h->target, output, *truth);
    return *present ? eh_mul(g, *present, loss) : loss;
}

/* 1 for the images that have a value of the head (of mixed ones the share that has), else 0; NULL: all have. */
static eh_tensor *count_of(const eh_task_head *h, eh_graph *g, const eh_head_tensors *t, eh_tensor *lambda)
{
    if (h->target.kind == EH_TARGET_MASK) {
        eh_tensor *judged = eh_label_weights(g, t->truth, (int64_t)h->target.classes,
                                             (eh_cross_entropy_opts){ 0 }); /* [N,H,W] */
        return eh_greater(g, eh_sum(g, judged, 1u << 1 | 1u << 2, false),
                          eh_full(g, eh_shape_of(1, (int64_t)1), 0));
    }
    if (!t->present || !t->partner_present)
        return t->present;
    return eh_add(g, eh_mul(g, lambda, t->present),
                  eh_mul(g, eh_affine(g, lambda, -1, 1), t->partner_present));
}

/* lambda: NULL, or the share of a sample's own label; masks come mixed already. */
static eh_head_tensors build_head(const eh_task_head *h, eh_build *b, const eh_features *features,
                                  eh_shape images, eh_tensor *lambda)
{
    eh_graph *g = b->graph;
    eh_head_tensors t = { 0 };
    t.output =
        h->head->build(b, h->head_opts, h->variable, features, h->outputs, images.dim[2], images.dim[3]);
    if (!t.output)
        return t;
    t.sample_loss = loss_of(h, g, t.output, "", &t.truth, &t.present);
    if (lambda && h->target.kind != EH_TARGET_MASK) {
        eh_tensor *other = loss_of(h, g, t.output, "partner ", &t.partner_truth, &t.partner_present);
        t.sample_loss =
            eh_add(g, eh_mul(g, lambda, t.sample_loss), eh_mul(g, eh_affine(g, lambda, -1, 1), other));
    }
    t.prediction = h->loss->predict(g, h->loss_opts, &h->target, t.output);
    return t;
}

/* f_h l_h, and p_h s_h / 2. */
static eh_tensor *weighed(const eh_task *task, const eh_task_head *h, eh_graph *g, const eh_head_tensors *t,
                          eh_tensor *lambda)
{
    eh_tensor *loss = t->sample_loss;
    if (!task->uncertainty || !loss)
        return h->factor == 1 ? loss : eh_affine(g, loss, h->factor, 0);
    char name[256];
    snprintf(name, sizeof name, "uncertainty.%s", h->column->name);
    eh_tensor *s =
        eh_variable(g, name, eh_shape_of(1, (int64_t)1), EH_TRAINABLE, (eh_init){ .kind = EH_INIT_CONSTANT });
    double c = h->target.kind == EH_TARGET_NUMBER ? 0.5 : 1;
    eh_tensor *factor = eh_affine(g, eh_exp(g, eh_affine(g, s, -1, 0)), c * h->factor, 0);
    eh_tensor *half = eh_affine(g, s, 0.5, 0), *counted = count_of(h, g, t, lambda);
    return eh_add(g, eh_mul(g, loss, factor), counted ? eh_mul(g, counted, half) : half);
}

eh_task_tensors eh_task_build(const eh_task *task, eh_build *b, eh_tensor *images)
{
    eh_task_tensors t = { 0 };
    if (!images)
        return t;
    eh_graph *g = b->graph;
    t.features = task->model->features(b, task->model_opts, images);
    if (task->mixes && b->training)
        t.lambda = eh_input(g, "lambda", eh_shape_of(1, eh_tensor_shape(images).dim[0]), EH_F32);
    for (size_t i = 0; i < task->heads; i++) {
        t.head[i] = build_head(&task->head[i], b, &t.features, eh_tensor_shape(images), t.lambda);
        eh_tensor *loss = weighed(task, &task->head[i], g, &t.head[i], t.lambda);
        t.head_loss = t.head_loss ? eh_add(g, t.head_loss, loss) : loss;
    }
    if (task->own_class >= 0 && !t.features.own_loss)
        eh_graph_fail(g, EH_ERR_USAGE,
                      "--own-loss-class: the model %s has no loss of its own beside its heads; dbvae has",
                      task->model->entry.name);
    if (task->own_class >= 0)
        t.own_mask =
            eh_own_loss_mask(g, t.head[0].truth, (int64_t)task->head[0].target.classes, task->own_class);
    t.sample_loss = eh_own_loss_add(g, t.head_loss, t.features.own_loss, t.own_mask);
    return t;
}

/* Labels of `count` rows, and of none up to the batch's capacity. present may be NULL. */
static eh_status write_labels(const eh_task_head *h, eh_plan *plan, eh_tensor *truth, eh_tensor *present,
                              const uint32_t *row, const eh_batch *batch, float *scratch, eh_error *err)
{
    int32_t *cls = (int32_t *)scratch;
    _Static_assert(sizeof *cls == sizeof *scratch, "classes are written where numbers are");
    for (size_t i = 0; i < batch->capacity; i++) {
        bool known = i < batch->count && eh_run_has_value(h->column, row[i]);
        if (h->target.kind == EH_TARGET_NUMBER)
            scratch[i] = known ? h->column->number[row[i]] : (float)h->target.mean;
        else
            cls[i] = known ? h->column->cls[row[i]] : 0;
    }
    EH_TRY(eh_plan_write(plan, truth, scratch, err));
    if (!present)
        return EH_OK;
    for (size_t i = 0; i < batch->capacity; i++)
        scratch[i] = i < batch->count && eh_run_has_value(h->column, row[i]) ? 1 : 0;
    return eh_plan_write(plan, present, scratch, err);
}

size_t eh_task_truth_size(const eh_task *task, size_t batch, size_t pixels)
{
    for (size_t k = 0; k < task->heads; k++)
        if (task->head[k].target.kind == EH_TARGET_MASK)
            return batch * pixels;
    return batch;
}

/* Classes of every pixel; the loader gives rows without a mask, and those beyond count, pixels that are not judged. */
static eh_status write_masks(eh_plan *plan, const eh_tensor *truth, const eh_batch *batch, int32_t *cls,
                             eh_error *err)
{
    size_t count = (size_t)eh_shape_elements(eh_tensor_shape(truth));
    for (size_t i = 0; i < count; i++)
        cls[i] = batch->mask[i] == EH_MASK_IGNORE ? -1 : batch->mask[i];
    return eh_plan_write(plan, truth, cls, err);
}

eh_status eh_task_write_truth(const eh_task *task, const eh_task_tensors *tensors, eh_plan *plan,
                              const eh_batch *batch, float *scratch, eh_error *err)
{
    if (tensors->lambda)
        EH_TRY(eh_plan_write(plan, tensors->lambda, batch->lambda, err));
    for (size_t k = 0; k < task->heads; k++) {
        const eh_head_tensors *t = &tensors->head[k];
        if (task->head[k].target.kind == EH_TARGET_MASK) {
            EH_TRY(write_masks(plan, t->truth, batch, (int32_t *)scratch, err));
            continue;
        }
        EH_TRY(write_labels(&task->head[k], plan, t->truth, t->present, batch->row, batch, scratch, err));
        if (t->partner_truth)
            EH_TRY(write_labels(&task->head[k], plan, t->partner_truth, t->partner_present, batch->partner,
                                batch, scratch, err));
    }
    return EH_OK;
}
