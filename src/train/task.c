/* task.c - a head over a model's features. */
#include "train/task.h"

extern const eh_head eh_head_linear;

eh_status eh_task_init(eh_task *out, eh_thing_spec model, eh_thing_spec loss, const eh_frame_column *label,
                       eh_error *err)
{
    *out = (eh_task){ .model = (const eh_model *)model.entry,
                      .model_opts = model.opts,
                      .loss = (const eh_loss *)loss.entry,
                      .loss_opts = loss.opts,
                      .label = label };
    out->outputs = out->loss->outputs(loss.opts, label->classes);
    if (out->outputs <= 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "the loss %s does not fit the label '%s', which has %zu classes; choose another with "
                       "--loss",
                       loss.entry->name, label->name, label->classes);
    return EH_OK;
}

eh_task_tensors eh_task_build(const eh_task *task, eh_build *b, eh_tensor *images, eh_tensor *labels)
{
    eh_task_tensors t = { 0 };
    eh_features features = task->model->features(b, task->model_opts, images);
    eh_shape shape = images ? eh_tensor_shape(images) : (eh_shape){ 0 };
    t.features = features.vector;
    t.output = eh_head_linear.build(b, NULL, task->model->head_name, &features, task->outputs, shape.dim[2],
                                    shape.dim[3]);
    if (!t.output)
        return t;
    t.sample_loss = task->loss->build(b->graph, task->loss_opts, t.output, labels);
    t.prediction = task->loss->predict(b->graph, task->loss_opts, t.output, task->label->classes);
    return t;
}
