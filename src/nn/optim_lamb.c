/* optim_lamb.c - LAMB: Adam's direction, with a step as long as the layer's weights allow.
 *
 * Math    m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  r = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon) + wd p
 *         p -= lr trust r,  trust = |p| / |r| of the whole tensor, at most `trust-limit`; 1 where either length is 0.
 * Source  You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", ICLR 2020, algorithm 2 with phi(z) = z.
 * Cost    composed of ordinary operations: about a dozen passes over the variables where Adam's own kernel takes one.
 * Easy to get wrong: a bias that is 0 at the start has no length; with trust 0 it would stay 0 for ever.
 */
#include "evenhand/model.h"
#include "nn/adam_options.h"
#include "tensor/op.h"

#include <math.h>
#include <stddef.h>

typedef struct options {
    double beta1, beta2, epsilon, weight_decay, trust_limit;
} options;

static const eh_opt option_table[] = {
    EH_ADAM_OPTIONS(options, "1e-6"),
    { .name = "weight-decay",
      .help = "share of a weight that joins its step; norms and biases are left out",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, weight_decay),
      .def = "0.01",
      .min = 0,
      .max = 10 },
    { .name = "trust-limit",
      .help = "largest ratio of a tensor's length to its step's; 0: no limit",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, trust_limit),
      .def = "10",
      .min = 0,
      .max = 1e9 },
    { 0 },
};

/* d a + (1 - d) b */
static eh_tensor *blend(eh_graph *g, eh_tensor *a, eh_tensor *b, double d)
{
    return eh_add(g, eh_affine(g, a, d, 0), eh_affine(g, b, 1 - d, 0));
}

/* 1 - b^step */
static eh_tensor *correction(eh_graph *g, eh_tensor *step, double b)
{
    return b > 0 ? eh_affine(g, eh_exp(g, eh_affine(g, step, log(b), 0)), -1, 1)
                 : eh_full(g, eh_shape_of(0), 1);
}

static eh_tensor *length(eh_graph *g, eh_tensor *x)
{
    return eh_sqrt(g, eh_sum(g, eh_square(g, x), 0, false));
}

static eh_tensor *trust_ratio(eh_graph *g, eh_tensor *param, eh_tensor *r, double limit)
{
    eh_tensor *one = eh_full(g, eh_shape_of(0), 1), *zero = eh_full(g, eh_shape_of(0), 0);
    eh_tensor *p_length = length(g, param), *r_length = length(g, r);
    eh_tensor *ratio = eh_div(g, p_length, r_length);
    if (limit > 0)
        ratio = eh_minimum(g, ratio, eh_full(g, eh_shape_of(0), limit));
    eh_tensor *both = eh_mul(g, eh_greater(g, p_length, zero), eh_greater(g, r_length, zero));
    return eh_where(g, both, ratio, one);
}

static eh_tensor *update(eh_graph *g, const void *opts, eh_tensor *param, eh_tensor *grad, eh_tensor *lr,
                         eh_tensor *step, eh_tensor *momentum, bool decay)
{
    (void)momentum;
    const options *o = opts;
    eh_tensor *m = eh_state_of(g, param, "lamb_m"), *v = eh_state_of(g, param, "lamb_v");
    eh_tensor *next_m = blend(g, m, grad, o->beta1), *next_v = blend(g, v, eh_square(g, grad), o->beta2);
    eh_tensor *mean = eh_div(g, next_m, correction(g, step, o->beta1));
    eh_tensor *root = eh_sqrt(g, eh_div(g, next_v, correction(g, step, o->beta2)));
    eh_tensor *r = eh_div(g, mean, eh_affine(g, root, 1, o->epsilon));
    if (decay && o->weight_decay > 0)
        r = eh_add(g, r, eh_affine(g, param, o->weight_decay, 0));
    eh_tensor *rate = eh_mul(g, lr, trust_ratio(g, param, r, o->trust_limit));
    eh_graph_record_effect(g, eh_assign(g, m, next_m));
    eh_graph_record_effect(g, eh_assign(g, v, next_v));
    return eh_assign(g, param, eh_sub(g, param, eh_mul(g, rate, r)));
}

const eh_optim eh_optim_lamb = {
    .entry = { .name = "lamb",
               .summary = "Adam whose step is scaled to the length of each tensor; for large batches",
               .source = "You et al. 2020, Large batch optimization for deep learning",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .update = update,
};
