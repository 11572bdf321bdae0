/* task.c - heads over a model's features.
 *
 * Math    l_i = sum_h f_h p_hi l_hi + own_i: p_hi is 1 where image i has a value for head h, f_h = weight / norm. With uncertainty weighting
 *         (Kendall, Gal and Cipolla 2018) f_h = c e^-s_h and s_h / 2 is added, s_h a variable that starts at 0, c = 1 for classes and 1/2
 *         for numbers; weight and norm multiply it.
 * Easy to get wrong: an image without a value must not count as class 0, nor a missing number as NaN, which times 0 is NaN.
 */
#include "train/task.h"

#include <stdio.h>

size_t eh_task_head_width(const eh_task_head *head)
{
    return head->target.kind == EH_TARGET_NUMBER ? 1 : head->target.classes;
}

static eh_head_tensors build_head(const eh_task_head *h, eh_build *b, const eh_features *features,
                                  eh_shape images)
{
    eh_graph *g = b->graph;
    eh_shape samples = eh_shape_of(1, images.dim[0]);
    bool mask = h->target.kind == EH_TARGET_MASK;
    eh_shape truth = mask ? eh_shape_of(3, images.dim[0], images.dim[2], images.dim[3]) : samples;
    eh_head_tensors t = { 0 };
    char name[256];
    snprintf(name, sizeof name, "truth:%s", h->column->name);
    t.truth = eh_input(g, name, truth, h->target.kind == EH_TARGET_NUMBER ? EH_F32 : EH_I32);
    snprintf(name, sizeof name, "present:%s", h->column->name);
    t.present = h->gaps && !mask ? eh_input(g, name, samples, EH_F32) : NULL;
    t.output =
        h->head->build(b, h->head_opts, h->variable, features, h->outputs, images.dim[2], images.dim[3]);
    if (!t.output)
        return t;
    t.sample_loss = h->loss->build(g, h->loss_opts, &h->target, t.output, t.truth);
    if (t.present)
        t.sample_loss = eh_mul(g, t.present, t.sample_loss);
    t.prediction = h->loss->predict(g, h->loss_opts, &h->target, t.output);
    return t;
}

/* f_h l_h, and s_h / 2. */
static eh_tensor *weighed(const eh_task *task, const eh_task_head *h, eh_graph *g, eh_tensor *loss)
{
    if (!task->uncertainty)
        return h->factor == 1 ? loss : eh_affine(g, loss, h->factor, 0);
    char name[256];
    snprintf(name, sizeof name, "uncertainty.%s", h->column->name);
    eh_tensor *s =
        eh_variable(g, name, eh_shape_of(1, (int64_t)1), EH_TRAINABLE, (eh_init){ .kind = EH_INIT_CONSTANT });
    double c = h->target.kind == EH_TARGET_NUMBER ? 0.5 : 1;
    eh_tensor *factor = eh_affine(g, eh_exp(g, eh_affine(g, s, -1, 0)), c * h->factor, 0);
    return eh_add(g, eh_mul(g, loss, factor), eh_affine(g, s, 0.5, 0));
}

eh_task_tensors eh_task_build(const eh_task *task, eh_build *b, eh_tensor *images)
{
    eh_task_tensors t = { 0 };
    if (!images)
        return t;
    eh_graph *g = b->graph;
    t.features = task->model->features(b, task->model_opts, images);
    t.sample_loss = t.features.own_loss;
    for (size_t i = 0; i < task->heads; i++) {
        t.head[i] = build_head(&task->head[i], b, &t.features, eh_tensor_shape(images));
        eh_tensor *loss = weighed(task, &task->head[i], g, t.head[i].sample_loss);
        t.sample_loss = t.sample_loss ? eh_add(g, t.sample_loss, loss) : loss;
    }
    return t;
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
    size_t n = batch->capacity;
    int32_t *cls = (int32_t *)scratch;
    _Static_assert(sizeof *cls == sizeof *scratch, "classes are written where numbers are");
    for (size_t k = 0; k < task->heads; k++) {
        const eh_task_head *h = &task->head[k];
        bool number = h->target.kind == EH_TARGET_NUMBER;
        if (h->target.kind == EH_TARGET_MASK) {
            EH_TRY(write_masks(plan, tensors->head[k].truth, batch, cls, err));
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            bool known = i < batch->count && eh_run_has_value(h->column, batch->row[i]);
            if (number)
                scratch[i] = known ? h->column->number[batch->row[i]] : (float)h->target.mean;
            else
                cls[i] = known ? h->column->cls[batch->row[i]] : 0;
        }
        EH_TRY(eh_plan_write(plan, tensors->head[k].truth, scratch, err));
        if (!tensors->head[k].present)
            continue;
        for (size_t i = 0; i < n; i++)
            scratch[i] = i < batch->count && eh_run_has_value(h->column, batch->row[i]) ? 1 : 0;
        EH_TRY(eh_plan_write(plan, tensors->head[k].present, scratch, err));
    }
    return EH_OK;
}
