/* bench_work.c - see bench_work.h. The networks and the training step are those of bench/peer_torch.py. */
#include "cli/bench_work.h"
#include "base/config.h"
#include "base/rng.h"
#include "nn/layer.h"
#include "tensor/op.h"

#include <string.h>

const eh_bench_work eh_bench_works[] = {
    { "resnet18", "resnet18", 64, 64, 3, 2 },
    { "resnet18", "resnet18", 224, 32, 3, 2 },
    { "vggresnet", "vgg-resnet:blocks=2,width=32", 28, 128, 1, 10 },
    { "standardcnn", "standard-cnn", 64, 64, 3, 2 },
    { 0 },
};

#define MOST_VARIABLES 512

/* Targets of a training plan: loss, updates, effects of the layers. */
static eh_status training_targets(eh_graph *g, eh_tensor *logits, int64_t batch, eh_tensor **target,
                                  size_t *count, eh_error *err)
{
    eh_tensor *wrt[MOST_VARIABLES], *grad[MOST_VARIABLES];
    size_t variables = 0;
    eh_tensor *labels = eh_input(g, "labels", eh_shape_of(1, batch), EH_I32);
    eh_tensor *lr = eh_input(g, "lr", eh_shape_of(0), EH_F32),
              *step = eh_input(g, "step", eh_shape_of(0), EH_F32);
    eh_tensor *loss = eh_mean(g, eh_cross_entropy(g, logits, labels, 0), 0, false);
    EH_TRY(eh_graph_check(g, err));
    for (size_t i = 0; i < eh_params_count(g->params) && variables < MOST_VARIABLES; i++)
        if (eh_params_info(g->params, i).role == EH_TRAINABLE)
            wrt[variables++] = g->variable[i];
    EH_TRY(eh_gradients(g, loss, wrt, variables, grad, err));
    target[(*count)++] = loss;
    for (size_t i = 0; i < variables; i++)
        target[(*count)++] =
            eh_adam_update(g, wrt[i], grad[i], lr, step, (eh_adam_opts){ 0.9, 0.999, 1e-8, 0, false });
    *count += eh_graph_effects(g, target + *count, 2 * MOST_VARIABLES - *count);
    return eh_graph_check(g, err);
}

/* Random images, labels; learning rate and step count. */
static eh_status fill_inputs(eh_bench_plan *p, const eh_bench_work *work, uint64_t seed, eh_error *err)
{
    for (size_t n = 0; n < p->graph->nodes; n++) {
        const eh_node *node = p->graph->node[n];
        if (node->op != &eh_op_input)
            continue;
        const eh_tensor *input = node->output[0];
        size_t count = (size_t)eh_shape_elements(input->shape);
        float *values = eh_alloc(count, sizeof *values);
        if (!values)
            return eh_fail_memory(err, "images for a measurement", count, sizeof *values);
        eh_rng rng = eh_rng_at(seed, EH_DRAW_TEST, n, 0);
        for (size_t i = 0; i < count; i++)
            if (input->dtype == EH_I32)
                ((int32_t *)values)[i] = (int32_t)eh_rng_below(&rng, (uint64_t)work->classes);
            else
                values[i] = input->shape.rank == 4           ? (float)eh_rng_normal(&rng)
                            : strcmp(input->name, "lr") == 0 ? 1e-3f
                                                             : 1.0f;
        eh_status status = eh_plan_write(p->plan, input, values, err);
        eh_free(values);
        EH_TRY(status);
    }
    return EH_OK;
}

eh_status eh_bench_build(eh_bench_plan *out, const eh_bench_work *work, bool train, bool recompute,
                         const eh_plan_opts *opts, uint64_t seed, eh_error *err)
{
    eh_tensor *target[2 * MOST_VARIABLES];
    size_t targets = 0;
    eh_thing_spec spec = { 0 };
    *out = (eh_bench_plan){ .arena = eh_arena_new() };
    if (!out->arena)
        return eh_fail_memory(err, "a measurement", 1, sizeof *out);
    EH_TRY(eh_thing_parse(&spec, "model", work->model, work->name, out->arena, err));
    EH_TRY(eh_params_new(&out->params, seed, err));
    EH_TRY(eh_graph_new(&out->graph, out->params, err));
    eh_graph_recompute(out->graph, recompute);
    eh_build build = { .graph = out->graph, .training = train, .bn_momentum = 0.1, .bn_epsilon = 1e-5 };
    const eh_model *model = (const eh_model *)spec.entry;
    eh_tensor *images = eh_input(out->graph, "images",
                                 eh_shape_of(4, work->batch, work->channels, work->size, work->size), EH_F32);
    eh_tensor *logits =
        eh_layer_linear(&build, model->head_name, model->features(&build, spec.opts, images).vector,
                        work->classes, true);
    EH_TRY(eh_graph_check(out->graph, err));
    if (train)
        EH_TRY(training_targets(out->graph, logits, work->batch, target, &targets, err));
    else
        target[targets++] = logits;
    EH_TRY(eh_plan_new(&out->plan, out->graph, target, targets, opts, err));
    return fill_inputs(out, work, seed, err);
}

void eh_bench_free(eh_bench_plan *plan)
{
    eh_plan_free(plan->plan);
    eh_graph_free(plan->graph);
    eh_params_free(plan->params);
    eh_arena_free(plan->arena);
    *plan = (eh_bench_plan){ 0 };
}
