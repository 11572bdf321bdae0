/* op_random.c - random tensors, and what is made of them: dropout, stochastic depth.
 *
 * y is drawn anew at every step, as a pure function of (seed of the parameters, scope and node, step, element): resuming a run, or
 * running it on another backend, gives the same numbers. No gradient.
 *   dropout: x mask, mask = 0 with probability p, else 1 / (1 - p), so that the expectation is x
 * Source  Srivastava et al. 2014; Huang et al. 2016 for whole samples.
 * Trap    Two runs with one `step` give the same mask: feed a step that counts. Inference graphs leave dropout out. */
#include "tensor/shape.h"
#include "tensor/params_store.h"
#include "base/rng.h"

#include <string.h>

static eh_status infer(eh_node *node, eh_error *err)
{
    const eh_attr_random *attr = node->attr;
    EH_TRY(eh_infer_unary(node, err));
    if (node->input[0]->shape.rank != 0)
        return eh_fail(err, EH_ERR_USAGE, "the step must be a scalar but has shape %s",
                       eh_words(node->input[0]->shape).text);
    if (!(attr->probability >= 0 && attr->probability < 1))
        return eh_fail(err, EH_ERR_USAGE, "the probability of dropping must be in [0, 1), not %g",
                       attr->probability);
    eh_node_output(node, 0, attr->shape, EH_F32);
    return EH_OK;
}

const eh_op eh_op_random = {
    .entry = { .name = "random",
               .summary = "random numbers drawn anew at every step",
               .source = "Salmon et al. 2011 (Philox)" },
    .min_inputs = 1,
    .max_inputs = 1,
    .outputs = 1,
    .attr_size = sizeof(eh_attr_random),
    .infer = infer,
};

static eh_tensor *draw(eh_graph *g, eh_shape shape, eh_random_kind kind, double probability, eh_tensor *step)
{
    const char *scope = eh_scope(g);
    eh_attr_random attr = { .shape = shape, .kind = kind, .probability = probability };
    attr.seed = g->params ? g->params->seed : 0;
    attr.stream = eh_hash64(scope, strlen(scope)) + g->nodes;
    return eh_graph_node(g, &eh_op_random, &step, 1, &attr);
}

eh_tensor *eh_random_normal(eh_graph *g, eh_shape shape, eh_tensor *step)
{
    return draw(g, shape, EH_RANDOM_NORMAL, 0, step);
}

eh_tensor *eh_random_uniform(eh_graph *g, eh_shape shape, eh_tensor *step)
{
    return draw(g, shape, EH_RANDOM_UNIFORM, 0, step);
}

eh_tensor *eh_dropout(eh_graph *g, eh_tensor *x, double probability, eh_tensor *step)
{
    if (!x || probability == 0)
        return x;
    return eh_mul(g, x, draw(g, x->shape, EH_RANDOM_KEEP, probability, step));
}

eh_tensor *eh_drop_path(eh_graph *g, eh_tensor *x, double probability, eh_tensor *step)
{
    eh_shape samples = { 0 };
    if (!x || probability == 0)
        return x;
    if (x->shape.rank < 1)
        return eh_graph_fail(g, EH_ERR_USAGE, "drop_path: a scalar has no axis of samples");
    samples.rank = x->shape.rank;
    for (int i = 0; i < samples.rank; i++)
        samples.dim[i] = i == 0 ? x->shape.dim[0] : 1;
    return eh_mul(g, x, draw(g, samples, EH_RANDOM_KEEP, probability, step));
}

eh_tensor *eh_gaussian_sample(eh_graph *g, eh_tensor *mean, eh_tensor *log_variance, eh_tensor *step)
{
    if (!mean || !log_variance)
        return NULL;
    if (!eh_shape_equal(mean->shape, log_variance->shape))
        return eh_graph_fail(g, EH_ERR_USAGE,
                             "gaussian_sample: mean %s and logarithm of the variance %s must have one shape",
                             eh_words(mean->shape).text, eh_words(log_variance->shape).text);
    eh_tensor *deviation = eh_exp(g, eh_affine(g, log_variance, 0.5, 0));
    return eh_add(g, mean, eh_mul(g, deviation, eh_random_normal(g, mean->shape, step)));
}
